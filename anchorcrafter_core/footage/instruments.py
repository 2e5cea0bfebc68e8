"""Instruments from local folders: pose detector, segmenter, depth model; nothing is downloaded here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..controls.detect.dwpose import DWPose, load_dwpose
from ..controls.tracking.depth_model import estimate_depth, load_depth_model
from ..controls.tracking.follow import follow_product
from ..controls.tracking.sam2 import follow_with_sam2, load_sam2
from ..controls.tracking.sight import FirstSight, ProductFrame, TrackingOptions
from ..loading.catalog import find_entry, survey
from ..types import Compute
from .given import Frames, Instruments, Tracker

DETECTOR, ESTIMATOR = "yolox_l.onnx", "dw-ll_ucoco_384.onnx"


@dataclass(frozen=True)
class InstrumentFolders:
    """Where networks lie; ``None`` does without.

    Attributes:
        dwpose: folder with ``yolox_l.onnx`` and ``dw-ll_ucoco_384.onnx``.
        sam2: folder of a SAM 2 video model; without it the built-in tracker follows the product.
        depth: folder of a depth model; without it depth comes from the mask.
    """

    dwpose: Path | None = None
    sam2: Path | None = None
    depth: Path | None = None


def find_dwpose(roots: Sequence[Path]) -> Path | None:
    """The first whole DWPose below the given folders."""
    entry = find_entry("dwpose")
    (row,) = survey([root for root in roots if root.is_dir()], [entry] if entry else [])
    return row.found


def open_instruments(folders: InstrumentFolders, compute: Compute | None = None) -> Instruments:
    """Load what is there.

    Args:
        folders: where networks lie.
        compute: where and in which number format SAM 2 and the depth model run; DWPose follows the device.

    Raises:
        LoadError: a folder without its network, or a broken one.
    """
    where = compute or Compute()
    return Instruments(
        detector=None if folders.dwpose is None else open_dwpose(folders.dwpose, where),
        follow=follow_product if folders.sam2 is None else _sam2(folders.sam2, where),
        depth=None if folders.depth is None else partial(estimate_depth, load_depth_model(folders.depth, where)),
    )


def open_dwpose(folder: Path, compute: Compute) -> DWPose:
    """DWPose from its folder; raises LoadError."""
    return load_dwpose(folder / DETECTOR, folder / ESTIMATOR, compute.device)


def sam2_tracker(model: Callable[[], Any]) -> Tracker:
    """A tracker that follows with SAM 2, which needs no product views.

    Args:
        model: gives the network, of ``load_sam2``, when the first frame is asked for.
    """

    def follow(
        frames: Callable[[], Frames], first: FirstSight, views: Sequence[np.ndarray], options: TrackingOptions
    ) -> Iterator[ProductFrame]:
        yield from follow_with_sam2(model(), frames, first, options)

    return follow


def _sam2(folder: Path, compute: Compute) -> Tracker:
    model = load_sam2(folder, compute)
    return sam2_tracker(lambda: model)
