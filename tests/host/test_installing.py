"""ComfyUI-Manager installs what the registry would serve, and ComfyUI loads it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.host.finding import ROOT, Host
from tests.host.server import Server, prepare


def archive_files() -> list[str]:
    """Files of the node archive: those that git tracks, but for .comfyignore."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    words = ["git", "-c", "core.excludesFile=.comfyignore", "check-ignore", "--no-index", "--stdin"]
    ignored = subprocess.run(words, cwd=ROOT, input=tracked, capture_output=True, text=True, check=False).stdout
    return sorted(set(tracked.splitlines()) - set(ignored.splitlines()))


def unpack(folder: Path) -> Path:
    """A copy of the archive's files."""
    for name in archive_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_archive_holds_the_package_alone() -> None:
    names = archive_files()
    assert {"__init__.py", "requirements.txt", "pyproject.toml", "nodes/load.py"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "docs/", "benchmarks/"))]


def test_manager_installs_it_and_comfyui_loads_it(host: Host, tmp_path: Path) -> None:
    manager = Path(host.python).with_name("cm-cli")
    if not manager.is_file():
        pytest.skip("comfyui-manager is not installed beside ComfyUI's Python")
    prepare(tmp_path)
    pack = unpack(tmp_path / "custom_nodes" / "installed")
    environment = {**os.environ, "COMFYUI_PATH": str(host.checkout)}
    words = [str(manager), "post-install", str(pack)]
    said = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    assert "ERROR" not in said.stdout + said.stderr
    (tmp_path / "custom_nodes" / "pack-under-test").unlink()
    with Server(host, tmp_path) as server:
        assert "IMPORT FAILED" not in server.log()
        assert "AnchorSampler" in server.get("/object_info")
