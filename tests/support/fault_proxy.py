"""A server in front of the sandbox that loses or forges answers: faults where AWS's would be."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Seen:
    """A request that the proxy saw."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Forged:
    """An answer given in AWS's place; the request is not passed on."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Lost:
    """The connection is closed without an answer; the request may have been passed on before."""

    passed_on: bool = True


@dataclass(frozen=True)
class Passed:
    """The request is passed on, and answered with something else."""

    instead: Forged


Fault = Callable[[Seen], Forged | Lost | Passed | None]
Watch = Callable[[Seen, Forged], Forged]
"""Sees each true answer, and returns the one to give."""


@dataclass
class Proxy:
    """The proxy's address, what it saw, and the fault it makes now."""

    endpoint: str
    fault: Fault = lambda _: None
    watch: Watch = lambda _, answer: answer
    seen: list[Seen] = field(default_factory=list)


@contextmanager
def proxy_for(endpoint: str) -> Iterator[Proxy]:
    """Run a proxy in front of `endpoint`."""
    behind = urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Seen(self.command, self.path, dict(self.headers), body)
            proxy.seen.append(request)
            fault = proxy.fault(request)
            if isinstance(fault, Forged):
                self.answer(fault.status, fault.headers, fault.body)
                return
            if isinstance(fault, Lost) and not fault.passed_on:
                self.close_connection = True
                return
            answer = proxy.watch(request, Forged(*self.pass_on(request)))
            if isinstance(fault, Lost):
                self.close_connection = True
                return
            answer = fault.instead if isinstance(fault, Passed) else answer
            self.answer(answer.status, answer.headers, answer.body)

        def pass_on(self, request: Seen) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection(behind.hostname or "", behind.port, timeout=60)
            connection.request(request.method, request.path, request.body, request.headers)
            response = connection.getresponse()
            answer = response.read()
            connection.close()
            return response.status, dict(response.headers), answer

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def first(count: int, method: str, path: str, fault: Forged | Lost) -> Fault:
    """Return a fault that happens to the first `count` requests of a method and path."""
    left = [count]

    def happen(request: Seen) -> Forged | Lost | None:
        matches = request.method == method and request.path.split("?")[0] == path
        if matches and left[0] > 0:
            left[0] -= 1
            return fault
        return None

    return happen


def json_error(status: int, code: str, message: str) -> Forged:
    """Return AWS's form of an error of a REST-JSON service, such as Lambda or API Gateway."""
    body = f'{{"Type": "User", "message": "{message}", "Message": "{message}"}}'.encode()
    headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
    return Forged(status, headers, body)
