"""Twenty runs in one process take no more memory than a few."""

from __future__ import annotations

from tests.host.graph import Graph
from tests.host.report import Findings
from tests.host.server import Server

WARM, RUNS = 6, 20
TOLERANCE = 40 * 2**20
"""Bytes by which an allocator's arenas wander; the built-in model alone is 45 MB, a clip kept per run 2 MB or more."""


def test_twenty_runs_do_not_grow_memory(server: Server, small: Graph, findings: Findings) -> None:
    graph = small.with_inputs("AnchorSample", width=128, height=192, frames=24)
    held = []
    for seed in range(WARM + RUNS):
        assert server.run(graph.with_inputs("AnchorSampler", seed=1000 + seed, draft=True).nodes).succeeded()
        held.append(server.resident_bytes())
    findings.memory = [size // 2**20 for size in held]
    assert max(held[-5:]) - max(held[:WARM]) < TOLERANCE, findings.memory
