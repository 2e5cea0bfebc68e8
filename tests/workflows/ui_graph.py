"""A workflow as the editor saves it (UI format, version 0.4), read with the interfaces of its nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.workflows.interface import Interfaces, NodeInterface

FOLDER = Path(__file__).resolve().parents[2] / "workflows"
NOTES = {"Note", "MarkdownNote"}
"""Nodes that only the editor knows."""
SEED_CONTROLS = {"fixed", "increment", "decrement", "randomize"}


@dataclass(frozen=True)
class Link:
    """A wire between an output and an input, both by node id and position."""

    id: int
    source: int
    source_slot: int
    target: int
    target_slot: int
    type: str


def workflow_files() -> list[Path]:
    """All workflows of the package."""
    return sorted(FOLDER.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    """The JSON of a workflow."""
    return json.loads(path.read_text(encoding="utf-8"))


def working_nodes(graph: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All nodes but notes."""
    return [node for node in graph["nodes"] if node["type"] not in NOTES]


def links(graph: Mapping[str, Any]) -> dict[int, Link]:
    """All wires by their id."""
    return {link[0]: Link(*link) for link in graph["links"]}


def widget_values(node: Mapping[str, Any], interface: NodeInterface) -> dict[str, Any]:
    """Values of a node's widgets by name.

    Raises:
        ValueError: there are fewer values than widgets, or more than the upload button explains.
    """
    left = list(node.get("widgets_values", []))
    values: dict[str, Any] = {}
    for port in interface.widgets():
        if not left:
            raise ValueError(f"{node['type']} {node['id']}: no value for {port.name}")
        values[port.name] = left.pop(0)
        if port.has_seed_control and left and left[0] in SEED_CONTROLS:
            left.pop(0)
    if left not in ([], ["image"]):
        raise ValueError(f"{node['type']} {node['id']}: values without a widget: {left}")
    return values


def api_prompt(graph: Mapping[str, Any], interfaces: Interfaces) -> dict[str, dict[str, Any]]:
    """The graph in the format that the server executes: inputs of each node by name, links as [node id, slot]."""
    wires = links(graph)
    return {
        str(node["id"]): {"class_type": node["type"], "inputs": dict(_inputs(node, wires, interfaces[node["type"]]))}
        for node in working_nodes(graph)
    }


def _inputs(node: Mapping[str, Any], wires: Mapping[int, Link], interface: NodeInterface) -> Iterator[tuple[str, Any]]:
    yield from widget_values(node, interface).items()
    for socket in node.get("inputs", []):
        if socket.get("link") is not None:
            wire = wires[socket["link"]]
            yield socket["name"], [str(wire.source), wire.source_slot]
