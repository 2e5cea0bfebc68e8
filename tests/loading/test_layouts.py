"""Layouts are told apart by content; what lies in the wrong place is sent to the right one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.keys import SVD_IMAGE_ENCODER_PREFIX, SVD_VAE_PREFIX
from anchorcrafter_core.loading.layouts import Slot, open_layout, open_slot
from anchorcrafter_core.loading.load import ModelSources
from anchorcrafter_core.loading.read import Tensors
from tests.loading.tiny_weights import TinyWeights, vae_to_single_file


def _equal(tensors: Tensors, expected: dict[str, Tensor]) -> bool:
    return tensors.keys() == expected.keys() and all(torch.equal(tensors[name], expected[name]) for name in expected)


def test_checkpoint_is_split_into_its_parts(tiny: TinyWeights, tmp_path: Path) -> None:
    torch.save({"module": tiny.trained()}, tmp_path / "mp_rank_00_model_states.pt")
    layout = open_layout(tmp_path / "mp_rank_00_model_states.pt")
    assert layout.name == "AnchorCrafter checkpoint"
    assert set(layout.parts) == {"unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net"}
    assert all(_equal(layout.parts[part], tiny.parts[part]) for part in layout.parts)


@pytest.mark.parametrize("ending", ["", ".fp16"])
def test_svd_folder_with_and_without_variant_files(ending: str, tiny: TinyWeights, tmp_path: Path) -> None:
    layout = open_slot(tiny.write_svd(tmp_path / "svd", ending), "svd")
    assert layout.name == "SVD folder" and len(layout.files) == 2
    assert all(_equal(layout.parts[part], tiny.parts[part]) for part in ("vae", "image_encoder"))
    assert layout.arguments["unet"]["in_channels"] == 8


def test_full_precision_goes_before_the_fp16_variant(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_svd(tmp_path / "svd")
    halves = {name: tensor.half() for name, tensor in tiny.parts["vae"].items()}
    save_file(halves, folder / "vae" / "diffusion_pytorch_model.fp16.safetensors")
    assert open_layout(folder).parts["vae"]["quant_conv.weight"].dtype == torch.float32


def test_pickled_component_and_stale_buffers(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_svd(tmp_path / "svd")
    (folder / "image_encoder" / "model.safetensors").unlink()
    stale = {"vision_model.embeddings.position_ids": torch.arange(5)}
    torch.save(tiny.parts["image_encoder"] | stale, folder / "image_encoder" / "pytorch_model.bin")
    assert _equal(open_layout(folder).parts["image_encoder"], tiny.parts["image_encoder"])


def test_shards_are_joined(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_dino(tmp_path / "dinov2-large")
    (folder / "model.safetensors").unlink()
    weights = tiny.parts["obj_image_encoder"]
    names = list(weights)
    halves = {"model-1-of-2.safetensors": names[:9], "model-2-of-2.safetensors": names[9:]}
    for file, chosen in halves.items():
        save_file({name: weights[name] for name in chosen}, folder / file)
    weight_map = {name: file for file, chosen in halves.items() for name in chosen}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")
    assert _equal(open_layout(folder).parts["obj_image_encoder"], weights)
    (folder / "model-2-of-2.safetensors").unlink()
    with pytest.raises(LoadError, match="no file at .*model-2-of-2"):
        open_layout(folder)


def test_an_index_cannot_leave_its_folder(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_dino(tmp_path / "dinov2-large")
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    weight_map = dict.fromkeys(tiny.parts["obj_image_encoder"], "../elsewhere.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")
    with pytest.raises(LoadError, match="no file"):
        open_layout(folder)


def write_single_file(tiny: TinyWeights, path: Path) -> Path:
    """SVD as one checkpoint, its image encoder reduced to the one key that names it."""
    vae = {
        f"{SVD_VAE_PREFIX}{name}": tensor.contiguous() for name, tensor in vae_to_single_file(tiny.parts["vae"]).items()
    }
    tower = {f"{SVD_IMAGE_ENCODER_PREFIX}class_embedding": torch.ones(3)}
    save_file(vae | tower | {"model.diffusion_model.out.2.bias": torch.ones(4)}, path)
    return path


def test_single_file_gives_the_same_vae(tiny: TinyWeights, tmp_path: Path) -> None:
    layout = open_slot(write_single_file(tiny, tmp_path / "svd_xt.safetensors"), "svd")
    expected = tiny.parts["vae"] | {
        "quant_conv.weight": torch.eye(8)[..., None, None],
        "quant_conv.bias": torch.zeros(8),
    }
    assert layout.name == "SVD single file"
    assert _equal(layout.parts["vae"], expected)
    assert torch.equal(layout.parts["image_encoder"]["vision_model.embeddings.class_embedding"], torch.ones(3))


def test_dino_as_folder_and_as_file(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_dino(tmp_path / "dinov2-large")
    for path in (folder, folder / "model.safetensors"):
        assert _equal(open_slot(path, "dino").parts["obj_image_encoder"], tiny.parts["obj_image_encoder"])


@pytest.mark.parametrize(
    ("given", "slot", "home"), [("anchor", "svd", "anchor"), ("svd", "dino", "svd"), ("dino", "anchor", "dino")]
)
def test_a_source_in_the_wrong_slot_is_sent_home(given: str, slot: Slot, home: str, sources: ModelSources) -> None:
    with pytest.raises(LoadError, match=f"expected .* for '{slot}'.*as '{home}'"):
        open_slot(getattr(sources, given), slot)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["lora_unet_down.lora_down.weight"], "a LoRA"),
        (["first_stage_model.encoder.conv_in.weight", "cond_stage_model.x"], "still pictures"),
        (["model.diffusion_model.out.2.bias"], "Stable Diffusion UNet"),
        (["down_blocks.0.resnets.0.conv1.weight"], "diffusers UNet"),
        (["vision_model.pre_layrnorm.weight"], "CLIP image encoder alone"),
        (["layers.0.wq.weight"], r"unknown weights \(1 keys: layers.0.wq.weight"),
        (["pose_net.scale", "face_net.scale"], r"keys of unknown parts \(face_net.scale"),
    ],
)
def test_foreign_files_are_described(names: list[str], words: str, tmp_path: Path) -> None:
    save_file({name: torch.ones(1) for name in names}, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=words):
        open_layout(tmp_path / "model.safetensors")


def test_foreign_folders_are_described(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(LoadError, match="a folder with notes.txt"):
        open_layout(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "clip"}', encoding="utf-8")
    with pytest.raises(LoadError, match="a model of clip"):
        open_layout(tmp_path)
    (tmp_path / "config.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(LoadError, match="config.json that cannot be read"):
        open_layout(tmp_path)
    with pytest.raises(LoadError, match="nothing at"):
        open_layout(tmp_path / "absent")


def test_folder_without_weights_names_the_file(tiny: TinyWeights, tmp_path: Path) -> None:
    folder = tiny.write_svd(tmp_path / "svd")
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(LoadError, match="no weights in .*vae; expected diffusion_pytorch_model.safetensors"):
        open_layout(folder)
