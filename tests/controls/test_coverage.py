"""Coverage counts what the masks show, and its warnings name the frames that are wrong, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, frames
from anchorcrafter_core.controls.coverage import coverage_warnings, measure_coverage, spans
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.types import ControlSignals

HEIGHT, WIDTH = 128, 64


def clip(frames: int, product: tuple[int, int] = (40, 20), hand: tuple[int, int] = (60, 20)) -> ControlSignals:
    """A square product and a square hand, 16 pixels wide, upper left corner at (row, column)."""
    black = torch.zeros(frames + 1, 3, HEIGHT, WIDTH, dtype=torch.uint8)
    masks = torch.zeros(2, frames + 1, HEIGHT, WIDTH, dtype=torch.bool)
    for mask, (row, column) in zip(masks, (product, hand), strict=True):
        mask[1:, row : row + 16, column : column + 16] = True
    return ControlSignals(black, black, black, object_mask=masks[0], hand_mask=masks[1])


def warnings(controls: ControlSignals) -> tuple[str, ...]:
    return coverage_warnings(measure_coverage(controls))


def test_shares_are_counted_without_the_reference_frame() -> None:
    coverage = measure_coverage(clip(5))
    assert coverage.frames == 5
    share = 16 * 16 / (HEIGHT * WIDTH)
    assert coverage.hand == pytest.approx([share] * 5)
    assert coverage.region == pytest.approx([2 * share] * 5)


def test_neighbours_touch_and_strangers_do_not() -> None:
    assert measure_coverage(clip(3, hand=(57, 20))).touches.all()
    apart = clip(3, hand=(80, 20))
    assert not measure_coverage(apart).touches.any()
    assert warnings(apart) == ("Hand and product never touch.",)
    assert warnings(clip(3, hand=(57, 20))) == ()


@pytest.mark.parametrize(
    ("apart", "said"),
    [(4, ()), (5, ("Hand and product touch in 3 of 8 frames, not in frames 4-8.",))],
)
def test_a_product_mostly_away_from_the_hand_is_told_of(apart: int, said: tuple[str, ...]) -> None:
    controls = clip(8, hand=(57, 20))
    controls.hand_mask[-apart:] = controls.hand_mask[-apart:].roll(23, dims=1)
    assert measure_coverage(controls).touches.sum() == 8 - apart
    assert warnings(controls) == said


def test_missing_frames_are_named() -> None:
    controls = clip(20, hand=(57, 20))
    controls.object_mask[12:20] = False
    controls.hand_mask[3] = False
    assert warnings(controls) == ("Product missing in frames 12-19.", "Hands missing in frame 3.")


def test_a_clip_without_a_product_says_what_to_connect() -> None:
    controls = clip(4)
    controls.object_mask[:] = False
    assert warnings(controls) == ("Product missing in every frame: give a track clip, an object mask or boxes.",)


def test_a_jump_is_named() -> None:
    controls = clip(6, hand=(57, 20))
    controls.object_mask[4:] = controls.object_mask[4:].roll(48, dims=1)
    (sentence,) = warnings(controls)
    assert sentence.startswith("Product jumps from frame 3 to 4 (up to 34%")


def test_a_mask_in_pieces_is_named_with_its_frames() -> None:
    controls = clip(6, hand=(57, 20))
    controls.object_mask[3:5, 100:108, 40:60] = True
    share = 8 * 20 / (16 * 16 + 8 * 20)
    assert measure_coverage(controls).scattered == pytest.approx([0, 0, share, share, 0, 0])
    assert warnings(controls)[-1].startswith("Product in pieces in frames 3-4 (up to 38% of its mask lies apart)")


def test_specks_all_over_are_told_as_pieces_and_a_few_are_not() -> None:
    controls = clip(2, hand=(57, 20))
    controls.object_mask[1:] = False
    controls.object_mask[1:, 4::12, 4::12] = True
    assert any("Product in pieces in every frame" in line for line in warnings(controls))
    controls = clip(2, hand=(57, 20))
    controls.object_mask[1:, 100:104, 40:46] = True
    assert warnings(controls) == ()


@given(st.integers(2, 12), st.booleans())
def test_what_a_hand_divides_is_one_piece(gap: int, is_hand_known: bool) -> None:
    controls = clip(1, product=(40, 20), hand=(57, 20))
    controls.object_mask[1, 40 : 56 + gap, 20:36] = True
    controls.object_mask[1, 48 : 48 + gap] = False
    controls.hand_mask[1] = False
    controls.hand_mask[1, 48 : 48 + gap, 10:50] = is_hand_known
    assert (measure_coverage(controls).scattered[0] > 0) == (gap > 4 and not is_hand_known)


@pytest.mark.parametrize("seed", range(4))
def test_real_shows_raise_no_alarm(seed: int) -> None:
    scene = describe_scene(SceneOptions(128, 192, 12, seed))
    shown = list(frames(scene))
    black = torch.zeros(len(shown) + 1, 3, 192, 128, dtype=torch.uint8)
    pose = torch.stack([draw_pose(frame.pose, 192, 128) for frame in (shown[0], *shown)])
    masks = [
        torch.from_numpy(np.stack([getattr(shown[0], name), *(getattr(frame, name) for frame in shown)]))
        for name in ("object_mask", "hand_mask")
    ]
    found = warnings(ControlSignals(pose, black, black, object_mask=masks[0], hand_mask=masks[1]))
    assert not [sentence for sentence in found if not sentence.startswith("Hands missing")]


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(any))
def test_spans_name_exactly_the_frames(claims: list[bool]) -> None:
    words = spans(claims).replace(" and ", ", ").split(" ", 1)[1]
    named = [part.split("-") for part in words.split(", ")]
    frames = [frame for part in named for frame in range(int(part[0]), int(part[-1]) + 1)]
    assert frames == [number + 1 for number, claim in enumerate(claims) if claim]


def test_a_clip_that_is_not_black_around_the_hands_is_told() -> None:
    controls = clip(4, hand=(57, 20))
    controls.hand_mask[2:] = True
    assert warnings(controls) == ("Hands cover most of the picture in frames 2-4: is the clip black elsewhere?",)


def test_footage_in_place_of_skeletons_is_told_with_its_frames_and_where_it_belongs() -> None:
    controls = clip(4, hand=(57, 20))
    noise = np.random.default_rng(0).integers(0, 256, (2, 3, HEIGHT, WIDTH), np.uint8)
    controls.pose[1:3] = torch.from_numpy(noise)
    (sentence,) = warnings(controls)
    assert sentence.startswith("The pose clip is not black around the skeleton in frames 1-2:")
    assert "'controls'" in sentence and "Driving Motion" in sentence


@pytest.mark.parametrize("size", [(64, 64), (128, 64), (192, 128)])
def test_drawn_skeletons_are_not_taken_for_footage(size: tuple[int, int]) -> None:
    pose = draw_pose(next(iter(frames(describe_scene(SceneOptions(64, 64, 1, 0))))).pose, *size)
    black, nowhere = torch.zeros(3, 3, *size, dtype=torch.uint8), torch.zeros(3, *size, dtype=torch.bool)
    said = warnings(ControlSignals(pose.expand(3, -1, -1, -1), black, black, object_mask=nowhere, hand_mask=nowhere))
    assert not any("pose clip" in sentence for sentence in said)
