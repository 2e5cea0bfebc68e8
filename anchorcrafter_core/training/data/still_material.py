"""How a still becomes an entry of a data set: a pseudo-video with the product's silhouette as track and mask."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...conditioning.cutout import Cutout, cut_out
from ...controls.mask_track import draw_mask_track
from ...media.images import as_tensor, on_black, read_image
from .draw import SEED_WORDS
from .framing import MASK_MIDDLE, nearest_size
from .material import BuildOptions, Material, raw_at_fault
from .pseudo_video import draw_way, show_shot
from .raw import RawClip
from .still_ground import ground_of, with_room
from .write_entry import write_clip, write_picture


def still_material(item: RawClip, views: Sequence[Path], options: BuildOptions, folder: Path) -> Material:
    """A still as a pseudo-video; frame 0 shows it without its product.

    Args:
        item: the still.
        views: other pictures of the product on black; without them the still's own cut-out is its view.
        options: sizes, length, rate, seed of the camera's way.
        folder: of the entry; takes up clip, ground and view.

    Raises:
        UnusableClip: unreadable, too small, or no product in it.
        MediaError: no room in ``folder``.
    """
    random = np.random.default_rng([options.seed % SEED_WORDS, zlib.crc32(item.name.encode())])
    with raw_at_fault():
        picture = read_image(item.path)
        cut, colors = cut_out(picture), np.ascontiguousarray(on_black(picture))
        size = nearest_size((colors.shape[0], colors.shape[1]), options.sizes)
        colors, ground, mask = with_room(colors, ground_of(colors, cut.mask.numpy()), cut.mask.numpy(), size)
        way = draw_way(mask, size, options.still_frames, random)
    silhouettes = [frame > MASK_MIDDLE for frame in way.show(mask.astype(np.uint8) * 255)]
    return Material(
        clip=write_clip(folder / "clip.mp4", map(as_tensor, way.show(colors)), options.still_fps),
        person=write_picture(folder / "person.png", as_tensor(show_shot(ground, way.first, *size))),
        skeleton=None,
        signals={"track": map(as_tensor, draw_mask_track(silhouettes))},
        masks={"object": map(torch.from_numpy, silhouettes)},
        fps=options.still_fps,
        views=tuple(views) or (write_picture(folder / "view.png", tight(cut)),),
        kind="still",
        note=cut.warning,
    )


def tight(cut: Cutout) -> Tensor:
    """The product of a still on black without its surroundings: uint8 [3,h,w]."""
    rows, columns = (torch.nonzero(cut.mask.any(dim=axis)).flatten() for axis in (1, 0))
    window = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    return (cut.picture * cut.mask)[:, window[0], window[1]]
