"""All scores with their definitions, and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import OptionError
from ..types import require
from . import fidelity, landmarks, overlap, rows
from .case import Case
from .frechet import feature_distance, kernel_distance
from .instruments import Instruments
from .measures import Measure, no_curve, no_value, over_all_frames
from .optional import is_installed
from .seams import relative_jumps, seam_score
from .steadiness import consistency_curve, consistency_of_set, consistency_value, gap_curve, gap_value

NEEDS: Mapping[str, str] = {
    "truth": "a true video of the same name",
    "masks": "product masks of the generated and of the true video",
    "poses": "key points of the generated and of the true video, or a detector",
    "generated_poses": "key points of the generated video, or a detector",
    "face_reference": "a picture of the person whose face is seen",
    "windows": "the record that 'anchorcrafter generate' writes beside the video",
    "clip": "CLIP ViT-B/32 (anchorcrafter evaluate --download clip-b32)",
    "clip_frames": "CLIP ViT-B/32 (anchorcrafter evaluate --download clip-b32)",
    "dino_frames": "DINO ViT-B/16 (anchorcrafter evaluate --download dino-b16)",
    "dinov2": "DINOv2-large (anchorcrafter models --download dinov2)",
    "face": "a face encoder as TorchScript (--net face=FILE)",
    "inception": "Inception v3 as TorchScript (--net inception=FILE)",
    "i3d": "I3D as TorchScript (anchorcrafter evaluate --download i3d, or --net i3d=FILE)",
    "resnet3d": "a 3-D ResNet-50 as TorchScript (--net resnet3d=FILE)",
    "lpips": "LPIPS as TorchScript (--net lpips=FILE), or the word alex, vgg or squeeze with torchvision",
    "skimage": "scikit-image (pip install scikit-image, or anchorcrafter[evaluate])",
    "scipy": "scipy (pip install scipy, or anchorcrafter[evaluate])",
}
"""What a score may need, in the words of the report."""


def all_measures(instruments: Instruments) -> list[Measure]:
    """Every score in the order of the report; those whose network is absent cannot be computed but are described.

    Args:
        instruments: the networks.
    """
    return [
        *_object_measures(instruments),
        *_landmark_measures(),
        *_face_measures(instruments),
        *_consistency_measures(instruments),
        *_set_measures(instruments),
        *_pixel_measures(instruments),
        *_seams(),
    ]


def chosen_measures(instruments: Instruments, names: Sequence[str] = ()) -> list[Measure]:
    """The named scores, or all.

    Args:
        instruments: the networks.
        names: of scores; empty means all.

    Raises:
        OptionError: a name that is none.
    """
    measures = all_measures(instruments)
    known = [measure.name for measure in measures]
    for name in names:
        require(name in known, OptionError, f"the score '{name}'", f"one of {', '.join(known)}", "Choose from them.")
    return [measure for measure in measures if not names or measure.name in names]


def installed_libraries() -> frozenset[str]:
    """Optional libraries that scores may need and that are there."""
    return frozenset(name for name in ("scipy", "skimage") if is_installed(name))


def absent(network: Any, make: Callable[[Any], rows.Rows]) -> rows.Rows:
    """Rows of a network, or rows that are never asked for where it is absent.

    Args:
        network: or None.
        make: rows of it.
    """
    return make(network) if network is not None else lambda chunk: np.zeros((0, 1))


def _object_measures(tools: Instruments) -> list[Measure]:
    masks, pictures = frozenset({"masks"}), frozenset({"masks", "truth"})
    counted = {"curve": overlap.overlap_curve, "value": overlap.pooled_overlap}
    return [
        Measure(
            "obj_iou", "Obj-IoU", "published", "higher",
            "Pixels of both product masks by pixels of either, summed over a clip up to the shorter mask, mean over "
            "clips. Whatever is not exactly black counts, compression noise and the rim of the bilinear resize too.",
            masks, rows.mask_counts(overlap.published_counts), **counted,
        ),
        Measure(
            "obj_iou_clean", "Obj-IoU, clean", "mended", "higher",
            "As Obj-IoU, of pixels above half grey alone; the generated mask is resized to the nearest pixel.",
            masks, rows.mask_counts(overlap.clean_counts), **counted,
        ),
        Measure(
            "obj_clip", "Obj-CLIP", "published", "higher",
            "Cosine of CLIP ViT-B/32 embeddings of the product's crop (box of the largest contour, black outside the "
            "mask, JPEG), frame against frame, mean over frames, then over clips. A frame without product counts as a "
            "black picture; a clip whose mask has another number of frames counts 0.",
            pictures | {"clip"}, absent(tools.clip, rows.published_crop_likeness),
        ),
        Measure(
            "obj_clip_clean", "Obj-CLIP, clean", "mended", "higher",
            "As Obj-CLIP with crops padded to a square, without JPEG; 0 where one side alone shows a product, and "
            "frames where neither does are left out.",
            pictures | {"clip"}, absent(tools.clip, rows.crop_likeness),
        ),
        Measure(
            "obj_dino", "Obj-DINO", "beside", "higher",
            "Cosine of DINOv2-large class tokens of the square crops; missing products as in Obj-CLIP, clean.",
            pictures | {"dinov2"}, absent(tools.dinov2, rows.crop_likeness),
        ),
    ]


def _landmark_measures() -> list[Measure]:
    needs = frozenset({"poses", "truth"})
    return [
        Measure(
            "lmd_hand", "LMD hand", "published", "lower",
            "Mean distance of 21 hand points in pixels at the true size, mean over the frames of all clips. Distances "
            "of 100 and more are left out; where one side has no hand, or more than two, the other is zeros. Points "
            "are DWPose's or those given (the paper: OpenPose).",
            needs, rows.hand_rows, pool=over_all_frames,
        ),
        Measure(
            "lmd_hand_all", "LMD hand, with failures", "mended", "lower",
            "Left hands with left, right with right; a point seen on one side alone and every distance beyond 100 "
            "counts as 100. Mean over points, frames, clips.",
            needs, rows.distance_rows(landmarks.hand_failures),
        ),
        Measure(
            "hands_found", "Hands found", "beside", "higher",
            "Share of the hands of the true video that the generated one shows too.",
            needs, rows.found_hands, overlap.overlap_curve, overlap.pooled_overlap,
        ),
        Measure(
            "lmd_body", "LMD body", "published", "lower",
            "Mean distance of the 18 body joints seen on both sides, in pixels at the true size, mean over the frames "
            "of all clips (the paper's words; its code for it is not published).",
            needs, rows.distance_rows(landmarks.body_distances), pool=over_all_frames,
        ),
        Measure(
            "lmd_body_all", "LMD body, with failures", "mended", "lower",
            "As LMD body; a joint seen on one side alone and every distance beyond 100 counts as 100.",
            needs, rows.distance_rows(landmarks.body_failures),
        ),
    ]


def _face_measures(tools: Instruments) -> list[Measure]:
    needs = frozenset({"generated_poses", "face_reference", "face"})
    return [
        Measure(
            "face_cos", "Face-Cos", "published", "higher",
            "Cosine of face features (AdaFace in the paper) of the reference person and every generated frame, mean "
            "over the frames of all clips; a frame without a face counts as a black picture. Faces are turned upright "
            "by key points (the paper: MTCNN).",
            needs, absent(tools.face, lambda net: rows.face_rows(net, True)), pool=over_all_frames,
        ),
        Measure(
            "face_cos_seen", "Face-Cos, seen faces", "mended", "higher",
            "As Face-Cos over the frames in which a face is seen, mean over clips.",
            needs, absent(tools.face, lambda net: rows.face_rows(net, False)),
        ),
    ]


def _consistency_measures(tools: Instruments) -> list[Measure]:
    measures = []
    for name, title, network, words in (
        ("subject", "Subject", "dino_frames", "DINO ViT-B/16"),
        ("background", "Background", "clip_frames", "CLIP ViT-B/32"),
    ):
        encoder = getattr(tools, network)
        measures += [
            Measure(
                f"{name}_consistency", f"{title} consistency", "published", "higher",
                f"VBench: cosine of {words} features (short side 224, not antialiased) with the frame before and with "
                "the first frame, mean of both, over the frames of all clips. A still picture gets 1.",
                frozenset({network}), absent(encoder, rows.features_of),
                consistency_curve, consistency_value, consistency_of_set,
            ),
            Measure(
                f"{name}_consistency_gap", f"{title} consistency, against truth", "mended", "near 0",
                f"{title} consistency minus that of the true video over the same frames: above 0 is too still, below "
                "0 less steady than real. Mean over clips.",
                frozenset({network, "truth"}), absent(encoder, rows.features_of_both), gap_curve, gap_value,
            ),
        ]
    return measures


def _between_sides(distance: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[Sequence[np.ndarray]], float]:
    def pool(clips: Sequence[np.ndarray]) -> float:
        filled = [rows for rows in clips if len(rows)]
        return distance(*np.split(np.concatenate(filled), 2, axis=1)) if filled else float("nan")

    return pool


def _set_measures(tools: Instruments) -> list[Measure]:
    frames = absent(tools.inception, rows.features_of_both)
    pieces = "features of pieces of 16 frames (a shorter clip whole, from 10 frames on)"
    truth, frechet, kernel = frozenset({"truth"}), _between_sides(feature_distance), _between_sides(kernel_distance)

    def of_set(name: str, title: str, definition: str, network: str, taken: rows.Rows) -> Measure:
        needs = truth | {network, "scipy"}
        return Measure(name, title, "published", "lower", definition, needs, taken, no_curve, no_value, frechet)

    return [
        of_set(
            "fid", "FID", "Frechet distance of Inception v3 features of all generated and all true frames. Grows when "
            "there are few frames: compare only sets of equal size.", "inception", frames,
        ),
        Measure(
            "kid", "KID", "mended", "lower",
            "Unbiased kernel distance of the same features: does not grow when there are few frames.",
            truth | {"inception"}, frames, no_curve, no_value, kernel,
        ),
        of_set("fvd", "FVD", f"Frechet distance of I3D {pieces}.", "i3d", absent(tools.i3d, rows.piece_features)),
        of_set(
            "fid_vid", "FID-VID", f"Frechet distance of 3-D ResNet-50 {pieces}.", "resnet3d",
            absent(tools.resnet3d, rows.piece_features),
        ),
    ]


def _pixel_measures(tools: Instruments) -> list[Measure]:
    truth = frozenset({"truth"})
    resized = "generated frames resized to the true size; mean over frames, then over clips."
    return [
        Measure(
            "psnr", "PSNR", "published", "higher", f"Decibels, at most 100; {resized}",
            truth, rows.frame_scores(fidelity.psnr),
        ),
        Measure(
            "ssim", "SSIM", "published", "higher", f"Gaussian window of 11 pixels, sigma 1.5; {resized}",
            truth | {"skimage", "scipy"}, rows.frame_scores(fidelity.ssim),
        ),
        Measure(
            "lpips", "LPIPS", "published", "lower", f"Learned perceptual distance; {resized}",
            truth | {"lpips"}, absent(tools.lpips, rows.perceptual_scores),
        ),
    ]


def _seams() -> list[Measure]:
    def seam(name: str, title: str, place: str, borders_of: Callable[[Case], np.ndarray | None]) -> Measure:
        return Measure(
            name, title, "beside", "near 1",
            f"Jump between successive frames by the median of its neighbours, {place} by elsewhere: 1 without seams.",
            frozenset({"windows"}), rows.jump_rows(borders_of),
            lambda taken: relative_jumps(taken[:, 0]), lambda taken: seam_score(taken[:, 0], taken[:, 1]),
        )

    rotating = "at borders of the sampler's windows (by their share of the steps where they move)"
    return [
        seam("seam", "Seam score", rotating, lambda case: case.borders),
        seam("seam_decode", "Seam score, decoder", "where the decoder begins a chunk", lambda case: case.chunk_borders),
    ]
