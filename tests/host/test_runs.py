"""Every workflow ends in a real video file; lists run in one queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from tests.host.conftest import Open
from tests.host.finding import ROOT
from tests.host.graph import Graph
from tests.host.model_files import DINOV2, WHOLE
from tests.host.own_files import put_own_files
from tests.host.report import Findings, WorkflowRun
from tests.host.server import Run, Server

NAMES = sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
OWN_FILES = "2_own_files"
OWN_SIZE = (192, 320)
"""Width and height of its files and of the video that it makes of them."""


def videos(server: Server, run: Run) -> list[Path]:
    """Files that 'Save Video' wrote."""
    saved = [
        picture
        for output in run.outputs.values()
        for picture in output.get("images", [])
        if picture["type"] == "output"
    ]
    return [server.base / "output" / picture["subfolder"] / picture["filename"] for picture in saved]


def properties(video: Path) -> tuple[int, tuple[int, int], float]:
    """Frames, width and height, frames per second, all by decoding the file."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        return frames, (stream.width, stream.height), float(stream.average_rate or 0)


def expected(graph: Graph) -> tuple[int, tuple[int, int], float]:
    """What the first 'Anchor Sample' of a graph leads to."""
    inputs: Any = graph.nodes[graph.number("AnchorSample")]["inputs"]
    return inputs["frames"], (inputs["width"], inputs["height"]), inputs["fps"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != OWN_FILES])
def test_workflow_makes_its_videos(name: str, server: Server, workflow: Open, findings: Findings) -> None:
    graph = workflow(name)
    run = server.run(graph.nodes)
    assert run.succeeded(), run.complaints()
    made = videos(server, run)
    assert len(made) == sum(node["class_type"] == "SaveVideo" for node in graph.nodes.values())
    assert [properties(video) for video in made] == [expected(graph)] * len(made)
    findings.runs.append(WorkflowRun(name, *expected(graph)[:2], run.seconds))


def test_workflow_for_own_files_makes_its_video(server: Server, workflow: Open, findings: Findings) -> None:
    frames = put_own_files(server.base / "input", *OWN_SIZE)
    run = server.run(workflow(OWN_FILES).nodes)
    assert run.succeeded(), run.complaints()
    (video,) = videos(server, run)
    assert properties(video) == (frames // 2, OWN_SIZE, 15)
    findings.runs.append(WorkflowRun(OWN_FILES, frames // 2, OWN_SIZE, run.seconds))


def test_a_list_of_products_runs_in_one_queue_with_names(server: Server, small: Graph) -> None:
    sample, sampler = small.number("AnchorSample"), small.number("AnchorSampler")
    listed = small.with_inputs("AnchorSample", products=3, seed=11)
    listed = listed.with_inputs("MultiViewObjectEncoder", name=[sample, 3])
    run = server.run(listed.with_inputs("SaveVideo", filename_prefix=[small.number("MultiViewObjectEncoder"), 2]).nodes)
    assert run.succeeded(), run.complaints()
    made = videos(server, run)
    assert len({video.name.rsplit("_", 2)[0] for video in made}) == 3
    assert [properties(video)[0] for video in made] == [6] * 3
    assert [data["node"] for data in run.all("executing")].count(sampler) == 1


def test_a_saved_product_runs_without_pictures(server: Server, small: Graph) -> None:
    saved = server.run(small.with_inputs("MultiViewObjectEncoder", name="red mug", save=True).nodes)
    assert saved.succeeded(), saved.complaints()
    assert (server.base / "models" / "anchorcrafter" / "products" / "red mug.safetensors").is_file()
    again = server.run(small.with_inputs("MultiViewObjectEncoder", product="red mug", middle_view=None).nodes)
    assert again.succeeded(), again.complaints()


def test_weights_from_files_make_a_video(server: Server, small: Graph) -> None:
    chosen = small.with_inputs("LoadAnchorModels", model=WHOLE, dinov2=f"anchorcrafter/{DINOV2}")
    run = server.run(chosen.nodes)
    assert run.succeeded(), run.complaints()
    assert properties(videos(server, run)[0])[0] == 6
