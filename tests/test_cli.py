"""Laws of the command line: exit codes, one sentence for every error, help for newcomers."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch

from anchorcrafter_core import __version__, cli
from anchorcrafter_core.commands import demo as demo_command
from anchorcrafter_core.commands import pretrain as pretrain_command
from anchorcrafter_core.commands import train as train_command
from anchorcrafter_core.commands.generate import overridden
from anchorcrafter_core.commands.models import describe_row, wanted_entries
from anchorcrafter_core.generation.config import RunConfig, read_config
from anchorcrafter_core.generation.demo import DemoOptions
from anchorcrafter_core.loading.catalog import CATALOG, CatalogRow

CONFIG = "model: built-in\npersons: {p: p.png}\nproducts: {q: q.png}\nmotions: {m: {pose: m.mp4}}\n"


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_help_of_every_command_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as caught:
            cli.main([command.name, "--help"])
        assert caught.value.code == 0
        shown = capsys.readouterr().out
        assert "examples:" in shown
        assert f"anchorcrafter {command.name}" in shown


def test_the_overview_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert all(command.name in shown for command in cli.COMMANDS)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["paint"], ["demo", "--frames", "many"], ["generate"], ["models", "--colour"]])
def test_wrong_usage_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["generate", "absent.yaml"], "absent.yaml"),
        (["demo", "--size", "large"], "WIDTHxHEIGHT"),
        (["demo", "--size", "100x100"], "multiples of 64"),
        (["demo", "--steps", "0"], "steps = 0"),
        (["demo", "--frames", "0"], "frames = 0"),
        (["demo", "--seed", "-1"], "seed"),
        (["demo", "--out", "scene.webm"], "ends in .mp4"),
        (["convert", "absent.pth", "made.safetensors"], "absent.pth"),
        (["models", "--download", "dinov3"], "Did you mean 'dinov2'"),
    ],
)
def test_errors_are_one_sentence_and_exit_1(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 1
    shown = capsys.readouterr().err
    assert sentence in shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_where_an_error_arose(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--debug", "generate", "absent.yaml"]) == 1
    assert "Traceback" in capsys.readouterr().err


def with_demo_that(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def demo(options: DemoOptions, listener: object) -> None:
        raise error

    monkeypatch.setattr(demo_command, "run_demo", demo)


def test_an_interrupted_run_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_demo_that(monkeypatch, KeyboardInterrupt())
    assert cli.main(["demo"]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_an_interrupted_training_names_the_word_that_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(path: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train_command, "read_train_config", stopped)
    monkeypatch.setattr(pretrain_command, "read_pretrain_config", stopped)
    for command in ("train", "pretrain"):
        assert cli.main([command, "some.yaml"]) == 130
        assert "--resume latest" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA"), MemoryError(), RuntimeError("can't allocate memory: 8 bytes")]
)
def test_out_of_memory_is_a_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_demo_that(monkeypatch, error)
    assert cli.main(["demo"]) == 1
    assert "smaller size" in capsys.readouterr().err


def test_a_file_that_is_closed_to_us_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_demo_that(monkeypatch, PermissionError(13, "Permission denied", "a.png"))
    assert cli.main(["demo"]) == 1
    assert "Permission denied: 'a.png'" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ZeroDivisionError(), RuntimeError("sizes do not match")])
def test_errors_of_the_program_itself_are_not_hidden(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    with_demo_that(monkeypatch, error)
    with pytest.raises(type(error)):
        cli.main(["demo"])


def test_the_command_line_stands_above_the_file(config_file: Path) -> None:
    words = [
        "--seed",
        "7",
        "--steps",
        "3",
        "--size",
        "128x64",
        "--device",
        "cpu",
        "--precision",
        "bf16",
        "--out",
        "results",
    ]
    arguments = cli.build_parser().parse_args(["generate", str(config_file), *words])
    config = overridden(read_config(config_file), arguments)
    assert config.sampling == {"seed": 7, "steps": 3}
    assert (config.size, config.compute.device, config.compute.precision) == ("128x64", "cpu", "bf16")
    assert config.output.folder == Path("results")


def test_without_options_the_file_counts(config_file: Path) -> None:
    arguments = cli.build_parser().parse_args(["generate", str(config_file)])
    config: RunConfig = read_config(config_file)
    assert overridden(config, arguments) == config


def test_the_demo_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[DemoOptions] = []
    monkeypatch.setattr(demo_command, "run_demo", lambda options, listener: heard.append(options))
    assert cli.main(["demo", "--size", "64x128", "--frames", "3", "--out", "a.mp4", "--keep-inputs", "in"]) == 0
    assert heard == [DemoOptions(Path("a.mp4"), 64, 128, 3, keep_inputs=Path("in"))]


def test_models_lists_what_is_needed_and_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", "--dir", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    for entry in CATALOG:
        assert entry.id in shown
        assert entry.repository in shown
        assert entry.licence in shown


def test_what_was_found_is_told_with_its_place_and_damage_with_its_reason() -> None:
    entry = CATALOG[0]
    assert "found: a.pth (2.0 GB)" in describe_row(CatalogRow(entry, Path("a.pth"), 2_000_000_000))[1]
    assert "damaged: cut short" in describe_row(CatalogRow(entry, None, problem="cut short"))[1]


def test_download_takes_what_is_needed_and_missing_or_what_is_named() -> None:
    rows = [CatalogRow(entry, Path("x") if entry.id == "svd" else None) for entry in CATALOG]
    missing = {entry.id for entry in wanted_entries(rows, [])}
    assert missing == {entry.id for entry in CATALOG if not entry.optional} - {"svd"}
    assert [entry.id for entry in wanted_entries(rows, ["svd"])] == ["svd"]


def test_every_command_has_its_own_name() -> None:
    names = [command.name for command in cli.COMMANDS]
    assert len(set(names)) == len(names)
    assert isinstance(cli.build_parser(), argparse.ArgumentParser)
