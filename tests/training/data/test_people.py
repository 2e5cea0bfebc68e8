"""Skeletons of person pictures are found once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, reference_picture
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.training.data.clip_dataset import ClipOptions, open_clips
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.folder import read_folder
from anchorcrafter_core.training.data.people import write_skeletons
from anchorcrafter_core.types import Pose
from tests.training.data.small_clips import grey_frames, write_clip, write_published

SOMEBODY = reference_picture(describe_scene(SceneOptions(64, 64, 1)))[1]
SMALL = ClipOptions(sizes=((128, 64),), frames=3)


class Finder:
    """Sees somebody in every frame that is bright enough."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, frames: Sequence[np.ndarray], /) -> list[Pose]:
        self.seen += len(frames)
        return [SOMEBODY if frame.mean() > 20 else nobody() for frame in frames]


def without_skeletons(root: Path) -> Path:
    write_published(root)
    for person in ("ann", "bob"):
        (root / f"people_cut/{person}_pose.png").unlink()
    return root


def test_found_skeletons_make_clips_usable(tmp_path: Path) -> None:
    root = without_skeletons(tmp_path)
    assert len(open_clips(read_folder(root), SMALL)) == 0
    written, failed = write_skeletons(read_folder(root).clips, Finder())
    assert [path.name for path in written] == ["ann_0.json", "bob_0.json"] and not failed
    dataset = open_clips(read_folder(root), SMALL)
    assert len(dataset) == 2
    skeleton = dataset.example(Draw(0)).controls.pose[0]
    wide = SOMEBODY.moved(np.array([1.5, 1.0]), np.array([-0.25, 0.0]))
    assert torch.equal(skeleton, draw_pose(wide, 128, 64)), "cut like the 60x80 picture"


def test_nobody_is_looked_at_twice(tmp_path: Path) -> None:
    root, finder = without_skeletons(tmp_path), Finder()
    for _ in range(2):
        write_skeletons(read_folder(root).clips, finder)
    assert finder.seen == 2


def test_a_video_of_a_person_gives_one_skeleton_per_frame(tmp_path: Path) -> None:
    root = without_skeletons(tmp_path)
    (root / "people_cut/ann_0.png").unlink()
    write_clip(root / "people_cut/ann.mp4", grey_frames(6, 50))
    written, _ = write_skeletons(read_folder(root).clips, Finder())
    assert written[0].name == "ann.json"
    dataset = open_clips(read_folder(root), SMALL)
    assert int(dataset.example(Draw(0)).controls.pose[0].max()) > 0


def test_a_picture_of_nobody_is_named(tmp_path: Path) -> None:
    root = without_skeletons(tmp_path)
    clips = [replace(clip, person=root / "people_cut/ann.mp4") for clip in read_folder(root).clips[:1]]
    write_clip(root / "people_cut/ann.mp4", grey_frames(2))
    written, failed = write_skeletons(clips, Finder())
    assert not written and failed[0].name == "ann.mp4" and "nobody in 2 of 2 frames" in failed[0].reason
    (root / "people_cut/ann.mp4").write_bytes(b"\0" * 500)
    assert "ann.mp4" in write_skeletons(clips, Finder())[1][0].reason
