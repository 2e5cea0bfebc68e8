"""The product cut out of a frame, on black: what Obj-CLIP and Obj-DINO look at.

Source: ``evalution/preprocess/extract_obj.py`` of the released AnchorCrafter code.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from .overlap import CLEAN_THRESHOLD

EMPTY_SIDE = 100
"""Side of the black picture that stands for a frame without product, as published."""
JPEG_QUALITY = 95
"""OpenCV's default, with which the published crops are saved."""


def published_crop(frame: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Bounding box of the largest contour with everything outside the mask black: uint8 [h,w,3] RGB.

    The mask is binary first and resized bilinearly after, so its rim widens where the frame is larger; a frame
    without product gives a black picture of 100x100.

    Args:
        frame: uint8 [H,W,3] RGB.
        mask: uint8 [h,w] grey of any size.
    """
    binary = np.where(mask > CLEAN_THRESHOLD, np.uint8(255), np.uint8(0))
    resized = cv2.resize(binary, (frame.shape[1], frame.shape[0]))
    crop = _largest_part(frame, resized)
    return np.zeros((EMPTY_SIDE, EMPTY_SIDE, 3), np.uint8) if crop is None else crop


def clean_crop(frame: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The same without the pitfalls: nothing for a frame without product, no widened rim, padded to a square.

    A square keeps encoders that cut out the centre from losing both ends of a long product.

    Args:
        frame: uint8 [H,W,3] RGB; the crop keeps its resolution.
        mask: uint8 [h,w] grey of any size.
    """
    binary = np.where(mask > CLEAN_THRESHOLD, np.uint8(255), np.uint8(0))
    shape = frame.shape[1], frame.shape[0]
    crop = _largest_part(frame, cv2.resize(binary, shape, interpolation=cv2.INTER_NEAREST_EXACT))
    return None if crop is None else squared(crop)


def _largest_part(frame: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """What the box of the largest contour of a mask uint8 [H,W] shows of the masked frame."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    left, top, width, height = cv2.boundingRect(max(contours, key=cv2.contourArea))
    masked = np.where(mask[..., None] != 0, frame, np.uint8(0))
    return masked[top : top + height, left : left + width]


def squared(crop: np.ndarray) -> np.ndarray:
    """A crop in the middle of a black square: uint8 [S,S,3].

    Args:
        crop: uint8 [h,w,3].
    """
    height, width = crop.shape[:2]
    side = max(height, width)
    square = np.zeros((side, side, 3), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = crop
    return square


def through_jpeg(crop: np.ndarray) -> np.ndarray:
    """A crop as it comes back from the JPEG file that the published code keeps it in: uint8 [h,w,3] RGB.

    Args:
        crop: uint8 [h,w,3] RGB.
    """
    quality = [int(cv2.IMWRITE_JPEG_QUALITY), JPEG_QUALITY]
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(crop[..., ::-1]), quality)
    with Image.open(io.BytesIO(encoded.tobytes())) as picture:
        return np.asarray(picture.convert("RGB"))
