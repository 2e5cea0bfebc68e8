"""Pictures, skeletons and alignment against the published preprocessing.

Cases, shapes and settings are read from the oracle's files.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from anchorcrafter_core.conditioning.pixels import (
    antialiased_bicubic,
    clip_pixels,
    complete_views,
    dino_pixels,
    object_picture,
    reference_picture,
    truncated_round_trip,
    unit_pixels,
)
from anchorcrafter_core.controls.align import Alignment, move_frames
from anchorcrafter_core.controls.assemble import ControlClips, Framing, Motion, fitted_clips
from anchorcrafter_core.controls.draw_pose import CANVAS_SHORT_SIDE, draw_pose
from anchorcrafter_core.media.resize import cover_and_crop, published_resize, published_size
from anchorcrafter_core.types import Pose
from tests.parity.oracle import Oracle, read_oracle
from tests.tiny import relative_error

SINGLE_MODULE = 1e-5
DRAWN_SHARE = 1e-3
"""Share of values that may differ: OpenCV's rasteriser changes between versions."""
TIED_SHARE = 0.05
"""Share of values that may differ by one level: means that lie between two levels are rounded either way."""
FOLDER = read_oracle()
ENCODED = FOLDER.tensors("encode/encode.safetensors")
PREPROCESSED = FOLDER.tensors("preprocess/preprocess.safetensors")
POSES = FOLDER.tensors("preprocess/draw_pose.safetensors")
ALIGNED = FOLDER.tensors("preprocess/align.safetensors")
PIPELINE = FOLDER.json("pipeline/cases.json")


def names(tensors: dict[str, Tensor], ending: str) -> list[str]:
    return sorted(name.removesuffix(ending) for name in tensors if name.endswith(ending))


def stored_pose(tensors: dict[str, Tensor], name: str) -> Pose:
    """A pose from the published dictionaries, which stack all left hands before all right ones."""
    parts = {part: tensors[f"{name}.{part}"].numpy() for part in ("candidate", "hands", "hands_score")}
    score, face, face_score = (tensors[f"{name}.{part}"].numpy() for part in ("body_score", "faces", "faces_score"))
    people = len(score)
    hands, hands_score = (parts[part].reshape(2, people, *parts[part].shape[1:]) for part in ("hands", "hands_score"))
    body = parts["candidate"].reshape(people, -1, 2)
    return Pose(body, score, hands.swapaxes(0, 1), hands_score.swapaxes(0, 1), face, face_score)


def largest_difference(first: Tensor, second: Tensor) -> int:
    assert first.shape == second.shape and first.dtype == second.dtype == torch.uint8
    return int((first.int() - second.int()).abs().max())


def equal_but_for_ties(first: Tensor, second: Tensor) -> bool:
    return largest_difference(first, second) <= 1 and differing_share(first, second) <= TIED_SHARE


def differing_share(first: Tensor, second: Tensor) -> float:
    assert first.shape == second.shape and first.dtype == second.dtype == torch.uint8
    return float((first != second).float().mean())


def kept_every(prefix: str) -> tuple[Tensor, int]:
    """Stored pixel values and the stride at which they were kept."""
    found = [re.fullmatch(rf"{prefix}_every_(\d+)(?:st|nd|rd|th)", name) for name in ENCODED]
    (match,) = [match for match in found if match]
    return ENCODED[match.string], int(match.group(1))


@pytest.mark.parametrize("name", names(ENCODED, "_clip_embedding"))
def test_pixels_for_the_encoders(oracle: Oracle, name: str) -> None:
    expected, every = kept_every(f"{name}_clip_pixel_values")
    found = clip_pixels(oracle.picture(f"encode/{name}_image.png"))
    assert relative_error(found[..., ::every, ::every], expected) <= SINGLE_MODULE
    expected, every = kept_every(f"{name}_dino_pixel_values")
    found = dino_pixels([oracle.picture(f"encode/{name}_object_{view}.png") for view in range(len(expected))])
    assert relative_error(found[..., ::every, ::every], expected) <= SINGLE_MODULE


@pytest.mark.parametrize("name", [name for name in names(ENCODED, "_out") if name.startswith("resize")])
def test_antialiased_resize(name: str) -> None:
    expected = ENCODED[f"{name}_out"]
    found = antialiased_bicubic(ENCODED[f"{name}_in"], (expected.shape[-2], expected.shape[-1]))
    assert relative_error(found, expected) <= SINGLE_MODULE


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_round_trip(dtype: torch.dtype) -> None:
    levels, name = torch.arange(256, dtype=torch.uint8), str(dtype).removeprefix("torch.")
    assert torch.equal(truncated_round_trip(levels, dtype), ENCODED[f"roundtrip_{name}"])
    assert torch.equal(unit_pixels(levels, dtype), ENCODED[f"unit_{name}"])


def latent_pictures() -> list[str]:
    """Pipeline cases that keep what the VAE was shown, without noise on it."""
    return [
        name
        for name, case in PIPELINE.items()
        if case.get("aug") == 0
        and (FOLDER.root / f"pipeline/{name}.safetensors").exists()
        and "vae_in_object" in FOLDER.tensors(f"pipeline/{name}.safetensors")
    ]


@pytest.mark.parametrize("name", latent_pictures())
def test_pictures_for_the_vae(oracle: Oracle, name: str) -> None:
    shown = oracle.tensors(f"pipeline/{name}.safetensors")
    person, thing = oracle.picture("pipeline/image.png"), oracle.picture("pipeline/object_1.png")
    assert relative_error(reference_picture(person), shown["vae_in_person"]) <= SINGLE_MODULE
    height, width = shown["vae_in_object"].shape[-2:]
    assert relative_error(object_picture(thing, height, width, "published"), shown["vae_in_object"]) <= SINGLE_MODULE


@pytest.mark.parametrize("name", names(POSES, ".body_score"))
def test_skeletons(oracle: Oracle, name: str) -> None:
    if f"{name}.out" in POSES:
        expected = POSES[f"{name}.out"]
    else:
        (path,) = Path(oracle.root, "preprocess").glob(f"draw_{name}_*.png")
        expected = oracle.picture(f"preprocess/{path.name}")
    drawn = draw_pose(stored_pose(POSES, name), expected.shape[-2], expected.shape[-1], canvas=CANVAS_SHORT_SIDE)
    assert differing_share(drawn, expected) <= DRAWN_SHARE


@pytest.mark.parametrize("name", names(ALIGNED, "_scale_bias"))
def test_moved_frames(name: str) -> None:
    scale, bias = ALIGNED[f"{name}_scale_bias"].numpy()
    alignment = Alignment(scale, bias)
    assert torch.equal(move_frames(ALIGNED["video"], alignment), ALIGNED[f"{name}_out"])
    first = move_frames(ALIGNED["video"][0], alignment).permute(1, 2, 0)
    assert torch.equal(first, ALIGNED[f"{name}_last"]), "one frame with channels last"


CASES = names(PREPROCESSED, ".scale")


def framed_person(name: str) -> Tensor:
    """The person picture of a case, framed as published."""
    picture = FOLDER.picture(f"preprocess/inputs/{name.partition('_stride')[0]}.png")
    resolution = FOLDER.json("preprocess/report.json")["preprocess"]["settings"]["resolution"]
    target = published_size(picture.shape[-2], picture.shape[-1], resolution)
    return cover_and_crop(picture, *target, published_resize)


def fitted(name: str) -> ControlClips:
    """The clips of a case, whose name ends in stride and number of frames (-1: all)."""
    found = re.search(r"_stride(\d+)_num(-?\d+)$", name)
    assert found, name
    stride, count = int(found.group(1)), int(found.group(2))
    taken = range(len(PREPROCESSED["video_pose"]))[::stride][: None if count == -1 else count]
    hand, track = (PREPROCESSED[f"video_{clip}"].numpy()[taken] for clip in ("hand", "track"))
    driving_size = (PREPROCESSED["video_pose"].shape[1], PREPROCESSED["video_pose"].shape[2])
    driving = [stored_pose(PREPROCESSED, f"frame{number}") for number in taken]
    motion = Motion(stored_pose(PREPROCESSED, "ref"), driving, driving_size, list(hand), list(track), stride=stride)
    height, width = PREPROCESSED[f"{name}.image"].shape[-2:]
    return fitted_clips(motion, Framing(height, width, resize=published_resize, canvas=CANVAS_SHORT_SIDE))


@pytest.mark.parametrize("name", CASES)
def test_person_picture(name: str) -> None:
    assert equal_but_for_ties(framed_person(name)[None], PREPROCESSED[f"{name}.image"])


@pytest.mark.parametrize("name", CASES)
def test_alignment(name: str) -> None:
    alignment = fitted(name).retarget.body[0]
    assert np.abs(alignment.scale - PREPROCESSED[f"{name}.scale"].numpy()).max() <= 1e-9
    assert np.abs(alignment.bias - PREPROCESSED[f"{name}.bias"].numpy()).max() <= 1e-9


@pytest.mark.parametrize("name", CASES)
def test_control_clips(name: str) -> None:
    """Hands and track are compared where the published code does not force another size upon them."""
    clips = fitted(name)
    assert differing_share(clips.pose, PREPROCESSED[f"{name}.pose"]) <= DRAWN_SHARE
    assert clips.hand is not None and clips.track is not None
    for found, signal in ((clips.hand, "hand"), (clips.track, "track")):
        expected = PREPROCESSED[f"{name}.{signal}"]
        assert len(found) == len(expected)
        if found.shape == expected.shape:
            assert equal_but_for_ties(found, expected)


def test_some_control_clips_are_compared() -> None:
    assert any(PREPROCESSED[f"{name}.hand"].shape == PREPROCESSED[f"{name}.pose"].shape for name in CASES)


def test_object_views(oracle: Oracle) -> None:
    paths = sorted(Path(oracle.root, "preprocess/inputs").glob("thing_*.png"))
    views = complete_views([oracle.picture(f"preprocess/inputs/{path.name}") for path in paths], published_resize)
    for number, view in enumerate(views):
        assert equal_but_for_ties(view, oracle.picture(f"preprocess/object_518_{number}.png"))
