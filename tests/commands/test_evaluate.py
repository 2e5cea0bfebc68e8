"""``anchorcrafter evaluate`` from the words to the report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.cli import main
from anchorcrafter_core.media.video_writer import write_video

pytest.importorskip("scipy")


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A result and its truth."""
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 3), dtype=np.uint8)
    write_video(tmp_path / "made" / "a.mp4", frames, 10, crf=0)
    write_video(tmp_path / "true" / "a.mp4", frames, 10, crf=0)
    return tmp_path


def words(folder: Path, *more: str) -> list[str]:
    places = ["--generated", str(folder / "made"), "--truth", str(folder / "true")]
    return ["evaluate", *places, "--out", str(folder / "out"), "--device", "cpu", "--no-plots", "--no-video", *more]


def test_two_folders_become_a_report(clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(clips, "--scores", "psnr")) == 0
    content = json.loads((clips / "out" / "scores.json").read_text(encoding="utf-8"))
    assert content["overall"] == {"psnr": 100}
    assert "PSNR: 100 (published, better: higher)" in capsys.readouterr().out


def test_a_yaml_file_does_too(clips: Path) -> None:
    text = "generated: made\ntruth: true\nfolder: out\nplots: false\nside_by_side: false\nscores: psnr\ndevice: cpu\n"
    (clips / "e.yaml").write_text(text, encoding="utf-8")
    assert main(["evaluate", str(clips / "e.yaml")]) == 1
    (clips / "e.yaml").write_text(text.replace("truth: true", "truth: 'true'"), encoding="utf-8")
    assert main(["evaluate", str(clips / "e.yaml")]) == 0
    assert (clips / "out" / "scores.md").is_file()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--net", "inception"], "--net inception; expected NAME=FILE"),
        (["--net", "inceptoin=a.pt"], "the network 'inceptoin'"),
        (["--scores", "iou"], "the score 'iou'"),
        (["--people", "gone.png"], "nothing at gone.png (people)"),
    ],
)
def test_mistakes_are_said_in_a_sentence(
    more: list[str], message: str, clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(clips, *more)) == 1
    assert message in capsys.readouterr().err


def test_nothing_to_score_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate"]) == 1
    assert "Give --generated DIR, or a YAML file" in capsys.readouterr().err


def test_the_list_says_what_every_score_is_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--list", "--weights", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "obj_iou: Obj-IoU (published, better: higher)" in said and "not exactly black" in said
    assert "clip-b32: CLIP ViT-B/32" in said and "missing: about" in said and "licence: MIT" in said


def test_an_unknown_download_is_refused_without_a_connection(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--download", "clip"]) == 1
    assert "Did you mean 'clip-b32'" in capsys.readouterr().err
