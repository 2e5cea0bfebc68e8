"""Headers: what a file says of itself, read anew when the file changes and empty for all that is no such file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from anchorcrafter_core.builtin.tiny import WEIGHTS
from anchorcrafter_core.loading.header import Header, read_header
from anchorcrafter_core.loading.layouts import FROZEN_PARTS, TRAINED_PARTS


def test_the_built_in_model_says_what_it_holds() -> None:
    header = read_header(WEIGHTS)
    assert header.is_checkpoint and header.metadata["variant"] == "built-in"
    assert header.parts == {*TRAINED_PARTS, *FROZEN_PARTS}


def test_a_published_checkpoint_is_known_by_its_parts(tmp_path: Path) -> None:
    save_file({f"{part}.weight": torch.ones(1) for part in TRAINED_PARTS}, tmp_path / "model.safetensors")
    assert read_header(tmp_path / "model.safetensors").is_checkpoint


def test_other_weights_are_no_checkpoint(tmp_path: Path) -> None:
    save_file({"encoder.layer.0.weight": torch.ones(1)}, tmp_path / "model.safetensors", metadata={"format": "pt"})
    assert not read_header(tmp_path / "model.safetensors").is_checkpoint


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", (1000).to_bytes(8, "little") + b'{"unet.', None])
def test_all_else_says_nothing(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert read_header(path) == Header()


def test_an_exchanged_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"unet.weight": torch.ones(1)}, path)
    first = read_header(path)
    save_file({"vae.weight": torch.ones(1)}, path)
    os.utime(path, ns=(1, 1))
    assert (first.parts, read_header(path).parts) == ({"unet"}, {"vae"})
