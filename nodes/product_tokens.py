"""Object tokens under the host's memory management, and the library of saved products."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from ..anchorcrafter_core.conditioning.assemble import known_product
from ..anchorcrafter_core.conditioning.encode import encode_product, encoder_id, require_product_nets, weights_hash
from ..anchorcrafter_core.conditioning.library import load_product
from ..anchorcrafter_core.media.saved_names import SUFFIX, saved_file, saved_names
from ..anchorcrafter_core.types import VIEW_SIZE, Computes, EncodedProduct
from .host import HostedModels, loaded
from .memory import encoding_memory
from .model_folders import FOLDER, PRODUCTS
from .motion_files import files_mark

FROM_PICTURES = "new: from the pictures"
"""No product can have this name: files have no colon."""


def product_folder() -> Path:
    """Where products are saved: models/anchorcrafter/products, in the first of ComfyUI's folders of that name."""
    import folder_paths

    return Path(folder_paths.get_folder_paths(FOLDER)[0]) / PRODUCTS


def product_options() -> list[str]:
    """What 'product' offers: new pictures, then the saved products."""
    return [FROM_PICTURES, *saved_names(product_folder())]


def product_refusal(product: str | None) -> str:
    """Why a choice cannot be: no such product in the library; empty if it can, or if it comes from another node."""
    if product is None or product in product_options():
        return ""
    known = ", ".join(product_options()[1:]) or "none"
    return (
        f"Found no product {product!r} in {product_folder()}; expected one of: {known}. "
        f"Choose another one, or '{FROM_PICTURES}' and connect its pictures."
    )


def product_mark(product: str | None, may_save: bool = False) -> str:
    """Changes when the file of a saved product changes; the same for all new ones.

    Args:
        product: the choice; ``None`` if it comes from another node: then any saved product counts.
        may_save: the node may save one itself, which must not make it run again; it counts none then.
    """
    if product is None and not may_save:
        folder = product_folder()
        return files_mark(folder / f"{name}{SUFFIX}" for name in saved_names(folder))
    if product is None or product_refusal(product) or product == FROM_PICTURES:
        return str(product)
    return f"{product} {saved_file(product_folder(), product).stat().st_mtime_ns}"


def encoded(models: HostedModels, views: Tensor) -> EncodedProduct:
    """Tokens of views uint8 [3,3,518,518].

    Raises:
        ConditionError: the model takes no product.
    """
    require_product_nets(models.models)
    return encode_product(models.models, views, _ready(models))


def saved(models: HostedModels, name: str) -> EncodedProduct:
    """A product of the library, its tokens made again if another checkpoint made them.

    Raises:
        OptionError, LoadError: an impossible name, no such product, a damaged file.
        ConditionError: the model takes no product.
    """
    require_product_nets(models.models)
    product = load_product(product_folder(), name)
    return product_for(models, product) or product


def product_for(models: HostedModels, product: EncodedProduct | None) -> EncodedProduct | None:
    """Tokens that this model understands; its networks are only loaded if tokens have to be made.

    Without a product those of three black views, as the published code does; ``None`` if the model takes no product.
    """
    if not models.models.spec.object_tokens or (product is not None and _is_made_by(models, product)):
        return product if models.models.spec.object_tokens else None
    return known_product(models.models, product, _ready(models))


def _ready(models: HostedModels) -> Computes:
    memory = encoding_memory(models.models, VIEW_SIZE**2, models.computes.encoders)
    return loaded(models, "object_encoder", "object_nets", memory=memory)


def _is_made_by(models: HostedModels, product: EncodedProduct) -> bool:
    encoder, projection, attention = require_product_nets(models.models)
    return (product.nets_hash, product.encoder_id) == (weights_hash(projection, attention), encoder_id(encoder))
