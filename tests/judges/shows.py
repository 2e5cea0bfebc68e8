"""True scenes that judges learn from and are measured on: frames, masks, hands and products, rendered in lots.

Their seeds lie beyond those of the built-in model's training and of its scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from anchorcrafter_core.builtin.figure import still_figure, to_pixels
from anchorcrafter_core.builtin.product import Knob, Product, draw_product
from anchorcrafter_core.builtin.product_paint import paint_sides
from anchorcrafter_core.builtin.product_view import studio_views
from anchorcrafter_core.builtin.scenes import (
    Scene,
    SceneOptions,
    describe_scene,
    hand_joints,
    reference_picture,
    render_frame,
)
from anchorcrafter_core.training.data.person_scene import without_product
from anchorcrafter_core.training.data.scene_dataset import LOOK
from anchorcrafter_core.training.data.shared_file import shared_file

LEARNING_SEEDS = range(2**48, 2**49)
"""Scenes that the judges learn from; ``SceneDataset`` and scores take theirs from below."""
HELD_OUT_SEEDS = range(2**49, 2**50)
"""Scenes that the judges are measured on."""
VIEW_SIZE = 96
_PRINT_CELLS = 192
_FRAMES = 46
_SHOWN = 3
_NOBODY = -1


@dataclass(frozen=True)
class Shows:
    """Frames of scenes and what is true of them.

    Attributes:
        frames: uint8 [N,3,H,W] RGB.
        masks: bool [N,H,W], visible product.
        hands: float32 [N,2,2], x, y in pixels of the left and the right hand, NaN where not visible.
        products: int64 [N], which product a frame shows, -1: none.
        views: uint8 [P,3,3,S,S], left, front and right view of every product. Products 2n and 2n + 1 wear the
            same colours.
    """

    frames: np.ndarray
    masks: np.ndarray
    hands: np.ndarray
    products: np.ndarray
    views: np.ndarray


def hand_centers(joints: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mean of a hand's joints, float32 [2,2] pixels; NaN unless half of the joints or more lie in the frame.

    Args:
        joints: float64 [2,21,3], as ``hand_joints`` gives them.
        height: of the frame, pixels.
        width: of the frame, pixels.
    """
    places = joints[..., :2]
    inside = ((places >= 0) & (places < (width, height))).all(-1)
    seen = 2 * inside.sum(-1) >= joints.shape[1]
    return np.where(seen[:, None], places.mean(1), np.nan).astype(np.float32)


def dressed_like(product: Product, model: Product) -> Product:
    """The product in the colours of another: told apart by shape and print alone.

    Args:
        product: gives shape, pattern, label and marks.
        model: gives the colours.
    """
    ground = replace(product.ground, ground=model.ground.ground, figure=model.ground.figure)
    tints = [knob.tint for knob in model.knobs] or [model.accent]
    knobs: tuple[Knob, ...] = tuple(replace(knob, tint=tints[0]) for knob in product.knobs)
    dressed = replace(product, ground=ground, accent=model.accent, lid=model.lid, paper=model.paper)
    return replace(dressed, knobs=knobs)


def with_product(scene: Scene, product: Product) -> Scene:
    """The same scene with another product."""
    return replace(scene, product=product, sides=paint_sides(product, scene.sides.shape[1]))


def views_of(product: Product, size: int = VIEW_SIZE) -> np.ndarray:
    """Three views on black, uint8 [3,3,size,size]."""
    return studio_views(product, paint_sides(product, _PRINT_CELLS), size).transpose(0, 3, 1, 2)


def _sibling(seed: int, product: Product) -> Product:
    """Another product of the same kind in most cases, in the same colours."""
    others = [draw_product(seed + offset) for offset in range(2**47, 2**47 + 12)]
    alike = [other for other in others if other.kind == product.kind] if seed % 4 else []
    return dressed_like((alike or others)[0], product)


def _bare_frame(scene: Scene, index: int) -> tuple[np.ndarray, np.ndarray]:
    """The person without a product, image [H,W,3] and joints [2,21,3]: gesturing, or as in the reference picture."""
    if scene.options.seed % 2:
        return render_frame(without_product(scene), index).image, hand_joints(scene, index)
    joints = to_pixels(still_figure(scene.frame, scene.person, scene.still).hands)
    return reference_picture(scene)[0], joints


def _scene_frames(seed: int) -> tuple[list[Scene], Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]]:
    """Both scenes of a seed, and (product 0, 1 or -1, image [H,W,3], mask [H,W], joints [2,21,3]) of their frames."""
    scene = describe_scene(SceneOptions(frames=_FRAMES, seed=seed))
    scenes = [scene, with_product(scene, _sibling(seed, scene.product))]
    random = np.random.default_rng([seed, 303])

    def shown() -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        for number, each in enumerate(scenes):
            for index in random.choice(_FRAMES, _SHOWN, replace=False).tolist():
                frame = render_frame(each, index)
                yield number, frame.image, frame.object_mask, hand_joints(each, index)
        image, joints = _bare_frame(scene, int(random.integers(_FRAMES)))
        yield _NOBODY, image, np.zeros(image.shape[:2], bool), joints

    return scenes, shown()


def render_shows(seeds: range) -> Shows:
    """Seven frames of every seed: three of a product, three of its sibling in the same colours, one of neither.

    Args:
        seeds: of scenes of 192 x 320 pixels.
    """
    frames, masks, hands, products, views = [], [], [], [], []
    for seed in seeds:
        scenes, shown = _scene_frames(seed)
        first = len(views)
        views += [views_of(scene.product) for scene in scenes]
        for number, image, mask, joints in shown:
            frames.append(image.transpose(2, 0, 1))
            masks.append(mask)
            hands.append(hand_centers(joints, *mask.shape))
            products.append(number if number == _NOBODY else first + number)
    return Shows(np.stack(frames), np.stack(masks), np.stack(hands), np.array(products), np.stack(views))


def read_shows(folder: Path, seeds: range, lot: int = 20) -> Shows:
    """The shows of seeds from a folder; lots that are not there yet are rendered into it.

    Args:
        folder: made when missing.
        seeds: a multiple of ``lot`` of them.
        lot: seeds per file.

    Raises:
        ValueError: seeds that do not fill their files.
    """
    if not seeds or len(seeds) % lot:
        raise ValueError(f"{len(seeds)} seeds; expected a multiple of {lot}")
    folder.mkdir(parents=True, exist_ok=True)
    lots = [_read_lot(folder, range(start, start + lot)) for start in range(seeds.start, seeds.stop, lot)]
    return _joined(lots)


def _read_lot(folder: Path, seeds: range) -> Shows:
    path = folder / f"look{LOOK}_{seeds.start}_{len(seeds)}.npz"
    if not path.exists():
        shows = render_shows(seeds)
        with shared_file(path) as partial:
            np.savez(partial, **{field.name: getattr(shows, field.name) for field in fields(Shows)})
    with np.load(path, allow_pickle=False) as kept:
        return Shows(**{field.name: kept[field.name] for field in fields(Shows)})


def _joined(lots: list[Shows]) -> Shows:
    """All lots as one, products counted on."""
    starts = np.cumsum([0, *(len(lot.views) for lot in lots)])
    products = [
        np.where(lot.products == _NOBODY, _NOBODY, lot.products + start)
        for lot, start in zip(lots, starts[:-1], strict=True)
    ]
    joined = {name: np.concatenate([getattr(lot, name) for lot in lots]) for name in ("frames", "masks", "hands")}
    return Shows(products=np.concatenate(products), views=np.concatenate([lot.views for lot in lots]), **joined)
