"""A product followed by transformers' SAM 2 video model (arXiv 2408.00714) from a local folder.

Frames and prompts are prepared here: the model's processors need torchvision, the model itself does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ...errors import LoadError
from ...types import Compute
from .both_ways import Clip, Seen, both_ways
from .sight import FirstSight, ProductFrame, TrackingOptions

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, as in the published ``preprocessor_config.json`` of every SAM 2 size."""
KEPT = 24
"""Frames whose memory is kept; the model looks back at most 16 (``max_object_pointers_in_encoder``)."""
PRODUCT = 1


def load_sam2(folder: str | Path, compute: Compute | None = None) -> Any:
    """``Sam2VideoModel`` from a folder with ``config.json`` and safetensors; nothing is downloaded.

    Raises:
        LoadError: transformers is too old for it, or the folder holds no such model.
    """
    try:
        from transformers import Sam2VideoModel
    except ImportError as error:
        found = "a transformers without Sam2VideoModel"
        remedy = "Run: pip install -U transformers, or track without SAM 2, with the built-in tracker."
        raise LoadError(found, "transformers 4.56 or newer", remedy) from error
    compute = compute or Compute()
    remedy = "Run: anchorcrafter models --download sam2; or use the built-in tracker."
    try:
        model: Any = Sam2VideoModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise LoadError(f"no SAM 2 video model in {folder}", "config.json and model.safetensors", remedy) from error
    return model.to(compute.device, compute.dtype).eval()


def follow_with_sam2(
    model: Any, frames: Clip, first: FirstSight, options: TrackingOptions | None = None
) -> Iterator[ProductFrame]:
    """The product in every frame of a clip, in order, one frame at a time, as ``follow_product`` gives it.

    Args:
        model: of :func:`load_sam2`.
        frames: uint8 [H,W,3] RGB, all of one size; or a function that opens the clip.
        first: where the product is in one frame.
        options: size of the masks and the confidence below which it is lost.

    Raises:
        ControlError: no frame, none with that number, another size in between, or a box outside the frame.
    """
    options = options or TrackingOptions()
    side = _side(model)

    def follow(clip: Iterator[np.ndarray], sight: FirstSight) -> Iterator[Seen]:
        return _seen(model, clip, sight, options.lost_below)

    return both_ways(frames, first, options.size, lambda size: min(1.0, side / max(size)), follow)


def _seen(model: Any, clip: Iterator[np.ndarray], sight: FirstSight, lost_below: float) -> Iterator[Seen]:
    """One streamed session of the model."""
    from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

    session: Any = None
    for number, rgb in enumerate(clip):
        if session is None:
            session = Sam2VideoInferenceSession(
                video_height=rgb.shape[0], video_width=rgb.shape[1], dtype=model.dtype, inference_device=model.device
            )
            _prompt(session, sight, rgb.shape[:2], _side(model))
        with torch.inference_mode():
            answer = model(inference_session=session, frame=_pixels(rgb, model), frame_idx=number)
        _forget(session, number - KEPT)
        yield _share(answer, rgb.shape[:2], lost_below)


def _side(model: Any) -> int:
    """Side in pixels of the square picture that the model sees."""
    side = model.config.image_size
    return int(side if isinstance(side, int) else side[0])


def _pixels(rgb: np.ndarray, model: Any) -> torch.Tensor:
    """A frame as the model sees it, [1,3,side,side]."""
    picture = torch.from_numpy(rgb).to(model.device).permute(2, 0, 1)[None].float() / 255
    square = functional.interpolate(picture, (_side(model),) * 2, mode="bilinear", antialias=True)
    mean, spread = (square.new_tensor(numbers).view(1, 3, 1, 1) for numbers in (MEAN, SPREAD))
    return ((square - mean) / spread).to(model.dtype)


def _prompt(session: Any, sight: FirstSight, size: tuple[int, ...], side: int) -> None:
    """Show the product in frame 0; a box is two points with labels 2 and 3, as SAM has it."""
    place = session.obj_id_to_idx(PRODUCT)
    if sight.mask is not None:
        mask = torch.from_numpy(sight.mask.astype(np.float32))[None, None]
        square = functional.interpolate(mask, (side, side), mode="bilinear", antialias=True)
        session.add_mask_inputs(place, 0, (square >= 0.5).float())
    else:
        scale = np.tile([side / size[1], side / size[0]], 2)
        corners = torch.from_numpy(np.asarray(sight.box) * scale).float().reshape(1, 1, 2, 2)
        labels = torch.tensor([[[2, 3]]], dtype=torch.int32)
        session.add_point_inputs(place, 0, {"point_coords": corners, "point_labels": labels})
    session.obj_with_new_inputs = [PRODUCT]


def _forget(session: Any, number: int) -> None:
    """Drop what the model no longer looks at, so that memory stays bounded."""
    session.processed_frames.pop(number, None)
    if number > 0:
        for memory in session.output_dict_per_obj.values():
            memory["non_cond_frame_outputs"].pop(number, None)


def _share(answer: Any, size: tuple[int, ...], lost_below: float) -> Seen:
    logits = functional.interpolate(answer.pred_masks.float(), tuple(size), mode="bilinear")[0, 0]
    confidence = float(torch.sigmoid(answer.object_score_logits.float().flatten()[0]))
    share = torch.sigmoid(logits).cpu().numpy()
    return Seen(share if confidence >= lost_below else np.zeros_like(share), confidence)
