"""'Product Path' draws the path of its widget, at its size, in the right order with the hands, and tells the editor."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.media_types import give_media

FRAMES, HEIGHT, WIDTH = 5, 128, 64
KEY = {"frame": 0, "x": 0.5, "y": 0.5, "w": 0.5, "h": 0.25}
LAST = {"frame": 9, "x": 0.75, "y": 0.25, "w": 0.5, "h": 0.25}
PATH = {"version": 1, "width": 640, "height": 1280, "frames": 10, "curve": "linear", "keys": [KEY, LAST]}


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (host.folder / "temp").mkdir(parents=True, exist_ok=True)
    give_media(monkeypatch)


@pytest.fixture
def product() -> torch.Tensor:
    """A red block on black, IMAGE [1,40,60,3]."""
    picture = torch.zeros(1, 40, 60, 3)
    picture[:, 10:30, 15:45, 0] = 1
    return picture


def run(pack: Pack, product: torch.Tensor, path: Any = None, **more: Any) -> dict[str, Any]:
    node = pack("nodes.path").ProductPath
    given = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES, "looseness": 0.0} | more
    made = node.execute(product, path=json.dumps(PATH) if path is None else path, **given)
    names = [socket.given["display_name"] for socket in node.define_schema().outputs]
    return dict(zip(names, made.args, strict=True)) | {"ui": made.ui}


def middle(mask: torch.Tensor) -> list[float]:
    return (torch.nonzero(mask).double().mean(0) + 0.5).tolist()


def hands() -> torch.Tensor:
    """A white bar in the lower half of every frame, IMAGE [F,H,W,3]."""
    clip = torch.zeros(FRAMES, HEIGHT, WIDTH, 3)
    clip[:, HEIGHT // 2 :, 24:40] = 1
    return clip


def test_the_product_goes_from_key_to_key_over_all_frames(pack: Pack, product: torch.Tensor) -> None:
    made = run(pack, product)
    assert made["track"].shape == (FRAMES, HEIGHT, WIDTH, 3) and made["track"].dtype == torch.float32
    assert made["object_mask"].shape == (FRAMES, HEIGHT, WIDTH)
    assert middle(made["object_mask"][0]) == pytest.approx([64, 32], abs=1)
    assert middle(made["object_mask"][4]) == pytest.approx([32, 48], abs=1)
    assert middle(made["object_mask"][2]) == pytest.approx([48, 40], abs=1)
    assert (made["track"].amax(-1) > 0).equal(made["object_mask"] > 0)


def test_a_new_node_needs_no_editor(pack: Pack, product: torch.Tensor) -> None:
    (text,) = (s.given["default"] for s in pack("nodes.path").ProductPath.define_schema().inputs if s.id == "path")
    made = run(pack, product, text)
    assert made["object_mask"].sum() > 0 and made["object_mask"][0].equal(made["object_mask"][-1])


def test_the_boxes_are_those_that_the_controls_read(pack: Pack, product: torch.Tensor) -> None:
    made = run(pack, product)
    forms = pack("anchorcrafter_core.controls.box_forms")
    track = forms.product_boxes(forms.parse_box_text(made["boxes"]), FRAMES, (1, 1))
    assert track.boxes[0].tolist() == pytest.approx([0.25, 0.375, 0.75, 0.625], abs=0.01)
    assert track.boxes[4].tolist() == pytest.approx([0.5, 0.125, 1.0, 0.375], abs=0.01)


def test_without_hands_there_are_none(pack: Pack, product: torch.Tensor) -> None:
    made = run(pack, product)
    assert made["hand"].shape == (FRAMES, HEIGHT, WIDTH, 3) and not made["hand"].any()
    assert made["hand_mask"].shape == (FRAMES, HEIGHT, WIDTH) and not made["hand_mask"].any()


@pytest.mark.parametrize("in_front", [True, False])
@pytest.mark.parametrize("source", ["hand", "hand_mask"])
def test_each_key_says_who_covers_whom(pack: Pack, product: torch.Tensor, in_front: bool, source: str) -> None:
    path = json.dumps(PATH | {"keys": [KEY | {"in_front": in_front}]})
    given = {"hand": hands()} if source == "hand" else {"hand_mask": hands()[..., 0]}
    made = run(pack, product, path, **given)
    alone = run(pack, product, path)["object_mask"]
    whole, cut = (made["object_mask"], made["hand_mask"])[:: 1 if in_front else -1]
    assert not (made["object_mask"] * made["hand_mask"]).any()
    assert whole.equal(alone if in_front else hands()[..., 0]) and cut.sum() > 0
    assert (made["hand"].amax(-1) > 0).equal(made["hand_mask"] > 0) or source == "hand_mask"


def test_hands_are_fitted_to_the_frame(pack: Pack, product: torch.Tensor) -> None:
    large = hands().repeat_interleave(2, 1).repeat_interleave(2, 2)
    made, plain = run(pack, product, hand=large), run(pack, product, hand=hands())
    assert made["hand"].shape == plain["hand"].shape
    assert (made["hand_mask"] != plain["hand_mask"]).float().mean() < 0.02


def test_a_hand_clip_of_another_length_is_refused(pack: Pack, product: torch.Tensor) -> None:
    error = pack("anchorcrafter_core.errors").ControlError
    with pytest.raises(error, match="4 frames in 'hand'; expected 5 .* Set frames to 4, or connect a clip of 5"):
        run(pack, product, hand=hands()[:4])


def test_the_mask_outlines_the_product(pack: Pack, product: torch.Tensor) -> None:
    mask = torch.zeros(1, 40, 60)
    mask[:, 5:35, 20:40] = 1
    mask[:, 5:20, 20:30] = 0
    made = run(pack, product, json.dumps(PATH | {"keys": [KEY]}), product_mask=mask)
    assert made["object_mask"][0].sum() == pytest.approx(0.75 * 32 * 32, rel=0.05)


def test_of_three_views_the_middle_one_counts(pack: Pack, product: torch.Tensor) -> None:
    views = torch.cat([torch.zeros_like(product), product, torch.zeros_like(product)])
    assert run(pack, views)["object_mask"].equal(run(pack, product)["object_mask"])


def test_looseness_makes_it_larger(pack: Pack, product: torch.Tensor) -> None:
    assert run(pack, product, looseness=0.5)["object_mask"].sum() > 1.8 * run(pack, product)["object_mask"].sum()


def test_a_spline_is_the_way_and_the_key_the_size(pack: Pack, product: torch.Tensor) -> None:
    spline = json.dumps([{"x": 16, "y": 96}, {"x": 48, "y": 32}])
    made = run(pack, product, spline=spline)
    assert middle(made["object_mask"][0]) == pytest.approx([96, 16], abs=1)
    assert middle(made["object_mask"][4]) == pytest.approx([32, 48], abs=1)
    assert run(pack, product, spline=" ")["object_mask"].equal(run(pack, product)["object_mask"])


def test_the_editor_is_told_outline_and_picture(pack: Pack, product: torch.Tensor, monkeypatch: Any) -> None:
    latest = pack("nodes.path_clips")
    shown: list[torch.Tensor] = []

    class Preview:
        def __init__(self, image: torch.Tensor, cls: type) -> None:
            shown.append(image)

        def as_dict(self) -> dict[str, Any]:
            return {"images": [{"filename": "a.png", "subfolder": "", "type": "temp"}]}

    host: Any = sys.modules["comfy_api.latest"]
    monkeypatch.setattr(host.ui, "PreviewImage", Preview, raising=False)
    assert "picture" not in run(pack, product)["ui"]["product_path"][0]
    (told,) = run(pack, product, person=torch.rand(2, 2000, 1000, 3))["ui"]["product_path"]
    assert told["picture"]["filename"] == "a.png" and shown[0].shape == (1, latest.SHOWN_SIDE, 384, 3)
    corners = torch.tensor(told["outline"])
    assert corners.min() >= 0 and corners.max() <= 1 and 4 <= len(corners) < 20
    assert json.dumps(told)


@pytest.mark.parametrize("path", ["", "{", "[]", json.dumps(PATH | {"keys": []})])
def test_what_is_no_path_is_refused(pack: Pack, product: torch.Tensor, path: str) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").ControlError):
        run(pack, product, path)


def test_drawing_can_be_interrupted(pack: Pack, product: torch.Tensor, host: Any) -> None:
    host.is_interrupted = True
    with pytest.raises(Exception) as caught:
        run(pack, product)
    assert type(caught.value).__name__ == "Interrupted"
