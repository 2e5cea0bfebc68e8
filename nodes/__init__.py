"""The skin over ``anchorcrafter_core``: nodes, and all that speaks with ComfyUI. Nothing below it imports the host."""
