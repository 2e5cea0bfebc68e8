"""Files of one name belong together; what has no partner is said."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation.pairs import Places, clips_at, complete, find_cases, recorded_borders
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.types import SamplingOptions
from tests.evaluation.conftest import Save, as_pictures, moving_square
from tests.evaluation.people import person


def test_the_published_layout_is_found_by_its_folders(published_layout: Path) -> None:
    found = find_cases(Places(published_layout / "results", published_layout / "gt"))
    assert [case.name for case in found.cases] == ["1", "2"]
    assert all(case.truth and case.generated_masks and case.truth_masks for case in found.cases)
    assert found.notes == () and found.failed == {}
    assert set(found.files["1"]) == {"generated", "truth", "generated_masks", "truth_masks"}


def test_single_files_are_one_case_whatever_their_names(save: Save) -> None:
    clip, _ = moving_square()
    places = Places(save("result.mp4", clip), save("footage.mp4", clip), save("m1.mp4", clip), save("m2.mp4", clip))
    (case,) = find_cases(places).cases
    assert case.name == "result" and case.truth and case.truth.name == "footage.mp4"
    assert case.generated_masks and case.generated_masks.name == "m1.mp4"


def test_folders_of_pictures_are_clips(save: Save, tmp_path: Path) -> None:
    clip, _ = moving_square()
    save("made/a", clip)
    save("made/b.mp4", clip)
    (tmp_path / "made" / "notes.txt").write_text("x", encoding="utf-8")
    assert list(clips_at(tmp_path / "made")) == ["a", "b"]
    assert clips_at(tmp_path / "made" / "a") == {"a": tmp_path / "made" / "a"}


def test_folders_of_frames_and_of_key_points_belong_to_the_only_clip(save: Save, tmp_path: Path) -> None:
    clip, masks = moving_square()
    person_of_frame = {"people": [{"pose_keypoints_2d": [10, 20, 1] * 18}], "canvas_width": 80, "canvas_height": 48}
    (tmp_path / "points").mkdir()
    for number in range(6):
        (tmp_path / "points" / f"{number}.json").write_text(json.dumps(person_of_frame), encoding="utf-8")
    places = Places(
        save("made.mp4", clip), save("frames", clip), truth_masks=save("cut", as_pictures(masks)),
        truth_poses=tmp_path / "points",
    )  # fmt: skip
    found = find_cases(places)
    (case,) = found.cases
    assert case.truth and case.truth_masks and case.truth_poses and found.notes == ()
    assert len(case.truth_poses(2, [clip[0]] * 9)) == 4


def test_names_may_have_dots(save: Save, tmp_path: Path) -> None:
    clip, _ = moving_square()
    for name in ("made/v1.5", "made/v1.6.mp4", "true/v1.5.mp4", "true/v1.6.mp4"):
        save(name, clip) if name != "made/v1.5" else save("made/folder", clip).rename(tmp_path / "made" / "v1.5")
    found = find_cases(Places(tmp_path / "made", tmp_path / "true"))
    assert [(case.name, case.truth is not None) for case in found.cases] == [("v1.5", True), ("v1.6", True)]
    assert found.notes == ()


def test_contact_sheets_records_and_unfinished_files_beside_videos_are_no_clips(save: Save, tmp_path: Path) -> None:
    clip, _ = moving_square()
    save("made/a.mp4", clip)
    write_image(tmp_path / "made" / "a.png", clip[0])
    (tmp_path / "made" / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "made" / "b.part.mp4").write_bytes(b"half")
    assert list(clips_at(tmp_path / "made")) == ["a"]


def test_missing_partners_are_said_on_both_sides(published_layout: Path) -> None:
    (published_layout / "gt" / "2.mp4").rename(published_layout / "gt" / "3.mp4")
    found = find_cases(Places(published_layout / "results", published_layout / "gt"))
    assert found.notes == ("No truth for 2.", "No generated clip for truth 3.")
    assert [case.truth is None for case in found.cases] == [False, True]


def test_a_broken_clip_is_named_and_the_others_go_on(published_layout: Path) -> None:
    (published_layout / "results" / "2.mp4").write_bytes(b"no video")
    found = find_cases(Places(published_layout / "results", published_layout / "gt"))
    assert [case.name for case in found.cases] == ["1"]
    assert "2.mp4" in found.failed["2"]


def test_nothing_there_and_twins_are_refused(save: Save, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="nothing at"):
        find_cases(Places(tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError, match="no clip in"):
        find_cases(Places(tmp_path / "empty"))
    clip, _ = moving_square()
    save("made/a.mp4", clip)
    save("made/a.avi", clip)
    with pytest.raises(OptionError, match=r"a\.avi and a\.mp4 in one folder"):
        find_cases(Places(tmp_path / "made"))
    with pytest.raises(OptionError, match=r"nothing at .* \(truth\)"):
        find_cases(Places(tmp_path / "made" / "a.mp4", tmp_path / "gone"))


def test_what_the_user_says_goes_before_the_usual_folders(published_layout: Path) -> None:
    own = published_layout / "own"
    own.mkdir()
    places = complete(Places(published_layout / "results", published_layout / "gt", generated_masks=own))
    assert places.generated_masks == own and places.truth_masks == published_layout / "gt" / "mask"
    assert places.people is None


def test_key_points_and_people_are_found_by_name(published_layout: Path) -> None:
    people = [{"people": [{"pose_keypoints_2d": [10, 20, 1] * 18}], "canvas_width": 80, "canvas_height": 48}] * 6
    for side in ("gt", "results"):
        (published_layout / side / "poses").mkdir()
        (published_layout / side / "poses" / "1.json").write_text(json.dumps(people), encoding="utf-8")
    write_image(published_layout / "gt" / "human" / "1.png", np.zeros((64, 64, 3), np.uint8))
    found = find_cases(
        Places(published_layout / "results", published_layout / "gt"), lambda frames: [person()] * len(frames)
    )
    first, second = found.cases
    assert first.generated_poses and first.generated_poses(0, [np.zeros((48, 80, 3), np.uint8)])[0].people == 1
    assert first.face is not None and first.face.shape == (112, 112, 3)
    assert second.face is None and second.generated_poses is not None
    assert "No generated poses for 2." in found.notes and "No people for 2." in found.notes


def test_one_picture_of_a_person_serves_all_clips(published_layout: Path, tmp_path: Path) -> None:
    write_image(tmp_path / "anna.png", np.zeros((64, 64, 3), np.uint8))
    places = Places(published_layout / "results", people=tmp_path / "anna.png")
    found = find_cases(places, lambda frames: [person()] * len(frames))
    assert all(case.face is not None for case in found.cases)


def test_window_borders_come_from_the_record_beside_the_video(save: Save) -> None:
    video = save("a.mp4", moving_square(20)[0])
    options = SamplingOptions(steps=2, plan="overlap", window=6, overlap=1)
    record = video.with_suffix(".json")
    record.write_text(json.dumps({"parameters": {"sampling": asdict(options)}}), encoding="utf-8")
    borders, chunks = recorded_borders(video, 20)
    assert borders is not None and len(borders) == 20 and borders.sum() > 0
    assert chunks is not None and np.flatnonzero(chunks).tolist() == [7, 15]


@pytest.mark.parametrize("text", ["[1]", '{"a": 1}'])
def test_a_strange_file_beside_a_video_is_no_record(text: str, save: Save) -> None:
    video = save("a.mp4", moving_square()[0])
    video.with_suffix(".json").write_text(text, encoding="utf-8")
    assert recorded_borders(video, 6) == (None, None)
    assert find_cases(Places(video)).notes == ()


@pytest.mark.parametrize(
    ("numbers", "reason"), [("", "Expecting"), ('{"window": -3}', "window = -3"), ('{"window": "x"}', "'>='")]
)
def test_a_damaged_record_gives_no_borders_and_is_told(numbers: str, reason: str, save: Save) -> None:
    video = save("a.mp4", moving_square()[0])
    text = f'{{"parameters": {{"sampling": {numbers}}}}}'
    video.with_suffix(".json").write_text(text, encoding="utf-8")
    found = find_cases(Places(video))
    assert [case.borders for case in found.cases] == [None] and not found.failed
    (note,) = found.notes
    assert note.startswith("a: Found the damaged record a.json (") and reason in note and "seam" in note


def test_a_stride_pairs_every_second_true_frame_with_its_masks_and_poses(save: Save, tmp_path: Path) -> None:
    clip, masks = moving_square(8)
    save("made.mp4", clip[::2])
    save("true.mp4", clip)
    save("mask.mp4", np.repeat(masks[..., None], 3, axis=-1))
    people = [{"people": [{"pose_keypoints_2d": [n, 2, 1] * 18}], "canvas_width": 80, "canvas_height": 48}
              for n in range(1, 9)]  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(people), encoding="utf-8")
    places = Places(
        tmp_path / "made.mp4", tmp_path / "true.mp4", truth_masks=tmp_path / "mask.mp4",
        truth_poses=tmp_path / "p.json", truth_stride=2,
    )  # fmt: skip
    (case,) = find_cases(places).cases
    assert case.truth and case.truth_masks and case.truth_poses
    assert case.truth.frames == case.truth_masks.frames == 4
    assert [round(float(pose.body[0, 0, 0]) * 80) for pose in case.truth_poses(0, [clip[0]] * 4)] == [1, 3, 5, 7]
    assert abs(next(case.truth.read()).astype(int) - clip[0]).max() < 20
    with pytest.raises(OptionError, match="truth_stride = 0"):
        Places(tmp_path, truth_stride=0)
