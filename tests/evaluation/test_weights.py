"""Networks are found where they lie whole, brought on request, and never used half."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from anchorcrafter_core.errors import LoadError, OptionError
from anchorcrafter_core.evaluation.weights import (
    METRIC_CATALOG,
    NETWORKS,
    load_instruments,
    metric_rows,
    network_places,
)
from anchorcrafter_core.loading.download import RemoteFile, download
from tests.evaluation.networks_for_tests import Colors, save_clip, save_dino, save_dinov2, save_script

CPU = torch.device("cpu")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with everything that is found by itself."""
    save_clip(tmp_path / "models" / "clip-vit-base-patch32")
    save_dino(tmp_path / "models" / "dino-vitb16")
    save_dinov2(tmp_path / "models" / "dinov2-large")
    save_script(tmp_path / "models" / "FVD-I3D-torchscript" / "i3d_torchscript.pt", Colors())
    return tmp_path / "models"


def test_what_lies_there_is_found_and_loads(models: Path) -> None:
    places = network_places([models], {})
    assert set(places) == {"clip", "clip_frames", "dino_frames", "dinov2", "i3d"}
    tools = load_instruments(places, NETWORKS, CPU)
    assert tools.present() == set(places)


def test_only_wanted_networks_are_loaded(models: Path) -> None:
    tools = load_instruments(network_places([models], {}), ["clip", "i3d"], CPU)
    assert tools.present() == {"clip", "i3d"}


def test_what_the_user_gives_goes_first(models: Path, tmp_path: Path) -> None:
    own = save_script(tmp_path / "own.pt", Colors())
    places = network_places([models], {"i3d": str(own), "inception": str(own)})
    assert places["i3d"] == places["inception"] == str(own)
    assert load_instruments(places, ["inception", "i3d"], CPU).present() == {"inception", "i3d"}


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(OptionError, match="the network 'incepton'; expected one of"):
        network_places([], {"incepton": "x.pt"})


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert network_places([tmp_path / "gone"], {}) == {}


def test_a_half_file_is_not_used_and_is_said(models: Path) -> None:
    for file in (
        models / "clip-vit-base-patch32" / "model.safetensors",
        models / "FVD-I3D-torchscript" / "i3d_torchscript.pt",
    ):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
    assert set(network_places([models], {})) == {"dino_frames", "dinov2"}
    problems = {row.entry.id: row.problem for row in metric_rows([models])}
    assert "header states" in str(problems["clip-b32"]) and "cut off" in str(problems["i3d"])


def test_a_half_file_given_by_name_is_refused(models: Path) -> None:
    file = models / "FVD-I3D-torchscript" / "i3d_torchscript.pt"
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(LoadError, match="cut off after 300 bytes"):
        load_instruments({"i3d": str(file)}, ["i3d"], CPU)


@dataclass(frozen=True)
class Hub:
    """A hub with one file whose download breaks off, or not."""

    content: bytes
    breaks: bool

    def files(self, repository: str) -> list[RemoteFile]:
        """Name, size and hash of the whole file."""
        return [RemoteFile("i3d_torchscript.pt", len(self.content), hashlib.sha256(self.content).hexdigest())]

    def fetch(self, repository: str, name: str, folder: Path) -> None:
        """Write half a file aside and fail, or the whole one."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.breaks:
            (folder / ".cache").mkdir()
            (folder / ".cache" / f"{name}.incomplete").write_bytes(self.content[:100])
            raise LoadError("a broken connection", "an answer of the hub", "Run the same command again.")
        (folder / name).write_bytes(self.content)


def test_an_interrupted_download_leaves_nothing_to_use_and_the_next_one_ends_it(tmp_path: Path) -> None:
    content = save_script(tmp_path / "source.pt", Colors()).read_bytes()
    (entry,) = (entry for entry in METRIC_CATALOG if entry.id == "i3d")
    models = tmp_path / "models"
    with pytest.raises(LoadError, match="broken connection"):
        download(entry, models, Hub(content, breaks=True))
    assert network_places([models], {}) == {}
    folder = download(entry, models, Hub(content, breaks=False))
    assert network_places([models], {}) == {"i3d": str(folder / "i3d_torchscript.pt")}


def test_every_entry_says_what_it_is_for_and_its_licence() -> None:
    assert len({entry.id for entry in METRIC_CATALOG}) == len(METRIC_CATALOG)
    for entry in METRIC_CATALOG:
        assert entry.licence and "(" in entry.title and entry.optional and not entry.gated and entry.size > 10**6
