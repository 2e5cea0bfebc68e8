"""How well the built-in tracker follows products: synthetic scenes with known masks, and a real clip in many guises.

``python benchmarks/tracking.py scenes`` or ``python benchmarks/tracking.py real FOLDER``, each with its result file.
Guises change the clip and its boxes alike: mirrored, turned, shrunk, noisy, badly compressed, other colours,
other frames to begin with.
"""

from __future__ import annotations

import io
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, frames, product_views
from anchorcrafter_core.controls.tracking.follow import follow_product
from anchorcrafter_core.controls.tracking.sight import FirstSight, ProductFrame
from anchorcrafter_core.media.video import read_frames

RESULTS = Path(__file__).parent / "results"
SEEDS, FRAMES = 32, 17
SHRINK, STRIDE = 3, 3
"""Of the real clip every third frame and the annotated ones are taken, at a third of the size."""
Boxes = Mapping[int, np.ndarray]
Guise = Callable[[list[np.ndarray], Boxes], tuple[list[np.ndarray], Boxes]]


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of masks bool [H,W]; 1 when both are empty."""
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 1.0


def box_iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of boxes [4]; 0 for NaN."""
    if np.isnan(one).any():
        return 0.0
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0)))
    return common / (float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - common)


def scene_rows(seeds: Sequence[int]) -> list[dict[str, float]]:
    """Mean IoU over each scene from its first mask, its first box, and its first box with product pictures."""
    rows = []
    for seed in seeds:
        scene = describe_scene(SceneOptions(seed=seed, frames=FRAMES))
        truth = list(frames(scene))
        clip, views = [one.image for one in truth], list(product_views(scene, 256))
        by_mask, by_box = FirstSight(mask=truth[0].object_mask), FirstSight(box=truth[0].box)
        began = time.process_time()
        runs = {"mask": list(follow_product(clip, by_mask))}
        milliseconds = 1000 * (time.process_time() - began) / FRAMES
        runs |= {"box": list(follow_product(clip, by_box)), "box_views": list(follow_product(clip, by_box, views))}
        scores = {name: round(mean_iou(seen, truth), 4) for name, seen in runs.items()}
        lost = sum(one.state == "lost" for one in runs["mask"])
        rows.append({"seed": seed, **scores, "lost": lost, "ms": round(milliseconds, 1)})
        print(rows[-1], flush=True)
    return rows


def mean_iou(seen: Sequence[ProductFrame], truth: Sequence) -> float:
    """Mean over the frames after the first."""
    return float(np.mean([iou(one.mask, true.object_mask) for one, true in zip(seen, truth, strict=True)][1:]))


def as_is(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """The clip itself."""
    return clip, boxes


def mirrored(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """Left and right exchanged."""
    width = clip[0].shape[1]
    flipped = {number: np.array([width - box[2], box[1], width - box[0], box[3]]) for number, box in boxes.items()}
    return [frame[:, ::-1] for frame in clip], flipped


def lying(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """Turned by a quarter."""
    width = clip[0].shape[1]
    turned = {number: np.array([box[1], width - box[2], box[3], width - box[0]]) for number, box in boxes.items()}
    return [np.rot90(frame) for frame in clip], turned


def shrunk(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """To half of that."""
    small = [cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for frame in clip]
    return small, {number: box / 2 for number, box in boxes.items()}


def recolored(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """Colder, darker, with a light that flickers."""
    gains = [np.array([0.75, 0.85, 1.1]) * (0.85 + 0.1 * np.sin(number / 5)) for number in range(len(clip))]
    return [np.clip(frame * gain, 0, 255).astype(np.uint8) for frame, gain in zip(clip, gains, strict=True)], boxes


def noisy(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """As in the dark."""
    rng = np.random.default_rng(0)
    return [np.clip(frame + rng.normal(0, 12, frame.shape), 0, 255).astype(np.uint8) for frame in clip], boxes


def compressed(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """JPEG of quality 12 in every frame."""
    return [_jpeg(frame) for frame in clip], boxes


def _jpeg(frame: np.ndarray) -> np.ndarray:
    packed = io.BytesIO()
    Image.fromarray(frame).save(packed, "JPEG", quality=12)
    return np.array(Image.open(packed))


def shaken(clip: list[np.ndarray], boxes: Boxes) -> tuple[list[np.ndarray], Boxes]:
    """A hand-held camera: up to 8 pixels to every side."""
    steps = [(8 * np.sin(number / 3), 8 * np.sin(number / 4 + 1)) for number in range(len(clip))]
    size = clip[0].shape[1::-1]
    moved = [
        cv2.warpAffine(frame, np.array([[1, 0, x], [0, 1, y]]), size, borderMode=cv2.BORDER_REFLECT)
        for frame, (x, y) in zip(clip, steps, strict=True)
    ]
    return moved, {number: box + np.tile(steps[number], 2) for number, box in boxes.items()}


GUISES: Sequence[tuple[str, Guise, int]] = (
    ("as it is", as_is, 0),
    ("as it is, from its second box", as_is, 1),
    ("as it is, from its fourth box", as_is, 3),
    ("as it is, from its last box", as_is, 5),
    ("mirrored", mirrored, 0),
    ("turned by a quarter", lying, 0),
    ("shrunk to half of that", shrunk, 0),
    ("other colours", recolored, 0),
    ("noise", noisy, 0),
    ("JPEG 12", compressed, 0),
    ("shaken camera", shaken, 0),
)


def real_rows(folder: Path) -> list[dict[str, object]]:
    """Box IoU on the annotated frames of the real clip in all guises, without and with product pictures."""
    table = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))["driving"]["product_box_xyxy"]
    marked = {int(number): np.array(box, float) / SHRINK for number, box in table.items()}
    taken = [number for number in range(max(marked) + 1) if number in marked or number % STRIDE == 0]
    known = {taken.index(number): box for number, box in marked.items()}
    clip = thinned(folder, set(taken))
    pictures = [Image.open(folder / f"product_{number}.jpg").convert("RGB").resize((400, 430)) for number in range(3)]
    views = [np.array(picture) for picture in pictures]
    rows: list[dict[str, object]] = []
    for name, guise, place in GUISES:
        changed, boxes = guise(clip, known)
        start = list(boxes)[place]
        for shown in ((), views) if guise is as_is else ((),):
            rows.append({"guise": name, "views": len(shown), **followed(changed, boxes, start, shown)})
            print(rows[-1], flush=True)
    return rows


def thinned(folder: Path, taken: set[int]) -> list[np.ndarray]:
    """The driving clip's taken frames, shrunk, uint8 [H,W,3] each."""
    frames_of_it = enumerate(read_frames(folder / "driving.mp4"))
    size = {"fx": 1 / SHRINK, "fy": 1 / SHRINK, "interpolation": cv2.INTER_AREA}
    return [cv2.resize(frame, None, **size) for number, frame in frames_of_it if number in taken]


def followed(clip: list[np.ndarray], boxes: Boxes, start: int, views: Sequence[np.ndarray]) -> dict[str, object]:
    """Scores of one run."""
    began = time.process_time()
    seen = list(follow_product(clip, FirstSight(box=boxes[start], frame=start), views))
    milliseconds = 1000 * (time.process_time() - began) / len(clip)
    scores = {number: box_iou(seen[number].box, box) for number, box in boxes.items()}
    return {
        "least_box_iou": round(min(scores.values()), 3),
        "box_iou": {str(number): round(score, 3) for number, score in scores.items()},
        "lost": sum(one.state == "lost" for one in seen),
        "least_confidence": round(min(one.confidence for one in seen), 2),
        "ms": round(milliseconds, 1),
    }


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, object]:
    """Mean, least, and how many scenes reach 0.9, by what tracking began with."""
    table: dict[str, object] = {}
    for name in ("mask", "box", "box_views"):
        scores = np.array([row[name] for row in rows])
        numbers = {"mean": round(float(scores.mean()), 4), "least": round(float(scores.min()), 4)}
        table[name] = numbers | {"at_least_0.9": int((scores >= 0.9).sum()), "of": len(scores)}
    return table


def main(words: list[str]) -> None:
    """Measure and write one of the two tables."""
    cv2.setNumThreads(1)
    report: dict[str, object] = {
        "machine": {"system": platform.platform(), "python": platform.python_version(), "opencv": cv2.__version__},
        "time": "milliseconds of one processor core per frame",
    }
    if words[:1] == ["real"]:
        report |= {
            "score": "box IoU on annotated frames (boxes good to 15 of 1080 pixels); every third frame, 360x640",
            "rows": real_rows(Path(words[1])),
        }
    else:
        rows = scene_rows(range(SEEDS))
        score = f"mean mask IoU over the frames after the first, 192x320, {FRAMES} frames"
        report |= {"score": score, "summary": summary(rows), "rows": rows}
    target = RESULTS / f"tracking_{'real' if words[:1] == ['real'] else 'scenes'}.json"
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
