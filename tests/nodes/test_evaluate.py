"""Score Video scores what is connected, says what it leaves out, and draws every frame."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.media_types import VideoComponents, VideoFromComponents, VideoFromFile, give_media

FRAMES = 12


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)


def clip(shift: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A bright square that moves: IMAGE [F,48,80,3] and its MASK [F,48,80]."""
    mask = torch.zeros(FRAMES, 48, 80)
    for number in range(FRAMES):
        mask[number, 12:28, 8 + 2 * number + shift : 24 + 2 * number + shift] = 1
    return 0.2 + 0.6 * mask[..., None].expand(-1, -1, -1, 3), mask


def score(pack: Pack, **inputs: Any) -> tuple[str, torch.Tensor]:
    text, plot = pack("nodes.evaluate").ScoreVideo.execute(**inputs).args
    return text, plot


def values(text: str) -> dict[str, float]:
    """Numbers by title."""
    rows = [line.rsplit(": ", 2) for line in text.splitlines() if "better:" in line]
    return {row[0]: float(row[1].split()[0]) for row in rows}


def test_shifted_squares_overlap_as_counted_by_hand(pack: Pack) -> None:
    (made, made_mask), (true, true_mask) = clip(4), clip()
    text, plot = score(pack, generated=made, truth=true, generated_mask=made_mask, truth_mask=true_mask)
    assert values(text)["Obj-IoU"] == values(text)["Obj-IoU, clean"] == 0.6
    assert "Seam score: for want of" in text
    assert plot.shape[0] == 1 and plot.shape[-1] == 3 and plot.min() >= 0 and plot.max() <= 1


def test_a_video_against_itself_is_perfect(pack: Pack) -> None:
    pytest.importorskip("skimage")
    made, mask = clip()
    text, _ = score(pack, generated=made, truth=made, generated_mask=mask, truth_mask=mask)
    assert values(text) == {"Obj-IoU": 1, "Obj-IoU, clean": 1, "PSNR": 100, "SSIM": 1}


def test_a_faint_mask_counts_as_published_alone(pack: Pack) -> None:
    made, mask = clip()
    text, _ = score(pack, generated=made, generated_mask=torch.full_like(mask, 0.02), truth_mask=mask)
    assert values(text)["Obj-IoU"] == pytest.approx(256 / (48 * 80), abs=1e-4)
    assert values(text)["Obj-IoU, clean"] == 0


def test_video_and_image_are_scored_alike(pack: Pack) -> None:
    made, _ = clip(2)
    true, _ = clip()
    video = VideoFromComponents(VideoComponents(made, None, Fraction(25)))
    assert score(pack, generated=video, truth=true)[0] == score(pack, generated=made, truth=true)[0]


def test_a_video_file_is_streamed(pack: Pack, tmp_path: Path) -> None:
    made, _ = clip()
    frames = pack("nodes.host").image_to_bytes(made).permute(0, 2, 3, 1).numpy()
    pack("anchorcrafter_core.media.video_writer").write_video(tmp_path / "a.mp4", frames, 30, crf=0)
    text, _ = score(pack, generated=VideoFromFile(str(tmp_path / "a.mp4")), truth=made)
    assert values(text)["PSNR"] > 35


def test_a_jump_at_window_borders_is_a_seam(pack: Pack) -> None:
    made, _ = clip()
    jumpy = made.clone()
    jumpy[4:] = (jumpy[4:] + 0.15).clamp(0, 1)
    numbers = {"plan": "overlap", "window": 5, "overlap": 0}
    even, seamed = (values(score(pack, generated=frames, **numbers)[0]) for frames in (made, jumpy))
    assert even["Seam score"] == pytest.approx(1, abs=0.05)
    assert seamed["Seam score"] > 2


def test_without_scikit_image_ssim_is_left_out_in_words(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    table = pack("anchorcrafter_core.evaluation.table")
    monkeypatch.setattr(table, "is_installed", lambda name: False)
    made, _ = clip()
    text, _ = score(pack, generated=made, truth=made)
    assert values(text) == {"PSNR": 100}
    assert "SSIM: for want of scikit-image" in text


def test_unequal_lengths_are_said_and_a_video_alone_still_answers(pack: Pack) -> None:
    made, _ = clip()
    text, _ = score(pack, generated=made, truth=made[:5])
    assert "truth: 5 frames against 12 generated" in text
    alone, plot = score(pack, generated=made)
    assert values(alone) == {} and alone.count("Left out:") >= 3 and plot.shape[2] == 960


def test_an_empty_batch_and_an_impossible_window_are_refused(pack: Pack) -> None:
    errors = pack("anchorcrafter_core.errors")
    made, mask = clip()
    with pytest.raises(errors.ControlError, match="no frame in 'generated'"):
        score(pack, generated=made[:0])
    with pytest.raises(errors.ControlError, match="no frame in 'truth_mask'"):
        score(pack, generated=made, generated_mask=mask, truth_mask=mask[:0])
    with pytest.raises(errors.OptionError, match="overlap"):
        score(pack, generated=made, plan="overlap", window=4, overlap=4)


def test_the_plot_appears_on_the_node(pack: Pack) -> None:
    made, _ = clip()
    output = pack("nodes.evaluate").ScoreVideo.execute(made, made)
    assert torch.equal(output.ui["images"], output.args[1])
