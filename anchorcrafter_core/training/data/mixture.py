"""Several collections as one: own clips beside stills and synthetic scenes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate

from ...errors import OptionError
from ...types import require
from ..example import TrainingExample
from .draw import Draw, Examples, Shape


@dataclass(frozen=True)
class Mixture:
    """Collections one behind the other.

    Attributes:
        parts: one or more collections.
        times: how often each part is gone through per epoch, on average; multiplies the weights of its clips.
    """

    parts: tuple[Examples, ...]
    times: tuple[float, ...]

    def __post_init__(self) -> None:
        found = f"{len(self.times)} numbers for {len(self.parts)} collections"
        require(len(self.times) == len(self.parts) > 0, OptionError, found, "one each", "Give one number each.")
        require(min(self.times) >= 0, OptionError, f"times = {self.times}", ">= 0", "Correct the negative one.")

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def name(self, index: int) -> str:
        """Name of a clip."""
        part, own = self._place(index)
        return self.parts[part].name(own)

    def shape(self, index: int) -> Shape:
        """Shape of a clip's examples."""
        part, own = self._place(index)
        return self.parts[part].shape(own)

    def weight(self, index: int) -> float:
        """How often a clip is drawn per epoch."""
        part, own = self._place(index)
        return self.parts[part].weight(own) * self.times[part]

    def example(self, draw: Draw) -> TrainingExample:
        """The example of a draw; raises what its part raises."""
        part, own = self._place(draw.index)
        return self.parts[part].example(replace(draw, index=own))

    def _place(self, index: int) -> tuple[int, int]:
        """Number of the part, and of the clip in it."""
        ends = list(accumulate(map(len, self.parts)))
        part = bisect_right(ends, index)
        return part, index - (ends[part - 1] if part else 0)
