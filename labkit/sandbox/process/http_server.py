"""The HTTP server: uvicorn's protocols, with C parsers, on an event loop of our own.

uvicorn's own `Server` looks at the clock ten times a second, which an idle sandbox is not to do, so
its protocols are served here. They end a connection at once when its client closes it, answer
`Expect: 100-continue`, and refuse what is no HTTP.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import uvloop

from labkit.sandbox.gateway.raw import NAMES
from labkit.sandbox.process import loop, stand_ins
from labkit.sandbox.process.asgi import WHOLE, Application
from labkit.sandbox.process.garbage import Collector

with stand_ins.in_place(stand_ins.OF_UVICORN):
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
    from uvicorn.server import ServerState

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open; longer than boto3 keeps one in its pool."""

LARGEST_HEAD = 256 * 1024
"""Bytes of a request before its body that are read at all; `gateway/browsers.py` refuses far fewer
in AWS's form."""


LINGERS_SECONDS = 5.0
"""How long a client may go on to send a body after the response to it."""

RESPONSE = tuple(f"HTTP/1.1 {kind}".encode() for kind in (2, 3, 4, 5))
"""How a final response begins."""


class Joined:
    """A transport that sends a response's head together with what follows it, in one go.

    uvicorn hands them on one by one, and uvloop sends each at once, so that a client would be woken
    for a head without a body.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write_whole(self, response: bytes) -> None:
        """Send a whole response."""
        self._transport.write(response)

    def write(self, data: bytes) -> None:
        """Send `data`, but keep a head until its body comes, or nothing more in this step."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(RESPONSE):
            self._head = data
            asyncio.get_running_loop().call_soon(self._send_head)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)


class Connection(HttpToolsProtocol):
    """A client's connection, which does not take a request's head without an end."""

    _head_bytes = 0
    _end: asyncio.TimerHandle | None = None

    def __init__(self, collector: Collector, *given: Any) -> None:
        super().__init__(*given)
        self._collector = collector

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve a client."""
        super().connection_made(Joined(transport))  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        super().data_received(data)
        if self._head_bytes >= 0:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.send_400_response("The request's headers are too large.")

    def on_message_begin(self) -> None:
        """Begin to read a request's head."""
        super().on_message_begin()
        self._names: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and note how the client writes its name."""
        self._names.append(name)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request: its body may be as large as its service takes."""
        self._head_bytes = -1
        super().on_headers_complete()
        # A request that knew itself would stay until the garbage is collected.
        whole = functools.partial(self._send_whole, weakref.ref(self.cycle))
        self.scope["extensions"] = {NAMES: self._names, WHOLE: whole}  # type: ignore[dict-item]
        if not self.url.startswith(b"/"):
            self.scope["raw_path"] = (
                self.url
            )  # as it was sent: uvicorn leaves out a scheme and a host

    def _send_whole(
        self, asked: Callable[[], Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Answer a request in one piece, as two messages to its `send` would."""
        cycle = asked()
        if cycle is None or cycle.disconnected:
            return
        fields = {**headers, "Content-Length": str(len(body))}
        if not cycle.keep_alive:
            fields["Connection"] = "close"
        lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
        head = "".join((*lines, "\r\n")).encode("latin-1")
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write_whole(b"".join((STATUS_LINE[status], head, body)))  # type: ignore[attr-defined]
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def on_message_complete(self) -> None:
        """End the request; another one may follow on this connection."""
        super().on_message_complete()
        self._head_bytes = 0
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def on_response_complete(self) -> None:
        """End the response; what still comes of a body that was not wanted is thrown away.

        A connection that is closed at once takes the response along, before the client, which is
        still sending, has read it.
        """
        super().on_response_complete()
        self._collector.request_ended()
        unread = self.cycle.response_complete and self.cycle.more_body
        if unread and not self.transport.is_closing():
            self._end = self.loop.call_later(LINGERS_SECONDS, self.transport.close)


def run(application: Application, listener: socket.socket, when_ready: Callable[[], None]) -> None:
    """Serve an ASGI application on a listening socket until the process is killed.

    Parameters
    ----------
    when_ready
        Called on the event loop once requests are served.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(application, listener, when_ready))


def _web_socket(**given: Any) -> asyncio.Protocol:
    """Take over a connection that becomes a WebSocket's, which few do."""
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

    return WSProtocol(**given)


async def _serve(
    application: Application, listener: socket.socket, when_ready: Callable[[], None]
) -> None:
    running = asyncio.get_running_loop()
    loop.serve_on(running)
    config = Config(
        application,
        http=HttpToolsProtocol,
        ws=_web_socket,  # type: ignore[arg-type]
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    config.load()
    state = ServerState()
    collector = Collector(running)
    server = await running.create_server(
        lambda: Connection(collector, config, state, {}), sock=listener
    )
    when_ready()
    await server.serve_forever()
