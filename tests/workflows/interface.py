"""What the editor knows of a node type: its inputs in the order of declaration, and its outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
CORE_NODES = FOLDER / "core_nodes.json"
"""The nodes of ComfyUI 0.3.64 that the workflows use."""
OUR_NODES = FOLDER.parent / "nodes" / "schema.json"
"""This package's nodes as they were last published."""
WIDGET_TYPES = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
LISTS_OF_FILES = {
    ("LoadImage", "image"),
    ("LoadVideo", "file"),
    ("LoadAnchorModels", "model"),
    ("LoadAnchorModels", "svd"),
    ("LoadAnchorModels", "dinov2"),
    ("MultiViewObjectEncoder", "product"),
}
"""Combos that list what lies in a folder; their options belong to a machine."""


@dataclass(frozen=True)
class InputPort:
    """One input.

    Attributes:
        name: as in ``execute``.
        type: socket type, or the type of the widget.
        is_optional: whether a node runs without it.
        is_widget: whether its value can be typed.
        has_seed_control: whether the editor puts a second widget (fixed, randomize, ...) behind it.
        default: of the widget; ``None`` if there is none.
        options: of a combo; empty where they depend on files.
        range: least and greatest number; ``None`` where there is no bound.
    """

    name: str
    type: str
    is_optional: bool = False
    is_widget: bool = False
    has_seed_control: bool = False
    default: Any = None
    options: tuple[str, ...] = ()
    range: tuple[float | None, float | None] = (None, None)

    def admits(self, value: Any) -> bool:
        """Whether a widget may hold a value."""
        kinds: dict[str, type | tuple[type, ...]] = {"INT": int, "FLOAT": (int, float), "BOOLEAN": bool}
        if not isinstance(value, kinds.get(self.type, str)) or (isinstance(value, bool) and self.type != "BOOLEAN"):
            return False
        if self.options:
            return value in self.options
        least, most = self.range
        return (least is None or value >= least) and (most is None or value <= most)


@dataclass(frozen=True)
class NodeInterface:
    """All inputs, required ones first, and name and type of all outputs."""

    inputs: tuple[InputPort, ...]
    outputs: tuple[tuple[str, str], ...]

    def widgets(self) -> list[InputPort]:
        """Inputs with a widget, in the order of ``widgets_values``."""
        return [port for port in self.inputs if port.is_widget]

    def port(self, name: str) -> InputPort:
        """An input by its name; KeyError if there is none."""
        return {port.name: port for port in self.inputs}[name]


Interfaces = Mapping[str, NodeInterface]


def of_object_info(kind: str, info: Mapping[str, Any]) -> NodeInterface:
    """The interface in a node's part of the server's ``/object_info``."""
    outputs = zip(info["output_name"], info["output"], strict=True)
    return NodeInterface(tuple(_ports(kind, info["input"])), tuple(outputs))


def _ports(kind: str, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[InputPort]:
    for group in ("required", "optional"):
        for name, declared in inputs.get(group, {}).items():
            yield _port(kind, name, declared, group == "optional")


def _port(kind: str, name: str, declared: list[Any], is_optional: bool) -> InputPort:
    words: Mapping[str, Any] = declared[1] if len(declared) > 1 else {}
    is_old_combo = isinstance(declared[0], list)
    options = declared[0] if is_old_combo else words.get("options", [])
    port_type = "COMBO" if is_old_combo else declared[0]
    return InputPort(
        name=name,
        type=port_type,
        is_optional=is_optional,
        is_widget=port_type in WIDGET_TYPES and not words.get("forceInput", False),
        has_seed_control=port_type == "INT" and (words.get("control_after_generate", False) or name == "seed"),
        default=words.get("default"),
        options=() if (kind, name) in LISTS_OF_FILES else tuple(options),
        range=(words.get("min"), words.get("max")),
    )


def stored(path: Path) -> dict[str, NodeInterface]:
    """Interfaces in a file that :func:`store` wrote."""
    return {kind: _restored(entry) for kind, entry in json.loads(path.read_text(encoding="utf-8")).items()}


def _restored(entry: Mapping[str, Any]) -> NodeInterface:
    ports = [InputPort(**{name: _tupled(value) for name, value in port.items()}) for port in entry["inputs"]]
    return NodeInterface(tuple(ports), tuple((name, kind) for name, kind in entry["outputs"]))


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def store(path: Path, interfaces: Interfaces) -> None:
    """Write interfaces, sorted by node id; fields with their default value are left out."""
    plain = InputPort("", "")
    entries = {
        kind: {
            "inputs": [
                {key: value for key, value in asdict(port).items() if value != getattr(plain, key)}
                for port in interface.inputs
            ],
            "outputs": [list(output) for output in interface.outputs],
        }
        for kind, interface in sorted(interfaces.items())
    }
    path.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def breaking_changes(published: Interfaces, present: Interfaces) -> list[str]:
    """What would break graphs that people have saved: each change in words.

    Widgets are saved by position, links by the position of outputs and the name of inputs; so nothing may be removed,
    renamed, retyped or put before what was there.
    """
    gone = [f"{kind} was removed" for kind in published if kind not in present]
    return gone + [
        f"{kind}: {words}"
        for kind, old in published.items()
        if kind in present
        for words in _broken(old, present[kind])
    ]


def _broken(old: NodeInterface, new: NodeInterface) -> Iterator[str]:
    ports = {port.name: port for port in new.inputs}
    for port in old.inputs:
        if port.name not in ports:
            yield f"input {port.name} was removed"
        elif ports[port.name].type != port.type:
            yield f"input {port.name} was {port.type}, is {ports[port.name].type}"
        elif missing := set(port.options) - set(ports[port.name].options):
            yield f"input {port.name} no longer offers {sorted(missing)}"
    order = [[port.name for port in interface.widgets()] for interface in (old, new)]
    if order[0] != order[1][: len(order[0])]:
        yield f"widgets were {order[0]}, are {order[1]}"
    known = {port.name for port in old.inputs}
    yield from (f"new input {port.name} is required" for port in new.inputs if port.name not in known | _optional(new))
    if old.outputs != new.outputs[: len(old.outputs)]:
        yield f"outputs were {old.outputs}, are {new.outputs}"


def _optional(interface: NodeInterface) -> set[str]:
    return {port.name for port in interface.inputs if port.is_optional or port.is_widget}
