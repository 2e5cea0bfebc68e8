"""Renaming of tensors by templates that read both ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from .read import LazyTensors, Tensors

Rule = tuple[str, str]
"""Two templates of one name without ``.weight``/``.bias``; ``{i}`` and ``{j}`` are numbers that both sides share,
``{m}`` is a level that one side counts from the top and the other from the bottom."""


@dataclass(frozen=True)
class Origin:
    """Where a tensor comes from.

    Attributes:
        name: its name in the source.
        change: what is done to it on the way.
    """

    name: str
    change: Callable[[Tensor], Tensor]


def relabel(
    tensors: Tensors, table: Mapping[str, Origin], made: Mapping[str, Callable[[], Tensor]] | None = None
) -> LazyTensors:
    """The tensors under the names of ``table``, changed as it says, each when asked for.

    Args:
        tensors: the source, of any shapes.
        table: new name to origin.
        made: tensors that the source does not have, by name.
    """
    return LazyTensors({name: partial(_fetch, tensors, origin) for name, origin in table.items()} | dict(made or {}))


def _fetch(tensors: Tensors, origin: Origin) -> Tensor:
    return origin.change(tensors[origin.name])


def rename(name: str, rules: Iterable[Rule], levels: int = 0) -> str | None:
    """``name`` by the first rule whose left template matches, or ``None``.

    Args:
        name: a full name, with or without ``.weight``/``.bias``.
        rules: left and right templates.
        levels: number of levels that ``{m}`` counts; level m becomes ``levels - 1 - m``.
    """
    ending = next((ending for ending in (".weight", ".bias") if name.endswith(ending)), "")
    stem = name.removesuffix(ending)
    for left, right in rules:
        if match := re.fullmatch(_pattern(left), stem):
            return right.format(**_numbers(match.groupdict(), levels)) + ending
    return None


def reverse(rules: Sequence[Rule]) -> list[Rule]:
    """The same rules, right to left."""
    return [(right, left) for left, right in rules]


def _pattern(template: str) -> str:
    return re.sub(r"\\{(\w)\\}", r"(?P<\1>\\d+)", re.escape(template))


def _numbers(found: Mapping[str, str], levels: int) -> dict[str, int]:
    numbers = {letter: int(digits) for letter, digits in found.items()}
    return numbers | {"m": levels - 1 - numbers["m"]} if "m" in numbers else numbers
