"""Laws of the demonstration: its files say what the scene is, and they are enough for a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, render_frame
from anchorcrafter_core.controls.key_points import read_poses
from anchorcrafter_core.errors import AnchorError
from anchorcrafter_core.generation.case import Listener
from anchorcrafter_core.generation.demo import DemoOptions, run_demo, write_scene
from anchorcrafter_core.media.images import read_rgb
from anchorcrafter_core.media.video import read_frames


def test_the_demo_leaves_video_sheet_and_record(tmp_path: Path) -> None:
    said: list[str] = []
    options = DemoOptions(tmp_path / "out" / "show.mp4", 64, 64, 2, 1, keep_inputs=tmp_path / "in")
    assert run_demo(options, Listener(say=said.append)) == tmp_path / "out" / "show.mp4"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["show.json", "show.mp4", "show.png"]
    assert (tmp_path / "in" / "person.png").is_file()
    assert any("not the published AnchorCrafter" in line for line in said)


def test_files_that_are_not_kept_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    run_demo(DemoOptions(tmp_path / "show.mp4", 64, 64, 1, 1), Listener())
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_files_hold_the_scene(scene_files: Path) -> None:
    scene = describe_scene(SceneOptions(64, 64, 4))
    frame = render_frame(scene, 2)
    for name, picture in (("driving", frame.image), ("hand", frame.hand), ("track", frame.track)):
        written = list(read_frames(scene_files / f"{name}.mp4"))[2]
        assert np.abs(written.astype(int) - picture).mean() < 5
    pose = read_poses(scene_files / "key_points.json")[2]
    assert np.allclose(pose.body, frame.pose.body, atol=1e-3)
    boxes = json.loads((scene_files / "boxes.json").read_text(encoding="utf-8"))
    assert boxes["boxes"]["2"] == pytest.approx(frame.box.tolist())
    assert read_rgb(scene_files / "product_1.png").shape == (3, 518, 518)


def test_another_seed_is_another_scene(scene_files: Path, tmp_path: Path) -> None:
    write_scene(SceneOptions(64, 64, 1, seed=5), tmp_path, Listener())
    assert (read_rgb(tmp_path / "person.png") != read_rgb(scene_files / "person.png")).any()


@pytest.mark.parametrize(
    "options",
    [
        {"width": 100},
        {"frames": 0},
        {"steps": 0},
        {"seed": -1},
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(AnchorError):
        DemoOptions(Path("show.mp4"), **options)
