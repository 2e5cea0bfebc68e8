"""Laws of ready-made hands: meshes appear in the frames they belong to, whatever the stride."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.footage.footage import Footage
from anchorcrafter_core.footage.hand_source import hand_pictures
from anchorcrafter_core.media.video_writer import write_video

SIDE = 64


def footage(frames: int, stride: int) -> Footage:
    return Footage(lambda: iter(()), frames, (SIDE, SIDE), stride=stride)


@pytest.fixture
def meshes(tmp_path: Path) -> Path:
    """A triangle before the camera in frame 4 alone, left of the middle."""
    corners = np.array([[[-0.4, -0.3, 0], [0.1, -0.3, 0], [-0.2, 0.3, 0]]])
    path = tmp_path / "hands.npz"
    np.savez(
        path,
        vertices=corners,
        faces=np.array([[0, 1, 2]]),
        cam_t=np.array([[0, 0, 2.0]]),
        frame=np.array([4]),
        focal=np.array(100.0),
        image_size=np.array([SIDE, SIDE]),
        frames=np.array(5),
    )
    return path


@pytest.mark.parametrize(("stride", "shown"), [(1, 4), (2, 2), (4, 1)])
def test_a_mesh_is_drawn_in_its_frame(meshes: Path, stride: int, shown: int) -> None:
    pictures = list(hand_pictures(meshes, footage(6, stride)))
    lit = [number for number, picture in enumerate(pictures) if picture.any()]
    assert lit == [shown] and len(pictures) == 6
    assert pictures[0].shape == (SIDE, SIDE, 3) and pictures[0].dtype == np.uint8


def test_a_video_is_taken_as_it_is(tmp_path: Path) -> None:
    frames = [np.full((SIDE, SIDE, 3), 40 * number, np.uint8) for number in range(6)]
    write_video(tmp_path / "hand.mp4", frames, 30)
    levels = [round(picture.mean() / 40) for picture in hand_pictures(tmp_path / "hand.mp4", footage(3, 2))]
    assert levels == [0, 2, 4]


def test_other_arrays_are_refused_before_any_picture_is_drawn(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(ControlError, match="without vertices"):
        hand_pictures(tmp_path / "x.npz", footage(3, 1))


def test_a_video_of_the_used_frames_alone_is_taken_whole(tmp_path: Path) -> None:
    frames = [np.full((SIDE, SIDE, 3), 40 * number, np.uint8) for number in range(3)]
    write_video(tmp_path / "hand.mp4", frames, 15)
    levels = [round(picture.mean() / 40) for picture in hand_pictures(tmp_path / "hand.mp4", footage(3, 2))]
    assert levels == [0, 1, 2]
