"""The judges see what is true on scenes they never learned from, and notice what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Generator

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, reference_picture
from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.training.data.scene_dataset import JUDGING_SEEDS, TRAINING_SEEDS
from tests.judges.judges import EMBEDDING, WEIGHTS, Judges, load_judges, read_facts
from tests.judges.measure import write_scores
from tests.judges.scores import JudgeScores, judge_scores, right_share
from tests.judges.shows import HELD_OUT_SEEDS, LEARNING_SEEDS, Shows, render_shows
from tests.judges.train import write_weights
from tests.judges.wear import worn

HERE = Path(__file__).parent
MEASURED = range(HELD_OUT_SEEDS.start + 1000, HELD_OUT_SEEDS.start + 1008)
MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def judges() -> Judges:
    return load_judges()


@pytest.fixture(scope="module")
def shows() -> Shows:
    return render_shows(MEASURED)


@pytest.fixture(scope="module")
def scores(judges: Judges, shows: Shows) -> JudgeScores:
    return judge_scores(judges, shows)


def _grey(pictures: np.ndarray) -> np.ndarray:
    """Pictures uint8 [...,3,H,W] without colour."""
    return np.broadcast_to(pictures.mean(-3, keepdims=True), pictures.shape).astype(np.uint8)


def _recognised(judges: Judges, shows: Shows, frames: np.ndarray, views: np.ndarray) -> float:
    """Share of frames whose product is the nearest of all."""
    shown = shows.products >= 0
    embedded = judges.identity(frames[shown], shows.masks[shown])
    known = np.stack([judges.identity_of_views(each) for each in views])
    owners = shows.products[shown]
    return right_share(embedded, known, owners, np.tile(np.arange(len(known)), (len(owners), 1)))


def test_masks_overlap_the_truth(scores: JudgeScores) -> None:
    assert scores.mask_iou >= 0.95


def test_hands_are_found_where_they_are(scores: JudgeScores) -> None:
    assert scores.hand_error <= 0.02 and scores.hands_found >= 0.95


def test_the_right_product_of_eight_is_recognised(scores: JudgeScores) -> None:
    assert scores.right_of_eight >= 0.97


def test_products_in_the_same_colours_are_told_apart(scores: JudgeScores) -> None:
    assert scores.right_among_siblings >= 0.8


def test_products_are_recognised_without_any_colour(judges: Judges, shows: Shows) -> None:
    assert _recognised(judges, shows, _grey(shows.frames), _grey(shows.views)) >= 5 / len(shows.views)


def test_shuffled_products_are_not_recognised(judges: Judges, shows: Shows) -> None:
    assert _recognised(judges, shows, shows.frames, np.roll(shows.views, 2, axis=0)) <= 0.1


def test_where_nothing_is_shown_nothing_is_seen(scores: JudgeScores) -> None:
    assert scores.stray_share <= 0.001


def test_a_copy_of_the_reference_picture_shows_no_product(judges: Judges) -> None:
    scenes = [describe_scene(SceneOptions(seed=seed)) for seed in MEASURED[:4]]
    copies = np.stack([reference_picture(scene)[0].transpose(2, 0, 1) for scene in scenes])
    assert judges.product_mask(copies).mean() <= 0.001


def test_worn_frames_are_judged_nearly_as_well(judges: Judges, shows: Shows) -> None:
    faded = worn(torch.from_numpy(shows.frames) / 255, Generator().manual_seed(0))
    scores = judge_scores(judges, shows, (faded * 255).round().byte().numpy())
    assert scores.mask_iou >= 0.9 and scores.hand_error <= 0.03 and scores.right_of_eight >= 0.9


def test_embeddings_are_unit_and_zero_without_product(judges: Judges, shows: Shows) -> None:
    masks = shows.masks[:3].copy()
    masks[1] = False
    norms = np.linalg.norm(judges.identity(shows.frames[:3], masks), axis=1)
    assert norms == pytest.approx([1, 0, 1], abs=1e-5)
    assert judges.identity_of_views(shows.views[0]).shape == (EMBEDDING,)


def test_views_of_any_size_mean_the_same(judges: Judges, shows: Shows) -> None:
    large = shows.views[0].repeat(3, axis=-1).repeat(3, axis=-2)
    assert judges.identity_of_views(large) @ judges.identity_of_views(shows.views[0]) > 0.98


def test_frames_are_judged_one_by_one(judges: Judges, shows: Shows) -> None:
    few, one = judges.product_mask(shows.frames[:3]), judges.product_mask(shows.frames[1:2])
    assert (few[1] == one[0]).mean() > 0.9999


def test_no_scene_of_training_or_of_scores_is_learned_from_or_measured_on() -> None:
    ranges = sorted((JUDGING_SEEDS, TRAINING_SEEDS, LEARNING_SEEDS, HELD_OUT_SEEDS), key=lambda seeds: seeds.start)
    assert all(before.stop <= after.start for before, after in zip(ranges[:-1], ranges[1:], strict=True))


def test_weights_are_small_and_say_how_they_were_made() -> None:
    files = [HERE / name for name in WEIGHTS.values()]
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES
    for judge, name in WEIGHTS.items():
        facts = read_facts(HERE / name)
        assert facts["judge"] == judge and facts["step"] == facts["steps"] > 0
        assert facts["scenes"]["first_seed"] == LEARNING_SEEDS.start
        assert {"seed", "minutes", "scores"} <= facts.keys()


def test_loading_unpickles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    monkeypatch.setattr("pickle.load", refuse)
    monkeypatch.setattr("pickle.Unpickler", refuse)
    monkeypatch.setattr("torch.load", refuse)
    load_judges()


def test_judges_that_have_not_learned_to_the_end_are_refused(tmp_path: Path) -> None:
    for name in WEIGHTS.values():
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    facts = {**read_facts(HERE / WEIGHTS["identity"]), "step": 50, "steps": 500}
    write_weights(load_judges(tmp_path).embedder, facts, tmp_path / WEIGHTS["identity"])
    with pytest.raises(LoadError, match=r"identity\.safetensors after 50 of 500 steps"):
        load_judges(tmp_path)


def test_scores_change_the_header_of_a_judge_alone(tmp_path: Path) -> None:
    """Scores of models stay those of the same judges; equal content makes equal files."""
    paths = [tmp_path / name / "identity.safetensors" for name in ("first", "second")]
    contents = []
    for path in paths:
        path.parent.mkdir()
        path.write_bytes((HERE / WEIGHTS["identity"]).read_bytes())
        write_scores(path, {"scenes": 80})
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    before, after = read_facts(HERE / WEIGHTS["identity"]), read_facts(paths[0])
    assert after == {**before, "scores": {"scenes": 80}}
    old, new = load_file(HERE / WEIGHTS["identity"]), load_file(paths[0])
    assert old.keys() == new.keys()
    assert all(torch.equal(old[name], new[name]) and old[name].dtype == new[name].dtype for name in old)


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    for name in WEIGHTS.values():
        (tmp_path / name).write_bytes((HERE / WEIGHTS["identity"]).read_bytes())
    with pytest.raises(RuntimeError, match="Missing key"):
        load_judges(tmp_path)
