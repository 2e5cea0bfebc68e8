"""The shipped weights show the product that is asked for, where it is asked for, in a scene they never learned from."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("skimage")

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.builtin.tiny import built_in_models
from anchorcrafter_core.training.sample import whole_compute
from benchmarks.built_in.judges import Judges, load_judges
from benchmarks.built_in.rows import ROWS, Studio
from benchmarks.built_in.scenes import JudgedScene, judged_scene
from benchmarks.built_in.scores import mask_iou, psnr_where

UNSEEN = SceneOptions(width=192, height=320, frames=9, seed=720)


@pytest.fixture(scope="module")
def scene() -> JudgedScene:
    return judged_scene(UNSEEN)


@pytest.fixture(scope="module")
def made(scene: JudgedScene) -> dict[str, torch.Tensor]:
    """Videos [F,3,H,W] of the scene with its product, with another one, and without any."""
    studio = Studio(built_in_models(), whole_compute(torch.device("cpu"), torch.float32), 8)
    return {name: ROWS[name].make(studio, scene) for name in ("model", "shuffled", "no_product")}


@pytest.fixture(scope="module")
def judges() -> Judges:
    return load_judges()


def test_the_product_is_where_it_should_be(scene: JudgedScene, made: dict[str, torch.Tensor], judges: Judges) -> None:
    assert mask_iou(judges.product_mask(made["model"].numpy()), scene.product_mask.numpy()) >= 0.7


def test_nothing_is_shown_when_nothing_is_given(made: dict[str, torch.Tensor], judges: Judges) -> None:
    assert judges.product_mask(made["no_product"].numpy()).mean() <= 0.01


def test_the_pictures_of_the_product_decide_what_is_shown(scene: JudgedScene, made: dict[str, torch.Tensor]) -> None:
    inside, truth = scene.product_mask, scene.truth
    assert psnr_where(made["model"], truth, inside) > psnr_where(made["shuffled"], truth, inside) + 1


def test_the_rest_stays_whatever_product_it_is(scene: JudgedScene, made: dict[str, torch.Tensor]) -> None:
    outside = ~(scene.product_mask | scene.hand_mask)
    assert psnr_where(made["model"], made["shuffled"], outside) > 25
