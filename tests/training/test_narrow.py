"""Laws of steps that see a part of a clip."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
import torch

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.batch import SIGNALS, TrainingBatch
from anchorcrafter_core.training.data.loader import Workers, batches
from anchorcrafter_core.training.data.order import Order
from anchorcrafter_core.training.encode import ClipEncoding, encode_clip
from anchorcrafter_core.training.narrow import Part, Rectangle, some_frames, some_rectangle
from anchorcrafter_core.training.sample import LossSettings, SampleMaker, controls_of, whole_compute
from anchorcrafter_core.types import AnchorModels
from tests.tiny import small_models
from tests.training.runs import NoiseClips

COMPUTES = whole_compute(torch.device("cpu"), torch.float32)


def clip(models: AnchorModels, frames: int = 9) -> tuple[TrainingBatch, ClipEncoding]:
    data = NoiseClips(count=1, frames=frames)
    batch = next(islice(batches(data, Order(0, 1), None, Workers(0)), 1))
    return batch, encode_clip(models, batch.frames[0], batch.views[0], COMPUTES)


def test_chosen_frames_rise_evenly_behind_the_reference() -> None:
    seen = set()
    for seed in range(300):
        frames = some_frames(18, 4, torch.Generator().manual_seed(seed))
        gaps = frames[1:].diff()
        assert frames[0] == 0 and frames[1] >= 1 and frames[-1] <= 17 and len(frames) == 5
        assert (gaps == gaps[0]).all() and gaps[0] >= 1
        seen |= set(frames.tolist())
    assert seen == set(range(18))


def test_rectangles_lie_inside_on_cells_and_mostly_on_what_happens() -> None:
    region = torch.zeros(3, 320, 192, dtype=torch.bool)
    region[1, 250:260, 150:160] = True
    shares = []
    for seed in range(200):
        place = some_rectangle(region, (192, 128), torch.Generator().manual_seed(seed))
        assert place.top % 8 == place.left % 8 == 0
        assert 0 <= place.top <= 128 and 0 <= place.left <= 64
        shares.append(bool(place.of(region).any()))
    assert sum(shares) / len(shares) > 0.7
    empty = some_rectangle(torch.zeros_like(region), (192, 128), torch.Generator().manual_seed(0))
    assert (empty.height, empty.width) == (192, 128)


def test_signals_and_latents_are_cut_alike() -> None:
    batch, encoding = clip(small_models())
    part = Part(torch.tensor([0, 3, 5]), Rectangle(16, 8, 64, 32))
    cut = part.of_controls(controls_of(batch, 0))
    for name in SIGNALS:
        assert torch.equal(getattr(cut, name), getattr(batch, name)[0, part.frames][..., 16:80, 8:40])
    latents = part.of_latents(encoding.latents)
    assert torch.equal(latents.mean, encoding.latents.mean[part.frames][..., 2:10, 1:5])
    assert torch.equal(latents.deviation, encoding.latents.deviation[part.frames][..., 2:10, 1:5])


def test_a_part_shows_the_whole_product() -> None:
    models = small_models()
    batch, encoding = clip(models)
    views = torch.zeros_like(batch.views)
    views[..., 2:-2, :3], views[..., 2:-2, -3:] = 255, 255
    seen = replace(batch, views=views)
    maker = SampleMaker(
        models, LossSettings(window=3, crop=(64, 64), latents="mode", object_picture="fitted"), COMPUTES, 5
    )
    bright, dark = (maker.make(each, 0, encoding, 7)[0].conditioning.object_latent for each in (seen, batch))
    assert bright is not None and dark is not None and bright.shape == (1, 4, 8, 8)
    assert all(not torch.equal(bright[..., column], dark[..., column]) for column in (0, 7)), "its sides are there"


def test_a_step_on_a_part_is_a_step_on_that_part_alone() -> None:
    models = small_models()
    batch, encoding = clip(models)
    maker = SampleMaker(models, LossSettings(window=3, crop=(64, 64)), COMPUTES, seed=5)
    sample = maker.make(batch, 0, encoding, 7)[0]
    assert sample.target.shape == (4, 4, 8, 8) and sample.weights.shape == (4, 8, 8)
    reference, controls = sample.conditioning.reference_latent, sample.conditioning.controls
    assert reference is not None and reference.shape[-2:] == (8, 8)
    assert controls is not None and controls.size == (64, 64) and controls.frames == 4
    targets = encoding.latents.mean.unfold(2, 8, 1).unfold(3, 8, 1) * models.vae.config["scaling_factor"]
    quiet = replace(maker, settings=replace(maker.settings, latents="mode")).make(batch, 0, encoding, 7)[0].target
    assert all((targets == frame[:, None, None]).flatten(3).all(3).all(1).any() for frame in quiet)
    assert not torch.equal(sample.noisy, maker.make(batch, 0, encoding, 8)[0].noisy)


def test_without_window_and_crop_a_step_is_the_published_one() -> None:
    models = small_models()
    batch, encoding = clip(models)
    plain = SampleMaker(models, LossSettings(), COMPUTES, seed=5).make(batch, 0, encoding, 7)[0]
    wide = LossSettings(window=100, latents="sampled")
    same = SampleMaker(models, wide, COMPUTES, seed=5).make(batch, 0, encoding, 7)[0]
    assert torch.equal(plain.noisy, same.noisy) and torch.equal(plain.weights, same.weights)


@pytest.mark.parametrize("crop", [(64,), (64, 60), (0, 64), (64, 64, 64)])
def test_crops_that_cannot_be_are_refused(crop: tuple[int, ...]) -> None:
    with pytest.raises(OptionError, match="loss.crop"):
        LossSettings(crop=crop)


def test_a_step_tells_the_frame_rate_and_shows_the_product_as_the_family_does_unless_settings_say_otherwise() -> None:
    models = small_models()
    batch, encoding = clip(models)
    tiny = replace(models, spec=replace(models.spec, training_fps=6.0, training_picture="fitted"))
    cases = [(models, LossSettings()), (tiny, LossSettings()), (tiny, LossSettings(fps=7, object_picture="training"))]
    rows = [
        SampleMaker(any_, loss, COMPUTES, seed=5).make(batch, 0, encoding, 7)[0].conditioning for any_, loss in cases
    ]
    assert [row.fps for row in rows] == [7, 6, 7]
    published, fitted, asked = (row.object_latent for row in rows)
    assert published is not None and fitted is not None and asked is not None
    assert torch.equal(published, asked) and not torch.equal(published, fitted)
