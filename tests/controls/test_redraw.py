"""Laws of skeletons that are drawn once more."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.controls.redraw import in_style
from anchorcrafter_core.models.specs import ANCHORCRAFTER, ANCHORCRAFTER_TINY
from anchorcrafter_core.training.data.scene_dataset import scene_example
from anchorcrafter_core.types import PUBLISHED_STYLE, ModelSpec, SkeletonStyle

OPTIONS = SceneOptions(width=128, height=192, frames=2, seed=5)
BOLD = SkeletonStyle(canvas=480)


def test_redrawn_is_as_if_drawn_so_at_first() -> None:
    thin, bold = (scene_example(OPTIONS, style=style).controls for style in (PUBLISHED_STYLE, BOLD))
    again = in_style(thin, BOLD)
    assert torch.equal(again.pose, bold.pose) and again.style == BOLD
    assert torch.equal(in_style(again, PUBLISHED_STYLE).pose, thin.pose)
    assert again.hand is thin.hand and again.key_points is thin.key_points


def test_a_smaller_canvas_gives_wider_strokes() -> None:
    thin, bold = (scene_example(OPTIONS, style=style).controls.pose for style in (PUBLISHED_STYLE, BOLD))
    assert (bold > 0).sum() > 2 * (thin > 0).sum()


def test_what_is_in_the_style_or_has_no_key_points_stays() -> None:
    controls = scene_example(OPTIONS).controls
    assert in_style(controls, PUBLISHED_STYLE) is controls
    bare = replace(controls, key_points=())
    assert in_style(bare, BOLD) is bare


@pytest.mark.parametrize(("spec", "side"), [(ANCHORCRAFTER, 576), (ANCHORCRAFTER_TINY, 192)])
def test_limbs_are_two_pixels_wide_where_a_model_learned(spec: ModelSpec, side: int) -> None:
    canvas = spec.skeleton.canvas
    assert 2 < 8 * side / canvas < 2.2
