"""Laws of conditioning: parts of one clip fit each other, dropping is defined once, noise follows the seed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.conditioning.assemble import black_views, condition
from anchorcrafter_core.conditioning.augment import with_numbers
from anchorcrafter_core.conditioning.encode import encode_product
from anchorcrafter_core.errors import ConditionError
from anchorcrafter_core.types import AnchorConditioning, AnchorModels, Computes, SamplingOptions
from tests.tiny import FRAME, noise_bytes, relative_error, small_controls, small_mimicmotion, small_models

PERSON = noise_bytes(3, *FRAME, seed=2)


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


@pytest.fixture(scope="module")
def conditioning(models: AnchorModels) -> AnchorConditioning:
    product = encode_product(models, noise_bytes(3, 3, 518, 518, seed=1), Computes())
    return condition(models, PERSON, product, small_controls(), Computes())


def test_person_and_controls_must_have_one_size(models: AnchorModels) -> None:
    with pytest.raises(ConditionError, match="person picture of 64x64; expected 64x128"):
        condition(models, noise_bytes(3, 64, 64), None, small_controls(), Computes())


def test_sides_must_fit_the_levels_of_the_network(models: AnchorModels) -> None:
    size = (64, 96)
    with pytest.raises(ConditionError, match="a frame of 96x64; expected sides in multiples of 64"):
        condition(models, noise_bytes(3, *size), None, small_controls(size=size), Computes())


def test_no_product_is_three_black_views(models: AnchorModels) -> None:
    got = condition(models, PERSON, None, small_controls(), Computes()).product
    assert got is not None
    assert torch.equal(got.sequence(), encode_product(models, black_views(), Computes()).sequence())


def test_a_family_without_a_product_has_no_object_latent() -> None:
    conditioning = condition(small_mimicmotion(), PERSON, None, small_controls(), Computes())
    assert conditioning.product is None and conditioning.object_latent is None
    assert conditioning.reference_latent is not None


@pytest.mark.parametrize("parts", [{"context"}, {"latents"}, {"residuals"}, {"context", "latents", "residuals"}])
def test_dropping_touches_exactly_the_named_parts(conditioning: AnchorConditioning, parts: set[str]) -> None:
    dropped = conditioning.without(**dict.fromkeys(parts, True))
    fields: dict[str, tuple[str, ...]] = {
        "context": ("image_token", "product"),
        "latents": ("reference_latent", "object_latent"),
        "residuals": ("controls",),
    }
    for part, names in fields.items():
        for name in names:
            expected = None if part in parts else getattr(conditioning, name)
            assert getattr(dropped, name) is expected


def test_numbers_of_the_run_reach_the_conditions(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    numbered = with_numbers(models, conditioning, SamplingOptions(fps=15, motion_bucket=90), Computes())
    assert (numbered.fps, numbered.motion_bucket) == (14, 90)
    assert numbered.reference_latent is conditioning.reference_latent


def test_noise_on_the_pictures_follows_the_seed_and_can_be_taken_back(
    models: AnchorModels, conditioning: AnchorConditioning
) -> None:
    noisy, same, other = (
        with_numbers(models, conditioning, SamplingOptions(noise_augmentation=0.5, seed=seed), Computes())
        for seed in (1, 1, 2)
    )
    assert conditioning.reference_latent is not None and noisy.reference_latent is not None
    assert same.reference_latent is not None and other.reference_latent is not None
    assert torch.equal(noisy.reference_latent, same.reference_latent)
    assert relative_error(noisy.reference_latent, conditioning.reference_latent) > 1e-3
    assert relative_error(noisy.reference_latent, other.reference_latent) > 1e-3
    clean = with_numbers(models, noisy, replace(SamplingOptions(), seed=1), Computes())
    assert clean.reference_latent is not None
    assert relative_error(clean.reference_latent, conditioning.reference_latent) <= 1e-6
