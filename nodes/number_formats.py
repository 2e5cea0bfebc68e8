"""In which number format weights are kept, by the host's own rules."""

from __future__ import annotations

import torch

from ..anchorcrafter_core.errors import OptionError
from ..anchorcrafter_core.loading.load import Precision
from ..anchorcrafter_core.types import require

AUTO = "auto"
FORMATS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
PRECISIONS = [AUTO, *FORMATS]
NETWORK_PARAMETERS = 1_617_000_000
"""Of the published checkpoint; on old cards the host decides by it."""
VAE_FORMATS = [torch.bfloat16, torch.float32]
"""What SVD's VAE can be trusted with; float16 overflows in it."""


def kept_formats(precision: str) -> Precision:
    """Formats of the weights.

    Args:
        precision: ``auto`` follows the host (its command line included); a format is taken for the UNet and, where the
            device can compute in it, the encoders. The VAE stays with what the host allows it, or float32.

    Raises:
        OptionError: another word.
    """
    import comfy.model_management as management

    remedy = "Choose one of the list."
    require(precision in PRECISIONS, OptionError, f"the precision {precision}", ", ".join(PRECISIONS), remedy)
    vae = management.vae_dtype(management.vae_device(), VAE_FORMATS)
    if precision == AUTO:
        unet = management.unet_dtype(management.get_torch_device(), model_params=NETWORK_PARAMETERS)
        return Precision(unet, vae, encoder_format(management.text_encoder_dtype(management.text_encoder_device())))
    wanted = FORMATS[precision]
    return Precision(wanted, torch.float32 if wanted == torch.float32 else vae, encoder_format(wanted))


def encoder_format(wanted: torch.dtype) -> torch.dtype:
    """``wanted`` where the encoders' device computes in it, else float16 or float32.

    transformers computes in the format of the weights, so the two cannot differ as they do in the host's own encoders.
    """
    import comfy.model_management as management

    device = management.text_encoder_device()
    halves = (torch.float16, torch.bfloat16)
    if wanted == torch.float32 or not management.should_use_fp16(device, prioritize_performance=False):
        return torch.float32
    return wanted if wanted in halves else torch.float16
