"""Laws of ``anchorcrafter controls``: files to look at appear whole, and what would go unheard is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anchorcrafter_core.cli import main
from anchorcrafter_core.commands.controls import parse_sight, parse_who, used_frames
from anchorcrafter_core.controls.box_forms import product_boxes
from anchorcrafter_core.controls.key_points import LARGEST_SHARE
from anchorcrafter_core.controls.openpose import as_openpose
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.footage.footage import Footage
from anchorcrafter_core.media.video_writer import write_video
from tests.footage.clips import FRAMES, HEIGHT, WIDTH, SceneClip

WRITTEN = {
    *("pose.mp4", "hand.mp4", "track.mp4", "object_mask.mp4", "person.png", "person.json"),
    *("report.png", "report.json", "motion.safetensors", "motion.json"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A driving clip, a person, a product and their key points, under names with spaces and accents."""
    folder, scene = tmp_path_factory.mktemp("\u5f71 footage"), SceneClip()
    write_video(folder / "clip \u00e9.mp4", scene.images, 15)
    picture, pose = scene.person
    Image.fromarray(picture).save(folder / "person.png")
    Image.fromarray(scene.views[1]).save(folder / "product.png")
    points = [as_openpose(one, HEIGHT, WIDTH) for one in scene.poses]
    (folder / "points.json").write_text(json.dumps(points), encoding="utf-8")
    (folder / "person.json").write_text(json.dumps(as_openpose(pose, *picture.shape[:2])), encoding="utf-8")
    rows, columns = np.nonzero(scene.made[0].object_mask)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    (folder / "box.txt").write_text(",".join(map(str, box)), encoding="utf-8")
    return folder


def controls(files: Path, out: Path, *more: str, clip: Path | None = None) -> int:
    person = ["--person", str(files / "person.png"), "--person-key-points", str(files / "person.json")]
    places = ["--size", f"{WIDTH}x{HEIGHT}", "--stride", "1", "--out", str(out)]
    return main(["controls", str(clip or files / "clip \u00e9.mp4"), *person, *places, *more])


def of_the_clip(files: Path) -> list[str]:
    box = (files / "box.txt").read_text(encoding="utf-8")
    return ["--key-points", str(files / "points.json"), "--product-box", box]


def test_a_clip_becomes_controls_and_its_bundle_the_same_controls(files: Path, tmp_path: Path) -> None:
    assert controls(files, tmp_path / "one", *of_the_clip(files)) == 0
    assert {file.name for file in (tmp_path / "one").iterdir()} == WRITTEN
    again = tmp_path / "again"
    assert controls(files, again, clip=tmp_path / "one" / "motion.safetensors") == 0
    assert controls(files, again, "--frames", "0", clip=tmp_path / "one" / "motion.safetensors") == 1
    first, second = (json.loads((out / "report.json").read_text(encoding="utf-8")) for out in (tmp_path / "one", again))
    assert first["frames"] == FRAMES and first["coverage"] == second["coverage"]


def test_what_was_found_is_kept_even_where_it_fits_nobody(files: Path, tmp_path: Path) -> None:
    empty = tmp_path.parent / f"{tmp_path.name}.json"
    empty.write_text(json.dumps({"canvas_width": WIDTH, "canvas_height": HEIGHT, "people": []}), encoding="utf-8")
    person = ["--person", str(files / "person.png"), "--size", f"{WIDTH}x{HEIGHT}", "--stride", "1"]
    known = ["--person-key-points", str(empty)]
    words = ["controls", str(files / "clip \u00e9.mp4"), *person, *known, *of_the_clip(files), "--out", str(tmp_path)]
    assert main(words) == 1
    assert {file.name for file in tmp_path.iterdir()} == {"motion.safetensors", "motion.json"}
    words[1] = str(tmp_path / "motion.safetensors")
    assert main([word for word in words if word not in of_the_clip(files)] + ["--align", "none"]) == 0


def test_a_person_without_a_detector_is_refused_before_the_clip_is_looked_at(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["controls", str(files / "clip \u00e9.mp4"), "--person", str(files / "person.png"), "--stride", "1"]
    places = ["--out", str(tmp_path / "out"), "--models", str(tmp_path)]
    assert main([*words, *of_the_clip(files), *places]) == 1
    assert "no pose detector for" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--product-box", "1,2,30,40", "--product-mask", "m.png"], "--product-mask and --product-box"),
        (["--product-box", "1,2,30,40", "--track", "t.mp4"], "--track and --product-box"),
        (["--path", "p.json", "--product-box", "1,2,30,40"], "--path and --product-box"),
        (["--pose", "p.mp4", "--key-points", "k.json"], "--pose and --key-points"),
        (["--gap", "-1"], "-1 frames to fill"),
        (["--product-box", "1,2,30,40@99"], "frame 99 of the clip"),
    ],
)
def test_what_would_go_unheard_is_refused(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    points = [] if "--key-points" in more or "--pose" in more else ["--key-points", str(files / "points.json")]
    assert controls(files, tmp_path / "out", *points, *more) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_bundle_refuses_what_belongs_to_a_clip(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert controls(files, tmp_path / "out", *of_the_clip(files), clip=tmp_path / "motion.SAFETENSORS") == 1
    assert "--key-points, --product-box beside motion.SAFETENSORS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "box", "frame"),
    [
        ("0.1,0.2,0.5,1", [20, 20, 100, 100], 0),
        ("0.5,0.5,1.1,2", [100, 50, 220, 200], 0),
        ("-5,-5,-1,-1@3", [-5, -5, -1, -1], 3),
        ("1,2,3,4", [1, 2, 3, 4], 0),
    ],
)
def test_a_box_is_pixels_or_shares(text: str, box: list[float], frame: int) -> None:
    sight = parse_sight(text, (100, 200))
    assert sight.box is not None and sight.box.tolist() == pytest.approx(box) and sight.frame == frame


@pytest.mark.parametrize("largest", [LARGEST_SHARE, LARGEST_SHARE + 0.01])
def test_a_box_is_read_alike_on_the_command_line_and_in_a_file(largest: float) -> None:
    numbers = [0.5, 0.25, 1.0, largest]
    (row,) = product_boxes(numbers, 1, (100, 200)).boxes
    typed = parse_sight(",".join(map(str, numbers)), (100, 200)).box
    assert typed is not None
    np.testing.assert_allclose(typed, row * (200, 100, 200, 100))


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,3,4@x", "1.2.3,4,5,6", "1;2;3;4", "1,2,3,4@-1"])
def test_a_box_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="X0,Y0,X1,Y1"):
        parse_sight(text, (100, 200))


def test_a_person_is_a_rule_or_a_number() -> None:
    assert parse_who("main") == "main" and parse_who("2") == 2
    for text in ("0", "-1", "bob", ""):
        with pytest.raises(OptionError, match="--who"):
            parse_who(text)


def test_clips_of_the_used_frames_alone_are_taken_whole(tmp_path: Path) -> None:
    frames = [np.full((64, 64, 3), 40 * number, np.uint8) for number in range(4)]
    for name, count in (("whole", 4), ("used", 2)):
        write_video(tmp_path / f"{name}.mp4", frames[:count], 30)
    footage = Footage(lambda: iter(()), 2, (64, 64), stride=2)
    levels = {
        name: [round(frame.mean() / 40) for frame in used_frames(tmp_path / f"{name}.mp4", footage)]
        for name in ("whole", "used")
    }
    assert levels == {"whole": [0, 2], "used": [0, 1]}
