"""What is finished stays: scores survive the disk, and a folder belongs to one score."""

from __future__ import annotations

import errno
import math
from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import MediaError, OptionError
from benchmarks.built_in.kept import SHOWN, Kept, some_frames, write_text
from tests.tiny import noise_bytes


def test_scores_come_back_as_they_were(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new")
    assert not kept.has(5, "model") and kept.recall(5, "model") == {}
    kept.keep(5, "model", {"obj_iou": 0.25, "seconds": math.nan})
    assert kept.has(5, "model") and not kept.has(5, "copy") and not kept.has(6, "model")
    found = kept.recall(5, "model")
    assert found["obj_iou"] == 0.25 and math.isnan(found["seconds"])


def test_a_folder_belongs_to_one_score(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.claim({"model": {"a.safetensors": "12"}, "steps": 20})
    kept.claim({"model": {"a.safetensors": "12"}, "steps": 20})
    with pytest.raises(OptionError, match="steps = 20"):
        kept.claim({"model": {"a.safetensors": "12"}, "steps": 8})
    with pytest.raises(OptionError, match="model"):
        kept.claim({"model": {"a.safetensors": "34"}, "steps": 20})


def test_a_folder_that_says_no_version_is_of_the_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.claim({"model": {"a.safetensors": "12"}})
    kept.claim({"model": {"a.safetensors": "12"}, "scores": 1})
    with pytest.raises(OptionError, match="scores = 1"):
        kept.claim({"model": {"a.safetensors": "12"}, "scores": 2})


def test_a_folder_has_one_process_at_a_time(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "score")
    with kept.sole(), pytest.raises(MediaError, match="another run at work on score"), kept.sole():
        pass
    with kept.sole(), Kept(tmp_path / "other").sole():
        pass


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*rest: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    kept = Kept(tmp_path)
    for write in (lambda: kept.keep(7, "model", {"obj_iou": 0.5}), lambda: write_text(tmp_path / "a.md", "words")):
        with pytest.raises(MediaError, match="a full disk at"):
            write()
    assert not list(tmp_path.rglob("*.*")), "nothing half-written stays"


def test_damaged_scores_are_named(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.keep(7, "model", {"obj_iou": 0.5})
    (path,) = tmp_path.rglob("*_model.json")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(OptionError, match=r"000007_model\.json, which cannot be read.*Remove it"):
        kept.recall(7, "model")
    (tmp_path / "settings.json").write_text("", encoding="utf-8")
    with pytest.raises(OptionError, match=r"settings\.json, which cannot be read"):
        kept.claim({"model": 1})


def test_strips_come_back_as_they_were(tmp_path: Path) -> None:
    kept, pictures = Kept(tmp_path), noise_bytes(2, 3, 8, 4)
    assert kept.strip(1, "truth") is None
    kept.keep_strip(1, "truth", pictures)
    strip = kept.strip(1, "truth")
    assert strip is not None and torch.equal(strip, torch.cat(list(pictures), dim=2))


@pytest.mark.parametrize("frames", [1, 4, 17])
def test_shown_frames_span_the_clip(frames: int) -> None:
    clip = torch.arange(frames)
    shown = some_frames(clip)
    assert len(shown) == min(SHOWN, frames) and shown[0] == 0 and shown[-1] == frames - 1
