"""Windows of clips on disk: which frames, cut how, behind whom, and which clips are left out."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import AnchorError, MediaError, OptionError
from anchorcrafter_core.training.data.clip_dataset import ClipDataset, ClipOptions, open_clips
from anchorcrafter_core.training.data.clips import Listing
from anchorcrafter_core.training.data.draw import Draw, Shape
from anchorcrafter_core.training.data.folder import read_folder
from anchorcrafter_core.training.data.loader import Workers, batches
from anchorcrafter_core.training.data.manifest import read_manifest
from anchorcrafter_core.training.data.order import Order
from tests.training.data.small_clips import (
    FRAMES,
    SMALL,
    bright_square,
    grey_frames,
    places,
    write_alone,
    write_clip,
    write_manifest,
    write_published,
)


@settings(max_examples=20, deadline=None)
@given(position=st.integers(0, 10**6), index=st.integers(0, 1))
def test_a_window_keeps_stride_and_goes_together(dataset: ClipDataset, position: int, index: int) -> None:
    example = dataset.example(Draw(index, position=position))
    taken = places(example.frames[1:])
    assert taken[0] >= 0 and taken[-1] < FRAMES
    assert np.diff(taken).tolist() == [2, 2]
    assert places(example.controls.pose[1:], 40) == taken


def test_every_start_comes_up(dataset: ClipDataset) -> None:
    starts = {places(dataset.example(Draw(0, position=n)).frames[1:2])[0] for n in range(80)}
    assert starts == set(range(FRAMES - 4))


def test_equal_draws_give_equal_examples(dataset: ClipDataset) -> None:
    one, other = (dataset.example(Draw(1, seed=3, epoch=2, position=5)) for _ in range(2))
    assert torch.equal(one.frames, other.frames) and torch.equal(one.controls.track, other.controls.track)


def test_a_folder_and_its_manifest_give_the_same_examples(published: Path, dataset: ClipDataset) -> None:
    write_manifest(published / "manifest.jsonl", read_folder(published).clips)
    other = open_clips(read_manifest(published / "manifest.jsonl"), SMALL)
    assert other.shapes == dataset.shapes
    for position in range(4):
        draw = Draw(position % 2, position=position)
        assert torch.equal(dataset.example(draw).frames, other.example(draw).frames)
        assert torch.equal(dataset.example(draw).controls.pose, other.example(draw).controls.pose)


def test_entries_say_range_stride_and_rate(published: Path) -> None:
    clip = replace(read_folder(published).clips[0], start=3, stop=9, stride=3, fps=12.0, weight=0.5)
    dataset = open_clips(Listing(published, (clip,)), replace(SMALL, frames=2))
    taken = [places(dataset.example(Draw(0, position=n)).frames[1:]) for n in range(30)]
    assert {tuple(each) for each in taken} == {(3, 6), (4, 7), (5, 8)}
    assert dataset.example(Draw(0)).controls.playback_fps == 4 and dataset.weight(0) == 0.5


@pytest.mark.parametrize("frames", [6, 7])
def test_short_clips_are_skipped_with_numbers_or_shrunk(published: Path, frames: int) -> None:
    options = replace(SMALL, frames=frames)
    left = open_clips(read_folder(published), replace(options, stride=2))
    assert len(left) == (2 if frames == 6 else 0), "12 frames hold 6 at stride 2"
    shrunk = open_clips(read_folder(published), replace(options, short="shrink"))
    assert shrunk.shape(0) == Shape(7, 64, 64) and len(shrunk.example(Draw(0)).frames) == 7
    for clip in left.skipped:
        assert "12 frames" in clip.reason and "13 are needed" in clip.reason


def test_a_clip_too_short_to_move_is_never_shrunk(tmp_path: Path) -> None:
    dataset = open_clips(read_folder(write_alone(tmp_path, frames=2)), replace(SMALL, short="shrink"))
    assert len(dataset) == 0 and "2 frames" in dataset.skipped[0].reason


def test_unequal_lengths_are_cut_to_the_shortest(tmp_path: Path) -> None:
    root = write_published(tmp_path, 12, ["ann_tea"])
    write_clip(root / "hand_cut/ann_tea.mp4", bright_square(6))
    dataset = open_clips(read_folder(root), SMALL)
    assert {places(dataset.example(Draw(0, position=n)).frames[1:2])[0] for n in range(20)} == {0, 1}


def test_each_clip_goes_to_its_nearest_size_and_batches_never_mix(tmp_path: Path) -> None:
    for name, size in (("a", (128, 64)), ("b", (64, 128)), ("c", (120, 60))):
        write_clip(tmp_path / f"video_cut/{name}.mp4", grey_frames(6, size=size))
        write_clip(tmp_path / f"pose_cut/{name}.mp4", grey_frames(6, size=size))
    dataset = open_clips(read_folder(tmp_path), replace(SMALL, sizes=((128, 64), (64, 128))))
    assert [shape[1:] for shape in dataset.shapes] == [(128, 64), (64, 128), (128, 64)]
    for batch in islice(batches(dataset, Order(batch=2), workers=Workers(0)), 6):
        assert len({name in "ac" for name in batch.names}) == 1


def test_a_clip_that_breaks_in_the_middle_of_an_epoch_is_replaced(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    dataset = open_clips(read_folder(root), SMALL)
    (root / "hand_cut/ann_tea.mp4").write_bytes(b"\0" * 1000)
    seen = list(islice(batches(dataset, Order(), workers=Workers(0)), 4))
    assert {name for batch in seen for name in batch.names} == {"bob_cup_2"}
    reasons = [clip.reason for batch in seen for clip in batch.skipped if clip.name == "ann_tea"]
    assert len(reasons) == 2 and "ann_tea.mp4" in reasons[0]


def test_broken_files_are_skipped_from_the_start(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    (root / "video_pose/ann_tea.mp4").write_bytes(b"\0" * 1000)
    (root / "masked_object_cut/cup_1.png").write_bytes(b"\0" * 1000)
    dataset = open_clips(read_folder(root), SMALL)
    assert len(dataset) == 0
    assert ["ann_tea.mp4" in dataset.skipped[0].reason, "cup_1.png" in dataset.skipped[1].reason] == [True, True]


JOINTS = [[0.5, 0.2, 1], [0.5, 0.4, 1], [0.3, 0.4, 1], [0.2, 0.6, 1]]


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"stride": 0}, {"sizes": ()}, {"sizes": ((60, 64),)}, {"short": "x"}])
def test_impossible_options_are_refused(wrong: dict) -> None:
    with pytest.raises(AnchorError):
        ClipOptions(**wrong)


def test_an_empty_collection_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "video_cut").mkdir()
    dataset = open_clips(read_folder(tmp_path), SMALL)
    with pytest.raises(OptionError, match="no clip to train on"):
        next(batches(dataset, Order(), workers=Workers(0)))


def test_an_example_of_a_vanished_file_names_it(tmp_path: Path) -> None:
    dataset = open_clips(read_folder(write_alone(tmp_path)), SMALL)
    (tmp_path / "video_cut/eve.mp4").unlink()
    with pytest.raises(MediaError, match="eve.mp4"):
        dataset.example(Draw(0))
