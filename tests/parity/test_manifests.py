"""Every name and shape of the published files, at full size, on the meta device."""

from __future__ import annotations

import pytest
from torch import nn

from anchorcrafter_core.loading.keys import dino_published
from anchorcrafter_core.loading.load import trained_parts
from anchorcrafter_core.loading.sizes import find_sizes
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from tests.parity.oracle import Oracle

Shapes = dict[str, list[int]]


@pytest.fixture(scope="module")
def networks() -> dict[str, nn.Module]:
    """All networks at full size without weights, by checkpoint prefix."""
    return named_parts(build_models(PUBLISHED, ANCHORCRAFTER))


def _shapes(networks: dict[str, nn.Module], trained: bool) -> Shapes:
    """Published names and shapes of the trained or of the frozen networks."""
    own = trained_parts(ANCHORCRAFTER)
    rows: Shapes = {}
    for part, module in networks.items():
        state = dino_published(module.state_dict()) if part == "obj_image_encoder" else module.state_dict()
        rows |= {f"{part}.{name}": list(state[name].shape) for name in state} if (part in own) == trained else {}
    return rows


def test_checkpoint_manifest_is_exact(networks: dict[str, nn.Module], oracle: Oracle) -> None:
    manifest = oracle.json("manifest_full.json")
    assert len(manifest["checkpoint"]) == manifest["trainable_keys"]
    assert _shapes(networks, trained=True) == manifest["checkpoint"]


def test_frozen_manifest_is_exact(networks: dict[str, nn.Module], oracle: Oracle) -> None:
    manifest = oracle.json("manifest_frozen.json")
    assert len(manifest) == oracle.json("manifest_full.json")["frozen_keys"]
    assert _shapes(networks, trained=False) == manifest


def test_counts_per_part_are_exact(networks: dict[str, nn.Module], oracle: Oracle) -> None:
    manifest = oracle.json("manifest_full.json")
    keys = {part: len(module.state_dict()) for part, module in networks.items()}
    numbers = {part: sum(p.numel() for p in module.parameters()) for part, module in networks.items()}
    assert keys == manifest["keys_per_part"]
    assert numbers == manifest["parameters_per_part"]


def test_adapter_keys_are_counted(networks: dict[str, nn.Module], oracle: Oracle) -> None:
    manifest = oracle.json("manifest_full.json")["unet_ip_adapter"]
    adapter = [p for name, p in networks["unet"].named_parameters() if "_ip." in name]
    assert len(adapter) == manifest["keys"]
    assert sum(p.numel() for p in adapter) == manifest["parameters"]


def test_published_sizes_follow_from_the_published_shapes(networks: dict[str, nn.Module], oracle: Oracle) -> None:
    stated = oracle.json("manifest_full.json")["unet_config"]
    parts = {part: module.state_dict() for part, module in networks.items()}
    found = find_sizes(parts, {}, None).unet
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
    assert {name: plain[name] for name in stated} == stated
