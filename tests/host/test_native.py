"""ComfyUI's own nodes over our model: samplers, schedules, and its decoders and encoder over our VAE."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from tests.host.graph import Graph
from tests.host.server import Server

MUST_RUN = ("euler", "heun", "dpm_2", "dpmpp_2m", "dpmpp_2m_sde", "lcm", "res_multistep")
SIGMAS = {"steps": 2, "sigma_max": 700.0, "sigma_min": 0.002, "rho": 7.0}


def latent_file(server: Server, graph: Graph, name: str) -> torch.Tensor:
    """Run a graph whose node 'latent' saves latents; what it saved."""
    run = server.run(graph.nodes)
    assert run.succeeded(), run.complaints()
    path = max((server.base / "output").glob(f"{name}_*.latent"), key=lambda file: file.stat().st_mtime_ns)
    with safe_open(path, "pt") as file:
        return file.get_tensor("latent_tensor")


def sampled(server: Server, graph: Graph, name: str) -> torch.Tensor:
    """Latents of the graph's sampler."""
    made = [graph.number("AnchorSampler"), 0]
    return latent_file(server, graph.with_node("latent", "SaveLatent", samples=made, filename_prefix=name), name)


def native(graph: Graph, name: str, sigmas: dict[str, Any] | None = None) -> Graph:
    """The graph with a sampler and a schedule of ComfyUI."""
    chosen = graph.with_node("sampler", "KSamplerSelect", sampler_name=name)
    chosen = chosen.with_node("sigmas", "KarrasScheduler", **(sigmas or SIGMAS))
    return chosen.with_inputs("AnchorSampler", sampler=["sampler", 0], sigmas=["sigmas", 0])


@pytest.mark.parametrize("name", MUST_RUN)
def test_sampler_of_comfyui_runs(name: str, server: Server, small: Graph) -> None:
    latents = sampled(server, native(small, name), f"native_{name}")
    assert latents.shape == (6, 4, 16, 8)
    assert latents.isfinite().all()


def test_euler_of_comfyui_over_its_karras_equals_ours(server: Server, small: Graph) -> None:
    ours = sampled(server, small.with_inputs("AnchorSampler", steps=3), "ours")
    theirs = sampled(server, native(small, "euler", {**SIGMAS, "steps": 3}), "theirs")
    assert (ours - theirs).norm() / ours.norm() < 1e-4


def decoded(server: Server, graph: Graph, node: str, output: int) -> list[bytes]:
    """The pictures of a node as PNG bytes without their metadata."""
    run = server.run(graph.with_node("shown", "PreviewImage", images=[node, output]).nodes)
    assert run.succeeded(), run.complaints()
    return [(server.base / "temp" / picture["filename"]).read_bytes() for picture in run.outputs["shown"]["images"]]


def pixels(pictures: list[bytes]) -> torch.Tensor:
    """uint8 [F,H,W,3] of PNG files."""
    opened = [Image.open(BytesIO(picture)).convert("RGB") for picture in pictures]
    return torch.stack([torch.from_numpy(np.array(picture)) for picture in opened])


@pytest.mark.parametrize(
    ("kind", "inputs", "tolerance"),
    [
        ("VAEDecode", {}, 1),
        ("VAEDecodeTiled", {"tile_size": 512, "overlap": 64, "temporal_size": 64, "temporal_overlap": 8}, 2),
    ],
)
def test_decoder_of_comfyui_shows_the_same(
    kind: str, inputs: dict[str, int], tolerance: int, server: Server, small: Graph
) -> None:
    load, sampler = small.number("LoadAnchorModels"), small.number("AnchorSampler")
    ours = pixels(decoded(server, small, small.number("AnchorDecode"), 0))
    graph = small.with_node("native", kind, samples=[sampler, 0], vae=[load, 1], **inputs)
    theirs = pixels(decoded(server, graph, "native", 0))
    assert theirs.shape == ours.shape == (6, 128, 64, 3)
    assert (ours.int() - theirs.int()).abs().max() <= tolerance


def test_encoder_of_comfyui_takes_pictures(server: Server, small: Graph) -> None:
    load, sample = small.number("LoadAnchorModels"), small.number("AnchorSample")
    graph = small.with_node("encoded", "VAEEncode", pixels=[sample, 0], vae=[load, 1])
    graph = graph.with_node("latent", "SaveLatent", samples=["encoded", 0], filename_prefix="encoded")
    assert latent_file(server, graph, "encoded").shape == (1, 4, 16, 8)
