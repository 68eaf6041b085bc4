"""A small HTTP service on this machine that does as its orders say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Service:
    """The service's address, and what it was sent."""

    url: str
    received: list[dict[str, Any]] = field(default_factory=list)
    types: list[str | None] = field(default_factory=list)


@contextmanager
def http_service() -> Iterator[Service]:
    """Answer POST with the status that the body names as `answer`, after its `work_s` seconds.

    The status 0 closes the connection without an answer; a body with `text` is answered by that
    text, any other by JSON.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.received.append(order)
            service.types.append(self.headers["Content-Type"])
            time.sleep(order.get("work_s", 0))
            status = order.get("answer", 200)
            if status == 0:
                self.close_connection = True
                return
            body = order.get("text", json.dumps({"id": order.get("orderId")})).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_address[1]}/order")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
