"""Translations: every word that the editor shows of a node stands in both languages, and nothing else stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.web.schemas import NodeWords, Port

LANGUAGES = ("en", "zh")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;?!][\u4e00-\u9fff]")
FORMAT_SIGNS = re.compile(r"[{}@|]")
"""The editor's translator reads them as its own: text with them fails or is cut."""
SEED_CONTROL = "control_after_generate"
Leaves = dict[str, str]


def _locale(root: Path, language: str, file: str = "nodeDefs") -> dict[str, Any]:
    return json.loads((root / "locales" / language / f"{file}.json").read_text(encoding="utf-8"))


def leaves(branch: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """(keys joined by '/', text) of every text."""
    for key, value in branch.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}/{key}")
        else:
            yield f"{path}/{key}", value


def expected(nodes: Mapping[str, NodeWords]) -> Leaves:
    """Every text that the editor looks up, by its keys, with what the schema says there."""
    found: Leaves = {}
    for kind, node in nodes.items():
        found |= {f"/{kind}/display_name": node.display_name, f"/{kind}/description": node.description}
        for port in node.inputs:
            found |= _input(f"/{kind}/inputs", port)
        for index, port in enumerate(node.outputs):
            found |= {f"/{kind}/outputs/{index}/name": port.name, f"/{kind}/outputs/{index}/tooltip": port.tooltip}
    return found


def _input(above: str, port: Port) -> Leaves:
    place = f"{above}/{port.name}"
    control = {f"{above}/{SEED_CONTROL}/name": "control after generate"} if port.has_seed_control else {}
    options = {f"{place}/options/{option.replace('.', '_')}": option for option in port.options}
    return {f"{place}/name": port.name, f"{place}/tooltip": port.tooltip, **options, **control}


def test_every_input_and_output_says_what_it_is(nodes: Mapping[str, NodeWords]) -> None:
    assert [place for place, text in expected(nodes).items() if not text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_and_no_stray_one(language: str, root: Path, nodes: Mapping[str, NodeWords]) -> None:
    found, wanted = dict(leaves(_locale(root, language))), expected(nodes)
    assert {"missing": wanted.keys() - found.keys(), "stray": found.keys() - wanted.keys()} == {
        "missing": set(),
        "stray": set(),
    }


def test_english_is_the_schema_s_own(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    found, wanted = dict(leaves(_locale(root, "en"))), expected(nodes)
    plain = {place: text for place, text in wanted.items() if not FORMAT_SIGNS.search(text)}
    assert {place: found[place] for place in plain} == plain


@pytest.mark.parametrize("file", ["nodeDefs", "main"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_editor_can_read_every_text(language: str, file: str, root: Path) -> None:
    texts = dict(leaves(_locale(root, language, file)))
    assert [place for place, text in texts.items() if FORMAT_SIGNS.search(text) or not text.strip()] == []


def test_chinese_is_chinese(root: Path) -> None:
    texts = dict(leaves(_locale(root, "zh")))
    long = {place: text for place, text in texts.items() if place.endswith(("display_name", "description", "tooltip"))}
    assert [place for place, text in long.items() if not CHINESE.search(text)] == []
    assert [place for place, text in texts.items() if HALF_WIDTH.search(text)] == []


def test_inputs_of_a_node_have_different_names_in_chinese(root: Path) -> None:
    for kind, node in _locale(root, "zh").items():
        names = [words["name"] for words in node["inputs"].values()]
        assert len(names) == len(set(names)), kind


def test_both_languages_name_the_same_types_and_menus(root: Path) -> None:
    english, chinese = (dict(leaves(_locale(root, language, "main"))) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    declared = (root / "nodes" / "sockets.py").read_text(encoding="utf-8")
    own_types = {place.removeprefix("/dataTypes/") for place in english if place.startswith("/dataTypes/")}
    assert own_types == set(re.findall(r'io\.Custom\("(\w+)"\)', declared))
    menus = {place.removeprefix("/nodeCategories/") for place in english if place.startswith("/nodeCategories/")}
    assert menus == set(re.findall(r'CATEGORY = "(\w+)"', declared))


def test_the_workflows_have_a_heading(root: Path) -> None:
    """Under the folder's name that an installation from the registry has: the package's id."""
    (package,) = re.findall(r'^name = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    words = _locale(root, "en", "main")["templateWorkflows"]
    assert {key: list(value) for key, value in words.items()} == {"category": [package]}


def test_a_missing_and_a_stray_text_are_noticed(root: Path, nodes: Mapping[str, NodeWords]) -> None:
    broken = _locale(root, "zh")
    broken["AnchorSampler"]["inputs"]["speed"] = broken["AnchorSampler"]["inputs"].pop("steps")
    found, wanted = dict(leaves(broken)).keys(), expected(nodes).keys()
    assert {place.split("/")[3] for place in wanted - found} == {"steps"}
    assert {place.split("/")[3] for place in found - wanted} == {"speed"}
