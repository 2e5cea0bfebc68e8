"""The folder of reference numbers of the parity suite."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

GOLDEN = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class Oracle:
    """Numbers of the published code: one folder of inputs and outputs."""

    root: Path

    def tensors(self, name: str) -> dict[str, Tensor]:
        """One safetensors file."""
        return load_file(self.root / name)

    def json(self, name: str) -> Any:
        """One JSON file."""
        return json.loads((self.root / name).read_text(encoding="utf-8"))

    def picture(self, name: str) -> Tensor:
        """One picture, uint8 [3,H,W] RGB."""
        with Image.open(self.root / name) as picture:
            return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


def read_oracle() -> Oracle:
    """The folder named by ANCHOR_ORACLE, else the subset kept with the tests."""
    return Oracle(Path(os.environ.get("ANCHOR_ORACLE") or GOLDEN))
