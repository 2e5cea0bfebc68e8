"""Laws of choosing a model: known before it is loaded, loaded where and how it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import LoadError, OptionError
from anchorcrafter_core.generation.config import ComputeInput
from anchorcrafter_core.generation.model import ModelIdentity, choose_computes, identify, open_model
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.specs import ANCHORCRAFTER

BUILT_IN = ModelChoice("built-in")


def test_the_built_in_model_says_what_it_is() -> None:
    identity = identify(BUILT_IN)
    assert (identity.variant, identity.spec.name) == ("built-in", "anchorcrafter-tiny")
    words = " ".join(identity.warnings())
    assert "small model made for synthetic scenes" in words


def test_a_real_checkpoint_needs_no_warning() -> None:
    assert ModelIdentity("a.pth", "tuned", ANCHORCRAFTER, {}, 1).warnings() == []


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"absent\.pth"):
        identify(ModelChoice(str(tmp_path / "absent.pth")))


def test_networks_get_their_number_formats() -> None:
    computes = choose_computes(ComputeInput("cpu", "bf16", "fp32"))
    assert (computes.unet.dtype, computes.encoders.dtype) == (torch.bfloat16, torch.bfloat16)
    parts = named_parts(open_model(BUILT_IN, computes))
    assert parts["vae"].get_parameter("decoder.conv_in.weight").dtype == torch.float32
    assert parts["unet"].get_parameter("conv_in.weight").dtype == torch.bfloat16


def test_auto_is_float32_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    computes = choose_computes(ComputeInput())
    assert (computes.unet.device.type, computes.unet.dtype) == ("cpu", torch.float32)


def test_auto_is_float16_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    computes = choose_computes(ComputeInput())
    assert (computes.unet.device.type, computes.unet.dtype, computes.vae.dtype) == (
        "cuda",
        torch.float16,
        torch.float32,
    )


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(OptionError, match="cuda:99"):
        choose_computes(ComputeInput("cuda:99"))
