"""Clips from files, folders and memory are the same clips; masks are read as the published score reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.evaluation.footage import (
    Footage,
    clip_of,
    grey,
    masks_by,
    masks_of,
    open_clip,
    open_masks,
    strided,
)
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.media.video_writer import write_video
from tests.evaluation.conftest import Save, as_pictures, moving_square


def test_a_folder_of_pictures_is_read_in_the_order_of_names(save: Save) -> None:
    clip, _ = moving_square()
    footage = open_clip(save("frames", clip))
    assert (footage.frames, footage.height, footage.width) == clip.shape[:3]
    np.testing.assert_array_equal(np.stack(list(footage.read())), clip)


def test_numbers_in_names_count_by_value_and_hidden_files_do_not(tmp_path: Path) -> None:
    for number in range(12):
        write_image(tmp_path / f"frame_{number}.png", np.full((8, 8, 3), number, np.uint8))
    (tmp_path / "._frame_3.png").write_bytes(b"no picture")
    assert [int(frame[0, 0, 0]) for frame in open_clip(tmp_path).read()] == list(range(12))


def test_a_frame_of_another_size_is_named(tmp_path: Path) -> None:
    for number, side in enumerate((8, 8, 6)):
        write_image(tmp_path / f"{number}.png", np.zeros((side, 8, 3), np.uint8))
    with pytest.raises(MediaError, match="2.png of 8x6 beside others of 8x8"):
        list(open_masks(tmp_path).read())


@pytest.mark.parametrize("opened", [open_clip, open_masks])
def test_a_damaged_frame_is_not_scored(opened: Callable[[Path], Footage], tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (12, 96, 160, 3), dtype=np.uint8)
    write_video(path := tmp_path / "a.mp4", noise, 10)
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    data[places[6] + 8 : places[7]] = bytes(places[7] - places[6] - 8)
    path.write_bytes(data)
    with pytest.raises(MediaError, match="a.mp4"):
        list(opened(path).read())


def test_a_video_gives_the_same_frames_each_time(save: Save) -> None:
    clip, _ = moving_square()
    footage = open_clip(save("a.mp4", clip))
    first, again = (np.stack(list(footage.read())) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (footage.frames, footage.fps) == (len(clip), 10)
    assert np.abs(first[:, 30:, 50:].astype(int) - 60).max() <= 3


@pytest.mark.parametrize("name", ["mask.mp4", "mask"])
def test_masks_are_grey(name: str, save: Save) -> None:
    _, masks = moving_square()
    footage = open_masks(save(name, as_pictures(masks)))
    levels = np.stack(list(footage.read()))
    assert levels.shape == masks.shape
    np.testing.assert_array_equal(levels > 127, masks > 0)


def test_frames_in_memory_are_a_clip() -> None:
    clip, masks = moving_square()
    tensor = torch.from_numpy(clip).permute(0, 3, 1, 2)
    for frames in (clip, tensor):
        np.testing.assert_array_equal(np.stack(list(clip_of(frames).read())), clip)
    for kind in (masks, masks > 0, torch.from_numpy(masks), torch.from_numpy(masks > 0)):
        np.testing.assert_array_equal(np.stack(list(masks_of(kind).read())), masks)


@pytest.mark.parametrize(
    "frames", [np.zeros((2, 4, 4, 3), np.float32), np.zeros((0, 4, 4, 3), np.uint8), np.zeros((2, 4, 4), np.uint8)]
)
def test_other_frames_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(MediaError, match="uint8 of at least one frame and 3 channels"):
        clip_of(frames)


def test_other_masks_are_refused() -> None:
    with pytest.raises(MediaError, match="booleans or uint8"):
        masks_of(np.zeros((2, 4, 4, 3), np.uint8))


def test_an_empty_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError, match="no picture in"):
        open_clip(tmp_path / "empty")
    with pytest.raises(MediaError, match=r"no file .*gone\.mp4"):
        open_masks(tmp_path / "gone.mp4")


def test_a_cut_video_is_named(save: Save, tmp_path: Path) -> None:
    whole = save("a.mp4", moving_square()[0]).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"cut\.mp4"):
        open_clip(tmp_path / "cut.mp4")


def test_grey_weighs_the_channels_as_opencv_does() -> None:
    colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert grey(colors).tolist() == [[76, 150, 29]]


@pytest.mark.parametrize(("frames", "stride", "taken"), [(6, 1, 6), (6, 2, 3), (7, 2, 4), (5, 9, 1)])
def test_a_stride_takes_every_so_many_frames(frames: int, stride: int, taken: int) -> None:
    clip = np.arange(frames, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    made = strided(clip_of(clip, fps=30), stride)
    assert [int(frame[0, 0, 0]) for frame in made.read()] == list(range(0, frames, stride))
    assert made.frames == taken and made.fps == 30 / stride


def test_masks_of_a_tracker_are_masks() -> None:
    clip, masks = moving_square()
    for kind in (np.bool_, np.uint8):
        made = masks_by(
            lambda frames, kind=kind: ((frame[..., 0] > 100).astype(kind) for frame in frames), clip_of(clip)
        )
        levels = np.stack(list(made.read()))
        np.testing.assert_array_equal(levels > 0, masks > 0)
        assert made.frames == len(clip) and made.height == clip.shape[1]
