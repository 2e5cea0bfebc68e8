"""A model that is streamed layer by layer gives the very same latents, pictures and tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from tests.host.finding import Host
from tests.host.graph import Graph
from tests.host.server import Server, prepare
from tests.host.test_native import decoded, pixels, sampled

STARVED = Path(__file__).resolve().parent / "starved"
SHARES = {"lowvram": "0.4", "novram": "0"}


@pytest.fixture(params=SHARES)
def starved(request: pytest.FixtureRequest, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A ComfyUI in which models load in part only."""
    prepare(tmp_path)
    (tmp_path / "custom_nodes" / "starved").symlink_to(STARVED, target_is_directory=True)
    monkeypatch.setenv("ANCHOR_TEST_SHARE", SHARES[request.param])
    return Server(host, tmp_path)


def test_streaming_changes_nothing(starved: Server, server: Server, small: Graph) -> None:
    graph = small.with_inputs("AnchorSampler", steps=2)
    with starved:
        latents = sampled(starved, graph, "starved")
        frames = pixels(decoded(starved, graph, graph.number("AnchorDecode"), 0))
        streamed = [int(count) for count in re.findall(r"loaded partially \S+ \S+ (\d+)", starved.log())]
    assert len(streamed) >= 4, "nothing was streamed"
    assert torch.equal(latents, sampled(server, graph, "whole"))
    assert torch.equal(frames, pixels(decoded(server, graph, graph.number("AnchorDecode"), 0)))
