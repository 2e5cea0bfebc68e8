"""A custom node without nodes: it lets every model load in part only, as ``--lowvram`` and ``--novram`` do on a GPU.

On a CPU ComfyUI never loads in parts; this leaves ``ANCHOR_TEST_SHARE`` of each model's size to the weights that are
brought to the device at once, all others are streamed layer by layer.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

management: Any = import_module("comfy.model_management")
whole_load = management.LoadedModel.model_load
SHARE = float(os.environ["ANCHOR_TEST_SHARE"])


def load_in_part(loaded: Any, lowvram_model_memory: float = 0, force_patch_weights: bool = False) -> Any:
    """``LoadedModel.model_load`` with less memory than there is."""
    budget = max(1, int(SHARE * loaded.model.model_size()))
    return whole_load(loaded, budget, force_patch_weights)


management.LoadedModel.model_load = load_in_part
NODE_CLASS_MAPPINGS: dict[str, Any] = {}
