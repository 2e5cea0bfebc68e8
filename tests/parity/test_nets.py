"""Condition nets, object nets and VAE against the published code."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.conditioning.encode import encode_latent
from anchorcrafter_core.sampling.decode import decode_chunks
from anchorcrafter_core.types import AnchorModels, Compute
from tests.parity.oracle import Oracle
from tests.tiny import relative_error

SINGLE_MODULE = 1e-5


@pytest.fixture(scope="module")
def nets(oracle: Oracle) -> dict[str, Tensor]:
    return oracle.tensors("nets/nets.safetensors")


@pytest.mark.parametrize(("net", "pixels"), [("pose_net", "pose_hand_uint8"), ("track_net", "track_uint8")])
def test_residual_nets(oracle_models: AnchorModels, nets: dict[str, Tensor], net: str, pixels: str) -> None:
    got = oracle_models.residual_nets[net](nets[pixels].float() / 127.5 - 1)
    assert relative_error(got, nets[f"{net}_out"]) <= SINGLE_MODULE


def test_object_projection(oracle_models: AnchorModels, nets: dict[str, Tensor]) -> None:
    assert oracle_models.object_projection is not None
    got = oracle_models.object_projection(nets["obj_cls"])
    assert relative_error(got, nets["obj_proj_net_out"]) <= SINGLE_MODULE


def test_object_attention(oracle_models: AnchorModels, nets: dict[str, Tensor]) -> None:
    assert oracle_models.object_attention is not None
    got = oracle_models.object_attention(nets["obj_tokens_float16"].float())
    assert relative_error(got, nets["obj_attn_net_out"]) <= SINGLE_MODULE


def test_vae_encodes_the_mode(oracle: Oracle, oracle_models: AnchorModels) -> None:
    vae = oracle.tensors("nets/vae.safetensors")
    got = encode_latent(oracle_models.vae, vae["encode_in"], Compute())
    assert relative_error(got, vae["encode_mode"]) <= SINGLE_MODULE


def test_vae_decodes_in_chunks(oracle: Oracle, oracle_models: AnchorModels) -> None:
    vae = oracle.tensors("nets/vae.safetensors")
    chunked = {name: frames for name, frames in vae.items() if name.startswith("decode_chunk_")}
    assert chunked
    for name, frames in chunked.items():
        chunk = int(re.sub(r"\D", "", name))
        got = torch.cat(list(decode_chunks(oracle_models.vae, vae["decode_latents_in"], chunk, Compute())))
        assert relative_error(got, frames[0].permute(1, 0, 2, 3)) <= SINGLE_MODULE
