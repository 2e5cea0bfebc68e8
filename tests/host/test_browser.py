"""The workflows open in an old and a new editor, in English and Chinese, and mean there what they are meant to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.host.browser import SETTINGS, Browser
from tests.host.finding import Host, find_browser, other_frontends
from tests.host.report import Findings
from tests.host.server import PACK, Server, prepare
from tests.workflows.interface import Interfaces
from tests.workflows.test_workflows import box, overlap
from tests.workflows.ui_graph import api_prompt, read, workflow_files

CHROMIUM = find_browser(os.environ)
FRONTENDS = ["bundled", *other_frontends(os.environ)]
LOCALES = ("en", "zh")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; CHROMIUM may name one")


@pytest.fixture(scope="module", params=FRONTENDS, ids=lambda frontend: Path(frontend).parent.name)
def edited(
    request: pytest.FixtureRequest, host: Host, findings: Findings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """ComfyUI with one of the frontends."""
    options = () if request.param == "bundled" else ("--front-end-root", str(request.param))
    with Server(host, prepare(tmp_path_factory.mktemp("edited")), options) as running:
        running.post("/api/settings", SETTINGS)
        yield running


@pytest.fixture(scope="module", params=LOCALES)
def editor(
    request: pytest.FixtureRequest, edited: Server, findings: Findings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """The editor in one language."""
    edited.post("/api/settings", {"Comfy.Locale": request.param})
    with Browser(str(CHROMIUM), tmp_path_factory.mktemp("profile")) as browser:
        browser.open_editor(edited.address)
        version = browser.evaluate("String(window.__COMFYUI_FRONTEND_VERSION__)")
        findings.frontends += [] if version in findings.frontends else [version]
        yield browser


def plain(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """A prompt without what is only for people."""
    return {number: {"class_type": node["class_type"], "inputs": node["inputs"]} for number, node in prompt.items()}


@pytest.mark.parametrize("path", workflow_files(), ids=lambda path: path.stem)
def test_workflow_opens_as_it_is_meant(path: Path, editor: Browser, interfaces: Interfaces) -> None:
    graph = read(path)
    editor.open_graph(graph)
    assert editor.missing_nodes() == []
    assert plain(editor.prompt()) == api_prompt(graph, interfaces)
    boxes = editor.boxes()
    pairs = [(one, other) for i, one in enumerate(boxes) for other in boxes[i + 1 :]]
    assert [(one["id"], other["id"]) for one, other in pairs if overlap(box(one), box(other))] == []


def test_nodes_speak_the_language_of_the_editor(editor: Browser, edited: Server) -> None:
    title = editor.evaluate("LiteGraph.registered_node_types.AnchorSampler.title")
    language = edited.get("/api/settings")["Comfy.Locale"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in title) == (language == "zh")


def test_help_pages_are_served(edited: Server) -> None:
    for locale in LOCALES:
        assert edited.fetch(f"/extensions/{PACK}/docs/AnchorSampler/{locale}.md").strip().startswith(b"#")
