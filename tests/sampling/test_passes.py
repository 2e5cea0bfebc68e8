"""Laws of a prepared pass: masks are made once and fit every window, numbers stay exact in half precision."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from anchorcrafter_core.errors import ConditionError
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.unet import masks_by_cells
from anchorcrafter_core.sampling.passes import PreparedPass, context_tokens, prepare_pass
from anchorcrafter_core.types import AnchorConditioning, AnchorModels, Compute
from tests.tiny import FRAME, WIDTH, noise, relative_error, small_conditioning, small_models

CELLS = (FRAME[0] // 8, FRAME[1] // 8)
FRAMES = 5
HALF = Compute(dtype=torch.bfloat16)


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


def prepared(models: AnchorModels, conditioning: AnchorConditioning, compute: Compute | None = None) -> PreparedPass:
    return prepare_pass(models, conditioning, CELLS, compute or Compute(), budget=0)


@torch.no_grad()
def predicted(one: PreparedPass, frames: list[int]) -> Tensor:
    scaled = noise(1, FRAMES, 4, *CELLS)[:, frames]
    return one.predict(scaled, torch.tensor(0.5), frames, is_active=True)


def test_masks_of_a_clip_are_those_of_its_frames(models: AnchorModels) -> None:
    mask = torch.rand(FRAMES, *FRAME, generator=torch.Generator().manual_seed(0))
    masks = prepared(models, replace(small_conditioning(FRAMES), product_mask=mask)).product_masks
    expected = masks_by_cells(mask[[0, 3]], CELLS, levels=4)
    assert masks.keys() == expected.keys()
    for cells, level in expected.items():
        assert torch.equal(masks[cells][[0, 3]], level)


def test_one_mask_counts_for_every_frame_and_limits_the_product(models: AnchorModels) -> None:
    mask = torch.zeros(1, *FRAME)
    mask[:, : FRAME[0] // 2] = 1
    conditioning = small_conditioning(FRAMES)
    one = predicted(prepared(models, replace(conditioning, product_mask=mask)), [0, 4])
    all_frames = predicted(prepared(models, replace(conditioning, product_mask=mask.repeat(FRAMES, 1, 1))), [0, 4])
    assert torch.equal(one, all_frames)
    assert relative_error(one, predicted(prepared(models, conditioning), [0, 4])) > 1e-4


def test_other_numbers_of_masks_are_refused_in_words(models: AnchorModels) -> None:
    with pytest.raises(ConditionError, match="2 product masks; expected 1, or 5"):
        prepared(models, replace(small_conditioning(FRAMES), product_mask=torch.ones(2, *FRAME)))


def test_half_precision_does_not_round_the_numbers_of_a_run() -> None:
    models = small_models()
    for part in named_parts(models).values():
        nn.Module.to(part, dtype=HALF.dtype)
    conditioning = replace(small_conditioning(FRAMES), fps=23.976, motion_bucket=301.0, noise_augmentation=0.02)
    one = prepared(models, conditioning, HALF)
    assert torch.equal(one.time_ids, torch.tensor([[23.976, 301.0, 0.02]]))
    got = predicted(one, [0, 2])
    assert got.dtype == torch.float32 and got.isfinite().all()


def test_a_dropped_token_is_zero_beside_the_other() -> None:
    conditioning = small_conditioning(FRAMES)
    assert conditioning.product is not None and conditioning.image_token is not None
    alone = context_tokens(replace(conditioning, image_token=None), 19)
    person = context_tokens(replace(conditioning, product=None), 19)
    assert alone is not None and torch.equal(alone[:, 1:], conditioning.product.sequence()) and not alone[:, 0].any()
    assert person is not None and person.shape == (1, 20, WIDTH) and not person[:, 1:].any()
    assert context_tokens(conditioning.without(context=True), 19) is None
