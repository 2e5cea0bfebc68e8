"""Frames come back as they went in, whether they lie in memory or on disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.frame_store import FrameStore


def frames(count: int, dtype: torch.dtype = torch.uint8) -> Iterator[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        yield torch.randint(0, 256, (3, 8, 6), dtype=torch.uint8, generator=generator).to(dtype)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool])
@pytest.mark.parametrize("budget", [0, 3 * 8 * 6 * 5 - 1, 3 * 8 * 6 * 5, 10**6])
def test_frames_come_back(tmp_path: Path, budget: int, dtype: torch.dtype) -> None:
    clip = FrameStore(budget, tmp_path).collect(frames(5, dtype))
    assert clip.dtype == dtype and torch.equal(clip, torch.stack(list(frames(5, dtype))))
    assert torch.equal(clip[[3, 0]], torch.stack(list(frames(5, dtype)))[[3, 0]])


def test_strided_frames_come_back(tmp_path: Path) -> None:
    for budget in (0, 10**6):
        clip = FrameStore(budget, tmp_path).collect(frame.permute(1, 2, 0) for frame in frames(3))
        assert torch.equal(clip, torch.stack(list(frames(3))).permute(0, 2, 3, 1))


def test_a_mapped_clip_outlives_its_store_and_leaves_no_file(tmp_path: Path) -> None:
    clip = FrameStore(0, tmp_path).collect(frames(5))[1:]
    assert torch.equal(clip, torch.stack(list(frames(5)))[1:])
    del clip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_mapped_clip_needs_no_resident_memory(tmp_path: Path) -> None:
    """256 MiB of frames through a process whose own memory grows by a tenth of that."""
    program = """
import re, sys, torch
from pathlib import Path
from anchorcrafter_core.media.frame_store import FrameStore
def anonymous():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[1]) * 1024
def frames():
    for number in range(256):
        yield torch.full((2**20,), number, dtype=torch.uint8)
before = anonymous()
clip = FrameStore(2**22, Path(sys.argv[1])).collect(frames())
assert [int(frame.max()) for frame in clip] == list(range(256))
print(anonymous() - before)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert int(done.stdout) < 26 * 2**20


def test_refuses_in_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="without frames"):
        FrameStore().collect([])
    unequal = [torch.zeros(3, 4, 4, dtype=torch.uint8), torch.zeros(3, 4, 5, dtype=torch.uint8)]
    with pytest.raises(MediaError, match=r"frame 1 of shape \[3, 4, 5\]"):
        FrameStore().collect(unequal)
    with pytest.raises(MediaError, match="cannot be kept"):
        FrameStore(0, tmp_path / "missing").collect(frames(2))
