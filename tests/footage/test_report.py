"""Laws of the report: it says what became of everything, as a picture and as plain numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.assemble import Framing
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import FITS
from anchorcrafter_core.footage.fit import fit_motion
from anchorcrafter_core.footage.given import Given, Instruments
from anchorcrafter_core.footage.look import look_at
from anchorcrafter_core.footage.person import Person, frame_person
from anchorcrafter_core.footage.report import draw_report, report_on
from anchorcrafter_core.footage.write import write_controls
from anchorcrafter_core.generation.config import PersonInput
from anchorcrafter_core.generation.inputs import person_pose
from anchorcrafter_core.media.video import probe, read_frames
from anchorcrafter_core.types import ControlSignals
from tests.footage.clips import FRAMES, HEIGHT, WIDTH, SceneClip


@pytest.fixture(scope="module")
def made() -> tuple[ControlSignals, Person, dict[str, object]]:
    scene = SceneClip()
    given = Given(poses=scene.poses, object_mask=iter([frame.object_mask for frame in scene.made]))
    looked = look_at(scene.footage, given, Instruments())
    picture, pose = scene.person
    person = frame_person(torch.from_numpy(picture).permute(2, 0, 1), (HEIGHT, WIDTH), pose)
    controls = fit_motion(looked.motion, person.pose, Framing(HEIGHT, WIDTH, FITS["similarity"]))
    return controls, person, looked.as_json()


def test_the_report_is_plain_json(made: tuple[ControlSignals, Person, dict[str, object]]) -> None:
    controls, _, looking = made
    content = json.loads(json.dumps(report_on(controls, looking, ["mind the gap"]).as_json()))
    assert content["frames"] == FRAMES and content["warnings"][0] == "mind the gap"
    assert content["pose"]["found"] == list(range(FRAMES))
    assert {len(content["coverage"][name]) for name in ("hand", "product", "touches")} == {FRAMES}
    assert set(content["hands"]) == {"left", "right"}
    assert sorted(sum(content["hands"]["left"].values(), [])) == list(range(FRAMES))


def test_an_empty_product_is_told(made: tuple[ControlSignals, Person, dict[str, object]]) -> None:
    controls, _, _ = made
    empty = ControlSignals(
        controls.pose, controls.hand, torch.zeros_like(controls.track), controls.object_mask & False, controls.hand_mask
    )
    assert any("Product missing" in line for line in report_on(empty).warnings)
    assert report_on(empty).as_json()["hands"] == {}


def test_the_picture_shows_the_person_and_changes_with_the_controls(
    made: tuple[ControlSignals, Person, dict[str, object]],
) -> None:
    controls, person, looking = made
    report = report_on(controls, looking)
    drawn = draw_report(report, controls, person.picture)
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 3
    assert (drawn != draw_report(report, controls, 255 - person.picture)).any()


def test_files_hold_what_was_made(made: tuple[ControlSignals, Person, dict[str, object]], tmp_path: Path) -> None:
    controls, person, looking = made
    write_controls(tmp_path / "\u65b0", controls, report_on(controls, looking), person)
    clips = {"pose.mp4", "hand.mp4", "track.mp4", "object_mask.mp4"}
    pages = {"person.png", "person.json", "report.json", "report.png"}
    assert {path.name for path in (tmp_path / "\u65b0").iterdir()} == clips | pages
    masks = [frame[..., 1] > 127 for frame in read_frames(tmp_path / "\u65b0" / "object_mask.mp4")]
    truth = controls.object_mask[1:].numpy()
    assert len(masks) == FRAMES and (np.stack(masks) == truth).mean() > 0.99
    assert float(probe(tmp_path / "\u65b0" / "track.mp4").fps) == pytest.approx(controls.playback_fps)


@pytest.mark.parametrize("is_known", [True, False])
def test_the_written_person_is_one_that_generate_takes(
    made: tuple[ControlSignals, Person, dict[str, object]], tmp_path: Path, is_known: bool
) -> None:
    controls, found, looking = made
    person = found if is_known else Person(found.picture, nobody())
    write_controls(tmp_path, controls, report_on(controls, looking), person)
    written = PersonInput(tmp_path / "person.png", tmp_path / "person.json")
    again = person_pose(written, (HEIGHT, WIDTH), (HEIGHT, WIDTH))
    assert again.people == person.pose.people == int(is_known)
    np.testing.assert_allclose(again.body, person.pose.body, atol=1e-9)
    np.testing.assert_allclose(again.hands, person.pose.hands, atol=1e-9)
