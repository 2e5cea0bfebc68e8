"""Laws of batches."""

from __future__ import annotations

import pytest
import torch

from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.training.data.batch import collate
from anchorcrafter_core.training.data.order import Position
from tests.training.data.small_clips import made_of


def frames(count: int = 2, side: int = 8, fill: int = 7) -> torch.Tensor:
    return torch.full((count, 3, side, side), fill, dtype=torch.uint8)


def test_examples_lie_side_by_side() -> None:
    views = torch.full((3, 3, 518, 518), 9, dtype=torch.uint8)
    batch = collate([made_of(frames(), "a", views), made_of(frames(fill=3), "b")], Position(1, 2))
    assert len(batch) == 2 and batch.names == ("a", "b") and batch.after == Position(1, 2)
    assert batch.frames.shape == batch.pose.shape == batch.hand.shape == batch.track.shape == (2, 2, 3, 8, 8)
    assert batch.object_mask.shape == batch.hand_mask.shape == (2, 2, 8, 8)
    assert batch.object_mask.dtype == batch.hand_mask.dtype == torch.bool
    assert [int(each.max()) for each in batch.frames] == [7, 3]


def test_a_person_alone_has_black_views_and_says_so() -> None:
    batch = collate([made_of(frames()), made_of(frames(), views=torch.ones(3, 3, 518, 518, dtype=torch.uint8))])
    assert batch.has_product.tolist() == [False, True]
    assert int(batch.views[0].max()) == 0 and int(batch.views[1].min()) == 1


@pytest.mark.parametrize("other", [frames(3), frames(side=16)])
def test_mixed_shapes_are_refused_by_name(other: torch.Tensor) -> None:
    with pytest.raises(ControlError, match="wide of shape"):
        collate([made_of(frames()), made_of(other, "wide")])


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(ControlError):
        collate([])


def test_pinning_keeps_what_is_no_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor + 0)
    batch = collate([made_of(frames(), "a")], Position(0, 3))
    pinned = batch.pin_memory()
    assert pinned.names == ("a",) and pinned.after == Position(0, 3)
    assert pinned.frames is not batch.frames and int(pinned.frames.max()) == 7
