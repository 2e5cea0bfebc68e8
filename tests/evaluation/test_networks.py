"""CLIP, DINO and DINOv2 are fed as their scores want it, whatever the size of the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection, ViTModel

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.evaluation.networks import BATCH, load_clip, load_dino, load_dinov2
from anchorcrafter_core.evaluation.weights import METRIC_CATALOG
from anchorcrafter_core.loading.catalog import CATALOG, CatalogEntry
from tests.evaluation.networks_for_tests import save_clip, save_dino, save_dinov2

CPU = torch.device("cpu")


def pictures(*sizes: tuple[int, int]) -> list[np.ndarray]:
    chance = np.random.default_rng(0)
    return [chance.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def test_clip_sees_crops_as_its_own_processor_makes_them(tmp_path: Path) -> None:
    folder = save_clip(tmp_path / "clip")
    crops = pictures((300, 200), (40, 90))
    made = load_clip(folder, CPU)["clip"](crops)
    pixels = CLIPImageProcessor()(images=crops, return_tensors="pt", input_data_format="channels_last")
    expected = CLIPVisionModelWithProjection.from_pretrained(folder)(pixels["pixel_values"]).image_embeds
    np.testing.assert_allclose(made, expected.detach().numpy(), atol=1e-5)


def test_clip_sees_the_middle_of_frames(tmp_path: Path) -> None:
    encode = load_clip(save_clip(tmp_path / "clip"), CPU)["clip_frames"]
    (wide,) = pictures((224, 500))
    middle = wide[:, 138:362]
    np.testing.assert_allclose(encode([wide]), encode([middle]), atol=1e-5)
    assert np.abs(encode([wide]) - encode([wide[:, :224]])).max() > 1e-4


def test_dino_sees_whole_frames_in_their_own_shape(tmp_path: Path) -> None:
    folder = save_dino(tmp_path / "dino")
    (tall,) = pictures((448, 224))
    made = load_dino(folder, CPU)["dino_frames"]([tall, tall])
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    pixels = (torch.from_numpy(tall).permute(2, 0, 1)[None].float() / 255 - mean) / std
    net = ViTModel.from_pretrained(folder, add_pooling_layer=False)
    expected = net(pixels, interpolate_pos_encoding=True).last_hidden_state[:, 0]
    np.testing.assert_allclose(made, expected.detach().numpy().repeat(2, axis=0), atol=1e-5)


def test_dinov2_sees_crops_of_any_size(tmp_path: Path) -> None:
    encode = load_dinov2(save_dinov2(tmp_path / "dinov2"), CPU)["dinov2"]
    made = encode(pictures((40, 40), (7, 90), (600, 30)))
    assert made.shape == (3, 16) and np.isfinite(made).all()


def test_batches_do_not_change_features(tmp_path: Path) -> None:
    encode = load_clip(save_clip(tmp_path / "clip"), CPU)["clip_frames"]
    many = pictures(*[(32, 32)] * (BATCH + 3))
    one_by_one = np.concatenate([encode([picture]) for picture in many])
    np.testing.assert_allclose(encode(many), one_by_one, atol=1e-5)


def test_a_cut_a_missing_and_a_foreign_network_are_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="gone"):
        load_clip(tmp_path / "gone", CPU)
    folder = save_clip(tmp_path / "clip")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LoadError, match="header states"):
        load_clip(folder, CPU)


@pytest.mark.parametrize(
    ("load", "command", "catalog"),
    [
        (load_clip, "anchorcrafter evaluate --download clip-b32", METRIC_CATALOG),
        (load_dino, "anchorcrafter evaluate --download dino-b16", METRIC_CATALOG),
        (load_dinov2, "anchorcrafter models --download dinov2", CATALOG),
    ],
)
def test_an_error_names_a_command_that_brings_the_network(
    load: Callable[[Path, torch.device], object],
    command: str,
    catalog: Sequence[CatalogEntry],
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LoadError, match=command):
        load(tmp_path, CPU)
    assert command.split()[-1] in {entry.id for entry in catalog}
