"""TorchScript networks: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from anchorcrafter_core.errors import LoadError, OptionError
from anchorcrafter_core.evaluation.scripts import (
    load_face,
    load_inception,
    load_lpips,
    load_pieces,
    open_script,
    torchvision_lpips,
)
from tests.evaluation.networks_for_tests import Colors, Distance, Switched, WithNorm, save_script

CPU = torch.device("cpu")
RED = np.zeros((6, 8, 3), np.uint8)
RED[..., 0] = 200


def test_inception_sees_levels_up_to_255_of_any_size_and_is_asked_for_features(tmp_path: Path) -> None:
    encode = load_inception(save_script(tmp_path / "i.pt", Switched()), CPU)
    np.testing.assert_allclose(encode([RED, RED[:2]]), [[200, 0, 0]] * 2)


def test_pieces_are_one_sample_with_time_behind_channels(tmp_path: Path) -> None:
    encode = load_pieces(save_script(tmp_path / "p.pt", Colors()), CPU)
    np.testing.assert_allclose(encode(np.stack([RED, RED * 0])), [100, 0, 0])


def test_faces_are_blue_first_and_between_minus_one_and_one(tmp_path: Path) -> None:
    encode = load_face(save_script(tmp_path / "f.pt", WithNorm()), CPU)
    face = np.zeros((112, 112, 3), np.uint8)
    face[..., 0] = 255
    np.testing.assert_allclose(encode([face]), [[-1, -1, 1]])


def test_lpips_sees_both_frames_between_minus_one_and_one(tmp_path: Path) -> None:
    distance = load_lpips(save_script(tmp_path / "l.pt", Distance()), CPU)
    np.testing.assert_allclose(distance([RED, RED], [RED, RED * 0]), [0, 2 * 200 / 255 / 3], atol=1e-6)


def test_a_network_with_other_inputs_is_named_with_what_it_should_take(tmp_path: Path) -> None:
    encode = load_pieces(save_script(tmp_path / "two.pt", Distance()), CPU)
    with pytest.raises(LoadError, match=r"two\.pt fails .*; expected one that takes float32 \[1,3,T,H,W\]"):
        encode(RED[None])


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    whole = save_script(tmp_path / "whole.pt", Colors()).read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.pt").write_text("no network", encoding="utf-8")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "weights.pt")
    for name in ("cut.pt", "text.pt", "weights.pt", "gone.pt"):
        with pytest.raises(LoadError, match=name.replace(".", r"\.")):
            open_script(tmp_path / name, CPU, "anything")


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str, bytes]]:
        return _spring, (str(self.target), b"run")


def _spring(target: str, content: bytes) -> None:
    Path(target).write_bytes(content)


def test_a_pickle_with_code_in_it_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "trap.pt").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    torch.save(Trap(tmp_path / "sprung"), tmp_path / "zip.pt")
    for name in ("trap.pt", "zip.pt"):
        with pytest.raises(LoadError):
            open_script(tmp_path / name, CPU, "anything")
    assert not (tmp_path / "sprung").exists()


def test_out_of_memory_is_not_taken_for_a_wrong_network(tmp_path: Path) -> None:
    network = open_script(save_script(tmp_path / "a.pt", Colors()), CPU, "anything")

    class Full(nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory")

    object.__setattr__(network, "module", Full())
    with pytest.raises(torch.OutOfMemoryError):
        network(torch.zeros(1, 3, 4, 4))


def test_without_torchvision_lpips_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(OptionError, match="no torchvision; expected it for LPIPS"):
        torchvision_lpips("alex", CPU)


def test_with_torchvision_lpips_is_torchmetrics_s(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Metric(Distance):
        def __init__(self, net_type: str) -> None:
            super().__init__()
            asked.append(net_type)

    library = ModuleType("torchmetrics.image.lpip")
    vars(library)["LearnedPerceptualImagePatchSimilarity"] = Metric
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchmetrics.image.lpip", library)
    distance = torchvision_lpips("alex", CPU)
    assert asked == ["alex"] and distance([RED], [RED]).tolist() == [0]
