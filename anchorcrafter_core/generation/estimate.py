"""What a run will take, said before it starts: calls of the network, bytes of memory and disk."""

from __future__ import annotations

from dataclasses import dataclass

from diffusers.models.modeling_utils import ModelMixin
from torch import nn

from ..models.build import named_parts
from ..sampling.residuals import residual_bytes
from ..sampling.windows import count_windows
from ..types import LATENT_CELL, AnchorModels, Compute, Computes, ControlSignals, SamplingOptions

NETWORK_MAPS = 30
"""Feature maps of the UNet's first level that live at once in its largest moment: 26 counted at full size over all
window lengths, the rest for the workspace of convolutions."""
DECODER_MAPS = 9
"""The same for the decoder's last level: 8 counted at full size."""


PIXEL_BYTES = 14
"""Per pixel and frame: three clips and the result at 3 bytes each, two masks at 1."""


@dataclass(frozen=True)
class Estimate:
    """Work and memory of one case.

    Attributes:
        frames: F, the reference frame included.
        steps: Euler steps.
        windows: windows per step.
        passes: network calls per window, 2 with guidance.
        weights: bytes of all networks.
        residuals: bytes of the residual maps that are kept over the steps.
        activations: bytes that the largest call of a network needs beside.
        clips: bytes of the control clips and the decoded frames; beyond a budget they lie on the disk.
    """

    frames: int
    steps: int
    windows: int
    passes: int
    weights: int
    residuals: int
    activations: int
    clips: int

    @property
    def total_windows(self) -> int:
        """Windows of the whole run, the unit of progress."""
        return self.steps * self.windows

    def sentence(self) -> str:
        """For the user, before the run starts."""
        memory = self.weights + self.residuals + self.activations
        windows = "1 window" if self.windows == 1 else f"{self.windows} windows"
        return (
            f"{self.frames} frames (the reference one included), {self.steps} steps of {windows}, "
            f"{self.total_windows * self.passes} calls of the network. Memory about {in_words(memory)} "
            f"(weights {in_words(self.weights)}, work {in_words(self.activations)}, "
            f"residual maps {in_words(self.residuals)}); frames {in_words(self.clips)}, on disk if many."
        )


def estimate(models: AnchorModels, controls: ControlSignals, options: SamplingOptions, computes: Computes) -> Estimate:
    """Work and memory of one case, from sizes alone.

    Args:
        models: the networks.
        controls: give F, H and W.
        options: numbers of the run.
        computes: where and how the networks run.
    """
    maps = residual_bytes(models, controls, computes.unet)
    pixels = controls.size[0] * controls.size[1]
    window, chunk = (min(at_once, controls.frames) for at_once in (options.window, options.decode_chunk))
    return Estimate(
        frames=controls.frames,
        steps=options.steps,
        windows=count_windows(options, controls.frames),
        passes=2 if options.is_guided else 1,
        weights=sum(weight_bytes(part) for part in named_parts(models).values()),
        residuals=maps if maps <= options.residual_budget else 0,
        activations=max(
            NETWORK_MAPS * window * pixels // LATENT_CELL**2 * _width(models.unet.unet, computes.unet),
            DECODER_MAPS * chunk * pixels * _width(models.vae, computes.vae),
        ),
        clips=PIXEL_BYTES * controls.frames * pixels,
    )


def weight_bytes(module: nn.Module) -> int:
    """Bytes of all parameters."""
    return sum(weight.nbytes for weight in module.parameters())


def _width(network: ModelMixin, compute: Compute) -> int:
    """Bytes of one place in the feature maps of the first level."""
    return int(network.config["block_out_channels"][0]) * compute.dtype.itemsize


def in_words(size: float) -> str:
    """A number of bytes for reading."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"
