"""Weights into a network: every key accounted for, no second copy of the whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from ..errors import LoadError
from .read import Tensors

KEPT_FLOAT32 = "mix_factor"
"""Last word of names whose tensors stay float32: half precision there shows in the result (1e-4)."""
_LISTED = 8


def assign_strictly(
    module: nn.Module,
    tensors: Tensors,
    dtype: torch.dtype,
    device: torch.device | str = "cpu",
    may_be_absent: Collection[str] = frozenset(),
) -> None:
    """Give ``module`` (on the meta device) its weights; the tensors become its parameters, they are not copied into it.

    Args:
        module: built without weights.
        tensors: exactly its state dict by names and shapes; each is read, cast and moved on its own.
        dtype: of all floating-point weights but the mixing factors of temporal blocks, which stay float32.
        device: where the weights go.
        may_be_absent: names that a file need not have; they become zeros.

    Raises:
        LoadError: missing, unknown or wrongly shaped keys; the module is then as before.
    """
    expected = module.state_dict()
    refuse_mismatch(expected, tensors, may_be_absent)
    state = {name: _placed(name, tensors, blank, dtype, device) for name, blank in expected.items()}
    module.load_state_dict(state, strict=True, assign=True)
    _count_positions(module, device)
    module.requires_grad_(False)


def refuse_mismatch(
    expected: Mapping[str, Tensor], tensors: Tensors, may_be_absent: Collection[str] = frozenset()
) -> None:
    """Raise LoadError that lists keys unless ``tensors`` have the names and shapes [...] of ``expected``."""
    missing = sorted(set(expected) - set(tensors) - set(may_be_absent))
    unknown = sorted(set(tensors) - set(expected))
    reshaped = _shape_conflicts(expected, tensors)
    if missing or unknown or reshaped:
        listed = (_listed("missing", missing), _listed("unknown", unknown), _listed("wrongly shaped", reshaped))
        raise LoadError(
            "; ".join(filter(None, listed)),
            f"exactly the {len(expected)} keys of the network",
            "Choose the checkpoint that was made for this network, or download it again.",
        )


def _shape_conflicts(expected: Mapping[str, Tensor], tensors: Tensors) -> list[str]:
    """One clause per tensor of another shape than expected."""
    shapes = {
        name: (list(tensors[name].shape), list(blank.shape)) for name, blank in expected.items() if name in tensors
    }
    return [f"{name} {found} instead of {wanted}" for name, (found, wanted) in shapes.items() if found != wanted]


def _listed(word: str, names: list[str]) -> str:
    more = ", ..." if len(names) > _LISTED else ""
    return f"{len(names)} {word} keys ({', '.join(names[:_LISTED])}{more})" if names else ""


def _placed(name: str, tensors: Tensors, blank: Tensor, dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """One weight in its final precision and place."""
    wanted = stored_dtype(name, blank.dtype, dtype)
    if name not in tensors:
        return torch.zeros(blank.shape, dtype=wanted, device=device)
    return tensors[name].to(device=device, dtype=wanted)


def stored_dtype(name: str, dtype: torch.dtype, wanted: torch.dtype) -> torch.dtype:
    """``wanted`` for floating-point weights, float32 for mixing factors, ``dtype`` for everything else."""
    if not dtype.is_floating_point:
        return dtype
    return torch.float32 if name.rpartition(".")[2] == KEPT_FLOAT32 else wanted


def _count_positions(module: nn.Module, device: torch.device | str) -> None:
    """Count out the position numbers of CLIP: buffers that belong to no state dict and are lost on the meta device."""
    for owner in module.modules():
        for name, buffer in owner.named_buffers(recurse=False):
            if buffer.is_meta and name == "position_ids":
                owner.register_buffer(name, torch.arange(buffer.shape[-1], device=device)[None], persistent=False)
