"""Sound of a VIDEO that is no file, kept in the host's temporary folder."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..anchorcrafter_core.loading.write import atomic_file
from ..anchorcrafter_core.types import AudioReference

LOUDEST = 32767
"""Largest number of 16-bit sound."""


def kept_sound(audio: Mapping[str, Any] | None) -> AudioReference | None:
    """Sound as a WAV file, which begins with the first frame; the same sound is kept once.

    Args:
        audio: AUDIO, ``waveform`` [B,C,N] in -1..1 and ``sample_rate`` in hertz, or ``None``.

    Returns:
        The file, or ``None`` where there is no sound.

    Raises:
        LoadError: no room for the file.
    """
    import folder_paths

    if audio is None or not audio["waveform"].numel() or int(audio["sample_rate"]) < 1:
        return None
    samples, rate = _pulses(audio["waveform"][0]), int(audio["sample_rate"])
    facts = f"{rate} {audio['waveform'].shape[1]}".encode()
    name = f"anchorcrafter_sound_{sha256(samples + facts).hexdigest()[:16]}.wav"
    file = Path(folder_paths.get_temp_directory()) / name
    if not file.is_file():
        with atomic_file(file) as stream, wave.open(stream, "wb") as writer:
            writer.setnchannels(audio["waveform"].shape[1])
            writer.setsampwidth(2)
            writer.setframerate(rate)
            writer.writeframes(samples)
    return AudioReference(str(file))


def _pulses(waveform: Tensor) -> bytes:
    """Sound [C,N] as 16-bit numbers, channels beside each other; whole numbers count as shares of their largest."""
    largest = 1 if waveform.is_floating_point() else torch.iinfo(waveform.dtype).max
    levels = (waveform.cpu().double() / largest).clamp(-1, 1) * LOUDEST
    return levels.round().to(torch.int16).T.contiguous().numpy().astype("<i2").tobytes()
