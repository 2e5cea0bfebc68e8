"""The VAE object: the calls of ComfyUI's own nodes, and latents as ComfyUI has them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost


@pytest.fixture
def vae(built_in: Any, pack: Pack) -> Any:
    """The built-in model's."""
    return pack("nodes.vae").AnchorVae(built_in)


def test_decoding_is_the_cores(vae: Any, built_in: Any, pack: Pack) -> None:
    latents = torch.randn(3, 4, 8, 8)
    network = built_in.models.vae
    with torch.no_grad():
        wanted = (network.decode(latents, num_frames=3, return_dict=False)[0] / 2 + 0.5).clamp(0, 1).movedim(1, -1)
    assert vae.decode(latents).shape == (3, 64, 64, 3)
    torch.testing.assert_close(vae.decode(latents), wanted, rtol=1e-5, atol=1e-5)


def test_tiles_as_large_as_the_picture_change_nothing(vae: Any) -> None:
    latents = torch.randn(3, 4, 8, 8)
    with torch.no_grad():
        tiled = vae.decode_tiled(latents, tile_x=64, tile_y=64, overlap=8, tile_t=None, overlap_t=None)
    torch.testing.assert_close(tiled, vae.decode(latents), rtol=1e-5, atol=1e-5)


def test_encoding_gives_unscaled_latents_on_the_cpu(vae: Any, built_in: Any) -> None:
    image = torch.rand(2, 70, 64, 4)
    with torch.no_grad():
        latents = vae.encode(image)
        pictures = image[:, 3:67, :, :3].movedim(-1, 1) * 2 - 1
        wanted = built_in.models.vae.encode(pictures, return_dict=False)[0].mode()
        tiled = vae.encode_tiled(image, tile_x=512, tile_y=512, overlap=64)
    assert latents.shape == (2, 4, 8, 8)
    torch.testing.assert_close(latents, wanted, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(tiled, wanted, rtol=1e-5, atol=1e-5)


def test_what_core_nodes_ask_of_a_vae(vae: Any) -> None:
    assert (vae.spacial_compression_decode(), vae.spacial_compression_encode()) == (8, 8)
    assert vae.temporal_compression_decode() is None
    assert (vae.downscale_ratio, vae.latent_channels) == (8, 4)
    assert vae.throw_exception_if_invalid() is None
    assert "decoder.conv_in.weight" in vae.get_sd()


def test_chunks_are_told_and_loaded_for(vae: Any, pack: Pack, host: FakeHost) -> None:
    parts = list(vae.frames(torch.randn(5, 4, 8, 8), 2, pack("nodes.host").progress()))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [bar[:2] for bar in host.bars] == [(2, 5), (4, 5), (5, 5)]
    assert [names for names, _ in host.loads] == [["vae"]] and host.loads[0][1] > 0


def test_memory_grows_with_what_is_decoded_at_once(built_in: Any, pack: Pack) -> None:
    memory, compute = pack("nodes.memory"), pack("anchorcrafter_core.types").Compute()
    one = memory.decoding_memory(built_in.models, 1, 64 * 64, compute)
    assert memory.decoding_memory(built_in.models, 8, 64 * 64, compute) == 8 * one
    assert memory.decoding_memory(built_in.models, 1, 128 * 64, compute) == 2 * one
    halves = pack("anchorcrafter_core.types").Compute(dtype=torch.float16)
    assert memory.decoding_memory(built_in.models, 1, 64 * 64, halves) == one // 2


def test_picture_memory_is_at_least_the_encoders(built_in: Any, pack: Pack) -> None:
    memory, compute = pack("nodes.memory"), pack("anchorcrafter_core.types").Compute()
    assert memory.encoding_memory(built_in.models, 1, compute) == memory.TOWER_BYTES
    assert memory.encoding_memory(built_in.models, 4096**2, compute) > memory.TOWER_BYTES
