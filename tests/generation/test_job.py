"""Laws of planning: every file is found before anything starts, and what counts changes the fingerprint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.generation.config import CaseName, MotionInput, PersonInput, ProductInput, RunConfig
from anchorcrafter_core.generation.job import DRAFT_STEPS, Job, RunPlan, as_draft, plan_jobs, with_pictures
from anchorcrafter_core.generation.model import choose_computes, identify
from anchorcrafter_core.generation.record import write_record


def planned(config: RunConfig) -> list[Job]:
    return plan_jobs(RunPlan(config, identify(config.model), choose_computes(config.compute)))


def fingerprint(config: RunConfig) -> str:
    return planned(config)[0].ingredients.fingerprint()


def with_motion(config: RunConfig, **changes: Any) -> RunConfig:
    return replace(config, motions={"show": replace(config.motions["show"], **changes)})


def test_every_file_is_hashed_under_its_part(job: Job) -> None:
    assert sorted(job.ingredients.inputs) == [
        "motion.hand.0",
        "motion.pose.0",
        "motion.track.0",
        "motion.video.0",
        "person.key_points.0",
        "person.picture.0",
        "product.pictures.0",
        "product.pictures.1",
        "product.pictures.2",
    ]
    assert len({file.sha256 for file in job.ingredients.inputs.values()}) == 9


@pytest.mark.parametrize(
    "change",
    [
        lambda config: replace(config, sampling={**config.sampling, "seed": 9}),
        lambda config: replace(config, size="128x64"),
        lambda config: replace(config, strengths=replace(config.strengths, hand=0.5)),
        lambda config: replace(config, output=replace(config.output, crf=30)),
        lambda config: replace(config, compute=replace(config.compute, precision="bf16")),
        lambda config: with_motion(config, stride=2),
        lambda config: with_motion(config, audio="none"),
        lambda config: with_motion(config, track=config.motions["show"].hand),
        lambda config: replace(config, persons={"person": PersonInput(config.persons["person"].picture)}),
    ],
)
def test_what_changes_the_result_changes_the_fingerprint(
    config: RunConfig, change: Callable[[RunConfig], RunConfig]
) -> None:
    assert fingerprint(change(config)) != fingerprint(config)


def test_the_same_files_elsewhere_give_the_same_fingerprint(
    config: RunConfig, scene_files: Path, tmp_path: Path
) -> None:
    shutil.copytree(scene_files, tmp_path / "copy")
    person = PersonInput(tmp_path / "copy/person.png", tmp_path / "copy/person.json")
    moved = replace(config, persons={"person": person}, output=replace(config.output, folder=tmp_path / "other"))
    assert fingerprint(moved) == fingerprint(config)


def test_a_case_is_finished_when_video_and_record_fit(job: Job) -> None:
    assert not job.is_finished()
    write_record(job.path(".json"), job.ingredients, {})
    assert not job.is_finished()
    job.path(".mp4").write_bytes(b"video")
    assert job.is_finished()
    other = replace(job.ingredients, parameters={})
    assert not replace(job, ingredients=other).is_finished()


def test_missing_files_are_named_before_anything_starts(config: RunConfig, tmp_path: Path) -> None:
    persons = {"person": PersonInput(tmp_path / "absent.png")}
    with pytest.raises(OptionError, match=r"absent\.png \(persons\.person\.picture\)"):
        planned(replace(config, persons=persons))
    with pytest.raises(OptionError, match=r"\(motions\.show\.audio\)"):
        planned(with_motion(config, audio=str(tmp_path / "absent.wav")))


def test_a_folder_of_pictures_is_taken_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / name).touch()
    assert with_pictures(ProductInput((tmp_path,)), "p").pictures == (tmp_path / "a.png", tmp_path / "b.JPG")


@pytest.mark.parametrize("count", [0, 4])
def test_a_product_has_one_to_three_pictures(tmp_path: Path, count: int) -> None:
    for number in range(count):
        (tmp_path / f"{number}.png").touch()
    with pytest.raises(OptionError, match=f"{count} pictures"):
        with_pictures(ProductInput((tmp_path,)), "p")


def test_a_folder_of_key_points_counts_file_by_file(config: RunConfig, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(str(number), encoding="utf-8")
    motions = {"show": MotionInput(key_points=tmp_path)}
    inputs = planned(replace(config, motions=motions))[0].ingredients.inputs
    assert {key for key in inputs if key.startswith("motion")} == {f"motion.key_points.0.{n}.json" for n in range(3)}


def test_a_draft_is_the_first_window_in_few_steps_with_the_same_seed(config: RunConfig) -> None:
    config = replace(config, sampling={"steps": 30, "window": 3, "overlap": 1, "seed": 5})
    draft = as_draft(config, identify(config.model))
    job = planned(draft)[0]
    assert (job.options.steps, job.options.seed, job.motion.frames) == (DRAFT_STEPS, 5, 2)
    assert job.output.folder == config.output.folder / "draft"
    assert as_draft(with_motion(config, frames=1), identify(config.model)).motions["show"].frames == 1


def test_jobs_follow_the_cases(config: RunConfig) -> None:
    cases = (CaseName("person", "product", "show", "b"), CaseName("person", "product", "show", "a"))
    assert [job.name for job in planned(replace(config, cases=cases))] == ["b", "a"]
