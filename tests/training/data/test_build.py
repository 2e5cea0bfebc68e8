"""Making a data set: what is made can be trained on, what is finished stays, what fails is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.tracking.sight import FirstSight
from anchorcrafter_core.errors import ControlError, MediaError
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.media.video import probe, read_frames
from anchorcrafter_core.training.data.build import build
from anchorcrafter_core.training.data.check import read_listing
from anchorcrafter_core.training.data.clip_dataset import ClipOptions, open_clips
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.material import BuildOptions, first_sight
from anchorcrafter_core.training.data.raw import read_raw
from anchorcrafter_core.types import ControlSignals
from tests.training.data.small_clips import LEVEL, bright_square, grey_frames, level, places, write_clip
from tests.training.data.test_pseudo_video import still

SMALL = BuildOptions(sizes=((64, 64),), still_frames=7)
TRAINED = ClipOptions(sizes=((64, 64),), frames=3)


class Signals:
    """Squares as signals of any clip; counts what it was asked for and stumbles over a clip if told."""

    def __init__(self, stumbles_at: int | None = None, error: type[BaseException] | None = None) -> None:
        self.asked: list[Path] = []
        self.stumble = stumbles_at, error

    def __call__(self, clip: Path, person: Path, views: Sequence[Path], first: FirstSight | None, /) -> ControlSignals:
        self.asked.append(clip)
        assert (first is None) == (not views)
        if len(self.asked) == self.stumble[0]:
            raise ControlError("nobody", "somebody", "Look.") if self.stumble[1] is None else self.stumble[1]()
        assert person.is_file() and all(view.is_file() for view in views)
        count = probe(clip).frames + 1
        square = torch.from_numpy(bright_square(count)).permute(0, 3, 1, 2).contiguous()
        square[0] = 0
        pose = torch.full_like(square, 40) + LEVEL * torch.arange(count, dtype=torch.uint8)[:, None, None, None]
        return ControlSignals(pose, square, square, square[:, 0] > 0, square[:, 0] > 0, source_fps=30.0, stride=1)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    root = tmp_path / "raw"
    for name in ("ann_tea", "bob_tea", "eve"):
        write_clip(root / f"clips/{name}.mp4", grey_frames(8, size=(80, 80)))
    for person in ("ann", "eve"):
        write_image(root / f"people/{person}.png", np.full((90, 90, 3), 99, np.uint8))
    picture, _ = still()
    write_image(root / "products/tea_0.png", picture)
    (root / "boxes").mkdir()
    for name in ("ann_tea", "bob_tea"):
        (root / f"boxes/{name}.json").write_text('{"box": [20, 20, 40, 40]}', encoding="utf-8")
    return root


def test_what_is_made_can_be_trained_on(raw: Path, tmp_path: Path) -> None:
    report = build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    assert report.made == ("ann_tea", "bob_tea", "eve") and not report.failed
    dataset = open_clips(read_listing(tmp_path / "set"), TRAINED)
    assert len(dataset) == 3 and not dataset.skipped
    together, _, alone = (dataset.example(Draw(index)) for index in range(3))
    assert level(together.frames[0]) == 99 and round(level(together.controls.pose[0])) == 40
    assert places(together.controls.pose[1:], 40 + LEVEL) == places(together.frames[1:])
    assert bool((together.controls.object_mask[1:, 20:28, 20:28]).all())
    assert int(together.controls.object_mask[1].sum()) == 256, "masks come back exactly"
    assert together.views is not None and alone.views is None and not bool(alone.controls.object_mask.any())


def test_a_missing_person_picture_is_told(raw: Path, tmp_path: Path) -> None:
    report = build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    assert len(report.notes) == 1 and "bob_tea: no picture of the person" in report.notes[0]


def test_a_second_run_makes_nothing_again(raw: Path, tmp_path: Path) -> None:
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    manifest = (tmp_path / "set/manifest.jsonl").read_bytes()
    again = Signals()
    report = build(read_raw(raw), tmp_path / "set", again, SMALL)
    assert report.kept == ("ann_tea", "bob_tea", "eve") and not report.made and not again.asked
    assert (tmp_path / "set/manifest.jsonl").read_bytes() == manifest


def test_new_clips_are_added_and_edited_lines_stay(raw: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "set/manifest.jsonl"
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text("# mine\n" + text.replace('"name": "eve"', '"weight": 3, "name": "eve"'), encoding="utf-8")
    write_clip(raw / "clips/zoe.mp4", grey_frames(4))
    assert build(read_raw(raw), tmp_path / "set", Signals(), SMALL).made == ("zoe",)
    kept = manifest.read_text(encoding="utf-8")
    assert kept.startswith("# mine\n") and '"weight": 3' in kept and len(kept.splitlines()) == 5


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_an_interrupted_run_goes_on(raw: Path, tmp_path: Path, stage: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(read_raw(raw), tmp_path / "set", Signals(stage, KeyboardInterrupt), SMALL)
    assert len(list((tmp_path / "set/clips").iterdir())) == stage - 1, "no half entry stays"
    rest = Signals()
    build(read_raw(raw), tmp_path / "set", rest, SMALL)
    assert len(rest.asked) == 4 - stage
    assert len(open_clips(read_listing(tmp_path / "set"), TRAINED)) == 3


def test_an_entry_finished_before_the_manifest_was_is_taken(raw: Path, tmp_path: Path) -> None:
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    manifest = tmp_path / "set/manifest.jsonl"
    whole = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_text(whole[0] + "\n", encoding="utf-8")
    again = Signals()
    build(read_raw(raw), tmp_path / "set", again, SMALL)
    assert not again.asked and manifest.read_text(encoding="utf-8").splitlines() == whole


def test_half_an_entry_of_a_killed_run_is_made_again(raw: Path, tmp_path: Path) -> None:
    half = tmp_path / "set/clips/.ann_tea.part"
    half.mkdir(parents=True)
    (half / "clip.mp4").write_bytes(b"half")
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    assert not half.exists() and len(open_clips(read_listing(tmp_path / "set"), TRAINED)) == 3


def test_raw_material_at_fault_is_named_and_the_rest_made(raw: Path, tmp_path: Path) -> None:
    (raw / "clips/ann_tea.mp4").write_bytes(b"\0" * 999)
    report = build(read_raw(raw), tmp_path / "set", Signals(1), SMALL)
    assert report.made == ("eve",)
    assert ["ann_tea.mp4" in report.failed[0].reason, "nobody" in report.failed[1].reason] == [True, True]
    assert [clip.name for clip in report.failed] == ["ann_tea", "bob_tea"]
    assert sorted(path.name for path in (tmp_path / "set/clips").iterdir()) == ["eve"]


def test_signals_of_another_size_are_refused(raw: Path, tmp_path: Path) -> None:
    report = build(read_raw(raw), tmp_path / "set", Signals(), BuildOptions(sizes=((128, 128),)))
    assert not report.made and "signals of 64x64" in report.failed[0].reason


def test_a_box_is_moved_into_the_cut_clip(tmp_path: Path) -> None:
    path = tmp_path / "box.json"
    path.write_text('{"box": [100, 40, 140, 80], "frame": 3}', encoding="utf-8")
    sight = first_sight(path, (128, 256), (64, 64))
    assert sight.box is not None and sight.box.tolist() == [18, 20, 38, 40] and sight.frame == 3


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"box": [1, 2, 3]}', '{"box": [1, 2, 3, "4"]}', '{"box": [0, 0, 9, 9], "frame": 0.5}']
)
def test_a_wrong_box_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "box.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ControlError, match="box.json"):
        first_sight(path, (64, 64), (64, 64))


def test_a_product_that_is_never_seen_is_no_entry(raw: Path, tmp_path: Path) -> None:
    class Blind(Signals):
        def __call__(self, *given: Any) -> ControlSignals:
            controls = super().__call__(*given)
            return replace(controls, object_mask=torch.zeros_like(controls.object_mask))

    report = build(read_raw(raw), tmp_path / "set", Blind(), SMALL)
    assert report.made == ("eve",) and "the product in no frame" in report.failed[0].reason


def test_a_full_disk_ends_the_run(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set/clips").write_text("in the way", encoding="utf-8")
    with pytest.raises(MediaError, match="cannot be written"):
        build(read_raw(raw), tmp_path / "set", Signals(), SMALL)


def test_a_manifest_with_a_wrong_line_is_not_touched(raw: Path, tmp_path: Path) -> None:
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    shutil.rmtree(tmp_path / "set/clips/eve")
    before = (tmp_path / "set/manifest.jsonl").read_bytes()
    with pytest.raises(MediaError, match="line 3 .*Correct or delete this line"):
        build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    assert (tmp_path / "set/manifest.jsonl").read_bytes() == before


@pytest.mark.parametrize("has_pictures", [True, False])
def test_a_still_becomes_a_pseudo_video(tmp_path: Path, has_pictures: bool) -> None:
    picture, _ = still(240, 200)
    write_image(tmp_path / "raw/stills/tea_1.png", picture)
    if has_pictures:
        write_image(tmp_path / "raw/products/tea_0.png", picture)
    options = BuildOptions(sizes=((64, 64),), still_frames=7, still_ways=2)
    report = build(read_raw(tmp_path / "raw"), tmp_path / "set", Signals(), options)
    assert report.made == ("still_tea_1", "still_tea_1_way1")
    dataset = open_clips(read_listing(tmp_path / "set"), TRAINED)
    one, other = (dataset.example(Draw(index)) for index in range(2))
    assert one.kind == "still" and one.views is not None and not torch.equal(one.frames, other.frames)
    for example in (one, other):
        is_red = example.frames[:, 0].int() - example.frames[:, 1].int() > 90
        mask = example.controls.object_mask
        assert not bool(is_red[0].any()) and not bool(mask[0].any()), "frame 0 is the ground alone"
        assert int((is_red ^ mask)[1:].sum()) <= 0.25 * int(mask[1:].sum())
        assert bool((example.controls.track[1:].amax(1) > 60)[mask[1:]].float().mean() > 0.9)
        assert int(example.controls.pose.max()) == int(example.controls.hand.max()) == 0


def test_equal_seeds_give_equal_pseudo_videos(tmp_path: Path) -> None:
    write_image(tmp_path / "raw/stills/tea.png", still(200, 200)[0])
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        build(read_raw(tmp_path / "raw"), tmp_path / folder, Signals(), BuildOptions(((64, 64),), 5, seed=seed))
    clips = (tmp_path / f"{folder}/clips/still_tea/clip.mp4" for folder in "abc")
    one, same, other = (np.stack(list(read_frames(clip))) for clip in clips)
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_still_without_product_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "raw/stills/fog.png", np.full((80, 80, 3), 120, np.uint8))
    report = build(read_raw(tmp_path / "raw"), tmp_path / "set", Signals(), SMALL)
    assert not report.made and [clip.name for clip in report.failed] == ["still_fog"]


def test_stills_can_be_left_out(tmp_path: Path) -> None:
    write_image(tmp_path / "raw/stills/tea.png", still(200, 200)[0])
    report = build(read_raw(tmp_path / "raw"), tmp_path / "set", Signals(), BuildOptions(((64, 64),), still_ways=0))
    assert not report.made and not report.failed


def test_entries_name_files_of_the_data_set_alone(raw: Path, tmp_path: Path) -> None:
    build(read_raw(raw), tmp_path / "set", Signals(), SMALL)
    shutil.rmtree(raw)
    (tmp_path / "set").rename(tmp_path / "moved")
    rows = (tmp_path / "moved/manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(not Path(json.loads(row)["clip"]).is_absolute() for row in rows)
    assert len(open_clips(read_listing(tmp_path / "moved"), TRAINED)) == 3
