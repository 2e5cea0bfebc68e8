"""``anchorcrafter dataset``: what a data set holds, and data sets made of raw clips and stills."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ..controls.assemble import Framing
from ..controls.detect.dwpose import PoseDetector, load_dwpose
from ..controls.retarget.fits import FITS
from ..controls.tracking.sight import FirstSight
from ..errors import LoadError, MediaError
from ..footage.fit import fit_motion
from ..footage.footage import footage_of
from ..footage.given import Given, Instruments
from ..footage.look import look_at
from ..footage.person import frame_person
from ..generation.case import Listener
from ..loading.catalog import find_entry, survey
from ..media.images import on_black, read_image, read_rgb
from ..media.sole_run import sole_run
from ..media.video import require_media
from ..training.data.build import BuildReport, build
from ..training.data.check import ClipReport, as_skipped, check, in_words, read_listing, summary
from ..training.data.clip_dataset import ClipOptions
from ..training.data.material import BuildOptions, MakeControls
from ..training.data.people import write_skeletons
from ..training.data.raw import RawMaterial, read_raw
from ..types import ControlSignals, parse_size
from .command import Arguments, Command


def _add_dataset(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_check(actions.add_parser("check", help="say what a data set holds and what training would skip"))
    _add_build(actions.add_parser("build", help="make a data set of raw clips and stills"))
    _add_people(actions.add_parser("people", help="find the skeletons of person pictures in the published folders"))


def _add_size(parser: argparse.ArgumentParser) -> None:
    words = "size to train at, sides in multiples of 64 (576x1024); may repeat, each clip goes to the nearest aspect"
    parser.add_argument("--size", action="append", metavar="WxH", help=words)


def _add_detector(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="where DWPose lies (models)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, mps (%(default)s)")


def _sizes(arguments: Arguments) -> tuple[tuple[int, int], ...]:
    return tuple(parse_size(text) for text in arguments.size or ["576x1024"])


def _add_check(parser: argparse.ArgumentParser) -> None:
    defaults = ClipOptions()
    parser.description = "Look at every clip. Exit code 0: all of them can be trained on; 1: some would be skipped."
    parser.add_argument("path", type=Path, help="a manifest (.jsonl), a folder with one, or the published folders")
    _add_size(parser)
    parser.add_argument("--frames", type=int, default=defaults.frames, help="frames to be learned (%(default)s)")
    parser.add_argument("--stride", type=int, default=defaults.stride, help="every how manyth frame (%(default)s)")
    parser.add_argument("--shrink", action="store_true", help="take short clips with fewer frames")
    parser.add_argument("--decode", action="store_true", help="decode every frame: slow, finds damage inside files")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.set_defaults(act=_check)


def _check(arguments: Arguments, listener: Listener) -> None:
    short = "shrink" if arguments.shrink else "skip"
    options = ClipOptions(_sizes(arguments), arguments.frames, arguments.stride, short)
    reports = check(read_listing(arguments.path), options, arguments.decode, listener.progress)
    for line in [as_json(reports)] if arguments.json else in_words(reports):
        listener.say(line)
    lost = as_skipped(reports)
    require_media(
        len(reports) > 0, f"no clip in {arguments.path}", "at least one", "Add clips, or choose another folder."
    )
    if lost:
        found = f"{len(lost)} of {len(reports)} clips of {arguments.path} that training would skip"
        raise MediaError(found, "only clips that can be used", "See the reasons above; training goes on without them.")


def as_json(reports: list[ClipReport]) -> str:
    """The reports for programs: ``summary``, and one object per clip under ``clips``."""
    clips = [report.as_json() for report in reports]
    return json.dumps({"summary": summary(reports), "clips": clips}, ensure_ascii=False, indent=1)


def _add_build(parser: argparse.ArgumentParser) -> None:
    defaults = BuildOptions()
    parser.description = "Find the control signals of raw clips and move a camera over stills. Run it again to go on."
    parser.add_argument("raw", type=Path, help="folder with clips/, people/, products/, boxes/, stills/")
    parser.add_argument("out", type=Path, help="folder of the data set; its manifest.jsonl grows")
    _add_size(parser)
    _add_detector(parser)
    ways, frames = defaults.still_ways, defaults.still_frames
    parser.add_argument("--still-frames", type=int, default=frames, help="length of a pseudo-video (%(default)s)")
    parser.add_argument("--still-ways", type=int, default=ways, help="pseudo-videos per still (%(default)s)")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of the camera's ways (%(default)s)")
    parser.set_defaults(act=_build)


def _build(arguments: Arguments, listener: Listener) -> None:
    options = BuildOptions(
        _sizes(arguments), arguments.still_frames, still_ways=arguments.still_ways, seed=arguments.seed
    )
    raw = read_raw(arguments.raw)
    with sole_run(arguments.out / ".build"):
        report = build(raw, arguments.out, _maker(raw, arguments), options, listener.progress)
    for line in _told(report):
        listener.say(line)
    if report.failed:
        found = f"{len(report.failed)} entries that could not be made"
        raise MediaError(found, "usable raw material", "See the reasons above, mend it and run the same again.")


def _told(report: BuildReport) -> list[str]:
    """What was made, kept, passed over, and what to look at."""
    lines = [f"{len(report.made)} entries made, {len(report.kept)} were there already."]
    lines += [f"look at {note}" for note in report.notes]
    return lines + [f"failed {clip.name}: {clip.reason}" for clip in report.failed]


def _maker(raw: RawMaterial, arguments: Arguments) -> MakeControls:
    """Finds the signals of clips; stills alone need no detector."""
    if all(item.is_still for item in raw.items):
        return _nothing_to_make
    try:
        return signal_maker(_detector(arguments))
    except LoadError as error:
        if not any(item.is_still for item in raw.items):
            raise
        return _refuse_clips(error)


def _refuse_clips(reason: LoadError) -> MakeControls:
    """Stills are made all the same; every clip is passed over for this reason."""

    def make(clip: Path, person: Path, views: Sequence[Path], first: FirstSight | None, /) -> ControlSignals:
        raise LoadError(reason.found, reason.expected, reason.remedy)

    return make


def _nothing_to_make(clip: Path, person: Path, views: Sequence[Path], first: FirstSight | None, /) -> ControlSignals:
    raise MediaError(f"the clip {clip}", "stills alone", "Run it again.")


def signal_maker(detector: PoseDetector) -> MakeControls:
    """Pose, hands and product of clips where they show them.

    Args:
        detector: finds people.
    """

    def make(clip: Path, person: Path, views: Sequence[Path], first: FirstSight | None, /) -> ControlSignals:
        picture = read_rgb(person)
        size = picture.shape[-2], picture.shape[-1]
        given = Given(first=first, views=[on_black(read_image(view)) for view in views])
        looked = look_at(footage_of(clip, stride=1), given, Instruments(detector))
        pose = frame_person(picture, size, detector=detector).pose
        return fit_motion(looked.motion, pose, Framing(*size, fit=FITS["none"]))

    return make


def _detector(arguments: Arguments) -> PoseDetector:
    """DWPose; raises LoadError where it is missing."""
    entry = find_entry("dwpose")
    rows = survey([arguments.models], [] if entry is None else [entry])
    if not rows or rows[0].found is None:
        remedy = f"Run: anchorcrafter models --dir {arguments.models} --download dwpose."
        raise LoadError(f"no DWPose in {arguments.models}", "yolox_l.onnx and dw-ll_ucoco_384.onnx", remedy)
    folder = rows[0].found
    return load_dwpose(folder / "yolox_l.onnx", folder / "dw-ll_ucoco_384.onnx", arguments.device)


def _add_people(parser: argparse.ArgumentParser) -> None:
    parser.description = "Training shows the person's skeleton in frame 0. Find it once for every person picture."
    parser.add_argument("path", type=Path, help="a folder in the published layout")
    _add_detector(parser)
    parser.set_defaults(act=_people)


def _people(arguments: Arguments, listener: Listener) -> None:
    listing = read_listing(arguments.path)
    written, failed = write_skeletons(listing.clips, _detector(arguments), listener.progress)
    listener.say(f"{len(written)} skeletons written.")
    for person in failed:
        listener.say(f"failed {person.name}: {person.reason}")
    if failed:
        found = f"{len(failed)} person pictures without a skeleton"
        raise MediaError(found, "one person in each", "Give other pictures, or key points of your own.")


def _dataset(arguments: Arguments, listener: Listener) -> None:
    arguments.act(arguments, listener)


COMMAND = Command(
    "dataset",
    "Check a data set for training, or make one of raw clips and stills.",
    "  anchorcrafter dataset check my_clips\n"
    "  anchorcrafter dataset check my_clips/manifest.jsonl --size 192x320 --decode --json\n"
    "  anchorcrafter dataset build raw my_clips --size 576x1024\n"
    "  anchorcrafter dataset people my_clips",
    _add_dataset,
    _dataset,
)
