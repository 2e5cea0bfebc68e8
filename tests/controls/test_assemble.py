"""Control signals: reference first, everything resized and moved alike, cut to equal length."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.align import Alignment
from anchorcrafter_core.controls.assemble import Framing, Motion, assemble_controls, fitted_clips
from anchorcrafter_core.controls.boxes import ProductTrack
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.controls.retarget.fits import fit_bones, fit_nothing
from anchorcrafter_core.controls.retarget.retarget import Retarget, moved_as_one
from anchorcrafter_core.errors import ConditionError, ControlError, MediaError
from anchorcrafter_core.media.frame_store import FrameStore
from anchorcrafter_core.types import AudioReference, Pose
from tests.controls.retarget.figure import Figure

MakePose = Callable[..., Pose]
STILL = Framing(128, 64, fit=fit_nothing)


def half_way(_: Pose, driving: Sequence[Pose], size: tuple[int, int], __: tuple[int, int]) -> Retarget:
    return moved_as_one(driving, Alignment(np.array([0.5, 0.5]), np.array([0.25, 0.25])), size)


def clip(frames: int, height: int = 96, width: int = 48) -> list[np.ndarray]:
    """Frames with a bright block in the middle, on a black ground with faint noise."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 8, (frames, height, width, 3), dtype=np.uint8)
    pictures[:, height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 180
    return list(pictures)


@pytest.fixture
def motion(make_pose: MakePose) -> Motion:
    driving = [make_pose(seed) for seed in range(1, 6)]
    return Motion(make_pose(0), driving, (96, 48), hand=clip(5), track=clip(5), stride=3, source_fps=25)


def test_reference_first_and_black_under_it(motion: Motion) -> None:
    controls = assemble_controls(replace(motion, audio=AudioReference("a.mp4", 1.0)), STILL)
    assert controls.frames == 6 and controls.size == (128, 64)
    assert torch.equal(controls.pose[0], draw_pose(motion.reference, 128, 64))
    assert torch.equal(controls.pose[2], draw_pose(motion.driving[1], 128, 64))
    for signal in (controls.hand, controls.track, controls.object_mask, controls.hand_mask):
        assert not signal[0].any() and all(frame.any() for frame in signal[1:])
    assert controls.playback_fps == pytest.approx(25 / 3) and controls.audio == AudioReference("a.mp4", 1.0)
    assert len(controls.key_points) == 6 and controls.key_points[0] is motion.reference


def test_masks_ignore_compression_noise(motion: Motion) -> None:
    controls = assemble_controls(motion, STILL)
    assert (controls.hand[1] > 0).float().mean() > 0.9
    assert controls.hand_mask[1].float().mean() == pytest.approx(0.25, abs=0.03)


def test_one_map_moves_all_signals(motion: Motion) -> None:
    controls = assemble_controls(replace(motion, object_mask=clip_masks(5)), replace(STILL, fit=half_way))
    for mask in (controls.hand_mask, controls.object_mask, controls.track.amax(1) > 16):
        rows, columns = torch.nonzero(mask[3], as_tuple=True)
        assert abs(rows.float().mean() - 63.5) < 1 and abs(rows.max() - rows.min() - 31) <= 2
        assert abs(columns.float().mean() - 31.5) < 1 and abs(columns.max() - columns.min() - 15) <= 2
    moved = motion.driving[2].moved(np.array([0.5, 0.5]), np.array([0.25, 0.25]))
    assert torch.equal(controls.pose[3], draw_pose(moved, 128, 64))


def spot(pose: Pose, shift: tuple[int, int], frame: tuple[int, int]) -> np.ndarray:
    """Light square of 9 pixels beside the left wrist, uint8 [H,W,3]."""
    picture = np.zeros((*frame, 3), np.uint8)
    x, y = (pose.body[0, 7] * frame[::-1]).astype(int) + shift
    picture[y - 4 : y + 5, x - 4 : x + 5] = 220
    return picture


def middle(mask: torch.Tensor) -> np.ndarray:
    rows, columns = torch.nonzero(mask, as_tuple=True)
    return np.array([float(columns.float().mean()), float(rows.float().mean())])


@pytest.mark.parametrize("held", [True, False])
def test_hand_product_and_wrist_take_one_step_where_they_touch(held: bool) -> None:
    """A person with broader shoulders: the hand that holds goes where the product goes, a free one with its arm."""
    size, broad = (320, 192), Figure(lengths={2: 1.35, 5: 1.35})
    clip = [Figure(neck=(92.0 + step, 90.0)).pose() for step in range(6)]
    places = (0, 6) if held else (-70, -60)
    motion = Motion(
        broad.pose(),
        clip,
        size,
        hand=[spot(pose, (0, 0), size) for pose in clip],
        track=[spot(pose, places, size) for pose in clip],
        hand_mask=[spot(pose, (0, 0), size)[..., 0] > 0 for pose in clip],
        object_mask=[spot(pose, places, size)[..., 0] > 0 for pose in clip],
    )
    controls = assemble_controls(motion, Framing(*size, fit=fit_bones))
    for number, pose in enumerate(clip):
        wrist = (controls.key_points[number + 1].body[0, 7] - pose.body[0, 7]) * size[::-1]
        hand = middle(controls.hand_mask[number + 1]) - middle(torch.from_numpy(spot(pose, (0, 0), size)[..., 0] > 0))
        product = middle(controls.object_mask[number + 1]) - middle(
            torch.from_numpy(spot(pose, places, size)[..., 0] > 0)
        )
        assert np.abs(wrist - hand).max() < 1
        assert (np.abs(wrist - product).max() < 1) == held
        assert np.abs(middle(controls.hand[number + 1, 0] > 100) - middle(controls.hand_mask[number + 1])).max() < 1


def clip_masks(frames: int) -> list[np.ndarray]:
    return [frame.max(axis=2) > 100 for frame in clip(frames)]


def test_given_masks_may_be_bool_or_uint8(motion: Motion) -> None:
    first = assemble_controls(replace(motion, object_mask=clip_masks(5)), STILL)
    levels = [(mask * 255).astype(np.uint8) for mask in clip_masks(5)]
    second = assemble_controls(replace(motion, object_mask=levels), STILL)
    assert torch.equal(first.object_mask, second.object_mask)


def test_hand_masks_are_taken_as_given_and_moved(motion: Motion) -> None:
    given = [np.zeros((96, 48), bool) for _ in range(5)]
    given[1][32:48, 16:32] = True
    still = assemble_controls(replace(motion, hand_mask=given), replace(STILL, height=64)).hand_mask
    assert not still[0].any() and still[2].any() and not still[3].any()
    moved = assemble_controls(replace(motion, hand_mask=given), replace(STILL, fit=half_way)).hand_mask[2]
    rows, columns = torch.nonzero(moved, as_tuple=True)
    assert abs(rows.float().mean() - (40 / 96 * 0.5 + 0.25) * 128) < 1
    assert abs(columns.float().mean() - (24 / 48 * 0.5 + 0.25) * 64) < 1


def test_boxes_move_with_the_alignment(motion: Motion) -> None:
    track = ProductTrack(np.tile([0.0, 0.0, 1.0, 1.0], (5, 1)))
    controls = assemble_controls(replace(motion, track=track), replace(STILL, fit=half_way))
    rows, columns = torch.nonzero(controls.object_mask[2], as_tuple=True)
    assert abs(rows.min() - 32) <= 1 and abs(rows.max() - 95) <= 1 and abs(columns.min() - 16) <= 1
    assert not controls.track[0].any()


def test_longer_clips_are_cut_with_a_warning(motion: Motion, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        controls = assemble_controls(replace(motion, hand=clip(3), track=clip(9)), STILL)
    assert controls.frames == 4 and len(controls.key_points) == 4
    assert "pose 5, hand 3, track 9" in caplog.text and "cut to 3" in caplog.text


def test_signals_may_be_missing(motion: Motion, caplog: pytest.LogCaptureFixture) -> None:
    controls = assemble_controls(replace(motion, hand=None, track=None), STILL)
    assert not controls.hand.any() and not controls.object_mask.any() and controls.frames == 6
    assert controls.window([0, 3], ("pose", "hand", "track")).shape == (2, 9, 128, 64)
    assert caplog.text == ""


def test_colours_of_another_family(motion: Motion) -> None:
    red, blue = (assemble_controls(motion, replace(STILL, colors=colors)) for colors in ("red_first", "blue_first"))
    assert torch.equal(red.pose.flip(1), blue.pose) and torch.equal(red.hand, blue.hand)


def test_memory_and_disk_give_the_same(motion: Motion, tmp_path: Path) -> None:
    stored = assemble_controls(motion, replace(STILL, store=FrameStore(0, tmp_path)))
    kept = assemble_controls(motion, STILL)
    for name in ("pose", "hand", "track", "object_mask", "hand_mask"):
        assert torch.equal(getattr(stored, name), getattr(kept, name))


@pytest.mark.parametrize("size", [(64, 128), (128, 128)])
def test_any_aspect(motion: Motion, size: tuple[int, int]) -> None:
    assert assemble_controls(motion, Framing(*size, fit=fit_nothing)).size == size


def test_clips_may_be_fitted_at_any_size(motion: Motion) -> None:
    clips = fitted_clips(motion, Framing(90, 70, fit=fit_nothing))
    assert clips.pose.shape == (6, 3, 90, 70) and clips.hand is not None and clips.hand.shape == clips.pose.shape
    with pytest.raises(ConditionError, match="70x90"):
        assemble_controls(motion, Framing(90, 70, fit=fit_nothing))


def test_refuses_in_words(motion: Motion) -> None:
    grey, floating = [np.zeros((9, 9), np.uint8)], [np.zeros((9, 9, 3), np.float32)]
    cases = (
        ({"driving": []}, ControlError, "no driving pose"),
        ({"hand": []}, ControlError, "at least a reference frame"),
        ({"hand": grey}, ControlError, r"frame 0 of shape \[9, 9\]"),
        ({"track": floating}, ControlError, "float32"),
        ({"object_mask": [np.zeros((9, 9, 3), bool)]}, ControlError, "mask 0 of shape"),
        ({"hand_mask": [np.zeros((9, 9, 3), np.uint8)]}, ControlError, r"mask 0 of shape \[9, 9, 3\]"),
    )
    for changes, error, words in cases:
        with pytest.raises((error, MediaError), match=words):
            assemble_controls(replace(motion, **changes), STILL)
