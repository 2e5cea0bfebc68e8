"""Patterns choose parameters by their names in a published checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.network import TrainedNetwork
from anchorcrafter_core.training.parts import PartSettings, choose_parts, learning, write_lists
from tests.tiny import small_models


@pytest.fixture()
def network() -> TrainedNetwork:
    return TrainedNetwork(small_models())


def test_everything_learns_unless_told_otherwise(network: TrainedNetwork) -> None:
    choose_parts(network, PartSettings())
    assert set(learning(network)) == {name for name, _ in network.named_parameters()}
    assert {name.split(".")[0] for name in learning(network)} == {
        "unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net"
    }  # fmt: skip


def test_freezing_goes_before_training(network: TrainedNetwork) -> None:
    choose_parts(network, PartSettings(("pose_net.*",), ("*.bias",)))
    assert learning(network)
    assert all(name.startswith("pose_net.") and not name.endswith("bias") for name in learning(network))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (PartSettings(("pose-net.*",)), "'pose-net.\\*', which fits no parameter.*pose_net"),
        (PartSettings(("pose_net.*",), ("nothing.*",)), "'nothing"),
        (PartSettings(("pose_net.*",), ("*",)), "no parameter that learns"),
    ],
)
def test_patterns_that_cannot_be_meant_are_refused(network: TrainedNetwork, settings: PartSettings, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        choose_parts(network, settings)


def test_the_lists_hold_every_parameter_once(network: TrainedNetwork, tmp_path: Path) -> None:
    choose_parts(network, PartSettings(("track_net.*",)))
    write_lists(network, tmp_path)
    lists = {
        name: (tmp_path / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("trained", "frozen")
    }
    names = [line.split(" ")[0] for lines in lists.values() for line in lines[1:]]
    assert sorted(names) == sorted(name for name, _ in network.named_parameters())
    trained = sum(weight.numel() for weight in learning(network).values())
    assert lists["trained"][0] == f"{len(lists['trained']) - 1} tensors, {trained} parameters"
