"""The synthetic scene as graph values: everything fits together, and lists vary one thing alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.media_types import give_media

NUMBERS = {"width": 64, "height": 128, "frames": 3, "fps": 15.0, "seed": 3}


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)


def sample(pack: Pack, **changes: int) -> dict[str, Any]:
    node = pack("nodes.scene").AnchorSample
    given = {"products": 1, "people": 1} | NUMBERS | changes
    names = [socket.given["display_name"] for socket in node.define_schema().outputs]
    return dict(zip(names, node.execute(**given).args, strict=True))


def test_all_clips_have_the_frames_asked_for(pack: Pack) -> None:
    made = sample(pack)
    for name in ("pose", "hand", "track"):
        parts = made[name].get_components()
        assert parts.images.shape == (3, 128, 64, 3)
        assert parts.images.max() > 0.3 and parts.frame_rate == 15
    assert made["object_mask"].shape == made["hand_mask"].shape == (3, 128, 64)
    assert made["truth"].shape == (3, 128, 64, 3)
    assert len(made["pose_keypoint"]) == 3


def test_lists_hold_one_entry_each_unless_more_are_asked_for(pack: Pack) -> None:
    node = pack("nodes.scene").AnchorSample
    lists = {s.given["display_name"] for s in node.define_schema().outputs if s.given.get("is_output_list")}
    assert lists == {"person", "person_keypoint", "views", "name"}
    assert all(len(sample(pack)[name]) == 1 for name in lists)


def test_two_products_share_person_and_motion(pack: Pack) -> None:
    one, two = sample(pack), sample(pack, products=2)
    assert two["name"] == ["product-3", "product-4"]
    assert torch.equal(two["views"][0], one["views"][0])
    assert not torch.equal(two["views"][0], two["views"][1])
    assert torch.equal(two["person"][0], one["person"][0])
    assert torch.equal(two["truth"], one["truth"])


def test_two_people_differ_and_bring_their_key_points(pack: Pack) -> None:
    made = sample(pack, people=2)
    assert not torch.equal(*made["person"])
    assert made["person_keypoint"][0] != made["person_keypoint"][1]
    assert [len(points) for points in made["person_keypoint"]] == [1, 1]


def test_equal_seeds_give_equal_scenes(pack: Pack) -> None:
    assert torch.equal(sample(pack)["truth"], sample(pack)["truth"])
    assert not torch.equal(sample(pack)["truth"], sample(pack, seed=4)["truth"])


def test_rendering_can_be_interrupted(pack: Pack, host: Any) -> None:
    host.is_interrupted = True
    with pytest.raises(Exception) as caught:
        sample(pack)
    assert type(caught.value).__name__ == "Interrupted"
