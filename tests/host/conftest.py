"""One running ComfyUI for all tests. They are collected only when asked for by path (``make test-host``).

``--write-report`` writes docs/host-report.md after a whole run without a failure, ``--write-interfaces`` what
tests/workflows and tests/nodes know of the nodes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.host.finding import ROOT, Host, find_host
from tests.host.graph import Graph
from tests.host.model_files import stock
from tests.host.report import REPORT, Findings, written
from tests.host.server import Server, prepare
from tests.workflows.interface import Interfaces, of_object_info
from tests.workflows.ui_graph import api_prompt, read

HERE = Path(__file__).resolve().parent
Open = Callable[[str], Graph]
FINDINGS = pytest.StashKey[Findings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switches of the module's first lines."""
    for name in ("--write-report", "--write-interfaces"):
        parser.addoption(name, action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """A place for what the tests find out."""
    config.stash[FINDINGS] = Findings()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count what ran."""
    outcome = yield
    if outcome.when == "call" or outcome.outcome != "passed":
        item.config.stash[FINDINGS].outcomes.append((item.path.name, outcome.outcome))
    return outcome


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the report of a whole run that went well."""
    asked_whole = [Path(argument).resolve() for argument in session.config.args] == [HERE]
    if session.config.getoption("--write-report", False) and exitstatus == 0 and asked_whole:
        REPORT.write_text(written(session.config.stash[FINDINGS]), encoding="utf-8")


def _is_asked_for(config: pytest.Config) -> bool:
    names = [Path(str(argument).split("::")[0]).resolve() for argument in config.args]
    return any(name == HERE or HERE in name.parents for name in names)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the whole suite passes this folder by: it takes a ComfyUI and minutes."""
    return None if _is_asked_for(config) else True


@pytest.fixture(scope="session")
def host() -> Host:
    """The installation of ComfyUI."""
    found = find_host(os.environ)
    if found is None:
        pytest.fail("No ComfyUI: set COMFYUI_PATH to a checkout (and COMFYUI_PYTHON to the Python that it runs on).")
    return found


@pytest.fixture(scope="session")
def server(host: Host, findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """ComfyUI with this package and nothing else in its folders."""
    base = tmp_path_factory.mktemp("comfyui")
    prepare(base)
    stock(base / "models")
    with Server(host, base) as running:
        findings.system = running.get("/system_stats")["system"]
        yield running


@pytest.fixture(scope="session")
def findings(pytestconfig: pytest.Config) -> Findings:
    """What the report will tell."""
    return pytestconfig.stash[FINDINGS]


@pytest.fixture(scope="session")
def object_info(server: Server) -> Mapping[str, Any]:
    """What the server tells of all its nodes."""
    return server.get("/object_info")


@pytest.fixture(scope="session")
def interfaces(object_info: Mapping[str, Any]) -> Interfaces:
    """The same as interfaces."""
    return {kind: of_object_info(kind, info) for kind, info in object_info.items()}


@pytest.fixture
def workflow(interfaces: Interfaces) -> Open:
    """A workflow of the package by a part of its name, ready to be queued."""

    def open_workflow(name: str) -> Graph:
        (path,) = (ROOT / "workflows").glob(f"*{name}*.json")
        return Graph(api_prompt(read(path), interfaces))

    return open_workflow


@pytest.fixture
def small(workflow: Open) -> Graph:
    """The quick start in the fewest pixels, frames and steps."""
    return workflow("quick_start").small()
