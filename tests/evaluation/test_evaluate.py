"""From folders to report: what is possible is scored, the rest is said."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anchorcrafter_core.errors import LoadError, MediaError, OptionError
from anchorcrafter_core.evaluation import evaluate as evaluation
from anchorcrafter_core.evaluation.config import EvaluationConfig
from anchorcrafter_core.evaluation.evaluate import evaluate, open_detector
from anchorcrafter_core.evaluation.footage import open_clip
from anchorcrafter_core.evaluation.score import SetScores
from anchorcrafter_core.types import SamplingOptions
from tests.evaluation.conftest import Save, as_pictures, moving_square
from tests.evaluation.networks_for_tests import Colors, Distance, save_clip, save_script
from tests.evaluation.people import person

pytest.importorskip("scipy")
pytest.importorskip("skimage")


def run(folder: Path, **given: Any) -> tuple[SetScores, list[str], dict]:
    """Scores, lines for the user and the JSON of an evaluation in the published layout."""
    said: list[str] = []
    places: dict[str, Any] = {"generated": folder / "results", "truth": folder / "gt", "weights": (folder / "models",)}
    config = EvaluationConfig(**{**places, "folder": folder / "out", "device": "cpu", **given})
    scores = evaluate(config, said.append)
    return scores, said, json.loads((folder / "out" / "scores.json").read_text(encoding="utf-8"))


def test_the_published_layout_is_scored_without_any_word_more(published_layout: Path) -> None:
    scores, said, content = run(published_layout)
    assert scores.overall["obj_iou_clean"] == pytest.approx((1 + 12 / 20) / 2, abs=0.01)
    assert content["overall"]["obj_iou"] == scores.overall["obj_iou"]
    assert [clip["name"] for clip in content["clips"]] == ["1", "2"]
    assert "2 clips scored, 0 could not be read." in said
    assert any(line.startswith("Left out: Obj-CLIP") and "clip-b32" in line for line in said)


def test_report_plots_and_comparisons_are_written(published_layout: Path) -> None:
    pytest.importorskip("matplotlib")
    _, said, _ = run(published_layout)
    names = {path.name for path in (published_layout / "out").iterdir()}
    expected = {"scores.json", "scores.md", "scores.csv", "compare_1.mp4", "compare_2.mp4", "curve_obj_iou.png"}
    assert expected <= names
    assert {line.split("/")[-1].rstrip(".") for line in said if line.startswith("Wrote")} == names
    assert open_clip(published_layout / "out" / "compare_1.mp4").frames == 6


def test_what_is_not_wanted_is_not_written(published_layout: Path) -> None:
    run(published_layout, plots=False, side_by_side=False, scores=("psnr",))
    names = {path.name for path in (published_layout / "out").iterdir()}
    assert names == {"scores.json", "scores.md", "scores.csv"}


def test_without_matplotlib_curves_are_drawn_plainly(published_layout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "is_installed", lambda name: False)
    _, said, _ = run(published_layout, side_by_side=False)
    assert (published_layout / "out" / "curves_1.png").is_file()
    assert any("matplotlib is not installed" in line for line in said)


def test_networks_are_found_or_given_and_stand_in_the_report(published_layout: Path) -> None:
    save_clip(published_layout / "models" / "clip-vit-base-patch32")
    networks = {
        "inception": str(save_script(published_layout / "i.pt", Colors())),
        "lpips": str(save_script(published_layout / "l.pt", Distance())),
    }
    scores, _, content = run(published_layout, networks=networks)
    assert {"obj_clip", "obj_clip_clean", "background_consistency", "fid", "kid", "lpips"} <= scores.overall.keys()
    assert scores.overall["obj_clip"] > 0.9
    assert content["networks"]["inception"]["sha256"] and set(content["networks"]) == {
        "clip", "clip_frames", "inception", "lpips"
    }  # fmt: skip


def test_networks_that_no_score_can_use_are_not_loaded(published_layout: Path) -> None:
    """A damaged face encoder does no harm where no person's picture is there."""
    (published_layout / "broken.pt").write_bytes(b"PK\x03\x04 cut")
    scores, _, _ = run(published_layout, networks={"face": str(published_layout / "broken.pt")})
    assert "face_cos" in scores.left_out
    with pytest.raises(LoadError, match=r"broken\.pt"):
        run(published_layout, networks={"lpips": str(published_layout / "broken.pt")})


def test_a_run_with_a_record_has_a_seam_score(save: Save, tmp_path: Path) -> None:
    clip, _ = moving_square(20)
    video = save("results/a.mp4", clip)
    options = SamplingOptions(steps=2, plan="overlap", window=6, overlap=1)
    video.with_suffix(".json").write_text(json.dumps({"parameters": {"sampling": asdict(options)}}), encoding="utf-8")
    scores, _, _ = run(tmp_path, truth=None)
    assert scores.overall == {"seam": pytest.approx(1, abs=0.1), "seam_decode": pytest.approx(1, abs=0.1)}


def test_a_clip_that_cannot_be_read_is_named_and_the_others_are_scored(published_layout: Path) -> None:
    broken = published_layout / "results" / "2.mp4"
    broken.write_bytes(broken.read_bytes()[:200])
    scores, said, content = run(published_layout)
    assert list(scores.failed) == ["2"] and [clip.name for clip in scores.clips] == ["1"]
    assert "2.mp4" in content["failed"]["2"] and "1 clip scored, 1 could not be read." in said
    assert not (published_layout / "out" / "compare_2.mp4").exists()


def test_no_readable_clip_at_all_is_an_error(published_layout: Path) -> None:
    for name in "12":
        (published_layout / "results" / f"{name}.mp4").write_bytes(b"")
    with pytest.raises(MediaError, match="no clip that can be scored"):
        run(published_layout)
    assert not (published_layout / "out").exists()


def test_an_unknown_score_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="the score 'fidd'; expected one of obj_iou"):
        evaluate(EvaluationConfig(tmp_path / "gone", scores=("fidd",)), lambda line: None)


def test_unequal_clips_are_scored_and_said(save: Save, tmp_path: Path) -> None:
    clip, masks = moving_square(6)
    save("results/a.mp4", clip)
    save("gt/a.mp4", np.repeat(np.repeat(clip[:4], 2, axis=1), 2, axis=2), fps=25)
    save("results/mask/a.mp4", as_pictures(masks))
    save("gt/mask/a.mp4", as_pictures(masks * 0))
    scores, said, _ = run(tmp_path)
    assert any("truth: 4 frames against 6 generated" in line for line in said)
    assert any("25 frames per second against 10" in line for line in said)
    assert scores.overall["obj_iou_clean"] == 0 and len(scores.clips[0].curves["psnr"]) == 4


def test_a_detector_finds_key_points_where_no_file_gives_them(
    published_layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "open_detector", lambda folder, device: lambda frames: [person()] * len(frames))
    scores, _, _ = run(published_layout, detector=published_layout)
    assert scores.overall["lmd_hand"] == scores.overall["lmd_body_all"] == 0 and scores.overall["hands_found"] == 1


def test_a_clip_damaged_in_the_middle_is_named_and_counts_nowhere(save: Save, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 48, 80, 3), dtype=np.uint8)
    for name in ("results/1.mp4", "results/2.mp4", "gt/1.mp4", "gt/2.mp4"):
        save(name, noise)
    damaged = tmp_path / "results" / "2.mp4"
    content = bytearray(damaged.read_bytes())
    middle = slice(len(content) // 3, 2 * len(content) // 3)
    content[middle] = bytes(len(content[middle]))
    damaged.write_bytes(bytes(content))
    scores, _, _ = run(tmp_path, scores=("psnr",))
    assert list(scores.failed) == ["2"] and "2.mp4" in scores.failed["2"]
    assert scores.overall == {"psnr": 100}


def test_a_detector_needs_both_networks(tmp_path: Path) -> None:
    assert open_detector(None, torch.device("cpu")) is None
    (tmp_path / "yolox_l.onnx").write_bytes(b"x")
    with pytest.raises(OptionError, match="no DWPose in"):
        open_detector(tmp_path, torch.device("cpu"))


def test_the_report_is_the_same_twice(published_layout: Path) -> None:
    first, again = (run(published_layout, plots=False)[2] for _ in range(2))
    assert first == again


def test_a_report_among_the_clips_is_refused(published_layout: Path) -> None:
    results, gt = published_layout / "results", published_layout / "gt"
    for place in (results, gt):
        with pytest.raises(OptionError, match="which holds the clips"):
            evaluate(EvaluationConfig(results, gt, folder=place), print)


def test_hidden_files_are_no_clips(published_layout: Path) -> None:
    (published_layout / "results" / "._1.mp4").write_bytes(b"left by another system")
    scores, _, _ = run(published_layout, scores=("psnr",))
    assert (len(scores.clips), scores.failed) == (2, {})


def test_why_a_score_has_no_number_is_said(published_layout: Path, save: Save) -> None:
    for side in ("gt", "results"):
        for name in ("1", "2"):
            save(f"{side}/mask/{name}.mp4", np.zeros((6, 48, 80, 3), np.uint8))
    _, said, content = run(published_layout, scores=("obj_iou", "psnr"))
    assert content["overall"]["obj_iou"] is None
    assert any(line == "Left out: Obj-IoU: for want of a frame that counts." for line in said)
