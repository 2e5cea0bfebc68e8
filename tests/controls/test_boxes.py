"""A drawn track lies in its box, and brightness tells distance over the clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.boxes import ProductTrack, draw_track, silhouette_of
from anchorcrafter_core.errors import ControlError

BOX = np.array([0.25, 0.25, 0.75, 0.5])


def drawn(track: ProductTrack, height: int = 128, width: int = 64) -> torch.Tensor:
    return torch.stack(list(draw_track(track, height, width)))


def test_the_dome_fills_its_box_and_nothing_else() -> None:
    clip = drawn(ProductTrack(np.stack([BOX, BOX + 0.1])))
    assert clip.shape == (2, 3, 128, 64) and clip.dtype == torch.uint8
    assert torch.equal(clip[:, 0], clip[:, 2])
    rows, columns = torch.nonzero(clip[0, 0] > 20, as_tuple=True)
    assert abs(rows.min() - 32) <= 1 and abs(rows.max() - 63) <= 1
    assert abs(columns.min() - 16) <= 1 and abs(columns.max() - 47) <= 1
    assert clip[0, 0, 48, 32] > clip[0, 0, 48, 20] > 100
    assert clip[0, 0, 33, 17] < 20


def test_bigger_is_brighter_over_the_whole_clip() -> None:
    half = np.array([0.4, 0.4, 0.65, 0.525])
    clip = drawn(ProductTrack(np.stack([BOX, half, BOX, half]))).float()
    centers = [clip[0, 0, 48, 32], clip[1, 0, 59, 33], clip[2, 0, 48, 32], clip[3, 0, 59, 33]]
    assert centers[0] == centers[2] > centers[1] == centers[3] > 40


def test_frames_without_a_box_are_black() -> None:
    clip = drawn(ProductTrack(np.stack([BOX, np.full(4, np.nan)])))
    assert clip[0].any() and not clip[1].any()


def test_boxes_may_leave_the_frame() -> None:
    clip = drawn(ProductTrack(np.stack([BOX, BOX - 0.3, BOX + 2])))
    assert clip[1].any() and not clip[2].any()
    assert clip[1, 0, 0, 0] > 0


def test_slow_motion_is_smooth() -> None:
    """The centre of gravity follows boxes that move by a tenth of a pixel."""
    steps = np.arange(6) * 0.1 / 64
    clip = drawn(ProductTrack(np.stack([BOX + [step, 0, step, 0] for step in steps]))).double()
    columns = (clip[:, 0] * torch.arange(64)).sum((1, 2)) / clip[:, 0].sum((1, 2))
    assert torch.allclose(columns, 31.5 + torch.from_numpy(steps) * 64, atol=0.06)


def test_silhouette_of_a_view_is_tight_and_without_holes() -> None:
    view = torch.zeros(3, 60, 60, dtype=torch.uint8)
    view[0, 10:40, 20:30], view[1, 30:40, 10:50] = 200, 90
    view[:, 34:36, 24:26] = 0
    outline = silhouette_of(view)
    assert outline.shape == (30, 40) and set(np.unique(outline)) == {0.0, 1.0}
    assert outline.sum() == 20 * 10 + 10 * 40
    with pytest.raises(ControlError, match="black product picture"):
        silhouette_of(torch.zeros_like(view))


def test_the_silhouette_is_drawn_into_the_box() -> None:
    outline = np.ones((10, 10), np.float32)
    outline[:5, :5] = 0
    picture = drawn(ProductTrack(BOX[None], outline))[0, 0]
    assert picture[36, 20] == 0 and picture[36, 42] > 100 and picture[60, 20] > 100


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        (np.zeros((2, 3)), r"shape \[2, 3\]"),
        (np.zeros((0, 4)), r"shape \[0, 4\]"),
        (np.stack([BOX, BOX[[2, 1, 0, 3]]]), r"empty box in frames \[1\]"),
        (np.full((2, 4), np.nan), "no box in any frame"),
    ],
)
def test_refuses_in_words(boxes: np.ndarray, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        ProductTrack(boxes)
