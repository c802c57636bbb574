"""A Socket.IO client down to its frames, so that a test sees exactly what a browser would be sent."""

import json
import threading
from typing import Any

import simple_websocket


class _Client(simple_websocket.Client):
    def handshake(self) -> None:
        """The server's first frame may ride in one packet with its answer, and would lie unread until
        the next one came, 20 s later."""
        super().handshake()
        self.connected = self._handle_events()


class Socket:
    """Connected, signed in by cookie, watching topics; `pokes` collects what it was told."""

    def __init__(self, url: str, cookie: str, *topics: str) -> None:
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.pokes: list[dict[str, Any]] = []
        self.ready = threading.Event()
        self.frames: list[str] = []
        self._asked: dict[int, str] = {}
        self._socket = _Client(address, headers={"Cookie": cookie, "Origin": url})
        self._topics = topics
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self.ready.wait(20), f"the server lets the socket watch; it said {self.frames}"

    @property
    def local_port(self) -> int:
        port: int = self._socket.sock.getsockname()[1]
        return port

    def _read(self) -> None:
        try:
            while True:
                self._take(str(self._socket.receive()))
        except simple_websocket.ConnectionClosed:
            return

    def _take(self, frame: str) -> None:
        self.frames.append(frame)
        if frame.startswith("0"):
            self._socket.send("40")
        elif frame == "2":
            self._socket.send("3")
        elif frame.startswith("40"):
            for number, topic in enumerate(self._topics):
                self._socket.send(f"42{number}" + json.dumps(["watch", topic]))
        elif frame.startswith("43") and frame.endswith(f"{len(self._topics) - 1}[true]"):
            self.ready.set()
        elif frame.startswith("42"):
            self._hear(*json.loads(frame[2:]))

    def _hear(self, name: str, told: Any) -> None:
        if name == "poke":
            self.pokes.append(told)

    def close(self) -> None:
        self._socket.close()
        self._thread.join(timeout=5)
