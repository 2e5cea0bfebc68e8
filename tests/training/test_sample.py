"""A sample is drawn from its number alone, as the loss settings say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import ConditionError, OptionError
from anchorcrafter_core.training.data.batch import TrainingBatch, collate
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.edm import CLIP_NOISE, PICTURE_NOISE, clip_loss
from anchorcrafter_core.training.encode import ClipEncoding, EncodingCache, encode_clip, encoders_hash
from anchorcrafter_core.training.network import Sample, TrainedNetwork
from anchorcrafter_core.training.sample import LossSettings, SampleMaker, controls_of, loss_weights, sample_generator
from anchorcrafter_core.types import AnchorModels, Compute, Computes
from tests.tiny import small_mimicmotion, small_models
from tests.training.runs import NoiseClips

COMPUTES = Computes()


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


@pytest.fixture(scope="module")
def batch() -> TrainingBatch:
    return collate([NoiseClips().example(Draw(number)) for number in (1, 2)])


@pytest.fixture(scope="module")
def encoding(models: AnchorModels, batch: TrainingBatch) -> ClipEncoding:
    return encode_clip(models, batch.frames[0], batch.views[0], COMPUTES)


def drawn(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding, number: int = 5, **settings: object
) -> Sample:
    maker = SampleMaker(models, replace(LossSettings(), **settings), COMPUTES, seed=3)
    return maker.make(batch, 0, encoding, number)[0]


def test_parts_of_one_clip_share_its_pictures_and_nothing_else(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    settings = LossSettings(parts=3, latents="mode")
    first, *rest = SampleMaker(models, settings, COMPUTES, seed=3).make(batch, 0, encoding, 5)
    assert len(rest) == 2
    for other in rest:
        a, b = first.conditioning.reference_latent, other.conditioning.reference_latent
        assert a is not None and b is not None and torch.equal(a, b)
        assert torch.equal(first.target, other.target)
        assert not torch.equal(first.noisy - first.target, other.noisy - other.target)
        assert first.sigma != other.sigma and first.drop_draw != other.drop_draw
    more = SampleMaker(models, settings, COMPUTES, seed=3).make(batch, 0, encoding, 6)
    numbers = [float(sample.sigma) for sample in (first, *rest, *more)]
    assert len(set(numbers)) == 6, "no two samples of a run share their random numbers"


def test_equal_numbers_give_equal_samples(models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding) -> None:
    one, again, other = (drawn(models, batch, encoding, number) for number in (5, 5, 6))
    assert torch.equal(one.noisy, again.noisy) and one.drop_draw == again.drop_draw
    assert not torch.equal(one.noisy, other.noisy) and one.sigma != other.sigma
    assert torch.rand(1, generator=sample_generator(0, 1)) != torch.rand(1, generator=sample_generator(1, 0))


def test_the_global_random_numbers_are_left_alone(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    before = torch.get_rng_state()
    drawn(models, batch, encoding)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_noisy_clip_is_the_target_and_noise_of_its_level(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    row = drawn(models, batch, encoding, latents="mode")
    torch.testing.assert_close(row.target, encoding.latents.mean * models.vae.config["scaling_factor"])
    noise = (row.noisy - row.target) / row.sigma
    assert 0.8 < float(noise.std()) < 1.2
    assert row.conditioning.fps == 7


def test_the_mode_is_the_same_every_time_and_a_sample_is_not(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    modes = [drawn(models, batch, encoding, number, latents="mode").target for number in (1, 2)]
    samples = [drawn(models, batch, encoding, number).target for number in (1, 2)]
    assert torch.equal(*modes) and not torch.equal(*samples)


def test_levels_follow_the_published_distributions() -> None:
    uniform = torch.linspace(0.0005, 0.9995, 1000)
    for noise, mean, deviation in ((CLIP_NOISE, 0.7, 1.6), (PICTURE_NOISE, -3.0, 0.5)):
        logarithms = noise.at(uniform).log()
        assert float(logarithms.mean()) == pytest.approx(mean, abs=1e-3)
        assert float(logarithms.std()) == pytest.approx(deviation, rel=1e-2)


def test_stills_are_learned_at_less_noise_than_videos(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    stills = replace(batch, kinds=("still", "still"))
    for number in range(4):
        plain = drawn(models, batch, encoding, number).sigma
        assert drawn(models, stills, encoding, number, adaptive=True).sigma <= plain
        assert drawn(models, batch, encoding, number, adaptive=True).sigma >= plain


def test_weights_know_hands_and_rate(batch: TrainingBatch) -> None:
    controls = controls_of(batch, 0)
    hands, alone = (loss_weights(controls, LossSettings(hands=flag)) for flag in (True, False))
    assert (hands > 1).sum() > (alone > 1).sum() > 0
    doubled = loss_weights(controls, LossSettings(rate=2.0))
    assert torch.equal(doubled[hands > 1], 2 * hands[hands > 1])
    assert (loss_weights(controls, LossSettings(rate=0.0)) == 1).all()
    assert not torch.equal(loss_weights(controls, LossSettings(masks="published")), hands)


def test_a_family_without_a_product_trains(batch: TrainingBatch) -> None:
    models = small_mimicmotion()
    encoding = encode_clip(models, batch.frames[0], batch.views[0], COMPUTES)
    row = drawn(models, batch, encoding)
    assert row.features is None and row.conditioning.object_latent is None
    network = TrainedNetwork(models).requires_grad_(True)
    prediction = network([replace(row, drop_draw=1.0)])
    clip_loss(prediction[0], row.noisy, row.target, row.sigma, row.weights).backward()
    assert network.models.residual_nets["pose_net"].get_parameter("scale").grad is not None


def test_clips_of_two_sizes_in_one_pass_are_refused_by_name(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    row = drawn(models, batch, encoding)
    short = replace(row, name="short", noisy=row.noisy[:2])
    with pytest.raises(ConditionError, match=r"short \(2 frames of 64x128\)"):
        TrainedNetwork(models)([row, short])


def test_all_dropped_still_goes_backward(models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding) -> None:
    network = TrainedNetwork(models).requires_grad_(False)
    network.get_submodule("track_net").requires_grad_(True)
    row = replace(drawn(models, batch, encoding), drop_draw=0.15)
    network([row]).sum().backward()
    network.requires_grad_(False)


def test_a_cache_gives_equal_numbers_and_stays_within_its_room(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding, tmp_path: Path
) -> None:
    cache = EncodingCache(tmp_path, encoders_hash(models, COMPUTES), max_bytes=1)
    for _ in range(2):
        found = cache.recall(models, batch.frames[0], batch.views[0], COMPUTES)
        assert torch.equal(found.latents.mean, encoding.latents.mean)
        assert found.features is not None and encoding.features is not None
        assert torch.equal(found.features, encoding.features) and torch.equal(found.image_token, encoding.image_token)
    cache.recall(models, batch.frames[1], batch.views[1], COMPUTES)
    assert len(list(tmp_path.iterdir())) == 1
    next(tmp_path.iterdir()).write_bytes(b"damaged")
    again = cache.recall(models, batch.frames[0], batch.views[0], COMPUTES)
    assert torch.equal(again.latents.deviation, encoding.latents.deviation)


def test_a_cache_without_room_is_told_of_once(
    models: AnchorModels, batch: TrainingBatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = EncodingCache(tmp_path / "file" / "encodings", encoders_hash(models, COMPUTES), max_bytes=1)
    found = [cache.recall(models, batch.frames[0], batch.views[0], COMPUTES) for _ in range(2)]
    assert torch.equal(found[0].latents.mean, found[1].latents.mean)
    assert caplog.text.count("made again") == 1


def test_bfloat16_encodes_nearly_alike_and_is_kept_apart(
    models: AnchorModels, batch: TrainingBatch, encoding: ClipEncoding
) -> None:
    quick = replace(COMPUTES, vae=Compute(torch.device("cpu"), torch.bfloat16))
    found = encode_clip(models, batch.frames[0], batch.views[0], quick)
    assert found.latents.mean.dtype == torch.float32
    off = float((found.latents.mean - encoding.latents.mean).norm() / encoding.latents.mean.norm())
    assert 0 < off < 0.03
    assert encoders_hash(models, quick) != encoders_hash(models, COMPUTES)


@pytest.mark.parametrize("settings", [{"rate": -1.0}, {"drop": 0.4}, {"parts": 0}])
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=f"loss.{next(iter(settings))}"):
        replace(LossSettings(), **settings)
