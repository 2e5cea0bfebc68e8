"""A choice to a hosted model: what it says of itself, what it refuses, when it is loaded again."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tests.nodes.clips import conditioning
from tests.nodes.conftest import ROOT, Pack
from tests.nodes.fake_host import CPU, FakeHost, Patcher
from tests.nodes.trained import write_trained

GOLDEN = ROOT / "tests" / "golden" / "model"
CHECKPOINT = "AnchorCrafter-notune/weights.safetensors"


@pytest.fixture
def choice(pack: Pack, host: FakeHost) -> Any:
    """The reference model in the usual places."""
    folders = pack("nodes.model_folders")
    folders.register_folder()
    places = {CHECKPOINT: "state_dict.safetensors", "dinov2-large": "dinov2", "../diffusers/svd": "svd"}
    for place, source in places.items():
        target = host.folder / "models" / "anchorcrafter" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(GOLDEN / source)
    return folders.Choice(CHECKPOINT, "diffusers/svd", "anchorcrafter/dinov2-large")


class SvdVae:
    """A native VAE of SVD: its weights' names, its patcher, its network."""

    def __init__(self) -> None:
        self.first_stage_model = nn.Conv2d(4, 4, 1)
        self.patcher = Patcher(self.first_stage_model, CPU, CPU)

    def get_sd(self) -> dict[str, torch.Tensor]:
        """Weights by name."""
        return {"decoder.mid.block_1.mix_factor": torch.zeros(1)}


def _load(pack: Pack, choice: Any, lent: Any = None, may_download: bool = False) -> tuple[Any, str]:
    lent = lent or pack("nodes.native").lend()
    return pack("nodes.model_loading").load_hosted(choice, "auto", may_download, lent)


def test_files_become_the_model_that_the_core_loads(choice: Any, pack: Pack) -> None:
    hosted, words = _load(pack, choice)
    source = pack("nodes.model_folders").find_sources(choice)
    plain = pack("anchorcrafter_core.loading.load").load_models(source)
    assert torch.equal(hosted.models.unet.unet.conv_in.weight, plain.unet.unet.conv_in.weight)
    assert "general checkpoint" in words and "float32" in words
    assert all(name in words for name in ("no licence", "Stability AI", "Apache-2.0"))


def test_the_built_in_model_says_what_it_is(pack: Pack) -> None:
    folders = pack("nodes.model_folders")
    hosted, words = _load(pack, folders.Choice(folders.DISPLAY_NAME))
    assert hosted.models.variant == "built-in"
    assert "not the published AnchorCrafter" in words


def test_a_trained_model_runs_with_the_parts_of_its_own_file(choice: Any, pack: Pack, host: FakeHost) -> None:
    path = write_trained(host.folder / "models" / "anchorcrafter" / "run" / "model.safetensors")
    loader = pack("nodes.load").LoadAnchorModels
    hosted, vae, words = loader.execute("run/model.safetensors", choice.svd, choice.dinov2, "auto", False).args
    held = load_file(path)
    for part in ("vae", "image_encoder", "object_encoder"):
        name, weight = max(getattr(hosted.models, part).named_parameters(), key=lambda row: row[1].numel())
        assert torch.equal(weight, held[f"{part.replace('object', 'obj_image')}.{name}"])
    assert "not the published AnchorCrafter" in words and "Stability" not in words
    latents, _ = pack("nodes.sample").AnchorSampler.execute(hosted, conditioning(pack, hosted), steps=1).args
    images, _ = pack("nodes.decode").AnchorDecode.execute(vae, latents, 8, 0.0).args
    assert images.shape == (5, 64, 64, 3)


def test_a_model_made_of_the_built_in_one_borrows_nothing(choice: Any, pack: Pack, host: FakeHost) -> None:
    write_trained(host.folder / "models" / "anchorcrafter" / "mine.safetensors")
    with pytest.raises(pack("anchorcrafter_core.errors").LoadError, match="mine.safetensors with the vae of another"):
        _load(pack, type(choice)("mine.safetensors"), pack("nodes.native").lend(vae=SvdVae()))


def test_a_lent_vae_is_used_and_not_loaded(choice: Any, pack: Pack) -> None:
    vae = SvdVae()
    hosted, _ = _load(pack, choice, pack("nodes.native").lend(vae=vae))
    assert hosted.groups["vae"] is vae.patcher
    assert hosted.models.vae.network is vae.first_stage_model
    assert not any(weight.is_meta for weight in hosted.models.unet.parameters())
    assert not any(weight.is_meta for weight in hosted.models.image_encoder.parameters())


def test_a_lent_vae_is_called_as_the_core_calls_its_own(pack: Pack) -> None:
    network = SimpleNamespace(encode=lambda pictures: pictures * 2, decode=lambda latents: latents + 1)
    vae = pack("nodes.native").NativeVae(nn.Identity())
    vae.network = nn.Identity()
    vars(vae.network).update(vars(network))
    (distribution,) = vae.encode(torch.ones(1, 3, 8, 8), return_dict=False)
    assert distribution.mode().unique().tolist() == [2.0]
    assert vae.decode(torch.ones(2, 4, 1, 1), num_frames=2, return_dict=False)[0].unique().tolist() == [2.0]
    assert vae.config["scaling_factor"] == 0.18215


def test_a_lent_image_encoder_gives_embeddings_in_float32(pack: Pack) -> None:
    class Tower(nn.Module):
        def forward(self, pixel_values: torch.Tensor) -> tuple[None, None, torch.Tensor]:
            assert pixel_values.dtype == torch.float32
            return None, None, pixel_values.mean((2, 3))

    encoder = pack("nodes.native").NativeImageEncoder(Tower())
    assert encoder(torch.ones(1, 3, 4, 4, dtype=torch.float16)).image_embeds.shape == (1, 3)


@pytest.mark.parametrize("kind", ["vae", "clip_vision"])
def test_parts_of_other_models_are_not_borrowed(kind: str, pack: Pack) -> None:
    other = SimpleNamespace(get_sd=lambda: {"visual_projection.weight": torch.zeros(768, 1024)})
    with pytest.raises(pack("anchorcrafter_core.errors").LoadError, match="Stable Video Diffusion"):
        pack("nodes.native").lend(**{kind: other})


def test_the_built_in_model_borrows_nothing(pack: Pack) -> None:
    folders, lent = pack("nodes.model_folders"), pack("nodes.native").lend(vae=SvdVae())
    with pytest.raises(pack("anchorcrafter_core.errors").LoadError, match="vae"):
        _load(pack, folders.Choice(folders.DISPLAY_NAME), lent)


def test_a_checkpoint_that_is_gone_is_refused_before_anything_runs(choice: Any, pack: Pack) -> None:
    refusal = pack("nodes.model_loading").refusal
    assert refusal(CHECKPOINT) is None
    assert refusal(pack("nodes.model_folders").DISPLAY_NAME) is None
    assert refusal("AnchorCrafter, general weights") is None
    assert "gone.pth" in refusal("gone.pth")


@pytest.mark.parametrize("name", ["any_name.safetensors", "run/model.safetensors", "model-4.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5])
def test_a_half_copied_model_is_called_so_before_anything_is_looked_for_or_fetched(
    name: str, share: float, pack: Pack, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, folders = pack("nodes.model_loading"), pack("nodes.model_folders")
    folders.register_folder()
    monkeypatch.setattr(loading, "download", lambda *_: pytest.fail("a download for a file that cannot be loaded"))
    path = write_trained(host.folder / "models" / "anchorcrafter" / name)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    words = pack("anchorcrafter_core.loading.read").describe_damage(path)
    for may_download in (False, True):
        with pytest.raises(pack("anchorcrafter_core.errors").LoadError, match="let it finish") as raised:
            _load(pack, folders.Choice(name), may_download=may_download)
        assert raised.value.found == f"{words} at {path}"
    assert loading.refusal(name) == str(raised.value)


def test_marks_change_with_the_file_alone(choice: Any, pack: Pack, host: FakeHost) -> None:
    marks = pack("nodes.model_loading").file_marks
    before = marks(choice)
    assert marks(choice) == before and CHECKPOINT in before
    path = host.folder / "models" / "anchorcrafter" / CHECKPOINT
    path.unlink()
    path.write_bytes((GOLDEN / "state_dict.safetensors").read_bytes())
    os.utime(path, ns=(1, 1))
    assert marks(choice) != before
    path.unlink()
    assert CHECKPOINT not in marks(choice) and "dinov2-large" in marks(choice)


@pytest.mark.parametrize("exchanged", [CHECKPOINT, "dinov2-large/model.safetensors"])
def test_an_exchanged_file_is_noticed_though_svd_comes_from_other_nodes(
    exchanged: str, choice: Any, pack: Pack, host: FakeHost
) -> None:
    loader, models = pack("nodes.load").LoadAnchorModels, host.folder / "models"
    (models / "diffusers" / "svd").unlink()
    folder = (models / "anchorcrafter" / exchanged).parent
    folder.rename(models / "old")
    shutil.copytree(models / "old", folder)
    given = {"model": choice.model, "svd": "auto", "dinov2": choice.dinov2, "vae": None, "clip_vision": None}
    before = loader.fingerprint_inputs(**given)
    os.utime(models / "anchorcrafter" / exchanged, ns=(1, 1))
    assert loader.fingerprint_inputs(**given) != before


REPLACED = {
    "model": f"anchorcrafter/{CHECKPOINT}",
    "svd": "diffusers/svd/vae/config.json",
    "dinov2": "anchorcrafter/dinov2-large/model.safetensors",
}


@pytest.mark.parametrize("linked", REPLACED)
def test_an_exchanged_file_is_noticed_though_its_name_comes_from_another_node(
    linked: str, choice: Any, pack: Pack, host: FakeHost
) -> None:
    loader, file = pack("nodes.load").LoadAnchorModels, host.folder / "models" / REPLACED[linked]
    (host.folder / "models" / "checkpoints").mkdir()
    content = file.read_bytes()
    given = {"model": choice.model, "svd": choice.svd, "dinov2": choice.dinov2} | {linked: None}
    folder = file.parents[1 if linked == "svd" else 0]
    if folder.is_symlink():
        source = folder.resolve()
        folder.unlink()
        shutil.copytree(source, folder)
    before = loader.fingerprint_inputs(**given)
    assert loader.fingerprint_inputs(**given) == before
    file.unlink()
    file.write_bytes(content)
    os.utime(file, ns=(1, 1))
    assert loader.fingerprint_inputs(**given) != before


@pytest.mark.parametrize("is_linked", [False, True], ids=["chosen", "linked"])
def test_a_download_does_not_load_the_model_twice(
    is_linked: bool, choice: Any, pack: Pack, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, folder = pack("nodes.model_loading"), host.folder / "models" / "anchorcrafter" / "dinov2-large"
    wish = type(choice)(choice.model, choice.svd, "auto")
    known = loading.ANYTHING if is_linked else wish
    folder.unlink()
    before = loading.file_marks(known)
    monkeypatch.setattr(loading, "download", lambda *_: shutil.copytree(GOLDEN / "dinov2", folder))
    loading.fetch_absent(wish, pack("nodes.native").lend())
    assert loading.file_marks(known) == before
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert loading.file_marks(known) != before


def test_missing_parts_are_fetched_only_when_asked(
    choice: Any, pack: Pack, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, fetched = pack("nodes.model_loading"), []
    monkeypatch.setattr(loading, "download", lambda entry, folder, hub, report: fetched.append((entry.id, folder)))
    wish = type(choice)(choice.model, choice.svd, "auto")
    (host.folder / "models" / "anchorcrafter" / "dinov2-large").unlink()
    for may_download in (False, True):
        with pytest.raises(pack("anchorcrafter_core.errors").LoadError, match="DINOv2"):
            _load(pack, wish, may_download=may_download)
        assert fetched == ([("dinov2", host.folder / "models" / "anchorcrafter")] if may_download else [])
