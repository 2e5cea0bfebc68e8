"""Templates of names read the same way in both directions."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.loading.rename import Origin, Rule, relabel, rename, reverse

RULES: list[Rule] = [
    ("down.{i}.block.{j}.shortcut", "down_blocks.{i}.resnets.{j}.conv_shortcut"),
    ("up.{m}.block.{j}", "up_blocks.{m}.resnets.{j}"),
    ("out", "conv_out"),
]
SMALL = st.integers(0, 40)
ENDING = st.sampled_from(["", ".weight", ".bias"])


@given(i=SMALL, j=SMALL, ending=ENDING)
def test_numbers_are_carried_over(i: int, j: int, ending: str) -> None:
    name = f"down.{i}.block.{j}.shortcut{ending}"
    assert rename(name, RULES) == f"down_blocks.{i}.resnets.{j}.conv_shortcut{ending}"


@given(level=SMALL, above=st.integers(1, 5), j=SMALL, ending=ENDING)
def test_mirrored_levels_count_from_the_other_end(level: int, above: int, j: int, ending: str) -> None:
    levels = level + above
    assert rename(f"up.{level}.block.{j}{ending}", RULES, levels) == f"up_blocks.{above - 1}.resnets.{j}{ending}"


@given(
    name=st.sampled_from(["down.3.block.1.shortcut", "up.2.block.0", "out"]), ending=ENDING, levels=st.integers(3, 9)
)
def test_there_and_back_is_the_identity(name: str, ending: str, levels: int) -> None:
    there = rename(name + ending, RULES, levels)
    assert there is not None and rename(there, reverse(RULES), levels) == name + ending


def test_only_whole_names_fit() -> None:
    for name in ("xout", "out.more", "down.a.block.1.shortcut", "down.1.block.1.shortcutx", "outxweight"):
        assert rename(name, RULES) is None


def test_relabelled_tensors_are_changed_and_joined_by_made_ones() -> None:
    table = {"twice": Origin("a", lambda tensor: 2 * tensor)}
    tensors = relabel({"a": torch.tensor([3.0]), "b": torch.zeros(1)}, table, {"one": lambda: torch.ones(1)})
    assert {name: tensor.item() for name, tensor in tensors.items()} == {"twice": 6.0, "one": 1.0}
