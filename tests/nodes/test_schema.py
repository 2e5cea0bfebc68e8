"""The nodes keep the promise of saved graphs: ids, types and the order of widgets stay; additions come last.

``tests/nodes/schema.json`` holds the published interfaces. A host writes it: ``pytest tests/host/test_loading.py
--write-interfaces`` (refused while something saved would break).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.nodes.conftest import Pack
from tests.nodes.fake_host import Socket
from tests.workflows.interface import (
    LISTS_OF_FILES,
    OUR_NODES,
    WIDGET_TYPES,
    InputPort,
    Interfaces,
    NodeInterface,
    breaking_changes,
    stored,
)


def _port(kind: str, socket: Socket) -> InputPort:
    given, name = socket.given, socket.id or ""
    forced = given.get("force_input") or given.get("extra_dict", {}).get("forceInput")
    return InputPort(
        name=name,
        type=socket.io_type,
        is_optional=socket.optional,
        is_widget=socket.io_type in WIDGET_TYPES and not forced,
        has_seed_control=socket.io_type == "INT" and bool(given.get("control_after_generate") or name == "seed"),
        default=given.get("default"),
        options=() if (kind, name) in LISTS_OF_FILES else tuple(given.get("options") or ()),
        range=(given.get("min"), given.get("max")),
    )


def _interface(node: Any) -> NodeInterface:
    schema = node.define_schema()
    sockets = sorted(schema.inputs, key=lambda socket: socket.optional)
    ports = tuple(_port(schema.node_id, socket) for socket in sockets)
    return NodeInterface(ports, tuple((output.given["display_name"], output.io_type) for output in schema.outputs))


@pytest.fixture
def present(pack: Pack) -> Interfaces:
    """Interfaces of the nodes as they are now."""
    nodes = asyncio.run(pack("nodes.extension").AnchorCrafterExtension().get_node_list())
    return {node.define_schema().node_id: _interface(node) for node in nodes}


def test_the_published_interfaces_are_those_of_the_nodes(present: Interfaces) -> None:
    assert breaking_changes(stored(OUR_NODES), present) == []
    assert stored(OUR_NODES) == present


def _sampler(change: Callable[[NodeInterface], NodeInterface]) -> Interfaces:
    return {kind: change(node) if kind == "AnchorSampler" else node for kind, node in stored(OUR_NODES).items()}


def _swapped(node: NodeInterface) -> NodeInterface:
    head, tail = list(node.inputs[:3]), list(node.inputs[3:])
    return replace(node, inputs=(*head, tail[1], tail[0], *tail[2:]))


BREAKING: dict[str, Callable[[NodeInterface], NodeInterface]] = {
    "input removed": lambda node: replace(node, inputs=node.inputs[:-1]),
    "widgets swapped": _swapped,
    "type changed": lambda node: replace(node, inputs=(replace(node.inputs[0], type="MODEL"), *node.inputs[1:])),
    "output removed": lambda node: replace(node, outputs=node.outputs[1:]),
    "required input added": lambda node: replace(node, inputs=(InputPort("more", "IMAGE"), *node.inputs)),
    "widget put first": lambda node: replace(node, inputs=(InputPort("more", "INT", is_widget=True), *node.inputs)),
    "option taken away": lambda node: replace(
        node, inputs=tuple(replace(port, options=port.options[1:]) for port in node.inputs)
    ),
}


@pytest.mark.parametrize("case", BREAKING)
def test_a_breaking_change_is_noticed(case: str) -> None:
    assert len(breaking_changes(stored(OUR_NODES), _sampler(BREAKING[case]))) >= 1


def test_a_removed_node_is_noticed() -> None:
    assert breaking_changes(stored(OUR_NODES), {}) == [f"{kind} was removed" for kind in stored(OUR_NODES)]


def test_an_optional_input_at_the_end_breaks_nothing() -> None:
    more = InputPort("more", "FLOAT", is_optional=True, is_widget=True, default=0.0)
    longer = _sampler(lambda node: replace(node, inputs=(*node.inputs, more)))
    assert breaking_changes(stored(OUR_NODES), longer) == []
