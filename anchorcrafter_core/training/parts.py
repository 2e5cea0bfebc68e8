"""Which parameters learn: patterns over their names, and the lists of those that do and those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from torch import nn

from ..errors import OptionError
from ..media.partial_file import partial_file
from ..types import require

EVERYTHING = ("*",)
"""UNet, residual nets and object nets, as published."""


@dataclass(frozen=True)
class PartSettings:
    """Which parameters learn. Names are those of a published checkpoint: ``unet.``, ``pose_net.``, ``track_net.``,
    ``obj_proj_net.``, ``obj_attn_net.``; patterns are those of file names (``*``, ``?``, ``[abc]``).

    Attributes:
        train: patterns of parameters that learn.
        freeze: patterns of those among them that do not.
    """

    train: tuple[str, ...] = EVERYTHING
    freeze: tuple[str, ...] = ()


def choose_parts(network: nn.Module, settings: PartSettings) -> None:
    """Let exactly the chosen parameters learn.

    Raises:
        OptionError: a pattern fits no name, or nothing is left to learn.
    """
    names = [name for name, _ in network.named_parameters()]
    for pattern in (*settings.train, *settings.freeze):
        fits = any(fnmatchcase(name, pattern) for name in names)
        examples = ", ".join(sorted({name.split(".")[0] + ".*" for name in names}))
        words = (f"the pattern {pattern!r}, which fits no parameter", f"for example {examples}", "Correct it.")
        require(fits, OptionError, *words)
    for name, weight in network.named_parameters():
        learns = _fits(name, settings.train) and not _fits(name, settings.freeze)
        weight.requires_grad_(learns)
    has_any = any(weight.requires_grad for weight in network.parameters())
    require(has_any, OptionError, "no parameter that learns", "at least one", "Change parts.train and parts.freeze.")


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def learning(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that learn, by name, in the order of the network."""
    return {name: weight for name, weight in network.named_parameters() if weight.requires_grad}


def write_lists(network: nn.Module, folder: Path) -> None:
    """Write names, shapes and numbers of parameters to ``trained.txt`` and ``frozen.txt`` in a folder.

    Raises:
        MediaError: the folder cannot be written.
    """
    rows = {True: [], False: []}
    for name, weight in network.named_parameters():
        rows[weight.requires_grad].append((name, list(weight.shape), weight.numel()))
    for learns, title in ((True, "trained"), (False, "frozen")):
        total = sum(count for _, _, count in rows[learns])
        lines = [f"{len(rows[learns])} tensors, {total} parameters", *(f"{n} {s} {c}" for n, s, c in rows[learns])]
        with partial_file(folder / f"{title}.txt") as partial:
            partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
