"""A graph in the server's format, changed for a test: by node type instead of number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SMALL = {"width": 64, "height": 128, "frames": 6}
SAVING = {"SaveVideo", "PreviewImage"}


@dataclass(frozen=True)
class Graph:
    """A prompt.

    Attributes:
        nodes: API format.
    """

    nodes: Mapping[str, Mapping[str, Any]]

    def number(self, kind: str) -> str:
        """Id of the first node of a type."""
        return next(number for number, node in self.nodes.items() if node["class_type"] == kind)

    def by_kind(self) -> dict[str, list[str]]:
        """Ids of all nodes by their type."""
        return {
            kind: [n for n, node in self.nodes.items() if node["class_type"] == kind]
            for kind in self.kinds({*self.nodes})
        }

    def kinds(self, numbers: set[str]) -> set[str]:
        """Types of some nodes."""
        return {self.nodes[number]["class_type"] for number in numbers}

    def with_inputs(self, kind: str, **inputs: Any) -> Graph:
        """The same with other inputs at every node of a type; ``None`` takes an input away."""
        nodes = {
            number: {**node, "inputs": _merged(node["inputs"], inputs)} if node["class_type"] == kind else node
            for number, node in self.nodes.items()
        }
        return Graph(nodes)

    def with_node(self, number: str, kind: str, **inputs: Any) -> Graph:
        """The same with one node more."""
        return Graph({**self.nodes, number: {"class_type": kind, "inputs": inputs}})

    def small(self, steps: int = 1) -> Graph:
        """The same in the fewest pixels, frames and steps."""
        return self.with_inputs("AnchorSample", **SMALL).with_inputs("AnchorSampler", steps=steps)

    def ending_at(self, kind: str, output: int = 0) -> Graph:
        """What a node's output needs, and that output shown as text or picture description."""
        start = self.number(kind)
        needed, left = set(), [start]
        while left:
            number = left.pop()
            needed.add(number)
            left += [value[0] for value in self.nodes[number]["inputs"].values() if isinstance(value, list)]
        kept = Graph({number: node for number, node in self.nodes.items() if number in needed})
        return kept.with_node("shown", "PreviewAny", source=[start, output])


def _merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **after}.items() if value is not None}
