"""Laws of resizing and of covering a frame."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from anchorcrafter_core.errors import ConditionError
from anchorcrafter_core.media.resize import (
    Cover,
    Resize,
    antialiased_resize,
    cover,
    cover_and_crop,
    covering_part,
    fitting_size,
    published_resize,
    published_size,
)

SIDES = st.integers(1, 3000)


@pytest.mark.parametrize("resize", [published_resize, antialiased_resize])
def test_constant_pictures_stay_constant(resize: Resize) -> None:
    for shape in ((3, 40, 30), (2, 1, 40, 30), (2, 2, 4, 40, 30)):
        picture = torch.full(shape, 77, dtype=torch.uint8)
        resized = resize(picture, 17, 50)
        assert resized.shape == (*shape[:-2], 17, 50) and resized.dtype == torch.uint8 and (resized == 77).all()


@pytest.mark.parametrize("resize", [published_resize, antialiased_resize])
def test_same_size_changes_nothing(resize: Resize) -> None:
    picture = torch.randint(0, 256, (3, 9, 7), dtype=torch.uint8)
    assert torch.equal(resize(picture, 9, 7), picture)


@pytest.mark.parametrize("size", [(40, 30), (20, 70), (7, 5), (300, 41)])
def test_the_default_is_the_float_resize_within_a_level(size: tuple[int, int]) -> None:
    picture = torch.randint(0, 256, (3, 100, 61), dtype=torch.uint8)
    exact = functional.interpolate(picture[None].double(), size, mode="bilinear", antialias=True)[0]
    assert (antialiased_resize(picture, *size).double() - exact).abs().max() < 1.51


def test_only_the_default_looks_at_all_pixels() -> None:
    """Of stripes four pixels wide one of four remains visible without low-pass; with it, their mean."""
    stripes = torch.zeros(1, 64, 64, dtype=torch.uint8)
    stripes[..., 0::4] = 200
    assert (published_resize(stripes, 16, 16) == 0).all()
    assert (antialiased_resize(stripes, 16, 16)[..., 1:-1].float() - 50).abs().max() <= 8


@given(SIDES, SIDES, SIDES, SIDES)
def test_the_covering_part_is_whole_on_one_side_and_what_cover_keeps(h: int, w: int, tall: int, wide: int) -> None:
    part, plan = covering_part(h, w, tall, wide), cover(h, w, tall, wide)
    assert part.height == h or part.width == w
    assert 0 <= part.top <= h - part.height and 0 <= part.left <= w - part.width
    assert abs(part.height - tall * h / plan.height) <= 1 + h / plan.height
    assert abs(part.width - wide * w / plan.width) <= 1 + w / plan.width


@given(SIDES, SIDES, st.integers(1, 9))
def test_a_picture_with_the_aspect_of_the_frame_is_its_own_part(h: int, w: int, times: int) -> None:
    part = covering_part(h * times, w * times, h, w)
    assert (part.top, part.left, part.height, part.width) == (0, 0, h * times, w * times)


@given(SIDES, SIDES, SIDES, SIDES)
def test_cover_leaves_no_gap_and_wastes_less_than_two_pixels_on_one_side(h: int, w: int, tall: int, wide: int) -> None:
    plan = cover(h, w, tall, wide)
    assert plan.height >= tall and plan.width >= wide
    assert plan.height == tall or plan.width == wide
    assert 0 <= plan.top <= plan.height - tall and 0 <= plan.left <= plan.width - wide


def test_the_free_side_is_rounded_up() -> None:
    assert cover(150, 100, 128, 72) == Cover(128, 86, 0, 7)
    assert cover(100, 30, 128, 72) == Cover(240, 72, 56, 0)
    assert cover(101, 30, 128, 72) == Cover(243, 72, 58, 0)


def test_crop_keeps_the_centre() -> None:
    picture = torch.zeros(1, 30, 10, dtype=torch.uint8)
    picture[:, 10:20] = 255
    assert (cover_and_crop(picture, 10, 10) == 255).all()


def test_centre_is_rounded_half_to_even() -> None:
    assert cover(13, 10, 10, 10).top == 2 and cover(11, 10, 10, 10).top == 0


def test_published_frames() -> None:
    assert published_size(1699, 1057) == (1024, 576)
    assert published_size(500, 900) == published_size(500, 500) == (576, 1024)
    assert published_size(2, 1, 320) == (512, 320)


@given(st.integers(64, 4000), st.integers(64, 4000))
def test_fitting_frames_are_multiples_of_64_of_like_aspect(height: int, width: int) -> None:
    tall, wide = fitting_size(height, width)
    assert tall % 64 == wide % 64 == 0 and tall > 0 and wide > 0
    if max(height, width) < 2 * min(height, width):
        assert 0.8 < (tall / wide) / (height / width) < 1.25
        assert 0.85 < tall * wide / (576 * 1024) < 1.15


def test_fitting_refuses_nothing() -> None:
    with pytest.raises(ConditionError, match="0x10"):
        fitting_size(10, 0)
