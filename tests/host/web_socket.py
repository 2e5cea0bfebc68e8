"""A WebSocket client (RFC 6455) as far as ComfyUI and a browser's debugging port need it: no extensions, no TLS."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

ACCEPT_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass(frozen=True)
class Frame:
    """One frame: whether it ends its message, its operation code, its bytes."""

    is_last: bool
    code: int
    payload: bytes


class WebSocket:
    """An open connection.

    Args:
        address: ``ws://host:port/path``.
        timeout: seconds to wait for the server to accept.
    """

    def __init__(self, address: str, timeout: float = 30) -> None:
        parts = urlsplit(address)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        self._socket = socket.create_connection((host, port), timeout)
        self._unread = b""
        path = parts.path + ("?" + parts.query if parts.query else "")
        self._shake_hands(f"{host}:{port}", path)

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(1)
        expected = base64.b64encode(hashlib.sha1((key + ACCEPT_KEY).encode()).digest())
        if expected not in answer:
            raise ConnectionError(f"no WebSocket at {path}: {answer[:200]!r}")

    def send(self, text: str) -> None:
        """Send one text message."""
        self._send(TEXT, text.encode())

    def receive(self, timeout: float) -> str | bytes:
        """The next message, ``str`` for text and ``bytes`` for binary.

        Args:
            timeout: seconds.

        Raises:
            TimeoutError: nothing complete came in time.
            ConnectionError: the server closed the connection.
        """
        until = time.monotonic() + timeout
        first = self._data_frame(until)
        message, is_last = first.payload, first.is_last
        while not is_last:
            frame = self._data_frame(until)
            message, is_last = message + frame.payload, frame.is_last
        return message.decode() if first.code == TEXT else message

    def _data_frame(self, until: float) -> Frame:
        """The next frame that is not about the connection itself; pings are answered."""
        while True:
            frame = self._frame(until)
            if frame.code == CLOSE:
                raise ConnectionError("the server closed the connection")
            if frame.code == PING:
                self._send(PONG, frame.payload)
            if frame.code in (CONTINUATION, TEXT, BINARY):
                return frame

    def _frame(self, until: float) -> Frame:
        head = self._peek(2, until)
        short = head[1] & 127
        extra = {126: 2, 127: 8}.get(short, 0)
        head = self._peek(2 + extra, until)
        size = int.from_bytes(head[2 : 2 + extra], "big") if extra else short
        whole = self._peek(2 + extra + size, until)
        self._unread = self._unread[len(whole) :]
        return Frame(bool(head[0] & 128), head[0] & 15, whole[2 + extra :])

    def _peek(self, count: int, until: float) -> bytes:
        """The next bytes without taking them, so that a timeout loses nothing."""
        while len(self._unread) < count:
            self._socket.settimeout(max(until - time.monotonic(), 1e-3))
            part = self._socket.recv(max(count - len(self._unread), 65536))
            if not part:
                raise ConnectionError("the server closed the connection")
            self._unread += part
        return self._unread[:count]

    def _send(self, code: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 128 | code, 128 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 128 | code, 128 | 126, size)
        else:
            head = struct.pack("!BBQ", 128 | code, 128 | 127, size)
        mask = os.urandom(4)
        repeated = mask * (size // 4 + 1)
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:size], "big")).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)
