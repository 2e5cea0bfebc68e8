"""Help pages: one per node and language, which name every input and output, and quote messages that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image

from tests.web.schemas import NodeWords

LANGUAGES = ("en", "zh")
PICTURE = re.compile(r"<img src='([^']+)' alt='[^']+' />")
ANY_LINK = re.compile(r"\]\([^)]*\)|<img |src=")
ROW = re.compile(r"^\| `([^`]+)`", re.MULTILINE)
GAP = "\u2026"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MOST_BYTES = 150_000
HEADINGS = {
    "en": ("Inputs", "Outputs", "When something goes wrong"),
    "zh": ("\u8f93\u5165", "\u8f93\u51fa", "\u51fa\u9519\u65f6"),
}


def _page(root: Path, kind: str, language: str) -> str:
    return (root / "web" / "docs" / kind / f"{language}.md").read_text(encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    """Text below each heading of the second level."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_node_has_its_pages_and_no_others_exist(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    pages = {path.relative_to(root / "web" / "docs").as_posix() for path in (root / "web" / "docs").rglob("*.md")}
    assert pages == {f"{kind}/{language}.md" for kind in nodes for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_every_input_and_output(language: str, root: Path, nodes: Mapping[str, NodeWords]) -> None:
    inputs, outputs, _ = HEADINGS[language]
    for kind, node in nodes.items():
        sections = _sections(_page(root, kind, language))
        assert ROW.findall(sections[inputs]) == [port.name for port in node.inputs], kind
        assert ROW.findall(sections[outputs]) == [port.name for port in node.outputs], kind


def test_both_languages_have_the_same_shape(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    for kind in nodes:
        english, chinese = (_shape(_page(root, kind, language)) for language in LANGUAGES)
        assert english == chinese, kind
        assert CHINESE.search(_page(root, kind, "zh"))


def _shape(page: str) -> list[str]:
    """What each line is: its heading marks, list mark, table bar or picture."""
    marks = (re.match(r"#+|- |\||<img src='[^']+'", line) for line in page.splitlines() if line)
    return [mark[0] if mark else "text" for mark in marks]


def test_pictures_exist_and_are_light(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    """The editor looks for pictures from ``web/docs``, not from the page; it shows nothing where there is none."""
    shown = {name for kind in nodes for language in LANGUAGES for name in PICTURE.findall(_page(root, kind, language))}
    files = {path.relative_to(root / "web/docs").as_posix(): path for path in (root / "web/docs/images").iterdir()}
    assert shown == files.keys()
    assert {name: path.stat().st_size for name, path in files.items() if path.stat().st_size > MOST_BYTES} == {}


def test_pages_link_to_nothing_but_pictures(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    """Where a link leads depends on the release of the editor."""
    for kind in nodes:
        for language in LANGUAGES:
            assert ANY_LINK.search(PICTURE.sub("", _page(root, kind, language))) is None, kind


@pytest.fixture(scope="module")
def spoken(root: Path) -> str:
    """Every text that the sources hold, line by line."""
    files = [*(root / "nodes").glob("*.py"), *(root / "anchorcrafter_core").rglob("*.py")]
    return "\n".join(text for file in files for text in _texts(ast.parse(file.read_text(encoding="utf-8"))))


def _texts(tree: ast.AST) -> Iterator[str]:
    """String constants, those inside f-strings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_quoted_messages_are_said(language: str, root: Path, nodes: Mapping[str, NodeWords], spoken: str) -> None:
    heading = HEADINGS[language][-1]
    quoted = {message for kind in nodes for message in ROW.findall(_sections(_page(root, kind, language))[heading])}
    parts = {part.strip() for message in quoted for part in message.split(GAP)}
    assert {part for part in parts if part not in spoken} == set()
    assert len(quoted) > len(nodes)


def test_a_message_that_nobody_says_is_noticed(spoken: str) -> None:
    assert "no pose: nothing says how the person moves" in spoken
    assert "no pose: nothing says how the product moves" not in spoken


@pytest.mark.parametrize(("file", "ratio"), [("icon.png", 1), ("banner.png", 21 / 9)])
def test_icon_and_banner_have_the_registry_s_shape(file: str, ratio: float, root: Path) -> None:
    with Image.open(root / "web" / file) as picture:
        assert picture.width / picture.height == pytest.approx(ratio, abs=0.01)
        assert picture.width <= (400 if ratio == 1 else 1680)
