"""Laws of the VAE's lesson."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from anchorcrafter_core.training.data.batch import TrainingBatch
from anchorcrafter_core.training.data.loader import Workers, batches
from anchorcrafter_core.training.data.order import Order
from anchorcrafter_core.training.pretrain.config import VaeSettings
from anchorcrafter_core.training.pretrain.vae import VaeLesson, frame_by_frame, latents_of, psnr_of
from tests.tiny import small_models
from tests.training.pretrain.lessons import CLIPS, judged


def batch() -> TrainingBatch:
    return next(islice(batches(CLIPS, Order(0, 2), None, Workers(0)), 1))


def test_the_lesson_is_learned() -> None:
    models = small_models()
    lesson = VaeLesson(models, VaeSettings(crop=32), judged())
    models.vae.requires_grad_(True)
    optimizer = torch.optim.Adam(models.vae.parameters(), 3e-3)
    losses, clips = [], batch()
    for _ in range(30):
        loss = lesson.loss(clips, torch.Generator().manual_seed(0), 0.0)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(("share", "frames"), [(0.0, 1), (0.95, 2)])
def test_pictures_come_first_and_runs_of_frames_last(share: float, frames: int) -> None:
    models = small_models()
    seen = []
    models.vae.decoder.register_forward_pre_hook(lambda *given: seen.append(given[2]["num_frames"]), with_kwargs=True)
    VaeLesson(models, VaeSettings(crop=32, run=2), judged()).loss(batch(), torch.Generator().manual_seed(1), share)
    assert seen == [frames]


def test_runs_of_frames_are_one_square_of_each_clip_whatever_crops_says() -> None:
    models, found = small_models(), []
    for crops in (1, 3):
        lesson = VaeLesson(models, VaeSettings(crop=32, run=2, crops=crops), judged())
        found.append(float(lesson.loss(batch(), torch.Generator().manual_seed(1), 0.95).detach()))
    assert found[0] == found[1]


def test_leaving_layers_out_leaves_nothing_behind() -> None:
    vae = small_models().vae
    before = dict(vae.named_modules())
    with frame_by_frame(vae):
        pass
    assert dict(vae.named_modules()) == before


def test_equal_draws_give_equal_losses() -> None:
    lesson = VaeLesson(small_models(), VaeSettings(crop=32), judged())
    first, second, third = (float(lesson.loss(batch(), torch.Generator().manual_seed(seed), 0.0)) for seed in (3, 3, 4))
    assert first == second != third


def test_psnr_is_that_of_eight_bit_pictures() -> None:
    vae = small_models().vae
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        (made,) = vae.decode(latents_of(vae, pictures), 2, return_dict=False)
        error = ((made.clamp(-1, 1) * 127.5).round() - pictures * 127.5).square().mean()
        assert psnr_of(vae, pictures) == pytest.approx(float(10 * torch.log10(255**2 / error)), abs=1e-4)
