"""Which model a person chose: the built-in one, or the files of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import OptionError
from ..types import require

BUILT_IN = "built-in"


@dataclass(frozen=True)
class ModelChoice:
    """Which model makes videos, or learns.

    Attributes:
        anchor: ``built-in``, or the path of an AnchorCrafter checkpoint.
        svd: Stable Video Diffusion, folder or single file; not needed if ``anchor`` holds VAE and image encoder.
        dino: DINOv2-large, folder or file; not needed if ``anchor`` holds it.
    """

    anchor: str
    svd: Path | None = None
    dino: Path | None = None

    def __post_init__(self) -> None:
        is_one = not self.is_built_in or (self.svd is None and self.dino is None)
        words = ("svd or dino beside the built-in model", "a checkpoint, or the built-in model alone", "Remove them.")
        require(is_one, OptionError, *words)

    @property
    def is_built_in(self) -> bool:
        """Whether no files are needed."""
        return self.anchor == BUILT_IN
