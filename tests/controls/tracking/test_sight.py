"""A first sight lies inside the frame or is refused in words; boxes fit their masks."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.sight import FirstSight, TrackingOptions, box_of
from anchorcrafter_core.errors import ControlError, OptionError

SIZE = (60, 40)


def test_a_box_is_cut_at_the_frame() -> None:
    area = FirstSight(box=np.array([-10, 5, 20, 90.0])).area(SIZE)
    assert area.tolist() == [0, 5, 20, 60]


def test_a_mask_goes_before_a_box() -> None:
    mask = np.zeros(SIZE, bool)
    mask[10:30, 5:25] = True
    assert FirstSight(box=np.array([0, 0, 8, 8.0]), mask=mask).area(SIZE).tolist() == [5, 10, 25, 30]


@pytest.mark.parametrize(
    "box", [[50, 10, 90, 30], [10, 10, 10, 30], [20, 10, 10, 30], [0, 0, 2, 2], [np.nan] * 4, [1, 2, 3]]
)
def test_a_box_without_area_in_the_frame_is_refused(box: list[float]) -> None:
    with pytest.raises(ControlError, match="box"):
        FirstSight(box=np.array(box, float)).area(SIZE)


def test_an_empty_mask_and_one_of_another_size_are_refused() -> None:
    with pytest.raises(ControlError, match="expected 4 pixels"):
        FirstSight(mask=np.zeros(SIZE, bool)).area(SIZE)
    with pytest.raises(ControlError, match="like the clip"):
        FirstSight(mask=np.ones((9, 9), bool)).area(SIZE)


def test_something_must_be_shown_in_some_frame() -> None:
    with pytest.raises(ControlError, match="neither box nor mask"):
        FirstSight()
    with pytest.raises(ControlError, match="frame -1"):
        FirstSight(box=np.array([0, 0, 9, 9.0]), frame=-1)


@pytest.mark.parametrize("options", [{"product_side": 8}, {"lost_below": 1.5}, {"size": (0, 10)}])
def test_impossible_options_are_refused(options: dict) -> None:
    with pytest.raises(OptionError, match=next(iter(options)) if "size" not in options else "size"):
        TrackingOptions(**options)


def test_the_box_of_a_mask_is_tight() -> None:
    mask = np.zeros(SIZE, bool)
    mask[3, 4] = mask[7, 9] = True
    assert box_of(mask).tolist() == [4, 3, 10, 8]
    assert np.isnan(box_of(np.zeros(SIZE, bool))).all()
