"""A case is read in pieces that hold every frame once, each list as long as its clip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.evaluation.case import Case, chunks_of, poses_by, poses_from
from anchorcrafter_core.evaluation.footage import clip_of, masks_of
from anchorcrafter_core.types import Pose
from tests.evaluation.people import nobody, person


def clip(frames: int) -> np.ndarray:
    """Frames that carry their number."""
    return np.arange(frames, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_every_frame_comes_once_in_its_order(generated: int, truth: int, size: int) -> None:
    case = Case("a", clip_of(clip(generated)), clip_of(clip(truth)))
    chunks = list(chunks_of(case, size=size))
    assert [int(f[0, 0, 0]) for chunk in chunks for f in chunk.generated] == list(range(generated))
    assert [int(f[0, 0, 0]) for chunk in chunks for f in chunk.truth] == list(range(truth))
    assert all(len(chunk.generated) <= size for chunk in chunks)
    assert [chunk.start for chunk in chunks] == list(range(0, max(generated, truth), size))


def test_the_frame_before_a_piece_is_kept() -> None:
    chunks = list(chunks_of(Case("a", clip_of(clip(5))), size=2))
    assert chunks[0].before is None
    assert [int(chunk.before[0, 0, 0]) for chunk in chunks[1:] if chunk.before is not None] == [1, 3]


def test_what_is_absent_is_an_empty_list() -> None:
    (chunk,) = chunks_of(Case("a", clip_of(clip(3)), generated_masks=masks_of(np.zeros((2, 2, 2), np.uint8))))
    assert (len(chunk.truth), len(chunk.truth_masks), len(chunk.generated_masks)) == (0, 0, 2)
    assert list(chunk.generated_poses) == []


def test_poses_follow_their_frames() -> None:
    seen: list[int] = []

    def detect(frames: Sequence[np.ndarray]) -> list[Pose]:
        seen.append(len(frames))
        return [person() if number else nobody() for number in range(seen[-1])]

    case = Case("a", clip_of(clip(5)), generated_poses=poses_by(detect))
    chunks = list(chunks_of(case, size=3))
    assert [[pose.people for pose in chunk.generated_poses] for chunk in chunks] == [[0, 1, 1], [0, 1]]
    assert seen == [3, 2]
    assert [len(chunk.generated_poses) for chunk in chunks_of(case, with_poses=False)] == [0]


def test_poses_of_a_file_are_taken_by_frame_number(tmp_path: Path) -> None:
    people = [
        {"people": [{"pose_keypoints_2d": [10 * n, 20, 1] * 18}], "canvas_width": 100, "canvas_height": 50}
        for n in range(1, 4)
    ]
    (tmp_path / "a.json").write_text(json.dumps(people), encoding="utf-8")
    source = poses_from(tmp_path / "a.json", (50, 100))
    poses = source(1, [np.zeros((50, 100, 3), np.uint8)] * 5)
    assert [float(pose.body[0, 0, 0]) for pose in poses] == pytest.approx([0.2, 0.3])
