"""Every shared workflow fits the nodes it uses, without a host: known nodes, wires, widgets, layout, words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.workflows.interface import CORE_NODES, OUR_NODES, Interfaces, NodeInterface, stored
from tests.workflows.ui_graph import (
    FOLDER,
    NOTES,
    api_prompt,
    links,
    read,
    widget_values,
    workflow_files,
    working_nodes,
)

WORKFLOWS = workflow_files()
TWO_BRANCHES = {"3_two_products"}
MOST_NODES = {False: 12, True: 18}
"""By whether there are two branches."""
FILES = {"LoadImage", "LoadVideo"}
TITLE = 30
"""Height of a node's title, which the editor draws above its position."""
MOST_PICTURE_BYTES = 200_000
BUILT_IN = "anchorcrafter-tiny (built-in)"
FOLLOWS_THE_PERSON, LEARNED_SIZE = (0, 0), (192, 320)
"""Sizes of the video that suit the built-in model."""
MOST_STEPS, MOST_FRAMES = 8, 16
"""Of a first run on any machine."""

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def interfaces() -> Interfaces:
    """All node types that workflows may use."""
    return stored(CORE_NODES) | stored(OUR_NODES)


def test_the_promised_workflows_are_there() -> None:
    names = [path.stem for path in WORKFLOWS]
    assert names == [
        "1_quick_start",
        "2_own_files",
        "3_two_products",
        "4_long_clip",
        "5_landscape",
        "6_native_sampler",
        "7_driving_motion",
        "8_product_path",
    ]


@every_workflow
def test_nodes_are_known_and_few(path: Path, interfaces: Interfaces) -> None:
    graph = read(path)
    nodes = working_nodes(graph)
    assert {node["type"] for node in nodes} <= set(interfaces)
    assert len(nodes) <= MOST_NODES[path.stem in TWO_BRANCHES]
    assert any(node["type"] in NOTES for node in graph["nodes"])
    assert all(node["mode"] == 0 for node in graph["nodes"])


@every_workflow
def test_wires_join_sockets_of_one_type(path: Path, interfaces: Interfaces) -> None:
    graph = read(path)
    assert list(wrong_wires(graph, interfaces)) == []


def wrong_wires(graph: dict[str, Any], interfaces: Interfaces) -> Iterator[str]:
    """Each wire that does not fit, in words."""
    nodes = {node["id"]: node for node in working_nodes(graph)}
    for wire in links(graph).values():
        source, target = nodes[wire.source], nodes[wire.target]
        given = interfaces[source["type"]].outputs[wire.source_slot][1]
        socket = target["inputs"][wire.target_slot]
        wanted = interfaces[target["type"]].port(socket["name"]).type
        if given not in wanted.split(",") or wire.type != given:
            yield f"{source['type']} gives {given}, {target['type']}.{socket['name']} takes {wanted}"
        if socket["link"] != wire.id or wire.id not in source["outputs"][wire.source_slot]["links"]:
            yield f"wire {wire.id} is known to one end only"


@every_workflow
def test_sockets_are_those_of_the_node(path: Path, interfaces: Interfaces) -> None:
    for node in working_nodes(read(path)):
        interface = interfaces[node["type"]]
        assert [(out["name"], out["type"]) for out in node["outputs"]] == list(interface.outputs)
        assert {(socket["name"], socket["type"]) for socket in node["inputs"]} <= {
            (port.name, port.type) for port in interface.inputs
        }


@every_workflow
def test_every_widget_has_a_value_that_it_admits(path: Path, interfaces: Interfaces) -> None:
    for node in working_nodes(read(path)):
        values = widget_values(node, interfaces[node["type"]])
        wrong = {name: value for name, value in values.items() if not interfaces[node["type"]].port(name).admits(value)}
        assert wrong == {}, node["type"]


@every_workflow
def test_nothing_required_is_left_open(path: Path, interfaces: Interfaces) -> None:
    prompt = api_prompt(read(path), interfaces)
    missing = [
        (node["class_type"], name)
        for node in prompt.values()
        for name in required(interfaces[node["class_type"]])
        if name not in node["inputs"]
    ]
    assert missing == []


def required(interface: NodeInterface) -> list[str]:
    """Names of inputs without which a node cannot run."""
    return [port.name for port in interface.inputs if not port.is_optional]


@every_workflow
def test_it_runs_on_the_built_in_model_and_repeats(path: Path, interfaces: Interfaces) -> None:
    graph = read(path)
    loaders = [node for node in graph["nodes"] if node["type"] == "LoadAnchorModels"]
    assert [widget_values(node, interfaces[node["type"]])["model"] for node in loaders] == [BUILT_IN]
    assert "randomize" not in [value for node in graph["nodes"] for value in node.get("widgets_values", [])]


@every_workflow
def test_the_first_run_is_short_whoever_brings_the_clip(path: Path, interfaces: Interfaces) -> None:
    graph = read(path)
    values = {node["type"]: widget_values(node, interfaces[node["type"]]) for node in working_nodes(graph)}
    controls = values["HOIControlSignals"]
    assert (controls["width"], controls["height"]) in (FOLLOWS_THE_PERSON, LEARNED_SIZE)
    assert 0 < values["AnchorSampler"]["steps"] <= MOST_STEPS
    if FILES & values.keys():
        assert (controls["width"], controls["height"]) == LEARNED_SIZE
        assert 0 < controls["max_frames"] <= MOST_FRAMES


@every_workflow
def test_files_are_asked_for_in_one_workflow_only(path: Path) -> None:
    loaders = {node["type"] for node in read(path)["nodes"]} & FILES
    assert bool(loaders) == (path.stem == "2_own_files")


def test_controls_of_own_files_can_be_looked_at_before_the_run(interfaces: Interfaces) -> None:
    prompt = api_prompt(read(FOLDER / "2_own_files.json"), interfaces)
    (controls,) = [number for number, node in prompt.items() if node["class_type"] == "HOIControlSignals"]
    (preview,) = [node for node in prompt.values() if node["class_type"] == "HOIRegionMaskPreview"]
    assert preview["inputs"]["controls"][0] == controls


Box = tuple[float, float, float, float]


def box(node: dict[str, Any]) -> Box:
    """Left, top, right, bottom of a node with its title."""
    (x, y), (width, height) = node["pos"], node["size"]
    return x, y - TITLE, x + width, y + height


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@every_workflow
def test_nodes_do_not_overlap(path: Path) -> None:
    nodes = read(path)["nodes"]
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    assert [(a["id"], b["id"]) for a, b in pairs if overlap(box(a), box(b))] == []


@every_workflow
def test_every_working_node_lies_in_one_titled_group(path: Path) -> None:
    graph = read(path)
    groups = [(x, y, x + w, y + h) for x, y, w, h in (group["bounding"] for group in graph["groups"])]
    assert all(group["title"] for group in graph["groups"])
    for node in working_nodes(graph):
        inner = box(node)
        around = [g for g in groups if g[0] <= inner[0] and g[1] <= inner[1] and inner[2] <= g[2] and inner[3] <= g[3]]
        assert len(around) == 1, node["type"]


@every_workflow
def test_the_thumbnail_is_a_small_jpeg(path: Path) -> None:
    thumbnail = path.with_suffix(".jpg")
    assert thumbnail.stat().st_size <= MOST_PICTURE_BYTES
    with Image.open(thumbnail) as picture:
        assert picture.format == "JPEG" and min(picture.size) >= 300


def test_nothing_else_lies_in_the_template_folder() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".json", ".jpg"}


def test_the_template_folder_is_the_only_one() -> None:
    others = ("example_workflows", "example", "examples", "workflow")
    assert [name for name in others if (FOLDER.parent / name).exists()] == []


def test_a_wrong_wire_is_noticed(interfaces: Interfaces) -> None:
    graph = read(WORKFLOWS[0])
    graph["links"][0][2] += 1
    assert list(wrong_wires(graph, interfaces)) != []


@pytest.mark.parametrize("values", [[], ["a", "b", "c", "d", "e", "f"]])
def test_a_wrong_count_of_widget_values_is_noticed(values: list[str], interfaces: Interfaces) -> None:
    with pytest.raises(ValueError, match="value"):
        widget_values({"type": "SaveVideo", "id": 1, "widgets_values": values}, interfaces["SaveVideo"])
