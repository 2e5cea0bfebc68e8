"""What people install: one list of requirements, a wheel with the library alone, one placeholder to fill in."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

PLACEHOLDER = "PUBLISHER-ID-" + "PLACEHOLDER"
REQUIREMENT = re.compile(r"^([A-Za-z][\w.-]*)>=([\w.]+)$")


def _table(pyproject: str, name: str) -> str:
    """Text of one table of pyproject.toml; Python 3.10 has no reader for that format."""
    return pyproject.split(f"\n[{name}]\n")[1].split("\n[")[0]


def _strings(table: str, key: str) -> list[str]:
    """The strings of a list-valued key."""
    body = re.search(rf"^{re.escape(key)} = \[(.*?)^\]", table, re.DOTALL | re.MULTILINE)
    assert body, f"{key} is no list over several lines"
    return re.findall(r'"([^"]+)"', body[1])


def _pins(constraints: Path) -> dict[str, set[str]]:
    """Name -> pinned versions; two where Python versions differ."""
    lines = [line for line in constraints.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pins: dict[str, set[str]] = {}
    for line in lines:
        name, version = line.split(";")[0].strip().split("==")
        pins.setdefault(_canonical(name), set()).add(version)
    return pins


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


@pytest.fixture(scope="module")
def pyproject(root: Path) -> str:
    """pyproject.toml as text."""
    return (root / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dependencies(pyproject: str) -> dict[str, str]:
    """Run-time dependency -> its floor."""
    found = [REQUIREMENT.match(line) for line in _strings(_table(pyproject, "project"), "dependencies")]
    assert all(found), "every dependency reads name>=version, nothing more"
    return {match[1]: match[2] for match in found if match}


def test_manager_and_pip_install_the_same(root: Path, dependencies: dict[str, str]) -> None:
    """ComfyUI-Manager installs requirements.txt line by line and never looks at pyproject.toml."""
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{name}>={floor}" for name, floor in dependencies.items()]


def test_every_floor_but_torch_is_what_the_oldest_suite_runs_on(root: Path, dependencies: dict[str, str]) -> None:
    pins = _pins(root / "constraints" / "oldest.txt")
    floors = {_canonical(name): {floor} for name, floor in dependencies.items() if name != "torch"}
    assert {name: pins.get(name) for name in floors} == floors


def test_newest_pins_every_dependency_above_its_floor(root: Path, dependencies: dict[str, str]) -> None:
    pins = _pins(root / "constraints" / "newest.txt")
    below = {
        name: pins.get(_canonical(name))
        for name, floor in dependencies.items()
        if not all(_key(pin) >= _key(floor) for pin in pins.get(_canonical(name), {"0"}))
    }
    assert below == {}


def test_both_ends_run_on_the_same_torch(root: Path) -> None:
    newest, oldest = (_pins(root / "constraints" / f"{end}.txt") for end in ("newest", "oldest"))
    assert newest["torch"] == oldest["torch"] and len(newest["torch"]) == 1


def test_version_stands_once_in_words(root: Path, pyproject: str) -> None:
    declared = re.search(r'^version = "(.+)"$', _table(pyproject, "project"), re.MULTILINE)
    spoken = re.search(r'^__version__ = "(.+)"$', _read(root, "anchorcrafter_core/__init__.py"), re.MULTILINE)
    assert declared and spoken and declared[1] == spoken[1]
    assert re.fullmatch(r"\d+\.\d+\.\d+", declared[1])
    assert f"## [{declared[1]}]" in _read(root, "CHANGELOG.md")


def test_pyright_looks_at_every_source(pyproject: str, trees: Mapping[str, ast.Module]) -> None:
    include = re.search(r"^include = (.+)$", _table(pyproject, "tool.pyright"), re.MULTILINE)
    assert include and {file.split("/")[0] for file in trees} <= set(re.findall(r'"([^"]+)"', include[1]))


def test_registry_id_is_well_formed(pyproject: str) -> None:
    name = re.search(r'^name = "(.+)"$', _table(pyproject, "project"), re.MULTILINE)
    assert name and re.fullmatch(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*", name[1]) and "comfyui" not in name[1]


def test_placeholder_stands_only_where_the_release_list_says(root: Path, files: tuple[Path, ...]) -> None:
    written = [path for path in files if path.suffix in {".toml", ".md", ".txt", ".py", ".yml", ".json"}]
    holding = {path.relative_to(root).as_posix() for path in written if PLACEHOLDER.encode() in path.read_bytes()}
    listed = set(re.findall(r"`([^`\s]+)`", _read(root, "docs/RELEASING.md")))
    assert "pyproject.toml" in holding
    assert holding - {"docs/RELEASING.md"} - listed == set()


def _read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names inside the wheel, built from a copy so that nothing is left behind here."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(root / name, copy)
    for folder in ("anchorcrafter_core", "nodes", "tests/project"):
        if (root / folder).is_dir():
            shutil.copytree(root / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "out", "."]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    (built,) = (copy / "out").glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_wheel_holds_the_library_alone(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"anchorcrafter_core"}


def test_wheel_holds_every_file_of_the_library(root: Path, wheel: set[str], files: tuple[Path, ...]) -> None:
    library = {path.relative_to(root).as_posix() for path in files if "anchorcrafter_core" in path.parts[:-1]}
    library = {name for name in library if name.startswith("anchorcrafter_core/")}
    assert library - wheel == set()


def test_wheel_carries_licence_notice_and_command(wheel: set[str]) -> None:
    info = {name.split("/", 1)[1] for name in wheel if ".dist-info/" in name}
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= info
