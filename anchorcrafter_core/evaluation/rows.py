"""Rows of numbers that the scores take from a piece of a clip; see ``table.py`` for what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..controls.key_points import largest_person
from ..types import Pose
from . import crops, fidelity, landmarks, overlap
from .case import Case, Chunk
from .faces import SIDE, aligned_face
from .likeness import Encoder, cosines, encoded_where_present, likeness_with_failures
from .measures import Rows, column
from .seams import frame_jump

PairOfFrames = Callable[[np.ndarray, np.ndarray], float]
Crop = Callable[[np.ndarray, np.ndarray], np.ndarray | None]
PieceEncoder = Callable[[np.ndarray], np.ndarray]
"""uint8 [T,H,W,3], T at most 16, to features float32 [D]."""
SHORTEST_PIECE = 10
"""Frames; I3D gives no feature for fewer (StyleGAN-V's remark on the released network)."""


def shared_frames(chunk: Chunk) -> list[tuple[np.ndarray, np.ndarray]]:
    """Generated and true frames uint8 [H,W,3] at the true size, up to the shorter clip.

    Args:
        chunk: a piece of a clip.
    """
    pairs = zip(chunk.generated, chunk.truth, strict=False)
    return [(fidelity.at_size(generated, *truth.shape[:2]), truth) for generated, truth in pairs]


def mask_counts(count: Callable[[np.ndarray, np.ndarray], tuple[int, int]]) -> Rows:
    """Rows [f,2]: pixels in both masks, in either.

    Args:
        count: published or clean.
    """
    return lambda chunk: np.array(
        [count(*pair) for pair in zip(chunk.truth_masks, chunk.generated_masks, strict=False)], np.float64
    ).reshape(-1, 2)


def frame_scores(score: PairOfFrames) -> Rows:
    """Rows [f,1] of a score of generated and true frames.

    Args:
        score: takes the generated frame first.
    """
    return lambda chunk: column([score(*pair) for pair in shared_frames(chunk)])


def perceptual_scores(distance: fidelity.Perceptual) -> Rows:
    """Rows [f,1] of LPIPS.

    Args:
        distance: the network.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        pairs = shared_frames(chunk)
        return column(distance([pair[0] for pair in pairs], [pair[1] for pair in pairs]) if pairs else [])

    return rows


def published_crop_likeness(encoder: Encoder) -> Rows:
    """Rows [f,1]: cosine of the published crops, through JPEG as published.

    A clip whose masks have another number of frames than its video gets 0: the published extraction leaves its folder
    of crops empty, and the score of an empty folder is 0.

    Args:
        encoder: features of pictures.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        case = chunk.case
        both = ((case.generated, case.generated_masks), (case.truth, case.truth_masks))
        if any(clip and masks and clip.frames != masks.frames for clip, masks in both):
            return np.zeros((1, 1))
        generated, truth = _crops(chunk, lambda frame, mask: crops.through_jpeg(crops.published_crop(frame, mask)))
        features = encoded_where_present([*generated, *truth], encoder)
        return column(cosines(features[: len(generated)], features[len(generated) :]))

    return rows


def crop_likeness(encoder: Encoder) -> Rows:
    """Rows [f,1]: cosine of square crops; 0 where one side shows no product, NaN where none does.

    Args:
        encoder: features of pictures.
    """
    return lambda chunk: column(likeness_with_failures(*_crops(chunk, crops.clean_crop), encoder))


def _crops(chunk: Chunk, crop: Crop) -> tuple[list[np.ndarray | None], list[np.ndarray | None]]:
    """Crops of the generated and the true frames of the moments that all four clips share."""
    moments = list(zip(chunk.generated, chunk.generated_masks, chunk.truth, chunk.truth_masks, strict=False))
    generated = [crop(frame, mask) for frame, mask, _, _ in moments]
    return generated, [crop(frame, mask) for _, _, frame, mask in moments]


def features_of(encoder: Encoder) -> Rows:
    """Rows [f,D]: features of the generated frames.

    Args:
        encoder: features of pictures.
    """
    return lambda chunk: _features(chunk.generated, encoder)


def features_of_both(encoder: Encoder) -> Rows:
    """Rows [f,2D]: features of the generated and of the true frame of a moment, side by side.

    Args:
        encoder: features of pictures.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        count = min(len(chunk.generated), len(chunk.truth))
        sides = (chunk.generated[:count], chunk.truth[:count])
        return np.concatenate([_features(side, encoder) for side in sides], axis=1)

    return rows


def _features(frames: Sequence[np.ndarray], encoder: Encoder) -> np.ndarray:
    return np.asarray(encoder(frames), np.float32) if len(frames) else np.zeros((0, 0), np.float32)


def piece_features(encoder: PieceEncoder) -> Rows:
    """Rows [0 or 1,2D]: features of the generated and of the true piece; pieces below 10 frames have none.

    A shorter last piece is left out unless it is the whole clip.

    Args:
        encoder: features of a piece.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        count = min(len(chunk.generated), len(chunk.truth))
        whole = len(chunk.generated) if chunk.start == 0 else 16
        if count < max(SHORTEST_PIECE, min(whole, 16)):
            return np.zeros((0, 0))
        sides = (np.stack(side[:count]) for side in (chunk.generated, chunk.truth))
        return np.concatenate([np.asarray(encoder(side), np.float32).reshape(1, -1) for side in sides], axis=1)

    return rows


def hand_rows(chunk: Chunk) -> np.ndarray:
    """Rows [f,1]: the published hand distance in pixels at the true size; hands of all people, as published.

    Args:
        chunk: a piece of a clip.
    """
    return _over_poses(
        chunk,
        lambda generated, truth, size: landmarks.published_hand_distance(
            landmarks.listed_hands(generated, size), landmarks.listed_hands(truth, size)
        ),
    )


def distance_rows(distances: Callable[[Pose, Pose, tuple[int, int]], np.ndarray]) -> Rows:
    """Rows [f,1]: mean distance of the largest person's key points in pixels at the true size, NaN where there is none.

    Args:
        distances: of one frame.
    """
    return lambda chunk: _over_poses(
        chunk,
        lambda generated, truth, size: overlap.mean_of(
            distances(largest_person(generated), largest_person(truth), size)
        ),
    )


def _over_poses(chunk: Chunk, score: Callable[[Pose, Pose, tuple[int, int]], float]) -> np.ndarray:
    truth = chunk.case.truth
    size = (truth.height, truth.width) if truth else (chunk.case.generated.height, chunk.case.generated.width)
    pairs = zip(chunk.generated_poses, chunk.truth_poses, strict=False)
    return column([score(generated, true, size) for generated, true in pairs])


def found_hands(chunk: Chunk) -> np.ndarray:
    """Rows [f,2]: hands found on both sides, hands of the true frame.

    Args:
        chunk: a piece of a clip.
    """
    pairs = zip(chunk.generated_poses, chunk.truth_poses, strict=False)
    found = [landmarks.hands_found(*map(largest_person, pair)) for pair in pairs]
    return np.array(found, np.float64).reshape(-1, 2)


def face_rows(encoder: Encoder, counts_missing: bool) -> Rows:
    """Rows [f,1]: cosine of the face in the generated frame with the reference person's.

    Args:
        encoder: features of faces uint8 [112,112,3].
        counts_missing: whether a frame without a face is compared as a black picture, as published.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        moments = list(zip(chunk.generated, chunk.generated_poses, strict=False))
        faces = [aligned_face(frame, largest_person(pose)) for frame, pose in moments]
        black = np.zeros((SIDE, SIDE, 3), np.uint8) if counts_missing else None
        seen = [black if face is None else face for face in faces]
        features = encoded_where_present([chunk.case.face, *seen], encoder)
        return column(cosines(np.broadcast_to(features[:1], features[1:].shape), features[1:]))

    return rows


def jump_rows(borders_of: Callable[[Case], np.ndarray | None]) -> Rows:
    """Rows [f,2]: jump from the frame before in grey levels (NaN for the first), share of borders right before.

    Args:
        borders_of: picks the borders float64 [F] of a case.
    """

    def rows(chunk: Chunk) -> np.ndarray:
        befores = [chunk.before, *chunk.generated[:-1]]
        pairs = zip(befores, chunk.generated, strict=False)
        jumps = [np.nan if before is None else frame_jump(before, frame) for before, frame in pairs]
        borders = borders_of(chunk.case)
        known = np.zeros(0) if borders is None else borders[chunk.start : chunk.start + len(jumps)]
        return np.column_stack([jumps, np.r_[known, np.zeros(len(jumps) - len(known))]])

    return rows
