"""Laws of the fingerprint and the record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.generation.record import HashedFile, Ingredients, read_record, versions, write_record

BASE = Ingredients({"steps": 4}, {"person": HashedFile("a.png", "aa")}, {"files": {"w": "ff"}})


@pytest.mark.parametrize(
    "other",
    [
        Ingredients({"steps": 5}, BASE.inputs, BASE.model),
        Ingredients(BASE.parameters, {"person": HashedFile("a.png", "ab")}, BASE.model),
        Ingredients(BASE.parameters, {"product": HashedFile("a.png", "aa")}, BASE.model),
        Ingredients(BASE.parameters, BASE.inputs, {"files": {"w": "fe"}}),
    ],
)
def test_the_fingerprint_changes_with_everything_that_counts(other: Ingredients) -> None:
    assert other.fingerprint() != BASE.fingerprint()


def test_the_fingerprint_does_not_ask_where_files_lie() -> None:
    moved = Ingredients(BASE.parameters, {"person": HashedFile("elsewhere/b.png", "aa")}, BASE.model)
    assert moved.fingerprint() == BASE.fingerprint()


def test_a_record_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_record(path, BASE, {"timing": {"total_seconds": 3}})
    record = read_record(path)
    assert record["fingerprint"] == BASE.fingerprint()
    assert record["parameters"] == {"steps": 4}
    assert record["inputs"] == {"person": {"path": "a.png", "sha256": "aa"}}
    assert record["timing"] == {"total_seconds": 3}
    assert {"python", "anchorcrafter", "torch", "diffusers", "transformers"} <= record["versions"].keys()


@pytest.mark.parametrize("text", ["", "[1]", "{", "\x00"])
def test_what_is_no_record_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    assert read_record(path) == {}
    assert read_record(tmp_path / "absent.json") == {}


def test_a_full_disk_leaves_the_old_record(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{}")
    request.getfixturevalue("full_disk")
    with pytest.raises(MediaError, match="a full disk"):
        write_record(path, BASE, {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert json.loads(path.read_bytes()) == {}


def test_versions_are_words() -> None:
    assert all(isinstance(value, str) and value for value in versions().values())
