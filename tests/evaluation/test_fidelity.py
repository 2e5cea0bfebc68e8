"""PSNR and SSIM of differences that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation import optional
from anchorcrafter_core.evaluation.fidelity import HIGHEST_PSNR, at_size, psnr, ssim

GREY = np.full((16, 24, 3), 100, np.uint8)


@given(st.integers(1, 155))
@settings(max_examples=20, deadline=None)
def test_psnr_of_an_even_difference_is_known(difference: int) -> None:
    assert psnr(GREY + np.uint8(difference), GREY) == pytest.approx(20 * np.log10(255 / difference))


def test_equal_frames_have_the_highest_psnr_and_opposite_ones_none() -> None:
    assert psnr(GREY, GREY) == HIGHEST_PSNR
    assert psnr(np.zeros_like(GREY), np.full_like(GREY, 255)) == 0


def test_psnr_is_scikit_image_s() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    first, second = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    expected = metrics.peak_signal_noise_ratio(first, second)
    assert psnr(first, second) == pytest.approx(expected, rel=1e-5)


def test_ssim_is_one_for_equal_and_lower_for_other_frames() -> None:
    pytest.importorskip("skimage")
    first, second = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    assert ssim(first, first) == pytest.approx(1)
    assert ssim(first, second) < 0.2
    assert ssim(first, second) == pytest.approx(ssim(second, first))


def test_frames_below_the_window_have_no_ssim() -> None:
    assert np.isnan(ssim(GREY[:8], GREY[:8]))


def test_ssim_without_scikit_image_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(f"No module named '{module}'", name=module.split(".")[0])

    monkeypatch.setattr(optional, "import_module", missing)
    with pytest.raises(OptionError, match="no scikit-image; expected it for SSIM. pip install scikit-image"):
        ssim(GREY, GREY)


@pytest.mark.parametrize("size", [(16, 24), (8, 12), (32, 48), (7, 31)])
def test_frames_are_resized_to_any_size_and_stay_even(size: tuple[int, int]) -> None:
    made = at_size(GREY, *size)
    assert made.shape == (*size, 3) and made.dtype == np.uint8 and (made == 100).all()
