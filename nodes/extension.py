"""What ComfyUI is told about the package: its nodes, and the models folder it brings along."""

from __future__ import annotations

from importlib import import_module

from comfy_api.latest import ComfyExtension, io

from .linked_numbers import with_checked_numbers
from .model_folders import register_folder

NODE_FILES = (
    "load",
    "objects",
    "motion",
    "controls",
    "condition",
    "sample",
    "decode",
    "path",
    "preview",
    "evaluate",
    "scene",
)
"""Modules beside this one, in the order of the menu; each ends with a list ``NODES``."""


class AnchorCrafterExtension(ComfyExtension):
    """The package's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes, their numbers checked; the models folder is registered first, because a node lists its files."""
        register_folder()
        modules = [import_module(f".{name}", __package__) for name in NODE_FILES]
        return [with_checked_numbers(node) for module in modules for node in module.NODES]
