"""Pictures of HDR clips (phones record HLG, cameras PQ) as ordinary SDR pictures.

ITU-R BT.2100 gives the light that a code value stands for, BT.2408 the level of a white sheet of paper (203 cd/m2).
Light above a shoulder is rolled off (extended Reinhard operator on the largest channel, which keeps hues), colours
are brought from BT.2020 to BT.709 (BT.2087) and coded for an SDR display (BT.1886, exponent 2.4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np

Transfer = Literal["sdr", "pq", "hlg"]

TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""Transfer characteristics of ITU-T H.273 that need this."""
PAPER_WHITE = 203.0
"""cd/m2, BT.2408."""
PEAK = 1000.0
"""cd/m2 of the display that HLG is meant for and most PQ clips are graded on; brighter light is clipped."""
SHOULDER = 0.75
"""Share of paper white up to which nothing is rolled off."""
SDR_EXPONENT = 2.4
_LEVELS = 2**16
_DARKEST = np.float32(1e-6)
_TO_BT709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]], np.float32
)
_BT2020_LUMA = np.array([[0.2627, 0.6780, 0.0593]], np.float32)


def sdr_converter(transfer: Transfer) -> Callable[[np.ndarray], np.ndarray]:
    """A function from HDR pictures, uint16 [H,W,3] RGB over the full range, BT.2020 primaries, to SDR uint8 [H,W,3].

    Args:
        transfer: ``pq`` or ``hlg``.
    """
    table = _light_table(transfer)

    def convert(coded: np.ndarray) -> np.ndarray:
        light = table[coded]
        if transfer == "hlg":
            luma = cv2.transform(light, _BT2020_LUMA)
            light *= np.maximum(luma, _DARKEST)[..., None] ** np.float32(0.2)
        return _shown(light)

    return convert


def _shown(light: np.ndarray) -> np.ndarray:
    """SDR code values uint8 [H,W,3] of light in shares of ``PEAK``, BT.2020 primaries."""
    relative = np.maximum(cv2.transform(light, _TO_BT709) * np.float32(PEAK / PAPER_WHITE), 0)
    strongest = relative.max(axis=2, keepdims=True)
    relative *= rolled_off(strongest) / np.maximum(strongest, _DARKEST)
    return np.rint(255 * np.minimum(relative, 1) ** np.float32(1 / SDR_EXPONENT)).astype(np.uint8)


def rolled_off(light: np.ndarray) -> np.ndarray:
    """Light in units of paper white brought into 0..1: identity up to ``SHOULDER``, the peak becomes 1.

    Args:
        light: >= 0, any shape.
    """
    room, most = 1 - SHOULDER, (PEAK / PAPER_WHITE - SHOULDER) / (1 - SHOULDER)
    over = np.clip((light - SHOULDER) / room, 0, most)
    return np.minimum(light, SHOULDER) + room * over * (1 + over / most**2) / (1 + over)


def _light_table(transfer: Transfer) -> np.ndarray:
    """Light of every 16-bit code value as a share of ``PEAK``, float32 [65536]; for HLG that of the scene."""
    code = np.arange(_LEVELS) / (_LEVELS - 1)
    return (_hlg_light(code) if transfer == "hlg" else np.minimum(_pq_light(code) / PEAK, 1)).astype(np.float32)


def _pq_light(code: np.ndarray) -> np.ndarray:
    """cd/m2 of PQ code values (BT.2100, table 4)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = code ** (1 / m2)
    return 10000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def _hlg_light(code: np.ndarray) -> np.ndarray:
    """Scene light 0..1 of HLG code values (BT.2100, table 5)."""
    a = 0.17883277
    b = 1 - 4 * a
    c = 0.5 - a * np.log(4 * a)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
