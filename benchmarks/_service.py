"""A small HTTP service in a process of its own, for generators of load: it notes each arrival.

``GET /notes`` answers when requests arrived since it was last asked, in seconds since 1970, as
JSON. ``GET /stall/SECONDS/LENGTH`` forgets them and lets the service stand still once, for LENGTH
seconds, SECONDS after the next request. Any other path is answered at once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

END = b"\r\n\r\n"


@dataclass
class State:
    """What the service has seen, and the stall that it was told of."""

    arrivals: list[float] = field(default_factory=list)
    stall: tuple[float, float] | None = None

    def left_of_stall(self, now: float) -> float:
        """Return for how many seconds the service still stands still."""
        if self.stall is None:
            return 0.0
        begins, length = self.stall
        begins += self.arrivals[0]
        return begins + length - now if begins <= now < begins + length else 0.0


class Connection(asyncio.Protocol):
    """One client's connection, kept alive."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer by."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is whole; requests have no body."""
        now = time.time()
        *whole, self._received = (self._received + data).split(END)
        for head in whole:
            self._answer(head.split(b" ", 2)[1].decode(), now)

    def _answer(self, path: str, now: float) -> None:
        state = self._state
        if path == "/notes":
            self._send(json.dumps(state.arrivals))
            state.arrivals, state.stall = [], None
        elif path.startswith("/stall/"):
            _, _, begins, length = path.split("/")
            state.arrivals, state.stall = [], (float(begins), float(length))
            self._send("")
        else:
            state.arrivals.append(now)
            asyncio.get_running_loop().call_later(state.left_of_stall(now), self._send, "ok")

    def _send(self, body: str) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}"
        self._transport.write(f"{head}\r\n\r\n{body}".encode())


@dataclass(frozen=True)
class Service:
    """The running service, seen from outside."""

    url: str

    def arrivals(self) -> list[float]:
        """Return when requests arrived since the last time it was asked, and forget them."""
        return [float(at) for at in requests.get(f"{self.url}/notes", timeout=60).json()]

    def stall(self, after_s: float, length_s: float) -> None:
        """Let it stand still once, so long after the next request."""
        requests.get(f"{self.url}/stall/{after_s}/{length_s}", timeout=60).raise_for_status()


@contextmanager
def running_service() -> Iterator[Service]:
    """Run the service in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Service(process.stdout.readline().strip())
        finally:
            process.terminate()


async def serve() -> None:
    """Listen on a free port, print the address, and answer until the process is ended."""
    state = State()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
