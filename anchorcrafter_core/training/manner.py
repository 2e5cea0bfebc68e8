"""How far one call of a training goes, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OptionError
from ..types import Progress, no_progress, require


@dataclass(frozen=True)
class Manner:
    """How far one call goes, and who is told.

    Attributes:
        resume: ``latest`` or the name of a checkpoint; ``None`` begins anew.
        max_steps: the call stops when so many steps of the run are done; ``None`` goes to the end.
        progress: told of every step; may raise to interrupt.
    """

    resume: str | None = None
    max_steps: int | None = None
    progress: Progress = no_progress

    def __post_init__(self) -> None:
        words = (f"max-steps = {self.max_steps}", ">= 1", "Leave it out to go to the end.")
        require(self.max_steps is None or self.max_steps >= 1, OptionError, *words)

    def goal(self, steps: int) -> int:
        """How many of the run's steps are done at the end of the call."""
        return min(steps, steps if self.max_steps is None else self.max_steps)
