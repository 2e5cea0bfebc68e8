"""Laws of decoding: chunks follow each other, memory errors halve them, bytes round or truncate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.errors import SampleError
from anchorcrafter_core.sampling.decode import decode_chunks, halving_chunks, to_uint8
from anchorcrafter_core.types import AnchorModels, Compute, no_progress
from tests.tiny import noise, small_models

LATENTS = noise(1, 7, 4, 8, 8)


@pytest.fixture
def models() -> AnchorModels:
    return small_models()


OUT_OF_MEMORY = (
    torch.OutOfMemoryError(),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB)"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
)


def limit_memory(
    models: AnchorModels, monkeypatch: pytest.MonkeyPatch, frames: int, error: Exception = OUT_OF_MEMORY[0]
) -> list[int]:
    """Let the VAE run out of memory above a number of frames; returns the sizes it was asked for."""
    asked: list[int] = []
    decode: Callable = models.vae.decode

    def limited(part: Tensor, num_frames: int, return_dict: bool) -> object:
        asked.append(num_frames)
        if num_frames > frames:
            raise error
        return decode(part, num_frames=num_frames, return_dict=return_dict)

    monkeypatch.setattr(models.vae, "decode", limited)
    return asked


def test_chunks_are_the_decoded_parts_one_after_another(models: AnchorModels) -> None:
    chunks = list(decode_chunks(models.vae, LATENTS, 3, Compute()))
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    alone = next(iter(decode_chunks(models.vae, LATENTS[:, 3:6], 3, Compute())))
    assert torch.equal(chunks[1], alone)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["cuda", "mps", "cpu"])
def test_out_of_memory_halves_the_chunk_and_loses_nothing(
    models: AnchorModels, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    expected = torch.cat(list(decode_chunks(models.vae, LATENTS, 2, Compute())))
    asked = limit_memory(models, monkeypatch, 2, error)
    got = torch.cat(list(decode_chunks(models.vae, LATENTS, 4, Compute())))
    assert asked == [4, 2, 2, 2, 1]
    assert torch.equal(got, expected)
    assert "going on with 2" in caplog.text


def test_no_memory_for_one_frame_is_one_clear_sentence(models: AnchorModels, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_memory(models, monkeypatch, frames=0)
    with pytest.raises(SampleError, match="no memory to decode a single frame"):
        list(decode_chunks(models.vae, LATENTS, 4, Compute()))


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["cuda", "mps", "cpu"])
def test_a_host_gets_the_devices_own_error(
    models: AnchorModels, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    asked = limit_memory(models, monkeypatch, 0, error)
    with pytest.raises(type(error)) as raised:
        list(halving_chunks(models.vae, LATENTS, 4, Compute(), no_progress))
    assert raised.value is error and asked == [4, 2, 1]


def test_other_errors_pass(models: AnchorModels, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_memory(models, monkeypatch, 0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(decode_chunks(models.vae, LATENTS, 4, Compute()))


def test_progress_counts_frames(models: AnchorModels) -> None:
    events: list[tuple] = []
    list(decode_chunks(models.vae, LATENTS, 4, Compute(), lambda *event: events.append(event)))
    assert events == [("decoding", 4, 7), ("decoding", 7, 7)]


def test_bytes_round_by_default_and_truncate_as_published() -> None:
    frames = torch.tensor([-2.0, -1.0, 0.0, 0.999, 5.0])
    assert to_uint8(frames).tolist() == [0, 0, 128, 255, 255]
    assert to_uint8(frames, rounds=False).tolist() == [0, 0, 127, 254, 255]
