"""A small Depth Anything with random weights is loaded from a folder and asked frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from anchorcrafter_core.controls.tracking.depth_model import estimate_depth, load_depth_model
from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.types import Compute

RNG = np.random.default_rng(4)
FRAMES = [RNG.integers(0, 256, (50, 40, 3), dtype=np.uint8) for _ in range(6)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model of 4 layers, patch 14."""
    torch.manual_seed(0)
    numbers: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 56}
    numbers |= {"patch_size": 14, "out_indices": [1, 2, 3, 4], "reshape_hidden_states": False}
    backbone = Dinov2Config(**numbers)
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
    )
    place = tmp_path_factory.mktemp("depth")
    DepthAnythingForDepthEstimation(config).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return load_depth_model(folder)


def test_every_frame_has_a_depth_of_its_size(model: Any) -> None:
    depths = list(estimate_depth(model, iter(FRAMES), 56))
    assert len(depths) == len(FRAMES)
    assert all(depth.shape == (50, 40) and depth.dtype == np.float32 for depth in depths)
    assert all(np.isfinite(depth).all() for depth in depths)


def test_a_frame_has_the_depth_that_it_has_alone(model: Any) -> None:
    together = list(estimate_depth(model, FRAMES, 56))
    (alone,) = estimate_depth(model, FRAMES[3:4], 56)
    assert np.allclose(together[3], alone, atol=1e-4)


def test_the_number_format_is_the_callers(folder: Path) -> None:
    model = load_depth_model(folder, Compute(dtype=torch.bfloat16))
    (depth,) = estimate_depth(model, FRAMES[:1], 28)
    assert depth.dtype == np.float32


def test_a_metric_model_is_turned_so_that_near_is_large(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (relative,) = estimate_depth(model, FRAMES[:1], 28)
    monkeypatch.setattr(model.config, "depth_estimation_type", "metric", raising=False)
    (metric,) = estimate_depth(model, FRAMES[:1], 28)
    assert np.array_equal(metric, -relative)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no depth model"):
        load_depth_model(tmp_path)
