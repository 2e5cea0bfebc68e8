"""What runs anew after a change is what depends on it, and nothing else."""

from __future__ import annotations

import pytest

from tests.host.graph import Graph
from tests.host.server import Server

SAMPLING = {"AnchorSampler", "AnchorDecode", "SaveVideo"}
CONDITIONING = SAMPLING | {"DualAdapterApply"}
AFTER: dict[str, tuple[str, dict[str, object], set[str]]] = {
    "seed": ("AnchorSampler", {"seed": 7}, SAMPLING),
    "steps": ("AnchorSampler", {"steps": 2}, SAMPLING),
    "strength": ("DualAdapterApply", {"product_strength": 0.5}, CONDITIONING),
    "product": ("MultiViewObjectEncoder", {"name": "another"}, CONDITIONING | {"MultiViewObjectEncoder"}),
    "motion": (
        "HOIControlSignals",
        {"max_frames": 4},
        CONDITIONING | {"HOIControlSignals", "HOIRegionMaskPreview", "PreviewImage"},
    ),
    "decoding": ("AnchorDecode", {"chunk": 3}, {"AnchorDecode", "SaveVideo"}),
    "nothing": ("SaveVideo", {}, set()),
}


@pytest.fixture
def warm(server: Server, small: Graph) -> Graph:
    """The small graph, run once."""
    # The drawing of the product on the frames needs no frames of the scene, so that motion alone can change.
    graph = small.with_inputs("HOIRegionMaskPreview", frames=None)
    assert server.run(graph.nodes).succeeded()
    return graph


@pytest.mark.parametrize("case", AFTER)
def test_only_what_depends_on_a_change_runs_anew(case: str, server: Server, warm: Graph) -> None:
    kind, inputs, anew = AFTER[case]
    graph = warm.with_inputs(kind, **inputs)
    run = server.run(graph.nodes)
    assert run.succeeded(), run.complaints()
    assert graph.kinds(run.executed()) == anew
