"""ComfyUI's editor in a Chromium without a window, driven over its debugging port (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from tests.host.web_socket import WebSocket

SIZE = (2400, 1350)
SETTINGS = {
    "Comfy.TutorialCompleted": True,
    "Comfy.Minimap.Visible": False,
    "LiteGraph.Canvas.LowQualityRenderingZoomThreshold": 0.1,
    "LiteGraph.Canvas.MinFontSizeForLOD": 0,
}
"""Of the editor: no greeting, and words on nodes however small they are drawn."""
EDITOR_IS_READY = (
    "!!(window.app && app.graph && app.canvas && window.LiteGraph "
    "&& Object.keys(LiteGraph.registered_node_types).length > 300)"
)
SETTLE = 1.5
"""Seconds that the editor goes on arranging itself after it is ready."""
FIT_VIEW = """(() => {
  const nodes = app.graph._nodes.map(n => [n.pos[0], n.pos[1] - 30, n.size[0], n.size[1] + 30]);
  const boxes = nodes.concat((app.graph._groups || []).map(group => [...group._bounding]));
  const x0 = Math.min(...boxes.map(b => b[0])), y0 = Math.min(...boxes.map(b => b[1]));
  const x1 = Math.max(...boxes.map(b => b[0] + b[2])), y1 = Math.max(...boxes.map(b => b[1] + b[3]));
  const canvas = app.canvas.canvas.getBoundingClientRect(), left = 90, right = 30, top = 110, bottom = 60;
  const width = canvas.width - left - right, height = canvas.height - top - bottom;
  const scale = Math.min(width / (x1 - x0), height / (y1 - y0), 1.2);
  app.canvas.ds.scale = scale;
  app.canvas.ds.offset[0] = (left + width / 2) / scale - (x0 + x1) / 2;
  app.canvas.ds.offset[1] = (top + height / 2) / scale - (y0 + y1) / 2;
  app.canvas.setDirty(true, true);
})()"""


class Browser:
    """A browser with one page.

    Args:
        program: a Chromium.
        profile: an empty folder.
    """

    def __init__(self, program: str, profile: Path) -> None:
        words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        words += ["--remote-debugging-port=0", f"--user-data-dir={profile}", "--no-first-run", "--lang=en-US"]
        words += ["--window-size={},{}".format(*SIZE), "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([program, *words], stdout=quiet, stderr=quiet)
        self._page = WebSocket(self._page_address(profile / "DevToolsActivePort"))
        self._numbers = count(1)
        shape = {"width": SIZE[0], "height": SIZE[1], "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **shape)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._page.__exit__()
        self._process.terminate()
        self._process.wait(20)

    def _page_address(self, port_file: Path) -> str:
        until = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text(encoding="utf-8").strip()):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("the browser did not start")
            time.sleep(0.1)
        port = int(port_file.read_text(encoding="utf-8").split()[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            return next(page["webSocketDebuggerUrl"] for page in json.load(answer) if page["type"] == "page")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; its result."""
        number = next(self._numbers)
        self._page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._page.receive(120))
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited.

        Raises:
            RuntimeError: it threw.
        """
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 120) -> None:
        """Return when a JavaScript expression is true.

        Raises:
            TimeoutError: it stays false.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.evaluate(expression):
                return
            time.sleep(0.3)
        raise TimeoutError(expression)

    def open_editor(self, address: str) -> None:
        """Open ComfyUI and wait until its editor has settled."""
        self.call("Page.navigate", url=address)
        self.wait_for(EDITOR_IS_READY)
        time.sleep(SETTLE)

    def open_graph(self, graph: Mapping[str, Any], name: str = "workflow") -> None:
        """Open a workflow under some name and show all of it."""
        self.evaluate(f"app.loadGraphData({json.dumps(graph)}, true, true, {json.dumps(name)})")
        time.sleep(SETTLE)
        self.show_everything()

    def show_everything(self) -> None:
        """Zoom so that the open workflow fills the page."""
        self.evaluate(FIT_VIEW)
        time.sleep(SETTLE)

    def prompt(self) -> dict[str, dict[str, Any]]:
        """What the editor would send to the server for the open workflow."""
        return self.evaluate("app.graphToPrompt().then(prompt => prompt.output)")

    def missing_nodes(self) -> list[str]:
        """Types of the open workflow that the editor does not know."""
        return self.evaluate("app.graph._nodes.map(n => n.type).filter(t => !(t in LiteGraph.registered_node_types))")

    def boxes(self) -> list[dict[str, Any]]:
        """Id, pos and size of every node as the editor has laid it out."""
        return self.evaluate("app.graph._nodes.map(n => ({id: n.id, pos: [...n.pos], size: [...n.size]}))")

    def picture(self, quality: int = 60) -> bytes:
        """The page as JPEG."""
        answer = self.call("Page.captureScreenshot", format="jpeg", quality=quality)
        return base64.b64decode(answer["data"])
