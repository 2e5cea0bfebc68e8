"""``anchorcrafter controls``: pose, hand and product clips made from a driving clip and fitted to a person."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
from torch import Tensor

from ..controls.assemble import Framing
from ..controls.boxes import silhouette_of
from ..controls.detect.dwpose import PoseDetector
from ..controls.detect.smoothing import OneEuro
from ..controls.follow_person import RULES, PersonRule
from ..controls.key_points import LARGEST_SHARE, read_poses
from ..controls.path.path_text import parse_path
from ..controls.retarget.fits import FITS
from ..controls.tracking.sight import FirstSight
from ..errors import ControlError, OptionError
from ..footage.bundle import load_motion, save_motion
from ..footage.fit import PlacedProduct, fit_motion
from ..footage.footage import Footage, footage_of
from ..footage.given import Given, Instruments
from ..footage.hand_source import hand_pictures
from ..footage.instruments import InstrumentFolders, find_dwpose, open_instruments
from ..footage.look import Looked, PoseOptions, look_at
from ..footage.person import Person, frame_person
from ..footage.report import report_on
from ..footage.write import write_controls
from ..generation.case import Listener
from ..generation.config import ProductInput
from ..generation.driving import read_person_pose
from ..generation.inputs import product_views
from ..media.frame_store import FrameStore
from ..media.images import as_array, read_image, read_rgb
from ..media.resize import PUBLISHED_AREA, fitting_size
from ..media.video import probe, read_frames
from ..models.object_nets import MIDDLE_VIEW
from ..types import Compute, find_device, parse_size, require
from .command import Arguments, Command

BUNDLE = "motion.safetensors"
RIVALS = (
    ("product_mask", "product_box"),
    ("track", "product_box"),
    *(("path", way) for way in ("product_box", "product_mask", "track")),
    ("pose", "key_points"),
)
"""Options of which one would go unheard."""
OF_A_CLIP = ("key_points", "pose", "hand", "track", "product_box", "product_mask", "depth", "depth_model", "segmenter")
"""Options that say how a clip is looked at; a bundle was looked at already."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", type=Path, metavar="CLIP", help=f"driving clip, or a {BUNDLE} made from one")
    parser.add_argument("--person", type=Path, required=True, metavar="PICTURE", help="photo of the person")
    parser.add_argument("--out", type=Path, default=Path("out/controls"), metavar="DIR", help="(%(default)s)")
    parser.add_argument("--align", choices=tuple(FITS), default="similarity", help="fit to the person (%(default)s)")
    parser.add_argument("--size", metavar="WxH", help="multiples of 64; left out, it follows the person's photo")
    parser.add_argument("--stride", type=int, default=2, help="every so many frames one is used (%(default)s)")
    parser.add_argument("--frames", type=int, help="use at most so many frames")
    _add_pose(parser.add_argument_group("pose"))
    _add_product(parser.add_argument_group("product"))
    parser.add_argument("--hand", type=Path, metavar="FILE", help="rendered hands on black, or meshes of "
                        "HaMeR or WiLoR (.npz, folder of .obj); else hands are drawn from the key points")  # fmt: skip


def _add_pose(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="where DWPose lies (models)")
    group.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, mps (%(default)s)")
    group.add_argument("--key-points", type=Path, metavar="FILE", help="of the clip, in place of detection")
    group.add_argument("--person-key-points", type=Path, metavar="FILE", help="of the photo, in place of detection")
    group.add_argument("--pose", type=Path, metavar="CLIP", help="drawn skeletons (blue first), in place of both")
    group.add_argument("--who", default="main", metavar="RULE", help=f"{', '.join(RULES)}, or 1, 2, ... from the left")
    group.add_argument("--gap", type=int, default=8, metavar="FRAMES", help="fill gaps up to this (%(default)s)")
    group.add_argument("--smooth", action="store_true", help="smooth the key points (One-Euro filter)")


def _add_product(group: argparse._ArgumentGroup) -> None:
    views = "one to three photos of it: left, front, right"
    group.add_argument("--product", type=Path, nargs="+", metavar="PICTURE", help=views)
    group.add_argument(
        "--product-box", metavar="X0,Y0,X1,Y1[@FRAME]", help="where it is; from there it is followed. Numbers up to "
        f"{LARGEST_SHARE:g} are shares of the sides, larger ones pixels"
    )
    group.add_argument("--product-mask", type=Path, metavar="FILE", help="white where it is: a picture of the first "
                       "frame, from which it is followed, or a clip of all frames")  # fmt: skip
    group.add_argument("--track", type=Path, metavar="CLIP", help="its depth on black, near is bright")
    group.add_argument("--depth", type=Path, metavar="CLIP", help="depth of the whole clip, near is bright")
    group.add_argument("--depth-model", type=Path, metavar="DIR", help="Depth Anything, makes the depth")
    group.add_argument("--segmenter", type=Path, metavar="DIR", help="SAM 2, follows the product in place of OpenCV")
    group.add_argument("--path", type=Path, metavar="FILE.json", help="a path on the person's photo, without footage")


def _run(arguments: Arguments, listener: Listener) -> None:
    _require_one_way(arguments)
    store = FrameStore()
    views = None if arguments.product is None else product_views(ProductInput(tuple(arguments.product)))
    placed = None if arguments.path is None else _placed(arguments.path, views)
    instruments = _instruments(arguments)
    person = _person(arguments, instruments.detector)
    looked = _looked(arguments, listener, instruments, views, store)
    framing = Framing(*person.picture.shape[-2:], fit=FITS[arguments.align], store=store)
    if not _is_bundle(arguments.clip):
        save_motion(arguments.out / BUNDLE, looked.motion, looked.as_json())
    controls = fit_motion(looked.motion, person.pose, framing, placed)
    report = report_on(controls, looked.as_json(), looked.warnings())
    write_controls(arguments.out, controls, report, person)
    for warning in report.warnings:
        listener.say(f"Look here: {warning}")
    listener.say(f"Wrote {controls.frames - 1} frames to {arguments.out}. See report.png first.")


def _require_one_way(arguments: Arguments) -> None:
    """Raise OptionError where an option that was given would go unheard."""
    for pair in RIVALS:
        both = all(getattr(arguments, name) is not None for name in pair)
        require(not both, OptionError, " and ".join(map(_option, pair)), "one of them", "Leave one out.")
    unheard = [_option(name) for name in OF_A_CLIP if _is_bundle(arguments.clip) and getattr(arguments, name)]
    words = (f"{', '.join(unheard)} beside {arguments.clip.name}, which was looked at already", "a driving clip")
    require(not unheard, OptionError, *words, "Give the clip itself, or leave that out.")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_bundle(path: Path) -> bool:
    return path.suffix.lower() == ".safetensors"


def _instruments(arguments: Arguments) -> Instruments:
    """DWPose where it is found (its absence is told when somebody misses it), and the networks that were named."""
    folders = InstrumentFolders(find_dwpose([arguments.models]), arguments.segmenter, arguments.depth_model)
    return open_instruments(folders, Compute(find_device(arguments.device)))


def _person(arguments: Arguments, detector: PoseDetector | None) -> Person:
    picture = read_rgb(arguments.person)
    whole = picture.shape[-2], picture.shape[-1]
    size = parse_size(arguments.size) if arguments.size else fitting_size(*whole, min(math.prod(whole), PUBLISHED_AREA))
    known = arguments.person_key_points
    can_fit = known is not None or detector is not None or arguments.align == "none"
    remedy = "Fetch the detector (anchorcrafter models --download dwpose), give --person-key-points, or --align none."
    require(can_fit, ControlError, f"no pose detector for {arguments.person}", "the pose of the person", remedy)
    return frame_person(picture, size, None if known is None else read_person_pose(known, whole), detector)


def _looked(
    arguments: Arguments,
    listener: Listener,
    instruments: Instruments,
    views: Tensor | None,
    store: FrameStore,
) -> Looked:
    """The motion of a bundle, or of a clip that is looked at."""
    if _is_bundle(arguments.clip):
        motion = load_motion(arguments.clip)
        return Looked(motion if arguments.frames is None else motion.first(arguments.frames))
    footage = footage_of(arguments.clip, arguments.stride, arguments.frames)
    given = _given(arguments, footage)
    if views is not None:
        given = replace(given, views=[as_array(view) for view in views])
    options = PoseOptions(parse_who(arguments.who), arguments.gap, OneEuro() if arguments.smooth else None)
    return look_at(footage, given, instruments, options, store, listener.progress)


def _given(arguments: Arguments, footage: Footage) -> Given:
    def frames(path: Path | None) -> Iterator[np.ndarray] | None:
        return None if path is None else used_frames(path, footage)

    mask = arguments.product_mask
    is_clip = mask is not None and mask.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp", ".bmp")
    whole_masks = (frame.max(axis=-1) > 127 for frame in frames(mask) or ()) if is_clip else None
    poses = None
    if arguments.key_points is not None:
        poses = read_poses(arguments.key_points, footage.size)[:: arguments.stride][: arguments.frames]
    return Given(
        poses=poses,
        pose_clip=frames(arguments.pose),
        hand=None if arguments.hand is None else hand_pictures(arguments.hand, footage),
        track=frames(arguments.track),
        object_mask=whole_masks,
        first=_first_sight(arguments, footage) if not is_clip else None,
        depth=frames(arguments.depth),
    )


def used_frames(path: Path, footage: Footage) -> Iterator[np.ndarray]:
    """The used frames of a clip beside the driving clip, uint8 [h,w,3].

    A clip with just as many frames as are used, such as one that this command wrote, is taken whole.

    Args:
        path: a video.
        footage: the driving clip.

    Raises:
        MediaError: it cannot be read.
    """
    stride = 1 if probe(path).frames == footage.frames else footage.stride
    return read_frames(path, stride, footage.frames)


def _first_sight(arguments: Arguments, footage: Footage) -> FirstSight | None:
    """The product in one frame, as a box or a mask."""
    if arguments.product_mask is not None:
        mask = read_image(arguments.product_mask)[..., :3].max(axis=-1) > 127
        return FirstSight(mask=mask)
    return None if arguments.product_box is None else parse_sight(arguments.product_box, footage.size)


def parse_sight(text: str, size: tuple[int, int]) -> FirstSight:
    """``X0,Y0,X1,Y1`` or ``X0,Y0,X1,Y1@FRAME``, in pixels, or in shares of the sides when none exceeds 2.

    Args:
        text: what the user typed.
        size: (height, width) of the clip.

    Raises:
        OptionError: another form.
    """
    numbers, _, frame = text.partition("@")
    words = (f"the product box {text!r}", "X0,Y0,X1,Y1 or X0,Y0,X1,Y1@FRAME", "For example 420,800,700,1230@0.")
    fits = re.fullmatch(r"\s*-?[\d.]+(\s*,\s*-?[\d.]+){3}\s*", numbers) and re.fullmatch(r"\d*", frame.strip())
    require(bool(fits), OptionError, *words)
    try:
        box = np.array([float(number) for number in numbers.split(",")])
    except ValueError as error:
        raise OptionError(*words) from error
    height, width = size
    is_share = np.abs(box).max() <= LARGEST_SHARE
    return FirstSight(box * (width, height, width, height) if is_share else box, frame=int(frame or 0))


def parse_who(text: str) -> PersonRule | int:
    """A rule by its name, or a person's number from the left; raises OptionError."""
    for rule in get_args(PersonRule):
        if text == rule:
            return rule
    words = (f"--who {text}", f"{', '.join(RULES)}, or 1, 2, ...", "Choose one of them.")
    require(text.isdecimal() and int(text) >= 1, OptionError, *words)
    return int(text)


def _placed(path: Path, views: Tensor | None) -> PlacedProduct:
    if views is None:
        raise OptionError("--path without --product", "the photo whose outline is drawn", "Give --product.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ControlError(f"{path} ({error})", "a path as JSON", "Check the name, or export it again.") from error
    return PlacedProduct(parse_path(text), silhouette_of(views[MIDDLE_VIEW]))


COMMAND = Command(
    "controls",
    "Make pose, hand and product clips of a driving clip, fitted to a person, with a report to look at.",
    "  anchorcrafter models --download dwpose   (once: the pose detector, 350 MB)\n"
    "  anchorcrafter controls clip.mp4 --person anna.jpg --product toy.jpg --product-box 420,800,700,1230\n"
    "  anchorcrafter controls clip.mp4 --person anna.jpg --product toy.jpg --path path.json   (no footage of it)\n"
    "  anchorcrafter controls out/controls/motion.safetensors --person ben.jpg   (the same motion, somebody else)",
    _add_arguments,
    _run,
)
