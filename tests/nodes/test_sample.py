"""Anchor Sampler as a node, and its neighbours: schema, body, validation."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.clips import conditioning
from tests.nodes.conftest import NAME, Pack
from tests.nodes.fake_host import FakeHost

IDS = (
    "LoadAnchorModels", "MultiViewObjectEncoder", "DrivingMotion", "HOIControlSignals", "DualAdapterApply",
    "AnchorSampler", "AnchorDecode", "ProductPath", "HOIRegionMaskPreview", "ScoreVideo", "AnchorSample",
)  # fmt: skip


@pytest.fixture
def nodes(pack: Pack) -> list[Any]:
    """All nodes of the package, as ComfyUI gets them."""
    extension = asyncio.run(sys.modules[NAME].comfy_entrypoint())
    return asyncio.run(extension.get_node_list())


def test_the_package_brings_its_nodes(nodes: list[Any]) -> None:
    assert tuple(node.define_schema().node_id for node in nodes) == IDS


def test_everything_has_words(nodes: list[Any]) -> None:
    schemas = [node.define_schema() for node in nodes]
    assert {schema.category for schema in schemas} == {"AnchorCrafter"}
    sockets = [socket for schema in schemas for socket in (*schema.inputs, *schema.outputs)]
    assert [socket for socket in sockets if not socket.given.get("tooltip")] == []
    assert all(schema.description and schema.display_name for schema in schemas)


def test_widgets_have_defaults_and_numbers_have_ranges(nodes: list[Any]) -> None:
    inputs = [socket for node in nodes for socket in node.define_schema().inputs]
    numbers = [socket for socket in inputs if socket.io_type in ("INT", "FLOAT")]
    assert [s.id for s in numbers if not {"default", "min", "max"} <= s.given.keys()] == []
    assert [s.id for s in numbers if not s.given["min"] <= s.given["default"] <= s.given["max"]] == []
    assert [s.id for s in inputs if s.io_type == "BOOLEAN" and "default" not in s.given] == []


def test_the_sampler_gives_latents_and_words(built_in: Any, pack: Pack, host: FakeHost) -> None:
    node = pack("nodes.sample").AnchorSampler
    given = conditioning(pack, built_in)
    output = node.execute(built_in, given, seed=1, steps=1, window=4, overlap=1)
    assert output.args[0]["samples"].shape == (5, 4, 8, 8)
    assert set(output.args[0]) == {"samples"}
    assert host.texts == [(output.args[1], "7")]


def test_widgets_are_checked_before_anything_runs(pack: Pack) -> None:
    node = pack("nodes.sample").AnchorSampler
    assert node.validate_inputs(window=0, overlap=-1) is True
    assert "an overlap of 4 in a window of 5" in node.validate_inputs(window=5, overlap=4)


@pytest.mark.parametrize(("window", "overlap"), [(None, -1), (0, None), (None, 4), (5, None), (None, None)])
def test_numbers_from_other_nodes_are_not_known_before_the_run(
    window: int | None, overlap: int | None, pack: Pack
) -> None:
    assert pack("nodes.sample").AnchorSampler.validate_inputs(window=window, overlap=overlap) is True


def test_numbers_from_other_nodes_are_refused_in_the_run_with_the_same_words(built_in: Any, pack: Pack) -> None:
    node, errors = pack("nodes.sample").AnchorSampler, pack("anchorcrafter_core.errors")
    with pytest.raises(errors.OptionError) as raised:
        node.execute(built_in, conditioning(pack, built_in), window=5, overlap=4)
    assert str(raised.value) == node.validate_inputs(window=5, overlap=4)


def test_a_checkpoint_from_another_node_is_not_known_before_the_run(pack: Pack) -> None:
    assert pack("nodes.load").LoadAnchorModels.validate_inputs(model=None) is True


def test_the_loader_and_the_decoder_fit_together(built_in: Any, pack: Pack, host: FakeHost) -> None:
    pack("nodes.model_folders").register_folder()
    loader, decoder = pack("nodes.load").LoadAnchorModels, pack("nodes.decode").AnchorDecode
    name = pack("nodes.model_folders").DISPLAY_NAME
    assert loader.validate_inputs(model=name) is True
    hosted, vae, words = loader.execute(name, "auto", "auto", "auto", False).args
    latents = pack("nodes.sample").AnchorSampler.execute(hosted, conditioning(pack, hosted), steps=1).args[0]
    images, video = decoder.execute(vae, latents, 8, 0.0).args
    assert images.shape == (5, 64, 64, 3) and images.min() >= 0 and images.max() <= 1
    assert Path(video.file).is_file() and name in words


def test_the_loader_runs_again_when_a_file_changes(pack: Pack) -> None:
    loader, name = pack("nodes.load").LoadAnchorModels, pack("nodes.model_folders").DISPLAY_NAME
    marks = loader.fingerprint_inputs(model=name, svd="auto", dinov2="auto", precision="auto", download=False)
    assert marks == loader.fingerprint_inputs(model=name, svd="auto", dinov2="auto", vae=None)
