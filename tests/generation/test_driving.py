"""Laws of reading a motion: every way to say it gives the same frames, rate, length and sound."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, frames, reference_picture
from anchorcrafter_core.controls.assemble import Framing
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import FITS
from anchorcrafter_core.errors import ControlError, MediaError, OptionError
from anchorcrafter_core.footage.bundle import save_motion
from anchorcrafter_core.footage.fit import fit_motion
from anchorcrafter_core.footage.motion import DrivingMotion
from anchorcrafter_core.generation.config import MotionInput
from anchorcrafter_core.generation.driving import Target, driving_clip, read_controls, read_person_pose
from anchorcrafter_core.media.frame_store import FrameStore
from anchorcrafter_core.media.video_writer import write_video

SIDE, FRAMES = 64, 4


@pytest.fixture
def target(scene_files: Path) -> Target:
    pose = read_person_pose(scene_files / "person.json", (SIDE, SIDE))
    views = torch.full((3, 3, 32, 32), 200, dtype=torch.uint8)
    return Target((SIDE, SIDE), pose, views, "blue_first", FrameStore())


@pytest.fixture
def drawn(scene_files: Path) -> MotionInput:
    pose, hand, track = (scene_files / f"{name}.mp4" for name in ("pose", "hand", "track"))
    return MotionInput(pose=pose, hand=hand, track=track, stride=1)


@pytest.fixture
def pointed(scene_files: Path) -> MotionInput:
    return MotionInput(
        key_points=scene_files / "key_points.json",
        boxes=scene_files / "boxes.json",
        hand=scene_files / "hand.mp4",
        stride=1,
    )


def test_drawn_clips_and_key_points_say_the_same(drawn: MotionInput, pointed: MotionInput, target: Target) -> None:
    one, other = read_controls(drawn, target), read_controls(pointed, target)
    assert one.frames == other.frames == FRAMES + 1
    assert torch.equal(one.pose[0], other.pose[0])
    assert torch.equal(one.hand, other.hand)
    assert (one.pose.float() - other.pose.float()).abs().mean() < 4
    overlap = (one.object_mask & other.object_mask)[1:].sum() / one.object_mask[1:].sum()
    assert overlap > 0.9


def test_frame_0_is_the_person_without_hands_and_product(drawn: MotionInput, target: Target) -> None:
    controls = read_controls(drawn, target)
    assert controls.pose[0].any()
    assert not controls.hand[0].any()
    assert not controls.track[0].any()
    assert not read_controls(drawn, replace(target, pose=nobody())).pose[0].any()


@pytest.mark.parametrize("kind", ["drawn", "pointed"])
def test_stride_and_frames_choose_driving_frames(kind: str, target: Target, request: pytest.FixtureRequest) -> None:
    motion = request.getfixturevalue(kind)
    whole, chosen = (read_controls(row, target) for row in (motion, replace(motion, stride=3, frames=2)))
    assert chosen.frames == 3
    assert torch.equal(chosen.pose[1:], whole.pose[[1, 4]])
    assert torch.equal(chosen.hand[1:], whole.hand[[1, 4]])
    assert chosen.playback_fps == whole.playback_fps / 3
    assert read_controls(replace(motion, frames=1), target).frames == 2


def test_without_hand_and_track_they_are_black(drawn: MotionInput, target: Target) -> None:
    controls = read_controls(replace(drawn, hand=None, track=None), target)
    assert not controls.hand.any()
    assert not controls.track.any()
    assert not controls.object_mask.any()


def test_clips_of_unequal_length_are_cut_with_a_warning(
    drawn: MotionInput, target: Target, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_video(tmp_path / "short.mp4", [np.zeros((SIDE, SIDE, 3), np.uint8)] * 2, 15)
    with caplog.at_level(logging.WARNING):
        controls = read_controls(replace(drawn, hand=tmp_path / "short.mp4"), target)
    assert controls.frames == 3
    assert "unequal length" in caplog.text


def test_an_alignment_needs_key_points(drawn: MotionInput, pointed: MotionInput, target: Target) -> None:
    with pytest.raises(ControlError, match="set align to none"):
        read_controls(replace(drawn, align="global"), target)
    with pytest.raises(ControlError, match="person picture"):
        read_controls(replace(pointed, align="global"), replace(target, pose=nobody()))
    assert not torch.equal(
        read_controls(replace(pointed, align="global"), target).pose[1:], read_controls(pointed, target).pose[1:]
    )


def test_the_rate_is_the_clips_own_or_the_stated_one(drawn: MotionInput, pointed: MotionInput) -> None:
    assert driving_clip(drawn).fps == 15
    assert driving_clip(replace(drawn, source_fps=24)).fps == 24
    assert driving_clip(replace(pointed, hand=None)).fps == 30


def test_sound_is_that_of_the_driving_video_or_the_chosen_one(drawn: MotionInput, scene_files: Path) -> None:
    silent = replace(drawn, video=scene_files / "driving.mp4")
    assert driving_clip(silent).audio is None
    assert driving_clip(replace(silent, audio="none")).audio is None
    audio = driving_clip(replace(silent, audio="voice.wav")).audio
    assert audio is not None
    assert (audio.path, audio.start) == ("voice.wav", 0.0)


def test_an_unreadable_clip_is_named(drawn: MotionInput, target: Target, tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError, match=r"noise\.mp4"):
        read_controls(replace(drawn, hand=tmp_path / "noise.mp4"), target)


def test_boxes_count_for_all_frames_and_take_the_outline_of_the_product(pointed: MotionInput, target: Target) -> None:
    square = read_controls(pointed, target).object_mask[1]
    assert square.any()
    tall = torch.zeros(3, 3, 32, 32, dtype=torch.uint8)
    tall[..., 8:24] = 200
    tall[..., :8, :] = 0
    tall[..., 28:, 8:12] = 0
    assert read_controls(pointed, replace(target, views=tall)).object_mask[1].sum() < square.sum()


def test_other_files_are_no_boxes(pointed: MotionInput, target: Target, tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"boxes": {"a": [0, 0, 1, 1]}}), encoding="utf-8")
    with pytest.raises(ControlError):
        read_controls(replace(pointed, boxes=path), target)


def test_annotations_say_everything(tmp_path: Path, target: Target) -> None:
    joints = [[10.0 * (n % 5) + 4, 6.0 * n + 9, 1.0] for n in range(18)]
    driving = {
        "size": [64, 128],
        "fps": 25,
        "frames": 6,
        "pose": {"0": joints},
        "product_box_xyxy": {"0": [8, 8, 40, 40]},
    }
    path = tmp_path / "notes.json"
    content = {"person": {"size": [64, 128], "pose": joints}, "driving": driving}
    path.write_text(json.dumps(content), encoding="utf-8")
    motion = MotionInput(key_points=path, boxes=path, align="global")
    controls = read_controls(motion, replace(target, pose=read_person_pose(path, (128, 64))))
    assert controls.frames == 4
    assert controls.playback_fps == 12.5
    assert controls.track[1:].any()
    bodies = [pose.body for pose in controls.key_points]
    assert np.allclose(bodies[0][..., 1], bodies[1][..., 1])
    assert np.allclose(bodies[1], bodies[2])


def test_a_bundle_gives_what_its_motion_gives(tmp_path: Path) -> None:
    scene = describe_scene(SceneOptions(128, 192, 4, seed=2))
    made = list(frames(scene))
    kept = DrivingMotion((192, 128), tuple(frame.pose for frame in made), source_fps=15, stride=1)
    save_motion(tmp_path / "m.safetensors", kept)
    motion = MotionInput(bundle=tmp_path / "m.safetensors", align="similarity", frames=3)
    target = Target((192, 128), reference_picture(scene)[1], torch.zeros(3, 3, 8, 8), "blue_first", FrameStore())
    controls = read_controls(motion, target)
    direct = fit_motion(kept.first(3), target.pose, Framing(192, 128, FITS["similarity"]))
    assert controls.frames == 4 and controls.playback_fps == 15
    assert torch.equal(controls.pose, direct.pose) and torch.equal(controls.hand, direct.hand)
    assert controls.hand.any()


def test_a_bundle_stands_alone(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="exactly one"):
        MotionInput(bundle=tmp_path / "m.safetensors", pose=tmp_path / "p.mp4")
    with pytest.raises(OptionError, match="the bundle alone"):
        MotionInput(bundle=tmp_path / "m.safetensors", hand=tmp_path / "h.mp4")
