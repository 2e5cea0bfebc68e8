"""The package's own socket types, each named once; for everything else ComfyUI's types are used."""

from __future__ import annotations

from comfy_api.latest import io

CATEGORY = "AnchorCrafter"

AnchorModelsSocket = io.Custom("ANCHOR_MODELS")
"""Carries ``host.HostedModels``."""
EncodedProductSocket = io.Custom("ENCODED_PRODUCT")
"""Carries ``anchorcrafter_core.types.EncodedProduct``."""
DrivingMotionSocket = io.Custom("DRIVING_MOTION")
"""Carries ``anchorcrafter_core.footage.motion.DrivingMotion``."""
ControlSignalsSocket = io.Custom("CONTROL_SIGNALS")
"""Carries ``anchorcrafter_core.types.ControlSignals``."""
AnchorConditioningSocket = io.Custom("ANCHOR_CONDITIONING")
"""Carries ``anchorcrafter_core.types.AnchorConditioning``."""
