"""Load Anchor Models: files to a model under the host's memory management."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from .model_folders import UNKNOWN, Choice, dinov2_options, model_options, svd_options
from .model_loading import file_marks, load_hosted, refusal
from .native import lend
from .number_formats import AUTO, PRECISIONS
from .sockets import CATEGORY, AnchorModelsSocket
from .vae import AnchorVae

LENT_PARTS = {"vae": "vae", "clip_vision": "image_encoder"}
"""Which part of a model an input brings."""


class LoadAnchorModels(io.ComfyNode):
    """Loads all networks of one model."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words; the lists are read anew every time."""
        return io.Schema(
            node_id="LoadAnchorModels",
            display_name="Load Anchor Models",
            category=CATEGORY,
            description="Loads AnchorCrafter with the parts of Stable Video Diffusion and DINOv2 that it needs. The "
            "built-in model needs no files; it is small and made for synthetic scenes, not the published model.",
            inputs=[*_files(), *_lent()],
            outputs=[
                AnchorModelsSocket.Output(display_name="models", tooltip="For all other nodes of this package."),
                io.Vae.Output(display_name="vae", tooltip="The same VAE for ComfyUI's own nodes."),
                io.String.Output(display_name="info", tooltip="Which checkpoint it is, its licence, how it runs."),
            ],
        )

    @classmethod
    def validate_inputs(cls, model: str | None) -> bool | str:
        """Refuse a checkpoint that is not there or not whole before anything runs; ``None`` is a connected name."""
        return model is None or refusal(model) or True

    @classmethod
    def fingerprint_inputs(cls, model: str | None, svd: str | None, dinov2: str | None, **others: Any) -> str:
        """Changes when a file changes under the same name; what is connected is ``None`` here and may be any file."""
        lent = frozenset(part for name, part in LENT_PARTS.items() if name in others)
        return file_marks(Choice(model or UNKNOWN, svd or UNKNOWN, dinov2 or UNKNOWN), lent)

    @classmethod
    def execute(
        cls, model: str, svd: str, dinov2: str, precision: str, download: bool, vae: Any = None, clip_vision: Any = None
    ) -> io.NodeOutput:
        """Find, perhaps download, load."""
        hosted, words = load_hosted(Choice(model, svd, dinov2), precision, download, lend(vae, clip_vision))
        return io.NodeOutput(hosted, vae or AnchorVae(hosted), words)


def _files() -> list[io.Input]:
    return [
        io.Combo.Input(
            "model", options=model_options(),
            tooltip="The built-in model, a published checkpoint, or a file in models/anchorcrafter.",
        ),
        io.Combo.Input(
            "svd", options=svd_options(), default=AUTO,
            tooltip="Stable Video Diffusion, for its VAE and image encoder: a folder in models/diffusers or a single "
            "file in models/checkpoints. auto takes the first whole one.",
        ),
        io.Combo.Input(
            "dinov2", options=dinov2_options(), default=AUTO,
            tooltip="DINOv2-large, which sees the product: in models/anchorcrafter or models/clip_vision. auto takes "
            "the first whole one.",
        ),
        io.Combo.Input(
            "precision", options=PRECISIONS, default=AUTO,
            tooltip="Number format of the weights. auto follows ComfyUI and its command line.",
        ),
        io.Boolean.Input(
            "download", default=False,
            tooltip="Fetch what is missing from huggingface.co (several GB; HF_ENDPOINT and HF_TOKEN are obeyed).",
        ),
    ]


def _lent() -> list[io.Input]:
    return [
        io.Vae.Input(
            "vae", optional=True, tooltip="SVD's VAE if another node has loaded it already: it is not loaded twice."
        ),
        io.ClipVision.Input(
            "clip_vision", optional=True,
            tooltip="SVD's image encoder if another node has loaded it already: it is not loaded twice.",
        ),
    ]


NODES = [LoadAnchorModels]
