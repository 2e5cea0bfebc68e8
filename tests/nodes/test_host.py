"""The host layer: what is loaded when, how pictures and progress change hands."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost, Interrupted


def test_every_network_belongs_to_exactly_one_group(built_in: Any, pack: Pack) -> None:
    parts = pack("anchorcrafter_core.models.build").named_parts(built_in.models)
    wanted = {id(weight) for part in parts.values() for weight in part.parameters()}
    held = [id(weight) for patcher in built_in.groups.values() for weight in patcher.model.parameters()]
    assert len(held) == len(set(held))
    assert set(held) == wanted


def test_only_the_named_groups_are_loaded(built_in: Any, pack: Pack, host: FakeHost) -> None:
    computes = pack("nodes.host").loaded(built_in, "vae", "object_nets", memory=123)
    assert host.loads == [(["vae", "projection", "attention"], 123)]
    assert computes == built_in.computes


def test_groups_that_a_family_lacks_are_passed_over(built_in: Any, pack: Pack, host: FakeHost) -> None:
    groups = {name: patcher for name, patcher in built_in.groups.items() if name != "object_nets"}
    lean = type(built_in)(built_in.models, "lean", "", groups, built_in.computes)
    pack("nodes.host").loaded(lean, "object_nets", "unet")
    assert host.loads == [(["unet", "residual_nets"], 0)]


def test_a_borrowed_patcher_is_used_and_left_alone(built_in: Any, pack: Pack) -> None:
    own = built_in.groups["vae"]
    layer = torch.nn.Linear(2, 2)
    own.model = layer
    again = pack("nodes.host").hosted(built_in.models, "x", "", {"vae": own})
    assert again.groups["vae"] is own
    pack("nodes.host").settle(own, torch.float16)
    assert layer.weight.dtype == torch.float32


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_become_rgb_bytes(channels: int, pack: Pack) -> None:
    image = torch.linspace(-0.2, 1.2, 2 * 4 * 4 * channels).reshape(2, 4, 4, channels)
    made = pack("nodes.host").image_to_bytes(image)
    assert made.shape == (2, 3, 4, 4) and made.dtype == torch.uint8
    assert made.min() == 0
    assert made[0, :, 0, 3].tolist() == [round(max(0.0, v) * 255) for v in image[0, 0, 3, :3].expand(3).tolist()]


def test_bytes_and_image_are_inverse(pack: Pack) -> None:
    frames = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16).expand(1, 3, 16, 16)
    assert torch.equal(pack("nodes.host").image_to_bytes(pack("nodes.host").bytes_to_image(frames)), frames)


def test_progress_reaches_the_bar_with_its_preview(pack: Pack, host: FakeHost) -> None:
    report = pack("nodes.host").progress(lambda latents: ("JPEG", latents.shape, 512))
    report("sampling", 1, 4, torch.zeros(1, 2, 4, 8, 8))
    report("decoding", 2, 4)
    assert host.bars == [(1, 4, ("JPEG", (1, 2, 4, 8, 8), 512)), (2, 4, None)]


def test_every_report_is_a_point_to_interrupt(pack: Pack, host: FakeHost) -> None:
    report = pack("nodes.host").progress()
    host.is_interrupted = True
    with pytest.raises(Interrupted):
        report("sampling", 1, 4)
    assert host.bars == []


def test_texts_go_to_their_node(pack: Pack, host: FakeHost) -> None:
    pack("nodes.host").show_text("hello", "7")
    pack("nodes.host").show_text("nobody", None)
    assert host.texts == [("hello", "7")]


def test_a_node_without_warnings_shows_nothing(pack: Pack, host: FakeHost, caplog: pytest.LogCaptureFixture) -> None:
    show = pack("nodes.host").show_warnings
    show([], "never warned")
    assert host.texts == [] and caplog.records == []
    show(["One.", "Two."], "a")
    show([], "b")
    show([], "a")
    show([], "a")
    assert host.texts == [("One.\nTwo.", "a"), ("Nothing looks wrong any more.", "a")]
