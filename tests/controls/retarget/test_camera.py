"""A camera that stands still leaves no trace; one that travels or zooms is taken out, slowly."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.camera import FREE_WAY, drift
from anchorcrafter_core.controls.retarget.fits import fit_bones, fit_similarity
from anchorcrafter_core.controls.retarget.retarget import Fit
from anchorcrafter_core.controls.retarget.skeleton import skeletons
from tests.controls.retarget.figure import Figure, pixels

SIZE = (320, 192)
FRAMES = 120


def swaying(frames: int = FRAMES) -> list[Figure]:
    return [Figure(neck=(96 + 20 * float(np.sin(n * 0.4)), 90.0)) for n in range(frames)]


def zooming() -> list[Figure]:
    return [Figure(scale=float(np.exp(n / FRAMES - 0.5))) for n in range(FRAMES)]


def travelling() -> list[Figure]:
    return [Figure(neck=(96 + 4.0 * (n - FRAMES / 2), 90.0)) for n in range(FRAMES)]


def test_swaying_is_the_person_s_own() -> None:
    _, way, growth = drift(skeletons([one.pose() for one in swaying()], SIZE), 90)
    assert not way.any() and not growth.any()


@pytest.mark.parametrize("fit", [fit_similarity, fit_bones])
def test_a_travelling_camera_leaves_the_person_in_the_picture(fit: Fit) -> None:
    found = fit(Figure().pose(), [one.pose() for one in travelling()], SIZE, SIZE)
    necks = np.stack([pixels(pose, SIZE)[1] for pose in found.poses])
    assert np.ptp(necks[:, 0]) < 2 * FREE_WAY * 90 + 60
    assert np.abs(np.diff(necks[:, 0])).max() <= 4 + 1e-6 and (np.diff(necks[:, 0]) > -0.5).all()


@pytest.mark.parametrize("fit", [fit_similarity, fit_bones])
def test_a_zooming_camera_leaves_the_person_about_as_large(fit: Fit) -> None:
    found = fit(Figure().pose(), [one.pose() for one in zooming()], SIZE, SIZE)
    heights = np.array([np.ptp(pixels(pose, SIZE)[[0, 8], 1]) for pose in found.poses])
    assert heights.max() / heights.min() < 1.7 < np.e ** (1 - 1 / FRAMES)
    necks = np.stack([pixels(pose, SIZE)[1] for pose in found.poses])
    assert np.abs(necks - Figure().neck).max() < 0.01


def test_hands_and_product_follow_the_camera_too() -> None:
    found = fit_bones(Figure().pose(), [one.pose() for one in travelling()], SIZE, SIZE)
    for pose, before, body, hands in zip(found.poses, found.driving, found.body, found.hands, strict=True):
        wrist = before.body[0, 7]
        assert np.allclose(pose.body[0, 7], wrist * body.scale + body.bias)
        assert np.allclose(pose.body[0, 7], wrist * hands[0].scale + hands[0].bias)


def test_gaps_do_not_matter() -> None:
    poses = [nobody() if n % 3 else one.pose() for n, one in enumerate(travelling())]
    neck, way, growth = drift(skeletons(poses, SIZE), 90)
    whole = drift(skeletons([one.pose() for one in travelling()], SIZE), 90)
    assert np.abs(neck - whole[0]).max() < 9 and np.abs(way - whole[1]).max() < 9
    assert np.isfinite(growth).all()


def test_a_clip_without_anybody_does_not_move() -> None:
    neck, way, growth = drift(skeletons([nobody()] * 4, SIZE), np.inf)
    assert not neck.any() and not way.any() and not growth.any()
