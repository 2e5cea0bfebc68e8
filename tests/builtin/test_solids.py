"""Laws of the solids: rays meet what lies inside, normals are outward, sides and places are right."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.builtin.product_view import turn_matrix
from anchorcrafter_core.builtin.solids import BACK, BOTTOM, FRONT, LEFT, RIGHT, TOP, Box, Ellipsoid, Hit, Solid, Turned
from anchorcrafter_core.controls.hands.cones import FAR

SOLIDS = [
    Box((0.08, 0.1, 0.05)),
    Ellipsoid((0.08, 0.1, 0.07)),
    Turned((-0.1, -0.06, -0.02, 0.1), (0.025, 0.025, 0.06, 0.05)),
    Turned((-0.07, 0.07), (0.06, 0.045)),
]
TURNS = [(0.0, 0.0, 0.0), (0.7, 0.2, 0.1), (2.6, -0.3, 0.0), (-1.4, 0.5, -0.4)]


def look(solid: Solid, angles: tuple[float, float, float]) -> tuple[Hit, np.ndarray, np.ndarray]:
    """Hits on a grid of rays, the rays' origins [3,h,w] and their direction [3]."""
    turn = turn_matrix(*angles)
    across, down = np.meshgrid(np.linspace(-0.161, 0.1603, 41), np.linspace(-0.1607, 0.1602, 43))
    origin = np.stack([across * turn[0, axis] + down * turn[1, axis] for axis in range(3)]).astype(np.float32)
    return solid.hit(origin, turn[2]), origin, turn[2]


@pytest.mark.parametrize("solid", SOLIDS)
@pytest.mark.parametrize("angles", TURNS)
def test_the_hit_is_the_last_point_inside(solid: Solid, angles: tuple[float, float, float]) -> None:
    hit, origin, toward = look(solid, angles)
    steps = np.linspace(-0.25, 0.25, 2001)
    points = np.moveaxis(origin, 0, -1)[..., None, :] + steps[:, None] * toward
    inside = solid.inside(points)
    last = np.where(inside.any(-1), steps[2000 - inside[..., ::-1].argmax(-1)], np.nan)
    got = np.where(hit.depth > FAR / 2, hit.depth, np.nan)
    assert (np.isnan(last) != np.isnan(got)).mean() < 0.01
    difference = np.abs(last - got)
    assert np.nanpercentile(difference, 99) < 0.004


@pytest.mark.parametrize("solid", SOLIDS)
@pytest.mark.parametrize("angles", TURNS)
def test_normals_are_unit_and_turned_to_the_viewer(solid: Solid, angles: tuple[float, float, float]) -> None:
    hit, _, toward = look(solid, angles)
    normal = hit.normal[:, hit.depth > FAR / 2]
    np.testing.assert_allclose((normal**2).sum(0), 1, atol=2e-3)
    assert (toward @ normal).min() > -0.05


@pytest.mark.parametrize("solid", SOLIDS)
@pytest.mark.parametrize(
    ("angles", "side"),
    [
        ((0.0, 0.0, 0.0), FRONT),
        ((np.pi, 0.0, 0.0), BACK),
        ((np.pi / 2, 0.0, 0.0), LEFT),
        ((-np.pi / 2, 0.0, 0.0), RIGHT),
    ],
)
def test_turning_shows_the_sides(solid: Solid, angles: tuple[float, float, float], side: int) -> None:
    hit, _, _ = look(solid, angles)
    assert hit.side[21, 20] == side
    assert np.abs(hit.place[:, 21, 20]).max() < 0.15


@pytest.mark.parametrize("solid", [SOLIDS[0], SOLIDS[2], SOLIDS[3]])
@pytest.mark.parametrize(("pitch", "side"), [(1.2, TOP), (-1.2, BOTTOM)])
def test_nodding_shows_lid_and_bottom(solid: Solid, pitch: float, side: int) -> None:
    hit, _, _ = look(solid, (0.3, pitch, 0.0))
    assert (hit.side[hit.depth > FAR / 2] == side).any()


@pytest.mark.parametrize("solid", SOLIDS)
def test_places_run_to_the_right_and_down_on_every_side(solid: Solid) -> None:
    for angles in TURNS[:1] + [(np.pi / 2, 0.0, 0.0), (np.pi, 0.0, 0.0), (-np.pi / 2, 0.0, 0.0)]:
        hit, _, _ = look(solid, angles)
        here, right, below = hit.place[:, 21, 20], hit.place[:, 21, 22], hit.place[:, 24, 20]
        assert right[0] > here[0]
        assert below[1] > here[1]


@pytest.mark.parametrize("solid", SOLIDS)
def test_places_stay_on_the_print(solid: Solid) -> None:
    for angles in TURNS:
        hit, _, _ = look(solid, angles)
        assert np.abs(hit.place[:, hit.depth > FAR / 2]).max() < 1.02
