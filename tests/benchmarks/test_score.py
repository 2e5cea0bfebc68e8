"""A score is made once, row by row, and every row gets the inputs that its name says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

pytest.importorskip("skimage")

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.training.sample import whole_compute
from anchorcrafter_core.types import SkeletonColors
from benchmarks.built_in import rows as rows_file
from benchmarks.built_in import score as score_file
from benchmarks.built_in.changes import KINDS
from benchmarks.built_in.kept import Kept
from benchmarks.built_in.rows import ROWS, Studio, product_given
from benchmarks.built_in.scenes import JudgedScene
from benchmarks.built_in.score import PICTURED, Job, compare, judges_hash, score, strip_of
from tests.benchmarks.judging import ColorJudges
from tests.tiny import small_models


def studio() -> Studio:
    return Studio(small_models(ANCHORCRAFTER_TINY), whole_compute(torch.device("cpu"), torch.float32), 1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[TrainingExample]:
    """What the model is given; instead of a video come black frames."""
    clips: list[TrainingExample] = []

    def made(models: object, clip: TrainingExample, *rest: object) -> Tensor:
        clips.append(clip)
        return torch.zeros_like(clip.frames[1:])

    for file in (rows_file, score_file):
        monkeypatch.setattr(file, "make_again", made)
    return clips


def test_rows_are_given_what_their_names_say(scene: JudgedScene, asked: list[TrainingExample]) -> None:
    for name in ("model", "shuffled", "no_product"):
        ROWS[name].make(studio(), scene)
    own, other, none = asked
    assert own is scene.clip
    assert other.views is not None and torch.equal(other.views, scene.rivals[0])
    assert torch.equal(other.controls.track, own.controls.track) and torch.equal(other.frames, own.frames)
    assert none.views is None and not none.controls.track.any() and not none.controls.object_mask.any()
    assert torch.equal(none.controls.pose, own.controls.pose) and torch.equal(none.controls.hand, own.controls.hand)


def test_rows_without_a_sampler_ask_no_model(scene: JudgedScene, asked: list[TrainingExample]) -> None:
    truth, copy = (ROWS[name].make(studio(), scene) for name in ("truth", "copy"))
    assert torch.equal(truth, scene.clip.frames[1:])
    assert all(torch.equal(frame, scene.clip.frames[0]) for frame in copy)
    through = ROWS["vae"].make(studio(), scene)
    assert through.shape == truth.shape and not torch.equal(through, truth)
    still = replace(scene, clip=replace(scene.clip, frames=scene.clip.frames[:1].expand_as(scene.clip.frames)))
    assert torch.equal(ROWS["copy_vae"].make(studio(), scene), ROWS["vae"].make(studio(), still))
    assert asked == []


def test_a_flat_product_keeps_its_outline_and_its_mean_colour_alone(scene: JudgedScene) -> None:
    flat, truth, mask = ROWS["flat"].make(studio(), scene), scene.truth, scene.product_mask
    assert flat.dtype == torch.uint8 and flat.shape == truth.shape
    outside = ~mask[:, None].expand_as(truth)
    assert torch.equal(flat[outside], truth[outside])
    for made, true, shown in zip(flat, truth, mask, strict=True):
        colors = made[:, shown].unique(dim=1)
        assert colors.shape[1] == 1
        assert (colors[:, 0].float() - true[:, shown].float().mean(1)).abs().max() <= 0.5
    clip = replace(scene.clip, controls=replace(scene.clip.controls, object_mask=torch.zeros_like(mask[:1]).expand(
        len(mask) + 1, -1, -1)))  # fmt: skip
    assert torch.equal(ROWS["flat"].make(studio(), replace(scene, clip=clip)), truth), "nothing to be flat"


def test_the_product_beside_a_row_is_the_one_it_was_asked_for(scene: JudgedScene) -> None:
    assert torch.equal(product_given(ROWS["model"], scene), scene.views[1])
    assert torch.equal(product_given(ROWS["shuffled"], scene), scene.rivals[0, 1])
    assert not product_given(ROWS["no_product"], scene).any()
    strip = strip_of(ROWS["model"], scene, scene.truth)
    assert strip.shape == (2 + len(scene.truth), *scene.truth.shape[1:])
    assert torch.equal(strip[1], scene.clip.frames[0])


def test_what_is_scored_is_not_made_again(
    tmp_path: Path, scene: JudgedScene, asked: list[TrainingExample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_file, "judged_scene", lambda options, colors: replace(scene, options=options))
    scenes = [replace(scene.options, seed=scene.options.seed + number) for number in range(PICTURED + 1)]
    job = Job("built-in", scenes[:1], Kept(tmp_path))
    score(job, studio(), ColorJudges(), lambda line: None)
    assert len(asked) == 3
    (tmp_path / "scenes" / f"{scenes[0].seed}_shuffled.json").unlink()
    score(job, studio(), ColorJudges(), lambda line: None)
    assert len(asked) == 4 and asked[-1].views is not None and torch.equal(asked[-1].views, scene.rivals[0])
    score(replace(job, scenes=scenes, rows=("model",)), studio(), ColorJudges(), lambda line: None)
    assert len(asked) == 4 + PICTURED
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["rows"]["model"]["obj_iou"]["count"] == PICTURED + 1
    assert report["rows"]["copy"]["obj_iou"]["count"] == 1
    assert report["rows"]["truth"]["seconds"]["count"] == 0 < report["rows"]["model"]["seconds"]["count"]
    pictured = sorted(path.name for path in (tmp_path / "scenes").glob("*_model.png"))
    assert len(pictured) == PICTURED and (tmp_path / "sheet.png").is_file()


def test_one_thing_at_a_time_is_exchanged_and_kept(
    tmp_path: Path, scene: JudgedScene, asked: list[TrainingExample], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int | None, ...]] = []

    def example(options: SceneOptions, colors: SkeletonColors) -> TrainingExample:
        seen.append((options.product_seed, options.person_seed, options.motion_seed))
        shifted = torch.roll(scene.clip.frames, 7 * len(seen), dims=-1)
        return replace(scene.clip, frames=shifted)

    monkeypatch.setattr(score_file, "scene_example", example)
    job, other = Job("built-in", [scene.options], Kept(tmp_path)), scene.options.seed + 1
    compare(job, studio(), lambda line: None)
    assert seen == [(None, None, None), (other, None, None), (None, other, None), (None, None, other)]
    compare(job, studio(), lambda line: None)
    assert len(seen) == 4
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert set(report["changes"]) == set(KINDS)
    assert report["changes"]["path"]["inside"]["mean"] == 0 < report["changes"]["path"]["truth_inside"]["mean"]
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert all(f"another {kind}" in text for kind in KINDS) and (tmp_path / "changes.png").is_file()


def test_judges_are_told_apart_by_their_weights_alone(tmp_path: Path) -> None:
    """Judges that are measured again are the same judges."""

    def hashed(weights: dict[str, Tensor], name: str = "a.safetensors", **facts: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        save_file(weights, folder / name, facts)
        return judges_hash(folder)

    weights = {"b": torch.arange(4.0).reshape(2, 2), "a": torch.tensor(3, dtype=torch.int32)}
    known = hashed(weights, scores="1")
    assert hashed(weights, scores="2", more="3") == hashed(dict(reversed(weights.items()))) == known
    others = [
        {**weights, "b": weights["b"] + 1},
        {**weights, "b": weights["b"].flatten()},
        {**weights, "b": weights["b"].view(torch.int32)},
        {"c": weights["b"], "a": weights["a"]},
        {"b": weights["b"]},
    ]
    assert len({known, hashed(weights, "b.safetensors"), *map(hashed, others)}) == 2 + len(others)
