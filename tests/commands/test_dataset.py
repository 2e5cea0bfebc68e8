"""``anchorcrafter dataset`` as people call it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.builtin.scenes import (
    Scene,
    SceneOptions,
    describe_scene,
    product_views,
    reference_picture,
    render_frame,
)
from anchorcrafter_core.cli import main
from anchorcrafter_core.commands.dataset import signal_maker
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.training.data.build import build
from anchorcrafter_core.training.data.check import read_listing
from anchorcrafter_core.training.data.clip_dataset import ClipOptions, open_clips
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.material import BuildOptions
from anchorcrafter_core.training.data.raw import read_raw
from anchorcrafter_core.types import Pose
from tests.training.data.small_clips import write_clip, write_published
from tests.training.data.test_pseudo_video import still

CHECK = ("--size", "64x64", "--frames", "3")


def test_a_sound_set_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_published(tmp_path)
    assert main(["dataset", "check", str(tmp_path), *CHECK]) == 0
    shown = capsys.readouterr().out
    assert "ann_tea" in shown and "0 skipped." in shown


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_set_with_gaps_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    write_published(tmp_path)
    (tmp_path / "hand_cut/ann_tea.mp4").unlink()
    assert main(["dataset", "check", str(tmp_path), *CHECK, *words]) == 1
    shown = capsys.readouterr()
    assert "ann_tea" in shown.out and "hand_cut" in shown.out
    assert "1 of 2 clips" in shown.err


def test_json_is_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_published(tmp_path)
    main(["dataset", "check", str(tmp_path), *CHECK, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert [clip["name"] for clip in report["clips"]] == ["ann_tea", "bob_cup_2"]
    assert report["clips"][0]["frames"] == {"clip": 12, "pose": 12, "hand": 12, "track": 12}


def test_short_clips_may_be_shrunk(tmp_path: Path) -> None:
    write_published(tmp_path)
    words = ["dataset", "check", str(tmp_path), "--size", "64x64", "--frames", "9"]
    assert [main(words), main([*words, "--shrink"])] == [1, 0]


@pytest.mark.parametrize(
    "words", [["check", "nowhere"], ["check", ".", "--size", "60x64"], ["build", "nowhere", "out"]]
)
def test_mistakes_are_answered_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["dataset", *words]) == 1
    assert capsys.readouterr().err.startswith("Error: Found")


def test_an_empty_set_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "video_cut").mkdir()
    assert main(["dataset", "check", str(tmp_path)]) == 1
    assert "Found no clip in" in capsys.readouterr().err


def test_stills_become_a_set_without_any_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_image(tmp_path / "raw/stills/tea.png", still(200, 200)[0])
    words = ["dataset", "build", str(tmp_path / "raw"), str(tmp_path / "set"), "--size", "64x64", "--still-frames", "7"]
    assert main(words) == 0 and main(words) == 0
    assert "1 were there already" in capsys.readouterr().out
    assert main(["dataset", "check", str(tmp_path / "set"), *CHECK]) == 0


def test_missing_models_are_said_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(tmp_path / "raw/clips/eve.mp4", np.zeros((4, 64, 64, 3), np.uint8))
    words = ["dataset", "build", str(tmp_path / "raw"), str(tmp_path / "set"), "--models", str(tmp_path)]
    assert main(words) == 1
    assert "no DWPose in" in capsys.readouterr().err


def test_stills_are_made_even_where_clips_lack_their_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(tmp_path / "raw/clips/eve.mp4", np.zeros((4, 64, 64, 3), np.uint8))
    write_image(tmp_path / "raw/people/eve.png", still(64, 64)[0])
    write_image(tmp_path / "raw/stills/tea.png", still(200, 200)[0])
    words = ["dataset", "build", str(tmp_path / "raw"), str(tmp_path / "set"), "--size", "64x64", "--still-frames", "7"]
    main([*words, "--models", str(tmp_path)])
    shown = capsys.readouterr()
    assert "no DWPose in" in shown.out + shown.err
    assert (tmp_path / "set" / "manifest.jsonl").read_text(encoding="utf-8").count("tea") >= 1


class Knowing:
    """Knows the pose of every frame of a scene by its looks."""

    def __init__(self, scene: Scene) -> None:
        self.frames = [render_frame(scene, number) for number in range(scene.options.frames)]
        self.reference = reference_picture(scene)

    def __call__(self, frames: Sequence[np.ndarray], /) -> list[Pose]:
        known = [(frame.image, frame.pose) for frame in self.frames] + [self.reference]
        return [min(known, key=lambda one: np.abs(one[0].astype(int) - frame).mean())[1] for frame in frames]


def test_a_raw_clip_gets_the_signals_that_it_shows(tmp_path: Path) -> None:
    scene = describe_scene(SceneOptions(128, 192, 6, seed=5))
    knowing = Knowing(scene)
    write_clip(tmp_path / "raw/clips/ann.mp4", np.stack([frame.image for frame in knowing.frames]))
    write_image(tmp_path / "raw/people/ann.png", knowing.reference[0])
    report = build(read_raw(tmp_path / "raw"), tmp_path / "set", signal_maker(knowing), BuildOptions(((192, 128),)))
    assert not report.failed, report.failed
    dataset = open_clips(read_listing(tmp_path / "set"), ClipOptions(((192, 128),), frames=6, stride=1))
    example = dataset.example(Draw(0))
    truth = torch.stack(
        [draw_pose(pose, 192, 128) for pose in [knowing.reference[1], *(f.pose for f in knowing.frames)]]
    )
    assert float((example.controls.pose.int() - truth.int()).abs().float().mean()) < 2
    assert bool(example.controls.hand_mask[1:].any()) and example.views is None


def test_a_product_is_followed_from_its_box(tmp_path: Path) -> None:
    scene = describe_scene(SceneOptions(192, 320, 4, seed=5))
    knowing = Knowing(scene)
    write_clip(tmp_path / "raw/clips/ann_tea.mp4", np.stack([frame.image for frame in knowing.frames]))
    write_image(tmp_path / "raw/people/ann.png", knowing.reference[0])
    write_image(tmp_path / "raw/products/tea_1.png", product_views(scene)[1])
    (tmp_path / "raw/boxes").mkdir()
    box = json.dumps({"box": knowing.frames[0].box.tolist(), "frame": 0})
    (tmp_path / "raw/boxes/ann_tea.json").write_text(box, encoding="utf-8")
    report = build(read_raw(tmp_path / "raw"), tmp_path / "set", signal_maker(knowing), BuildOptions(((320, 192),)))
    assert not report.failed, report.failed
    dataset = open_clips(read_listing(tmp_path / "set"), ClipOptions(((320, 192),), frames=4, stride=1))
    found = dataset.example(Draw(0)).controls.object_mask[1:].numpy()
    truth = np.stack([frame.object_mask for frame in knowing.frames])
    assert (found & truth).sum() > 0.7 * (found | truth).sum()
