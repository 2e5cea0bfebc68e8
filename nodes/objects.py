"""Multi-View Object Encoder: product pictures, or a saved product, to object tokens."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io, ui

from ..anchorcrafter_core.conditioning.draw_views import draw_views
from ..anchorcrafter_core.conditioning.library import save_product
from ..anchorcrafter_core.media.images import as_tensor
from ..anchorcrafter_core.media.saved_names import require_name
from ..anchorcrafter_core.types import EncodedProduct
from .host import HostedModels, bytes_to_image
from .product_pictures import CUTOUTS, ProductPictures, product_views
from .product_tokens import (
    FROM_PICTURES,
    encoded,
    product_folder,
    product_mark,
    product_options,
    product_refusal,
    saved,
)
from .sockets import CATEGORY, AnchorModelsSocket, EncodedProductSocket


class MultiViewObjectEncoder(io.ComfyNode):
    """Encodes a product."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words; the list of saved products is read anew every time."""
        return io.Schema(
            node_id="MultiViewObjectEncoder",
            display_name="Multi-View Object Encoder",
            category=CATEGORY,
            description="Looks at one to three pictures of a product and makes the tokens that tell the model how it "
            "looks. The middle view counts most. Products can be saved and used again without their pictures.",
            inputs=[*_widgets(), *_pictures()],
            outputs=[
                EncodedProductSocket.Output(display_name="product", tooltip="For 'Dual Adapter Apply'."),
                io.Image.Output(display_name="preview", tooltip="The views as the model sees them, middle one framed."),
                io.String.Output(display_name="name", tooltip="Its name, for example as file name of 'Save Video'."),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, product: str | None) -> bool | str:
        """Refuse a saved product that is not there before anything runs."""
        return product_refusal(product) or True

    @classmethod
    def fingerprint_inputs(cls, product: str | None, save: bool | None = False, **others: Any) -> str:
        """Changes when a saved product is replaced; what is connected is ``None`` here."""
        return product_mark(product, may_save=save is not False)

    @classmethod
    def execute(
        cls, models: HostedModels, product: str, name: str, save: bool, cutout: str, **pictures: Any
    ) -> io.NodeOutput:
        """Load, or cut out, encode and perhaps save."""
        if product != FROM_PICTURES:
            found = saved(models, product)
            return shown(cls, found, draw_views(found.views, ["from the library"] * 3), product)
        require_name(name)
        views = product_views(ProductPictures(**pictures), cutout)
        made = encoded(models, views.views)
        if save:
            save_product(product_folder(), name, made)
        return shown(cls, made, views.preview(), name)


def shown(node: type[io.ComfyNode], product: EncodedProduct, preview: Any, name: str) -> io.NodeOutput:
    """A product with its preview uint8 [H,W,3], which also appears on the node."""
    image = bytes_to_image(as_tensor(preview)[None])
    return io.NodeOutput(product, image, name, ui=ui.PreviewImage(image, cls=node))


def _widgets() -> list[io.Input]:
    return [
        AnchorModelsSocket.Input("models", tooltip="From 'Load Anchor Models'."),
        io.Combo.Input(
            "product", options=product_options(),
            tooltip="Make a new product from the pictures below, or take a saved one (press R after saving to see it "
            "here); a saved product needs no pictures.",
        ),
        io.String.Input(
            "name", default="product",
            tooltip="Name of a new product: what it is saved as, and what the output 'name' says.",
        ),
        io.Boolean.Input(
            "save", default=False,
            tooltip="Keep the new product in models/anchorcrafter/products; one of the same name is replaced.",
        ),
        io.Combo.Input(
            "cutout", options=list(CUTOUTS), default="auto",
            tooltip="auto: find the product in pictures without a mask and put it on black; look at the preview. "
            "none: pictures are on black already.",
        ),
    ]


def _pictures() -> list[io.Input]:
    white = "White where the product is (the mask of Load Image is the opposite: put Invert Mask between)."
    return [
        io.Image.Input(
            "middle_view", optional=True,
            tooltip="The main view, usually the front. A batch of two is left and middle, a batch of three left, "
            "middle and right.",
        ),
        io.Image.Input("left_view", optional=True, tooltip="The product turned to one side. May be left out."),
        io.Image.Input("right_view", optional=True, tooltip="The product turned to the other side. May be left out."),
        io.Mask.Input("middle_mask", optional=True, tooltip=f"{white} One per picture of middle_view."),
        io.Mask.Input("left_mask", optional=True, tooltip=white),
        io.Mask.Input("right_mask", optional=True, tooltip=white),
    ]


NODES = [MultiViewObjectEncoder]
