"""A real ComfyUI in a process of its own, with folders of its own, spoken to over HTTP and WebSocket."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.host.finding import Host
from tests.host.web_socket import WebSocket

PACK = "pack-under-test"
"""Name of the link in custom_nodes: not the repository's own, the package must not depend on it."""
FOLDERS = ("custom_nodes", "input", "output", "temp", "user", "models")
PREVIEW, TEXT = 1, 3
"""Binary events: four bytes of event type; then four of picture format and the picture, or four of the length of the
node's id, the id and a text (ComfyUI's server.py and protocol.py)."""
ENDS = {"execution_success", "execution_error", "execution_interrupted"}

Prompt = Mapping[str, Mapping[str, Any]]
"""API format: class_type and inputs of each node by its id."""


@dataclass
class Run:
    """What was seen of one prompt.

    Attributes:
        events: type and data of every message, in order.
        previews: pictures of the running window, as JPEG or PNG.
        outputs: per node what the interface would show (``history``).
        refusals: what validation said, by node; the rest of the graph runs all the same.
        seconds: from queueing to the end.
    """

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    refusals: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Data of all messages of one type."""
        return [data for name, data in self.events if name == kind]

    def executed(self) -> set[str]:
        """Nodes that really ran."""
        return {str(data["node"]) for data in self.all("executing") if data.get("node") is not None}

    def cached(self) -> set[str]:
        """Nodes whose result was still there."""
        return {str(node) for data in self.all("execution_cached") for node in data["nodes"]}

    def error(self) -> dict[str, Any] | None:
        """``exception_type``, ``exception_message``, ``node_type``, ..., or ``None``."""
        return next(iter(self.all("execution_error")), None)

    def succeeded(self) -> bool:
        """Whether every node was taken and ended well."""
        return bool(self.all("execution_success")) and not self.refusals

    def complaints(self) -> str:
        """What the dialog shows: the words of validation and of the node that failed."""
        refused = [error["details"] for node in self.refusals.values() for error in node["errors"]]
        failed = self.error()
        return "\n".join([*refused, *([failed["exception_message"]] if failed else [])])

    def blamed(self) -> set[str]:
        """Types of the nodes that complain."""
        failed = self.error()
        return {node["class_type"] for node in self.refusals.values()} | ({failed["node_type"]} if failed else set())

    def was_interrupted(self) -> bool:
        """Whether the user's interrupt ended it."""
        return bool(self.all("execution_interrupted"))


Watcher = Callable[[str, dict[str, Any]], None]


class Server:
    """ComfyUI, running.

    Args:
        host: the installation.
        base: a temporary folder that :func:`prepare` has filled.
        options: further words for its command line.
    """

    def __init__(self, host: Host, base: Path, options: Sequence[str] = ()) -> None:
        self.base = base
        self.port = free_port()
        self.log_path = base / "server.log"
        words = [host.python, "main.py", *self._arguments(), *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(words, cwd=host.checkout, env=environment, stdout=log, stderr=log)

    def _arguments(self) -> list[str]:
        own = ["--listen", "127.0.0.1", "--port", str(self.port), "--base-directory", str(self.base)]
        own += ["--temp-directory", str(self.base), "--database-url", "sqlite:///:memory:", "--disable-auto-launch"]
        return ["--cpu", "--disable-api-nodes", "--preview-method", "latent2rgb", *own]

    def __enter__(self) -> Server:
        try:
            self.wait_until_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_up(self, seconds: float = 180) -> None:
        """Return when it answers.

        Raises:
            RuntimeError: it died or stays silent; the end of its log is in the message.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.3)
        raise RuntimeError(f"ComfyUI does not answer:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        """Everything it has said."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def resident_bytes(self) -> int:
        """Memory that the process holds."""
        return psutil.Process(self.process.pid).memory_info().rss

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        """JSON of a GET request."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return json.load(answer)

    def fetch(self, path: str) -> bytes:
        """Bytes of a GET request."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return answer.read()

    def post(self, path: str, body: Any) -> Any:
        """JSON of a POST request, ``None`` for an empty answer."""
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            words = answer.read()
        return json.loads(words) if words else None

    def queue(self, prompt: Prompt, client: str) -> dict[str, Any]:
        """Queue a prompt: its ``prompt_id``, if anything of it can run, and ``node_errors``."""
        try:
            return self.post("/prompt", {"prompt": prompt, "client_id": client})
        except urllib.error.HTTPError as error:
            return json.load(error)

    def run(self, prompt: Prompt, watch: Watcher | None = None, seconds: float = 300) -> Run:
        """Queue a prompt and follow it to its end.

        Args:
            prompt: what to do.
            watch: told of every message.
            seconds: longest silence between two messages.

        Raises:
            TimeoutError: nothing happened for too long.
        """
        client, run, begun = uuid.uuid4().hex, Run(), time.monotonic()
        with WebSocket(f"ws://127.0.0.1:{self.port}/ws?clientId={client}") as events:
            answer = self.queue(prompt, client)
            run.refusals = answer["node_errors"]
            if "prompt_id" not in answer:
                return run
            prompt_id = answer["prompt_id"]
            while not take(run, events.receive(seconds), prompt_id, watch):
                pass
        run.seconds = time.monotonic() - begun
        run.outputs = self.outputs(prompt_id)
        return run

    def outputs(self, prompt_id: str, seconds: float = 20) -> dict[str, Any]:
        """What a finished prompt left in the history, which is written a moment after its last message."""
        until = time.monotonic() + seconds
        while prompt_id not in (history := self.get(f"/history/{prompt_id}")) and time.monotonic() < until:
            time.sleep(0.05)
        return history[prompt_id]["outputs"]


def take(run: Run, message: str | bytes, prompt_id: str, watch: Watcher | None) -> bool:
    """Note one message; whether it was the prompt's last."""
    if isinstance(message, bytes):
        take_binary(run, message)
        return False
    event = json.loads(message)
    kind, data = event["type"], event.get("data") or {}
    if data.get("prompt_id", prompt_id) != prompt_id:
        return False
    run.events.append((kind, data))
    if watch is not None:
        watch(kind, data)
    return kind in ENDS


def take_binary(run: Run, message: bytes) -> None:
    """Note a preview, or a text on a node."""
    kind, number = struct.unpack("!II", message[:8])
    if kind == PREVIEW:
        run.previews.append(message[8:])
    if kind == TEXT:
        node, text = message[8 : 8 + number].decode(), message[8 + number :].decode()
        run.events.append(("text", {"node": node, "text": text}))


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare(base: Path, pack: str = PACK) -> Path:
    """Make ComfyUI's folders with this repository among the custom nodes, under some name; the folder they are in."""
    for name in FOLDERS:
        (base / name).mkdir(parents=True, exist_ok=True)
    link = base / "custom_nodes" / pack
    if not link.is_symlink():
        link.symlink_to(Path(__file__).resolve().parents[2], target_is_directory=True)
    return base
