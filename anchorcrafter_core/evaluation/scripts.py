"""Networks given as TorchScript files: Inception, I3D, 3-D ResNet, face encoder, LPIPS.

TorchScript holds weights and a restricted program that no Python runs; other pickles are never opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import LoadError
from ..loading.read import refuse_damage
from ..media.images import as_tensor
from ..types import is_out_of_memory
from .fidelity import Perceptual
from .likeness import Encoder
from .networks import in_batches
from .optional import need
from .rows import PieceEncoder

KEYWORDS = ("return_features", "rescale", "resize")
"""What the common TorchScript files of Inception and I3D want switched on."""
FACE_CONTRACT = "float32 [N,3,112,112] BGR in -1..1 to features [N,D]"
FRAME_CONTRACT = "float32 [N,3,H,W] RGB in 0..255 to features [N,D]"
PIECE_CONTRACT = "float32 [1,3,T,H,W] RGB in 0..255 to features [1,D]"
LPIPS_CONTRACT = "two float32 [N,3,H,W] RGB in -1..1 to distances [N]"


@dataclass(frozen=True)
class Scripted:
    """A TorchScript network.

    Attributes:
        path: its file.
        module: ready to run.
        keywords: arguments that it wants switched on.
        device: where it runs.
        contract: what goes in and comes out, in words.
    """

    path: Path
    module: Any
    keywords: Mapping[str, bool]
    device: torch.device
    contract: str

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Run it; the first of several results counts.

        Args:
            inputs: as the contract says.

        Raises:
            LoadError: the network takes other inputs, or gives no tensor.
        """
        with self._in_words():
            made = self.module(*(value.to(self.device) for value in inputs), **self.keywords)
            first = made[0] if isinstance(made, (tuple, list)) else made
            return first.reshape(len(inputs[0]), -1)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, AttributeError, TypeError) as error:
            if isinstance(error, RuntimeError) and is_out_of_memory(error):
                raise
            lines = [line for line in str(error).splitlines() if line.strip()]
            found = f"that the network {self.path} fails ({lines[-1] if lines else type(error).__name__})"
            remedy = "Script it anew, or choose another file."
            raise LoadError(found, f"one that takes {self.contract}", remedy) from error


def open_script(path: Path, device: torch.device, contract: str) -> Scripted:
    """Open a TorchScript file.

    Args:
        path: as ``torch.jit.save`` wrote it.
        device: where it is to run.
        contract: what it has to take and give, in words.

    Raises:
        LoadError: missing, cut off, or no TorchScript.
    """
    refuse_damage(path)
    try:
        module = torch.jit.load(str(path), map_location=device).eval()
    except (RuntimeError, ValueError) as error:
        if isinstance(error, RuntimeError) and is_out_of_memory(error):
            raise
        remedy = "Save the network with torch.jit.script(...).save(file)."
        raise LoadError(f"{path}, which is no TorchScript", f"a network that takes {contract}", remedy) from error
    named = {argument.name for argument in module.forward.schema.arguments}
    return Scripted(path, module, {name: True for name in KEYWORDS if name in named}, device, contract)


def load_inception(path: Path, device: torch.device) -> Encoder:
    """Features of frames for FID.

    The network takes ``FRAME_CONTRACT`` and does its own resizing; errors as ``open_script``.
    """
    network = open_script(path, device, FRAME_CONTRACT)

    def frames(pictures: list[np.ndarray]) -> Tensor:
        pixels = [as_tensor(picture).float() for picture in pictures]
        groups = (
            [torch.stack(pixels)] if len({picture.shape for picture in pictures}) == 1 else [p[None] for p in pixels]
        )
        return torch.cat([network(group) for group in groups])

    return in_batches(frames)


def load_pieces(path: Path, device: torch.device) -> PieceEncoder:
    """Features of pieces of a video, for FVD and FID-VID.

    The network takes ``PIECE_CONTRACT`` and does its own resizing; errors as ``open_script``.
    """
    network = open_script(path, device, PIECE_CONTRACT)

    @torch.inference_mode()
    def encode(frames: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(np.ascontiguousarray(frames)).permute(3, 0, 1, 2)[None].float()
        return network(pixels)[0].float().cpu().numpy()

    return encode


def load_face(path: Path, device: torch.device) -> Encoder:
    """Features of upright faces, as the published code feeds AdaFace.

    The network takes ``FACE_CONTRACT``; errors as ``open_script``.
    """
    network = open_script(path, device, FACE_CONTRACT)

    def faces(pictures: list[np.ndarray]) -> Tensor:
        return network(torch.stack([(as_tensor(face).flip(0) / 255 - 0.5) / 0.5 for face in pictures]))

    return in_batches(faces)


def load_lpips(path: Path, device: torch.device) -> Perceptual:
    """Perceptual distances of frames.

    The network takes ``LPIPS_CONTRACT``; errors as ``open_script``.
    """
    network = open_script(path, device, LPIPS_CONTRACT)

    def distance(generated: Tensor, truth: Tensor) -> float:
        return float(network(generated, truth).mean())

    return _frame_by_frame(distance)


def torchvision_lpips(backbone: str, device: torch.device) -> Perceptual:
    """LPIPS of torchmetrics; torchvision fetches the backbone's weights if its cache does not have them.

    Args:
        backbone: alex, vgg or squeeze.
        device: where it runs.

    Raises:
        OptionError: torchvision or torchmetrics is absent.
    """
    need("torchvision", "LPIPS without a TorchScript file")
    kind = need("torchmetrics.image.lpip", "LPIPS").LearnedPerceptualImagePatchSimilarity
    metric = kind(net_type=backbone).to(device).eval()
    return _frame_by_frame(lambda generated, truth: float(metric(generated.to(device), truth.to(device))))


def _frame_by_frame(distance: Callable[[Tensor, Tensor], float]) -> Perceptual:
    @torch.inference_mode()
    def distances(generated: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> np.ndarray:
        pairs = zip(generated, truth, strict=True)
        return np.array([distance(*(as_tensor(side)[None].float() / 127.5 - 1 for side in pair)) for pair in pairs])

    return distances
