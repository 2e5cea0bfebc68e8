"""Where and only where: a video that follows the truth scores fully, one that changes elsewhere does not."""

from __future__ import annotations

import math
from dataclasses import asdict

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.builtin.scenes import SceneOptions
from benchmarks.built_in.changes import KINDS, Pair, cells, change_scores, correlation, exchanged
from tests.tiny import noise

SIZE = (64, 48)


def still(level: int = 100) -> Tensor:
    return torch.full((2, 3, *SIZE), level, dtype=torch.uint8)


def changed(rows: slice, level: int = 160) -> Tensor:
    clip = still()
    clip[:, :, rows] = level
    return clip


TRUTH = Pair(still(), changed(slice(0, 16)))


def test_the_truth_follows_itself() -> None:
    scores = change_scores(TRUTH, TRUTH)
    assert (scores["inside"], scores["outside"], scores["truth_inside"]) == (60, 0, 60)
    assert scores["correlation"] == pytest.approx(1) and math.isnan(scores["contrast"])


def test_change_elsewhere_counts_as_outside() -> None:
    scores = change_scores(Pair(still(), changed(slice(40, 64))), TRUTH)
    assert scores["inside"] == 0 and scores["outside"] == pytest.approx(60 * 24 / 40)
    assert scores["correlation"] < 0 and scores["contrast"] == 0


def test_change_beside_the_region_is_forgiven_up_to_the_margin() -> None:
    assert change_scores(Pair(still(), changed(slice(0, 24))), TRUTH)["outside"] == 0
    assert change_scores(Pair(still(), changed(slice(0, 25))), TRUTH)["outside"] > 0


def test_a_video_that_never_changes_has_no_correlation() -> None:
    scores = change_scores(Pair(still(), still()), TRUTH)
    assert scores["inside"] == 0 and math.isnan(scores["correlation"])


def test_correlation_knows_no_scale() -> None:
    one = noise(2, 4, 4)
    assert correlation(one, 3 * one + 7) == pytest.approx(1)
    assert correlation(one, -one) == pytest.approx(-1)


def test_maps_are_compared_cell_by_cell() -> None:
    change = torch.zeros(1, *SIZE)
    change[0, :8, 8:16] = 64
    found = cells(change)
    assert found.shape == (1, 8, 6) and found[0, 0, 1] == 64 and found.sum() == 64


@pytest.mark.parametrize("kind", KINDS)
def test_one_thing_is_exchanged_alone(kind: str) -> None:
    before, after = SceneOptions(seed=5), exchanged(SceneOptions(seed=5), kind)
    differing = {name for name, value in asdict(before).items() if asdict(after)[name] != value}
    assert differing == {KINDS[kind]}
