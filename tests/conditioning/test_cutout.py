"""Products on known grounds are found again; doubtful results say so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.conditioning.cutout import Cutout, cut_out
from anchorcrafter_core.errors import ConditionError

SHAPE = (300, 240)
RNG = np.random.default_rng(0)


PALE = (245, 240, 235)


def bottle(label: tuple[int, int, int] = PALE) -> tuple[np.ndarray, np.ndarray]:
    """A bottle with a label from edge to edge: colours and mask."""
    mask = np.zeros(SHAPE, np.uint8)
    cv2.ellipse(mask, (120, 190), (60, 85), 0, 0, 360, 1, -1)
    cv2.rectangle(mask, (100, 40), (140, 150), 1, -1)
    colors = np.full((*SHAPE, 3), (170, 40, 50), np.uint8)
    colors[170:220] = label
    colors[40:60] = (40, 40, 90)
    return np.clip(colors + RNG.normal(0, 4, colors.shape), 0, 255).astype(np.uint8), mask.astype(bool)


def on(ground: np.ndarray, label: tuple[int, int, int] = PALE) -> np.ndarray:
    colors, mask = bottle(label)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)[..., None]
    return np.clip(colors * soft + ground * (1 - soft), 0, 255).astype(np.uint8)


def overlap(cut: Cutout) -> float:
    truth, found = bottle()[1], cut.mask.numpy()
    return float((truth & found).sum() / (truth | found).sum())


def plain(*color: float, noise: float = 2.0) -> np.ndarray:
    return np.array(color, float) + RNG.normal(0, noise, (*SHAPE, 3))


def shaded() -> np.ndarray:
    rows, columns = np.mgrid[0:300, 0:240] / np.array([300, 240]).reshape(2, 1, 1)
    shadow = 70 * np.exp(-(((columns - 0.5) / 0.25) ** 2) - ((rows - 0.93) / 0.03) ** 2)
    return plain(245, 245, 245) - shadow[..., None]


GROUNDS = {
    "white": plain(252, 252, 252),
    "grey": plain(150, 152, 149),
    "green": plain(60, 170, 90),
    "gradient": plain(235, 235, 235) - np.linspace(0, 20, 300)[:, None, None],
}


@pytest.mark.parametrize("name", GROUNDS)
def test_plain_grounds(name: str) -> None:
    cut = cut_out(on(GROUNDS[name]))
    assert cut.manner == "plain ground" and overlap(cut) > 0.95 and cut.warning == ""
    assert cut.picture.shape == (3, *SHAPE) and (cut.picture[:, :20] == 0).all()


def test_a_soft_shadow_does_not_count_as_product() -> None:
    cut = cut_out(on(shaded(), label=(230, 205, 120)))
    assert cut.manner == "plain ground" and overlap(cut) > 0.95


def test_a_pale_label_beside_a_shadow_is_mentioned() -> None:
    cut = cut_out(on(shaded()))
    assert overlap(cut) > 0.95 or "nearly as bright" in cut.warning


def test_colours_inside_are_untouched() -> None:
    photo = on(GROUNDS["white"])
    inside = cv2.erode(bottle()[1].astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    assert np.array_equal(cut_out(photo).picture.permute(1, 2, 0).numpy()[inside], photo[inside])


def test_black_ground_is_untouched() -> None:
    photo = on(plain(3, 3, 3))
    cut = cut_out(photo)
    assert cut.manner == "black ground" and cut.warning == ""
    assert np.array_equal(cut.picture.permute(1, 2, 0).numpy(), photo) and overlap(cut) > 0.95


def test_transparency_is_composited() -> None:
    colors, mask = bottle()
    cut = cut_out(np.dstack([colors, mask * np.uint8(255)]))
    assert cut.manner == "alpha" and overlap(cut) == 1 and (cut.picture[:, ~cut.mask] == 0).all()
    opaque = np.dstack([on(GROUNDS["white"]), np.full(SHAPE, 255, np.uint8)])
    assert cut_out(opaque).manner == "plain ground"


def test_busy_grounds_are_a_guess_that_says_so() -> None:
    blocks = cv2.resize(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8), SHAPE[::-1], interpolation=cv2.INTER_NEAREST)
    cut = cut_out(on(blocks.astype(float)))
    assert cut.manner == "grabcut" and "guess" in cut.warning


def test_pale_products_on_white_are_found() -> None:
    photo, truth = plain(252, 252, 252), np.zeros(SHAPE, np.uint8)
    cv2.ellipse(truth, (120, 150), (80, 110), 0, 0, 360, 1, -1)
    photo[truth == 1] -= 14
    cut = cut_out(np.clip(photo, 0, 255).astype(np.uint8))
    assert (cut.mask.numpy() == truth).mean() > 0.97 or cut.warning


@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_picture_is_mentioned(level: int) -> None:
    cut = cut_out(np.full((*SHAPE, 3), level, np.uint8))
    assert "not found" in cut.warning and not cut.mask.any()


def test_a_product_cut_by_the_border_is_mentioned() -> None:
    photo = np.full((*SHAPE, 3), 250, np.uint8)
    photo[100:, :] = (160, 40, 60)
    assert cut_out(photo).warning != ""


def test_equal_pictures_give_equal_cuts() -> None:
    photo = on(shaded())
    first, second = cut_out(photo), cut_out(photo)
    assert (first.picture == second.picture).all()


@pytest.mark.parametrize("shape", [(30, 30), (30, 30, 2), (15, 30, 3)])
def test_refuses_in_words(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConditionError, match="product picture of shape"):
        cut_out(np.zeros(shape, np.uint8))
    with pytest.raises(ConditionError, match="float64"):
        cut_out(np.zeros((30, 30, 3)))
