"""What one run is made of, as a person writes it into a YAML file: model, persons, products, motions, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import OptionError
from ..loading.choice import BUILT_IN, ModelChoice
from ..media.schema import build, read_yaml, word_or_path
from ..types import SamplingOptions, Strengths, parse_size, require

AUDIO_WORDS = ("driving", "none")
_UNSAFE_NAME = re.compile(
    r'[<>:"/\\|?*\x00-\x1f]|^[. ]|[. ]$|^$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.part$', re.IGNORECASE
)
"""What Windows or Linux refuse in a file name, and the ending of unfinished files."""
_RATES = 0.1, 1000.0
"""Frames per second that a result may have."""

AlignName = Literal["none", "global", "similarity", "per-bone"]
PrecisionName = Literal["auto", "fp32", "fp16", "bf16"]
VaePrecisionName = Literal["fp32", "fp16", "bf16"]
CutoutName = Literal["auto", "none"]


@dataclass(frozen=True)
class ComputeInput:
    """Where and in which number format the networks run.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        precision: of UNet and encoders; ``auto`` is fp16 on a CUDA device, else fp32.
        vae: of the VAE; fp16 halves the memory of decoding.
    """

    device: str = "auto"
    precision: PrecisionName = "auto"
    vae: VaePrecisionName = "fp32"


@dataclass(frozen=True)
class PersonInput:
    """One person.

    Attributes:
        picture: photo of the person.
        key_points: file with the pose of the person in that photo; frame 0 of the pose clip is drawn from it.
    """

    picture: Path
    key_points: Path | None = None


@dataclass(frozen=True)
class ProductInput:
    """One product.

    Attributes:
        pictures: one to three photos (the second is the main view), or a folder that holds them.
        cutout: ``auto`` puts a product on a plain ground, or with transparency, on black; ``none`` takes it as it is.
    """

    pictures: tuple[Path, ...]
    cutout: CutoutName = "auto"


@dataclass(frozen=True)
class MotionInput:
    """One motion; every clip shows the same frames of the same driving video.

    Attributes:
        bundle: what ``anchorcrafter controls`` kept of a driving clip, in place of all clips and key points.
        pose: clip of drawn skeletons; or give ``key_points``.
        key_points: file of key points (OpenPose, DWPose, COCO, annotations), or folder of one file per frame.
        hand: clip of rendered hands on black; without it hands are black.
        track: clip of the product's depth on black; or give ``boxes``.
        boxes: file of product boxes per key frame, from which a track is drawn.
        video: the driving video, for its frame rate, size and sound.
        align: how the clips are fitted to the person: ``none`` leaves them where they are, ``global`` scales and shifts
            them as published, ``similarity`` does so without distortion, ``per-bone`` gives the skeleton the
            person's bone lengths.
        audio: ``driving`` takes the sound of ``video``, ``none`` none, anything else is the path of a file with sound.
        stride: every ``stride``-th frame is used, >= 1.
        frames: frames of the result at most; without it as many as there are.
        source_fps: frames per second of the clips; without it what the files say.
    """

    bundle: Path | None = None
    pose: Path | None = None
    key_points: Path | None = None
    hand: Path | None = None
    track: Path | None = None
    boxes: Path | None = None
    video: Path | None = None
    align: AlignName = "none"
    audio: str = "driving"
    stride: int = 2
    frames: int | None = None
    source_fps: float | None = None

    def __post_init__(self) -> None:
        ways = self.bundle, self.pose, self.key_points
        self._require(sum(way is not None for way in ways) == 1, "bundle, pose, key_points", "exactly one of them")
        others = self.hand, self.track, self.boxes
        is_alone = self.bundle is None or all(clip is None for clip in others)
        self._require(is_alone, "hand, track or boxes beside a bundle", "the bundle alone")
        self._require(self.track is None or self.boxes is None, "track and boxes", "at most one of them")
        self._require(self.stride >= 1, f"stride = {self.stride}", ">= 1")
        self._require(self.frames is None or self.frames >= 1, f"frames = {self.frames}", ">= 1")
        slowest, fastest = _RATES
        is_rate = self.source_fps is None or slowest <= self.source_fps <= fastest
        self._require(is_rate, f"source_fps = {self.source_fps}", f"{slowest:g} ... {fastest:g}")

    @staticmethod
    def _require(holds: bool, found: str, expected: str) -> None:
        require(holds, OptionError, f"{found} in a motion", expected, "Change that motion.")


@dataclass(frozen=True)
class CaseName:
    """Which person shows which product in which motion.

    Attributes:
        person: name under ``persons``.
        product: name under ``products``.
        motion: name under ``motions``.
        name: of the result; without it the three names joined by hyphens.
    """

    person: str
    product: str
    motion: str
    name: str | None = None

    def __str__(self) -> str:
        return self.name or f"{self.person}-{self.product}-{self.motion}"


@dataclass(frozen=True)
class OutputSettings:
    """How results are written.

    Attributes:
        folder: where results go; without it ``out`` beside the file.
        fps: frames per second of the result; without it source fps / stride, the speed of the driving video.
        crf: quality of the H.264 file, 0 (lossless) ... 51.
    """

    folder: Path = Path("out")
    fps: float | None = None
    crf: int = 18

    def __post_init__(self) -> None:
        slowest, fastest = _RATES
        words = (f"output.fps = {self.fps}", f"{slowest:g} ... {fastest:g}", "Leave it out for the driving speed.")
        require(self.fps is None or slowest <= self.fps <= fastest, OptionError, *words)
        require(0 <= self.crf <= 51, OptionError, f"output.crf = {self.crf}", "0 ... 51", "Choose for example 18.")


@dataclass(frozen=True)
class RunConfig:
    """One run: a model and its cases.

    Attributes:
        model: the model.
        persons: by name.
        products: by name.
        motions: by name.
        output: where and how results are written.
        cases: which combinations; empty means all of them.
        size: ``WIDTHxHEIGHT`` in multiples of 64; without it near each person picture's aspect and the model's area.
        sampling: fields of ``SamplingOptions``; what is left out is the model's own.
        strengths: how much each condition counts.
        compute: device and number formats.
    """

    model: ModelChoice
    persons: dict[str, PersonInput]
    products: dict[str, ProductInput]
    motions: dict[str, MotionInput]
    output: OutputSettings = field(default_factory=OutputSettings)
    cases: tuple[CaseName, ...] = ()
    size: str | None = None
    sampling: dict[str, Any] = field(default_factory=dict)
    strengths: Strengths = field(default_factory=Strengths)
    compute: ComputeInput = field(default_factory=ComputeInput)

    def __post_init__(self) -> None:
        for group, names in self._names():
            require(bool(names), OptionError, f"no {group}", "at least one", f"Add one below '{group}:'.")
        for name in (*self.persons, *self.products, *self.motions, *map(str, self.cases)):
            words = (f"the name {name!r}", "a word that can be part of a file name", "Rename it.")
            require(not _UNSAFE_NAME.search(name), OptionError, *words)
        if self.size is not None:
            parse_size(self.size)

    def _names(self) -> Iterable[tuple[str, Mapping[str, object]]]:
        return ("persons", self.persons), ("products", self.products), ("motions", self.motions)

    def chosen_cases(self) -> tuple[CaseName, ...]:
        """The cases of this run, in order.

        Raises:
            OptionError: a case names something that is not there, or two cases would share one file.
        """
        combined = (CaseName(p, q, m) for p in self.persons for q in self.products for m in self.motions)
        cases = self.cases or tuple(combined)
        for case in cases:
            for name, (group, names) in zip((case.person, case.product, case.motion), self._names(), strict=True):
                words = (f"a case with {name!r}", f"one of the {group}: {', '.join(names)}", "Correct the case.")
                require(name in names, OptionError, *words)
        files = [str(case).casefold() for case in cases]
        twice = next((str(case) for case in cases if files.count(str(case).casefold()) > 1), None)
        words = (f"two cases called {twice}", "names that differ, and not in capitals alone", "Rename one.")
        require(twice is None, OptionError, *words)
        return cases

    def options(self, defaults: SamplingOptions) -> SamplingOptions:
        """The model's own numbers with those of this run on top."""
        return replace(defaults, **self.sampling)


def read_config(path: Path) -> RunConfig:
    """The run that a YAML file describes; relative paths start from the file's folder.

    Raises:
        OptionError, ConditionError: unreadable, an unknown key (with the nearest known one), or a value that cannot be.
    """
    content, base = read_yaml(path), path.absolute().parent
    sampling = content.get("sampling", {})
    build(SamplingOptions, sampling, "sampling", base)
    config = build(RunConfig, {key: value for key, value in content.items() if key != "sampling"}, "the file", base)
    return replace(
        config,
        model=replace(config.model, anchor=word_or_path(config.model.anchor, (BUILT_IN,), "model.anchor", base)),
        motions={
            name: replace(motion, audio=word_or_path(motion.audio, AUDIO_WORDS, f"motions.{name}.audio", base))
            for name, motion in config.motions.items()
        },
        output=replace(config.output, folder=(base / config.output.folder).resolve()),
        sampling=dict(sampling),
    )
