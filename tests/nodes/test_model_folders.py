"""Where weights are looked for: ComfyUI's folders only, by name only, and what is said when something is not there."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.conftest import ROOT, Pack
from tests.nodes.fake_host import FakeHost
from tests.nodes.trained import write_trained

GOLDEN = ROOT / "tests" / "golden" / "model"
BUILT_IN = "anchorcrafter-tiny (built-in)"
GENERAL = "AnchorCrafter, general weights"


@pytest.fixture
def folders(pack: Pack, host: FakeHost) -> Any:
    """The module, with its folder made known to the host."""
    module = pack("nodes.model_folders")
    module.register_folder()
    for name in ("anchorcrafter", "checkpoints", "clip_vision", "diffusers"):
        (host.folder / "models" / name).mkdir(parents=True)
    return module


def _give(host: FakeHost, place: str, source: str) -> Path:
    """Put a part of the reference model into one of ComfyUI's folders."""
    target = host.folder / "models" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(GOLDEN / source)
    return target


@pytest.fixture
def everything(folders: Any, host: FakeHost) -> Any:
    """All parts in their usual places."""
    _give(host, "anchorcrafter/AnchorCrafter-notune/weights.safetensors", "state_dict.safetensors")
    _give(host, "anchorcrafter/dinov2-large", "dinov2")
    _give(host, "diffusers/stable-video-diffusion-img2vid-xt-1-1", "svd")
    return folders


def test_our_folder_lists_weights_and_keeps_what_users_configured(folders: Any, host: FakeHost, tmp_path: Path) -> None:
    known = sys.modules["folder_paths"].folder_names_and_paths
    known["anchorcrafter"] = ([str(tmp_path / "elsewhere")], set())
    folders.register_folder()
    assert known["anchorcrafter"] == (
        [str(tmp_path / "elsewhere"), str(host.folder / "models" / "anchorcrafter")],
        {".pth", ".pt", ".safetensors"},
    )


def test_the_built_in_model_comes_first_and_needs_nothing(folders: Any) -> None:
    assert folders.model_options()[0] == BUILT_IN
    assert folders.model_options()[1] == GENERAL
    assert (folders.svd_options(), folders.dinov2_options()) == (["auto"], ["auto"])


def test_saved_products_and_other_parts_are_no_checkpoints(everything: Any, host: FakeHost) -> None:
    products = host.folder / "models" / "anchorcrafter" / "products"
    products.mkdir()
    (products / "cup.safetensors").touch()
    assert everything.model_options()[3:] == ["AnchorCrafter-notune/weights.safetensors"]
    assert everything.dinov2_options() == ["auto", "anchorcrafter/dinov2-large"]
    assert everything.svd_options() == ["auto", "diffusers/stable-video-diffusion-img2vid-xt-1-1"]


@pytest.mark.parametrize("name", ["model.safetensors", "run/model.safetensors", "my_svd_mug.safetensors"])
def test_a_trained_model_is_offered_and_needs_nothing_whatever_its_name(
    name: str, everything: Any, host: FakeHost
) -> None:
    path = write_trained(host.folder / "models" / "anchorcrafter" / name)
    assert name in everything.model_options()
    sources = everything.find_sources(everything.Choice(name))
    assert (sources.anchor, sources.svd, sources.dino) == (path, None, None)
    assert list(everything.absent_parts(everything.Choice(name))) == []


@pytest.mark.parametrize(
    ("name", "is_offered"),
    [
        ("model.safetensors", True),
        ("run/model.safetensors", True),
        ("run/model-4.safetensors", True),
        ("parts/model.safetensors", False),
        ("dinov2-base/model.safetensors", False),
        ("my_svd/model.safetensors", False),
        ("run/diffusion_pytorch_model.safetensors", False),
        ("run/model.pth", False),
    ],
)
def test_a_half_copied_file_is_offered_unless_it_is_plainly_something_else(
    name: str, is_offered: bool, folders: Any, host: FakeHost
) -> None:
    path = host.folder / "models" / "anchorcrafter" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((1000).to_bytes(8, "little") + b'{"unet.')
    if "parts" in name:
        path.with_name("config.json").write_text("{}", encoding="utf-8")
    assert (name in folders.model_options()) == is_offered


def test_auto_finds_the_usual_places(everything: Any, host: FakeHost) -> None:
    sources = everything.find_sources(everything.Choice(GENERAL))
    models = host.folder / "models"
    assert sources.anchor == models / "anchorcrafter/AnchorCrafter-notune/weights.safetensors"
    assert sources.svd == models / "diffusers/stable-video-diffusion-img2vid-xt-1-1"
    assert sources.dino == models / "anchorcrafter/dinov2-large/model.safetensors"


def test_a_choice_is_opened_by_its_name(everything: Any, host: FakeHost) -> None:
    chosen = everything.Choice(
        "AnchorCrafter-notune/weights.safetensors",
        "diffusers/stable-video-diffusion-img2vid-xt-1-1",
        "anchorcrafter/dinov2-large",
    )
    assert everything.find_sources(chosen).dino == host.folder / "models/anchorcrafter/dinov2-large"


@pytest.mark.parametrize("name", ["../../../etc/passwd", "AnchorCrafter-notune/../../x.pth", "/etc/passwd", ""])
def test_a_name_outside_the_list_opens_nothing(name: str, everything: Any, pack: Pack) -> None:
    errors = pack("anchorcrafter_core.errors")
    with pytest.raises(errors.LoadError):
        everything.find_checkpoint(name)
    for home in ("diffusers", "checkpoints", "nowhere"):
        with pytest.raises(errors.LoadError):
            everything.find_part("svd", f"{home}/{name}", everything.svd_options())


TOLD = {
    "anchorcrafter": (GENERAL, "cangcz/AnchorCrafter-notune", "3.2 GB", "models/anchorcrafter/AnchorCrafter-notune"),
    "svd": ("Stable Video Diffusion", "stabilityai/stable-video-diffusion", "1.5 GB", "models/diffusers", "HF_TOKEN"),
    "dinov2": ("DINOv2-large", "facebook/dinov2-large", "1.2 GB", "Apache-2.0", "anchorcrafter/dinov2-large"),
}
PLACES = {
    "anchorcrafter": ("anchorcrafter/AnchorCrafter-notune/weights.safetensors", "state_dict.safetensors"),
    "svd": ("diffusers/stable-video-diffusion-img2vid-xt-1-1", "svd"),
    "dinov2": ("anchorcrafter/dinov2-large", "dinov2"),
}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_all_that_is_missing_is_named_at_once_with_its_place_source_and_size(
    count: int, folders: Any, pack: Pack, host: FakeHost
) -> None:
    for absent in combinations(TOLD, count):
        present = [_give(host, *PLACES[part]) for part in TOLD if part not in absent]
        with pytest.raises(pack("anchorcrafter_core.errors").LoadError) as raised:
            folders.find_sources(folders.Choice(GENERAL))
        told = str(raised.value)
        assert [word for part in absent for word in TOLD[part] if word not in told] == []
        assert [part for part in TOLD if part not in absent and TOLD[part][1] in told] == []
        assert told.count("Switch 'download' on") == 1 and told.count("Licence: ") == count
        for path in present:
            path.unlink()


def test_a_damaged_part_is_told_beside_a_missing_one(everything: Any, pack: Pack, host: FakeHost) -> None:
    models = host.folder / "models"
    (models / "anchorcrafter/dinov2-large").unlink()
    damaged = models / "anchorcrafter/AnchorCrafter-notune/weights.safetensors"
    damaged.unlink()
    damaged.write_bytes((GOLDEN / "state_dict.safetensors").read_bytes()[:-9])
    with pytest.raises(pack("anchorcrafter_core.errors").LoadError) as raised:
        everything.find_sources(everything.Choice(GENERAL))
    assert str(damaged) in str(raised.value) and "DINOv2-large" in str(raised.value)


def test_what_a_download_brings_of_svd_can_be_chosen(folders: Any, pack: Pack, host: FakeHost) -> None:
    entry = pack("anchorcrafter_core.loading.catalog").find_entry("svd")
    for name in (name for name in entry.files if name.endswith("config.json")):
        _give(host, f"diffusers/{entry.folder}/{name}", f"svd/{name}")
    _give(host, "diffusers/pictures/vae/config.json", "svd/vae/config.json")
    assert folders.svd_options() == ["auto", f"diffusers/{entry.folder}"]


def test_lent_parts_are_not_looked_for(everything: Any, host: FakeHost) -> None:
    (host.folder / "models/diffusers/stable-video-diffusion-img2vid-xt-1-1").unlink()
    sources = everything.find_sources(everything.Choice(GENERAL), frozenset({"vae", "image_encoder"}))
    assert sources.svd is None


def test_a_download_brings_what_is_absent_and_nothing_else(folders: Any, host: FakeHost) -> None:
    _give(host, "anchorcrafter/AnchorCrafter-notune/weights.safetensors", "state_dict.safetensors")
    models = host.folder / "models"
    absent = [(part.entry.id, part.folder) for part in folders.absent_parts(folders.Choice(GENERAL))]
    assert absent == [("svd", models / "diffusers"), ("dinov2", models / "anchorcrafter")]
    assert list(folders.absent_parts(folders.Choice(BUILT_IN, "diffusers/x", "clip_vision/y"))) == []
