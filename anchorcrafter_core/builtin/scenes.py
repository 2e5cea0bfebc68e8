"""Synthetic product shows: a person who shows a product, with every control signal known exactly.

One seed makes person, product, motion and background; each can be exchanged alone. The camera stands still.
Hands in the hand clip are cut where the product hides them, as in the published clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..controls.hand_surface import hand_surface, palm_length, soft_hand
from ..controls.hands.cones import FAR, Surface, quarter_sum
from ..types import Pose, require_sides
from .arms import skin_light, view_arm
from .backdrop import paint_backdrop
from .canvas import BODY, FINE, LEFT_HAND, PRODUCT, RIGHT_HAND, Canvas, color_sums, coverage, empty_like, finish, words
from .figure import Figure, Frame, key_points, place_product, show_figure, still_figure, to_pixels
from .head import HeadPaint, paint_head, view_head
from .motion import Motion, draw_motion
from .person import Person, draw_person
from .product import Product, draw_product
from .product_paint import paint_sides
from .product_view import Crop, studio_views, view_product
from .torso import Trunk, paint_trunk

_HEAD_ROOM = 0.075
_HEAD_TOP = 0.31
_DARKEST_DEPTH = 56
_PRINT_DENSITY = 0.26
_STUDIO_CELLS = 512


@dataclass(frozen=True)
class SceneOptions:
    """What to make.

    Attributes:
        width: pixels, a multiple of 64.
        height: pixels, a multiple of 64.
        frames: number of frames, >= 1; a longer scene begins like a shorter one.
        seed: decides everything that has no seed of its own below, >= 0.
        fps: frames per second, > 0.
        person_seed: exchanges only the person.
        product_seed: exchanges only the product.
        motion_seed: exchanges only the choreography.
        background_seed: exchanges only the place.
    """

    width: int = 192
    height: int = 320
    frames: int = 17
    seed: int = 0
    fps: float = 15.0
    person_seed: int | None = None
    product_seed: int | None = None
    motion_seed: int | None = None
    background_seed: int | None = None

    def __post_init__(self) -> None:
        require_sides(self.width, self.height)


@dataclass(frozen=True)
class Scene:
    """A scene ready to be drawn frame by frame.

    Attributes:
        options: what was asked for.
        person: who.
        product: what.
        motion: the choreography.
        still: of the person's own seed; the person's picture is posed by it.
        frame: metres to fine samples.
        backdrop: uint8 [2H,2W,4].
        trunk: painted body.
        head: painted head.
        sides: uint8 [6,n,n,3], the product's print.
        depth_range: farthest and nearest depth of the product over the clip, fine samples.
    """

    options: SceneOptions
    person: Person
    product: Product
    motion: Motion
    still: Motion
    frame: Frame
    backdrop: np.ndarray
    trunk: Trunk
    head: HeadPaint
    sides: np.ndarray
    depth_range: tuple[float, float]


@dataclass(frozen=True)
class SceneFrame:
    """One frame and all that is known about it.

    Attributes:
        image: uint8 [H,W,3] RGB.
        hand: uint8 [H,W,3], hands in the published look on black, cut where the product is before them.
        track: uint8 [H,W,3], grey depth inside ``object_mask`` (never 0 there), black outside; near is bright.
        object_mask: bool [H,W], visible product.
        hand_mask: bool [H,W], where the hand clip shows hands; never where ``object_mask`` is.
        pose: one person.
        box: float64 [4], x0, y0, x1, y1 in pixels of the product's whole silhouette, hidden parts included.
    """

    image: np.ndarray
    hand: np.ndarray
    track: np.ndarray
    object_mask: np.ndarray
    hand_mask: np.ndarray
    pose: Pose
    box: np.ndarray


def describe_scene(options: SceneOptions) -> Scene:
    """All that stays the same over the frames of a scene.

    Raises:
        ConditionError: when a side is no multiple of 64.
    """
    seeds = [options.person_seed, options.product_seed, options.motion_seed, options.background_seed]
    who, what, how, where = (options.seed if seed is None else seed for seed in seeds)
    person, product = draw_person(who), draw_product(what)
    motion = draw_motion(how, options.frames / options.fps)
    frame = _frame(options, person)
    return Scene(
        options=options,
        person=person,
        product=product,
        motion=motion,
        still=draw_motion(who, options.frames / options.fps),
        frame=frame,
        backdrop=paint_backdrop(where, frame.size),
        trunk=paint_trunk(person, frame.size, (float(frame.neck[0]), float(frame.neck[1])), frame.unit),
        head=paint_head(person),
        sides=paint_sides(product, max(int(_PRINT_DENSITY * frame.unit), 48)),
        depth_range=_depth_range(frame, product, motion, options),
    )


def _frame(options: SceneOptions, person: Person) -> Frame:
    """Place the person in the picture: head near the top, knees or hips at the lower edge."""
    size = (options.height * FINE, options.width * FINE)
    unit = size[0] * (1 - _HEAD_ROOM) / person.view
    neck = np.array([size[1] / 2 + person.place * size[0], size[0] * _HEAD_ROOM + _HEAD_TOP * unit])
    return Frame(size, neck, unit)


def _depth_range(frame: Frame, product: Product, motion: Motion, options: SceneOptions) -> tuple[float, float]:
    """Farthest and nearest depth that the product can show over the clip."""
    poses = [motion.pose_at(index / options.fps) for index in range(options.frames)]
    thick = float(product.half[[0, 2]].max())
    far = min(pose.place[2] - 0.3 * thick * pose.scale for pose in poses)
    near = max(pose.place[2] + 1.05 * thick * pose.scale for pose in poses)
    return far * frame.unit, near * frame.unit


def render_frame(scene: Scene, index: int) -> SceneFrame:
    """Frame ``index`` (0 ... frames - 1), independent of the others."""
    figure = _figure(scene, index)
    canvas = _stage(scene)
    _draw_person(canvas, scene, figure)
    hands = _draw_hands(canvas, scene, figure)
    place = place_product(scene.frame, scene.motion, index / scene.options.fps)
    crop = view_product(scene.product, scene.sides, place, scene.frame.size)
    canvas.put(crop, PRODUCT)
    object_mask = coverage(canvas.owner, (PRODUCT,)) >= 2
    hand, hand_mask = _hand_picture(scene, figure, hands, crop)
    return SceneFrame(
        image=finish(canvas, scene.frame.unit),
        hand=hand,
        track=_track(scene, canvas, object_mask, crop.window),
        object_mask=object_mask,
        hand_mask=hand_mask & ~object_mask,
        pose=key_points(scene.frame, scene.person, figure, _hidden(canvas, figure)),
        box=_box(crop),
    )


def frames(scene: Scene) -> Iterator[SceneFrame]:
    """All frames of a scene in order."""
    return (render_frame(scene, index) for index in range(scene.options.frames))


def hand_joints(scene: Scene, index: int) -> np.ndarray:
    """True joints of both hands, float64 [2,21,3]: left then right, pixels, depth in pixels towards the viewer."""
    return to_pixels(_figure(scene, index).hands)


def reference_picture(scene: Scene) -> tuple[np.ndarray, Pose]:
    """The same person in another pose without a product: uint8 [H,W,3] and its key points."""
    figure = still_figure(scene.frame, scene.person, scene.still)
    canvas = _stage(scene)
    _draw_person(canvas, scene, figure)
    _draw_hands(canvas, scene, figure)
    pose = key_points(scene.frame, scene.person, figure, np.zeros((2, 21), bool))
    return finish(canvas, scene.frame.unit), pose


def product_views(scene: Scene, size: int = 518) -> np.ndarray:
    """Three views of the product on black, uint8 [3,size,size,3]: left, front, right."""
    return studio_views(scene.product, paint_sides(scene.product, _STUDIO_CELLS), size)


def _figure(scene: Scene, index: int) -> Figure:
    """The person at a frame."""
    return show_figure(scene.frame, scene.person, scene.product, scene.motion, index / scene.options.fps)


def _stage(scene: Scene) -> Canvas:
    """A canvas with the background far behind."""
    return replace(empty_like(scene.frame.size), color=scene.backdrop.copy())


def _draw_person(canvas: Canvas, scene: Scene, figure: Figure) -> None:
    """Trunk, head and arms."""
    _draw_trunk(canvas, scene, figure)
    for crop in view_head(scene.person, scene.head, figure.head, figure.eyes, scene.frame.size):
        canvas.put(crop, BODY)
    for arm, hand_unit in zip(figure.arms, figure.hand_units, strict=True):
        for crop in view_arm(scene.person, arm, scene.frame.size, (scene.frame.unit, hand_unit)):
            canvas.put(crop, BODY)


def _draw_trunk(canvas: Canvas, scene: Scene, figure: Figure) -> None:
    """Copy the painted trunk in bands of rows that sway by the same number of samples."""
    height, width = canvas.size
    shifts = np.rint(scene.frame.sway(np.arange(height) + 0.5, figure.shift)).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(shifts)) + 1).tolist(), height]
    for top, bottom in zip(edges[:-1], edges[1:], strict=True):
        left = scene.trunk.margin - int(np.clip(shifts[top], -scene.trunk.margin, scene.trunk.margin))
        band = np.s_[top:bottom, left : left + width]
        is_body = scene.trunk.depth[band] > FAR / 2
        np.copyto(words(canvas.color)[top:bottom], words(scene.trunk.color)[band], where=is_body)
        np.copyto(canvas.depth[top:bottom], scene.trunk.depth[band])
        np.copyto(canvas.owner[top:bottom], np.uint8(BODY), where=is_body)


def _draw_hands(canvas: Canvas, scene: Scene, figure: Figure) -> list[Surface]:
    """Both hands in skin; their surfaces."""
    surfaces = [hand_surface(joints, scene.frame.size) for joints in figure.hands]
    tint = np.array(scene.person.skin, np.float32)
    for surface, owner in zip(surfaces, (LEFT_HAND, RIGHT_HAND), strict=True):
        canvas.put(Crop(surface.window, skin_light(surface)[..., None] * tint, surface.depth), owner)
    return surfaces


def _hand_picture(
    scene: Scene, figure: Figure, surfaces: list[Surface], product: Crop
) -> tuple[np.ndarray, np.ndarray]:
    """Hands in the published look where no product is before them, uint8 [H,W,3], and their mask bool [H,W]."""
    canvas = empty_like(scene.frame.size)
    canvas.depth[product.window] = product.depth
    for joints, surface in zip(figure.hands, surfaces, strict=True):
        shaded = soft_hand(surface, palm_length(joints))
        canvas.put(Crop(surface.window, shaded, surface.depth), LEFT_HAND)
    return ((color_sums(canvas.color) + 2) >> 2).astype(np.uint8), coverage(canvas.owner, (LEFT_HAND,)) >= 2


def _track(scene: Scene, canvas: Canvas, object_mask: np.ndarray, window: tuple[slice, slice]) -> np.ndarray:
    """Grey depth of the visible product, which lies in the window of samples, uint8 [H,W,3]."""
    far, near = scene.depth_range
    mine = canvas.owner[_even(window)] == PRODUCT
    share = np.clip((canvas.depth[_even(window)] - np.float32(far)) * np.float32(1 / (near - far)), 0, 1)
    level = (np.floor(share * np.float32(255 - _DARKEST_DEPTH)) + np.float32(_DARKEST_DEPTH)) * mine
    count = np.maximum(quarter_sum(mine.astype(np.float32)), 1)
    track = np.zeros((*object_mask.shape, 3), np.uint8)
    pixels = (slice(_even(window)[0].start // FINE, None), slice(_even(window)[1].start // FINE, None))
    part = track[pixels][: count.shape[0], : count.shape[1]]
    part[:] = (quarter_sum(level) / count).astype(np.uint8)[..., None]
    track *= object_mask[..., None]
    return track


def _even(window: tuple[slice, slice]) -> tuple[slice, slice]:
    """The window grown to whole pixels."""
    rows, columns = (slice(side.start // FINE * FINE, -(-side.stop // FINE) * FINE) for side in window)
    return rows, columns


def _hidden(canvas: Canvas, figure: Figure) -> np.ndarray:
    """Hand joints whose sample shows the product, bool [2,21]."""
    edge = np.array([canvas.size[1], canvas.size[0]]) - 1
    column, row = np.moveaxis(np.clip(figure.hands[..., :2], 0, edge).astype(int), -1, 0)
    return canvas.owner[row, column] == PRODUCT


def _box(crop: Crop) -> np.ndarray:
    """Pixels x0, y0, x1, y1 of a crop's surface, float64 [4]; zeros when it lies outside the frame."""
    rows, columns = np.nonzero(crop.depth > FAR / 2)
    if not len(rows):
        return np.zeros(4)
    top, left = crop.window[0].start, crop.window[1].start
    corners = [left + columns.min(), top + rows.min(), left + columns.max() + 1, top + rows.max() + 1]
    return np.array(corners, float) / FINE
