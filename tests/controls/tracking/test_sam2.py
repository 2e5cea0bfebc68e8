"""A small SAM 2 with random weights is streamed over a clip; its masks mean nothing, their form does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.tracking.sam2 import KEPT, follow_with_sam2, load_sam2
from anchorcrafter_core.controls.tracking.sight import FirstSight, TrackingOptions
from anchorcrafter_core.errors import LoadError

transformers = pytest.importorskip("transformers")
IS_THERE = hasattr(transformers, "Sam2VideoModel")
needs_sam2 = pytest.mark.skipif(not IS_THERE, reason="this transformers has no Sam2VideoModel")
RNG = np.random.default_rng(5)
FRAMES = [RNG.integers(0, 256, (96, 64, 3), dtype=np.uint8) for _ in range(4)]
BOX = np.array([10, 10, 50, 60.0])
ALWAYS = TrackingOptions(lost_below=0.0)


def small_model() -> Any:
    """A model that sees 128 pixels."""
    torch.manual_seed(0)
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=8,
        num_attention_heads=1,
        image_size=[128, 128],
        blocks_per_stage=[1, 2, 7, 2],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 14, 7],
        global_attention_blocks=[5, 7, 9],
        window_positional_embedding_background_size=[7, 7],
    )
    eyes = transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        fpn_hidden_size=128,
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
    )
    config = transformers.Sam2VideoConfig(
        vision_config=eyes,
        prompt_encoder_config={"hidden_size": 128, "image_size": 128, "patch_size": 16},
        mask_decoder_config={"hidden_size": 128, "mlp_dim": 64, "num_attention_heads": 4, "iou_head_hidden_dim": 32},
        image_size=128,
        memory_attention_hidden_size=128,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=64,
        memory_encoder_hidden_size=128,
        memory_encoder_output_channels=64,
        memory_attention_rope_feat_sizes=[8, 8],
        mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=64,
        memory_fuser_num_layers=1,
    )
    return transformers.Sam2VideoModel(config)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The small model after a round trip over its folder."""
    place = tmp_path_factory.mktemp("sam2")
    small_model().save_pretrained(place)
    return load_sam2(place)


@needs_sam2
@pytest.mark.parametrize("start", [0, 2])
def test_every_frame_comes_at_the_clips_size(model: Any, start: int) -> None:
    seen = list(follow_with_sam2(model, FRAMES, FirstSight(box=BOX, frame=start), ALWAYS))
    assert len(seen) == len(FRAMES)
    assert all(frame.mask.shape == (96, 64) and 0 <= frame.confidence <= 1 for frame in seen)


@needs_sam2
def test_a_first_mask_comes_back_in_its_frame(model: Any) -> None:
    mask = np.zeros((96, 64), bool)
    mask[20:60, 10:40] = True
    seen = list(follow_with_sam2(model, FRAMES, FirstSight(mask=mask, frame=1), ALWAYS))
    assert (seen[1].mask & mask).sum() > 0.9 * (seen[1].mask | mask).sum()


@needs_sam2
def test_memory_of_long_clips_is_bounded(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    forward = model.forward

    def watched(**inputs: Any) -> Any:
        answer = forward(**inputs)
        session = inputs["inference_session"]
        sizes.append(max(len(session.processed_frames), len(session.output_dict_per_obj[0]["non_cond_frame_outputs"])))
        return answer

    monkeypatch.setattr(model, "forward", watched)
    clip = (FRAMES[number % 4] for number in range(KEPT + 6))
    assert len(list(follow_with_sam2(model, clip, FirstSight(box=BOX), ALWAYS))) == KEPT + 6
    assert max(sizes) <= KEPT + 1


@needs_sam2
def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no SAM 2 video model"):
        load_sam2(tmp_path)


@pytest.mark.skipif(IS_THERE, reason="this transformers has Sam2VideoModel")
def test_an_old_transformers_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="without Sam2VideoModel"):
        load_sam2(tmp_path)
