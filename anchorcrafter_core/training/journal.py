"""What a run says of itself: one JSON object per step in ``log.jsonl``, and curves for TensorBoard."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..media.partial_file import partial_file
from .optional import need

LOG = "log.jsonl"


@dataclass(frozen=True)
class StepReport:
    """One step.

    Attributes:
        step: its number, from 1.
        loss: mean over all clips of the step on all processes.
        rate: learning rate the step was made with.
        gradient: norm of the gradient before it was shortened.
        seconds: the step took.
        skipped: clips that could not be read, over the whole run.
    """

    step: int
    loss: float
    rate: float
    gradient: float
    seconds: float
    skipped: int


def read_log(folder: Path) -> list[dict[str, Any]]:
    """All lines of a run's log; a last line that was cut off is left out."""
    try:
        lines = (folder / LOG).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


class Journal:
    """Takes down steps; only the first process has one.

    Args:
        folder: of the run.
        done: steps that count; lines of later ones, from a run that was broken off, are removed.
        draws_curves: whether TensorBoard's files are written, too.

    Raises:
        OptionError: TensorBoard is wanted and not installed.
        MediaError: the folder cannot be written.
    """

    def __init__(self, folder: Path, done: int, draws_curves: bool) -> None:
        kept = [row for row in read_log(folder) if row["step"] <= done]
        with partial_file(folder / LOG) as partial:
            partial.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
        self._stream = (folder / LOG).open("a", encoding="utf-8")
        self._curves = _curves(folder, done) if draws_curves else None

    def take_down(self, report: StepReport) -> None:
        """Write one step."""
        self._stream.write(json.dumps(asdict(report)) + "\n")
        self._stream.flush()
        if self._curves is not None:
            for name in ("loss", "rate", "gradient", "seconds", "skipped"):
                self._curves.add_scalar(f"training/{name}", getattr(report, name), report.step)

    def take_scores(self, step: int, scores: dict[str, float]) -> None:
        """Write numbers that were measured at a step."""
        self._stream.write(json.dumps({"step": step, "scores": scores}) + "\n")
        self._stream.flush()
        if self._curves is not None:
            for name, value in scores.items():
                self._curves.add_scalar(f"scores/{name}", value, step)

    def close(self) -> None:
        """Put everything on the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        if self._curves is not None:
            self._curves.close()


def _curves(folder: Path, done: int) -> Any:
    module = need("torch.utils.tensorboard", "curves", "pip install anchorcrafter[train], or set tensorboard: false")
    return module.SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1)
