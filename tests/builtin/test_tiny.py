"""The built-in model: small, whole, the same everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anchorcrafter_core.builtin import tiny
from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.builtin.tiny import DISPLAY_NAME, FRAME, TINY, built_in_models, frame_warnings, random_models
from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.generation.model import identify
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.loading.load import Precision
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY


def test_it_has_at_most_twelve_million_parameters() -> None:
    parts = named_parts(built_in_models())
    assert sum(weight.numel() for part in parts.values() for weight in part.parameters()) <= 12e6
    assert len(parts) == 8


def test_equal_seeds_equal_weights_and_nobody_else_is_disturbed() -> None:
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    first, same, other = (random_models(TINY, ANCHORCRAFTER_TINY, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(2), expected)
    name = "unet.conv_in.weight"
    assert torch.equal(first.unet.state_dict()[name], same.unet.state_dict()[name])
    assert not torch.equal(first.unet.state_dict()[name], other.unet.state_dict()[name])


def test_it_knows_the_frames_of_its_own_scenes_and_no_others() -> None:
    scene = SceneOptions()
    assert (scene.height, scene.width) == FRAME
    assert frame_warnings(DISPLAY_NAME, FRAME) == []
    (said,) = frame_warnings(DISPLAY_NAME, (FRAME[1], FRAME[0]))
    assert "192x320 alone" in said and "320x192" in said and "published weights" in said
    assert frame_warnings("mine.safetensors", (1024, 576)) == []


def test_precision_is_per_group() -> None:
    models = built_in_models(Precision(unet=torch.bfloat16, vae=torch.float16))
    types = {name: next(part.parameters()).dtype for name, part in named_parts(models).items()}
    assert types["unet"] == types["obj_attn_net"] == torch.bfloat16
    assert types["vae"] == torch.float16
    assert types["image_encoder"] == types["obj_image_encoder"] == torch.float32
    mixing = {name: weight.dtype for name, weight in models.unet.named_parameters() if name.endswith("mix_factor")}
    assert mixing and set(mixing.values()) == {torch.float32}


@pytest.mark.parametrize("left", [None, b"version https://git-lfs", b"my notes", 5_000_000])
def test_a_broken_installation_is_told(
    left: bytes | int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Weights that are gone, were never fetched, are something else, or are cut short."""
    path = tmp_path / "rest.safetensors"
    if left is not None:
        path.write_bytes(left if isinstance(left, bytes) else tiny.WEIGHTS.read_bytes()[:left])
    monkeypatch.setattr(tiny, "WEIGHTS", path)
    with pytest.raises(LoadError, match=r"rest\.safetensors.*Install the package again"):
        built_in_models()
    with pytest.raises(LoadError, match="Install the package again"):
        identify(ModelChoice("built-in"))


def test_it_says_what_it_is() -> None:
    models = built_in_models()
    assert models.spec.name == "anchorcrafter-tiny"
    assert models.variant == "built-in"
