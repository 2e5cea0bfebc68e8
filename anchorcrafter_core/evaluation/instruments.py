"""The networks that scores look through; each may be absent, and then its scores are left out."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .fidelity import Perceptual
from .likeness import Encoder
from .rows import PieceEncoder


@dataclass(frozen=True)
class Instruments:
    """Injected networks; all take uint8 RGB and do their own resizing.

    Attributes:
        clip: CLIP ViT-B/32 as the published code feeds it (short side 224, centre).
        clip_frames: the same network as VBench feeds it.
        dino_frames: DINO ViT-B/16 as VBench feeds it.
        dinov2: DINOv2 for crops of products.
        face: encoder of faces [112,112,3], AdaFace in the paper.
        inception: Inception v3 features of frames, for FID.
        i3d: I3D features of pieces of 16 frames, for FVD.
        resnet3d: 3-D ResNet-50 features of pieces of 16 frames, for FID-VID.
        lpips: distances of frames.
    """

    clip: Encoder | None = None
    clip_frames: Encoder | None = None
    dino_frames: Encoder | None = None
    dinov2: Encoder | None = None
    face: Encoder | None = None
    inception: Encoder | None = None
    i3d: PieceEncoder | None = None
    resnet3d: PieceEncoder | None = None
    lpips: Perceptual | None = None

    def present(self) -> frozenset[str]:
        """Names of those that are there."""
        return frozenset(row.name for row in fields(self) if getattr(self, row.name) is not None)
