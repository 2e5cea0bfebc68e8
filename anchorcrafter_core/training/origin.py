"""What a run began with, and in which numbers: a run goes on with the same alone, wherever its files lie by then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import OptionError
from ..models.build import named_parts
from ..types import AnchorModels, require


@dataclass(frozen=True)
class Origin:
    """What a checkpoint says of the beginning of its run, by these names.

    Attributes:
        base_sha256: of the checkpoint's file that the model was read from; ``None`` for random weights.
        frozen: SHA-256 of the weights that do not learn, as they were loaded; ``None`` for random ones, which two
            machines draw differently.
        precision: number format of activations that was really used: ``no``, ``fp16``, ``bf16`` or ``fp8``.
    """

    base_sha256: str | None
    frozen: str | None
    precision: str = "no"

    def refuse_other(self, facts: Mapping[str, Any]) -> None:
        """Raise OptionError unless a run began with this; what its checkpoint does not say is not compared.

        Args:
            facts: of a checkpoint.
        """
        remedy = "Put the old files back, or begin anew in another folder."
        weights = ("other weights in the model's files", "those with which the run began", remedy)
        is_same = self.frozen is None or facts.get("frozen", self.frozen) == self.frozen
        require(is_same, OptionError, *weights)
        then = facts.get("base_sha256", self.base_sha256)
        file = (f"a model's file with SHA-256 {self.base_sha256}", f"{then}, with which the run began", remedy)
        require(then == self.base_sha256, OptionError, *file)
        numbers = facts.get("precision", self.precision)
        way = f"Set compute.precision: '{numbers}', or begin anew in another folder."
        words = (f"the precision '{self.precision}'", f"'{numbers}', with which the run began", way)
        require(numbers == self.precision, OptionError, *words)


def frozen_hash(models: AnchorModels) -> str:
    """SHA-256 over the weights of all networks that do not learn; names count nothing, libraries change them."""
    digest = hashlib.sha256()
    for part in named_parts(models).values():
        for weight in part.state_dict(keep_vars=True).values():
            if not weight.requires_grad:
                digest.update(repr(tuple(weight.shape)).encode())
                digest.update(weight.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
