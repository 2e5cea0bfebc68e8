"""The configuration of an evaluation: YAML below, the command line on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation.config import EvaluationConfig, config_of


def written(folder: Path, text: str) -> Path:
    (folder / "e.yaml").write_text(text, encoding="utf-8")
    return folder / "e.yaml"


def test_paths_in_the_file_start_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "i.pt").write_bytes(b"x")
    text = "generated: made\ntruth: gt\nscores: [psnr, ssim]\nnetworks: {inception: nets/i.pt, lpips: alex}\n"
    config = config_of(written(tmp_path, text), {})
    assert config.generated == tmp_path / "made" and config.truth == tmp_path / "gt"
    assert config.scores == ("psnr", "ssim")
    assert config.networks == {"inception": str(tmp_path / "nets" / "i.pt"), "lpips": "alex"}
    assert config.places.generated == config.generated and config.places.people is None


def test_the_command_line_is_on_top(tmp_path: Path) -> None:
    file = written(tmp_path, "generated: made\ndevice: cuda\n")
    config = config_of(file, {"device": "cpu", "generated": Path("other"), "plots": False})
    assert (config.device, config.generated, config.plots) == ("cpu", Path("other"), False)
    assert config_of(written(tmp_path, "truth: gt\n"), {"generated": Path("g")}).truth == tmp_path / "gt"


def test_without_a_file_the_command_line_is_enough() -> None:
    assert config_of(None, {"generated": Path("g")}) == EvaluationConfig(Path("g"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("generated: made\nscore: [psnr]\n", "Did you mean 'scores'"),
        ("truth: gt\n", "without generated"),
        ("generated: made\nplots: perhaps\n", "plots"),
        ("- generated\n", "names with values"),
    ],
)
def test_mistakes_in_the_file_are_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=words):
        config_of(written(tmp_path, text), {})


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(OptionError, match="nothing to score"):
        config_of(None, {})


def test_the_example_is_read_without_complaint() -> None:
    example = Path(__file__).parents[2] / "configs" / "evaluate.yaml"
    config = config_of(example, {})
    assert config.generated.name == "examples" and config.truth_stride == 1
    text = example.read_text(encoding="utf-8")
    offered = {
        line.lstrip("# ").split(":")[0] for line in text.splitlines() if line.lstrip("# ").split(":")[0].isidentifier()
    }
    assert set(EvaluationConfig.__dataclass_fields__) <= offered
