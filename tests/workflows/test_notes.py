"""The note of every workflow: the same in English and Chinese, by the names the editor shows, all of it in sight."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.ui_graph import FOLDER, NOTES, read, workflow_files

RULE = "\n---\n\n"
"""Between the languages."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;?!][\u4e00-\u9fff]")
BOLD, CODE = re.compile(r"\*\*([^*]+)\*\*"), re.compile(r"`([^`]+)`")
ITEM = re.compile(r"\d+\. |- ")
LINE, GAP, HEADING, MARGIN, INDENT = 12, 12, 34, 30, 30
"""Heights of a line, between paragraphs and of a heading; what borders and list marks take of the width."""
NARROW, WIDE = 5, 10
"""Widths of a Latin and of a Chinese letter in a note's small print, on average."""

every_workflow = pytest.mark.parametrize("path", workflow_files(), ids=lambda path: path.stem)


def note(path: Path) -> dict[str, Any]:
    """The only note of a workflow."""
    (found,) = [node for node in read(path)["nodes"] if node["type"] in NOTES]
    return found


def parts(path: Path) -> tuple[str, str]:
    """The English and the Chinese text of a note."""
    english, chinese = note(path)["widgets_values"][0].split(RULE)
    return english, chinese


def shape(text: str) -> list[str]:
    """What each line is: its heading mark, list mark, table bar, or text."""
    marks = (re.match(r"#+|\d+\. |- |\|", line) for line in text.splitlines() if line)
    return [mark[0] if mark else "text" for mark in marks]


@pytest.fixture(scope="module")
def names() -> Mapping[str, str]:
    """Chinese names of this package's nodes by the English ones."""
    english, chinese = (
        json.loads((FOLDER.parent / "locales" / language / "nodeDefs.json").read_text(encoding="utf-8"))
        for language in ("en", "zh")
    )
    return {words["display_name"]: chinese[kind]["display_name"] for kind, words in english.items()}


@every_workflow
def test_both_languages_say_the_same(path: Path) -> None:
    english, chinese = parts(path)
    assert english.isascii() and CHINESE.search(chinese)
    assert shape(english) == shape(chinese)
    assert sorted(CODE.findall(english)) == sorted(CODE.findall(chinese))
    assert HALF_WIDTH.search(chinese) is None


@every_workflow
def test_nodes_are_called_as_the_editor_calls_them(path: Path, names: Mapping[str, str]) -> None:
    english, chinese = (BOLD.findall(part) for part in parts(path))
    wanted = {names[word] for word in english if word in names}
    assert wanted and wanted == set(chinese) & set(names.values())


@every_workflow
def test_a_note_shows_all_that_it_says(path: Path) -> None:
    width, height = note(path)["size"]
    assert needed_height(note(path)["widgets_values"][0], width) <= height


def needed_height(text: str, width: float) -> int:
    """About how much room a text takes in a note of a width, both in the editor's units."""
    return sum(height_of(line, width - MARGIN) for line in text.split("\n"))


def height_of(line: str, width: float) -> int:
    """Of one line of Markdown, wrapped; of a row of a table by its last column, which has most words."""
    if not line:
        return GAP
    if line.startswith("#"):
        return HEADING
    is_row = line.startswith("|")
    words = line.strip("|").split("|")[-1] if is_row else line
    room = 0.75 * width - MARGIN if is_row else width - INDENT * bool(ITEM.match(line))
    letters = sum(WIDE if ord(letter) > 0x2E80 else NARROW for letter in words)
    return LINE * math.ceil(letters / room) + GAP * is_row


def test_a_text_without_room_is_noticed() -> None:
    assert needed_height("word " * 100, 430) > 5 * LINE
    assert needed_height("\u5b57" * 100, 430) > needed_height("w" * 100, 430)


def test_real_videos_are_told_what_to_change() -> None:
    """Whoever brings files is told of the model, the steps and the size of the published weights."""
    general = ("general weights", "\u901a\u7528\u6743\u91cd")
    for name in ("2_own_files", "7_driving_motion"):
        for part, model in zip(parts(FOLDER / f"{name}.json"), general, strict=True):
            assert {model, "576", "1024", "30"} == {word for word in (model, "576", "1024", "30") if word in part}, name
