"""Laws of the example files: they are read without complaint, and the first one runs on what the demo leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.evaluation.config import config_of
from anchorcrafter_core.generation.case import Listener
from anchorcrafter_core.generation.config import read_config
from anchorcrafter_core.generation.demo import write_scene
from anchorcrafter_core.generation.run import RunManner, generate
from anchorcrafter_core.training.config import read_train_config
from anchorcrafter_core.training.pretrain.config import read_pretrain_config
from anchorcrafter_core.types import SamplingOptions

EXAMPLES = Path(__file__).parent.parent / "configs"


OTHERS = ("builtin", "train", "finetune", "evaluate")
"""Beginnings of the names of files that other commands read; their own tests read them."""


@pytest.mark.parametrize(
    "name", sorted(path.name for path in EXAMPLES.glob("*.yaml") if not path.name.startswith(OTHERS))
)
def test_every_example_is_a_valid_configuration(name: str) -> None:
    config = read_config(EXAMPLES / name)
    assert config.chosen_cases()
    assert config.options(SamplingOptions()).steps > 1


def test_the_published_example_has_the_published_numbers() -> None:
    config = read_config(EXAMPLES / "published.yaml")
    assert config.options(SamplingOptions()) == SamplingOptions(plan="overlap")
    assert config.size == "576x1024"


READERS: dict[str, Callable[[Path], object]] = {
    "builtin_[125]_*": read_pretrain_config,
    "builtin_[34a]*": read_train_config,
    "train_*": read_train_config,
    "finetune_*": read_train_config,
    "evaluate*": lambda path: config_of(path, {}),
    "generate*": lambda path: read_config(path).options(SamplingOptions()),
    "published*": lambda path: read_config(path).options(SamplingOptions()),
}
OFFER = re.compile(r"^( *)# ( *)([a-z_]+):(?: .*)?$")
"""A setting behind a hash: how deep it stands, and how much deeper behind the hash."""


def _offers(text: str) -> Iterator[tuple[int, int]]:
    """First and behind-last line of every setting behind a hash, with the settings below it."""
    matches = [OFFER.match(line) for line in text.splitlines()]
    depths = [len(match[2]) if match else None for match in matches]
    for first in (number for number, depth in enumerate(depths) if depth == 0):
        yield first, next((n for n in range(first + 1, len(depths)) if not depths[n]), len(depths))


def _offered() -> list[tuple[str, int, int]]:
    files = sorted(EXAMPLES.glob("*.yaml"))
    return [(path.name, *offer) for path in files for offer in _offers(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_every_example_is_read_by_one_command(name: str) -> None:
    (reader,) = (reader for pattern, reader in READERS.items() if fnmatchcase(name, pattern))
    assert reader(EXAMPLES / name)


@pytest.mark.parametrize(("name", "first", "end"), _offered())
def test_a_setting_behind_a_hash_works_when_the_hash_is_taken_away(
    name: str, first: int, end: int, tmp_path: Path
) -> None:
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    taken = [OFFER.sub(lambda match: match[0].replace("# ", "", 1), line) for line in lines[first:end]]
    assert all("  " not in line.partition(" #")[0].strip() for line in taken), "an explanation without a hash"
    (tmp_path / name).write_text("\n".join([*lines[:first], *taken, *lines[end:]]), encoding="utf-8")
    (reader,) = (reader for pattern, reader in READERS.items() if fnmatchcase(name, pattern))
    assert reader(tmp_path / name)


def test_settings_behind_a_hash_are_found() -> None:
    text = "a: 1\n# b: 2  # why\n# c:\n#   d: 3\n#   e: 4\n  # f: 5\n# Prose: no setting.\n"
    assert list(_offers(text)) == [(1, 2), (2, 5), (5, 6)]
    assert {name for name, *_ in _offered()} >= {"generate.yaml", "published.yaml", "finetune_product.yaml"}


def test_the_first_example_runs_on_what_the_demo_leaves(tmp_path: Path) -> None:
    text = (EXAMPLES / "generate.yaml").read_text(encoding="utf-8")
    config = tmp_path / "examples" / "generate.yaml"
    for folder in (config.parent, tmp_path / "out" / "inputs"):
        folder.mkdir(parents=True)
    config.write_text(text.replace("192x320", "64x64").replace("steps: 8", "steps: 1"), encoding="utf-8")
    write_scene(SceneOptions(64, 64, 2), tmp_path / "out" / "inputs", Listener())
    videos = generate(read_config(config), RunManner(), Listener())
    assert [video.name for video in videos] == ["anna-box-clips.mp4", "anna-box-from-points.mp4"]
    assert all(video.is_file() for video in videos)
