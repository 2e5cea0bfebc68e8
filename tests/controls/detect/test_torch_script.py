"""TorchScript archives: networks run, code that does more is refused before it can do it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from anchorcrafter_core.controls.detect.torch_script import open_torch_script
from anchorcrafter_core.errors import ControlError, LoadError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CPU = torch.device("cpu")


class Doubled(nn.Module):
    """Twice the picture, and its mean."""

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Of float32 [N,3,H,W]."""
        return pictures * 2, pictures.mean(dim=[1, 2, 3])


def archive(folder: Path, module: nn.Module | None = None) -> Path:
    path = folder / "\u7f51.torchscript.pt"
    traced = torch.jit.trace(module or Doubled(), torch.zeros(2, 3, 4, 4))
    with path.open("wb") as stream:
        torch.jit.save(traced, stream)
    return path


def rewritten(path: Path, old: str, new: str) -> Path:
    """The archive with some of its code replaced, as somebody with bad intentions would make it."""
    changed = path.with_name("changed.pt")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(old.encode(), new.encode()) if name.endswith(".py") else content)
    return changed


def test_a_traced_network_runs(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).normal(size=(3, 3, 4, 4)).astype(np.float32)
    doubled, mean = open_torch_script(archive(tmp_path), CPU).run(pictures)
    assert np.array_equal(doubled, pictures * 2) and np.allclose(mean, pictures.mean(axis=(1, 2, 3)), atol=1e-6)


class Repeated(nn.Module):
    """The picture many times."""

    def forward(self, pictures: Tensor) -> Tensor:
        """Of float32 [N,3,H,W]."""
        return pictures.repeat(2, 3, 1, 1)


def test_no_memory_stays_no_memory(tmp_path: Path) -> None:
    path = rewritten(archive(tmp_path, Repeated()), "[2, 3, 1, 1]", "[2000000, 3000000, 100, 1]")
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        open_torch_script(path, CPU).run(np.zeros((1, 3, 4, 4), np.float32))


def test_numbered_layers_are_harmless(tmp_path: Path) -> None:
    layers = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.ReLU(), nn.Conv2d(4, 2, 1)))
    path = archive(tmp_path, layers)
    with zipfile.ZipFile(path) as source:
        assert any(b"getattr(" in source.read(name) for name in source.namelist() if name.endswith(".py"))
    assert open_torch_script(path, CPU).run(np.zeros((1, 3, 4, 4), np.float32))[0].shape == (1, 2, 4, 4)


def test_half_precision_networks_run_in_float32(tmp_path: Path) -> None:
    network = nn.Conv2d(3, 1, 1).half()
    path = tmp_path / "half.pt"
    torch.jit.save(torch.jit.trace(network, torch.zeros(2, 3, 4, 4).half()), str(path))
    pictures = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    (output,) = open_torch_script(path, CPU).run(pictures)
    expected = network.float()(torch.from_numpy(pictures)).detach().numpy()
    assert output.dtype == np.float32 and np.allclose(output, expected, atol=1e-5)


@pytest.mark.parametrize(
    "code",
    [
        "torch.save(pictures, '{target}')",
        "torch.from_file('{target}', True, 1)",
        "ops.aten.save(pictures, '{target}')",
        "ops.other.thing(pictures)",
        "torch . save (pictures, '{target}')",
        "pictures.save('{target}')",
        "getattr(torch, 'save')(pictures, '{target}')",
        "getattr(self, 'sa' + 've')",
    ],
)
def test_code_that_does_more_than_compute_is_refused(tmp_path: Path, code: str) -> None:
    path, target = archive(tmp_path), tmp_path / "written"
    with zipfile.ZipFile(path) as source:
        text = next(source.read(name).decode() for name in source.namelist() if name.endswith(".py"))
    place = next(line for line in text.splitlines() if "torch.mul" in line or "torch.mean" in line)
    indent = place[: len(place) - len(place.lstrip())]
    harmful = f"{indent}_x = {code.format(target=target)}\n{place}"
    with pytest.raises(LoadError, match="only computes"):
        open_torch_script(rewritten(path, place, harmful), CPU)
    assert not target.exists()


def test_methods_that_run_while_loading_are_refused(tmp_path: Path) -> None:
    method = "def __setstate__(self, state: int) -> None:\n    pass\n  def forward("
    with pytest.raises(LoadError, match="__setstate__"):
        open_torch_script(rewritten(archive(tmp_path), "def forward(", method), CPU)


def test_unreadable_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        open_torch_script(rewritten(archive(tmp_path), "def forward(", "def forward(("), CPU)


def test_weights_and_damaged_archives_are_refused(tmp_path: Path) -> None:
    weights, cut = tmp_path / "weights.pt", tmp_path / "cut.pt"
    torch.save({"a": torch.zeros(2)}, weights)
    with pytest.raises(LoadError, match="weights alone"):
        open_torch_script(weights, CPU)
    cut.write_bytes(archive(tmp_path).read_bytes()[:-100])
    with pytest.raises(LoadError, match="damaged"):
        open_torch_script(cut, CPU)


def test_a_network_that_fails_says_so(tmp_path: Path) -> None:
    opened = open_torch_script(archive(tmp_path, nn.Conv2d(3, 1, 1)), CPU)
    with pytest.raises(ControlError, match="failing"):
        opened.run(np.zeros((1, 5, 4, 4), np.float32))
