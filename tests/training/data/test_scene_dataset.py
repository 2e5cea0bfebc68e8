"""Laws of synthetic scenes as a collection."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, product_views, reference_picture
from anchorcrafter_core.errors import AnchorError
from anchorcrafter_core.media.images import as_tensor
from anchorcrafter_core.training.data.batch import TrainingBatch
from anchorcrafter_core.training.data.draw import Draw, Shape
from anchorcrafter_core.training.data.loader import Workers, batches
from anchorcrafter_core.training.data.order import Order
from anchorcrafter_core.training.data.scene_cache import SceneCache
from anchorcrafter_core.training.data.scene_dataset import (
    JUDGING_SEEDS,
    LOOK,
    TRAINING_SEEDS,
    SceneDataset,
    scene_example,
)
from anchorcrafter_core.training.example import TrainingExample

MODULE = "anchorcrafter_core.training.data.scene_dataset"
TINY = SceneDataset(height=64, width=64, frames=1, count=3)


@pytest.fixture(autouse=True)
def quick_views(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Views of products take most of the time and are looked at by one test."""
    if "holds_what" not in request.node.name:
        monkeypatch.setattr(f"{MODULE}.product_views", lambda scene: np.zeros((3, 518, 518, 3), np.uint8))


def seed_of(example: TrainingExample) -> int:
    return int(example.name.split()[1])


def equal(one: TrainingExample, other: TrainingExample) -> bool:
    signals = ("pose", "hand", "track", "object_mask", "hand_mask")
    alike = (torch.equal(getattr(one.controls, name), getattr(other.controls, name)) for name in signals)
    return one.name == other.name and torch.equal(one.frames, other.frames) and all(alike)


def test_a_scene_depends_on_seed_epoch_and_number_alone() -> None:
    one = TINY.example(Draw(1, seed=5, epoch=2, position=9))
    assert equal(one, replace(TINY).example(Draw(1, seed=6, epoch=2, position=3, attempt=1)))
    others = (TINY.example(Draw(2, epoch=2)), TINY.example(Draw(1, epoch=1)))
    assert not any(equal(one, other) for other in (*others, replace(TINY, seed=1).example(Draw(1, epoch=2))))


def test_epochs_bring_new_scenes_unless_told_otherwise() -> None:
    assert len({seed_of(TINY.example(Draw(i, epoch=e))) for i in range(3) for e in range(2)}) == 6
    same = replace(TINY, renews=False)
    assert equal(same.example(Draw(1)), same.example(Draw(1, epoch=4)))


def test_training_and_judging_never_share_a_scene() -> None:
    assert not set(JUDGING_SEEDS[:: 10**5]) & set(TRAINING_SEEDS[:1000])
    assert JUDGING_SEEDS.stop <= TRAINING_SEEDS.start and SceneOptions().seed in JUDGING_SEEDS
    assert all(seed_of(TINY.example(Draw(n))) in TRAINING_SEEDS for n in range(5))


def test_an_example_holds_what_the_scene_knows() -> None:
    options = SceneOptions(64, 64, 2, seed=11)
    scene, example = describe_scene(options), scene_example(options)
    picture, pose = reference_picture(scene)
    assert torch.equal(example.frames[0], as_tensor(picture)) and example.controls.key_points[0].people == pose.people
    assert example.views is not None and torch.equal(example.views[1], as_tensor(product_views(scene)[1]))
    assert example.controls.playback_fps == options.fps
    assert not bool(example.controls.object_mask[0].any()) and bool(example.controls.object_mask[1:].any())
    assert bool((example.controls.track[1:, 0] > 0)[example.controls.object_mask[1:]].all())


def test_a_person_alone_shows_no_product_anywhere() -> None:
    options = SceneOptions(128, 128, 3, seed=4)
    alone, together = (scene_example(options, shows_product) for shows_product in (False, True))
    assert alone.views is None
    assert int(alone.controls.track.max()) == 0 and not bool(alone.controls.object_mask.any())
    assert bool(alone.controls.hand_mask[1:].any()), "hands are there"
    assert torch.equal(alone.frames[0], together.frames[0]), "it is the same person"
    assert not torch.equal(alone.frames[1], together.frames[1])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_persons_alone(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    monkeypatch.setattr(f"{MODULE}.scene_example", lambda options, shows_product, colors: shows_product)
    alone = sum(replace(TINY, person_only=share).example(Draw(n)) is False for n in range(200))
    assert alone == 200 * share or share == 0.5 and 70 <= alone <= 130


def test_the_shape_is_told_beforehand() -> None:
    assert TINY.shape(0) == Shape(len(TINY.example(Draw(0)).frames), 64, 64)


def test_workers_and_processes_draw_the_same_scenes() -> None:
    def names(stream: list[TrainingBatch]) -> list[str]:
        return [name for batch in stream for name in batch.names]

    alone = list(islice(batches(TINY, Order(batch=2), workers=Workers(0)), 2))
    helped = list(islice(batches(TINY, Order(batch=2), workers=Workers(1, ahead=1)), 2))
    assert all(torch.equal(one.frames, other.frames) for one, other in zip(alone, helped, strict=True))
    halves = [list(islice(batches(TINY, Order(rank=r, ranks=2), workers=Workers(0)), 2)) for r in range(2)]
    assert names(alone) == [name for pair in zip(*map(names, halves), strict=True) for name in pair]


def test_kept_scenes_are_equal_to_made_ones(tmp_path: Path) -> None:
    kept = replace(TINY, renews=False, person_only=0.5, cache=SceneCache(tmp_path))
    made = [replace(kept, cache=None).example(Draw(n)) for n in range(3)]
    for _ in range(2):
        again = [kept.example(Draw(n)) for n in range(3)]
        assert all(equal(one, other) for one, other in zip(made, again, strict=True))
        assert [each.views is None for each in again] == [each.views is None for each in made]
    assert len(list(tmp_path.iterdir())) == 3


def test_scenes_kept_in_an_earlier_look_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = replace(TINY, renews=False, cache=SceneCache(tmp_path))
    kept.example(Draw(0))
    monkeypatch.setattr(f"{MODULE}.LOOK", LOOK + 1)
    kept.example(Draw(0))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "wrong", [{"height": 60}, {"frames": 0}, {"count": 0}, {"person_only": 1.5}, {"person_only": -0.1}]
)
def test_impossible_numbers_are_refused(wrong: dict) -> None:
    with pytest.raises(AnchorError):
        SceneDataset(**wrong)
