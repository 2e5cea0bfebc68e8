"""Laws of looking at a clip: what is given is taken, what is missing is found or told in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.tracking.sight import FirstSight
from anchorcrafter_core.errors import AnchorError, ControlError, OptionError
from anchorcrafter_core.footage.footage import KEPT_AREA, Footage
from anchorcrafter_core.footage.given import Given, Instruments
from anchorcrafter_core.footage.look import PoseOptions, look_at
from anchorcrafter_core.types import Pose
from tests.footage.clips import FRAMES, HEIGHT, WIDTH, SceneClip


@pytest.fixture(scope="module")
def scene() -> SceneClip:
    return SceneClip()


def same(one: Pose, other: Pose) -> bool:
    return all(np.allclose(part, getattr(other, name)) for name, part in vars(one).items())


def test_detected_and_given_poses_make_the_same_motion(scene: SceneClip) -> None:
    detected = look_at(scene.footage, Given(), Instruments(scene.detect))
    given = look_at(scene.footage, Given(poses=scene.poses), Instruments())
    assert detected.motion.frames == FRAMES
    assert all(map(same, detected.motion.poses, given.motion.poses))
    assert detected.pose is not None and detected.pose.found == tuple(range(FRAMES))


def test_a_missing_frame_is_filled_and_told(scene: SceneClip) -> None:
    poses = [*scene.poses]
    poses[2] = nobody()
    looked = look_at(scene.footage, Given(poses=poses), Instruments())
    assert looked.motion.poses[2].people == 1
    assert looked.pose is not None and looked.pose.filled == (2,)
    assert any("frame 3 " in line for line in looked.warnings())
    strict = look_at(scene.footage, Given(poses=poses), Instruments(), PoseOptions(longest_gap=0))
    assert strict.motion.poses[2].people == 0


def test_nobody_is_a_sentence(scene: SceneClip) -> None:
    with pytest.raises(ControlError, match="nobody in any of 6 frames"):
        look_at(scene.footage, Given(), Instruments(lambda frames: [nobody() for _ in frames]))


def test_no_detector_is_a_sentence_that_says_where_to_get_one(scene: SceneClip) -> None:
    with pytest.raises(ControlError, match="models --download dwpose"):
        look_at(scene.footage, Given(), Instruments())


def test_drawn_skeletons_need_no_detector(scene: SceneClip) -> None:
    looked = look_at(scene.footage, Given(pose_clip=iter(scene.images)), Instruments())
    assert looked.motion.poses == () and looked.pose is None
    assert looked.motion.clips()["pose_clip"].shape == (FRAMES, 3, HEIGHT, WIDTH)


def test_a_product_is_followed_from_its_first_mask(scene: SceneClip) -> None:
    first = FirstSight(mask=scene.made[0].object_mask)
    looked = look_at(scene.footage, Given(poses=scene.poses, first=first, views=scene.views), Instruments())
    masks = looked.motion.clips()["object_mask"].numpy()
    truth = np.stack([frame.object_mask for frame in scene.made])
    assert (masks & truth).sum() / (masks | truth).sum() > 0.8
    track = looked.motion.clips()["track"].numpy()
    assert not track[~np.repeat(masks[:, None], 3, axis=1)].any()
    assert (track.max(axis=1)[masks] > 0).all()
    assert looked.product is not None and len(looked.product.confidence) == FRAMES


def test_the_first_sight_counts_frames_of_the_whole_clip(scene: SceneClip) -> None:
    """With stride 2, frame 4 of the clip is the third used frame."""
    seen: list[int] = []

    def follow(frames: object, first: FirstSight, views: object, options: object) -> Any:
        seen.append(first.frame)
        raise ControlError("a", "b", "c")

    footage = replace(scene.footage, stride=2)
    with pytest.raises(ControlError):
        given = Given(poses=scene.poses, first=FirstSight(box=np.array([9.0, 9, 90, 90]), frame=4))
        look_at(footage, given, Instruments(follow=follow))
    assert seen == [2]


def test_a_given_track_and_mask_go_before_following(scene: SceneClip) -> None:
    track = [frame.track for frame in scene.made]
    masks = [frame.object_mask for frame in scene.made]
    given = Given(poses=scene.poses, track=iter(track), object_mask=iter(masks), first=FirstSight(mask=masks[0]))
    looked = look_at(scene.footage, given, Instruments())
    assert (looked.motion.clips()["track"].permute(0, 2, 3, 1).numpy() == np.stack(track)).all()
    assert (looked.motion.clips()["object_mask"].numpy() == np.stack(masks)).all()
    assert looked.product is None


def test_clips_of_another_length_are_refused_by_name(scene: SceneClip) -> None:
    with pytest.raises(AnchorError, match="hand"):
        look_at(scene.footage, Given(poses=scene.poses, hand=iter(scene.images[:-1])), Instruments())
    with pytest.raises(AnchorError, match="5 frames of key points"):
        look_at(scene.footage, Given(poses=scene.poses[:-1], hand=iter(scene.images)), Instruments())


def test_large_clips_are_kept_at_the_size_of_a_video() -> None:
    footage = Footage(lambda: iter(()), 9, (3840, 2160))
    height, width = footage.kept_size
    assert height * width <= KEPT_AREA * 1.01 and height / width == pytest.approx(3840 / 2160, rel=0.01)
    assert Footage(lambda: iter(()), 9, (100, 80)).kept_size == (100, 80)


def test_one_frame_is_no_motion() -> None:
    with pytest.raises(ControlError, match="1 driving frame at stride 2"):
        Footage(lambda: iter(()), 1, (64, 64))


@pytest.mark.parametrize("frames", [1, FRAMES - 1, FRAMES + 1])
def test_key_points_of_another_clip_are_told_by_their_number(scene: SceneClip, frames: int) -> None:
    poses = (scene.poses * 2)[:frames]
    with pytest.raises(ControlError, match=f"{frames} frames of key points; expected {FRAMES}"):
        look_at(scene.footage, Given(poses=poses), Instruments())


def test_gaps_of_less_than_nothing_are_refused() -> None:
    with pytest.raises(OptionError, match="-1 frames to fill"):
        PoseOptions(longest_gap=-1)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (FirstSight(mask=np.zeros((HEIGHT, WIDTH), bool)), "black everywhere"),
        (FirstSight(box=np.array([20.0, 20, 90, 90]), frame=FRAMES), f"frame {FRAMES} of the clip"),
    ],
)
def test_a_first_sight_that_shows_nothing_is_told(scene: SceneClip, first: FirstSight, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        look_at(scene.footage, Given(poses=scene.poses, first=first), Instruments())


def test_a_depth_model_is_asked_once_and_can_be_interrupted(scene: SceneClip) -> None:
    asked: list[int] = []

    def depth(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for frame in frames:
            asked.append(len(asked))
            yield frame[..., 0].astype(np.float32)

    def stop(stage: str, done: int, total: int, preview: object = None) -> None:
        if stage == "finding depth" and done == 2:
            raise KeyboardInterrupt

    given = Given(poses=scene.poses, first=FirstSight(mask=scene.made[0].object_mask))
    looked = look_at(scene.footage, given, Instruments(depth=depth))
    assert asked == list(range(FRAMES)) and looked.motion.track is not None
    asked.clear()
    with pytest.raises(KeyboardInterrupt):
        look_at(scene.footage, given, Instruments(depth=depth), progress=stop)
    assert len(asked) == 2
