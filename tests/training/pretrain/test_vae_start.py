"""Laws of where the VAE begins."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from anchorcrafter_core.models.build import regrouped
from anchorcrafter_core.training.pretrain.vae import frame_by_frame, latents_of
from anchorcrafter_core.training.pretrain.vae_start import COLORS, begin_plain, begin_still
from tests.tiny import small_models


def pictures() -> torch.Tensor:
    """Two pictures of coloured noise, [2,3,64,64] in -1..1."""
    draw = torch.Generator().manual_seed(0)
    rough = torch.rand(2, 3, 8, 8, generator=draw) * 1.6 - 0.8
    return functional.interpolate(rough, (64, 64), mode="bilinear") + 0.1 * torch.randn(2, 3, 64, 64, generator=draw)


def test_layers_between_frames_begin_as_if_they_were_not_there() -> None:
    vae = small_models().vae
    latents = torch.randn(3, 4, 8, 8)
    with torch.no_grad():
        before = vae.decode(latents, 3, return_dict=False)[0]
        begin_still(vae)
        together = vae.decode(latents, 3, return_dict=False)[0]
        alone = torch.cat([vae.decode(row[None], 1, return_dict=False)[0] for row in latents])
        with frame_by_frame(vae):
            left_out = vae.decode(latents, 3, return_dict=False)[0]
    assert torch.allclose(together, alone, atol=1e-5) and torch.allclose(together, left_out, atol=1e-5)
    assert not torch.allclose(before, together, atol=1e-2)


@pytest.mark.parametrize("groups", [1, 4])
def test_the_vae_begins_as_the_mean_of_every_cell(groups: int) -> None:
    vae = regrouped(small_models().vae, groups)
    begin_plain(vae)
    shown = pictures()
    cells = functional.avg_pool2d(shown, 2 ** (len(vae.config["block_out_channels"]) - 1))
    with torch.no_grad():
        latents = latents_of(vae, shown)
        (made,) = vae.decode(latents, 2, return_dict=False)
    wanted = torch.einsum("ij,bjhw->bihw", COLORS, cells)
    assert float((latents[:, :3] - wanted).abs().mean()) < 0.06
    assert float((made - functional.interpolate(cells, shown.shape[-2:])).abs().mean()) < 0.06
