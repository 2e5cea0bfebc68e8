"""Product boxes as other tools give them: tables per frame, key frames, ComfyUI's bounding boxes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from ..errors import ControlError
from ..types import require
from .annotations import interpolated
from .boxes import ProductTrack
from .key_points import FARTHEST, LARGEST_SHARE, Size, whole_pixels

FORMS = 'key frames such as {"0": [x0, y0, x1, y1], "30": [...]}, or one box per frame'
REMEDY = "Correct the boxes; numbers up to 2 are shares of the sides, larger ones pixels."
NOT_SEEN = (np.nan,) * 4


def parse_box_text(text: str) -> object:
    """The content of a JSON text; raises ControlError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ControlError(f"boxes that are no JSON ({error})", FORMS, REMEDY) from error
    require(content is not None, ControlError, "boxes that are null", FORMS, REMEDY)
    return content


def product_boxes(content: object, frames: int, size: Size) -> ProductTrack:
    """The product's box in every frame.

    Understood: key frames by number, bare or under ``boxes`` beside ``size`` [width, height], interpolated; a list
    with one box per frame; one box for all frames. A box is [x0, y0, x1, y1] or x, y, width, height by name; a list of
    boxes counts by its first one, an empty one as not seen.

    Args:
        content: parsed JSON, or a BOUNDING_BOX value.
        frames: number of frames of the driving clip.
        size: (height, width) of the driving clip, for pixels where the content does not say.

    Raises:
        ControlError: another form, another number of frames, an empty box.
    """
    table, stated = unwrapped(content)
    boxes = _from_keys(table, frames) if isinstance(table, Mapping) else _from_list(table, frames)
    is_pixels = stated is not None or bool((np.abs(boxes[~np.isnan(boxes)]) > LARGEST_SHARE).any())
    height, width = stated or size
    return ProductTrack(boxes / (width, height, width, height) if is_pixels else boxes)


def box_count(content: object) -> int | None:
    """How many boxes a list with one box per frame holds; ``None`` for forms that fit any number of frames.

    Args:
        content: parsed JSON, or a BOUNDING_BOX value.

    Raises:
        ControlError: a stated size in another form.
    """
    table, _ = unwrapped(content)
    count = 1 if isinstance(table, Mapping) else len(_entries(table))
    return count if count > 1 else None


def unwrapped(content: object) -> tuple[object, Size | None]:
    """The boxes themselves, and the size (height, width) stated beside them; ``None`` where there is none.

    Args:
        content: parsed JSON, or a BOUNDING_BOX value.

    Raises:
        ControlError: a stated size in another form.
    """
    if not (isinstance(content, Mapping) and "boxes" in content):
        return content, None
    stated = content.get("size")
    if stated is None:
        return content["boxes"], None
    sides = stated if isinstance(stated, (list, tuple)) and len(stated) == 2 else (0, 0)
    width, height = map(whole_pixels, sides)
    words = (f"size {stated} beside the boxes", "[width, height] in pixels")
    require(min(width, height) > 0, ControlError, *words, REMEDY)
    return content["boxes"], (height, width)


def _from_keys(table: Mapping[str, object], frames: int) -> np.ndarray:
    """float64 [frames,4] of key frames by number, or of one named box."""
    if "width" in table:
        return np.tile(_box(table), (frames, 1))
    if not all(str(number).isdecimal() for number in table):
        raise ControlError(f"boxes named {', '.join(map(str, table))}", FORMS, REMEDY)
    return interpolated({int(number): _box(box) for number, box in table.items()}, frames)


def _from_list(table: object, frames: int) -> np.ndarray:
    """float64 [frames,4] of one box per frame, or one for all."""
    entries = _entries(table)
    require(len(entries) > 0, ControlError, "no boxes", FORMS, REMEDY)
    boxes = np.stack([_box(entry) for entry in entries])
    require(len(boxes) in (1, frames), ControlError, f"{len(boxes)} boxes", f"{frames}, one per frame", REMEDY)
    return boxes if len(boxes) == frames else np.tile(boxes, (frames, 1))


def _entries(table: object) -> list[object]:
    """The boxes of a list; four numbers are one."""
    entries = list(table) if isinstance(table, (list, tuple)) else []
    return [entries] if len(entries) == 4 and all(isinstance(number, (int, float)) for number in entries) else entries


def _box(entry: object) -> np.ndarray:
    """x0, y0, x1, y1 of one frame, float64 [4]; NaN where the product is not seen."""
    if isinstance(entry, (list, tuple)) and len(entry) > 0 and isinstance(entry[0], (Mapping, list, tuple)):
        return _box(entry[0])
    if entry is None or (isinstance(entry, (list, tuple)) and len(entry) == 0):
        return np.array(NOT_SEEN)
    try:
        if isinstance(entry, Mapping):
            x, y, width, height = (float(entry[key]) for key in ("x", "y", "width", "height"))
            entry = [x, y, x + width, y + height]
        box = np.asarray(entry, float)
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError(f"a box {entry!r}", "[x0, y0, x1, y1], or x, y, width, height", REMEDY) from error
    is_place = box.shape == (4,) and bool((np.abs(box) <= FARTHEST).all() or np.isnan(box).all())
    require(is_place, ControlError, f"a box {entry!r}", f"four numbers up to {FARTHEST:,.0f}", REMEDY)
    return box
