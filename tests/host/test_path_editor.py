"""The path editor of 'Product Path' in a real browser: by mouse and keyboard, in both ways that nodes are drawn."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from anchorcrafter_core.controls.path.curve import places_at
from anchorcrafter_core.controls.path.path_text import parse_path, path_text
from anchorcrafter_core.controls.path.product_path import CURVES, EASES, KeyBox, ProductPath
from tests.host.browser import SETTINGS, Browser
from tests.host.finding import Host, find_browser, other_frontends
from tests.host.server import PACK, Server, prepare

CHROMIUM = find_browser(os.environ)
FRONTENDS = ["bundled", *other_frontends(os.environ)]
RENDERERS = ("canvas", "nodes 2.0")
FIRST_WITH_DOM_WIDGETS = (1, 28)
"""Frontend whose new renderer can show what the old one could."""
WIDTH, HEIGHT, FRAMES = 192, 320, 12
SHIFT = 8
KEYS = {"Delete": 46, "Tab": 9, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; CHROMIUM may name one")

SCENE = """(() => {
  app.graph.clear();
  const add = (type, x, y) => {
    const node = LiteGraph.createNode(type);
    node.pos = [x, y];
    app.graph.add(node);
    return node;
  };
  const sample = add("AnchorSample", 0, 0), path = add("ProductPath", 420, 0), shown = add("PreviewImage", 1000, 0);
  const numbers = {width: WIDTH, height: HEIGHT, frames: 2, seed: 5, control_after_generate: "fixed"};
  for (const widget of sample.widgets) if (widget.name in numbers) widget.value = numbers[widget.name];
  for (const widget of path.widgets) if (["width", "height"].includes(widget.name)) widget.value = numbers[widget.name];
  path.widgets.find(widget => widget.name === "frames").value = FRAMES;
  const output = name => sample.outputs.findIndex(each => each.name === name);
  sample.connect(output("views"), path, path.findInputSlot("product"));
  sample.connect(output("person"), path, path.findInputSlot("person"));
  path.connect(0, shown, 0);
  path.pathEditor.refresh();
})()"""
for name, number in (("WIDTH", WIDTH), ("HEIGHT", HEIGHT), ("FRAMES", FRAMES)):
    SCENE = SCENE.replace(name, str(number))
NODE = "app.graph._nodes.find(node => node.type === 'ProductPath')"
EDITOR = f"{NODE}.pathEditor"


@pytest.fixture(scope="module", params=FRONTENDS, ids=lambda frontend: Path(frontend).parent.name)
def edited(request: pytest.FixtureRequest, host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """ComfyUI with one of the frontends."""
    options = () if request.param == "bundled" else ("--front-end-root", str(request.param))
    with Server(host, prepare(tmp_path_factory.mktemp("drawn")), options) as running:
        running.post("/api/settings", {**SETTINGS, "Comfy.Locale": "en"})
        yield running


@pytest.fixture(scope="module", params=RENDERERS)
def browser(
    request: pytest.FixtureRequest, edited: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """The editor of graphs with one way to draw nodes."""
    edited.post("/api/settings", {"Comfy.VueNodes.Enabled": request.param == "nodes 2.0"})
    with Browser(str(CHROMIUM), tmp_path_factory.mktemp("profile")) as running:
        running.open_editor(edited.address)
        version = running.evaluate("String(window.__COMFYUI_FRONTEND_VERSION__)")
        if request.param != "canvas" and tuple(map(int, version.split(".")[:2])) < FIRST_WITH_DOM_WIDGETS:
            pytest.skip(f"nodes 2.0 of frontend {version} is a trial that shows no DOM widget of any node")
        yield running


@dataclass(frozen=True)
class Artist:
    """Somebody with a mouse and a keyboard before a graph with one 'Product Path'."""

    browser: Browser

    def ask(self, expression: str) -> Any:
        """The value of an expression after ``editor.``."""
        return self.browser.evaluate(f"{EDITOR}.{expression}")

    def path(self) -> ProductPath:
        """What the node would send to the server."""
        (node,) = [node for node in self.browser.prompt().values() if node["class_type"] == "ProductPath"]
        return parse_path(node["inputs"]["path"])

    def middle(self, selector: str) -> tuple[float, float]:
        """Where a part of the editor is on the page."""
        x, y = self.ask(
            f"element.querySelector({json.dumps(selector)}) && (box => [box.x + box.width / 2, box.y + box.height / 2])"
            f"({EDITOR}.element.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        return x, y

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Where shares of the frame are on the page."""
        left, top = self.ask(
            f"stage.svg && (at => [at.x, at.y])(new DOMPoint({x * WIDTH}, {y * HEIGHT})"
            f".matrixTransform({EDITOR}.stage.svg.getScreenCTM()))"
        )
        return left, top

    def mouse(self, kind: str, at: tuple[float, float], shift: bool = False) -> None:
        """One event of the mouse with its left button."""
        button = {"button": "left", "buttons": 0 if kind == "mouseReleased" else 1, "clickCount": 1}
        modifiers = SHIFT if shift else 0
        self.browser.call(
            "Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], modifiers=modifiers, pointerType="mouse", **button
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float], shift: bool = False) -> None:
        """Press, move in steps, let go."""
        self.mouse("mousePressed", start, shift)
        for share in (0.3, 0.7, 1.0):
            at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            self.mouse("mouseMoved", at, shift)
        self.mouse("mouseReleased", end, shift)

    def click(self, selector: str) -> None:
        """Click on a part of the editor."""
        at = self.middle(selector)
        self.drag(at, at)

    def tool(self, word: str) -> None:
        """Click on a tool by its English name."""
        self.click(f"button[aria-label^={json.dumps(word)}]")

    def press(self, key: str, shift: bool = False, control: bool = False) -> None:
        """Press and let go of a key."""
        code = KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0)
        modifiers = SHIFT * shift + 2 * control
        text = {"text": key} if len(key) == 1 and not control else {}
        word = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", **word, **text)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", **word)

    def scrub(self, frame: int) -> None:
        """Click on a frame of the bar."""
        x, y, width = self.ask("timeline.element && (b => [b.x, b.y + b.height - 3, b.width])"
                               f"({EDITOR}.timeline.element.getBoundingClientRect())")  # fmt: skip
        at = (x + min(width * frame / (FRAMES - 1), width - 1), y)
        self.drag(at, at)

    def changes(self) -> int:
        """How often the node has told of a change since the scene was made."""
        return self.browser.evaluate("window.pathChanges")


@pytest.fixture
def artist(browser: Browser) -> Artist:
    """A new scene."""
    browser.evaluate(SCENE)
    time.sleep(0.5)
    browser.show_everything()
    browser.evaluate(
        f"(() => {{ window.pathChanges = 0; const widget = {NODE}.widgets.find(each => each.name === 'path');"
        "widget.callback = () => { window.pathChanges += 1; }; })()"
    )
    return Artist(browser)


def place(key: KeyBox) -> tuple[float, float]:
    return key.x, key.y


def test_a_new_node_shows_one_box_and_sends_plain_json(artist: Artist) -> None:
    (key,) = artist.path().keys
    assert (key.frame, key.x, key.y, key.w, key.h) == (0, 0.5, 0.6, 0.3, 0.2)
    assert artist.ask("element.isConnected") and artist.ask("stage.svg.clientWidth") > 200
    names = artist.browser.evaluate(f"{NODE}.widgets.map(widget => widget.name)")
    assert names == ["width", "height", "frames", "looseness", "path"]
    areas = "[...document.querySelectorAll('textarea')].filter(area => area.value.includes('catmull'))"
    assert artist.browser.evaluate(f"{areas}.every(area => area.closest('.ac-path'))")


def test_dragging_the_box_moves_it_in_one_change(artist: Artist) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.25))
    (key,) = artist.path().keys
    assert place(key) == pytest.approx((0.3, 0.25), abs=0.01)
    assert (key.w, key.h) == (0.3, 0.2) and artist.changes() == 1


def test_two_frames_get_two_keys(artist: Artist) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.3))
    artist.scrub(11)
    assert artist.ask("frame") == 11
    artist.drag(artist.spot(0.3, 0.3), artist.spot(0.7, 0.8))
    first, last = artist.path().keys
    assert (first.frame, last.frame) == (0, 11)
    assert place(first) == pytest.approx((0.3, 0.3), abs=0.01)
    assert place(last) == pytest.approx((0.7, 0.8), abs=0.01)
    artist.click(".ac-ghost circle")
    assert artist.ask("frame") == 0


def test_a_key_is_added_and_deleted_and_the_node_stays(artist: Artist) -> None:
    artist.scrub(6)
    artist.tool("Add a key")
    assert [key.frame for key in artist.path().keys] == [0, 6]
    artist.click(".ac-stage")
    artist.press("Delete")
    assert [key.frame for key in artist.path().keys] == [0]
    artist.press("Delete")
    assert [key.frame for key in artist.path().keys] == [0]
    assert artist.browser.evaluate(f"Boolean({NODE})")
    artist.press("a")
    artist.tool("Delete the key")
    assert [key.frame for key in artist.path().keys] == [0]


def test_keys_move_in_time_and_do_not_pass_each_other(artist: Artist) -> None:
    artist.scrub(6)
    artist.tool("Add a key")
    x, y = artist.middle(".ac-mark[data-frame='6']")
    begin, _ = artist.middle(".ac-mark[data-frame='0']")
    step = (x - begin) / 6
    artist.drag((x, y), (x + 3 * step, y))
    assert [key.frame for key in artist.path().keys] == [0, 9]
    artist.drag((x + 3 * step, y), (begin - 30, y))
    assert [key.frame for key in artist.path().keys] == [0, 1]
    assert artist.changes() == 3


def test_a_corner_keeps_the_proportions_unless_shift_frees_it(artist: Artist) -> None:
    artist.drag(artist.middle("[data-grip='1,1']"), artist.spot(0.8, 0.9))
    (key,) = artist.path().keys
    assert key.w / key.h == pytest.approx(1.5, rel=0.02) and key.w > 0.35
    assert key.x - key.w / 2 == pytest.approx(0.35, abs=0.01) and key.y - key.h / 2 == pytest.approx(0.5, abs=0.01)
    artist.drag(artist.middle("[data-grip='1,1']"), artist.spot(0.9, 0.7), shift=True)
    (key,) = artist.path().keys
    assert key.x + key.w / 2 == pytest.approx(0.9, abs=0.01) and key.y + key.h / 2 == pytest.approx(0.7, abs=0.01)


def test_an_edge_stretches(artist: Artist) -> None:
    artist.drag(artist.middle("[data-grip='0,-1']"), artist.spot(0.5, 0.3))
    (key,) = artist.path().keys
    assert key.w == 0.3 and key.y - key.h / 2 == pytest.approx(0.3, abs=0.01)
    assert key.y + key.h / 2 == pytest.approx(0.7, abs=0.01)


def test_the_knob_turns(artist: Artist) -> None:
    artist.drag(artist.middle("[data-grip='turn']"), artist.spot(0.9, 0.6))
    (key,) = artist.path().keys
    assert key.rotation == pytest.approx(90, abs=1.5) and place(key) == (0.5, 0.6)


def test_the_keyboard_does_all_of_it(artist: Artist) -> None:
    artist.click(".ac-stage")
    artist.press("ArrowLeft")
    artist.press("ArrowDown", shift=True)
    (key,) = artist.path().keys
    assert place(key) == pytest.approx((0.495, 0.65)) and artist.changes() == 2
    artist.press("+")
    artist.press("r")
    (key,) = artist.path().keys
    assert (key.w, key.rotation) == (pytest.approx(0.309, abs=1e-4), 3)
    for _ in range(4):
        artist.press(".")
    artist.press("ArrowUp")
    assert [key.frame for key in artist.path().keys] == [0, 4] and artist.ask("frame") == 4
    artist.press(",")
    artist.press("Tab")
    assert artist.ask("frame") == 4
    artist.press("Tab", shift=True)
    assert artist.ask("frame") == 0
    artist.press("f")
    artist.press("e")
    first, _ = artist.path().keys
    assert not first.in_front and first.ease == "in"
    artist.press("Delete")
    assert [key.frame for key in artist.path().keys] == [4]
    assert artist.browser.evaluate("document.activeElement.className") == "ac-stage"


def test_the_ease_is_that_of_the_motion_around_the_frame(artist: Artist) -> None:
    artist.scrub(11)
    artist.tool("Add a key")
    artist.scrub(5)
    artist.browser.evaluate(f"(s => {{ s.value = 'in-out'; s.dispatchEvent(new Event('change')); }})({EDITOR}.ease)")
    assert [(key.frame, key.ease) for key in artist.path().keys] == [(0, "in-out"), (11, "linear")]


def test_a_finger_drags_at_its_first_touch(artist: Artist) -> None:
    (x0, y0), (x1, y1) = artist.spot(0.5, 0.6), artist.spot(0.3, 0.25)
    for kind, points in (("touchStart", [(x0, y0)]), ("touchMove", [(x1, y1)]), ("touchEnd", [])):
        fingers = [{"x": x, "y": y} for x, y in points]
        artist.browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)
    artist.browser.wait_for("window.pathChanges === 1", 10)
    assert place(artist.path().keys[0]) == pytest.approx((0.3, 0.25), abs=0.01)


def test_tab_leaves_behind_the_last_key(artist: Artist) -> None:
    artist.click(".ac-stage")
    artist.press("Tab")
    assert artist.browser.evaluate("document.activeElement.className") != "ac-stage"


def test_escape_gives_a_drag_up(artist: Artist) -> None:
    before = artist.path()
    artist.mouse("mousePressed", artist.spot(0.5, 0.6))
    artist.mouse("mouseMoved", artist.spot(0.2, 0.2))
    assert artist.ask("shown().keys[0].x") < 0.3
    artist.press("Escape")
    artist.mouse("mouseReleased", artist.spot(0.2, 0.2))
    assert artist.path() == before and artist.changes() == 0


def test_undo_takes_one_action_back(artist: Artist) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.3))
    time.sleep(0.3)
    artist.drag(artist.spot(0.3, 0.3), artist.spot(0.7, 0.5))
    time.sleep(0.3)
    artist.press("z", control=True)
    artist.browser.wait_for(f"{NODE} && {EDITOR}.path.keys[0].x < 0.4", 20)
    assert place(artist.path().keys[0]) == pytest.approx((0.3, 0.3), abs=0.01)


def test_a_graph_keeps_its_path_when_it_is_opened_again(artist: Artist) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.25))
    artist.scrub(7)
    artist.tool("Add a key")
    before = artist.path()
    artist.browser.evaluate("app.loadGraphData(JSON.parse(JSON.stringify(app.graph.serialize())), true, true)")
    time.sleep(1)
    assert artist.path() == before
    assert artist.ask("path.keys.length") == 2


def test_a_copied_node_has_a_path_of_its_own(artist: Artist) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.25))
    artist.browser.evaluate(
        f"(() => {{ const node = {NODE}; app.canvas.selectNode(node, false); app.canvas.copyToClipboard([node]);"
        "app.canvas.pasteFromClipboard(); })()"
    )
    time.sleep(0.5)
    both = "app.graph._nodes.filter(node => node.type === 'ProductPath')"
    assert artist.browser.evaluate(f"{both}.length") == 2
    artist.browser.evaluate(f"(e => e.act({{...e.path, curve: 'linear'}}))({both}[1].pathEditor)")
    texts = artist.browser.evaluate(f"{both}.map(node => node.widgets.find(w => w.name === 'path').value)")
    assert [parse_path(text).curve for text in texts] == ["catmull-rom", "linear"]
    assert place(parse_path(texts[0]).keys[0]) == place(parse_path(texts[1]).keys[0])


def test_the_track_is_where_the_box_was_dragged(artist: Artist, edited: Server) -> None:
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.25))
    artist.scrub(11)
    artist.drag(artist.spot(0.3, 0.25), artist.spot(0.65, 0.75))
    shown = "app.nodeOutputs[app.graph._nodes.find(node => node.type === 'PreviewImage').id]?.images"
    seed = "app.graph._nodes.find(node => node.type === 'AnchorSample').widgets.find(each => each.name === 'seed')"
    artist.browser.evaluate(f"{seed}.value = Date.now() % 100000; app.nodeOutputs = {{}}; null")
    artist.browser.evaluate("app.queuePrompt(0, 1)")
    artist.browser.wait_for(f"({shown} ?? []).length === {FRAMES}")
    pictures = json.loads(artist.browser.evaluate(f"JSON.stringify({shown})"))
    for picture, wanted in ((pictures[0], (0.3, 0.25)), (pictures[-1], (0.65, 0.75))):
        track = np.asarray(Image.open(edited.base / "temp" / picture["subfolder"] / picture["filename"]))[..., 0]
        rows, columns = np.nonzero(track)
        found = ((columns.min() + columns.max() + 1) / 2 / WIDTH, (rows.min() + rows.max() + 1) / 2 / HEIGHT)
        assert found == pytest.approx(wanted, abs=0.015)
    artist.browser.wait_for(f"{EDITOR}.stage.outline !== null", 20)
    assert "type=temp" in artist.ask("stage.url")
    artist.browser.evaluate(f"{EDITOR}.setOutline(null)")
    for _ in range(4):
        if artist.ask("path.keys.length") > 1:
            artist.press("z", control=True)
            time.sleep(1)
    assert artist.ask("path.keys.length") == 1
    assert artist.ask("stage.outline.length") > 3 and artist.ask("frame") == 11


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This text is no JSON."),
        ('[{"x": 1, "y": 2}]', "This is JSON, but no product path."),
        ('{"version": 2, "width": 1, "height": 1, "frames": 1, "keys": []}', "version 2"),
    ],
)
def test_a_foreign_text_is_named_and_kept(artist: Artist, text: str, words: str) -> None:
    artist.browser.evaluate(f"{NODE}.widgets.find(widget => widget.name === 'path').value = {json.dumps(text)}")
    assert words in artist.ask("message.textContent")
    artist.click(".ac-stage")
    for key in ("a", "ArrowLeft", "Delete", "."):
        artist.press(key)
    prompt = artist.browser.prompt()
    assert [node["inputs"]["path"] for node in prompt.values() if node["class_type"] == "ProductPath"] == [text]
    artist.click(".ac-message button")
    assert len(artist.path().keys) == 1 and artist.ask("message.hidden")


def test_a_path_can_be_typed(artist: Artist) -> None:
    artist.tool("Show the path as text")
    typed = path_text(ProductPath((KeyBox(3, 0.25, 0.5, 0.1, 0.1),), WIDTH, HEIGHT, FRAMES))
    artist.browser.evaluate(
        f"(a => {{ a.value = {json.dumps(typed)}; a.dispatchEvent(new Event('change')); }})({EDITOR}.area)"
    )
    assert artist.path() == parse_path(typed)
    artist.tool("Show the path as picture")
    assert artist.ask("stageHolder.hidden") is False


def test_other_frames_stretch_the_path_only_when_it_is_changed(artist: Artist) -> None:
    artist.scrub(11)
    artist.tool("Add a key")
    widget = f"{NODE}.widgets.find(widget => widget.name === 'frames')"
    for frames in (3, 23):
        artist.browser.evaluate(f"(w => {{ w.value = {frames}; w.callback(w.value); }})({widget})")
        assert artist.ask("path.keys.map(key => key.frame)") == [0, frames - 1]
        assert [key.frame for key in artist.path().keys] == [0, 11]


def test_a_connected_path_is_only_shown(artist: Artist) -> None:
    artist.browser.evaluate(
        f"(() => {{ const text = LiteGraph.createNode('PrimitiveStringMultiline'); app.graph.add(text);"
        f"const node = {NODE}; text.connect(0, node, node.inputs.findIndex(i => i.widget?.name === 'path')); }})()"
    )
    time.sleep(0.4)
    assert "comes from the connected input" in artist.ask("message.textContent")
    before = artist.ask("text")
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.3))
    assert artist.ask("text") == before


def test_the_picture_fits_a_node_of_another_size(artist: Artist) -> None:
    before = artist.ask("stage.svg.clientHeight")
    artist.browser.evaluate(
        f"(node => {{ node.setSize([700, node.size[1] + 260]); app.canvas.setDirty(true, true); }})({NODE})"
    )
    artist.browser.wait_for(f"{EDITOR}.stage.svg.clientHeight > {before + 100}", 20)
    artist.browser.show_everything()
    artist.drag(artist.spot(0.5, 0.6), artist.spot(0.3, 0.25))
    assert place(artist.path().keys[0]) == pytest.approx((0.3, 0.25), abs=0.01)


def test_the_wheel_still_zooms_the_graph(artist: Artist) -> None:
    before = artist.browser.evaluate("app.canvas.ds.scale")
    x, y = artist.middle(".ac-stage")
    artist.browser.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=120)
    artist.browser.wait_for(f"app.canvas.ds.scale < {before}", 10)


def test_where_the_keyboard_works_is_seen(artist: Artist) -> None:
    style = f"getComputedStyle({EDITOR}.stageHolder).boxShadow"
    assert artist.browser.evaluate(style) == "none"
    artist.click(".ac-stage")
    assert "rgb(108, 182, 255)" in artist.browser.evaluate(style)


def test_nothing_is_left_of_a_node_that_is_removed(artist: Artist) -> None:
    artist.browser.evaluate(f"window.removed = {EDITOR}; removed.add(); removed.togglePlay(); null")
    artist.browser.evaluate(f"app.graph.remove({NODE}); null")
    time.sleep(0.5)
    assert artist.browser.evaluate("[removed.playing, removed.element.isConnected]") == [None, False]
    assert artist.browser.evaluate("document.querySelectorAll('.ac-path').length") == 0


def test_playing_goes_on_until_it_is_stopped(artist: Artist) -> None:
    artist.tool("Play")
    seen = set()
    for _ in range(12):
        seen.add(artist.ask("frame"))
        time.sleep(0.06)
    assert len(seen) > 3
    artist.tool("Pause")
    assert artist.ask("playing") is None and artist.changes() == 0


def test_the_editor_draws_the_curve_that_is_rendered(artist: Artist) -> None:
    """The same path, in JavaScript and in Python, at every quarter of a frame."""
    rng = np.random.default_rng(7)
    for curve in CURVES:
        frames = sorted(rng.choice(60, 5, replace=False).tolist())
        rows = rng.uniform([0, 0, 0.1, 0.1, -90], [1, 1, 0.5, 0.5, 200], (5, 5)).tolist()
        rows[3][:2] = rows[2][:2]
        eases = [EASES[number] for number in rng.integers(0, 4, 5)]
        keys = [
            KeyBox(frame, *row, ease=ease, in_front=bool(frame % 2))
            for frame, row, ease in zip(frames, rows, eases, strict=True)
        ]
        path = ProductPath(tuple(keys), 576, 1024, 60, curve)
        moments = np.arange(0, 59.01, 0.25)
        there = artist.browser.evaluate(
            f"import('/extensions/{PACK}/js/path_curve.js').then(({{placeAt}}) => {{ const path = {path_text(path)};"
            f"return {json.dumps(moments.tolist())}.map(t => placeAt(path, t))"
            ".map(p => [p.x, p.y, p.w, p.h, p.rotation, +p.in_front]); })"
        )
        here = places_at(path, moments)
        columns = [here.centers, here.sizes, here.rotations[:, None], here.in_front[:, None]]
        assert np.array(there) == pytest.approx(np.concatenate(columns, axis=1), abs=1e-9)


def test_both_languages_say_the_same_things(artist: Artist) -> None:
    words = artist.browser.evaluate(f"import('/extensions/{PACK}/js/path_words.js').then(({{WORDS}}) => WORDS)")
    assert words["en"].keys() == words["zh"].keys()
    numbers = {name for name, text in words["zh"].items() if not any("\u4e00" <= letter <= "\u9fff" for letter in text)}
    assert numbers == {"frameShort"}
    assert artist.ask("element.getAttribute('aria-label')") == words["en"]["editor"]
    artist.browser.evaluate("app.extensionManager.setting.set('Comfy.Locale', 'zh')")
    artist.browser.evaluate(SCENE)
    said = artist.ask("element.getAttribute('aria-label')")
    artist.browser.evaluate("app.extensionManager.setting.set('Comfy.Locale', 'en')")
    assert said == words["zh"]["editor"]
