"""The command line does what its help says in every shell, one process at a time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("skimage")

from anchorcrafter_core.errors import OptionError
from benchmarks.built_in import __main__ as command
from benchmarks.built_in.__main__ import main, parser, present
from benchmarks.built_in.kept import Kept
from benchmarks.built_in.rows import ROWS


def test_patterns_that_a_shell_hands_on_are_expanded_in_order(tmp_path: Path) -> None:
    """Windows' shells hand patterns on; those of Unix expand them before."""
    for name in ("2_b.yaml", "1_a.yaml", "3_c.txt", "notes.yaml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert present([tmp_path / "[0-9]_*.yaml"]) == [tmp_path / "1_a.yaml", tmp_path / "2_b.yaml"]
    plain = [tmp_path / "2_b.yaml", tmp_path / "absent.yaml"]
    assert present(plain) == plain, "a plain name that is not there is told of where it is read"
    odd = tmp_path / "a[1].yaml"
    odd.write_text("", encoding="utf-8")
    assert present([odd]) == [odd], "a file of that very name"
    with pytest.raises(OptionError, match=r"nothing that fits .*_\*\.json"):
        present([tmp_path / "1_a.yaml", tmp_path / "[0-9]_*.json"])


def test_curves_are_those_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's lock lies beside it, and the slash behind a pattern is lost; what is named by itself is not left out."""
    for name in ("1_vae", "3_network"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.lock").write_text("", encoding="utf-8")
    drawn: list[Path] = []
    monkeypatch.setattr(command, "draw_curves", lambda runs, target: drawn.extend(runs))
    words = [f"{tmp_path.as_posix()}/[1-5]_*/", str(tmp_path / "1_vae.lock")]
    monkeypatch.setattr(sys, "argv", ["benchmarks.built_in", "curves", *words, "--out", str(tmp_path / "out.png")])
    main()
    assert drawn == [tmp_path / "1_vae", tmp_path / "3_network", tmp_path / "1_vae.lock"]


@pytest.mark.parametrize("words", [["ablate", "{}/*.yaml"], ["curves", "{}/[1-5]_*/"]])
def test_commands_name_a_pattern_that_nothing_fits(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [word.format(tmp_path.as_posix()) for word in words]
    monkeypatch.setattr(sys, "argv", ["benchmarks.built_in", *said, "--out", str(tmp_path / "out.png")])
    with pytest.raises(SystemExit, match="nothing that fits"):
        main()


def test_a_score_has_all_rows_unless_some_are_named() -> None:
    begin = ["built-in", "--out", "x"]
    assert parser().parse_args(["score", *begin]).rows == parser().parse_args(["compare", *begin]).rows == list(ROWS)
    assert parser().parse_args(["score", *begin, "--rows", "flat"]).rows == ["flat"]


@pytest.mark.parametrize("name", ["score", "compare"])
def test_two_scores_of_one_folder_are_not_made_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(command, "open_studio", lambda job: begun.append("studio"))
    monkeypatch.setattr(command, "load_judges", lambda: None)
    monkeypatch.setattr(command, name, lambda *rest: begun.append(name))
    monkeypatch.setattr(sys, "argv", ["benchmarks.built_in", name, "built-in", "--out", str(tmp_path / "score")])
    with Kept(tmp_path / "score").sole(), pytest.raises(SystemExit, match="another run at work on score"):
        main()
    assert begun == []
    main()
    assert begun == ["studio", name]
