"""A folder of saved products: one safetensors file each, with the views, the tokens, and what made the tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import LoadError, MediaError
from ..media.partial_file import partial_file
from ..media.saved_names import saved_file, saved_names
from ..types import VIEW_COUNT, VIEW_SIZE, EncodedProduct

FORMAT = "anchorcrafter product 1"
TENSORS = ("identity", "detail", "views")


def save_product(folder: Path, name: str, product: EncodedProduct) -> Path:
    """Write a product whole or not at all; one of the same name is replaced.

    Args:
        folder: made if it is missing.
        name: as ``media.saved_names.require_name`` allows.
        product: tokens in any number format.

    Returns:
        The file.

    Raises:
        OptionError: an impossible name.
        MediaError: no room, or no permission.
    """
    file = saved_file(folder, name)
    tensors = {key: getattr(product, key).detach().cpu().contiguous() for key in TENSORS}
    facts = {"format": FORMAT, "nets_hash": product.nets_hash, "encoder_id": product.encoder_id}
    try:
        with partial_file(file) as partial:
            save_file(tensors, partial, metadata=facts)
    except (OSError, SafetensorError) as error:
        remedy = "Free some space, or choose another folder."
        raise MediaError(f"that {file} cannot be written ({error})", "a folder with room", remedy) from error
    return file


def load_product(folder: Path, name: str) -> EncodedProduct:
    """Read a saved product.

    Args:
        folder: of the library.
        name: of the product.

    Raises:
        OptionError: an impossible name.
        LoadError: no such product, or a file that is damaged or something else.
    """
    file = saved_file(folder, name)
    if not file.is_file():
        known = ", ".join(saved_names(folder)) or "none"
        raise LoadError(f"no product {name!r} in {folder}", f"one of: {known}", "Save the product first.")
    try:
        with safe_open(file, "pt") as opened:
            facts, keys = opened.metadata() or {}, opened.keys()
            tensors = {key: opened.get_tensor(key).clone() for key in keys}
    except (OSError, SafetensorError) as error:
        raise _broken(file, str(error)) from error
    return _checked(file, facts, tensors)


def _checked(file: Path, facts: Mapping[str, str], tensors: Mapping[str, Tensor]) -> EncodedProduct:
    if facts.get("format") != FORMAT or set(tensors) != set(TENSORS):
        raise _broken(file, f"format {facts.get('format')!r} with {', '.join(sorted(tensors)) or 'nothing'}")
    identity, detail, views = (tensors[key] for key in TENSORS)
    shapes = [list(tensor.shape) for tensor in (identity, detail, views)]
    count, width = shapes[1][1:2], shapes[1][-1:]
    expected = [[1, VIEW_COUNT, *width], [1, *count, *width], [VIEW_COUNT, 3, VIEW_SIZE, VIEW_SIZE]]
    types = [identity.is_floating_point(), detail.is_floating_point(), views.dtype == torch.uint8]
    if shapes != expected or not all(types):
        raise _broken(file, ", ".join(f"{key} {tensor.dtype} {list(tensor.shape)}" for key, tensor in tensors.items()))
    return EncodedProduct(identity, detail, views, facts.get("nets_hash", ""), facts.get("encoder_id", ""))


def _broken(file: Path, reason: str) -> LoadError:
    return LoadError(f"{file} ({reason})", "a saved product", "Encode the product from its pictures and save it again.")
