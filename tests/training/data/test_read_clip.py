"""What is read of a clip: signals, masks, views, key points, and the person before them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.controls.key_points import read_poses
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.training.data.clip_dataset import ClipDataset, open_clips
from anchorcrafter_core.training.data.clips import ClipFiles, Listing
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.folder import read_folder
from tests.training.data.small_clips import (
    FRAMES,
    SMALL,
    bright_square,
    grey_frames,
    level,
    places,
    write_alone,
    write_clip,
    write_published,
    write_view,
)


def test_frame_0_is_the_person_with_black_hands_and_track(dataset: ClipDataset) -> None:
    example = dataset.example(Draw(0))
    assert level(example.frames[0]) == 90 and level(example.controls.pose[0]) == 30
    for signal in (example.controls.hand, example.controls.track):
        assert int(signal[0].max()) == 0 and int(signal[1].max()) > 100
    assert not bool(example.controls.object_mask[0].any()) and not bool(example.controls.hand_mask[0].any())


def test_masks_are_where_signals_show_something(dataset: ClipDataset) -> None:
    controls = dataset.example(Draw(0)).controls
    want = torch.from_numpy(bright_square(1)[0, :, :, 0] > 0)
    for mask in (controls.object_mask[1], controls.hand_mask[2]):
        assert (mask ^ want).sum() <= 0.2 * want.sum(), "compression blurs the rim"


def test_stored_masks_come_before_signals(published: Path) -> None:
    clip = read_folder(published).clips[0]
    frames = np.zeros((FRAMES, 64, 64, 3), np.uint8)
    frames[:, 40:48] = 255
    mask = write_clip(published / "mask.mp4", frames)
    example = open_clips(Listing(published, (replace(clip, object_mask=mask),)), SMALL).example(Draw(0))
    assert bool(example.controls.object_mask[1:, 42:46].all()) and not bool(example.controls.object_mask[1:, :36].any())


def test_product_views_are_square_and_three(dataset: ClipDataset) -> None:
    views = dataset.example(Draw(0)).views
    assert views is not None and views.shape == (3, 3, 518, 518)
    assert torch.equal(views[0], views[2]) and not torch.equal(views[0], views[1])


def test_a_person_alone_has_empty_object_conditions(tmp_path: Path) -> None:
    example = open_clips(read_folder(write_alone(tmp_path)), SMALL).example(Draw(0, position=3))
    assert example.views is None
    assert int(example.controls.track.max()) == int(example.controls.hand.max()) == 0
    assert not bool(example.controls.object_mask.any())
    (person,), (pose,) = places(example.frames[:1]), places(example.controls.pose[:1], 40)
    assert person == pose, "any frame of the clip with its own skeleton"


def test_the_person_frame_of_a_person_alone_is_random(tmp_path: Path) -> None:
    dataset = open_clips(read_folder(write_alone(tmp_path)), SMALL)
    assert len({places(dataset.example(Draw(0, position=n)).frames[:1])[0] for n in range(30)}) >= 8


def test_a_person_picture_without_skeleton_needs_a_drawer(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    (root / "people_cut/ann_pose.png").unlink()
    left = open_clips(read_folder(root), SMALL)
    assert len(left) == 0 and "no skeleton of the person picture ann_0.png" in left.skipped[0].reason
    drawn = open_clips(read_folder(root), replace(SMALL, draw_person=lambda picture: 255 - picture))
    assert level(drawn.example(Draw(0)).controls.pose[0]) == 165


def test_the_person_may_be_any_frame_of_a_video(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    (root / "people_cut/ann_0.png").unlink()
    (root / "people_cut/ann_pose.png").unlink()
    write_clip(root / "people_cut/ann.mp4", grey_frames(10))
    write_clip(root / "people_cut/ann_pose.mp4", grey_frames(10, 60))
    dataset = open_clips(read_folder(root), SMALL)
    seen = [dataset.example(Draw(0, position=n)) for n in range(20)]
    assert all(places(each.frames[:1]) == places(each.controls.pose[:1], 60) for each in seen)
    assert len({places(each.frames[:1])[0] for each in seen}) >= 4


JOINTS = [[0.5, 0.2, 1], [0.5, 0.4, 1], [0.3, 0.4, 1], [0.2, 0.6, 1]]


def write_key_points(path: Path, count: int) -> Path:
    body = [value for joint in (JOINTS + [[0, 0, 0]] * 14) for value in joint]
    frame = {"people": [{"pose_keypoints_2d": body}], "canvas_width": 1, "canvas_height": 1}
    path.write_text(json.dumps([frame] * count), encoding="utf-8")
    return path


def test_key_points_are_drawn_where_the_cut_shows_them(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", grey_frames(6))
    files = ClipFiles("a", tmp_path / "clip.mp4", write_key_points(tmp_path / "pose.json", 6))
    dataset = open_clips(Listing(tmp_path, (files,)), SMALL)
    (pose, *_) = read_poses(tmp_path / "pose.json")
    assert torch.equal(dataset.example(Draw(0)).controls.pose[1], draw_pose(pose, 64, 64))
    wide = open_clips(Listing(tmp_path, (files,)), replace(SMALL, sizes=((64, 128),)))
    moved = wide.example(Draw(0)).controls.pose[1]
    assert torch.equal(moved, draw_pose(pose.moved(np.array([1.0, 2.0]), np.array([0.0, -0.5])), 64, 128))


def test_too_few_key_points_shorten_the_clip(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", grey_frames(12))
    files = ClipFiles("a", tmp_path / "clip.mp4", write_key_points(tmp_path / "pose.json", 4))
    dataset = open_clips(Listing(tmp_path, (files,)), SMALL)
    assert "pose 4" in dataset.skipped[0].reason


def test_a_video_without_pose_is_skipped_and_a_still_is_not(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", grey_frames(6))
    write_clip(tmp_path / "track.mp4", bright_square(6))
    write_view(tmp_path / "view.png")
    write_image(tmp_path / "ground.png", np.full((64, 64, 3), 33, np.uint8))
    files = ClipFiles(
        "a",
        tmp_path / "clip.mp4",
        person=tmp_path / "ground.png",
        track=tmp_path / "track.mp4",
        views=(tmp_path / "view.png",),
    )
    assert "no pose" in open_clips(Listing(tmp_path, (files,)), SMALL).skipped[0].reason
    example = open_clips(Listing(tmp_path, (replace(files, kind="still"),)), SMALL).example(Draw(0))
    assert example.kind == "still" and int(example.controls.pose.max()) == 0 and level(example.frames[0]) == 33
