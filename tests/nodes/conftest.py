"""The package loaded as ComfyUI loads it, under one name, over a stand-in for the host."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.fake_host import FakeHost, folder_paths, modules

ROOT = Path(__file__).resolve().parents[2]
NAME = "anchorcrafter_pack"
Pack = Callable[[str], Any]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHost]:
    """The stand-in under the host's module names, for as long as these tests run."""
    host = FakeHost(tmp_path_factory.mktemp("comfyui"))
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules(host).items():
            patch.setitem(sys.modules, name, module)
        patch.setitem(sys.modules, NAME, _package())
        yield host


def _package() -> Any:
    spec = importlib.util.spec_from_file_location(NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    return package


@pytest.fixture
def host(installed: FakeHost, tmp_path: Path) -> FakeHost:
    """The stand-in, as new."""
    vars(installed).update(vars(FakeHost(tmp_path)))
    vars(sys.modules["folder_paths"]).update(folder_paths(installed))
    return installed


@pytest.fixture
def pack(host: FakeHost) -> Pack:
    """A module of the package by its name below the root, e.g. ``pack("nodes.host")``."""
    return lambda name: import_module(f"{NAME}.{name}")


@pytest.fixture
def built_in(pack: Pack) -> Any:
    """The built-in model under the stand-in's memory management (HostedModels)."""
    loading, folders = pack("nodes.model_loading"), pack("nodes.model_folders")
    ready, _ = loading.load_hosted(folders.Choice(folders.DISPLAY_NAME), "auto", False, pack("nodes.native").lend())
    return ready
