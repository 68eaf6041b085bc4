"""Sends requests over a few connections, at next to no cost of its own.

Threads of boto3 or requests share one interpreter, which is busy for as long as a good server needs
itself: what such a client counts is the client. Here bytes are sent as they are, and a parser in C
reads the answers. A signed request is signed once: a signature holds for minutes, as on AWS.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httptools


class Answers:
    """Reads the answers of one connection.

    Attributes
    ----------
    body, status
        Of the last answer that is whole.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._is_whole = False
        self.body, self.status = b"", 0

    def on_body(self, part: bytes) -> None:
        """Take a part of the body, as the parser has it."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """Take note that the answer is whole."""
        self.body, self.status = b"".join(self._parts), self._parser.get_status_code()
        self._parts, self._is_whole = [], True

    def next(self) -> bytes:
        """Return the next answer's body.

        Raises
        ------
        ConnectionError
            If the server closes the connection first.
        """
        self._is_whole = False
        while not self._is_whole:
            received = self._connection.recv(1 << 16)
            if not received:
                raise ConnectionError("the server closed the connection")
            self._parser.feed_data(received)
        return self.body


def connected(place: tuple[str, int]) -> socket.socket:
    """Return a connection that sends each piece at once."""
    connection = socket.create_connection(place)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Caller:
    """A client with one connection of its own, which waits for each answer.

    Parameters
    ----------
    url
        Any address of the server.
    """

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._host = where.netloc
        self._connection = connected((where.hostname or "", where.port or 80))
        self._answers = Answers(self._connection)

    def call(self, verb: str, path: str, body: str = "") -> tuple[int, bytes]:
        """Send a request with JSON, and return the answer's status and body."""
        content = body.encode()
        lines = (
            f"{verb} {path} HTTP/1.1",
            f"Host: {self._host}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
        )
        self._connection.sendall("\r\n".join((*lines, "", "")).encode() + content)
        answer = self._answers.next()
        return self._answers.status, answer

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def signed(client: Any, operation: str, call: Callable[[], Any]) -> tuple[tuple[str, int], bytes]:
    """Return where the request of a call goes, and its bytes; the call is made once."""
    seen: list[Any] = []
    event = f"before-send.lambda.{operation}"
    client.meta.events.register(event, lambda request, **_: seen.append(request))
    call()
    request = seen[-1]
    url = urlsplit(request.url)
    body = request.body or b""
    headers = {"Host": url.netloc, **dict(request.headers), "Content-Length": str(len(body))}
    lines = [
        f"{request.method} {url.path} HTTP/1.1",
        *(f"{k}: {text(v)}" for k, v in headers.items()),
    ]
    head = "\r\n".join([*lines, "", ""]).encode()
    return (url.hostname or "", url.port or 80), head + body


def text(value: str | bytes) -> str:
    """Return a header's value, which botocore has as either."""
    return value.decode() if isinstance(value, bytes) else value


def send_many(
    place: tuple[str, int], request: bytes, expected: bytes, times: int, connections: int
) -> tuple[list[float], float]:
    """Send a request `times` times over some connections, each of which waits for its answers.

    Returns
    -------
    tuple
        The milliseconds that each took, and the seconds that all took together.

    Raises
    ------
    ValueError
        If an answer's body is not `expected`.
    """

    def of_one(count: int) -> list[float]:
        took = []
        with connected(place) as connection:
            answers = Answers(connection)
            for _ in range(count):
                began = time.perf_counter()
                connection.sendall(request)
                if answers.next() != expected:
                    raise ValueError(f"HTTP {answers.status}: {answers.body!r}")
                took.append((time.perf_counter() - began) * 1000)
        return took

    with ThreadPoolExecutor(connections) as threads:
        started = time.perf_counter()
        each = list(threads.map(of_one, [times // connections] * connections))
        seconds = time.perf_counter() - started
    return [one for took in each for one in took], seconds
