"""Driving clips in every form become the same control signals; what does not fit is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from torch import Tensor

from tests.nodes.conftest import Pack
from tests.nodes.media_types import VideoComponents, VideoFromComponents, VideoFromFile, give_media

SIZE = (128, 64)
FRAMES = 6
WIDGETS = {"width": 64, "height": 128, "stride": 1, "max_frames": 0, "align": "none"}


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)


def clip(frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Tensor:
    """A grey square that wanders and brightens: IMAGE."""
    image = torch.zeros(frames, *size, 3)
    for number in range(frames):
        image[number, 8 + 8 * number : 40 + 8 * number, 16:48] = 0.3 + 0.1 * number
    return image


def control(pack: Pack, person: Tensor | None = None, **given: Any) -> Any:
    node = pack("nodes.controls").HOIControlSignals
    names = [socket.given["display_name"] for socket in node.define_schema().outputs]
    made = node.execute(torch.rand(1, *SIZE, 3) if person is None else person, **(WIDGETS | given))
    return dict(zip(names, made.args, strict=True))


def person_points(shift: float = 0.0) -> dict[str, Any]:
    """POSE_KEYPOINT of one frame of 640x480 (height x width)."""
    rows = np.linspace(100 + shift, 500 + shift, 18)
    points = np.stack([np.linspace(100, 380, 18), rows, np.ones(18)], axis=-1)
    return {"people": [{"pose_keypoints_2d": points.reshape(-1).tolist()}], "canvas_height": 640, "canvas_width": 480}


@pytest.fixture
def video_file(tmp_path: Path) -> Iterator[str]:
    """A lossless file of the wandering square at 30 frames per second, with sound."""
    path = tmp_path / "driving.mkv"
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("ffv1", rate=30)
        pictures.width, pictures.height, pictures.pix_fmt = SIZE[1], SIZE[0], "bgr0"
        sound = container.add_stream("flac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), format="s16", layout="mono")
        silence.sample_rate, silence.pts = 8000, 0
        frames = [av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in (clip() * 255).round().byte().numpy()]
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, 30)
        packets = [packet for frame in [*frames, None] for packet in pictures.encode(frame)]
        for packet in [*packets, *sound.encode(silence), *sound.encode(None)]:
            container.mux(packet)
    yield str(path)


def test_image_and_video_give_the_same(pack: Pack, video_file: str) -> None:
    memory = VideoFromComponents(VideoComponents(clip(), None, Fraction(25)))
    by_image = control(pack, pose=clip(), track=clip())["controls"]
    by_memory = control(pack, pose=memory, track=memory)["controls"]
    by_file = control(pack, pose=VideoFromFile(video_file), track=VideoFromFile(video_file))["controls"]
    for name in ("pose", "track", "object_mask"):
        assert torch.equal(getattr(by_memory, name), getattr(by_image, name))
        assert torch.equal(getattr(by_file, name), getattr(by_image, name))
    assert [made.source_fps for made in (by_image, by_memory, by_file)] == [30, 25, pytest.approx(30, rel=0.01)]


def test_a_video_file_brings_its_sound_and_pictures_alone_have_none(pack: Pack, video_file: str) -> None:
    assert control(pack, pose=VideoFromFile(video_file))["controls"].audio.path == video_file
    assert control(pack, pose=clip(), hand=VideoFromFile(video_file))["controls"].audio.path == video_file
    assert control(pack, pose=clip())["controls"].audio is None


def test_frames_in_memory_bring_their_sound(pack: Pack) -> None:
    waveform = torch.stack([torch.linspace(-1, 1, 4000), torch.linspace(0.5, -0.5, 4000)])
    sound = {"waveform": waveform[None], "sample_rate": 16000}
    video = VideoFromComponents(VideoComponents(clip(), sound, Fraction(25)))
    made = [control(pack, pose=video)["controls"].audio for _ in range(2)]
    assert made[0] == made[1] and made[0].start == 0
    with av.open(made[0].path) as container:
        stream = container.streams.audio[0]
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
        assert stream.rate == 16000
    np.testing.assert_allclose(heard.reshape(-1, 2).T / 32767, waveform, atol=1e-4)
    for silent in ({"waveform": torch.zeros(1, 2, 0), "sample_rate": 8}, {**sound, "sample_rate": 0}):
        video = VideoFromComponents(VideoComponents(clip(), silent, Fraction(25)))
        assert control(pack, pose=video)["controls"].audio is None


@pytest.mark.parametrize("content", [None, b"", bytes(4000)], ids=["missing", "empty", "damaged"])
def test_a_file_that_cannot_be_read_is_a_sentence(pack: Pack, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "clip.mp4"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(pack("anchorcrafter_core.errors").MediaError, match="clip.mp4"):
        control(pack, pose=VideoFromFile(str(file)))


def test_a_trimmed_file_shows_only_what_was_kept(pack: Pack, video_file: str) -> None:
    made = control(pack, pose=VideoFromFile(video_file, trimmed=clip()[1:3]))["controls"]
    assert made.frames == 3 and made.audio is None


def test_every_output_has_the_frames_of_the_video(pack: Pack) -> None:
    made = control(pack, pose=clip(), hand=clip(), track=clip())
    assert made["controls"].frames == FRAMES + 1
    for name in ("pose", "hand", "track"):
        assert made[name].shape == (FRAMES, *SIZE, 3)
        torch.testing.assert_close(made[name], (clip() * 255).round() / 255)
    assert made["person"].shape == (1, *SIZE, 3)


def test_the_reference_frame_has_no_hands_and_no_product(pack: Pack) -> None:
    made = control(pack, pose=clip(), hand=clip(), track=clip(), person_keypoint=[person_points()])["controls"]
    assert made.hand[0].max() == made.track[0].max() == 0
    assert made.pose[0].max() > 0
    assert not made.object_mask[0].any() and made.object_mask[1:].any()


def test_stride_and_limit_leave_frames_out(pack: Pack) -> None:
    made = control(pack, pose=clip(), track=clip(), stride=2, max_frames=2)
    torch.testing.assert_close(made["track"], (clip()[[0, 2]] * 255).round() / 255)
    assert made["controls"].playback_fps == 15


@pytest.mark.parametrize(
    ("person", "widgets", "expected"),
    [
        ((128, 64), {"width": 0, "height": 0}, (128, 64)),
        ((320, 190), {"width": 0, "height": 0}, (320, 192)),
        ((4000, 3000), {"width": 0, "height": 0}, (896, 640)),
        ((300, 400), {"width": 128, "height": 0}, (128, 128)),
        ((300, 400), {"width": 0, "height": 192}, (192, 256)),
    ],
)
def test_zero_follows_the_person_picture(
    pack: Pack, person: tuple[int, int], widgets: dict, expected: tuple[int, int]
) -> None:
    driving = pack("nodes.driving")
    assert driving.frame_size(person, driving.Shape(**widgets)) == expected


def test_masks_replace_what_the_clips_show(pack: Pack) -> None:
    mask = torch.zeros(FRAMES, 64, 32)
    mask[:, :32] = 1
    made = control(pack, pose=clip(), hand=clip(), track=clip(), object_mask=mask, hand_mask=1 - mask)["controls"]
    assert made.object_mask[1:, :60].all() and not made.object_mask[:, 68:].any()
    assert made.hand_mask[1:, 68:].all() and not made.hand_mask[:, :60].any()


def test_a_mask_alone_draws_the_track(pack: Pack) -> None:
    made = control(pack, pose=clip(), object_mask=(clip()[..., 0] > 0).float())["controls"]
    assert torch.equal(made.track[1:, 0] > 0, made.object_mask[1:])
    assert made.object_mask[1:].any()


@pytest.mark.parametrize(
    "boxes",
    [
        {"boxes": json.dumps({"0": [16, 32, 48, 96]})},
        {"boxes": json.dumps([[0.25, 0.25, 0.75, 0.75]])},
        {"bounding_boxes": [{"x": 16, "y": 32, "width": 32, "height": 64}]},
        {"bounding_boxes": [[{"x": 16, "y": 32, "width": 32, "height": 64}]] * FRAMES},
    ],
    ids=["key frames", "shares", "one", "per frame"],
)
def test_boxes_draw_the_track(pack: Pack, boxes: dict) -> None:
    made = control(pack, pose=clip(), **boxes)["controls"]
    for mask in made.object_mask[1:]:
        rows, columns = (torch.nonzero(mask.any(dim=axis)).flatten() for axis in (1, 0))
        assert (rows.min(), rows.max()) == (pytest.approx(32, abs=2), pytest.approx(95, abs=2))
        assert (columns.min(), columns.max()) == (pytest.approx(16, abs=2), pytest.approx(47, abs=2))


def centres(controls: Any) -> list[float]:
    """Column of the product's middle in every driving frame."""
    return [float(mask.any(dim=0).nonzero().float().mean()) for mask in controls.object_mask[1:]]


def driving_motion(pack: Pack, frames: int, stride: int) -> Any:
    """A motion as 'Driving Motion' makes it, of key points alone."""
    poses = pack("anchorcrafter_core.controls.key_points").parse_poses([person_points()] * frames, (640, 480), "test")
    return pack("anchorcrafter_core.footage.motion").DrivingMotion(size=SIZE, poses=tuple(poses), stride=stride)


def wandering(frames: int) -> str:
    """Boxes of a product that goes from left to right, one per frame."""
    lefts = [2 + 36 * number / (frames - 1) for number in range(frames)]
    return json.dumps({"size": SIZE[::-1], "boxes": [[left, 32, left + 24, 96] for left in lefts]})


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("widget", [1, 2, 4])
def test_boxes_beside_a_motion_are_taken_at_its_stride(pack: Pack, stride: int, widget: int) -> None:
    motion = driving_motion(pack, 5, stride)
    keys = json.dumps({"0": [2, 32, 26, 96], str(4 * stride): [38, 32, 62, 96]})
    made = control(pack, motion=motion, boxes=keys, stride=widget)["controls"]
    assert centres(made) == pytest.approx([13.5, 22.5, 31.5, 40.5, 49.5], abs=1)


@pytest.mark.parametrize("count", [5, 9, 10], ids=["used frames", "fewest", "whole clip"])
def test_a_list_has_a_box_per_used_frame_or_per_frame_of_the_clip(pack: Pack, count: int) -> None:
    made = control(pack, motion=driving_motion(pack, 5, 2), boxes=wandering(count))["controls"]
    last = 49.5 if count != 10 else 45.5
    assert (centres(made)[0], centres(made)[-1]) == (pytest.approx(13.5, abs=1), pytest.approx(last, abs=1))


def test_as_many_boxes_as_key_points_fit_at_every_stride(pack: Pack) -> None:
    given = {"pose_keypoint": [person_points()] * 10, "boxes": wandering(10), "stride": 2}
    assert centres(control(pack, **given)["controls"])[-1] == pytest.approx(45.5, abs=1)
    assert control(pack, **given, max_frames=3)["controls"].frames == 4


@pytest.mark.parametrize("stride", [1, 2])
def test_the_first_frames_of_used_signals_are_those_of_all(pack: Pack, stride: int) -> None:
    """Fewer frames of the same signals are the same frames, whether they lie beside a motion or their clip."""
    points = [person_points(4 * number) for number in range(6)]
    blobs = torch.zeros(6, *SIZE, 3)
    for number in range(6):
        blobs[number, 40:80, 4 * number : 4 * number + 20] = 0.9
    mask, boxes = blobs[..., 0], wandering(6)
    motion = driving_motion(pack, 6, stride)
    rows = [{"motion": motion, "track": blobs, "object_mask": mask, "pose_keypoint": points},
            {"motion": motion, "boxes": boxes},
            {"pose_keypoint": [person_points()] * 6 * stride, "boxes": boxes, "stride": stride}]
    for given in rows:
        every, few = (control(pack, **given, max_frames=most)["controls"] for most in (0, 3))
        assert (every.frames, few.frames) == (7, 4)
        for name in ("pose", "track", "object_mask"):
            assert torch.equal(getattr(every, name)[:4], getattr(few, name))


def test_what_goes_on_after_a_motion_has_ended_is_told_of(pack: Pack) -> None:
    motion = driving_motion(pack, 6, 2)
    for count, told in ((6, 0), (11, 0), (12, 0), (13, 1), (36, 1)):
        report = control(pack, motion=motion, pose_keypoint=[person_points()] * count)["report"]
        assert report.count(f"pose_keypoint has {count} frames") == told


@pytest.mark.parametrize("side", [float("inf"), float("nan"), 0.5, -3])
def test_a_canvas_that_is_none_counts_as_not_said(pack: Pack, side: float) -> None:
    points = [{**person_points(), "canvas_width": side, "canvas_height": side}] * 3
    assert control(pack, pose_keypoint=points, track=clip(3))["controls"].frames == 4


def test_key_points_of_the_used_frames_fit_beside_their_motion(pack: Pack) -> None:
    motion = driving_motion(pack, 4, 2)
    rows = [control(pack, motion=motion, pose_keypoint=[person_points(shift) for shift in shifts])["controls"]
            for shifts in ((0, 20, 40, 60), (0, 10, 20, 30, 40, 50, 60))]
    assert rows[0].frames == 5 and torch.equal(rows[0].pose, rows[1].pose)


def dot(size: tuple[int, int]) -> Tensor:
    """A picture with one bright square left of the middle: IMAGE."""
    image = torch.zeros(1, *size, 3)
    height, width = size
    image[:, height // 2 - 8 : height // 2 + 8, width * 3 // 8 - 8 : width * 3 // 8 + 8] = 1
    return image


def place(lit: Tensor) -> list[float]:
    """Row and column of the middle of what is lit: bool [H,W]."""
    return lit.nonzero().float().mean(dim=0).tolist()


@pytest.mark.parametrize("photo", [(128, 128), (160, 128), (256, 64), (128, 64)], ids=str)
def test_unaligned_signals_of_the_whole_photo_lie_where_the_cut_photo_shows_them(
    pack: Pack, photo: tuple[int, int]
) -> None:
    picture = dot(photo)
    moving, mask = picture.expand(FRAMES, -1, -1, -1), picture[..., 0].expand(FRAMES, -1, -1)
    given = {"pose": moving, "hand": moving, "track": moving, "object_mask": mask, "hand_mask": mask}
    made = control(pack, picture, **given)
    wanted = pytest.approx(place(made["person"][0, ..., 0] > 0.5), abs=1)
    for name in ("pose", "hand", "track"):
        assert place(made[name][0, ..., 0] > 0.5) == wanted
    for name in ("object_mask", "hand_mask"):
        assert place(getattr(made["controls"], name)[1]) == wanted
    assert not any("aspect" in warning for warning in json.loads(made["report"])["warnings"])


def test_unaligned_key_points_boxes_and_motions_are_cut_with_the_photo(pack: Pack) -> None:
    picture = dot((128, 128))
    body = [48.0, 64.0, 1.0] * 18
    points = [{"people": [{"pose_keypoints_2d": body}], "canvas_height": 128, "canvas_width": 128}] * FRAMES
    keys = json.dumps({"0": [40, 56, 56, 72]})
    poses = tuple(pack("anchorcrafter_core.controls.key_points").parse_poses(points, (128, 128), "test"))
    motion = pack("anchorcrafter_core.footage.motion").DrivingMotion(size=(128, 128), poses=poses, stride=1)
    for given in ({"pose_keypoint": points}, {"motion": motion}, {"motion": motion, "pose_keypoint": points}):
        made = control(pack, picture, boxes=keys, **given)
        row, column = place(made["person"][0, ..., 0] > 0.5)
        assert made["controls"].key_points[1].body[0, 0] * [64, 128] == pytest.approx([column, row], abs=1)
        assert place(made["controls"].object_mask[1]) == pytest.approx([row, column], abs=1)


@pytest.mark.parametrize("align", ["none", "similarity"])
def test_a_product_that_stays_lies_alike_by_box_mask_and_track(pack: Pack, align: str) -> None:
    picture = dot((128, 128))
    walker = {"pose_keypoint": [person_points(40)] * FRAMES, "person_keypoint": [person_points()]}
    shape = {"align": align, "product_place": pack("nodes.driving_inputs").STAYS, "height": 128, "width": 64}
    mask = picture[..., 0].expand(FRAMES, -1, -1)
    boxes = json.dumps({"size": [128, 128], "boxes": [[40, 56, 56, 72]] * FRAMES})
    rows = [{"object_mask": mask}, {"track": picture.expand(FRAMES, -1, -1, -1)}, {"boxes": boxes}]
    found = [place(control(pack, picture, **walker, **shape, **row)["controls"].object_mask[1]) for row in rows]
    assert found[0] == pytest.approx(found[1], abs=1) and found[0] == pytest.approx(found[2], abs=1)


def test_every_sound_has_a_file_of_its_own(pack: Pack) -> None:
    sounds = [((1, 1, 200), 8000), ((1, 2, 100), 8000), ((1, 1, 100), 8000), ((1, 1, 100), 16000)]
    kept_sound = pack("nodes.clip_sound").kept_sound
    files = [kept_sound({"waveform": torch.zeros(shape), "sample_rate": rate}).path for shape, rate in sounds]
    assert len({*files}) == len(sounds)


def test_warnings_stand_on_the_node_and_in_the_log_until_they_are_mended(
    pack: Pack, host: Any, caplog: pytest.LogCaptureFixture
) -> None:
    made = control(pack, pose=clip())
    warnings = json.loads(made["report"])["warnings"]
    assert any(warning.startswith("Product missing in every frame") for warning in warnings)
    assert host.texts == [("\n".join(warnings), "7")]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == ["\n".join(warnings)]
    caplog.clear()
    host.texts.clear()
    for _ in range(2):
        mended = control(pack, pose=clip(), hand=clip(), track=clip())
        assert json.loads(mended["report"])["warnings"] == [] == caplog.records
    assert host.texts == [("Nothing looks wrong any more.", "7")]


def test_footage_in_the_place_of_the_pose_is_told_as_that_in_the_place_of_the_hands_is(pack: Pack) -> None:
    footage = torch.rand(FRAMES, *SIZE, 3)
    warnings = json.loads(control(pack, pose=footage, hand=footage, track=clip())["report"])["warnings"]
    for words in ("The pose clip is not black around the skeleton in every frame", "Hands cover most of the picture"):
        assert any(warning.startswith(words) for warning in warnings)


def test_a_clip_of_another_aspect_is_told_in_the_report(pack: Pack) -> None:
    wide = clip(size=(64, 128))
    report = json.loads(control(pack, pose=clip(), hand=wide)["report"])
    (found,) = [warning for warning in report["warnings"] if "aspect" in warning]
    assert found.startswith("hand is 128x64") and "frame (64x128)" in found
    given = {"pose_keypoint": [person_points(40)] * FRAMES, "person_keypoint": [person_points()], "align": "similarity"}
    report = control(pack, torch.rand(1, 640, 480, 3), hand=wide, **given)["report"]
    assert "hand is 128x64: another aspect than the driving clip, 480x640" in report


@pytest.mark.parametrize("align", ["global", "similarity", "per-bone"])
def test_key_points_are_drawn_and_aligned(pack: Pack, align: str) -> None:
    points = {"pose_keypoint": [person_points(40)] * 3, "person_keypoint": [person_points()]}
    person = torch.rand(1, 640, 480, 3)
    apart = control(pack, person, **points)["controls"]
    fitted = control(pack, person, **points, align=align)["controls"]
    assert apart.frames == fitted.frames == 4 and len(fitted.key_points) == 4
    assert not torch.equal(apart.pose[0], apart.pose[1])
    assert np.allclose(fitted.key_points[0].body, fitted.key_points[1].body)


def test_red_first_skeletons_are_swapped(pack: Pack) -> None:
    drawn = torch.rand(FRAMES, *SIZE, 3)
    red = pack("nodes.driving_inputs").RED_FIRST
    as_drawn = control(pack, pose=drawn)["controls"].pose
    swapped = control(pack, pose=drawn, pose_colors=red)["controls"].pose
    assert torch.equal(swapped[1:], as_drawn[1:].flip(1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no pose.*pose_keypoint"),
        ({"pose": clip(), "pose_keypoint": [person_points()] * FRAMES}, "both pose and pose_keypoint"),
        ({"pose": clip(), "hand": clip(5)}, "pose 6, hand 5.*max_frames to 5"),
        ({"pose": clip(), "object_mask": torch.ones(4, *SIZE)}, "object_mask 4"),
        ({"pose_keypoint": [person_points()] * 4, "track": clip()}, "pose_keypoint 4"),
        ({"pose": clip(1)}, "1 driving frame at"),
        ({"pose": clip(), "stride": 6}, "1 driving frame at stride 6"),
        ({"pose": clip(0)}, "no frame in 'pose'"),
        ({"pose": clip(), "hand_mask": torch.ones(0, *SIZE)}, "no frame in 'hand_mask'"),
        ({"pose": clip(), "align": "global"}, "align = global without key points"),
        ({"pose": clip(), "align": "local"}, "none or global"),
        ({"pose": clip(), "pose_colors": "green first"}, "blue first"),
        ({"pose": clip(), "width": 100}, "multiples of 64"),
        ({"pose": clip(), "boxes": "{1"}, "no JSON"),
        ({"pose": clip(), "track": clip(), "boxes": "[]"}, "more than one of track"),
        ({"pose": clip(), "boxes": json.dumps([[0, 0, 1, 1]] * 4)}, "4 boxes; expected 6"),
        ({"pose": clip(), "boxes": json.dumps([[0, 0, 1, 1]] * 40)}, "40 boxes; expected 6"),
        ({"pose": clip(12), "stride": 2, "boxes": json.dumps([[0, 0, 1, 1]] * 11)}, "expected 12, .* or 6"),
        ({"pose_keypoint": [{"unknown": 1}] * 3}, "nobody in any of 3 frames"),
    ],
)
def test_what_does_not_fit_is_refused(pack: Pack, given: dict, words: str) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").AnchorError, match=words):
        control(pack, **given)


def test_unequal_clips_pass_when_the_limit_makes_them_equal(pack: Pack) -> None:
    assert control(pack, pose=clip(), hand=clip(5), max_frames=5)["controls"].frames == 6


def test_reading_shows_progress_and_can_be_interrupted(pack: Pack, host: Any) -> None:
    control(pack, pose=clip(), track=clip())
    assert all(0 < done <= total for done, total, _ in host.bars) and len(host.bars) > FRAMES
    host.is_interrupted = True
    with pytest.raises(Exception) as caught:
        control(pack, pose=clip())
    assert type(caught.value).__name__ == "Interrupted"


def test_long_clips_are_mapped_from_the_hosts_temporary_folder(pack: Pack, host: Any) -> None:
    store = pack("nodes.kept_frames").host_store(10)
    assert store.folder == Path(host.folder) / "temp" and store.folder.is_dir()
    assert store.memory_budget < 2**30
