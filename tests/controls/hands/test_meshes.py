"""Hand meshes: files are read strictly, triangles land where the camera puts them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.controls.hands.meshes import HAMER_FOCAL, HandMesh, read_meshes, read_obj
from anchorcrafter_core.controls.hands.raster import draw_meshes, smooth_normals
from anchorcrafter_core.errors import ControlError

SIZE = (96, 128)
FOCAL = 2000.0


def ball(radius: float = 0.05, rings: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """A sphere around 0, wound outwards in axes x right, y down, z away."""
    polar = np.linspace(0, np.pi, rings)[:, None]
    round_ = np.linspace(0, 2 * np.pi, rings, endpoint=False)[None]
    flat = [np.sin(polar) * np.cos(round_), np.sin(polar) * np.sin(round_), np.cos(polar) + 0 * round_]
    faces = []
    for ring in range(rings - 1):
        for step in range(rings):
            here, beside = ring * rings + step, ring * rings + (step + 1) % rings
            faces += [[here, here + rings, beside], [beside, here + rings, beside + rings]]
    return np.stack(flat, axis=-1).reshape(-1, 3) * radius, np.array(faces)


def mesh(place: tuple[float, float, float] = (0, 0, 3), radius: float = 0.05, is_inside_out: bool = False) -> HandMesh:
    vertices, faces = ball(radius)
    return HandMesh(vertices + np.array(place), faces[:, ::-1] if is_inside_out else faces, FOCAL, SIZE)


def archive(folder: Path, **changes: object) -> Path:
    vertices, faces = ball()
    arrays: dict[str, object] = {
        "vertices": np.stack([vertices] * 3),
        "faces": faces,
        "cam_t": np.array([[0, 0, 3.0], [0.05, 0, 3.0], [0, 0, 3.0]]),
        "frame": np.array([0, 0, 2]),
        "focal": np.array(FOCAL),
        "image_size": np.array([SIZE[1], SIZE[0]]),
    }
    arrays |= changes
    place = folder / "hands.npz"
    with zipfile.ZipFile(place, "w") as file:
        for key, value in arrays.items():
            if value is not None:
                with file.open(f"{key}.npy", "w") as entry:
                    np.lib.format.write_array(entry, np.asarray(value))
    return place


def obj_text(vertices: np.ndarray, faces: np.ndarray) -> str:
    lines = [f"v {x} {y} {z}" for x, y, z in vertices] + [f"f {a}//1 {b}//1 {c}//1" for a, b, c in faces + 1]
    return "\n".join(["# a hand", *lines])


def test_a_sphere_covers_its_disc() -> None:
    picture, mask = draw_meshes([mesh()], *SIZE)
    radius = FOCAL * 0.05 / np.sqrt(3**2 - 0.05**2)
    assert mask.sum() == pytest.approx(np.pi * radius**2, rel=0.02)
    rows, columns = np.nonzero(mask)
    assert (rows.mean() + 0.5, columns.mean() + 0.5) == pytest.approx((SIZE[0] / 2, SIZE[1] / 2), abs=0.3)
    colors = picture[mask]
    assert (colors[:, 2] >= colors[:, 0]).all()
    assert np.ptp(colors[:, 1]) > 30


@pytest.mark.parametrize("is_inside_out", [False, True])
def test_normals_point_out_whatever_the_winding(is_inside_out: bool) -> None:
    ball_mesh = mesh(is_inside_out=is_inside_out)
    out = (ball_mesh.vertices - ball_mesh.vertices.mean(0)) / 0.05 * np.array([1, 1, -1])
    assert (smooth_normals(ball_mesh.vertices, ball_mesh.faces) * out).sum(1).min() > 0.9


def test_the_winding_does_not_change_the_picture() -> None:
    first, second = (draw_meshes([mesh(is_inside_out=flag)], *SIZE)[0].astype(int) for flag in (False, True))
    assert np.abs(first - second).max() <= 8


def test_nearer_meshes_hide_farther_ones() -> None:
    near, far = mesh((0, 0, 2.0), 0.03), mesh((0.02, 0, 3.0), 0.05)
    both, swapped = draw_meshes([near, far], *SIZE)[0], draw_meshes([far, near], *SIZE)[0]
    alone, mask = draw_meshes([near], *SIZE)
    np.testing.assert_array_equal(both, swapped)
    inner = mask & np.roll(mask, 2, 0) & np.roll(mask, -2, 0) & np.roll(mask, 2, 1) & np.roll(mask, -2, 1)
    np.testing.assert_array_equal(both[inner], alone[inner])


def test_meshes_behind_the_camera_and_outside_leave_black() -> None:
    for place in ((0, 0, -3.0), (5.0, 0, 3.0)):
        picture, mask = draw_meshes([mesh(place)], *SIZE)
        assert not picture.any()
        assert not mask.any()


def test_triangles_without_area_are_passed_over() -> None:
    flat = HandMesh(np.array([[0, 0, 3.0]] * 3), np.array([[0, 1, 2]]), FOCAL, SIZE)
    assert not draw_meshes([flat], *SIZE)[1].any()


def test_another_size_scales_the_picture() -> None:
    small, large = (draw_meshes([mesh()], SIZE[0] * zoom, SIZE[1] * zoom)[1].sum() for zoom in (1, 3))
    assert large == pytest.approx(9 * small, rel=0.03)


def test_an_archive_gives_hands_by_frame(tmp_path: Path) -> None:
    clip = read_meshes(archive(tmp_path), *SIZE)
    assert (clip.frames, clip.image_size) == (3, SIZE)
    assert [len(clip.at(frame)) for frame in range(3)] == [2, 0, 1]
    drawn = [draw_meshes(clip.at(frame), *SIZE) for frame in range(clip.frames)]
    assert [bool(mask.any()) for _, mask in drawn] == [True, False, True]
    np.testing.assert_array_equal(drawn[2][0], draw_meshes([mesh()], *SIZE)[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cam_t": None}, "without cam_t"),
        ({"faces": np.array([[0, 1, 99999]])}, "out of range"),
        ({"vertices": np.zeros((3, 10, 2))}, "vertices of shape"),
        ({"frame": np.array([0, 1])}, "frame of shape"),
        ({"frame": np.array([0, -1, 1])}, "frames -1"),
        ({"frames": 2}, "of 2"),
        ({"focal": -1.0}, "focal"),
        ({"vertices": np.full((3, 576, 3), np.nan)}, "vertices in"),
        ({"image_size": np.array([0, 5])}, "image_size"),
    ],
)
def test_wrong_archives_are_refused_in_words(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        read_meshes(archive(tmp_path, **changes), *SIZE)


def test_pickles_and_other_files_are_refused(tmp_path: Path) -> None:
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, vertices=np.array([{"a": 1}], dtype=object))
    other = tmp_path / "other.npz"
    other.write_bytes(b"not an archive")
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    for place in (pickled, other, single, tmp_path / "missing.npz", tmp_path):
        with pytest.raises(ControlError):
            read_meshes(place, *SIZE)


def test_a_folder_of_obj_files_gives_hands_by_frame(tmp_path: Path) -> None:
    vertices, faces = ball()
    opengl = (vertices + np.array([0, 0, 3.0])) * np.array([1, -1, -1])
    for name in ("f_0001_0", "f_0001_1", "f_0003_0"):
        (tmp_path / f"{name}.obj").write_text(obj_text(opengl, faces), encoding="utf-8")
    clip = read_meshes(tmp_path, *SIZE, first=1)
    assert [len(clip.at(frame)) for frame in range(clip.frames)] == [2, 0, 1]
    hand = clip.at(0)[0]
    np.testing.assert_allclose(hand.vertices, vertices + np.array([0, 0, 3.0]), atol=1e-12)
    np.testing.assert_array_equal(hand.faces, faces)
    assert hand.focal == HAMER_FOCAL * 128


def test_polygons_become_triangles(tmp_path: Path) -> None:
    square = tmp_path / "square.obj"
    square.write_text("v 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\nf 1 2 3 4\nf -4 -3 -2\n", encoding="utf-8")
    assert read_obj(square, 1.0, SIZE).faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2]]


@pytest.mark.parametrize("text", ["", "v 0 0 1\nf 1 2 3", "v a b c", "v 0 0\nv 0 0\nv 0 0\nf 1 2 3", "f a b c"])
def test_broken_obj_files_are_refused(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "hand_1.obj"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(ControlError, match="hand_1"):
        read_obj(broken, 1.0, SIZE)


def test_obj_names_without_a_frame_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hand.obj").write_text("v 0 0 1", encoding="utf-8")
    with pytest.raises(ControlError, match="frame number"):
        read_meshes(tmp_path, *SIZE)
