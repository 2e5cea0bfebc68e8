"""Laws of the run's configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anchorcrafter_core.errors import AnchorError, OptionError
from anchorcrafter_core.generation.config import (
    CaseName,
    MotionInput,
    OutputSettings,
    PersonInput,
    ProductInput,
    RunConfig,
    read_config,
)
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.types import SamplingOptions, Strengths

SMALLEST = """
model: built-in
persons: {anna: anna.png}
products: {toy: [a.png, b.png]}
motions: {wave: {pose: pose.mp4}}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_smallest_file_is_enough(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, SMALLEST))
    assert config.persons["anna"].picture == tmp_path / "anna.png"
    assert config.products["toy"].pictures == (tmp_path / "a.png", tmp_path / "b.png")
    assert config.motions["wave"].pose == tmp_path / "pose.mp4"
    assert config.model.anchor == "built-in"
    assert config.output.folder == tmp_path / "out"
    assert config.options(SamplingOptions(steps=7)) == SamplingOptions(steps=7)
    assert [str(case) for case in config.chosen_cases()] == ["anna-toy-wave"]


def test_all_settings_arrive(tmp_path: Path) -> None:
    more = """
size: 192x320
sampling: {steps: 4, guidance_max: 2}
strengths: {hand: 0.5}
compute: {device: cpu, precision: bf16}
output: {folder: results, fps: 12.5, crf: 20}
cases: [{person: anna, product: toy, motion: wave, name: first}]
"""
    config = read_config(written(tmp_path, SMALLEST + more))
    assert config.options(SamplingOptions(seed=3)) == SamplingOptions(seed=3, steps=4, guidance_max=2)
    assert config.strengths == Strengths(hand=0.5)
    assert (config.compute.device, config.compute.precision) == ("cpu", "bf16")
    assert config.output == OutputSettings(tmp_path / "results", 12.5, 20)
    assert [str(case) for case in config.chosen_cases()] == ["first"]


def test_paths_of_models_and_sound_start_from_the_file(tmp_path: Path) -> None:
    text = """
model: {anchor: weights/a.pth, svd: svd, dino: dino}
persons: {anna: anna.png}
products: {toy: views}
motions: {wave: {pose: pose.mp4, audio: voice.wav}, still: {pose: pose.mp4, audio: none}}
"""
    config = read_config(written(tmp_path, text))
    assert config.model.anchor == str(tmp_path / "weights/a.pth")
    assert config.model.svd == tmp_path / "svd"
    assert config.motions["wave"].audio == str(tmp_path / "voice.wav")
    assert config.motions["still"].audio == "none"


def test_all_combinations_are_made_in_order() -> None:
    config = a_config(persons=("a", "b"), motions=("m", "n"))
    assert [str(case) for case in config.chosen_cases()] == ["a-p-m", "a-p-n", "b-p-m", "b-p-n"]


def a_config(persons: tuple[str, ...] = ("a",), motions: tuple[str, ...] = ("m",)) -> RunConfig:
    return RunConfig(
        ModelChoice("built-in"),
        {name: PersonInput(Path("x.png")) for name in persons},
        {"p": ProductInput((Path("y.png"),))},
        {name: MotionInput(pose=Path("z.mp4")) for name in motions},
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("samplin: {}", "Did you mean 'sampling'"),
        ("sampling: {step: 3}", "Did you mean 'steps'"),
        ("sampling: {steps: 0}", "steps = 0"),
        ("sampling: {steps: many}", "sampling.steps = 'many'"),
        ("strengths: {hand: 2}", "hand strength 2"),
        ("size: 200x300", "multiples of 64"),
        ("size: large", "WIDTHxHEIGHT"),
        ("output: {crf: 60}", "output.crf = 60"),
        ("output: {fps: 0}", "output.fps = 0"),
        ("compute: {precision: int8}", "auto or fp32"),
        ("motions: {}", "no motions"),
        ("motions: {wave: {}}", "exactly one of them"),
        ("motions: {wave: {pose: a.mp4, key_points: b.json}}", "exactly one of them"),
        ("motions: {wave: {pose: a.mp4, track: b.mp4, boxes: c.json}}", "at most one"),
        ("motions: {wave: {pose: a.mp4, stride: 0}}", "stride = 0"),
        ("motions: {wave: {pose: a.mp4, frames: 0}}", "frames = 0"),
        ("motions: {wave: {pose: a.mp4, source_fps: -1}}", "source_fps"),
        ("motions: {wave: {pose: a.mp4, align: local}}", "none or global"),
        ("persons: {'../anna': anna.png}", "file name"),
        ("persons: {'NUL': anna.png}", "file name"),
        ("persons: {'anna.part': anna.png}", "file name"),
        ("persons: {anna: a.png, anna: b.png}", "the key 'anna' twice"),
        ("model: {anchor: built-in, svd: x}", "svd or dino beside"),
        ("model: {anchor: '~nobody-at-all/a.pth'}", "a home that is not there"),
        ("output: {fps: 1.0e-9}", "output.fps"),
        ("size: 64000x64", "at most 16384"),
        ("cases: [{person: anna, product: toy, motion: wave, name: 'a/b'}]", "file name"),
    ],
)
def test_every_mistake_is_one_sentence(tmp_path: Path, line: str, words: str) -> None:
    key = line.partition(":")[0]
    kept = "\n".join(row for row in SMALLEST.splitlines() if not row.startswith(f"{key}:"))
    with pytest.raises(AnchorError) as caught:
        read_config(written(tmp_path, f"{kept}\n{line}\n"))
    assert words in str(caught.value)


def test_cases_name_what_is_there() -> None:
    config = replace(a_config(), cases=(CaseName("a", "p", "other"),))
    with pytest.raises(OptionError, match="one of the motions: m"):
        config.chosen_cases()


def test_two_cases_never_share_a_file() -> None:
    case = CaseName("a", "p", "m")
    with pytest.raises(OptionError, match="two cases called a-p-m"):
        replace(a_config(), cases=(case, case)).chosen_cases()


def test_names_differ_even_where_capitals_do_not_count() -> None:
    with pytest.raises(OptionError, match="capitals"):
        a_config(persons=("Anna", "anna")).chosen_cases()
