"""Laws of devices: what is there is found, what is not is refused by its name, a full one is told apart."""

from __future__ import annotations

import pytest
import torch

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.types import find_device, is_out_of_memory


def machine(monkeypatch: pytest.MonkeyPatch, cuda: int, has_metal: bool) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: has_metal)


@pytest.mark.parametrize(("cuda", "has_metal", "best"), [(2, True, "cuda"), (0, True, "mps"), (0, False, "cpu")])
def test_auto_is_the_best_that_is_there(monkeypatch: pytest.MonkeyPatch, cuda: int, has_metal: bool, best: str) -> None:
    machine(monkeypatch, cuda, has_metal)
    assert find_device("auto") == torch.device(best)
    assert find_device("cpu") == torch.device("cpu")


def test_a_gpu_is_found_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, 2, has_metal=False)
    assert find_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(OptionError, match="cuda:2"):
        find_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "cpu:x", "cpu:7", "meta", "mps", ""])
def test_devices_that_are_not_there_are_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    machine(monkeypatch, 1, has_metal=False)
    with pytest.raises(OptionError, match=name or "''"):
        find_device(name)


def test_what_libraries_say_of_no_memory_is_understood() -> None:
    with pytest.raises(RuntimeError) as processor:
        torch.empty(10**15)
    with pytest.raises(MemoryError) as python:
        bytearray(2**62)
    assert is_out_of_memory(processor.value) and is_out_of_memory(python.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
