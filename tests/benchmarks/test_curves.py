"""Laws of learning curves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from anchorcrafter_core.errors import OptionError
from benchmarks.built_in.curves import draw_curves, minutes


def log(folder: Path, rows: list[dict[str, object]]) -> Path:
    folder.mkdir()
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def test_curves_show_every_run(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    steps = [{"step": n, "loss": 1 / n, "seconds": 3.0} for n in range(1, 41)]
    runs = [log(tmp_path / "a", [*steps, {"step": 40, "scores": {"psnr": 20.0}}]), log(tmp_path / "b", steps[:2])]
    draw_curves(runs[:1], tmp_path / "one.png")
    draw_curves(runs, tmp_path / "both.png")
    one, both = (Image.open(tmp_path / name).size for name in ("one.png", "both.png"))
    assert both[0] == pytest.approx(2 * one[0], abs=2) and both[1] == one[1]
    assert minutes(runs[0]) == pytest.approx(2.0)


@pytest.mark.parametrize("count", [1, 2, 15, 60])
def test_short_runs_are_seen_too(tmp_path: Path, count: int) -> None:
    pytest.importorskip("matplotlib")
    draw_curves([log(tmp_path / "a", [{"step": n, "loss": 2.0 / n} for n in range(1, count + 1)])], tmp_path / "a.png")
    blue = Image.open(tmp_path / "a.png").convert("RGB").getcolors(1 << 20)
    assert blue is not None and sum(number for number, color in blue if color == (0x44, 0x77, 0xAA)) >= 8


def test_only_png_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="ends in .png"):
        draw_curves([log(tmp_path / "a", [{"step": 1, "loss": 1.0}])], tmp_path / "a.jpgx")


def test_a_folder_without_a_log_is_named(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(OptionError, match="no log of a run in .*nothing"):
        draw_curves([tmp_path / "nothing"], tmp_path / "x.png")
