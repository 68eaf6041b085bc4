"""A request's head: what is known of it before any of its body is read."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from labkit.sandbox.gateway.request import Request
from labkit.sandbox.process.asgi import Scope


@dataclass(frozen=True)
class Head:
    """What came over the wire before the body.

    Attributes
    ----------
    method, path, raw_path
        The path decoded, and as it was sent.
    headers
        By their names in lower case; of a header that is there twice, both values.
    query
        The values of each parameter of the query string.
    fields
        The headers one by one, as the server has them.
    """

    method: str
    path: str
    raw_path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    fields: list[tuple[bytes, bytes]]

    @property
    def host(self) -> str:
        """The host that the request names."""
        return self.headers.get("host", "")

    @property
    def length(self) -> int | None:
        """How many bytes the body has, as the request says; None if it does not say."""
        if "transfer-encoding" in self.headers:
            return None
        given = self.headers.get("content-length", "0")
        return int(given) if given.isascii() and given.isdecimal() else None

    def request(self) -> Request:
        """Return a request of this head, which has no body yet."""
        return Request(self.method, self.path, self.headers, self.query, raw_path=self.raw_path)


def read(scope: Scope) -> Head:
    """Read the head of an HTTP request."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), _text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    raw_path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"").decode("utf-8", errors="replace")
    return Head(
        scope["method"],
        scope["path"],
        raw_path.decode("latin-1"),
        headers,
        parse_qs(query, keep_blank_values=True) if query else {},
        scope["headers"],
    )


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
