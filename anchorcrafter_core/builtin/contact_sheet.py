"""A picture that shows scenes at a glance: ``python -m anchorcrafter_core.builtin.contact_sheet OUT.jpg``.

Per scene: the reference picture, the three product views, and five frames over their hand and track clips.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..media.partial_file import partial_file
from .scenes import Scene, SceneFrame, SceneOptions, describe_scene, product_views, reference_picture, render_frame

SEEDS = (13, 24, 25, 29, 33, 23)
_SHOWN = 5
_SECONDS = 3.0
_CELL = (144, 240)
_COLUMNS = 2


def scene_strip(scene: Scene) -> Image.Image:
    """One scene as a strip of 2 + 5 cells."""
    reference, _ = reference_picture(scene)
    cell_width, cell_height = _CELL
    strip = Image.new("RGB", ((2 + _SHOWN) * cell_width, cell_height * 3 // 2), (16, 16, 16))
    strip.paste(_scaled(reference, _CELL), (0, 0))
    left, front, right = product_views(scene, 2 * cell_width)
    half = cell_width // 2
    strip.paste(_scaled(front, (cell_width, cell_width)), (cell_width, 0))
    strip.paste(_scaled(left, (half, half)), (cell_width, cell_width))
    strip.paste(_scaled(right, (half, half)), (cell_width + half, cell_width))
    places = np.linspace(0, scene.options.frames - 1, _SHOWN).astype(int)
    for column, index in enumerate(places.tolist(), start=2):
        strip.paste(_frame_cell(render_frame(scene, index)), (column * cell_width, 0))
    return strip


def _frame_cell(frame: SceneFrame) -> Image.Image:
    """A frame with its hand and track pictures at half size below."""
    cell_width, cell_height = _CELL
    cell = Image.new("RGB", (cell_width, cell_height * 3 // 2))
    cell.paste(_scaled(frame.image, _CELL), (0, 0))
    half = (cell_width // 2, cell_height // 2)
    cell.paste(_scaled(frame.hand, half), (0, cell_height))
    cell.paste(_scaled(frame.track, half), (half[0], cell_height))
    return cell


def _scaled(picture: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """A picture uint8 [H,W,3] at (width, height)."""
    return Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)


def contact_sheet(seeds: Sequence[int] = SEEDS) -> Image.Image:
    """Scenes of the given seeds, two strips per row."""
    options = [SceneOptions(frames=int(_SECONDS * 15), seed=seed) for seed in seeds]
    strips = [scene_strip(describe_scene(option)) for option in options]
    width, height = strips[0].size
    sheet = Image.new("RGB", (width * _COLUMNS, height * -(-len(strips) // _COLUMNS)))
    for index, strip in enumerate(strips):
        sheet.paste(strip, (index % _COLUMNS * width, index // _COLUMNS * height))
    return sheet


def save_sheet(path: Path, seeds: Sequence[int] = SEEDS) -> None:
    """Write the contact sheet as a JPEG, whole or not at all."""
    sheet = contact_sheet(seeds)
    with partial_file(path) as partial:
        sheet.save(partial, format="JPEG", quality=84, optimize=True)


def main(arguments: Sequence[str]) -> int:
    """Entry point; one argument: the file to write."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m anchorcrafter_core.builtin.contact_sheet OUT.jpg\n")
        return 2
    save_sheet(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
