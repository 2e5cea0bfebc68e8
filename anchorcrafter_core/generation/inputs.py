"""The files of a case as tensors: person picture, product views, control signals, all in the frame's size."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..conditioning.cutout import cut_out
from ..conditioning.pixels import complete_views
from ..controls.align import cropped_pose
from ..controls.key_points import largest_person
from ..controls.ready import nobody
from ..media.frame_store import FrameStore
from ..media.images import as_tensor, on_black, read_image, read_rgb
from ..media.resize import cover_and_crop, fitting_size
from ..types import ControlSignals, ModelSpec, Pose, parse_size
from .config import PersonInput, ProductInput
from .driving import Target, read_controls, read_person_pose
from .job import Job

CLIP_MEMORY = 64 * 2**20
"""Bytes that each control clip may take in memory; longer ones are mapped from the work folder."""

logger = logging.getLogger(__name__)

Size = tuple[int, int]


@dataclass(frozen=True)
class CaseInputs:
    """What a case starts from.

    Attributes:
        person: uint8 [3,H,W] RGB, the person picture cut to the frame.
        views: uint8 [3,3,518,518] RGB, product views on black.
        controls: pose, hand and track; frame 0 belongs to the person picture.
    """

    person: Tensor
    views: Tensor
    controls: ControlSignals


def read_inputs(job: Job, spec: ModelSpec, pixels: int, folder: Path) -> CaseInputs:
    """Read and fit everything.

    Args:
        job: the case.
        spec: the model's family, for the colours of its skeletons.
        pixels: area of the frame where the case states no size.
        folder: for frames that are too many for the memory.

    Raises:
        MediaError, ControlError, ConditionError: a file cannot be read, or does not fit.
    """
    picture = read_rgb(job.person.picture)
    picture_size = picture.shape[-2], picture.shape[-1]
    size = parse_size(job.size) if job.size else fitting_size(*picture_size, pixels)
    views = product_views(job.product)
    target = Target(
        size=size,
        pose=person_pose(job.person, picture_size, size),
        views=views,
        colors=spec.skeleton_colors,
        store=FrameStore(CLIP_MEMORY, folder),
    )
    return CaseInputs(cover_and_crop(picture, *size), views, read_controls(job.motion, target))


def product_views(product: ProductInput) -> Tensor:
    """The three views uint8 [3,3,518,518] of a product; doubtful cut-outs are logged.

    Raises:
        MediaError, ConditionError: a picture cannot be read, or there are more than three.
    """
    read = cut_picture if product.cutout == "auto" else uncut_picture
    return complete_views([read(path) for path in product.pictures])


def cut_picture(path: Path) -> Tensor:
    """The product of a photo on black, uint8 [3,H,W]."""
    cutout = cut_out(read_image(path))
    if cutout.warning:
        logger.warning("%s: %s", path, cutout.warning)
    return cutout.picture


def uncut_picture(path: Path) -> Tensor:
    """A photo as it is, uint8 [3,H,W]."""
    return as_tensor(on_black(read_image(path)))


def person_pose(person: PersonInput, picture_size: Size, size: Size) -> Pose:
    """The pose of the person in the frame, or nobody's where no key points are given."""
    if person.key_points is None:
        logger.warning(
            "%s has no key_points: frame 0 is drawn without a skeleton, and a motion cannot be aligned to it.",
            person.picture.name,
        )
        return nobody()
    return cropped_pose(largest_person(read_person_pose(person.key_points, picture_size)), picture_size, size)
