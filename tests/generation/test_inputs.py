"""Laws of reading a case: everything in one size, product on black, the person's pose in the frame."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.errors import AnchorError, MediaError
from anchorcrafter_core.generation.config import PersonInput, ProductInput
from anchorcrafter_core.generation.inputs import person_pose, product_views, read_inputs
from anchorcrafter_core.generation.job import Job
from anchorcrafter_core.media.images import read_rgb, write_image
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY


def white_ground(folder: Path) -> Path:
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:60, 15:45] = (40, 90, 200)
    write_image(folder / "white.png", picture)
    return folder / "white.png"


def test_everything_has_the_size_of_the_frame(job: Job, tmp_path: Path) -> None:
    inputs = read_inputs(replace(job, size="128x64"), ANCHORCRAFTER_TINY, 1, tmp_path)
    assert inputs.person.shape == (3, 64, 128)
    assert inputs.controls.size == (64, 128)
    assert inputs.views.shape == (3, 3, 518, 518)
    assert inputs.controls.frames == 5


def test_without_a_size_the_frame_fits_the_picture(job: Job, tmp_path: Path) -> None:
    write_image(tmp_path / "wide.png", np.zeros((100, 205, 3), np.uint8))
    person = PersonInput(tmp_path / "wide.png", job.person.key_points)
    inputs = read_inputs(replace(job, size=None, person=person), ANCHORCRAFTER_TINY, 64 * 128, tmp_path)
    assert inputs.controls.size == (64, 128)


def test_the_picture_of_the_frames_size_is_taken_as_it_is(job: Job, tmp_path: Path) -> None:
    inputs = read_inputs(job, ANCHORCRAFTER_TINY, 1, tmp_path)
    assert torch.equal(inputs.person, read_rgb(job.person.picture))


def test_a_product_on_white_is_put_on_black_unless_told_otherwise(tmp_path: Path) -> None:
    pictures = (white_ground(tmp_path),)
    cut, uncut = (product_views(ProductInput(pictures, cutout)) for cutout in ("auto", "none"))
    assert int(cut[0, :, 60, 80].max()) < 30
    assert int(uncut[0, :, 60, 80].min()) > 225
    assert torch.equal(cut[0], cut[2])


def test_a_doubtful_cutout_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    write_image(tmp_path / "noise.png", noise)
    with caplog.at_level(logging.WARNING):
        product_views(ProductInput((tmp_path / "noise.png",)))
    assert "noise.png" in caplog.text


def test_the_pose_follows_the_crop(scene_files: Path) -> None:
    person = PersonInput(scene_files / "person.png", scene_files / "person.json")
    whole, wide = (person_pose(person, (64, 64), size) for size in ((64, 64), (64, 128)))
    assert np.allclose(wide.body[..., 0], whole.body[..., 0])
    assert np.allclose(wide.body[..., 1], whole.body[..., 1] * 2 - 0.5)


def test_without_key_points_there_is_nobody_and_a_warning(scene_files: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pose = person_pose(PersonInput(scene_files / "person.png"), (64, 64), (64, 64))
    assert pose.people == nobody().people == 0
    assert "without a skeleton" in caplog.text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_broken_pictures_are_named(job: Job, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"broken\.png"):
        read_inputs(replace(job, person=PersonInput(path)), ANCHORCRAFTER_TINY, 1, tmp_path)
    with pytest.raises(AnchorError, match=r"broken\.png"):
        product_views(ProductInput((path,)))
