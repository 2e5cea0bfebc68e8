"""Previews of the running window: only where the user wants them, in the colours of the clip."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from tests.nodes.clips import conditioning
from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost


def test_previews_switched_off_cost_nothing(built_in: Any, pack: Pack, host: FakeHost) -> None:
    assert pack("nodes.live_preview").window_picture(built_in, conditioning(pack, built_in)) is None


def test_the_hosts_previewer_draws_the_window(built_in: Any, pack: Pack, host: FakeHost) -> None:
    drawn = SimpleNamespace(decode_latent_to_preview_image=lambda kind, latents: (kind, latents.shape))
    host.previewer = lambda latent_format: drawn
    picture = pack("nodes.live_preview").window_picture(built_in, conditioning(pack, built_in))
    assert picture(torch.zeros(1, 9, 4, 8, 6)) == ("JPEG", (1, 4, 8, 24))
    assert picture(torch.zeros(1, 3, 4, 8, 6)) == ("JPEG", (1, 4, 8, 12))


def test_the_reference_frame_is_not_shown_and_the_last_one_is(pack: Pack) -> None:
    window = torch.arange(9.0)[None, :, None, None, None].expand(1, 9, 4, 1, 1)
    assert pack("nodes.live_preview").side_by_side(window)[0, 0, 0].tolist() == [1.0, 3.0, 6.0, 8.0]


def test_colours_are_found_again(pack: Pack) -> None:
    latent, weights = torch.randn(4, 8, 8), torch.tensor([[0.3, 0, 0], [0, 0.2, 0], [0, 0, 0.1], [0.1, 0.1, 0.1]])
    colours = (torch.einsum("chw,cn->nhw", latent, weights) + 0.1).clamp(-1, 1)
    picture = ((colours + 1) * 127.5).round().repeat_interleave(8, 1).repeat_interleave(8, 2).to(torch.uint8)
    found = pack("nodes.live_preview").colour_weights(latent, picture)
    torch.testing.assert_close(found[:4], weights, atol=0.03, rtol=0)
    torch.testing.assert_close(found[4], torch.full((3,), 0.1), atol=0.03, rtol=0)


def test_only_svds_latents_have_a_taesd(built_in: Any, pack: Pack) -> None:
    preview, given = pack("nodes.live_preview"), conditioning(pack, built_in)
    assert preview.latent_format(built_in, given).taesd_decoder_name is None
    published = SimpleNamespace(models=SimpleNamespace(variant="general", vae=built_in.models.vae))
    described = preview.latent_format(published, given)
    assert described.taesd_decoder_name == "taesd_decoder"
    assert len(described.latent_rgb_factors) == 4 and len(described.latent_rgb_factors_bias) == 3
