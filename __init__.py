"""AnchorCrafter as nodes of ComfyUI. Nothing is imported before the host asks for the nodes."""

from __future__ import annotations

from typing import Any

WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> Any:
    """The package's extension; called once by ComfyUI at its start."""
    from .nodes.extension import AnchorCrafterExtension

    return AnchorCrafterExtension()
