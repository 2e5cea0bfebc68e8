"""Laws of the object nets: saved work changes nothing, every view counts where it should."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.models.object_nets import attend_rows, identity_and_detail
from anchorcrafter_core.types import AnchorModels
from tests.tiny import WIDTH, noise, relative_error, small_models


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


def tokens_of(models: AnchorModels, features: Tensor) -> tuple[Tensor, Tensor]:
    assert models.object_projection is not None and models.object_attention is not None
    return identity_and_detail(models.object_projection, models.object_attention, features)


def features_of(models: AnchorModels, seed: int) -> Tensor:
    assert models.object_attention is not None
    return noise(1, 3, models.object_attention.view_tokens, WIDTH, seed=seed)


def test_wanted_rows_equal_the_rows_of_the_whole(models: AnchorModels) -> None:
    assert models.object_attention is not None
    block, tokens = models.object_attention.space_attn, noise(2, 12, WIDTH)
    assert relative_error(attend_rows(block, tokens, slice(4, 9)), block(tokens)[:, 4:9]) <= 1e-6


def test_three_identity_and_sixteen_detail_tokens(models: AnchorModels) -> None:
    identity, detail = tokens_of(models, features_of(models, 1))
    assert identity.shape == (1, 3, WIDTH)
    assert detail.shape == (1, 16, WIDTH)


@pytest.mark.parametrize("view", [0, 1, 2])
def test_every_view_reaches_every_kind_of_token(models: AnchorModels, view: int) -> None:
    features = features_of(models, 1)
    changed = features.clone()
    changed[:, view] = noise(*changed[:, view].shape, seed=2)
    for got, base in zip(tokens_of(models, changed), tokens_of(models, features), strict=True):
        assert relative_error(got, base) > 1e-3


def test_detail_is_of_the_middle_view(models: AnchorModels) -> None:
    """Swapping the outer views changes the detail far less than swapping one of them with the middle one."""
    features = features_of(models, 1)
    base = tokens_of(models, features)[1]
    outer = relative_error(tokens_of(models, features[:, [2, 1, 0]])[1], base)
    middle = relative_error(tokens_of(models, features[:, [1, 0, 2]])[1], base)
    assert outer <= 1e-5 < middle


def test_identity_reads_the_class_tokens_alone(models: AnchorModels) -> None:
    features = features_of(models, 1)
    other = torch.cat([features[:, :, :1], noise(*features[:, :, 1:].shape, seed=3)], dim=2)
    assert torch.equal(tokens_of(models, other)[0], tokens_of(models, features)[0])
