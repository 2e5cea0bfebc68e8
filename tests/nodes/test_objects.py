"""Pictures to a product: which view is the middle one, what masks do, what the library keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.models.object_nets import MIDDLE_VIEW
from tests.nodes.conftest import Pack
from tests.nodes.media_types import give_media

NEW = "new: from the pictures"


@pytest.fixture(autouse=True)
def media(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)
    pack("nodes.model_folders").register_folder()


def picture(channel: int, count: int = 1) -> Tensor:
    """A square of one colour on black."""
    image = torch.zeros(count, 64, 64, 3)
    image[:, 16:48, 16:48, channel] = 0.8
    return image


def encode(pack: Pack, models: Any, **given: Any) -> Any:
    defaults = {"product": NEW, "name": "mug", "save": False, "cutout": "none"}
    return pack("nodes.objects").MultiViewObjectEncoder.execute(models, **(defaults | given))


def channels(product: Any) -> list[int]:
    """Which colour every view shows."""
    return [int(view.float().mean(dim=(1, 2)).argmax()) for view in product.views]


RED, GREEN, BLUE = 0, 1, 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"middle_view": picture(RED)}, [RED, RED, RED]),
        ({"middle_view": picture(GREEN), "left_view": picture(RED)}, [RED, GREEN, RED]),
        ({"middle_view": picture(GREEN), "right_view": picture(BLUE)}, [BLUE, GREEN, BLUE]),
        ({"middle_view": picture(GREEN), "left_view": picture(RED), "right_view": picture(BLUE)}, [RED, GREEN, BLUE]),
        ({"middle_view": torch.cat([picture(RED), picture(GREEN)])}, [RED, GREEN, RED]),
        ({"middle_view": torch.cat([picture(RED), picture(GREEN), picture(BLUE)])}, [RED, GREEN, BLUE]),
    ],
    ids=["one", "left", "right", "three", "batch of two", "batch of three"],
)
def test_the_middle_view_stays_in_the_middle(pack: Pack, built_in: Any, given: dict, expected: list[int]) -> None:
    product, preview, name = encode(pack, built_in, **given).args
    assert channels(product) == expected
    assert product.sequence().shape[:2] == (1, 19)
    assert preview.shape[0] == 1 and preview.shape[3] == 3 and name == "mug"


def test_a_mask_cuts_out_what_is_white(pack: Pack, built_in: Any) -> None:
    mask = torch.zeros(1, 32, 32)
    mask[:, :16] = 1
    product = encode(pack, built_in, middle_view=torch.ones(1, 64, 64, 3), middle_mask=mask).args[0]
    middle = product.views[MIDDLE_VIEW].float()
    assert middle[:, :240].mean() > 250 and middle[:, 280:].mean() < 1


def test_without_a_mask_a_plain_ground_is_removed(pack: Pack, built_in: Any) -> None:
    photo = torch.full((1, 128, 128, 3), 0.9)
    photo[:, 32:96, 32:96] = torch.tensor([0.7, 0.1, 0.1])
    kept = encode(pack, built_in, middle_view=photo).args[0].views[MIDDLE_VIEW]
    cut = encode(pack, built_in, middle_view=photo, cutout="auto").args[0].views[MIDDLE_VIEW]
    assert kept[:, 5, 5].min() > 200 and cut[:, 5, 5].max() == 0
    assert cut[0, 259, 259] > 150


@pytest.mark.parametrize("cutout", ["none", "auto"])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_that_shows_nothing_is_refused(pack: Pack, built_in: Any, cutout: str, channels: int) -> None:
    unseen = torch.cat([picture(1), torch.zeros(1, 64, 64, 1)], dim=-1) if channels == 4 else 0 * picture(1)
    with pytest.raises(pack("anchorcrafter_core.errors").ConditionError, match="nothing but black in middle_view"):
        encode(pack, built_in, middle_view=unseen, cutout=cutout)


def test_transparent_pictures_end_up_on_black(pack: Pack, built_in: Any) -> None:
    photo = torch.ones(1, 64, 64, 4)
    photo[:, :, :32, 3] = 0
    view = encode(pack, built_in, middle_view=photo).args[0].views[MIDDLE_VIEW]
    assert view[:, :, :240].max() == 0 and view[:, :, 280:].min() > 250


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "middle_view"),
        ({"middle_view": picture(RED, 4)}, "4 pictures"),
        ({"middle_view": picture(RED, 3), "left_view": picture(RED)}, "1 pictures in left_view"),
        ({"middle_view": picture(RED), "left_view": picture(RED, 2)}, "2 pictures in left_view"),
        ({"middle_view": picture(RED), "right_mask": torch.ones(1, 8, 8)}, "right_mask without"),
        ({"middle_view": picture(RED), "middle_mask": torch.zeros(1, 64, 64)}, "Invert Mask"),
        ({"middle_view": picture(RED), "middle_mask": torch.ones(2, 64, 64)}, "2 masks"),
        ({"middle_view": picture(RED), "name": "../mug"}, "the name"),
        ({"middle_view": picture(RED), "cutout": "magic"}, "auto or none"),
    ],
)
def test_wrong_pictures_are_refused_before_any_network_runs(
    pack: Pack, built_in: Any, host: Any, given: dict, words: str
) -> None:
    host.loads.clear()
    with pytest.raises(pack("anchorcrafter_core.errors").AnchorError, match=words):
        encode(pack, built_in, **given)
    assert host.loads == []


def test_a_saved_product_needs_no_pictures(pack: Pack, built_in: Any, host: Any) -> None:
    node = pack("nodes.objects").MultiViewObjectEncoder
    made = encode(pack, built_in, middle_view=picture(RED), save=True).args[0]
    assert (Path(host.folder) / "models/anchorcrafter/products/mug.safetensors").is_file()
    assert "mug" in node.define_schema().inputs[1].given["options"]
    host.loads.clear()
    again, preview, name = encode(pack, built_in, product="mug", name="other").args
    assert torch.equal(again.sequence(), made.sequence()) and name == "mug"
    assert preview.max() > 0.5
    assert host.loads == []


def test_tokens_of_another_checkpoint_are_made_again(pack: Pack, built_in: Any, host: Any) -> None:
    made = encode(pack, built_in, middle_view=picture(RED), save=True).args[0]
    weight = next(iter(built_in.models.object_projection.parameters()))
    weight.data.mul_(1.5)
    again = encode(pack, built_in, product="mug").args[0]
    assert torch.equal(again.views, made.views) and again.nets_hash != made.nets_hash
    assert not torch.equal(again.identity, made.identity)
    assert len(host.loads) > 0


def test_nothing_is_saved_unless_asked_for(pack: Pack, built_in: Any, host: Any) -> None:
    encode(pack, built_in, middle_view=picture(RED))
    assert not (Path(host.folder) / "models/anchorcrafter/products").exists()


def test_a_replaced_product_is_read_again(pack: Pack, built_in: Any, host: Any) -> None:
    node = pack("nodes.objects").MultiViewObjectEncoder
    assert node.fingerprint_inputs(NEW) == node.fingerprint_inputs(NEW, save=True)
    encode(pack, built_in, middle_view=picture(RED), save=True)
    before = node.fingerprint_inputs("mug")
    file = Path(host.folder) / "models/anchorcrafter/products/mug.safetensors"
    file.touch()
    assert node.fingerprint_inputs("mug") != before


def test_a_replaced_product_is_noticed_though_its_name_comes_from_another_node(pack: Pack) -> None:
    node, folder = pack("nodes.objects").MultiViewObjectEncoder, pack("nodes.product_tokens").product_folder()
    folder.mkdir(parents=True)
    linked, saving = [], []
    for content in ("one", "another"):
        (folder / "mug.safetensors").write_text(content, encoding="utf-8")
        linked.append(node.fingerprint_inputs(None, save=False))
        saving += [node.fingerprint_inputs(None, save=True), node.fingerprint_inputs(None, save=None)]
    assert linked[0] != linked[1] == node.fingerprint_inputs(None, save=False)
    assert len(set(saving)) == 1


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a/b"])
def test_no_name_of_a_shared_workflow_leaves_the_library(pack: Pack, built_in: Any, name: str) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").AnchorError, match="the name"):
        encode(pack, built_in, product=name)


def test_a_missing_product_is_refused_before_anything_runs(pack: Pack, built_in: Any) -> None:
    node = pack("nodes.objects").MultiViewObjectEncoder
    assert node.validate_inputs(NEW) is True
    assert node.validate_inputs(None) is True
    assert "no product 'mug'" in node.validate_inputs("mug")
    assert "no product '../mug'" in node.validate_inputs("../mug")
    encode(pack, built_in, middle_view=picture(RED), save=True)
    assert node.validate_inputs("mug") is True
