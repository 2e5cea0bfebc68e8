"""Laws of the pictures that the networks look at; exact numbers are compared in tests/parity."""

from __future__ import annotations

import pytest
import torch

from anchorcrafter_core.conditioning.pixels import (
    antialiased_bicubic,
    clip_pixels,
    complete_views,
    dino_pixels,
    object_picture,
    reference_picture,
    square_view,
    truncated_round_trip,
    unit_pixels,
)
from anchorcrafter_core.errors import ConditionError

LEVELS = torch.arange(256, dtype=torch.uint8)


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=generator)


def test_unit_range() -> None:
    assert unit_pixels(LEVELS).min() == -1 and unit_pixels(LEVELS).max() == 1


def test_round_trip_loses_at_most_one_level() -> None:
    """63 levels change in float32, 20 in float16: measured on the published code."""
    for dtype, changed in ((torch.float32, 63), (torch.float16, 20)):
        lost = LEVELS.int() - truncated_round_trip(LEVELS, dtype).int()
        assert set(lost.tolist()) == {0, 1} and int(lost.sum()) == changed


@pytest.mark.parametrize(("height", "width"), [(70, 50), (50, 70), (71, 50), (50, 71), (60, 60)])
def test_views_are_square_with_black_beside_the_product(height: int, width: int) -> None:
    view = square_view(torch.full((3, height, width), 255, dtype=torch.uint8))
    assert view.shape == (3, 518, 518) and view.dtype == torch.uint8
    assert (view[:, 259, 259] == 255).all()
    corner_is_black = bool((view[:, 0, 0] == 0).all())
    assert corner_is_black == (height != width)


def test_missing_views_repeat_the_first() -> None:
    first, second = picture(40, 30, 1), picture(30, 40, 2)
    one, two = complete_views([first]), complete_views([first, second])
    assert one.shape == (3, 3, 518, 518)
    assert torch.equal(one[0], one[1]) and torch.equal(one[0], one[2])
    assert torch.equal(two[2], two[0]) and torch.equal(two[1], square_view(second))


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ([], "0 product pictures"),
        ([picture(9, 9)] * 4, "4 product pictures"),
        ([picture(9, 9).float()], "product picture 0 of shape .* float32"),
        ([picture(9, 9), picture(9, 9)[:1]], r"product picture 1 of shape \[1, 9, 9\]"),
    ],
)
def test_refuses_in_words(pictures: list[torch.Tensor], words: str) -> None:
    with pytest.raises(ConditionError, match=words):
        complete_views(pictures)


def test_encoder_pixels_have_their_shapes_and_statistics() -> None:
    grey = torch.full((3, 90, 70), 128, dtype=torch.uint8)
    clip, dino = clip_pixels(grey), dino_pixels([grey, picture(30, 20)], 28)
    assert clip.shape == (1, 3, 224, 224) and dino.shape == (2, 3, 28, 28)
    level = 128 / 255
    assert torch.allclose(clip[0, :, 5, 5], (level - torch.tensor([0.4815, 0.4578, 0.4082])) / 0.2652, atol=0.03)
    assert torch.allclose(dino[0, :, 5, 5], (level - torch.tensor([0.485, 0.456, 0.406])) / 0.2263, atol=0.03)


def test_bicubic_keeps_size_and_corners() -> None:
    pixels = torch.rand(1, 3, 12, 9)
    assert torch.equal(antialiased_bicubic(pixels, (12, 9)), pixels)
    larger = antialiased_bicubic(pixels, (24, 18))
    assert torch.allclose(larger[..., 0, 0], pixels[..., 0, 0], atol=1e-5)
    assert torch.allclose(larger[..., -1, -1], pixels[..., -1, -1], atol=1e-5)


def test_reference_picture_is_unit() -> None:
    assert torch.allclose(reference_picture(picture(8, 8)), unit_pixels(picture(8, 8))[None], atol=1e-6)


@pytest.mark.parametrize("size", [(64, 128), (128, 64), (64, 64)])
def test_object_picture_of_both_kinds(size: tuple[int, int]) -> None:
    view = picture(100, 100)
    published, training = (object_picture(view, *size, kind) for kind in ("published", "training"))
    assert published.shape == training.shape == (1, 3, *size)
    center = view[:, 50, 50].float()
    assert torch.equal(published[0, :, size[0] // 2, size[1] // 2], 2 * center - 1)
    assert torch.equal(training[0, :, size[0] // 2, size[1] // 2], center / 127.5 - 1)
    if size[0] > 100:
        assert (published[..., 0, :] == -1).all() and (training[..., 0, :] == 0).all()
