"""What a score is: pooling over frames and over clips."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation.instruments import Instruments
from anchorcrafter_core.evaluation.measures import column, mean_value, over_all_frames
from anchorcrafter_core.evaluation.table import all_measures, chosen_measures

MEASURES = {measure.name: measure for measure in all_measures(Instruments())}


def test_clips_weigh_alike_or_frames_do() -> None:
    clips = [column([1.0, 1.0, 1.0]), column([5.0]), column([np.nan])]
    assert MEASURES["psnr"].of_set(clips) == 3
    assert MEASURES["lmd_hand"].of_set(clips) == over_all_frames(clips) == 2
    assert np.isnan(MEASURES["psnr"].of_set([])) and np.isnan(MEASURES["lmd_hand"].of_set([]))


def test_a_value_leaves_out_frames_that_do_not_count() -> None:
    assert mean_value(column([np.nan, 2.0, 4.0])) == 3
    assert np.isnan(mean_value(column([np.nan])))


def test_names_are_unique_and_every_mended_score_stands_behind_what_it_mends() -> None:
    names = [measure.name for measure in all_measures(Instruments())]
    assert len(names) == len(set(names))
    standing = [measure.standing for measure in all_measures(Instruments())]
    assert all(standing[place - 1] == "published" for place, kind in enumerate(standing) if kind == "mended" and place)
    assert {"published", "mended", "beside"} == set(standing)


def test_the_scores_of_the_paper_and_of_the_field_are_there() -> None:
    wanted = {"obj_iou", "obj_clip", "obj_dino", "lmd_hand", "lmd_body", "face_cos", "subject_consistency"}
    wanted |= {"background_consistency", "fid", "fvd", "fid_vid", "psnr", "ssim", "lpips", "seam"}
    assert wanted <= MEASURES.keys()


def test_scores_are_chosen_in_the_order_of_the_report() -> None:
    chosen = [measure.name for measure in chosen_measures(Instruments(), ["psnr", "obj_iou"])]
    assert chosen == ["obj_iou", "psnr"]
    with pytest.raises(OptionError, match="the score 'x'"):
        chosen_measures(Instruments(), ["x"])


@pytest.mark.parametrize("measure", list(MEASURES.values()), ids=list(MEASURES))
def test_every_definition_is_a_sentence(measure: object) -> None:
    words = getattr(measure, "definition", "")
    assert words.endswith(".") and len(words) > 30 and "  " not in words
