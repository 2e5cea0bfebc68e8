"""Whether controls are good, at once: a picture to look at and numbers to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from ..controls.coverage import Coverage, coverage_warnings, measure_coverage
from ..controls.draw_controls import control_rows
from ..controls.draw_coverage import draw_coverage
from ..controls.hands.lift import lift_hands
from ..controls.hands.track import USUAL
from ..controls.retarget.overlay import draw_fit
from ..media.images import as_array
from ..media.sheet import draw_sheet, sheet_frames
from ..types import ControlSignals

CELL_HEIGHT = 192
_GROUND = (24, 24, 27)


@dataclass(frozen=True)
class ControlReport:
    """What can be said of fitted control signals.

    Attributes:
        coverage: of hands, product and contact, per frame of the result.
        looking: how the signals were found (``look.Looked.as_json``); empty where all were given.
        hands: frames (from 0, of the result) by side and by what became of the hand; empty without key points.
        warnings: in sentences; frames of the result count from 1.
    """

    coverage: Coverage
    looking: Mapping[str, Any]
    hands: Mapping[str, Any]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain numbers, words and lists."""
        names = ("hand", "product", "region", "moved", "scattered")
        shares = {name: _rounded(getattr(self.coverage, name)) for name in names}
        return {
            "frames": self.coverage.frames,
            "warnings": list(self.warnings),
            **self.looking,
            "hands": self.hands,
            "coverage": {**shares, "touches": self.coverage.touches.tolist()},
        }


def report_on(
    controls: ControlSignals, looking: Mapping[str, Any] | None = None, warnings: Sequence[str] = ()
) -> ControlReport:
    """Measure fitted control signals.

    Args:
        controls: with the reference in frame 0.
        looking: how they were found.
        warnings: that arose on the way.
    """
    coverage = measure_coverage(controls)
    hands = lift_hands(controls.key_points[1:], *controls.size, USUAL).frames_by_state() if controls.key_points else {}
    return ControlReport(coverage, looking or {}, hands, (*warnings, *coverage_warnings(coverage)))


def draw_report(report: ControlReport, controls: ControlSignals, person: Tensor) -> np.ndarray:
    """Fit, signals and coverage on one sheet: uint8 [h,w,3] RGB.

    Args:
        report: of these controls.
        controls: with the reference in frame 0.
        person: the person picture as it is framed, uint8 [3,H,W].
    """
    sheet = draw_sheet(control_rows(person, controls, sheet_frames(controls.frames - 1)), CELL_HEIGHT)
    fit = _at_height(draw_fit(as_array(person), controls), sheet.shape[0])
    above = np.concatenate([fit, sheet], axis=1)
    below = _on_ground(draw_coverage(report.coverage, report.warnings), above.shape[1])
    return np.concatenate([_on_ground(above, below.shape[1]), below])


def _at_height(picture: np.ndarray, height: int) -> np.ndarray:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def _on_ground(picture: np.ndarray, width: int) -> np.ndarray:
    """The picture at the left of a ground that is at least so wide."""
    ground = np.empty((picture.shape[0], max(width, picture.shape[1]), 3), np.uint8)
    ground[:] = _GROUND
    ground[:, : picture.shape[1]] = picture
    return ground


def _rounded(numbers: np.ndarray) -> list[float]:
    return np.round(numbers.astype(float), 5).tolist()
