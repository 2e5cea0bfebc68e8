"""Whole clips with known answers: identity, shifts, order, lengths, what is missing, what is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import MediaError, OptionError
from anchorcrafter_core.evaluation.case import Case, poses_by
from anchorcrafter_core.evaluation.footage import Footage, clip_of, masks_of
from anchorcrafter_core.evaluation.instruments import Instruments
from anchorcrafter_core.evaluation.score import ClipScores, joined, lacking, score_case, score_clip, score_set
from anchorcrafter_core.evaluation.seams import border_shares, chunk_borders
from anchorcrafter_core.evaluation.table import NEEDS, all_measures, chosen_measures
from anchorcrafter_core.types import Pose, SamplingOptions
from tests.evaluation.conftest import Save, as_pictures, moving_square
from tests.evaluation.people import nobody, person

pytest.importorskip("scipy")
pytest.importorskip("skimage")


def colors(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """An encoder: mean of the channels in the four quarters of a picture."""
    quarters = [np.array_split(half, 2, axis=1) for p in pictures for half in np.array_split(p.astype(float), 2)]
    means = [[quarter.mean(axis=(0, 1)) for quarter in half] for half in quarters]
    return np.array(means).reshape(len(pictures), -1) + 1.0


def piece(frames: np.ndarray) -> np.ndarray:
    return colors(list(frames)).mean(axis=0)


def differences(generated: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([np.abs(a.astype(float) - b).mean() for a, b in zip(generated, truth, strict=True)])


TOOLS = Instruments(colors, colors, colors, colors, colors, colors, piece, piece, differences)
FACE = np.linspace(0, 255, 112 * 112 * 3).reshape(112, 112, 3).astype(np.uint8)


def case(shift: int = 0, frames: int = 20, name: str = "a", pose_shift: float = 0.0) -> Case:
    """A result that is its truth moved to the right."""
    (made, made_masks), (true, true_masks) = moving_square(frames, shift), moving_square(frames)
    return Case(
        name,
        clip_of(made),
        clip_of(true),
        masks_of(made_masks),
        masks_of(true_masks),
        poses_by(lambda seen: [person(pose_shift)] * len(seen)),
        poses_by(lambda seen: [person()] * len(seen)),
        FACE,
        border_shares(SamplingOptions(steps=2, plan="overlap", window=8, overlap=2), frames),
        chunk_borders(8, frames),
    )


PERFECT = {
    "obj_iou": 1, "obj_iou_clean": 1, "obj_clip": 1, "obj_clip_clean": 1, "obj_dino": 1, "lmd_hand": 0,
    "lmd_hand_all": 0, "hands_found": 1, "lmd_body": 0, "lmd_body_all": 0, "subject_consistency_gap": 0,
    "background_consistency_gap": 0, "fid": 0, "fvd": 0, "fid_vid": 0, "psnr": 100, "ssim": 1, "lpips": 0,
}  # fmt: skip


def test_a_clip_against_itself_is_perfect_by_every_score() -> None:
    scores = score_set([case()], all_measures(TOOLS), TOOLS)
    assert {name: pytest.approx(value, abs=1e-6) for name, value in PERFECT.items()} == {
        name: scores.overall[name] for name in PERFECT
    }
    assert scores.left_out == {} and scores.failed == {}
    assert scores.overall["kid"] <= 1e-9


def test_a_shifted_clip_is_worse_by_every_score() -> None:
    measures = all_measures(TOOLS)
    good, bad = (score_set([case(shift, pose_shift=shift / 100)], measures, TOOLS).overall for shift in (0, 6))
    worse = {
        measure.name
        for measure in measures
        if (bad[measure.name] < good[measure.name]) == (measure.better == "higher")
        and bad[measure.name] != good[measure.name]
    }
    blind = {
        "hands_found",
        "obj_clip",
        "obj_clip_clean",
        "obj_dino",
        "face_cos",
        "face_cos_seen",
        "seam",
        "seam_decode",
    }
    alike = {name for name in good if "consistency" in name}
    assert {measure.name for measure in measures} - blind - alike <= worse
    assert good["obj_clip"] == pytest.approx(bad["obj_clip"])


def test_overlap_of_shifted_squares_is_counted_by_hand() -> None:
    values = score_case(case(shift=4), chosen_measures(TOOLS, ["obj_iou", "obj_iou_clean"]), TOOLS).values
    assert values == {"obj_iou": pytest.approx(12 / 20), "obj_iou_clean": pytest.approx(12 / 20)}


@given(st.permutations([0, 2, 5]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_clips_does_not_matter(shifts: list[int]) -> None:
    names = ["obj_iou", "lmd_hand", "fid", "fvd", "psnr", "subject_consistency"]
    measures = chosen_measures(TOOLS, names)
    cases = {shift: case(shift, 12 + shift, f"c{shift}", shift / 50) for shift in (0, 2, 5)}
    made = score_set([cases[shift] for shift in shifts], measures, TOOLS).overall
    expected = score_set(list(cases.values()), measures, TOOLS).overall
    assert made == {name: pytest.approx(value, rel=1e-6, abs=1e-6) for name, value in expected.items()}


def test_what_a_clip_lacks_is_said_score_by_score() -> None:
    bare = Case("a", case().generated)
    scores = score_case(bare, all_measures(Instruments()), Instruments())
    assert scores.values == {}
    assert scores.left_out["psnr"] == NEEDS["truth"]
    assert scores.left_out["obj_iou"] == NEEDS["masks"]
    assert NEEDS["clip"] in scores.left_out["obj_clip"] and NEEDS["masks"] in scores.left_out["obj_clip"]
    assert set(scores.left_out) == {measure.name for measure in all_measures(Instruments())}


def test_every_need_has_words_and_every_word_a_need() -> None:
    assert set(NEEDS) == {need for measure in all_measures(Instruments()) for need in measure.needs}


def test_masks_longer_than_the_videos_count_in_the_overlap_to_the_shorter_mask() -> None:
    """The published overlap never looks at the videos."""
    short = replace(case(shift=4), generated=case(frames=3).generated, truth=case(frames=3).truth)
    assert len(score_case(short, all_measures(TOOLS), TOOLS).curves["obj_iou"]) == 20
    assert len(score_case(short, all_measures(TOOLS), TOOLS).curves["psnr"]) == 3


def test_masks_of_another_length_cost_the_published_crop_score_everything_and_the_clean_one_nothing() -> None:
    odd = replace(case(), generated_masks=masks_of(moving_square(19)[1]))
    values = score_case(odd, all_measures(TOOLS), TOOLS).values
    assert values["obj_clip"] == 0 and values["obj_clip_clean"] == pytest.approx(1)


def test_black_masks_do_not_count_and_flatter_the_published_crop_score() -> None:
    black = masks_of(np.zeros((20, 48, 80), np.uint8))
    values = score_case(replace(case(), generated_masks=black, truth_masks=black), all_measures(TOOLS), TOOLS).values
    assert np.isnan(values["obj_iou"]) and np.isnan(values["obj_clip_clean"])
    assert values["obj_clip"] == pytest.approx(1)
    lost = score_case(replace(case(), generated_masks=black), all_measures(TOOLS), TOOLS).values
    assert lost["obj_iou"] == 0 and lost["obj_clip_clean"] == 0 and lost["obj_clip"] > 0


def nobody_seen(seen: Sequence[np.ndarray]) -> list[Pose]:
    return [nobody()] * len(seen)


def test_nobody_in_the_result_is_a_failure_in_the_mended_scores_alone() -> None:
    lost = replace(case(), generated_poses=poses_by(nobody_seen))
    values = score_case(lost, all_measures(TOOLS), TOOLS).values
    assert values["hands_found"] == 0 and values["lmd_hand_all"] == values["lmd_body_all"] == 100
    assert np.isnan(values["lmd_body"]) and np.isnan(values["face_cos_seen"])
    assert values["face_cos"] < 1


def test_nobody_on_either_side_does_not_count() -> None:
    empty = replace(case(), generated_poses=poses_by(nobody_seen), truth_poses=poses_by(nobody_seen))
    values = score_case(empty, all_measures(TOOLS), TOOLS).values
    assert all(np.isnan(values[name]) for name in ("lmd_hand", "lmd_hand_all", "lmd_body", "hands_found"))


def test_one_frame_is_scored_where_one_frame_can_be() -> None:
    scores = score_set([case(frames=1)], all_measures(TOOLS), TOOLS)
    assert scores.overall["obj_iou"] == 1 and scores.overall["psnr"] == 100
    assert np.isnan(scores.overall["subject_consistency"]) and np.isnan(scores.overall["seam"])
    assert scores.overall["fid"] == pytest.approx(0, abs=1e-6)
    assert scores.left_out["fvd"] == "a frame that counts"


def test_other_sizes_are_compared_at_the_true_size() -> None:
    true, masks = moving_square(frames=4)
    large = np.repeat(np.repeat(true, 2, axis=1), 2, axis=2)
    sizes = Case("a", clip_of(large), clip_of(true), masks_of(np.repeat(np.repeat(masks, 2, 1), 2, 2)), masks_of(masks))
    scores = score_case(sizes, all_measures(Instruments()), Instruments())
    assert scores.values["psnr"] == 100 and scores.values["obj_iou_clean"] == 1
    assert scores.notes == ()
    wide = replace(sizes, generated=clip_of(np.repeat(true, 2, axis=2)))
    assert "another aspect" in score_case(wide, all_measures(Instruments()), Instruments()).notes[0]


def test_unequal_lengths_are_said() -> None:
    long = replace(case(), truth=case(frames=30).truth)
    notes = score_case(long, chosen_measures(TOOLS, ["psnr"]), TOOLS).notes
    assert notes == ("truth: 30 frames against 20 generated; scores end with the shorter.",)


def test_key_points_that_end_early_are_said() -> None:
    early = replace(case(), generated_poses=lambda start, frames: [person()] * max(0, min(7 - start, len(frames))))
    notes = score_case(early, chosen_measures(TOOLS, ["lmd_hand", "psnr"]), TOOLS).notes
    assert notes == ("key points of 7 frames alone, of 20; their scores end there.",)


def broken(clip: Footage, after: int) -> Footage:
    """A clip whose file is damaged in the middle."""

    def read() -> Iterator[np.ndarray]:
        for number, frame in enumerate(clip.read()):
            if number == after:
                raise MediaError("a damaged frame in b.mp4", "a complete video file", "Export it again.")
            yield frame

    return replace(clip, read=read)


def test_a_clip_that_breaks_off_is_named_and_counts_nowhere() -> None:
    good, bad = case(shift=4), replace(case(shift=0, name="b"), generated=broken(case().generated, 17))
    measures = all_measures(TOOLS)
    scores = score_set([bad, good], measures, TOOLS)
    assert list(scores.failed) == ["b"] and "b.mp4" in scores.failed["b"]
    alone = score_set([good], measures, TOOLS).overall
    assert scores.overall == {name: pytest.approx(value, nan_ok=True) for name, value in alone.items()}


def test_progress_may_interrupt() -> None:
    def stop(stage: str, done: int, total: int, preview: object = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_case(case(), all_measures(TOOLS), TOOLS, stop)


def test_progress_counts_frames() -> None:
    told: list[tuple[str, int, int]] = []
    score_case(case(), chosen_measures(TOOLS, ["psnr"]), TOOLS, lambda *words: told.append(words[:3]))
    assert told == [("scoring a", 16, 20), ("scoring a", 20, 20)]


def test_pieces_below_the_least_length_have_no_video_feature() -> None:
    measures = chosen_measures(TOOLS, ["fvd"])
    rows = {frames: score_case(case(frames=frames), measures, TOOLS).rows.get("fvd") for frames in (9, 10, 16, 40)}
    assert {frames: 0 if row is None else len(row) for frames, row in rows.items()} == {9: 0, 10: 1, 16: 1, 40: 2}


def test_lacking_names_only_what_is_not_there() -> None:
    (measure,) = chosen_measures(Instruments(), ["obj_clip"])
    assert lacking(case(), frozenset(), measure) == [NEEDS["clip"]]
    assert lacking(case(), frozenset({"clip"}), measure) == []


def test_rows_without_features_take_the_width_of_the_others() -> None:
    made = joined([np.full((2, 1), np.nan), np.ones((1, 3)), np.zeros((0, 0))])
    assert made.shape == (3, 3) and np.isnan(made[:2]).all()
    assert joined([]).shape == (0, 1)


def test_score_clip_takes_files_tensors_and_arrays(save: Save) -> None:
    clip, masks = moving_square()
    mask_file = save("mask.mp4", as_pictures(masks))
    values = score_clip(clip, clip, mask_file, masks > 0)
    assert values["obj_iou_clean"] == 1 and values["psnr"] == 100 and values["ssim"] == pytest.approx(1)
    assert set(values) == {"obj_iou", "obj_iou_clean", "psnr", "ssim"}
    assert set(score_clip(str(save("a.mp4", clip)))) == set()


def test_score_clip_gives_only_what_is_asked_for() -> None:
    clip, masks = moving_square()
    assert set(score_clip(clip, clip, masks, masks, names=["psnr", "obj_iou"])) == {"psnr", "obj_iou"}
    with pytest.raises(OptionError, match="the score 'sharpness'"):
        score_clip(clip, names=["sharpness"])


def test_even_motion_has_no_seam() -> None:
    assert score_case(case(), chosen_measures(TOOLS, ["seam"]), TOOLS).values["seam"] == pytest.approx(1, abs=0.05)


def test_all_people_count_in_the_published_hand_score_and_the_largest_in_the_mended_one() -> None:
    """Two people have four hands: more than two are compared with zeros as published."""
    small = person(0.05).moved(np.full(2, 0.2), np.zeros(2))
    crowd = Pose(*(np.concatenate([getattr(small, f.name), getattr(person(), f.name)]) for f in fields(Pose)))
    crowded = replace(case(), generated_poses=poses_by(lambda seen: [crowd] * len(seen)))
    values = score_case(crowded, all_measures(TOOLS), TOOLS).values
    assert values["lmd_hand"] > 5 and values["lmd_hand_all"] == values["lmd_body"] == 0


def test_results_are_data() -> None:
    scores = score_case(case(frames=2), all_measures(TOOLS), TOOLS)
    assert isinstance(scores, ClipScores) and scores.name == "a"
