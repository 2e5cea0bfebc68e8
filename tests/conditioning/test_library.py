"""A saved product comes back as it was; no name leaves the folder; damaged files are refused in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from anchorcrafter_core.conditioning.encode import encode_product, refreshed
from anchorcrafter_core.conditioning.library import load_product, save_product
from anchorcrafter_core.errors import LoadError, OptionError
from anchorcrafter_core.media.saved_names import saved_names
from anchorcrafter_core.types import Computes
from tests.tiny import noise_bytes, small_models, small_product

NAMES = ["mug", "red mug 2", "\u676f\u5b50", "a.b", "v1.0 (front)"]
IMPOSSIBLE = ["", " ", ".", "..", "../mug", "a/b", "a\\b", "/etc/passwd", "C:mug", "mug ", "mug.", "nul", "COM1.x"]
IMPOSSIBLE += ["mug.part", "a\0b", "x" * 81]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_comes_back(tmp_path: Path, name: str) -> None:
    product = small_product()
    file = save_product(tmp_path / "products", name, product)
    assert file.parent == tmp_path / "products"
    again = load_product(tmp_path / "products", name)
    for key in ("identity", "detail", "views"):
        assert torch.equal(getattr(again, key), getattr(product, key))
    assert (again.nets_hash, again.encoder_id) == (product.nets_hash, product.encoder_id)
    assert saved_names(tmp_path / "products") == [name]


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="the name"):
        save_product(tmp_path, name, small_product())
    with pytest.raises(OptionError, match="the name"):
        load_product(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_product_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    save_product(tmp_path, "mug", small_product())
    newer = replace(small_product(), nets_hash="newer")
    save_product(tmp_path, "mug", newer)
    assert load_product(tmp_path, "mug").nets_hash == "newer"


def test_unfinished_and_foreign_files_are_not_listed(tmp_path: Path) -> None:
    save_product(tmp_path, "mug", small_product())
    (tmp_path / "cup.part.safetensors").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("mug", encoding="utf-8")
    assert saved_names(tmp_path) == ["mug"]
    assert saved_names(tmp_path / "missing") == []


def test_a_missing_product_names_those_that_exist(tmp_path: Path) -> None:
    save_product(tmp_path, "mug", small_product())
    with pytest.raises(LoadError, match="one of: mug"):
        load_product(tmp_path, "cup")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    file = save_product(tmp_path, "mug", small_product())
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(LoadError, match="Encode the product"):
        load_product(tmp_path, "mug")


@pytest.mark.parametrize(
    ("key", "tensor"),
    [
        ("views", torch.zeros(3, 3, 64, 64, dtype=torch.uint8)),
        ("views", torch.zeros(3, 3, 518, 518)),
        ("identity", torch.zeros(1, 2, 32)),
        ("detail", torch.zeros(1, 16, 31)),
        ("other", torch.zeros(1)),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, key: str, tensor: torch.Tensor) -> None:
    product = small_product()
    tensors = {name: getattr(product, name) for name in ("identity", "detail", "views")} | {key: tensor}
    save_file(tensors, tmp_path / "mug.safetensors", metadata={"format": "anchorcrafter product 1"})
    with pytest.raises(LoadError, match="saved product"):
        load_product(tmp_path, "mug")


def test_foreign_safetensors_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(1)}, tmp_path / "mug.safetensors")
    with pytest.raises(LoadError, match="format None with weight"):
        load_product(tmp_path, "mug")


def test_another_checkpoint_makes_the_tokens_again_from_the_saved_views(tmp_path: Path) -> None:
    mine, other = small_models(seed=0), small_models(seed=1)
    views = noise_bytes(3, 3, 518, 518, seed=3)
    save_product(tmp_path, "mug", encode_product(mine, views, Computes()))
    saved = load_product(tmp_path, "mug")
    assert refreshed(mine, saved, Computes()) is saved
    fresh = encode_product(other, views, Computes())
    assert torch.equal(refreshed(other, saved, Computes()).sequence(), fresh.sequence())
    assert not torch.equal(fresh.sequence(), saved.sequence())
