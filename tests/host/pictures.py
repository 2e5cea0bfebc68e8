"""Make the pictures of the workflows: thumbnails beside them and screenshots for the documents.

``python -m tests.host.pictures`` runs every workflow in ComfyUI's editor. ``COMFYUI_FRONTENDS`` may name the frontend
to show, the last one counts.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from PIL import Image

from tests.host.browser import SETTINGS, Browser
from tests.host.finding import ROOT, find_browser, find_host, other_frontends
from tests.host.graph import Graph
from tests.host.own_files import put_own_files
from tests.host.server import Server, prepare
from tests.workflows.ui_graph import read, workflow_files

logger = logging.getLogger(__name__)

OWN_SIZE = (192, 320)
"""Width and height of the pictures for the workflow that asks for files."""
CHINESE = "1_quick_start"
MOST_BYTES = 200_000
THUMBNAIL, GROUND, GAP = (640, 400), (24, 26, 30), 3
CONTROLS = {"person": 4, "pose": 1, "hand": 2, "track": 3}
"""Outputs of 'HOI Control Signals' by name."""
QUEUE_IS_EMPTY = "fetch('/queue').then(a => a.json()).then(q => q.queue_running.length + q.queue_pending.length == 0)"
LONGEST = 900.0
"""Seconds that a workflow may take."""


def main() -> None:
    """Run all workflows and take their pictures."""
    host, chromium = find_host(os.environ), find_browser(os.environ)
    if host is None or chromium is None:
        raise SystemExit("Needs COMFYUI_PATH and a Chromium.")
    frontends = other_frontends(os.environ)
    options = ("--front-end-root", str(frontends[-1])) if frontends else ()
    with TemporaryDirectory() as folder, Server(host, prepare(Path(folder), "anchorcrafter"), options) as server:
        server.post("/api/settings", SETTINGS)
        put_own_files(server.base / "input", *OWN_SIZE)
        with Browser(chromium, Path(folder) / "profile") as browser:
            browser.open_editor(server.address)
            for path in workflow_files():
                show(browser, server, path, path.stem)
            server.post("/api/settings", {"Comfy.Locale": "zh"})
            browser.open_editor(server.address)
            show(browser, server, ROOT / "workflows" / f"{CHINESE}.json", f"{CHINESE}_zh")


def show(browser: Browser, server: Server, path: Path, name: str) -> None:
    """Run one workflow in the editor; write its screenshot and, if that is its own name, its thumbnail."""
    browser.open_graph(read(path), path.stem)
    prompt = browser.prompt()
    browser.evaluate("app.queuePrompt(0, 1)")
    browser.wait_for(QUEUE_IS_EMPTY, LONGEST)
    browser.show_everything()
    save(Image.open(BytesIO(browser.picture(90))), ROOT / "docs" / "images" / f"workflow_{name}.jpg")
    if name == path.stem:
        save(laid_out(shown(server, Graph(prompt))), path.with_suffix(".jpg"))
    logger.info("%s", name)


def save(picture: Image.Image, path: Path) -> None:
    """Write a JPEG that stays below the limit."""
    written = (as_jpeg(picture, quality) for quality in range(90, 20, -5))
    path.write_bytes(next(file for file in written if len(file) <= MOST_BYTES))


def as_jpeg(picture: Image.Image, quality: int) -> bytes:
    """A JPEG file."""
    buffer = BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def shown(server: Server, graph: Graph) -> list[Image.Image]:
    """Product, person, one frame of each driving clip and of each result of a graph that has just run."""
    controls = graph.number("HOIControlSignals")
    for name, slot in CONTROLS.items():
        graph = graph.with_node(name, "PreviewImage", images=[controls, slot])
    outputs = server.run(graph.nodes).outputs
    kinds = graph.by_kind()
    products = [first(pictures(server, outputs[number])) for number in kinds["MultiViewObjectEncoder"]]
    driving = [middle(pictures(server, outputs[name])) for name in CONTROLS]
    results = [pictures(server, outputs[number]) for number in kinds["SaveVideo"]]
    return [*products, *driving, *map(middle, results)]


def first(clip: list[Image.Image]) -> Image.Image:
    """The first of some pictures."""
    return clip[0]


def middle(clip: list[Image.Image]) -> Image.Image:
    """The one in the middle of some pictures."""
    return clip[len(clip) // 2]


def pictures(server: Server, output: Mapping[str, Any]) -> list[Image.Image]:
    """Everything that one node showed, frame by frame."""
    files = [server.base / item["type"] / item["subfolder"] / item["filename"] for item in output["images"]]
    return [picture for file in files for picture in opened(file)]


def opened(file: Path) -> list[Image.Image]:
    """The picture in a file, or all frames of a video."""
    if file.suffix != ".mp4":
        return [Image.open(file).convert("RGB")]
    with av.open(str(file)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def laid_out(pictures: list[Image.Image]) -> Image.Image:
    """Pictures in rows of equal width, in their order; cut so that the smallest one is as large as can be."""
    splits = [split for count in range(4) for split in combinations(range(1, len(pictures)), count)]
    rows = [[pictures[a:b] for a, b in pairwise([0, *split, len(pictures)])] for split in splits]
    best = max(rows, key=smallest)
    return drawn(best, scale(best))


def aspect(row: list[Image.Image]) -> float:
    """Width of a row of height one."""
    return sum(picture.width / picture.height for picture in row)


def scale(rows: list[list[Image.Image]]) -> float:
    """The share of the full width that lets all rows fit."""
    return min(1.0, THUMBNAIL[1] / sum(THUMBNAIL[0] / aspect(row) for row in rows))


def smallest(rows: list[list[Image.Image]]) -> float:
    """Area of the smallest picture in pixels."""
    heights = {id(row): THUMBNAIL[0] * scale(rows) / aspect(row) for row in rows}
    return min(heights[id(row)] ** 2 * picture.width / picture.height for row in rows for picture in row)


def drawn(rows: list[list[Image.Image]], scale: float) -> Image.Image:
    """The thumbnail, rows in the middle."""
    page = Image.new("RGB", THUMBNAIL, GROUND)
    heights = [THUMBNAIL[0] * scale / aspect(row) for row in rows]
    y = (THUMBNAIL[1] - sum(heights)) / 2
    for row, height in zip(rows, heights, strict=True):
        x = THUMBNAIL[0] * (1 - scale) / 2
        for picture in row:
            width = height * picture.width / picture.height
            size = round(width) - 2 * GAP, round(height) - 2 * GAP
            page.paste(picture.resize(size, Image.Resampling.LANCZOS), (round(x) + GAP, round(y) + GAP))
            x += width
        y += height
    return page


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
