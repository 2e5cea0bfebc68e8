"""Laws of the work folder: what was kept comes back, what belongs elsewhere or is damaged never does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.generation.resume import open_work

LATENTS = torch.arange(64.0).reshape(1, 2, 4, 4, 2)


def chunk(frames: int, level: int) -> torch.Tensor:
    return torch.full((frames, 3, 4, 2), level, dtype=torch.uint8)


def test_a_new_folder_holds_nothing(tmp_path: Path) -> None:
    work = open_work(tmp_path / "work", "a")
    assert work.start() is None
    assert work.frames_decoded() == 0
    assert list(work.decoded()) == []


def test_latents_come_back_exactly_and_the_last_ones_count(tmp_path: Path) -> None:
    work = open_work(tmp_path / "work", "a")
    work.keep_latents(1, LATENTS - 1)
    work.keep_latents(2, LATENTS)
    start = open_work(tmp_path / "work", "a").start()
    assert start is not None
    assert start.steps_done == 2
    assert torch.equal(start.latents, LATENTS)


def test_chunks_come_back_in_order(tmp_path: Path) -> None:
    work = open_work(tmp_path / "work", "a")
    for first, frames in ((10, chunk(2, 3)), (0, chunk(8, 1)), (8, chunk(2, 2))):
        work.keep_chunk(first, frames)
    again = open_work(tmp_path / "work", "a")
    assert again.frames_decoded() == 12
    assert [int(frames[0, 0, 0, 0]) for frames in again.decoded()] == [1, 2, 3]


def test_work_of_other_inputs_is_dropped(tmp_path: Path) -> None:
    work = open_work(tmp_path / "work", "a")
    work.keep_latents(1, LATENTS)
    work.keep_chunk(0, chunk(1, 1))
    other = open_work(tmp_path / "work", "b")
    assert other.start() is None
    assert other.frames_decoded() == 0


@pytest.mark.parametrize("name", ["latents.safetensors", "frames_00000000.safetensors"])
def test_damaged_work_is_dropped(tmp_path: Path, name: str) -> None:
    work = open_work(tmp_path / "work", "a")
    work.keep_latents(1, LATENTS)
    work.keep_chunk(0, chunk(1, 1))
    damaged = work.path / name
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert open_work(tmp_path / "work", "a").start() is None


def test_a_full_disk_keeps_the_step_before(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    work = open_work(tmp_path / "work", "a")
    work.keep_latents(1, LATENTS)
    before = sorted(path.name for path in work.path.iterdir())
    request.getfixturevalue("full_disk")
    with pytest.raises(MediaError, match="run the same command again"):
        work.keep_latents(2, LATENTS + 1)
    with pytest.raises(MediaError, match="a full disk"):
        work.keep_chunk(0, chunk(1, 1))
    start = work.start()
    assert start is not None
    assert start.steps_done == 1
    assert sorted(path.name for path in work.path.iterdir()) == before


def test_removed_work_leaves_no_folder(tmp_path: Path) -> None:
    work = open_work(tmp_path / "work", "a")
    work.keep_latents(1, LATENTS)
    work.remove()
    assert not work.path.exists()
