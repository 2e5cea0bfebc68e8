"""A number that comes from another node meets the bounds that the widget has; the host does not look at it."""

from __future__ import annotations

import asyncio
import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch

from tests.nodes.conftest import Pack


@pytest.fixture
def numbers(pack: Pack) -> list[tuple[Any, Any]]:
    """Every node as the host gets it, with each of its inputs that take numbers."""
    nodes = asyncio.run(pack("nodes.extension").AnchorCrafterExtension().get_node_list())
    sockets = [(node, socket) for node in nodes for socket in node.define_schema().inputs]
    found = [(node, socket) for node, socket in sockets if socket.io_type in ("INT", "FLOAT")]
    assert len(found) > 30
    return found


def _wrong(socket: Any) -> list[Any]:
    lowest, highest = socket.min, socket.max
    shares = [lowest + 0.5] if socket.io_type == "INT" else []
    others = ["4", None, True, [lowest], torch.tensor(lowest), complex(lowest)]
    return [lowest - 1, highest + 1, -(10**400), 10**400, math.nan, math.inf, -math.inf, *shares, *others]


def test_no_node_works_with_a_number_outside_its_schema(numbers: list[tuple[Any, Any]], pack: Pack) -> None:
    for node, socket in numbers:
        for value in _wrong(socket):
            with pytest.raises(pack("anchorcrafter_core.errors").OptionError) as raised:
                node.execute(**{socket.id: value})
            assert raised.value.found.startswith(f"{socket.id} = ")
            assert raised.value.expected.endswith(f"number from {socket.min} to {socket.max}")
            assert f"linked to '{socket.id}'" in raised.value.remedy


def test_every_number_that_a_widget_can_have_is_passed_on(numbers: list[tuple[Any, Any]], pack: Pack) -> None:
    checked = pack("nodes.linked_numbers").checked
    for _, socket in numbers:
        for value in (socket.min, socket.max, socket.given["default"]):
            assert checked({socket.id: value, "other": "as it is"}, {socket.id: socket}) == {socket.id: value}


def test_whole_numbers_arrive_as_int_and_others_as_float(pack: Pack) -> None:
    io = pack("nodes.sample").io

    class Probe(io.ComfyNode):
        """Gives what it gets."""

        @classmethod
        def define_schema(cls) -> Any:
            """Two numbers, one of them optional, and a word."""
            inputs = [io.Int.Input("count", min=1, max=9), io.Float.Input("share", min=0.0, max=2.0, optional=True)]
            return io.Schema(node_id="Probe", inputs=[*inputs, io.String.Input("word")])

        @classmethod
        def execute(cls, **given: Any) -> tuple[Any, str]:
            """The values, and for which node the host calls."""
            return given, cls.hidden.unique_id

    node = pack("nodes.linked_numbers").with_checked_numbers(Probe)
    copy = type("ProbeClone", (node,), {"hidden": type("Hidden", (), {"unique_id": "12"})})
    for given in ({"count": 4.0, "share": 1}, {"count": np.int64(4), "share": np.float32(1)}):
        values, unique_id = copy.execute(**given, word="5")
        assert values == {"count": 4, "share": 1.0, "word": "5"} and unique_id == "12"
        assert [type(value) for value in values.values()] == [int, float, str]
    assert copy.execute(count=4, word="5")[0] == {"count": 4, "word": "5"}


def test_a_checked_node_is_the_node(numbers: list[tuple[Any, Any]], pack: Pack) -> None:
    for node, _ in numbers:
        original = node.__mro__[1]
        assert (node.__name__, node.__module__) == (original.__name__, original.__module__)
        assert not inspect.iscoroutinefunction(original.execute)
