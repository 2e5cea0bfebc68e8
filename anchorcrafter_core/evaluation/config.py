"""What an evaluation is told: places of files, scores, networks, what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..media.schema import as_mapping, build, read_yaml
from .pairs import Places

PLACES = tuple(Places.__dataclass_fields__)


@dataclass(frozen=True)
class EvaluationConfig:
    """One evaluation; the same words stand in a YAML file.

    Attributes:
        generated: the results: folder of videos or of folders of pictures, or a single file.
        truth: the true videos, of the same names.
        generated_masks: product masks of the results; without it the folder ``mask`` in ``generated``.
        truth_masks: product masks of the true videos; without it the folder ``mask`` in ``truth``.
        people: pictures of the persons; without it the folder ``human`` in ``truth``.
        generated_poses: key points of the results (JSON); without it the folder ``poses`` in ``generated``.
        truth_poses: key points of the true videos (JSON); without it the folder ``poses`` in ``truth``.
        truth_stride: every so many true frames one belongs to a generated frame.
        scores: names of scores; empty means all that are possible.
        weights: folders in which networks are looked for.
        networks: instrument to file, for networks that are not found by themselves.
        detector: folder with DWPose's two networks, which finds key points where no file gives them.
        device: auto, cpu, cuda, cuda:1, mps.
        folder: where the report goes.
        plots: whether curves are drawn (needs matplotlib).
        side_by_side: whether comparison videos are written.
    """

    generated: Path
    truth: Path | None = None
    generated_masks: Path | None = None
    truth_masks: Path | None = None
    people: Path | None = None
    generated_poses: Path | None = None
    truth_poses: Path | None = None
    truth_stride: int = 1
    scores: tuple[str, ...] = ()
    weights: tuple[Path, ...] = (Path("models"),)
    networks: dict[str, str] = field(default_factory=dict)
    detector: Path | None = None
    device: str = "auto"
    folder: Path = Path("out/scores")
    plots: bool = True
    side_by_side: bool = True

    @property
    def places(self) -> Places:
        """Where the clips and what belongs to them lie."""
        return Places(**{name: getattr(self, name) for name in PLACES})


def config_of(file: Path | None, spoken: Mapping[str, Any]) -> EvaluationConfig:
    """The configuration of a YAML file with what the command line says on top.

    Args:
        file: relative paths in it start from its folder; ``None`` for none.
        spoken: further values by field, ready-made.

    Raises:
        OptionError: an unknown key or a value of another type (which), or no ``generated``.
    """
    if file is None and "generated" not in spoken:
        raise OptionError("nothing to score", "a folder of videos", "Give --generated DIR, or a YAML file.")
    if file is None:
        return EvaluationConfig(**spoken)
    content, base = as_mapping(read_yaml(file), str(file)), file.parent
    given = {**content, **({"generated": str(spoken["generated"])} if "generated" in spoken else {})}
    made = build(EvaluationConfig, given, str(file), base)
    networks = {name: _beside(base, place) for name, place in made.networks.items()}
    own = {row: getattr(made, row) for row in EvaluationConfig.__dataclass_fields__}
    return EvaluationConfig(**{**own, "networks": networks, **spoken})


def _beside(base: Path, place: str) -> str:
    """A network's file, from the configuration's folder if it lies there."""
    return str(base / place) if (base / place).exists() else place
