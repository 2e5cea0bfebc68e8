"""Laws of people, their heads, the canvas and the contact sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anchorcrafter_core.builtin import face
from anchorcrafter_core.builtin.backdrop import paint_backdrop
from anchorcrafter_core.builtin.canvas import BODY, PRODUCT, coverage, empty_like, finish
from anchorcrafter_core.builtin.contact_sheet import main, save_sheet
from anchorcrafter_core.builtin.head import paint_head, place_head, view_head
from anchorcrafter_core.builtin.person import COLLARS, HAIR_STYLES, SKINS, SLEEVES, draw_person
from anchorcrafter_core.builtin.product_view import Crop
from anchorcrafter_core.builtin.torso import paint_trunk
from anchorcrafter_core.controls.hands.cones import FAR

SIZE = (200, 160)


def head_at(angles: tuple[float, float, float], seed: int = 0, eyes: float = 1.0) -> np.ndarray:
    """Picture of a head in the middle of a grey canvas."""
    person = draw_person(seed)
    place = place_head(np.array([80.0, 180.0, 0.0]), angles, 500.0)
    canvas = empty_like(SIZE)
    canvas.color[:] = 90
    for crop in view_head(person, paint_head(person), place, eyes, SIZE):
        canvas.put(crop, BODY)
    return canvas.color[..., :3].astype(int)


def test_a_seed_is_a_person_and_people_vary() -> None:
    people = [draw_person(seed) for seed in range(120)]
    assert draw_person(3) == people[3]
    assert {person.skin for person in people} == set(SKINS)
    assert {person.hair_style for person in people} == set(HAIR_STYLES)
    assert {person.collar for person in people} == set(COLLARS)
    assert {person.sleeve for person in people} == set(SLEEVES)
    assert {person.has_glasses for person in people} == {True, False}
    assert len({person.top for person in people}) == 120


@pytest.mark.parametrize("seed", range(7))
def test_heads_turn(seed: int) -> None:
    straight, turned = head_at((0.0, 0.0, 0.0), seed), head_at((0.3, 0.0, 0.0), seed)
    assert (np.abs(straight - turned).max(-1) > 12).mean() > 0.01


def test_eyes_close() -> None:
    opened, shut = head_at((0.0, 0.0, 0.0)), head_at((0.0, 0.0, 0.0), eyes=0.0)
    rows, columns = np.nonzero((opened != shut).any(-1))
    assert 10 < len(rows) < 600
    assert np.ptp(rows) < 25


def test_landmarks_project_onto_the_head() -> None:
    person = draw_person(1)
    place = place_head(np.array([80.0, 180.0, 0.0]), (0.2, 0.05, 0.0), 500.0)
    points = place.project(person, face.landmarks())
    picture = head_at((0.2, 0.05, 0.0), 1)
    assert face.landmarks().shape == (68, 2)
    on_head = [(picture[int(y), int(x)] != 90).any() for x, y, _ in points[17:]]
    assert np.mean(on_head) > 0.98


def test_turning_the_head_moves_the_nose_to_the_same_side() -> None:
    person = draw_person(1)
    places = [place_head(np.zeros(3), (yaw, 0.0, 0.0), 500.0) for yaw in (0.0, 0.3)]
    straight, turned = (place.project(person, np.array([face.NOSE_TIP]))[0] for place in places)
    assert turned[0] > straight[0] + 5


@pytest.mark.parametrize("seed", range(8))
def test_trunks_are_symmetric_bodies(seed: int) -> None:
    trunk = paint_trunk(draw_person(seed), (240, 160), (80.0, 50.0), 260.0)
    body = trunk.depth > FAR / 2
    np.testing.assert_array_equal(body, body[:, ::-1])
    widths = body.sum(1)
    assert widths[45] < widths[75]
    assert widths.max() < 160


@pytest.mark.parametrize("seed", range(10))
def test_backdrops_are_calm_pictures(seed: int) -> None:
    picture = paint_backdrop(seed, (96, 64))
    assert picture.shape == (96, 64, 4)
    assert picture[..., :3].std() > 2
    np.testing.assert_array_equal(picture, paint_backdrop(seed, (96, 64)))
    assert (picture != paint_backdrop(seed + 50, (96, 64)))[..., :3].mean() > 0.5


def flat_crop(level: float, depth: float) -> Crop:
    window = (slice(8, 24), slice(8, 24))
    return Crop(window, np.full((16, 16, 3), level, np.float32), np.full((16, 16), depth, np.float32))


def test_the_canvas_keeps_what_is_nearest() -> None:
    for order in ((0, 1), (1, 0)):
        canvas = empty_like((32, 32))
        crops = [(flat_crop(50, 3.0), BODY), (flat_crop(400, 7.0), PRODUCT)]
        for index in order:
            canvas.put(*crops[index])
        assert (canvas.owner[8:24, 8:24] == PRODUCT).all()
        assert (canvas.color[8:24, 8:24, :3] == 255).all()
        assert coverage(canvas.owner, (PRODUCT,))[4, 4] == 4
        assert coverage(canvas.owner, (BODY, PRODUCT)).sum() == 256


def test_near_things_darken_what_lies_behind_them() -> None:
    canvas = empty_like((128, 128))
    canvas.color[:] = 200
    canvas.depth[:] = 0
    plain = finish(canvas, 300.0)
    canvas.depth[40:80, 40:80] = 60
    shadowed = finish(canvas, 300.0)
    assert (plain == 200).all()
    assert shadowed[41, 41].max() < 200, "the shadow falls down and right"
    assert (shadowed[22:38, 22:38] == 200).all(), "the near thing itself stays bright"
    assert (shadowed[:15, :15] == 200).all()


def test_the_contact_sheet_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jpg"
    save_sheet(path, seeds=(1, 2))
    with Image.open(path) as sheet:
        assert sheet.size == (2016, 360)
        assert np.asarray(sheet).std() > 20
    assert [file.name for file in tmp_path.iterdir()] == ["sheet.jpg"]


def test_the_command_wants_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
