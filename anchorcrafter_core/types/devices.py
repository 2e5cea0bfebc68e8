"""Which device a name means on this machine, and whether one has no memory left."""

from __future__ import annotations

import torch

from ..errors import OptionError
from .checks import require

_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "Failed to allocate memory",
    "bad_alloc",
    "bad allocation",
    "Insufficient memory",
)
"""Of CUDA and Metal, the processor in PyTorch, ONNX Runtime's arena, C++ (twice) and OpenCV."""


def find_device(name: str) -> torch.device:
    """A device by its name; ``auto`` takes the first of CUDA, MPS and CPU that is there.

    Args:
        name: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.

    Raises:
        OptionError: unknown, or not there.
    """
    if name == "auto":
        has_metal = torch.backends.mps.is_available()
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_metal else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise OptionError(f"the device {name!r}", "auto, cpu, cuda, cuda:1 or mps", "Choose one of them.") from error
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    is_there = (device.index or 0) < there.get(device.type, 0)
    require(is_there, OptionError, f"no device {name}", "a device that PyTorch sees", "Choose cpu or auto.")
    return device


def is_out_of_memory(error: Exception) -> bool:
    """Whether a library failed because a device had no memory left; all but Python and CUDA say so in words alone.

    Args:
        error: what PyTorch, ONNX Runtime or OpenCV raised.
    """
    is_own_class = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    return is_own_class or any(word in str(error) for word in _NO_MEMORY)
