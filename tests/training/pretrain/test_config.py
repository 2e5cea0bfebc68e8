"""Laws of the built-in model's configurations: five stages, each on what the one before left, on equal scenes."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.schema import read_yaml
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY
from anchorcrafter_core.training.config import TrainConfig, read_train_config
from anchorcrafter_core.training.pretrain.config import (
    EncoderSettings,
    PretrainConfig,
    VaeSettings,
    read_pretrain_config,
)
from anchorcrafter_core.training.recipe import MODEL_FILE

CONFIGS = Path(__file__).parents[3] / "configs"


PRETRAINED = ("1_vae", "2_encoders", "5_decoder")
TRAINED = ("3_network", "4_all_frames")


def pretrained() -> list[PretrainConfig]:
    return [read_pretrain_config(CONFIGS / f"builtin_{name}.yaml") for name in PRETRAINED]


def trained() -> list[TrainConfig]:
    return [read_train_config(CONFIGS / f"builtin_{name}.yaml") for name in TRAINED]


def test_every_stage_begins_with_what_the_one_before_left() -> None:
    (first, second, last), (third, fourth) = pretrained(), trained()
    left = [(stage.folder / MODEL_FILE).resolve() for stage in (first, second, third, fourth)]
    assert first.base is None and second.base is not None and last.base is not None
    bases = [second.base, Path(third.model.anchor), Path(fourth.model.anchor), last.base]
    assert [base.resolve() for base in bases] == left
    assert [stage.learns for stage in (first, second, last)] == ["vae", "encoders", "vae"]


def test_crops_stand_where_single_frames_are_learned() -> None:
    """Of runs of frames every clip gives one square."""
    for name in PRETRAINED:
        content = read_yaml(CONFIGS / f"builtin_{name}.yaml")
        learns_single_frames = content.get("vae", {}).get("runs_from", VaeSettings().runs_from) > 0
        assert learns_single_frames or "crops" not in content["vae"]


def test_no_stage_moves_the_latents_that_a_network_was_made_for() -> None:
    assert [stage.vae.learned for stage in pretrained() if stage.learns == "vae"] == ["whole", "decoder"]


def test_all_stages_see_the_same_scenes() -> None:
    first, *others = (stage.data for stage in (*pretrained(), *trained()))
    assert all((data.scenes, data.sizes, data.frames) == (first.scenes, first.sizes, first.frames) for data in others)


def test_the_network_is_taught_what_generation_shows_and_tells() -> None:
    assert ANCHORCRAFTER_TINY.training_picture == ANCHORCRAFTER_TINY.object_picture
    assert ANCHORCRAFTER_TINY.training_fps == ANCHORCRAFTER_TINY.sampling.fps - 1
    for stage in (*trained(), read_train_config(CONFIGS / "train_builtin.yaml")):
        assert stage.loss.object_picture is None and stage.loss.fps is None


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        (VaeSettings, {"crop": 60}),
        (VaeSettings, {"run": 1}),
        (VaeSettings, {"crops": 0}),
        (VaeSettings, {"runs_from": 1.1}),
        (VaeSettings, {"squared": -1.0}),
        (VaeSettings, {"divergence": -1e-5}),
        (EncoderSettings, {"pictures": 1}),
        (EncoderSettings, {"temperature": 0.0}),
        (EncoderSettings, {"decode": -1.0}),
    ],
)
def test_numbers_that_cannot_be_are_refused(settings: type, numbers: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(numbers))):
        settings(**numbers)


def test_a_file_of_train_is_sent_there() -> None:
    with pytest.raises(OptionError, match="Run: anchorcrafter train FILE"):
        read_pretrain_config(CONFIGS / "train_builtin.yaml")


def test_folders_are_told_without_detours() -> None:
    assert all(".." not in config.folder.parts for config in [*pretrained(), *trained()])


def test_a_run_of_frames_fits_into_the_clips(tmp_path: Path) -> None:
    text = "learns: vae\nfolder: run\ndata: {scenes: {}, sizes: 192x320, frames: 2}\n"
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=r"vae.run = 4 with data.frames = 2"):
        read_pretrain_config(path)
    path.write_text(text.replace("frames: 2", "frames: 4") + "vae: {crop: 200}\n", encoding="utf-8")
    with pytest.raises(OptionError, match=r"vae.crop = 200 .* 192 at most"):
        read_pretrain_config(path)
    path.write_text(text.replace("learns: vae", "learns: encoders") + "encoders: {pictures: 4}\n", encoding="utf-8")
    with pytest.raises(OptionError, match=r"encoders.pictures = 4 .* 3 at most"):
        read_pretrain_config(path)
    path.write_text(text.replace("learns: vae", "learns: encoders"), encoding="utf-8")
    assert read_pretrain_config(path).learns == "encoders"
