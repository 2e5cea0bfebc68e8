"""Laws of reading YAML into dataclasses: every mistake is found, and named with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.schema import as_mapping, build, convert, read_yaml, refuse_unknown, word_or_path


@dataclass(frozen=True)
class Leaf:
    """A class with one needed field."""

    path: Path
    count: int = 1


@dataclass(frozen=True)
class Tree:
    """A class of everything that can be read."""

    leaves: dict[str, Leaf]
    mode: Literal["slow", "fast"] = "slow"
    share: float | None = None
    is_on: bool = False
    words: tuple[str, ...] = ()
    one: Leaf = field(default_factory=lambda: Leaf(Path("x")))


def read(content: object) -> Tree:
    return build(Tree, content, "the file", Path("base"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "the key 'a' twice"),
        ("a: {b: 1, b: 2}", "the key 'b' twice"),
        ("a: 2024-13-45", "month"),
        ("a: " + "9" * 5000, "limit"),
        ("[" * 5000, "recursion"),
    ],
)
def test_yaml_that_cannot_be_meant_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=words):
        read_yaml(path)


def test_values_get_the_type_of_their_field() -> None:
    tree = read(
        {"leaves": {"a": {"path": "b/c", "count": 3}}, "mode": "fast", "share": 2, "is_on": True, "words": ["x", "y"]}
    )
    assert tree == Tree({"a": Leaf(Path("base/b/c"), 3)}, "fast", 2.0, True, ("x", "y"))
    assert isinstance(tree.share, float)


def test_a_bare_value_stands_for_the_only_needed_field_or_a_list_of_one() -> None:
    tree = read({"leaves": {"a": "b"}, "words": "x"})
    assert tree.leaves == {"a": Leaf(Path("base/b"))}
    assert tree.words == ("x",)


def test_an_absolute_path_stays_and_a_home_is_found(tmp_path: Path) -> None:
    assert convert(Path, str(tmp_path), "x", Path("base")) == tmp_path
    assert convert(Path, "~/a", "x", Path("base")) == Path.home() / "a"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"leaves": {}, "modes": "fast"}, "Did you mean 'mode'"),
        ({"leaves": {}, "zzzz": 1}, "Remove it"),
        ({"mode": "fast"}, "without leaves"),
        ({"leaves": {"a": {"count": 1}}}, "the file.leaves.a without path"),
        ({"leaves": {"a": {"path": "b", "count": "many"}}}, "the file.leaves.a.count = 'many'"),
        ({"leaves": {"a": {"path": "b", "count": 1.5}}}, "a whole number"),
        ({"leaves": {"a": {"path": "b", "count": True}}}, "a whole number"),
        ({"leaves": {"a": {"path": 3}}}, "a path"),
        ({"leaves": {"a": None}}, "nothing for the file.leaves.a"),
        ({"leaves": {}, "mode": "medium"}, "slow or fast"),
        ({"leaves": {}, "share": float("nan")}, "a number"),
        ({"leaves": {}, "share": [1]}, "a list"),
        ({"leaves": {}, "is_on": 1}, "true or false"),
        ({"leaves": {}, "words": ["x", 2]}, "the file.words[1]"),
        ({"leaves": [1]}, "a list for the file.leaves"),
        ({"leaves": {0: "b"}}, "in quotes"),
        (7, "7 for the file"),
    ],
)
def test_every_mistake_is_named(content: object, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(content)
    assert words in str(caught.value)


def test_a_word_stays_and_anything_else_is_a_path(tmp_path: Path) -> None:
    words = ("built-in",)
    assert word_or_path("built-in", words, "model", tmp_path) == "built-in"
    assert word_or_path("other", words, "model", tmp_path) == str(tmp_path / "other")
    for misspelt in ("builtin", "BUILT-IN", "built_in"):
        with pytest.raises(OptionError, match="Did you mean 'built-in'"):
            word_or_path(misspelt, words, "model", tmp_path)
    (tmp_path / "builtin").touch()
    assert word_or_path("builtin", words, "model", tmp_path) == str(tmp_path / "builtin")


def test_unknown_keys_name_the_known_ones() -> None:
    refuse_unknown({"steps": 1}, ["steps", "seed"], "sampling")
    with pytest.raises(OptionError, match="one of steps, seed"):
        refuse_unknown({"step": 1}, ["steps", "seed"], "sampling")


def test_mappings_pass_unchanged() -> None:
    content: dict[str, Any] = {"a": 1}
    assert as_mapping(content, "x") is content


@pytest.mark.parametrize("text", ["a: [1", "\t- a", "a: 1\n b: 2", "- 1\n- 2", "", "a: !!python/object:os.system x"])
def test_what_is_no_yaml_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError):
        read_yaml(path)


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00a")
    for name in ("absent.yaml", "binary.yaml"):
        with pytest.raises(OptionError, match=name):
            read_yaml(tmp_path / name)


def test_words_of_all_languages_are_read(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("\ufeffa: \u6d4b\u8bd5\n", encoding="utf-8")
    assert read_yaml(path) == {"a": "\u6d4b\u8bd5"}
