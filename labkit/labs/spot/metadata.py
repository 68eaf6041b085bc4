"""An instance metadata service with IMDSv2 on 127.0.0.1, which gives a Spot instance notice.

Paths, headers and answers as the EC2 user guide has them ("Use IMDSv2", "Spot Instance interruption
notices"). Its clock may run faster than the wall's.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

NOTICE_S = 120
"""Seconds between the notice and the interruption (EC2 user guide)."""
MOST_TTL_S = 21_600
"""A token lives for at most six hours (EC2 user guide)."""
TOKEN_PATH = "/latest/api/token"
ACTION_PATH = "/latest/meta-data/spot/instance-action"
TOKEN_HEADER, TTL_HEADER = (
    "X-aws-ec2-metadata-token",
    "X-aws-ec2-metadata-token-ttl-seconds",
)


class MetadataService:
    """A metadata service; use it in a ``with`` statement.

    Parameters
    ----------
    speed : float
        How many of its seconds pass in one of the wall's.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._began, self._start = time.monotonic(), datetime.now(UTC)
        self._tokens: dict[str, datetime] = {}
        self._ends: datetime | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens; on an instance it would be ``http://169.254.169.254``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def now(self) -> datetime:
        """Tell its time, UTC."""
        return self._start + timedelta(seconds=(time.monotonic() - self._began) * self.speed)

    def interrupt(self) -> datetime:
        """Give notice; return the time of the interruption, two of its minutes from now."""
        self._ends = self.now() + timedelta(seconds=NOTICE_S)
        return self._ends

    def answer(self, path: str, token: str | None) -> tuple[int, str]:
        """Return status and body for a GET."""
        if token not in self._tokens or self.now() > self._tokens[token]:
            return 401, "Unauthorized"
        if path != ACTION_PATH or self._ends is None:
            return 404, "Not Found"
        when = self._ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        return 200, json.dumps({"action": "terminate", "time": when})

    def token(self, seconds: str | None) -> tuple[int, str]:
        """Return status and body for the PUT that asks for a token, which lives for so long."""
        if not (seconds and seconds.isdigit() and 1 <= int(seconds) <= MOST_TTL_S):
            return 400, "Bad Request"
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self.now() + timedelta(seconds=int(seconds))
        return 200, token

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(service: MetadataService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            known = self.path == TOKEN_PATH
            self._send(*(service.token(self.headers[TTL_HEADER]) if known else (404, "")))

        def do_GET(self) -> None:
            self._send(*service.answer(self.path, self.headers[TOKEN_HEADER]))

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Keep the notebook quiet."""

    return Handler
