"""What the user sees while it runs: progress, the running window, and a cancel that is obeyed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.host.graph import Graph
from tests.host.server import Run, Server

STEPS = 3


def sampler_progress(run: Run, graph: Graph) -> list[tuple[int, int]]:
    """Windows done and to do, as the sampler reported them."""
    sampler = graph.number("AnchorSampler")
    return [(data["value"], data["max"]) for data in run.all("progress") if data["node"] == sampler]


def test_progress_counts_the_windows(server: Server, small: Graph) -> None:
    graph = small.with_inputs("AnchorSampler", steps=STEPS, window=4, plan="overlap", overlap=1, seed=101)
    run = server.run(graph.nodes)
    progress = sampler_progress(run, graph)
    (total,) = {total for _, total in progress}
    assert total % STEPS == 0 and total > STEPS
    assert [done for done, _ in progress] == list(range(1, total + 1))


def test_the_running_window_is_shown(server: Server, small: Graph) -> None:
    run = server.run(small.with_inputs("AnchorSampler", steps=STEPS, seed=102).nodes)
    assert len(run.previews) >= STEPS
    with Image.open(BytesIO(run.previews[-1])) as picture:
        assert picture.width > picture.height / 2


def test_the_sampler_says_on_its_node_beforehand_what_it_takes(server: Server, small: Graph) -> None:
    graph = small.with_inputs("AnchorSampler", steps=STEPS, seed=103).ending_at("AnchorSampler", 1)
    run = server.run(graph.nodes)
    own = [(kind, data) for kind, data in run.events if data.get("node") == graph.number("AnchorSampler")]
    kinds = [kind for kind, _ in own]
    words = own[kinds.index("text")][1]["text"]
    assert kinds.index("text") < kinds.index("progress")
    assert "7 frames, the reference one included" in words
    assert f"{STEPS} steps" in words and "Memory" in words
    assert run.outputs["shown"]["text"] == [words]


def test_interrupt_takes_effect_within_one_window(server: Server, small: Graph) -> None:
    graph = small.with_inputs("AnchorSampler", steps=200, seed=104)
    sampler, seen = graph.number("AnchorSampler"), []

    def cancel(kind: str, data: dict[str, Any]) -> None:
        if kind == "progress" and data["node"] == sampler:
            seen.append(data["value"])
            if data["value"] == 2:
                server.post("/interrupt", {})

    run = server.run(graph.nodes, cancel)
    assert run.was_interrupted()
    assert seen[-1] <= 4
    assert run.all("execution_interrupted")[0]["node_id"] == sampler


def test_after_an_interrupt_the_next_run_is_well(server: Server, small: Graph) -> None:
    assert server.run(small.with_inputs("AnchorSampler", seed=105).nodes).succeeded()
