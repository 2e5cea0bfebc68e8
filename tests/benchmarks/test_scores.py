"""Arithmetic of the scores: the truth is perfect, and every kind of damage lowers its own score."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

pytest.importorskip("skimage")

from benchmarks.built_in.scenes import JudgedScene
from benchmarks.built_in.scores import (
    COLUMNS,
    MARGIN,
    chosen_products,
    flicker,
    hand_scores,
    interaction,
    mask_iou,
    psnr_where,
    score_video,
    ssim_where,
    widened,
)
from tests.benchmarks.judging import TruthfulJudges
from tests.tiny import noise_bytes


def scored(made: Tensor, scene: JudgedScene) -> dict[str, float]:
    return score_video(made, scene, TruthfulJudges(scene), 0)


def test_the_truth_has_no_error(scene: JudgedScene) -> None:
    scores = scored(scene.truth, scene)
    assert set(scores) | {"seconds"} == set(COLUMNS)
    assert (scores["obj_iou"], scores["hand_error"], scores["hands_found"]) == (1, 0, 1)
    assert scores["psnr_outside"] == scores["psnr_inside"] == 100
    assert scores["ssim_outside"] == pytest.approx(1)
    assert scores["flicker"] < 1


def test_damage_inside_is_told_apart_from_damage_outside(scene: JudgedScene) -> None:
    region = interaction(scene)[:, None].expand_as(scene.truth)
    for where, hurt, whole in ((region, "psnr_inside", "psnr_outside"), (~region, "psnr_outside", "psnr_inside")):
        made = torch.where(where, 255 - scene.truth, scene.truth)
        scores = scored(made, scene)
        assert scores[hurt] < 20 and scores[whole] == 100


def test_another_product_is_recognised_as_such(scene: JudgedScene) -> None:
    judges = TruthfulJudges(scene)
    known = np.stack([judges.identity_of_views(views.numpy()) for views in (scene.views, *scene.rivals)])
    for number in (0, 1, 5):
        rows, video = chosen_products(known[[number, number]], known, np.array([True, True]))
        assert video == number and list(rows) == [number, number]


def test_what_is_not_seen_is_no_product() -> None:
    known = np.eye(3)
    frames, video = chosen_products(known[[1, 2, 1]], known, np.array([False, True, False]))
    assert list(frames) == [-1, 2, -1] and video == 2
    frames, video = chosen_products(known[[1]], known, np.array([False]))
    assert list(frames) == [-1] and video == -1


def test_a_video_is_what_its_frames_say_together() -> None:
    known = np.eye(2)
    sure, torn = np.array([0.0, 1.0]), np.array([0.55, 0.45])
    frames, video = chosen_products(np.stack([torn, torn, sure]), known, np.ones(3, bool))
    assert list(frames) == [0, 0, 1] and video == 1


def test_overlap_pools_pixels_over_the_clip() -> None:
    true, found = np.zeros((2, 4, 4), bool), np.zeros((2, 4, 4), bool)
    true[0, :2], true[1, 0, 0], found[0, :2] = True, True, True
    assert mask_iou(found, true) == 8 / 9
    assert mask_iou(true, true) == 1
    assert math.isnan(mask_iou(np.zeros((1, 2, 2), bool), np.zeros((1, 2, 2), bool)))


def test_hands_are_measured_where_both_see_them() -> None:
    true = np.array([[[10.0, 10.0], [50.0, 50.0]], [[np.nan, np.nan], [50.0, 50.0]]])
    found = np.array([[[13.0, 14.0], [np.nan, np.nan]], [[20.0, 20.0], [50.0, 60.0]]])
    scores = hand_scores(found, true, height=100)
    assert scores["hand_error"] == pytest.approx((0.05 + 0.1) / 2)
    assert scores["hands_found"] == pytest.approx(2 / 3)
    lost = hand_scores(np.full((2, 2, 2), np.nan), true, height=100)
    assert math.isnan(lost["hand_error"]) and lost["hands_found"] == lost["hands_right"] == 0


def test_hands_that_are_found_where_none_is_are_imagined() -> None:
    true = np.array([[[np.nan, np.nan], [50.0, 50.0]], [[np.nan, np.nan], [np.nan, np.nan]]])
    found = np.array([[[20.0, 20.0], [50.0, 50.0]], [[np.nan, np.nan], [np.nan, np.nan]]])
    assert hand_scores(found, true, height=100)["hands_imagined"] == pytest.approx(1 / 3)
    assert hand_scores(true, true, height=100)["hands_imagined"] == 0
    visible = np.full((1, 2, 2), 5.0)
    assert math.isnan(hand_scores(visible, visible, height=100)["hands_imagined"])


def test_no_product_asked_for_means_no_given_product(scene: JudgedScene) -> None:
    judges = TruthfulJudges(scene)
    assert math.isnan(score_video(scene.truth, scene, judges, None)["given"])
    own = score_video(scene.truth, scene, judges, 0)
    assert own["given"] == own["identity"]


@given(st.integers(0, 6))
def test_margins_reach_as_far_as_they_say(margin: int) -> None:
    mask = torch.zeros(1, 21, 21, dtype=torch.bool)
    mask[0, 10, 10] = True
    rows, columns = torch.nonzero(widened(mask, margin)[0], as_tuple=True)
    reach = torch.maximum((rows - 10).abs(), (columns - 10).abs()).max()
    assert int(reach) == margin and widened(mask, margin)[0, 10, 10]


def test_the_margin_is_a_latent_cell(scene: JudgedScene) -> None:
    inner = scene.product_mask | scene.hand_mask
    assert (interaction(scene) | ~inner).all() and interaction(scene).sum() > inner.sum()
    assert MARGIN == 8


def test_similarity_falls_with_noise_and_looks_at_the_mask_alone() -> None:
    truth = noise_bytes(2, 3, 32, 32) // 4 + 90
    noisy = truth.clone()
    noisy[:, :, :, 16:] = noise_bytes(2, 3, 32, 16, seed=1)
    left = torch.zeros(2, 32, 32, dtype=torch.bool)
    left[:, :, :8] = True
    assert ssim_where(noisy, truth, left) == pytest.approx(1)
    assert ssim_where(noisy, truth, ~left) < 0.7
    assert math.isnan(ssim_where(noisy, truth, torch.zeros_like(left)))
    assert math.isnan(psnr_where(noisy, truth, torch.zeros_like(left)))


def test_flicker_is_change_where_the_truth_stands_still() -> None:
    truth = torch.full((3, 3, 8, 8), 100, dtype=torch.uint8)
    truth[1, :, :4] = 200
    made = truth.clone()
    made[1, :, :4] = 0
    assert flicker(made, truth) == 0
    made[1, :, 4:] = 110
    assert flicker(made, truth) == 10
    assert math.isnan(flicker(made[:2], torch.stack([truth[0] * 0, truth[0]])))
