"""Laws of the global alignment: it finds a known map, it is the same map for points and pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.align import (
    FITTED_JOINTS,
    UNALIGNED,
    Alignment,
    cropped_pose,
    frame_map,
    global_alignment,
    move_frames,
)
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.media.resize import cover_and_crop
from anchorcrafter_core.types import Pose

MakePose = Callable[..., Pose]
SIZE = (128, 64)


def test_finds_the_map_that_made_the_driving_clip(make_pose: MakePose) -> None:
    reference = make_pose(score=1.0)
    scale, bias = np.array([0.8, 0.8]), np.array([0.1, 0.05])
    driving = [reference.moved(1 / scale, -bias / scale)] * 3
    found = global_alignment(reference, driving, SIZE, SIZE)
    assert np.allclose(found.scale, scale) and np.allclose(found.bias, bias)


def test_horizontal_scale_follows_both_aspects(make_pose: MakePose) -> None:
    """A square stays square: scale in pixels is equal along x and y."""
    reference, (height, width), (tall, wide) = make_pose(score=1.0), (64, 128), (200, 50)
    found = global_alignment(reference, [make_pose(1, score=1.0)] * 2 + [reference], (height, width), (tall, wide))
    assert found.scale[0] * width / wide == pytest.approx(found.scale[1] * height / tall)


def test_frames_with_several_people_and_gesturing_joints_do_not_count(make_pose: MakePose) -> None:
    reference, crowd = make_pose(score=1.0), make_pose(5, people=2)
    body = reference.body.copy()
    body[0, [joint for joint in range(18) if joint not in FITTED_JOINTS]] += 0.3
    plain = global_alignment(reference, [reference], SIZE, SIZE)
    mixed = global_alignment(reference, [crowd, replace(reference, body=body)], SIZE, SIZE)
    assert np.allclose(plain.scale, 1) and np.allclose(mixed.scale, 1) and np.allclose(mixed.bias, 0)


def test_hidden_joints_of_the_reference_and_absent_ones_of_the_clip_do_not_count(make_pose: MakePose) -> None:
    reference = make_pose(score=1.0)
    hidden, driven, seen = reference.body_score.copy(), reference.body.copy(), reference.body_score.copy()
    hidden[0, 8], driven[0, 8] = 0.3, 5.0
    driven[0, 9], seen[0, 9] = 0.0, 0.0
    driving = replace(reference, body=driven, body_score=seen)
    found = global_alignment(replace(reference, body_score=hidden), [driving], SIZE, SIZE)
    assert np.allclose(found.scale, 1) and np.allclose(found.bias, 0)


@pytest.mark.parametrize(
    ("reference", "driving", "words"),
    [
        ({"people": 0}, [{"people": 1}], "nobody in the person picture"),
        ({}, [{"people": 2}, {"people": 0}], "no frame with exactly one person among 2"),
        ({"score": 0.1}, [{}], "0 pairs of joints"),
    ],
)
def test_refuses_in_words(make_pose: MakePose, reference: dict, driving: list[dict], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        global_alignment(make_pose(**reference), [make_pose(**frame) for frame in driving], SIZE, SIZE)


def test_refuses_a_person_upside_down(make_pose: MakePose) -> None:
    reference = make_pose(score=1.0)
    turned = reference.moved(np.array([1, -1]), np.array([0, 1]))
    with pytest.raises(ControlError, match="vertical scale of -1"):
        global_alignment(reference, [turned], SIZE, SIZE)


def test_unaligned_moves_nothing() -> None:
    frames = torch.randint(0, 256, (2, 3, 9, 7), dtype=torch.uint8)
    assert torch.equal(move_frames(frames, UNALIGNED), frames)


def test_pixels_follow_points() -> None:
    """A dot at p is found at p * scale + bias; growing repeats it, everything else stays black."""
    frames = torch.zeros(1, 1, 40, 40, dtype=torch.uint8)
    frames[..., 10, 20] = 200
    moved = move_frames(frames, Alignment(np.array([2.0, 1.5]), np.array([-0.5, 0.25])))
    rows, columns = torch.nonzero(moved[0, 0], as_tuple=True)
    assert rows.min() == 25 and rows.max() == 26 and columns.min() == 20 and columns.max() == 21


@settings(max_examples=30, deadline=None)
@given(
    scale=st.tuples(st.floats(0.2, 3), st.floats(0.2, 3)),
    bias=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_every_pixel_is_black_or_a_source_pixel(scale: tuple, bias: tuple, size: tuple) -> None:
    """Checked one pixel at a time against the published formula: truncation towards zero, black outside."""
    frames = torch.randint(1, 256, (2, 3, *size), dtype=torch.uint8)
    moved = move_frames(frames, Alignment(np.array(scale), np.array(bias)))
    for row in range(size[0]):
        for column in range(size[1]):
            source = [int((row - bias[1] * size[0]) / scale[1]), int((column - bias[0] * size[1]) / scale[0])]
            inside = 0 <= source[0] < size[0] and 0 <= source[1] < size[1]
            expected = frames[..., source[0], source[1]] if inside else torch.zeros(2, 3, dtype=torch.uint8)
            assert torch.equal(moved[..., row, column], expected)


def test_one_map_serves_all_frames() -> None:
    frames = torch.randint(0, 256, (4, 3, 16, 12), dtype=torch.uint8)
    alignment = Alignment(np.array([0.7, 1.2]), np.array([0.1, -0.1]))
    one_by_one = torch.stack([frame_map(alignment, 16, 12)(frame) for frame in frames])
    assert torch.equal(one_by_one, move_frames(frames, alignment))
    masks = frames[:, 0] > 100
    assert torch.equal(move_frames(masks, alignment), move_frames(frames, alignment)[:, 0] > 100)


def test_cropped_pose_points_at_the_same_thing(make_pose: MakePose) -> None:
    picture = torch.zeros(3, 300, 200, dtype=torch.uint8)
    picture[:, 150:156, 50:54] = 255
    pose = replace(make_pose(), body=np.broadcast_to(np.array([52 / 200, 153 / 300]), (1, 18, 2)))
    frame = cover_and_crop(picture, 128, 64)
    x, y = cropped_pose(pose, (300, 200), (128, 64)).body[0, 0] * (64, 128)
    rows, columns = torch.nonzero(frame[0] > 100, as_tuple=True)
    assert abs(rows.float().mean() + 0.5 - y) < 0.7 and abs(columns.float().mean() + 0.5 - x) < 0.7
