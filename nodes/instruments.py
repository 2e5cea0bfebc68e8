"""Pose detector, segmenter and depth model from ComfyUI's folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ..anchorcrafter_core.controls.detect.dwpose import PoseDetector
from ..anchorcrafter_core.controls.tracking.depth_model import estimate_depth, load_depth_model
from ..anchorcrafter_core.controls.tracking.follow import follow_product
from ..anchorcrafter_core.controls.tracking.sam2 import load_sam2
from ..anchorcrafter_core.errors import LoadError
from ..anchorcrafter_core.footage.given import Frames, Instruments, Tracker
from ..anchorcrafter_core.footage.instruments import find_dwpose, open_dwpose, sam2_tracker
from ..anchorcrafter_core.loading.catalog import find_entry
from ..anchorcrafter_core.loading.download import HuggingFaceHub, download
from ..anchorcrafter_core.types import Compute
from .host import kept_dtype, progress, settle
from .model_folders import FOLDER, AbsentPart, missing, model_roots
from .motion_files import files_mark
from .patchers import patched

BUILT_IN_TRACKER, DEPTH_FROM_MASK = "built-in (OpenCV)", "from the mask"
NEIGHBOUR = Path("comfyui_controlnet_aux") / "ckpts"
"""Where the best-known package of preprocessors keeps DWPose, below custom_nodes."""


def tracker_options() -> list[str]:
    """The built-in tracker, then folders of SAM 2 models in models/anchorcrafter."""
    return [BUILT_IN_TRACKER, *_folders_called("sam2")]


def depth_options() -> list[str]:
    """Depth from the mask, then folders of depth models in models/anchorcrafter."""
    return [DEPTH_FROM_MASK, *_folders_called("depth")]


def _folders_called(word: str) -> list[str]:
    configs = (config for root in model_roots([FOLDER]) for config in root.glob("*/config.json"))
    return sorted({config.parent.name for config in configs if word in config.parent.name.lower()})


def dwpose_folder() -> Path | None:
    """Where DWPose lies: in models/anchorcrafter, or with another package of nodes."""
    others = [root / NEIGHBOUR for root in model_roots(["custom_nodes"])]
    return find_dwpose([*model_roots([FOLDER]), *others])


def pose_detector(may_download: bool = False) -> PoseDetector | None:
    """DWPose if it is there, or may be fetched.

    Raises:
        LoadError: a broken file, or a download that failed.
    """
    import comfy.model_management

    folder = dwpose_folder()
    entry = find_entry("dwpose")
    if folder is None and may_download and entry is not None:
        folder = download(entry, model_roots([FOLDER])[0], HuggingFaceHub(), progress())
    return None if folder is None else open_dwpose(folder, Compute(comfy.model_management.get_torch_device()))


def no_detector(instead: str = "pose_keypoint") -> LoadError:
    """The error of somebody who needs DWPose and has none.

    Args:
        instead: input that could be connected instead.
    """
    entry = find_entry("dwpose")
    if entry is None:
        return LoadError("no pose detector", "DWPose", f"Connect '{instead}'.")
    error = missing([AbsentPart(entry, [FOLDER])])
    remedy = error.remedy.replace("Switch 'download' on", "Switch 'download' on in 'Driving Motion'")
    return LoadError(error.found, error.expected, f"Connect '{instead}'. {remedy}")


def instruments(tracker: str, depth: str) -> Instruments:
    """What looks at a driving clip, pose detector aside; networks are loaded by the host when their work begins.

    Args:
        tracker: an option of ``tracker_options``.
        depth: an option of ``depth_options``.

    Raises:
        LoadError: a folder that is not there, or holds no such model.
    """
    return Instruments(
        follow=follow_product if tracker == BUILT_IN_TRACKER else _sam2(_folder(tracker, tracker_options())),
        depth=None if depth == DEPTH_FROM_MASK else _depth(_folder(depth, depth_options())),
    )


def model_mark(name: str | None) -> str:
    """Names, times and sizes of the files of a tracker or depth model; empty for a choice without files.

    Args:
        name: an option of ``tracker_options`` or ``depth_options``; ``None`` if it comes from another node: then all
            such models count.
    """
    meant = [known for known in (*tracker_options()[1:], *depth_options()[1:]) if name in (None, known)]
    folders = (root / known for known in meant for root in model_roots([FOLDER]))
    return files_mark(file for folder in folders for file in sorted(folder.glob("*")))


def _folder(name: str, options: Sequence[str]) -> Path:
    places = [root / name for root in model_roots([FOLDER]) if (root / name / "config.json").is_file()]
    if name not in options or not places:
        raise LoadError(f"no {name} in models/{FOLDER}", "a name of the list", "Choose another one; press R to reload.")
    return places[0]


def _hosted(model: nn.Module) -> Callable[[], Any]:
    """A network of transformers under the host's memory management; the function has it loaded and gives it.

    It is called when work begins: in between the host may have made room for another network.
    """
    import comfy.model_management as host

    patcher = patched({"network": model}, host.get_torch_device(), host.unet_offload_device())

    def load() -> Any:
        host.load_models_gpu([patcher])
        settle(patcher, kept_dtype(model))
        return model

    return load


def _sam2(folder: Path) -> Tracker:
    return sam2_tracker(_hosted(load_sam2(folder)))


def _depth(folder: Path) -> Callable[[Frames], Iterator[np.ndarray]]:
    load = _hosted(load_depth_model(folder))

    def depth(frames: Frames) -> Iterator[np.ndarray]:
        yield from estimate_depth(load(), frames)

    return depth
