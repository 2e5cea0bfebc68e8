"""The words of every node as its schema has them, gathered over the stand-in for ComfyUI."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.fake_host import FakeHost, Socket, modules
from tests.nodes.media_types import give_media

ROOT = Path(__file__).resolve().parents[2]
NAME = "anchorcrafter_words"
"""Not the name under which other tests load the package: nothing of this one is passed on."""


@dataclass(frozen=True)
class Port:
    """An input or output.

    Attributes:
        name: what a graph calls it.
        tooltip: what the schema says about it.
        options: fixed choices of a combo, as they are where no files lie.
        has_seed_control: whether the editor puts 'control after generate' behind it.
    """

    name: str
    tooltip: str
    options: tuple[str, ...] = ()
    has_seed_control: bool = False


@dataclass(frozen=True)
class NodeWords:
    """One node."""

    display_name: str
    description: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def words_of_nodes(folder: Path) -> Mapping[str, NodeWords]:
    """Every node by its id.

    Args:
        folder: empty; stands for ComfyUI's base folder.
    """
    with loaded_package(folder):
        import_module(f"{NAME}.nodes.model_folders").register_folder()
        schemas = [node.define_schema() for node in _nodes()]
    return {schema.node_id: _words(schema) for schema in schemas}


@contextmanager
def loaded_package(folder: Path) -> Iterator[None]:
    """The package under a name of its own; afterwards nothing of it is left among the modules."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules(FakeHost(folder)).items():
            patch.setitem(sys.modules, name, module)
        give_media(patch)
        spec = importlib.util.spec_from_file_location(
            NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        assert spec is not None and spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, NAME, package)
        spec.loader.exec_module(package)
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.startswith(f"{NAME}.")]:
                del sys.modules[name]


def _nodes() -> Iterator[Any]:
    """Whatever a file in nodes/ lists, whether the extension names that file or not."""
    for file in sorted((ROOT / "nodes").glob("*.py")):
        if re.search(r"^NODES = \[", file.read_text(encoding="utf-8"), re.MULTILINE):
            yield from import_module(f"{NAME}.nodes.{file.stem}").NODES


def _words(schema: Any) -> NodeWords:
    inputs = tuple(_port(socket, socket.id) for socket in schema.inputs)
    outputs = tuple(_port(socket, socket.given["display_name"]) for socket in schema.outputs)
    return NodeWords(schema.display_name, schema.description, inputs, outputs)


def _port(socket: Socket, name: str) -> Port:
    given = socket.given
    has_control = bool(given.get("control_after_generate")) or name == "seed"
    options = tuple(map(str, given.get("options", ())))
    return Port(name, given.get("tooltip", ""), options, has_control and socket.io_type == "INT")
