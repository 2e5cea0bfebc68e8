"""Laws of encoding: shapes, hashes, tokens made again by other nets, nothing used silently."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.conditioning.encode import encode_latent, encode_person, encode_product, refreshed, weights_hash
from anchorcrafter_core.errors import ConditionError
from anchorcrafter_core.types import AnchorModels, Compute, Computes
from tests.tiny import FRAME, WIDTH, noise, noise_bytes, relative_error, small_mimicmotion, small_models

VIEWS = noise_bytes(3, 3, 518, 518, seed=1)


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


def test_a_person_is_one_token(models: AnchorModels) -> None:
    token = encode_person(models.image_encoder, noise_bytes(3, *FRAME), Compute())
    assert token.shape == (1, 1, WIDTH)


def test_a_product_is_three_and_sixteen_tokens_and_its_views(models: AnchorModels) -> None:
    product = encode_product(models, VIEWS, Computes())
    assert product.sequence().shape == (1, 19, WIDTH)
    assert torch.equal(product.sequence()[:, :3], product.identity)
    assert torch.equal(product.views, VIEWS)


def test_tokens_of_these_nets_are_kept_and_of_others_made_again(models: AnchorModels) -> None:
    product = encode_product(models, VIEWS, Computes())
    assert refreshed(models, product, Computes()) is product
    other = small_models(seed=1)
    again = refreshed(other, product, Computes())
    assert again.nets_hash != product.nets_hash
    assert torch.equal(again.sequence(), encode_product(other, VIEWS, Computes()).sequence())
    renamed = replace(product, encoder_id="another encoder")
    assert refreshed(models, renamed, Computes()).encoder_id == product.encoder_id


def test_the_hash_sees_every_weight(models: AnchorModels) -> None:
    net = small_models().object_projection
    assert net is not None and models.object_projection is not None
    assert weights_hash(net) == weights_hash(models.object_projection)
    with torch.no_grad():
        net.norm.bias[3] += 1e-3
    assert weights_hash(net) != weights_hash(models.object_projection)


def test_a_family_without_a_product_says_so() -> None:
    with pytest.raises(ConditionError, match="mimicmotion, which takes no product"):
        encode_product(small_mimicmotion(), VIEWS, Computes())


@pytest.mark.parametrize(
    "views", [VIEWS[:2], VIEWS.float(), VIEWS[..., :400], VIEWS[:, :1]], ids=["two", "float", "oblong", "grey"]
)
def test_other_views_are_refused_in_words(models: AnchorModels, views: torch.Tensor) -> None:
    with pytest.raises(ConditionError, match="product views of shape"):
        encode_product(models, views, Computes())


def test_a_float16_vae_encodes_what_float16_cannot_hold() -> None:
    """A strong first layer stands for published object pictures, whose values reach 509."""
    vae, picture = small_models().vae, 500 * noise(1, 3, *FRAME)
    with torch.no_grad():
        vae.encoder.conv_in.weight.mul_(400)
    expected = encode_latent(vae, picture, Compute())
    vae.half()
    got = encode_latent(vae, picture, Compute(dtype=torch.float16))
    assert got.dtype == torch.float32 and relative_error(got, expected) <= 5e-3
    assert vae.encoder.conv_in.weight.dtype == torch.float16


def test_latents_are_the_mode_not_scaled(models: AnchorModels) -> None:
    picture = noise(1, 3, *FRAME)
    latent = encode_latent(models.vae, picture, Compute())
    assert latent.shape == (1, 4, FRAME[0] // 8, FRAME[1] // 8)
    with torch.no_grad():
        assert relative_error(latent, models.vae.encode(picture, return_dict=False)[0].mean) <= 1e-6
