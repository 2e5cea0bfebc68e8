"""Crops of products: the largest part, black outside, and what the clean ones mend."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.evaluation.crops import clean_crop, published_crop, squared, through_jpeg


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A noisy frame of 40x60 and a mask with a large and a small part."""
    frame = np.random.default_rng(0).integers(1, 256, (40, 60, 3), dtype=np.uint8)
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 20:32] = 255
    mask[2:5, 50:53] = 255
    return frame, mask


def test_the_crop_is_the_box_of_the_largest_part() -> None:
    frame, mask = scene()
    np.testing.assert_array_equal(published_crop(frame, mask), frame[10:30, 20:32])


def test_what_lies_outside_the_mask_is_black() -> None:
    frame, mask = scene()
    mask[10:14, 20:24] = 0
    crop = published_crop(frame, mask)
    assert crop[:4, :4].max() == 0
    np.testing.assert_array_equal(crop[4:], frame[14:30, 20:32])


def test_levels_up_to_half_grey_are_no_product() -> None:
    frame, mask = scene()
    assert published_crop(frame, np.where(mask > 0, np.uint8(127), np.uint8(0))).shape == (100, 100, 3)
    assert published_crop(frame, np.where(mask > 0, np.uint8(128), np.uint8(0))).shape == (20, 12, 3)


def test_a_frame_without_product_is_a_black_picture_as_published_and_nothing_in_the_clean_one() -> None:
    frame, mask = scene()
    empty = np.zeros_like(mask)
    published = published_crop(frame, empty)
    assert published.shape == (100, 100, 3) and published.max() == 0
    assert clean_crop(frame, empty) is None


def test_the_clean_crop_is_square_and_keeps_every_pixel() -> None:
    frame, mask = scene()
    crop = clean_crop(frame, mask)
    assert crop is not None and crop.shape == (20, 20, 3)
    np.testing.assert_array_equal(crop[:, 4:16], frame[10:30, 20:32])
    assert crop[:, :4].max() == crop[:, 16:].max() == 0


def test_a_small_mask_widens_in_the_published_crop_alone() -> None:
    frame, mask = scene()
    large = np.repeat(np.repeat(frame, 3, axis=0), 3, axis=1)
    assert published_crop(large, mask).shape[0] > 60
    clean = clean_crop(large, mask)
    assert clean is not None and clean.shape == (60, 60, 3)


def test_a_square_of_a_flat_picture_has_bars_above_and_below() -> None:
    made = squared(np.full((3, 6, 3), 9, np.uint8))
    assert made.shape == (6, 6, 3)
    assert [int(row.max()) for row in made] == [0, 9, 9, 9, 0, 0]


def test_jpeg_changes_little_and_keeps_the_order_of_channels() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    back = through_jpeg(red)
    assert back.shape == red.shape and np.abs(back.astype(int) - red).max() <= 4
