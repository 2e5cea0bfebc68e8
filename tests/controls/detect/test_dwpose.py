"""From pictures to poses through real files of tiny networks, whatever runs them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.dwpose import (
    DWPose,
    detect_clip,
    load_dwpose,
    whole_picture,
)
from anchorcrafter_core.controls.detect.gaps import fill_gaps
from anchorcrafter_core.controls.detect.graph import Graph
from anchorcrafter_core.controls.detect.smoothing import OneEuro, smooth_poses
from anchorcrafter_core.controls.follow_person import follow_person
from anchorcrafter_core.errors import ControlError, LoadError
from anchorcrafter_core.types import VISIBLE, Pose

pytest.importorskip("onnx")
PARTS = ("body", "body_score", "hands", "hands_score", "face", "face_score")
FORMS = ["onnxruntime", "onnxruntime, any batch", "opencv", "torchscript"]
PIXELS = 1.5
"""Key points fall on half pixels of the network's picture, which is about as large as the person."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """The tiny networks in the forms in which DWPose is published."""
    from tests.controls.detect.tiny_graphs import (
        TorchDetector,
        TorchEstimator,
        write_detector,
        write_estimator,
        write_torch_script,
    )

    folder = tmp_path_factory.mktemp("networks")
    one = write_detector(folder / "yolox_l.onnx"), write_estimator(folder / "dw-ll_ucoco_384.onnx", 1)
    free = write_detector(folder / "any.onnx", "batch"), write_estimator(folder / "any_384.onnx", "batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        twins = (
            write_torch_script(TorchDetector(), (640, 640), folder / "yolox_l.torchscript.pt"),
            write_torch_script(TorchEstimator(), (384, 288), folder / "estimator.torchscript.pt"),
        )
    return dict(zip(FORMS, (one, free, one, twins), strict=True))


@pytest.fixture(scope="module")
def detectors(files: dict[str, tuple[Path, Path]]) -> dict[str, DWPose]:
    """DWPose from each form; ONNX Runtime is hidden where OpenCV should run it."""
    loaded = {}
    for form, paths in files.items():
        with pytest.MonkeyPatch.context() as patch:
            if form == "opencv":
                patch.setitem(sys.modules, "onnxruntime", None)
            loaded[form] = load_dwpose(*paths)
    return loaded


@pytest.fixture(params=FORMS)
def detector(request: pytest.FixtureRequest, detectors: dict[str, DWPose]) -> DWPose:
    if request.param.startswith("onnxruntime"):
        pytest.importorskip("onnxruntime")
    return detectors[request.param]


def scene(*places: tuple[int, int], size: tuple[int, int] = (480, 640)) -> np.ndarray:
    from tests.controls.detect.tiny_graphs import person_at, picture

    return picture(*size, [person_at(*place) for place in places])


def people_from_left(pose: Pose, size: tuple[int, int] = (480, 640)) -> list[tuple[np.ndarray, np.ndarray]]:
    """The red point (the nose) and the green one (the left eye) of everybody, in pixels."""
    body = pose.body * np.array(size[::-1])
    return sorted(((person[0], person[15]) for person in body), key=lambda points: points[0][0])


def test_people_are_found_where_they_are(detector: DWPose) -> None:
    (pose,) = detector([scene((150, 200), (480, 260))])
    for (red, green), (x, y) in zip(people_from_left(pose), [(150, 200), (480, 260)], strict=True):
        assert np.abs(red - (x - 50, y - 70)).max() < PIXELS and np.abs(green - (x + 45, y + 65)).max() < PIXELS
    assert (pose.body_score > VISIBLE).all()


def test_frames_in_a_batch_do_not_disturb_each_other(detector: DWPose) -> None:
    frames = [scene((150, 200)), scene(), scene((480, 260), (200, 150)), scene((90, 300), size=(600, 200))]
    together = detector(frames)
    assert [pose.people for pose in together] == [1, 0, 2, 1]
    for pose, alone in zip(together, (detector([frame])[0] for frame in frames), strict=True):
        for part in PARTS:
            assert np.allclose(getattr(pose, part), getattr(alone, part), atol=1e-6)


def test_all_forms_agree(detectors: dict[str, DWPose]) -> None:
    frames = [scene((150, 200)), scene((480, 260), (200, 150)), scene((300, 200))]
    found = [detector(frames) for detector in detectors.values()]
    for poses in found[1:]:
        for pose, first in zip(poses, found[0], strict=True):
            for part in PARTS:
                assert np.allclose(getattr(pose, part), getattr(first, part), atol=1e-5), part


def test_a_person_cut_off_by_the_frame_has_points_beyond_it(detector: DWPose) -> None:
    (pose,) = detector([scene((300, 440))])
    assert pose.people == 1 and np.abs(pose.body[0, 0] * (640, 480) - (250, 370)).max() < PIXELS
    assert pose.body_score[0, 15] < pose.body_score[0, 0], "the green spot lies below the frame"


def test_from_frames_to_one_smooth_person(detectors: dict[str, DWPose]) -> None:
    """A walker who is hidden in two frames, beside somebody who enters late: found, followed, filled, smoothed."""
    clip = [scene(*([] if n in (4, 5) else [(250 + 6 * n, 240)]), *([(560, 200)] if n > 7 else [])) for n in range(12)]
    poses = follow_person(detect_clip(detectors["opencv"], iter(clip), batch=5))
    filled, report = fill_gaps(poses, 3)
    assert report.filled == (4, 5) and report.lost == () and len(report.found) == 10
    noses = np.array([pose.body[0, 0, 0] * 640 for pose in smooth_poses(filled, 30.0, OneEuro(beta=100.0))])
    assert np.abs(noses - (200 + 6 * np.arange(12))).max() < 4


def test_no_frames_are_no_poses(detector: DWPose) -> None:
    assert detector([]) == []


def test_nobody_or_the_whole_picture(detectors: dict[str, DWPose]) -> None:
    detector = detectors["opencv"]
    published = replace(detector, when_nobody=whole_picture)
    assert [pose.people for pose in published([scene(), scene((200, 200))])] == [1, 1]
    assert [pose.people for pose in detector([scene()])] == [0]


@pytest.mark.parametrize(
    "frame", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), "u1")]
)
def test_other_frames_are_refused(detectors: dict[str, DWPose], frame: np.ndarray) -> None:
    with pytest.raises(ControlError, match="RGB"):
        detectors["opencv"]([frame])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"yolox_l\.onnx"):
        load_dwpose(tmp_path / "yolox_l.onnx", tmp_path / "dw-ll_ucoco_384.onnx")


def test_a_crowd_is_worked_through_in_groups() -> None:
    """Forty people in one frame are not cut out all at once."""
    groups: list[int] = []
    rows = np.zeros((1, 8400, 6), np.float32)
    rows[0, :1600:40, 4:] = 1

    def estimate(pictures: np.ndarray) -> list[np.ndarray]:
        groups.append(len(pictures))
        return [np.ones((len(pictures), 133, 576), np.float32), np.ones((len(pictures), 133, 768), np.float32)]

    crowd = DWPose(
        Graph(lambda pictures: [np.repeat(rows, len(pictures), axis=0)], (640, 640)), Graph(estimate, (384, 288))
    )
    poses = crowd([scene(), scene()])
    assert [pose.people for pose in poses] == [40, 40] and max(groups) == 2


def numbered(frames: Sequence[np.ndarray]) -> list[Pose]:
    """A detector that finds as many people as the first value of a frame says."""
    counts = [int(frame.flat[0]) for frame in frames]
    return [
        Pose(
            np.zeros((count, 18, 2)),
            np.zeros((count, 18)),
            np.zeros((count, 2, 21, 2)),
            np.zeros((count, 2, 21)),
            np.zeros((count, 68, 2)),
            np.zeros((count, 68)),
        )
        for count in counts
    ]


@pytest.mark.parametrize(("frames", "batch"), [(1, 4), (4, 4), (9, 4), (5, 1)])
def test_a_clip_keeps_its_order(frames: int, batch: int) -> None:
    clip = [np.full((2, 2, 3), number, np.uint8) for number in range(frames)]
    assert [pose.people for pose in detect_clip(numbered, iter(clip), batch)] == list(range(frames))


def test_a_clip_is_read_no_further_than_a_batch() -> None:
    read: list[int] = []
    looked_at: list[int] = []

    def clip() -> Iterator[np.ndarray]:
        for number in range(10):
            read.append(number)
            yield np.zeros((2, 2, 3), np.uint8)

    def look(frames: Sequence[np.ndarray]) -> list[Pose]:
        looked_at.append(len(frames))
        assert len(read) == sum(looked_at)
        return numbered(frames)

    detect_clip(look, clip(), 3)
    assert looked_at == [3, 3, 3, 1]


def test_progress_is_told_and_may_interrupt() -> None:
    told: list[tuple[int, int]] = []
    clip = [np.zeros((2, 2, 3), np.uint8)] * 5
    detect_clip(numbered, clip, 2, lambda stage, done, total, preview=None: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]
    told.clear()
    detect_clip(numbered, iter(clip), 2, lambda stage, done, total, preview=None: told.append((done, total)), total=5)
    assert told[-1] == (5, 5) and told[0] == (2, 5)

    def stop(stage: str, done: int, total: int, preview: object = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detect_clip(numbered, clip, 2, stop)


def test_an_empty_clip_is_refused() -> None:
    with pytest.raises(ControlError, match="without frames"):
        detect_clip(numbered, [])
