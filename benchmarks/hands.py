"""How like the true hands the hands drawn from key points are, measured and side by side.

``python benchmarks/hands.py --out FOLDER`` measures silhouettes (intersection over union) on built-in scenes, where the
true hands are known, and writes ``hands.json`` and ``hands.jpg``. With ``--clip VIDEO --key-points FILE`` (and
``--beside VIDEO``, a hand clip to compare with) it writes the side-by-side pictures of some frames of that clip.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from anchorcrafter_core.builtin.scenes import Scene, SceneOptions, describe_scene, hand_joints, render_frame
from anchorcrafter_core.controls.draw_pose import FINGERS
from anchorcrafter_core.controls.hand_surface import draw_hands
from anchorcrafter_core.controls.hands.clip import draw_hand_clip, draw_hand_track
from anchorcrafter_core.controls.hands.lift import lift_hands
from anchorcrafter_core.controls.hands.track import USUAL
from anchorcrafter_core.controls.key_points import read_poses
from anchorcrafter_core.media.video import probe, read_frames
from anchorcrafter_core.types import Pose

CASES = {
    "true key points": (0.0, 0.0),
    "noise of 1 px": (1.0, 0.0),
    "noise of 2 px": (2.0, 0.0),
    "30 % of joints hidden": (0.0, 0.3),
    "noise of 1.5 px and 30 % hidden": (1.5, 0.3),
}
SHOWN = 4
Size = tuple[int, int]


def main() -> None:
    """Read the arguments and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=900)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--key-points", type=Path)
    parser.add_argument("--beside", type=Path)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.clip and chosen.key_points:
        compare(chosen.clip, chosen.key_points, chosen.beside, chosen.out)
    else:
        measure(range(chosen.first_seed, chosen.first_seed + chosen.scenes), chosen.out)


def measure(seeds: Sequence[int], out: Path) -> None:
    """Silhouettes of scenes against the truth: ``hands.json``, and ``hands.jpg`` of the first scenes."""
    scores: dict[str, list[list[float]]] = {name: [] for name in CASES}
    seconds = 0.0
    for seed in seeds:
        scene = describe_scene(SceneOptions(seed=seed))
        size = (scene.options.height, scene.options.width)
        joints = np.stack([hand_joints(scene, index) for index in range(scene.options.frames)])
        poses = whole_poses(scene)
        truth = [draw_hands(hands, size)[2] for hands in joints]
        for name, (noise, hidden) in CASES.items():
            started = time.perf_counter()
            drawn = [mask for _, mask in draw_hand_clip(worsened(poses, size, (noise, hidden), seed), *size)]
            seconds += time.perf_counter() - started
            scores[name].append([overlap(*pair) for pair in zip(drawn, truth, strict=True)])
    table = {name: summary(np.array(rows)) for name, rows in scores.items()}
    frames = sum(len(row) for rows in scores.values() for row in rows)
    record = {"scenes": len(seeds), "machine": platform.processor() or platform.machine()}
    record |= {"silhouette_iou": table, "milliseconds_per_frame": round(1000 * seconds / frames, 1)}
    (out / "hands.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    Image.fromarray(scene_sheet(seeds[:SHOWN])).save(out / "hands.jpg", quality=82)


def summary(scores: np.ndarray) -> dict[str, float]:
    """Mean, mean of the worst scene, worst frame of scores [S,F]."""
    worst = {"worst_scene": float(scores.mean(1).min()), "worst_frame": float(scores.min())}
    return {name: round(value, 3) for name, value in {"mean": float(scores.mean()), **worst}.items()}


def whole_poses(scene: Scene) -> list[Pose]:
    """Poses of a scene with every hand joint seen."""
    poses = [render_frame(scene, index).pose for index in range(scene.options.frames)]
    return [replace(pose, hands_score=np.where(pose.hands_score > 0, 0.95, 0.0)) for pose in poses]


def worsened(poses: Sequence[Pose], size: Size, fault: tuple[float, float], seed: int) -> list[Pose]:
    """Poses with noise of so many pixels on the hand joints and a share of them hidden."""
    rng = np.random.default_rng(seed)
    noise, hidden = fault
    spread = noise / np.array([size[1], size[0]])
    return [
        replace(
            pose,
            hands=pose.hands + rng.normal(size=pose.hands.shape) * spread,
            hands_score=pose.hands_score * (rng.random(pose.hands_score.shape) >= hidden),
        )
        for pose in poses
    ]


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two masks; 1 for two empty ones."""
    union = (first | second).sum()
    return float((first & second).sum() / union) if union else 1.0


def scene_sheet(seeds: Sequence[int]) -> np.ndarray:
    """One row per scene: frame, key points, drawn hands, true hands."""
    rows = []
    for seed in seeds:
        scene = describe_scene(SceneOptions(seed=seed, width=384, height=640))
        size, shown = (640, 384), scene.options.frames // 2
        poses = whole_poses(scene)
        drawn, _ = next(islice(draw_hand_clip(poses, *size), shown, None))
        true, _, mask = draw_hands(hand_joints(scene, shown), size)
        frame = render_frame(scene, shown).image
        pictures = [frame, with_key_points(frame, poses[shown]), drawn, true]
        part = around(mask, (180, 230))
        rows.append(np.concatenate([picture[part] for picture in pictures], axis=1))
    return np.concatenate(rows)


def around(mask: np.ndarray, size: Size) -> tuple[slice, slice]:
    """A window of a size around what a mask shows, inside the frame."""
    middles = [int(np.mean([places.min(), places.max()])) for places in np.nonzero(mask)]
    starts = [
        int(np.clip(middle - side // 2, 0, edge - side))
        for middle, side, edge in zip(middles, size, mask.shape, strict=True)
    ]
    return slice(starts[0], starts[0] + size[0]), slice(starts[1], starts[1] + size[1])


def with_key_points(frame: np.ndarray, pose: Pose) -> np.ndarray:
    """The frame with the hands' key points on it, left green, right orange."""
    picture = frame.copy()
    edge = np.array([frame.shape[1], frame.shape[0]])
    width = max(frame.shape[1] // 400, 1)
    for points, color in zip(pose.hands[0] * edge, ((60, 255, 60), (255, 150, 30)), strict=True):
        for start, end in FINGERS:
            ends = [(int(x), int(y)) for x, y in points[[start, end]]]
            cv2.line(picture, ends[0], ends[1], color, width, cv2.LINE_AA)
    return picture


def compare(clip: Path, key_points: Path, beside: Path | None, out: Path) -> None:
    """Frames of a clip, its key points, drawn hands and, where given, another hand clip: ``compared.jpg``."""
    info = probe(clip)
    size = (info.height, info.width)
    poses = read_poses(key_points, size)
    track = lift_hands(poses, *size, USUAL)
    shown = np.unique(np.linspace(0, min(len(poses), info.frames) - 1, SHOWN).astype(int)).tolist()
    others = read_frames(beside) if beside else iter(())
    rows = []
    clips = zip(read_frames(clip), draw_hand_track(track, *size), poses, strict=False)
    for index, (frame, (hands, _), pose) in enumerate(clips):
        other = next(others, None)
        if index in shown:
            pictures = [frame, with_key_points(frame, pose), hands, *([] if other is None else [other])]
            rows.append(np.concatenate([cv2.resize(picture, (360, 640)) for picture in pictures], axis=1))
    Image.fromarray(np.concatenate(rows)).save(out / "compared.jpg", quality=88)
    (out / "hands.json").write_text(json.dumps(track.frames_by_state(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
