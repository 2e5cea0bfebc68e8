"""Number formats follow the host: what the device computes in, what the VAE can be trusted with."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack


def _host_says(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    for name, answer in answers.items():
        monkeypatch.setattr(sys.modules["comfy.model_management"], name, lambda *_, _answer=answer, **__: _answer)


def test_auto_on_a_processor_is_float32(pack: Pack) -> None:
    kept = pack("nodes.number_formats").kept_formats("auto")
    assert (kept.unet, kept.vae, kept.encoders) == (torch.float32, torch.float32, torch.float32)


def test_auto_on_a_card_is_what_the_host_says(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    _host_says(monkeypatch, unet_dtype=torch.float16, vae_dtype=torch.bfloat16, should_use_fp16=True)
    kept = pack("nodes.number_formats").kept_formats("auto")
    assert (kept.unet, kept.vae, kept.encoders) == (torch.float16, torch.bfloat16, torch.float16)


def test_encoders_never_rest_in_eight_bits(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    _host_says(monkeypatch, text_encoder_dtype=torch.float8_e4m3fn, should_use_fp16=True)
    assert pack("nodes.number_formats").kept_formats("auto").encoders == torch.float16


def test_a_chosen_format_is_kept_and_computed_in_what_the_device_can(pack: Pack) -> None:
    loading, folders = pack("nodes.model_loading"), pack("nodes.model_folders")
    hosted, _ = loading.load_hosted(folders.Choice(folders.DISPLAY_NAME), "fp16", False, pack("nodes.native").lend())
    pack("nodes.host").loaded(hosted, "unet")
    kept = {name: weight.dtype for name, weight in hosted.models.unet.named_parameters()}
    assert {dtype for name, dtype in kept.items() if not name.endswith("mix_factor")} == {torch.float16}
    assert {dtype for name, dtype in kept.items() if name.endswith("mix_factor")} == {torch.float32}
    assert hosted.computes.unet.dtype == torch.float32


def test_float32_means_all_of_it(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    _host_says(monkeypatch, vae_dtype=torch.bfloat16, should_use_fp16=True)
    kept = pack("nodes.number_formats").kept_formats("fp32")
    assert {kept.unet, kept.vae, kept.encoders} == {torch.float32}


def test_another_word_is_refused(pack: Pack) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").OptionError, match="fp4"):
        pack("nodes.number_formats").kept_formats("fp4")
