"""Widgets to options: what is left alone comes from the model."""

from __future__ import annotations

import pytest

from tests.nodes.conftest import Pack


@pytest.mark.parametrize("family", ["anchorcrafter", "anchorcrafter-tiny", "mimicmotion"])
def test_untouched_widgets_are_the_models_own_numbers(family: str, pack: Pack) -> None:
    spec = pack("anchorcrafter_core.models.specs").SPECS[family]
    assert pack("nodes.sampling_numbers").options_of(spec, pack("nodes.sampling_numbers").Numbers()) == spec.sampling


def test_touched_widgets_win(pack: Pack) -> None:
    numbers = pack("nodes.sampling_numbers")
    spec = pack("anchorcrafter_core.models.specs").ANCHORCRAFTER
    options = numbers.options_of(spec, numbers.Numbers(seed=1, steps=5, guidance_max=4.0, plan="overlap", window=7))
    assert (options.seed, options.steps, options.guidance_min, options.guidance_max) == (1, 5, 3.0, 4.0)
    assert (options.plan, options.window, options.overlap, options.noise) == ("overlap", 7, 4, "frame")


def test_a_small_window_takes_a_smaller_overlap_with_it(pack: Pack) -> None:
    numbers = pack("nodes.sampling_numbers")
    spec = pack("anchorcrafter_core.models.specs").ANCHORCRAFTER_TINY
    assert numbers.options_of(spec, numbers.Numbers(window=4)).overlap == 2
    assert numbers.options_of(spec, numbers.Numbers(window=2)).overlap == 0


def test_an_unknown_plan_is_refused(pack: Pack) -> None:
    numbers, errors = pack("nodes.sampling_numbers"), pack("anchorcrafter_core.errors")
    with pytest.raises(errors.OptionError, match="spiral"):
        numbers.options_of(pack("anchorcrafter_core.models.specs").ANCHORCRAFTER, numbers.Numbers(plan="spiral"))


@pytest.mark.parametrize(("window", "overlap", "fits"), [(0, -1, True), (0, 9, True), (11, 9, True), (11, 10, False),
                                                         (2, 0, True), (2, 1, False), (1, -1, False)])  # fmt: skip
def test_widgets_that_contradict_each_other_are_refused(window: int, overlap: int, fits: bool, pack: Pack) -> None:
    assert (pack("nodes.sampling_numbers").refusal(window, overlap) is None) == fits
