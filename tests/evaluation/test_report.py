"""The report holds every number, what it means, where it comes from, and what is missing."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.evaluation.instruments import Instruments
from anchorcrafter_core.evaluation.measures import Measure
from anchorcrafter_core.evaluation.report import (
    Provenance,
    as_markdown,
    counted,
    curves_by_measure,
    left_out_lines,
    value_lines,
    write_report,
)
from anchorcrafter_core.evaluation.score import ClipScores, SetScores
from anchorcrafter_core.evaluation.table import chosen_measures

NAN = float("nan")
MEASURES: list[Measure] = chosen_measures(Instruments(), ["obj_iou", "psnr", "fid"])
ROWS = {"obj_iou": np.array([[1.0, 2], [0, 0]])}
SCORES = SetScores(
    clips=(
        ClipScores("a|b", {"obj_iou": 0.5, "psnr": 30.25}, {"obj_iou": np.array([0.5, NAN])}, {}, ("one note.",), ROWS),
        ClipScores("\u676f\u5b50", {"obj_iou": NAN}, {"obj_iou": np.array([NAN])}, {"psnr": "a true video"}),
    ),
    overall={"obj_iou": 0.5, "psnr": 30.25},
    left_out={"fid": "Inception v3"},
    failed={"c": "Found c.mp4"},
)


@pytest.fixture
def source(tmp_path: Path) -> Provenance:
    """Two files and a network."""
    (tmp_path / "a.mp4").write_bytes(b"video")
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "1.png").write_bytes(b"picture")
    files = {"a|b": {"generated": tmp_path / "a.mp4", "truth": tmp_path / "frames"}}
    return Provenance(files, {"lpips": "alex", "clip": str(tmp_path / "a.mp4")}, ("No truth for c.",))


def written(folder: Path, source: Provenance) -> dict:
    write_report(folder, SCORES, MEASURES, source)
    return json.loads((folder / "scores.json").read_text(encoding="utf-8"))


def test_json_has_all_values_curves_and_reasons(tmp_path: Path, source: Provenance) -> None:
    content = written(tmp_path / "out", source)
    assert content["overall"] == {"obj_iou": 0.5, "psnr": 30.25}
    assert content["clips"][0]["per_frame"] == {"obj_iou": [0.5, None]}
    assert content["clips"][1]["values"] == {"obj_iou": None}
    assert content["clips"][1]["left_out"] == {"psnr": "a true video"}
    assert content["left_out"] == {"fid": "Inception v3"} and content["failed"] == {"c": "Found c.mp4"}
    assert content["notes"] == ["No truth for c."] and content["clips"][0]["notes"] == ["one note."]


def test_json_says_what_every_score_is_and_comes_from(tmp_path: Path, source: Provenance) -> None:
    content = written(tmp_path / "out", source)
    assert {name: row["standing"] for name, row in content["definitions"].items()} == dict.fromkeys(
        ("obj_iou", "psnr", "fid"), "published"
    )
    assert "not exactly black" in content["definitions"]["obj_iou"]["definition"]
    digest = hashlib.sha256(b"video").hexdigest()
    files = content["clips"][0]["files"]
    assert files["generated"] == {"path": str(tmp_path / "a.mp4"), "sha256": digest}
    assert files["truth"]["sha256"] == {"1.png": hashlib.sha256(b"picture").hexdigest()}
    assert content["networks"]["lpips"] == "alex" and content["networks"]["clip"]["sha256"] == digest
    assert {"python", "torch", "numpy", "scipy"} <= content["versions"].keys()


def test_csv_has_a_row_per_clip_and_one_of_the_set(tmp_path: Path, source: Provenance) -> None:
    write_report(tmp_path, SCORES, MEASURES, source)
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["clip", "obj_iou", "psnr"], ["a|b", "0.5", "30.25"], ["\u676f\u5b50", "", ""], ["all", "0.5", "30.25"]
    ]  # fmt: skip


def test_markdown_tables_are_whole(source: Provenance) -> None:
    text = as_markdown(SCORES, MEASURES, source)
    tables = [line for line in text.splitlines() if line.startswith("|")]
    bars = [line.replace("\\|", "").count("|") for line in tables]
    assert len(set(bars[:4])) == len(set(bars[4:])) == 1
    assert "| a\\|b | 0.5 | 30.25 |" in text and "| \u676f\u5b50 | - | - |" in text
    assert "FID: for want of Inception v3." in text and "c: Found c.mp4" in text
    assert "No truth for c." in text and "a|b: one note." in text


def test_lines_for_people() -> None:
    assert value_lines(SCORES, MEASURES)[0] == "Obj-IoU: 0.5 (published, better: higher)"
    assert left_out_lines(SCORES, MEASURES) == ["FID: for want of Inception v3."]
    assert [counted(number, "clip") for number in (0, 1, 2)] == ["0 clips", "1 clip", "2 clips"]


def test_curves_are_gathered_by_score() -> None:
    curves = curves_by_measure(SCORES)
    assert {name: list(clips) for name, clips in curves.items()} == {"obj_iou": ["a|b", "\u676f\u5b50"]}


def test_a_folder_that_cannot_be_made_is_said_and_leaves_nothing_half(tmp_path: Path, source: Provenance) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(MediaError, match="cannot be written"):
        write_report(tmp_path / "taken", SCORES, MEASURES, source)
    write_report(tmp_path / "out", SCORES, MEASURES, source)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["scores.csv", "scores.json", "scores.md"]
