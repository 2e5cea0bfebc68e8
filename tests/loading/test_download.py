"""Downloads: what is whole stays, what is not is fetched, checked and named only then; errors speak to the user."""

from __future__ import annotations

import errno
import hashlib
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from typing import Any

import pytest
import torch

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.catalog import CATALOG, CatalogEntry, survey
from anchorcrafter_core.loading.download import HuggingFaceHub, RemoteFile, download

ENTRY = replace(CATALOG[0], id="thing", files=("*.pth", "config.json"), folder="thing", repository="someone/thing")
CONTENT = {"weights.pth": b"PK\x03\x04" + bytes(range(200)) * 50, "config.json": b"{}", "notes.txt": b"not needed"}

_CUT_AT = 4500
"""Bytes after which a bad connection ends."""


@dataclass(frozen=True)
class FakeHub:
    """A hub in memory that counts what is fetched."""

    content: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    wrong: frozenset[str] = frozenset()
    fetched: list[str] = field(default_factory=list)

    def files(self, repository: str) -> list[RemoteFile]:
        """Sizes and hashes of the true content."""
        return [RemoteFile(name, len(text), hashlib.sha256(text).hexdigest()) for name, text in self.content.items()]

    def fetch(self, repository: str, name: str, folder: Path) -> None:
        """Write the file, changed if it is one of ``wrong``."""
        self.fetched.append(name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content[name][::-1] if name in self.wrong else self.content[name])


def test_what_is_needed_arrives_and_nothing_else(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def note(stage: str, done: int, total: int, preview: torch.Tensor | None = None) -> None:
        told.append((stage, done, total))

    folder = download(ENTRY, tmp_path, FakeHub(), note)
    assert folder == tmp_path / "thing"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: CONTENT[name] for name in ("weights.pth", "config.json")
    }
    total = len(CONTENT["weights.pth"]) + 2
    assert told == [("download weights.pth", total - 2, total), ("download config.json", total, total)]


def test_a_second_run_fetches_only_what_is_not_whole(tmp_path: Path) -> None:
    download(ENTRY, tmp_path, FakeHub())
    again = FakeHub()
    download(ENTRY, tmp_path, again)
    assert again.fetched == []
    (tmp_path / "thing" / "weights.pth").write_bytes(CONTENT["weights.pth"][:-1] + b"!")
    download(ENTRY, tmp_path, again)
    assert again.fetched == ["weights.pth"]


def test_a_wrong_checksum_deletes_the_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="weights.pth .*another checksum.*deleted"):
        download(ENTRY, tmp_path, FakeHub(wrong=frozenset({"weights.pth"})))
    assert not (tmp_path / "thing" / "weights.pth").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"weights.pth": b"1"}, "no config.json in someone/thing"),
        ({"readme.md": b"1"}, "by hand into a folder called thing"),
        ({"../weights.pth": b"1", "config.json": b"2"}, r"the file name \.\./weights.pth"),
    ],
)
def test_a_changed_repository_is_described(content: dict[str, bytes], words: str, tmp_path: Path) -> None:
    hub = FakeHub(content)
    with pytest.raises(LoadError, match=words):
        download(ENTRY, tmp_path, hub)
    assert hub.fetched == []


def test_a_small_disk_is_noticed_before_fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10, 5, 5))
    hub = FakeHub()
    with pytest.raises(LoadError, match="Free some space"):
        download(ENTRY, tmp_path, hub)
    assert hub.fetched == []


class _HubServer(ThreadingHTTPServer):
    """A small hub on this machine, as far as its client needs one."""

    gated = False
    cuts_left = 0
    ranges: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Base address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    """The two calls of the hub: what a repository holds, and one file (whole or from a byte on)."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Repository or file content."""
        if self.path.startswith("/api/models/someone/thing"):
            self._send(dumps({"id": "someone/thing", "siblings": _siblings()}).encode(), {})
        else:
            self._answer_file(with_body=True)

    def do_HEAD(self) -> None:
        """File without content."""
        self._answer_file(with_body=False)

    @property
    def hub(self) -> _HubServer:
        """The server this answers for."""
        assert isinstance(self.server, _HubServer)
        return self.server

    def _answer_file(self, with_body: bool) -> None:
        content = CONTENT.get(self.path.rpartition("/")[2])
        if "/someone/thing/" not in self.path or content is None:
            return self._send(b"", {"X-Error-Code": "RepoNotFound"}, 404)
        if self.hub.gated:
            return self._send(b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}, 403)
        return self._send_file(content, with_body)

    def _send_file(self, content: bytes, with_body: bool) -> None:
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").partition("-")[0] or 0)
        self.hub.ranges += (asked,) if asked and with_body else ()
        digest = hashlib.sha256(content).hexdigest()
        headers = {"ETag": f'"{digest}"', "X-Repo-Commit": "1" * 40, "Accept-Ranges": "bytes"}
        body = content[start:] if with_body else b""
        self._send(body, headers, 206 if asked else 200, length=len(content) - start)

    def _send(self, body: bytes, headers: dict[str, str], status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        cut = self.hub.cuts_left > 0 and len(body) > _CUT_AT
        self.hub.cuts_left -= cut
        self.wfile.write(body[:_CUT_AT] if cut else body)
        self.close_connection = True


def _siblings() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, content in CONTENT.items():
        lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        large = {"lfs": lfs} if len(content) > 1000 else {}
        rows.append({"rfilename": name, "size": len(content), **large})
    return rows


@pytest.fixture
def server() -> Iterator[_HubServer]:
    """The small hub, answering in a thread of its own."""
    with _HubServer(("127.0.0.1", 0), _Answer) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_hub_s_own_client_brings_the_files(server: _HubServer, tmp_path: Path) -> None:
    hub = HuggingFaceHub(endpoint=server.address)
    digest = hashlib.sha256(CONTENT["weights.pth"]).hexdigest()
    assert RemoteFile("weights.pth", len(CONTENT["weights.pth"]), digest) in hub.files("someone/thing")
    folder = download(ENTRY, tmp_path, hub)
    assert (folder / "weights.pth").read_bytes() == CONTENT["weights.pth"]
    assert (folder / "config.json").read_bytes() == b"{}"


def test_a_gated_repository_is_explained(server: _HubServer, tmp_path: Path) -> None:
    server.gated = True
    with pytest.raises(LoadError, match="accept the licence there.*HF_TOKEN"):
        download(ENTRY, tmp_path, HuggingFaceHub(endpoint=server.address))


def test_a_missing_repository_is_explained(server: _HubServer, tmp_path: Path) -> None:
    entry: CatalogEntry = replace(ENTRY, repository="someone/else")
    with pytest.raises(LoadError, match="no repository someone/else"):
        download(entry, tmp_path, HuggingFaceHub(endpoint=server.address))


def test_a_dead_address_is_explained(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="broken connection.*HF_ENDPOINT"):
        download(ENTRY, tmp_path, HuggingFaceHub(endpoint="http://127.0.0.1:9"))


def test_offline_mode_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(LoadError, match="HF_HUB_OFFLINE|broken connection"):
        download(ENTRY, tmp_path, HuggingFaceHub(endpoint="http://127.0.0.1:9"))


def test_a_full_disk_while_downloading_is_explained(
    server: _HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("anchorcrafter_core.loading.download.hf_hub_download", fail)
    with pytest.raises(LoadError, match="disk that got full while downloading"):
        download(ENTRY, tmp_path, HuggingFaceHub(endpoint=server.address))


def test_a_broken_transfer_is_never_listed_and_goes_on(
    server: _HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    hub = HuggingFaceHub(endpoint=server.address)
    server.cuts_left = 1
    try:
        folder = download(ENTRY, tmp_path, hub)
    except LoadError:
        assert not (tmp_path / "thing" / "weights.pth").exists()
        assert all(row.found is None for row in survey([tmp_path], [replace(ENTRY, single=("*.pth",))]))
        folder = download(ENTRY, tmp_path, hub)
    assert (folder / "weights.pth").read_bytes() == CONTENT["weights.pth"]
    assert server.ranges and server.ranges[-1] != "bytes=0-"
