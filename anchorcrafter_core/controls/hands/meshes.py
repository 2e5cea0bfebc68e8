"""Hand meshes of HaMeR, WiLoR and the like: an .npz of the whole clip, or a folder of .obj files.

An .npz holds arrays of plain numbers, N hands in any order:
``vertices`` [N,V,3] (MANO: V = 778; left hands already mirrored, as the renderers of both tools get them),
``faces`` [T,3] (whole numbers from 0), ``cam_t`` [N,3] (added to the vertices: camera axes x right, y down, z away),
``frame`` [N] (from 0), ``focal`` (pixels, one number or [N]), ``image_size`` [2] (width, height);
optional: ``is_right`` [N], ``frames`` (count of the clip).
An .obj file is one hand as HaMeR writes it (camera axes x right, y up, z backwards; y down, z away is understood too);
the frame is the number in its name, or the last but one where there are several (``frame_0012_1.obj`` is frame 12).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ...errors import ControlError
from ...types import require

KEYS = ("vertices", "faces", "cam_t", "frame", "focal", "image_size")
REMEDY = "Export the meshes again as the help page on hands describes."
HAMER_FOCAL = 5000 / 256
"""Focal length of HaMeR and WiLoR as a share of the longer side of the picture."""


@dataclass(frozen=True)
class HandMesh:
    """One hand before the camera.

    Attributes:
        vertices: float64 [V,3], camera axes: x right, y down, z away; any unit.
        faces: int64 [T,3], numbers of vertices.
        focal: pixels of ``image_size``.
        image_size: (height, width) in pixels; the camera looks at its middle.
    """

    vertices: np.ndarray
    faces: np.ndarray
    focal: float
    image_size: tuple[int, int]


@dataclass(frozen=True)
class MeshClip:
    """Hand meshes by frame.

    Attributes:
        frames: number of frames.
        hands: the hands of each frame that has some; a path is read when its frame is drawn.
        image_size: (height, width) in pixels.
        focal: in pixels, of hands that are paths.
    """

    frames: int
    hands: Mapping[int, tuple[HandMesh | Path, ...]]
    image_size: tuple[int, int]
    focal: float

    def at(self, frame: int) -> tuple[HandMesh, ...]:
        """The hands of a frame.

        Raises:
            ControlError: an .obj file that cannot be read.
        """
        return tuple(
            hand if isinstance(hand, HandMesh) else read_obj(hand, self.focal, self.image_size)
            for hand in self.hands.get(frame, ())
        )


def read_meshes(path: str | Path, height: int, width: int, first: int = 0) -> MeshClip:
    """Meshes of a clip from an .npz file or a folder of .obj files.

    Args:
        path: file or folder.
        height: of the pictures that .obj files were made from, in pixels.
        width: likewise.
        first: number in the name of the first frame's .obj files.

    Raises:
        ControlError: missing, unreadable, unsafe (pickled objects) or not of this form.
    """
    place = Path(path)
    if place.is_dir():
        return _obj_clip(place, (height, width), first)
    arrays = _arrays(place)
    missing = [key for key in KEYS if key not in arrays]
    require(not missing, ControlError, f"{path} without {', '.join(missing)}", f"{', '.join(KEYS)}", REMEDY)
    return _npz_clip(arrays, str(path))


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of numbers in an .npz file; raises ControlError."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {str(key): np.asarray(archive[key]) for key in archive.files}
    except (OSError, ValueError, TypeError, EOFError, BadZipFile) as error:
        expected = "an .npz file of plain numbers or a folder of .obj files"
        raise ControlError(f"{path} ({error})", expected, REMEDY) from error
    for key, array in arrays.items():
        is_plain = array.dtype.kind in "biuf" and bool(np.isfinite(array).all())
        require(is_plain or key not in KEYS, ControlError, f"{key} in {path}", "finite numbers", REMEDY)
    return arrays


def _npz_clip(arrays: Mapping[str, np.ndarray], name: str) -> MeshClip:
    _check_shapes(arrays, name)
    faces, numbers = arrays["faces"].astype(np.int64), arrays["frame"].astype(np.int64)
    focal = np.broadcast_to(arrays["focal"].astype(float).reshape(-1), (len(numbers),))
    size = (int(arrays["image_size"][1]), int(arrays["image_size"][0]))
    total = int(arrays["frames"].reshape(-1)[0]) if "frames" in arrays else int(numbers.max(initial=-1)) + 1
    found = f"frames {numbers.min(initial=0)} to {numbers.max(initial=0)} of {total} in {name}"
    fits = numbers.min(initial=0) >= 0 and numbers.max(initial=-1) < total
    require(bool(fits), ControlError, found, "frames counted from 0 to one less than their count", REMEDY)
    placed = arrays["vertices"].astype(float) + arrays["cam_t"].astype(float)[:, None]
    hands: dict[int, tuple[HandMesh | Path, ...]] = {}
    for row, frame in enumerate(numbers.tolist()):
        hands[frame] = (*hands.get(frame, ()), HandMesh(placed[row], faces, float(focal[row]), size))
    return MeshClip(total, hands, size, HAMER_FOCAL * max(size))


def _check_shapes(arrays: Mapping[str, np.ndarray], name: str) -> None:
    """Raise ControlError unless all arrays are about the same hands and the numbers make sense."""
    vertices, focal = arrays["vertices"], arrays["focal"]
    found = f"vertices of shape {list(vertices.shape)} in {name}"
    require(vertices.ndim == 3 and vertices.shape[1] >= 3, ControlError, found, "[N,V,3]", REMEDY)
    count = len(vertices)
    wanted = {"vertices": (count, vertices.shape[1], 3), "cam_t": (count, 3), "frame": (count,), "image_size": (2,)}
    wanted["faces"] = (arrays["faces"].shape[0] if arrays["faces"].ndim else 0, 3)
    for key, shape in wanted.items():
        got = arrays[key].shape
        require(got == shape, ControlError, f"{key} of shape {list(got)} in {name}", f"{list(shape)}", REMEDY)
    _check_faces(arrays["faces"], vertices.shape[1], name)
    fits = focal.size in (1, count) and bool((focal > 0).all()) and bool((arrays["image_size"] > 0).all())
    found = f"focal of shape {list(focal.shape)}, image_size {arrays['image_size'].tolist()} in {name}"
    require(fits, ControlError, found, "a focal length > 0 (one, or one per hand) and a width and height > 0", REMEDY)


def _check_faces(faces: np.ndarray, vertices: int, name: str) -> None:
    fits = len(faces) > 0 and faces.min() >= 0 and faces.max() < vertices
    expected = f"triangles of the {vertices} vertices, counted from 0"
    require(fits, ControlError, f"faces out of range in {name}", expected, REMEDY)


def _obj_clip(folder: Path, image_size: tuple[int, int], first: int) -> MeshClip:
    hands: dict[int, tuple[HandMesh | Path, ...]] = {}
    for file in sorted(folder.glob("*.obj")):
        numbers = [int(digits) for digits in re.findall(r"\d+", file.stem)]
        frame = numbers[-2 if len(numbers) > 1 else -1] - first if numbers else -1
        require(frame >= 0, ControlError, f"{file}", f"a frame number from {first} in the name", "Rename the files.")
        hands[frame] = (*hands.get(frame, ()), file)
    require(len(hands) > 0, ControlError, f"no .obj file in {folder}", "one per hand and frame", REMEDY)
    return MeshClip(max(hands) + 1, hands, image_size, HAMER_FOCAL * max(image_size))


def read_obj(path: Path, focal: float, image_size: tuple[int, int]) -> HandMesh:
    """One hand of an .obj file (lines ``v`` and ``f``; polygons are cut into triangles).

    Args:
        path: the file.
        focal: in pixels of the picture.
        image_size: (height, width) of the picture.

    Raises:
        ControlError: missing, or no mesh.
    """
    vertices, faces = [], []
    try:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(word) for word in words[:3]])
            elif kind == "f":
                corners = [int(word.split("/")[0]) for word in words]
                faces += [[corners[0], *corners[i : i + 2]] for i in range(1, len(corners) - 1)]
        points, triangles = np.array(vertices, float).reshape(-1, 3), np.array(faces, np.int64).reshape(-1, 3)
    except (OSError, ValueError) as error:
        raise ControlError(f"{path} ({error})", "an .obj file of one hand", REMEDY) from error
    triangles = np.where(triangles < 0, triangles + len(points), triangles - 1)
    _check_faces(triangles, len(points), str(path))
    require(bool(np.isfinite(points).all()), ControlError, f"vertices of {path}", "finite numbers", REMEDY)
    flip = np.array([1.0, -1.0, -1.0]) if points[:, 2].mean() < 0 else np.ones(3)
    return HandMesh(points * flip, triangles, focal, image_size)
