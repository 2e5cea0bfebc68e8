"""Documents: links lead somewhere, both languages say the same, nothing speaks of a private machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anchorcrafter_core.cli import COMMANDS
from anchorcrafter_core.generation.config import read_config

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r'<img[^>]+src="([^"]+)"')
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
TEXT = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".json", ".js", ".cfg", ""}
# Folders of one machine, written in parts so that this file keeps its own law.
PRIVATE = [re.compile(rf"(?<![\w./<~-])/{folder}/") for folder in ("wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers")]
INDEX_HOSTS = re.compile("|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "download" + r"\.pytorch\.org")))


def _documents(files: tuple[Path, ...]) -> list[Path]:
    return [path for path in files if path.suffix == ".md"]


def _prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def _headings(document: Path) -> list[tuple[int, str]]:
    return [(len(marks), words) for marks, words in re.findall(r"^(#+) (.+)$", _prose(document), re.MULTILINE)]


def _anchor(heading: str) -> str:
    """The name by which a forge links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _is_broken(document: Path, link: str) -> bool:
    if "://" in link or link.startswith("mailto:"):
        return False
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return not target.exists() or bool(anchor) and anchor not in {_anchor(words) for _, words in _headings(target)}


def _broken_links(document: Path) -> list[str]:
    links = [*LINK.findall(_prose(document)), *PICTURE.findall(_prose(document))]
    return [f"{document.name}: {link}" for link in links if _is_broken(document, link)]


def test_links_inside_the_repository_lead_somewhere(files: tuple[Path, ...]) -> None:
    assert [link for document in _documents(files) for link in _broken_links(document)] == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "here.md").write_text("# One thing\n", encoding="utf-8")
    document = tmp_path / "a.md"
    document.write_text("[x](gone.md) [y](here.md#another) [z](here.md#one-thing) [w](https://a.b)\n", encoding="utf-8")
    assert _broken_links(document) == ["a.md: gone.md", "a.md: here.md#another"]


def test_both_readmes_have_the_same_shape(root: Path) -> None:
    shapes = [[level for level, _ in _headings(root / name)] for name in ("README.md", "README.zh.md")]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) >= 8


def test_both_readmes_give_the_same_commands(root: Path) -> None:
    texts = [(root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")]
    commands = [[re.sub(r"\s+#.*", "", block) for block in FENCE.findall(text)] for text in texts]
    assert commands[0] == commands[1]


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_configurations_shown_are_accepted(name: str, root: Path, tmp_path: Path) -> None:
    found, whole, model = re.findall(r"```yaml\n(.*?)```", (root / name).read_text(encoding="utf-8"), re.DOTALL)
    persons, products, motions, size = (whole.index(key) for key in ("persons:", "products:", "motions:", "size:"))
    bundled = whole[:persons] + found + whole[products:motions] + whole[size:]
    for words in (whole, model + whole[persons:], bundled):
        (tmp_path / "shown.yaml").write_text(words, encoding="utf-8")
        assert [str(case) for case in read_config(tmp_path / "shown.yaml").chosen_cases()] == ["anna-bottle-wave"]


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_command_stands_in_the_readme(name: str, root: Path) -> None:
    shown = set(re.findall(r"^\| `anchorcrafter (\w+)", (root / name).read_text(encoding="utf-8"), re.MULTILINE))
    assert shown == {command.name for command in COMMANDS}


@pytest.mark.parametrize("pattern", [*PRIVATE, INDEX_HOSTS])
def test_no_file_names_a_private_folder_or_an_index_host(pattern: re.Pattern[str], files: tuple[Path, ...]) -> None:
    texts = [path for path in files if path.suffix in TEXT and path.stat().st_size < 1_000_000]
    assert [str(path) for path in texts if pattern.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("words", ["see /wo" + "rk/x", "(/ho" + "me/me/models)", "'/ro" + "ot/a'"])
def test_a_private_folder_is_noticed(words: str) -> None:
    assert any(pattern.search(words) for pattern in PRIVATE)


def test_readme_tells_every_make_target_it_uses(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for document in ("README.md", "README.zh.md", "CONTRIBUTING.md", "docs/RELEASING.md")
        for target in re.findall(r"\bmake ([a-z-]+)", (root / document).read_text(encoding="utf-8"))
    }
    assert named - targets == set()
    assert {"demo", "test"} <= named
