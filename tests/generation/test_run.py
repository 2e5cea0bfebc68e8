"""Laws of a whole run: nothing is made twice, and one bad case spoils no other."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError, OptionError
from anchorcrafter_core.generation.case import Listener
from anchorcrafter_core.generation.config import CaseName, PersonInput, RunConfig
from anchorcrafter_core.generation.run import RunManner, generate


def made(config: RunConfig, manner: RunManner | None = None) -> list[str]:
    said: list[str] = []
    generate(config, manner or RunManner(), Listener(say=said.append))
    return said


def test_finished_cases_are_skipped_until_something_changes(config: RunConfig) -> None:
    assert any(line.startswith("Wrote") for line in made(config))
    video = config.output.folder / "result.mp4"
    stamp = video.stat().st_mtime_ns
    skipped = made(config)
    assert any("finished before" in line for line in skipped)
    assert not any("Loading" in line for line in skipped)
    assert video.stat().st_mtime_ns == stamp
    made(replace(config, sampling={**config.sampling, "seed": 8}))
    assert video.stat().st_mtime_ns != stamp


def test_again_makes_finished_cases_anew(config: RunConfig) -> None:
    made(config)
    video = config.output.folder / "result.mp4"
    stamp = video.stat().st_mtime_ns
    made(config, RunManner(again=True))
    assert video.stat().st_mtime_ns != stamp


def test_a_draft_does_not_touch_the_result(config: RunConfig) -> None:
    made(config, RunManner(is_draft=True))
    assert [path.name for path in config.output.folder.iterdir()] == ["draft"]
    assert (config.output.folder / "draft" / "result.mp4").is_file()


def two_people(config: RunConfig, second: Path) -> RunConfig:
    cases = tuple(CaseName(name, "product", "show", name) for name in ("second", "person"))
    return replace(config, persons={**config.persons, "second": PersonInput(second)}, cases=cases)


def test_one_bad_case_spoils_no_other(config: RunConfig, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(OptionError, match=r"1 of 2 cases failed \(second\)"):
        made(two_people(config, tmp_path / "bad.png"))
    assert (tmp_path / "person.mp4").is_file()
    assert not (tmp_path / "second.mp4").exists()


def test_a_single_bad_case_raises_its_own_error(config: RunConfig, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"bad\.png"):
        made(replace(config, persons={"person": PersonInput(tmp_path / "bad.png")}))


def test_a_missing_file_stops_the_run_before_anything_is_made(config: RunConfig, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"absent\.png"):
        made(two_people(config, tmp_path / "absent.png"))
    assert not (tmp_path / "person.mp4").exists()


def test_many_cases_are_made_by_one_model(config: RunConfig, scene_files: Path, tmp_path: Path) -> None:
    shutil.copy(scene_files / "person.png", tmp_path / "other.png")
    said = made(two_people(config, tmp_path / "other.png"))
    assert sum("Loading" in line for line in said) == 1
    assert sum(line.startswith("Wrote") for line in said) == 2


def test_the_user_hears_what_the_built_in_model_is(config: RunConfig) -> None:
    assert any("small model made for synthetic scenes" in line for line in made(config))
