"""The preview shows the regions of the very frames of the video, and its mask is the one that the loss weighs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.media_types import give_media

FRAMES, SIZE = 6, (128, 64)


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)


@pytest.fixture
def controls(pack: Pack) -> Any:
    """Five frames and the reference: the product leaves after the third frame, the hand is below it."""
    black = torch.zeros(FRAMES, 3, *SIZE, dtype=torch.uint8)
    masks = torch.zeros(2, FRAMES, *SIZE, dtype=torch.bool)
    masks[0, 1:4, 35:60, 19:40] = True
    masks[1, 1:, 60:76, 20:36] = True
    types = pack("anchorcrafter_core.types")
    return types.ControlSignals(black + 10, black, black, object_mask=masks[0], hand_mask=masks[1])


def look(pack: Pack, controls: Any, with_hands: bool = True, frames: Any = None) -> Any:
    return pack("nodes.preview").HOIRegionMaskPreview.execute(controls, with_hands, frames)


@pytest.mark.parametrize("with_hands", [True, False])
def test_the_mask_is_the_one_that_the_loss_weighs(pack: Pack, controls: Any, with_hands: bool) -> None:
    region = pack("anchorcrafter_core.training.region")
    mask = look(pack, controls, with_hands).args[2]
    cells = region.interaction_region(controls.object_mask, controls.hand_mask if with_hands else None)[1:]
    assert mask.shape == (FRAMES - 1, *SIZE) and set(mask.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(mask[:, ::8, ::8].bool(), cells)
    assert torch.equal(mask, cells.float().repeat_interleave(8, 1).repeat_interleave(8, 2))


def test_warnings_name_the_frames(pack: Pack, controls: Any) -> None:
    assert look(pack, controls).args[3] == "Product missing in frames 4-5."


def test_overlays_belong_to_the_frames_of_the_video(pack: Pack, controls: Any) -> None:
    overlay, curve, *_ = look(pack, controls).args
    assert len(overlay) == FRAMES - 1 and overlay.shape[1] > SIZE[0] and overlay.shape[2] == SIZE[1]
    product = overlay[:, 45, 28]
    assert (product[:3, 0] > product[:3, 2]).all()
    assert torch.equal(product[3], product[4]) and (product[3] == product[3, 0]).all()
    assert curve.shape[0] == 1


@pytest.mark.parametrize("extra", [0, 1], ids=["video", "with the reference"])
def test_frames_are_painted_on_in_their_order(pack: Pack, controls: Any, extra: int) -> None:
    frames = torch.linspace(0, 1, FRAMES)[1 - extra :, None, None, None].expand(-1, 64, 32, 3)
    overlay = look(pack, controls, frames=frames).args[0]
    corner = overlay[:, 2, 2, 0]
    torch.testing.assert_close(corner, 0.8 * torch.linspace(0, 1, FRAMES)[1:], atol=0.01, rtol=0)


def test_another_number_of_frames_is_refused(pack: Pack, controls: Any) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").ControlError, match="9 frames; expected 5"):
        look(pack, controls, frames=torch.zeros(9, *SIZE, 3))


def test_the_curve_appears_on_the_node(pack: Pack, controls: Any) -> None:
    made = look(pack, controls)
    assert torch.equal(made.ui["images"], made.args[1])
