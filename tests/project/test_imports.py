"""Imports point one way (ARCHITECTURE.md, "Direction of imports")."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

import pytest

CORE = "anchorcrafter_core"
NOUNS = {"types", "errors"}
BELOW_CONDITIONING = NOUNS | {"media", "models", "controls"}
BELOW_SAMPLING = BELOW_CONDITIONING | {"conditioning"}
BELOW_TRAINING = BELOW_SAMPLING | {"sampling", "loading", "builtin"}
# What each part of the library may import at run time, itself aside.
MAY_IMPORT: Mapping[str, set[str]] = {
    "errors": set(),
    "types": {"errors"},
    "media": NOUNS,
    "models": NOUNS,
    "loading": NOUNS | {"media", "models"},
    "controls": NOUNS | {"media"},
    "conditioning": BELOW_CONDITIONING,
    "sampling": BELOW_SAMPLING,
    "builtin": BELOW_CONDITIONING | {"loading"},
    "footage": BELOW_CONDITIONING | {"loading"},
    "generation": BELOW_TRAINING | {"footage"},
    "training": BELOW_TRAINING,
    "evaluation": BELOW_TRAINING,
}
# types names the networks it holds, for annotations alone.
MAY_NAME: Mapping[str, set[str]] = {"types": {"models"}}
Rule = Callable[[str, ast.Module], list[str]]
HOST = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "folder_paths", "execution", "server", "nodes"}


def _imports(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.level, node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, node.level, alias.name) for alias in node.names)


def _absolute(file: str, level: int, module: str) -> str:
    """Dotted name of an import; a path outside the repository's root begins with '..'."""
    if level == 0:
        return module
    folders = PurePosixPath(file).parts[:-1]
    kept = folders[: len(folders) - level + 1]
    prefix = ".." if level > len(folders) + 1 else ".".join(kept)
    return f"{prefix}.{module}" if prefix else module


def _is_for_annotations(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _part(dotted: str) -> str:
    names = dotted.split(".")
    return names[1] if names[0] == CORE and len(names) > 1 else ""


def imports_against_the_stream(file: str, tree: ast.Module) -> list[str]:
    """Imports of a core file that its part may not make; the command line may import every part."""
    part = _part(_dotted(file))
    if part in {"", "cli", "commands", "__main__"}:
        return []
    named = {line for node in ast.walk(tree) if _is_for_annotations(node) for line, _, _ in _imports(node)}
    found = []
    for line, level, module in _imports(tree):
        other = _part(_absolute(file, level, module))
        allowed = MAY_IMPORT.get(part, set()) | {part, ""} | (MAY_NAME.get(part, set()) if line in named else set())
        if other not in allowed:
            found.append(f"{file}:{line} imports {other}")
    return found


def imports_of_the_host(file: str, tree: ast.Module) -> list[str]:
    """Imports of ComfyUI's modules outside nodes/."""
    if PurePosixPath(file).parts[0] in {"nodes", "tests"}:
        return []
    return [f"{file}:{line} imports {name}" for line, level, name in _imports(tree) if not level and _top(name) in HOST]


def imports_by_own_name(file: str, tree: ast.Module) -> list[str]:
    """Absolute imports of the package by itself; inside ComfyUI it has no fixed top-level name."""
    top = PurePosixPath(file).parts[0]
    if top not in {CORE, "nodes", "__init__.py"}:
        return []
    return [f"{file}:{line} imports {name}" for line, level, name in _imports(tree) if not level and _top(name) == CORE]


def imports_between_nodes(trees: Mapping[str, ast.Module]) -> list[str]:
    """Imports of a file of nodes (it has a list NODES) by another file below nodes/; the package itself lists them."""
    holders = {_dotted(file) for file, tree in trees.items() if file.startswith("nodes/") and _lists_nodes(tree)}
    skin = {file: tree for file, tree in trees.items() if file.startswith("nodes/") and file != "nodes/__init__.py"}
    return [
        f"{file}:{line} imports {module}"
        for file, tree in skin.items()
        for node in ast.walk(tree)
        for line, level, module in (_direct_imports(node) if isinstance(node, ast.stmt) else ())
        if _absolute(file, level, module) in holders - {_dotted(file)}
    ]


def _lists_nodes(tree: ast.Module) -> bool:
    names = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    names += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(name, ast.Name) and name.id == "NODES" for name in names)


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _top(dotted: str) -> str:
    return dotted.split(".")[0]


RULES = [imports_against_the_stream, imports_of_the_host, imports_by_own_name]


@pytest.mark.parametrize("rule", RULES)
def test_the_sources_keep_the_rule(rule: Rule, trees: Mapping[str, ast.Module]) -> None:
    assert [breach for file, tree in trees.items() for breach in rule(file, tree)] == []


@pytest.mark.parametrize(
    ("rule", "file", "source"),
    [
        (imports_against_the_stream, f"{CORE}/models/unet.py", "from ..sampling.windows import plan"),
        (imports_against_the_stream, f"{CORE}/types.py", "def f():\n    from .models import unet"),
        (imports_against_the_stream, f"{CORE}/errors.py", "from . import types"),
        (imports_against_the_stream, f"{CORE}/brand_new/thing.py", "from ..types import Window"),
        (imports_of_the_host, f"{CORE}/sampling/loop.py", "import comfy.utils"),
        (imports_of_the_host, "__init__.py", "from folder_paths import base_path"),
        (imports_by_own_name, f"{CORE}/loading/load.py", "from anchorcrafter_core.types import Window"),
    ],
)
def test_the_rule_notices_a_breach(rule: Rule, file: str, source: str) -> None:
    assert rule(file, ast.parse(source))


def test_nodes_do_not_lean_on_each_other(trees: Mapping[str, ast.Module]) -> None:
    assert imports_between_nodes(trees) == []


@pytest.mark.parametrize("line", ["from .sample import AnchorSampler", "from . import sample"])
def test_a_node_that_leans_on_another_is_noticed(line: str) -> None:
    trees = {"nodes/sample.py": ast.parse("NODES = []"), "nodes/load.py": ast.parse(f"{line}\nNODES: list[type] = []")}
    assert imports_between_nodes(trees)


def test_every_part_of_the_library_is_in_the_table(trees: Mapping[str, ast.Module]) -> None:
    parts = {_part(_dotted(file)) for file in trees if file.startswith(f"{CORE}/")}
    assert parts - {"", "__main__", "cli", "commands"} <= MAY_IMPORT.keys()


def _run_time_modules(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Core module -> core modules that importing it imports; packages count as their __init__."""
    names = {_dotted(file): file for file in trees}
    graph: dict[str, set[str]] = {}
    for name, file in names.items():
        top = [node for node in trees[file].body if not _is_for_annotations(node)]
        found = {_absolute(file, level, module) for node in top for _, level, module in _direct_imports(node)}
        graph[name] = {target for target in found if target in names} - {name}
    return graph


def _direct_imports(node: ast.stmt) -> Iterator[tuple[int, int, str]]:
    """Imports of a top-level statement: `from . import a` and `from .a import b` both point at modules."""
    if isinstance(node, ast.ImportFrom) and node.module:
        yield from ((node.lineno, node.level, f"{node.module}.{alias.name}") for alias in node.names)
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)


def _cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """One cycle of the graph, or nothing, by taking away what points at nothing."""
    left = {name: set(targets) for name, targets in graph.items()}
    while leaves := {name for name, targets in left.items() if not targets}:
        left = {name: targets - leaves for name, targets in left.items() if name not in leaves}
    return sorted(left)


def test_no_module_imports_itself_over_others(trees: Mapping[str, ast.Module]) -> None:
    assert _cycle(_run_time_modules(trees)) == []


def test_a_cycle_is_noticed() -> None:
    lines = {"a": "from . import b", "b": "from .c import x", "c": "from .a import y"}
    trees = {f"{CORE}/{name}.py": ast.parse(line) for name, line in lines.items()}
    assert _cycle(_run_time_modules(trees)) == [f"{CORE}.{name}" for name in lines]
