"""Laws of control bundles: what is saved comes back, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from anchorcrafter_core.errors import AnchorError, ControlError
from anchorcrafter_core.footage.bundle import FORMAT, load_motion, save_motion
from anchorcrafter_core.footage.motion import DrivingMotion
from anchorcrafter_core.types import Pose


def poses_of(people: list[int], seed: int = 0) -> tuple[Pose, ...]:
    draw = np.random.default_rng(seed).random
    return tuple(
        Pose(draw((n, 18, 2)), draw((n, 18)), draw((n, 2, 21, 2)), draw((n, 2, 21)), draw((n, 68, 2)), draw((n, 68)))
        for n in people
    )


def motion(frames: int = 3, **changes: Any) -> DrivingMotion:
    generator = torch.Generator().manual_seed(1)
    track = torch.randint(0, 256, (frames, 3, 8, 6), generator=generator, dtype=torch.uint8)
    return replace(DrivingMotion((80, 60), poses_of([1] * frames), track=track, object_mask=track[:, 0] > 9), **changes)


def assert_equal(one: DrivingMotion, other: DrivingMotion) -> None:
    assert (one.size, one.source_fps, one.stride, one.has_placed_product) == (
        other.size,
        other.source_fps,
        other.stride,
        other.has_placed_product,
    )
    assert one.clips().keys() == other.clips().keys()
    assert all(torch.equal(clip, other.clips()[name]) for name, clip in one.clips().items())
    assert len(one.poses) == len(other.poses)
    for mine, yours in zip(one.poses, other.poses, strict=True):
        assert all(np.array_equal(part, getattr(yours, name)) for name, part in vars(mine).items())


@settings(max_examples=20, deadline=None)
@given(
    people=st.lists(st.integers(0, 2), min_size=1, max_size=4),
    fps=st.floats(1, 240),
    stride=st.integers(1, 9),
    is_placed=st.booleans(),
)
def test_what_is_saved_comes_back(
    tmp_path_factory: pytest.TempPathFactory, people: list[int], fps: float, stride: int, is_placed: bool
) -> None:
    path = tmp_path_factory.mktemp("bundle") / "\u52a8\u4f5c.safetensors"
    track = torch.full((len(people), 3, 8, 6), 7, dtype=torch.uint8)
    saved = DrivingMotion(
        (80, 60), poses_of(people), track=track, source_fps=fps, stride=stride, has_placed_product=is_placed
    )
    save_motion(path, saved)
    assert_equal(load_motion(path), saved)


def test_the_report_lies_beside_it_to_be_read(tmp_path: Path) -> None:
    save_motion(tmp_path / "m.safetensors", motion(), {"lost": [3, 4], "who": "\u4eba"})
    content = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert content["report"] == {"lost": [3, 4], "who": "\u4eba"}
    assert content["frames"] == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.json", "m.safetensors"]


def test_a_bundle_needs_no_json(tmp_path: Path) -> None:
    save_motion(tmp_path / "m.safetensors", motion())
    (tmp_path / "m.json").unlink()
    assert_equal(load_motion(tmp_path / "m.safetensors"), motion())


def test_other_weights_are_no_bundle(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "m.safetensors")
    with pytest.raises(ControlError, match="no motion"):
        load_motion(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "stated",
    ["", "[]", "{}", '{"size": [0, 4], "source_fps": 30, "stride": 2, "has_placed_product": false}', "[" * 100_000],
)
def test_a_header_that_lies_is_a_sentence(tmp_path: Path, stated: str) -> None:
    tensors = {"track": torch.zeros(2, 3, 8, 8, dtype=torch.uint8)}
    save_file(tensors, tmp_path / "m.safetensors", metadata={FORMAT: "1", "motion": stated})
    with pytest.raises(ControlError):
        load_motion(tmp_path / "m.safetensors")


GOOD = '{"size": [8, 8], "source_fps": 30, "stride": 2, "has_placed_product": false}'
PARTS = {"body": (18, 2), "body_score": (18,), "hands": (2, 21, 2), "hands_score": (2, 21)}
PARTS |= {"face": (68, 2), "face_score": (68,)}
NOBODY_EVER = {f"pose.{name}": torch.zeros(0, *shape, dtype=torch.float64) for name, shape in PARTS.items()}
NOBODY_EVER |= {"pose.people": torch.zeros(0, dtype=torch.int64)}


@pytest.mark.parametrize(
    "tensors",
    [
        {"track": torch.zeros(2, 3, 8, 8)},
        {"pose_clip": torch.zeros(2, 4, 8, 8, dtype=torch.uint8)},
        {"pose_clip": torch.zeros(0, 3, 8, 8, dtype=torch.uint8)},
        {"pose.people": torch.tensor([1, 1])},
        {"object_mask": torch.zeros(2, 8, 8, dtype=torch.bool)},
        NOBODY_EVER,
    ],
)
def test_signals_that_do_not_fit_are_a_sentence(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, tmp_path / "m.safetensors", metadata={FORMAT: "1", "motion": GOOD})
    with pytest.raises(AnchorError):
        load_motion(tmp_path / "m.safetensors")


def test_a_damaged_bundle_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_motion(path, motion())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(AnchorError):
        load_motion(path)


def test_signals_of_unequal_length_are_refused() -> None:
    with pytest.raises(ControlError, match="track 3"):
        motion(poses=poses_of([1, 1]))


def test_a_motion_says_how_the_person_moves() -> None:
    with pytest.raises(ControlError, match="no drawn skeletons"):
        motion(poses=())


def test_first_cuts_every_signal() -> None:
    assert_equal(motion(5).first(5), motion(5))
    short = motion(5).first(2)
    assert short.frames == len(short.poses) == 2
    assert all(len(clip) == 2 for clip in short.clips().values())


def test_grey_clips_take_a_third_of_the_room(tmp_path: Path) -> None:
    grey = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8).expand(60, 3, 8, 8)
    coloured = grey.clone()
    coloured[-1, 0, 0, 0] += 1
    for name, clip in (("grey", grey), ("coloured", coloured)):
        save_motion(tmp_path / f"{name}.safetensors", DrivingMotion((8, 8), pose_clip=clip))
        assert torch.equal(load_motion(tmp_path / f"{name}.safetensors").clips()["pose_clip"], clip)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("grey", "coloured")]
    assert sizes[1] - sizes[0] == 60 * 2 * 64
