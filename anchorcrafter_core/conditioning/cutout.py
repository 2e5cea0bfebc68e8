"""Product photos cut out on black: by transparency, black ground, plain ground, or GrabCut (Rother et al., 2004)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from ..errors import ConditionError
from ..media.images import as_tensor, on_black
from ..types import require

Manner = Literal["alpha", "black ground", "plain ground", "grabcut"]

WORK_SIDE = 512
"""GrabCut works on a copy with this long side."""
BORDER = 0.02
"""Width of the rim that shows the ground, as a share of the sides."""
BLACK = 24
"""Levels up to here are black; JPEG noise stays below."""
PLAIN_SHARE = 0.85
"""Share of the rim that must have the ground's colour."""
LEAST_NEAR, NEAR, CLEAR = 2.5, 10.0, 25.0
"""Distances in CIE Lab: closer is ground (between the first two, by how even it is), farther than the last is not."""
MARGIN = 0.06
"""Rim outside GrabCut's first rectangle, as a share of the sides."""
FAINT_SHARE = 0.03
"""Share of the picture that may differ faintly from a plain ground without a warning."""
ROUNDS = 4
REMEDY = "give a picture with transparency, a plain ground, or a mask"


@dataclass(frozen=True)
class Cutout:
    """A product on black.

    Attributes:
        picture: uint8 [3,H,W] RGB.
        mask: bool [H,W], where the product is.
        manner: how it was found.
        warning: what to look at if the result is doubtful, else empty.
    """

    picture: Tensor
    mask: Tensor
    manner: Manner
    warning: str = ""


def cut_out(picture: np.ndarray) -> Cutout:
    """The product of a photo on black, by the surest way that the photo allows.

    Pictures with transparency are composited; pictures on black stay as they are.

    Args:
        picture: uint8 [H,W,3] RGB or [H,W,4] RGBA, at least 16 pixels on each side.

    Raises:
        ConditionError: another shape or type, or too small.
    """
    fits = (
        picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] in (3, 4) and min(picture.shape[:2]) >= 16
    )
    found = f"a product picture of shape {list(picture.shape)}, {picture.dtype}"
    require(fits, ConditionError, found, "uint8 [H,W,3 or 4], 16 pixels or more", "Choose another picture.")
    if picture.shape[2] == 4 and (picture[..., 3] < 250).any():
        return _cutout(on_black(picture), picture[..., 3] > 127, "alpha")
    colors = picture[..., :3]
    rim = _rim(colors)
    if np.mean(rim.max(axis=1) <= BLACK) >= PLAIN_SHARE:
        return _cutout(colors, _without_holes(colors.max(axis=2) > BLACK), "black ground")
    return _cut_by_color(colors)


def _cut_by_color(colors: np.ndarray) -> Cutout:
    small = _shrunk(colors)
    distance = _ground_distance(cv2.medianBlur(small, 5))
    is_plain = bool(np.mean(_rim(distance[..., None]) < NEAR) >= PLAIN_SHARE)
    manner: Manner = "plain ground" if is_plain else "grabcut"
    mask = _grab(small, _plain_trimap(distance) if is_plain else _centered_trimap(distance.shape))
    alpha = _enlarged(mask, colors.shape)
    cut = _cutout(np.round(colors * alpha[..., None]).astype(np.uint8), alpha > 0.5, manner)
    return replace(cut, warning=_faint_warning(mask, distance)) if is_plain and not cut.warning else cut


def _cutout(picture: np.ndarray, mask: np.ndarray, manner: Manner) -> Cutout:
    return Cutout(as_tensor(picture), torch.from_numpy(mask), manner, _warning(mask, manner))


def _warning(mask: np.ndarray, manner: Manner) -> str:
    """Words about a doubtful result."""
    share = float(mask.mean())
    if share < 0.02:
        return f"The product was not found: it covers {share:.1%} of the picture; {REMEDY}."
    if manner in ("alpha", "black ground"):
        return ""
    if share > 0.9:
        return f"Hardly any ground was found (the product covers {share:.0%}); {REMEDY}."
    if _rim(mask[..., None]).mean() > 0.1:
        return f"The product touches the border, or ground was taken for product; look at it, or {REMEDY}."
    return (
        "" if manner == "plain ground" else f"The ground is not plain, the outline is a guess; look at it, or {REMEDY}."
    )


def _faint_warning(mask: np.ndarray, distance: np.ndarray) -> str:
    """Words about areas that differ a little from a plain ground and were still taken for it."""
    if np.mean((distance > _ground_spread(distance)) & ~mask) < FAINT_SHARE:
        return ""
    return f"Shadows, or parts nearly as bright as the ground, were taken for ground; look at it, or {REMEDY}."


def _rim(picture: np.ndarray) -> np.ndarray:
    """Pixels at the border, [N,C]."""
    width = max(1, round(BORDER * min(picture.shape[:2])))
    inside = np.zeros(picture.shape[:2], bool)
    inside[width:-width, width:-width] = True
    return picture[~inside]


def _shrunk(picture: np.ndarray) -> np.ndarray:
    factor = min(1.0, WORK_SIDE / max(picture.shape[:2]))
    height, width = (max(8, round(side * factor)) for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _ground_distance(picture: np.ndarray) -> np.ndarray:
    """Distance of every pixel to the ground's colour in CIE Lab, float32 [H,W].

    The ground is a plane in each channel (light falls off to one side), fitted to the part of the rim that is near
    to the rim's median.
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    down, across = np.mgrid[0 : lab.shape[0], 0 : lab.shape[1]] / max(lab.shape[:2])
    plane = np.stack([np.ones_like(down), down, across], axis=-1)
    colors, places = _rim(lab), _rim(plane)
    near = np.linalg.norm(colors - np.median(colors, axis=0), axis=1) < CLEAR
    slope = np.linalg.lstsq(places[near], colors[near], rcond=None)[0]
    return np.linalg.norm(lab - plane @ slope, axis=2).astype(np.float32)


def _ground_spread(distance: np.ndarray) -> float:
    """Up to which distance a pixel counts as ground: little for an even ground, so that pale products stay apart."""
    return float(np.clip(1.5 + 2 * np.quantile(_rim(distance[..., None]), 0.95), LEAST_NEAR, NEAR))


def _plain_trimap(distance: np.ndarray) -> np.ndarray:
    """GrabCut's start: ground where its colour reaches the border unbroken, product where it is clearly another."""
    _, labels = cv2.connectedComponents((distance < _ground_spread(distance)).astype(np.uint8), connectivity=4)
    reaching = np.setdiff1d(_rim(labels[..., None]), [0])
    ground = np.isin(labels, reaching)
    trimap = np.full(distance.shape, cv2.GC_PR_FGD, np.uint8)
    trimap[ground] = cv2.GC_BGD
    trimap[~ground & (distance < CLEAR) & (_depth(~ground) < 3)] = cv2.GC_PR_BGD
    trimap[(distance > CLEAR) & (_depth(~ground) > 3)] = cv2.GC_FGD
    return trimap


def _depth(mask: np.ndarray) -> np.ndarray:
    """Pixels from the edge of a mask, float32 [H,W]."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)


def _centered_trimap(shape: tuple[int, ...]) -> np.ndarray:
    """GrabCut's start without any knowledge: the rim is ground, the rest may be product."""
    trimap = np.full(shape, cv2.GC_BGD, np.uint8)
    down, across = (max(1, round(MARGIN * side)) for side in shape)
    trimap[down:-down, across:-across] = cv2.GC_PR_FGD
    return trimap


def _grab(picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Product mask bool [H,W] of the shrunk picture; equal pictures give equal masks."""
    if not (np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).any() and (trimap == cv2.GC_BGD).any()):
        return np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    cv2.setRNGSeed(0)
    labels, ground, product = trimap.copy(), np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, labels, (0, 0, 0, 0), ground, product, ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return _without_holes(_largest_parts(mask))


def _largest_parts(mask: np.ndarray) -> np.ndarray:
    """The mask without specks: parts of at least a twentieth of the largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.isin(labels, np.flatnonzero(areas * 20 >= max(1, areas.max())))


def _without_holes(mask: np.ndarray) -> np.ndarray:
    """The mask with holes closed that are smaller than a hundredth of it."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] * 100 < mask.sum())
    return mask | np.isin(labels, small[small > 0])


def _enlarged(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The mask at full size with an edge about one pixel of the shrunk copy soft: float32 [H,W] in 0..1."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    large = cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip((large - 0.25) * 2, 0, 1)
