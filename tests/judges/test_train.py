"""Shows, their wear, and what the judges learn of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Generator

from anchorcrafter_core.builtin.product import draw_product
from anchorcrafter_core.training.data.scene_dataset import LOOK
from tests.judges.judges import Identity, heat_centers, product_crops, read_facts
from tests.judges.learning import (
    IdentityLesson,
    SegmenterLesson,
    hands_in_window,
    mask_loss,
    mirrored_hands,
    some_window,
)
from tests.judges.measure import forties, main
from tests.judges.scores import hand_scores, mask_overlap
from tests.judges.shows import HELD_OUT_SEEDS, Shows, dressed_like, hand_centers, read_shows, render_shows
from tests.judges.train import Plan, Run, train
from tests.judges.wear import gaussian, worn

FEW = range(HELD_OUT_SEEDS.start + 2000, HELD_OUT_SEEDS.start + 2002)


@pytest.fixture(scope="module")
def shows() -> Shows:
    return render_shows(FEW)


def test_every_frame_shows_what_it_says(shows: Shows) -> None:
    shown = shows.products >= 0
    assert shows.products.tolist() == [0, 0, 0, 1, 1, 1, -1, 2, 2, 2, 3, 3, 3, -1]
    assert shows.masks[shown].any((1, 2)).all() and not shows.masks[~shown].any()
    assert shows.views.shape[0] == 4


def test_kept_shows_are_the_rendered_ones(shows: Shows, tmp_path: Path) -> None:
    for _ in range(2):
        kept = read_shows(tmp_path, FEW, lot=1)
        assert np.array_equal(kept.frames, shows.frames) and np.array_equal(kept.products, shows.products)
    assert len(list(tmp_path.iterdir())) == 2


def test_siblings_wear_the_same_colours() -> None:
    product, model = draw_product(5), draw_product(9)
    dressed = dressed_like(product, model)
    assert (dressed.kind, dressed.solid, dressed.label) == (product.kind, product.solid, product.label)
    assert (dressed.accent, dressed.paper, dressed.lid) == (model.accent, model.paper, model.lid)
    assert dressed.ground.ground == model.ground.ground and dressed.ground.kind == product.ground.kind


def test_a_hand_is_visible_if_half_of_it_lies_in_the_frame() -> None:
    joints = np.full((2, 21, 3), 20.0)
    joints[0, :10, 0] = -5.0
    joints[1, :11, 0] = -5.0
    centers = hand_centers(joints, 64, 64)
    assert centers[0] == pytest.approx([(11 * 20 - 50) / 21, 20]) and np.isnan(centers[1]).all()


def test_wear_keeps_range_and_repeats_itself() -> None:
    pictures = torch.rand(6, 3, 64, 48, generator=Generator().manual_seed(1))
    first, second = (worn(pictures, Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(first, second) and not torch.equal(first, pictures)
    assert first.min() >= 0 and first.max() <= 1 and first.shape == pictures.shape


def test_blur_keeps_plain_pictures() -> None:
    assert torch.allclose(gaussian(torch.full((1, 3, 20, 20), 0.4), 1.3), torch.tensor(0.4))


def test_mirroring_twice_changes_nothing() -> None:
    hands = torch.tensor([[[3.0, 4.0], [20.0, 8.0]]])
    assert torch.equal(mirrored_hands(mirrored_hands(hands, 48), 48), hands)
    assert mirrored_hands(hands, 48)[0, 0].tolist() == [28.0, 8.0]


def test_hands_outside_a_window_are_not_visible() -> None:
    hands = torch.tensor([[13.0, 40.0], [20.0, 8.0]])
    seen = hands_in_window(hands, slice(32, 64), slice(10, 42))
    assert seen[0].tolist() == [3.0, 8.0] and seen[1].isnan().all()
    assert hands_in_window(hands, slice(0, 64), slice(0, 48)).equal(hands)


def test_windows_lie_in_the_frame_and_mostly_about_the_product(shows: Shows) -> None:
    mask, random = shows.masks[0], Generator().manual_seed(4)
    windows = [some_window(mask, 128, random) for _ in range(40)]
    assert all(mask[rows, columns].shape == (128, 128) for rows, columns in windows)
    assert sum(mask[rows, columns].any() for rows, columns in windows) >= 30
    assert len({(rows.start, columns.start) for rows, columns in windows}) > 20


def test_the_centre_of_a_heat_map_is_where_it_is_hot() -> None:
    heat = torch.zeros(1, 2, 8, 6)
    heat[0, 0, 3, 4] = 100.0
    assert heat_centers(heat)[0, 0].tolist() == pytest.approx([18.0, 14.0])


def test_crops_show_the_product_alone() -> None:
    masks = torch.zeros(1, 64, 64)
    masks[0, 20:40, 10:20] = 1
    crop = product_crops(torch.ones(1, 3, 64, 64), masks)[0, 0]
    rows, columns = crop.sum(1).nonzero().flatten(), crop.sum(0).nonzero().flatten()
    assert rows[0] < 6 and rows[-1] > 57 and columns[0] > 12 and columns[-1] < 51


def test_true_masks_lose_less_than_others() -> None:
    masks = torch.zeros(2, 16, 16)
    masks[0, 4:10, 4:10] = 1
    right, wrong = mask_loss(masks * 20 - 10, masks), mask_loss(masks.roll(3, 2) * 20 - 10, masks)
    assert right < 0.02 < wrong


def test_scores_of_the_truth_are_perfect(shows: Shows) -> None:
    assert mask_overlap(shows.masks, shows.masks) == 1
    assert hand_scores(shows.hands, shows.hands, 320)[:2] == (0, 1)
    assert mask_overlap(np.roll(shows.masks, 30, 2), shows.masks) < 0.8


def test_lessons_lower_their_loss(shows: Shows, tmp_path: Path) -> None:
    run = Run(Plan("identity", tmp_path / "identity.safetensors", 2, 40, 0, 2e-3))
    lesson = IdentityLesson(shows)
    losses = []
    for _ in range(8):
        loss = lesson.loss(run.net, Generator().manual_seed(0), 0.0)
        run.learn(loss)
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.3


def test_the_segmenter_learns_in_windows_first_and_whole_frames_last(shows: Shows) -> None:
    seen: list[tuple[int, ...]] = []

    class Watching(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            seen.append(tuple(pictures.shape))
            count, _, height, width = pictures.shape
            coarse = torch.zeros(count, 2, height // 4, width // 4)
            return torch.zeros(count, height, width), coarse, torch.zeros(count, 2)

    for done in (0.0, 0.9):
        SegmenterLesson(shows, batch=2).loss(Watching(), Generator().manual_seed(0), done)
    assert seen == [(3, 3, 128, 128), (2, 3, 320, 192)]


def test_a_stopped_run_goes_on_as_if_it_never_stopped(shows: Shows, tmp_path: Path) -> None:
    plans = [Plan("identity", tmp_path / name, 2, 4, 3, 1e-3) for name in ("whole.safetensors", "parts.safetensors")]
    train(plans[0], shows)
    begun = Run(plans[1])
    lesson = IdentityLesson(shows)
    for step in range(2):
        begun.learn(lesson.loss(begun.net, Generator().manual_seed(3 * 10**6 + step), 0.0))
    begun.save()
    train(plans[1], shows)
    whole, parts = (load_file(plan.out) for plan in plans)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert whole.keys() == Identity().state_dict().keys()
    plans[1].out.unlink()
    train(plans[1], shows)
    assert plans[1].out.is_file(), "killed between the state and the weights of its last step"
    with pytest.raises(ValueError, match="began with"):
        train(replace(plans[1], rate=2e-3), shows)


def test_a_working_judge_stays_until_another_has_learned_to_the_end(
    shows: Shows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan("identity", tmp_path / "identity.safetensors", 2, 3, 3, 1e-3)
    plan.out.write_bytes(b"a working judge")
    monkeypatch.setattr("tests.judges.train._SAVED_EVERY", 1)
    learn = Run.learn

    def stopped(run: Run, loss: torch.Tensor) -> None:
        if run.step == 2:
            raise KeyboardInterrupt
        learn(run, loss)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Run, "learn", stopped)
        train(plan, shows)
    assert plan.out.read_bytes() == b"a working judge" and plan.out.with_suffix(".pt").is_file()
    train(plan, shows)
    assert read_facts(plan.out)["step"] == 3 and len(list(tmp_path.iterdir())) == 2


def test_a_judge_says_everything_that_decided_it(shows: Shows, tmp_path: Path) -> None:
    plan = Plan("identity", tmp_path / "identity.safetensors", 2, 1, 3, 1e-3)
    train(plan, shows)
    facts = read_facts(plan.out)
    assert {**facts, "scenes": facts["scenes"]["scenes"]}.items() >= plan.decides().items()
    assert facts["rate"] == 1e-3 and facts["look"] == LOOK and facts["step"] == facts["steps"] == 1


def test_two_processes_that_render_the_same_lot_leave_one_whole_file(
    shows: Shows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both judges learn from one folder; the slower process finds the lot there when it is done."""
    numbers = iter((1, 2))

    def render(seeds: range) -> Shows:
        number = next(numbers, None)
        if number == 1:
            monkeypatch.setattr("os.getpid", lambda: 2)
            read_shows(tmp_path, FEW, lot=2)
            monkeypatch.setattr("os.getpid", lambda: 1)
        return shows

    monkeypatch.setattr("tests.judges.shows.render_shows", render)
    names: list[str] = []
    save = np.savez

    def watched(file: Path, **arrays: Any) -> None:
        names.append(Path(file).name)
        save(file, **arrays)

    monkeypatch.setattr("tests.judges.shows.np.savez", watched)
    kept = read_shows(tmp_path, FEW, lot=2)
    assert np.array_equal(kept.frames, shows.frames) and len(set(names)) == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_seeds_that_do_not_fill_their_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="30 seeds; expected a multiple of 20"):
        read_shows(tmp_path, HELD_OUT_SEEDS[:30])


@pytest.mark.parametrize("scenes", ["0", "20", "60"])
def test_numbers_of_scenes_that_cannot_be_measured_are_refused(
    scenes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Products are recognised among 8 of the same block of 16; the last block has to be whole."""
    monkeypatch.setattr("sys.argv", ["measure.py", "--shows", str(tmp_path), "--scenes", scenes])
    with pytest.raises(SystemExit):
        main()
    assert f"{scenes} is not a multiple of 40" in capsys.readouterr().err
    assert forties("80") == 80
