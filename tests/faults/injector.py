"""Makes one fault at one request of a run, at a server in front of the sandbox."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from labkit.aws.operations import only_reads
from tests.support.fault_proxy import Forged, Lost, Passed, Seen

Fault = Literal[
    "refused with 500",
    "throttled",
    "reset before",
    "denied",
    "done, and answered with 500",
    "done, and answer lost",
]
LOSSES: tuple[Fault, ...] = (
    "refused with 500",
    "throttled",
    "reset before",
    "done, and answered with 500",
    "done, and answer lost",
)
"""What can happen to a call that creates something, so that its caller does not learn the truth."""
ALL: tuple[Fault, ...] = (*LOSSES, "denied")


def operation(request: Seen) -> str:
    """Return what a request asks for: an operation's name, or a method and a path."""
    target = next((v for k, v in request.headers.items() if k.lower() == "x-amz-target"), "")
    if target:
        return target.rpartition(".")[2]
    path = request.path.partition("?")[0]
    if re.fullmatch(r"/[A-Z][A-Za-z]+", path):  # X-Ray's paths are its operations' names
        return path[1:]
    action = parse_qs(request.body.decode(errors="replace")).get("Action")
    return action[0] if action else f"{request.method} {path}"


def reads(request: Seen) -> bool:
    """Tell whether a request changes nothing."""
    name = operation(request)
    return request.method in ("GET", "HEAD") if " " in name else only_reads(name)


def error(request: Seen, status: int, code: str) -> Forged:
    """Return an error in the form of the request's protocol."""
    if parse_qs(request.body.decode(errors="replace")).get("Action"):
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>injected</Message></Error>"
        if "/ec2/" in str(request.headers):
            text = f"<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>"
            return Forged(status, {"Content-Type": "text/xml"}, text.encode())
        return Forged(status, {"Content-Type": "text/xml"}, f"{text}</ErrorResponse>".encode())
    if "/s3/" in str(request.headers):
        text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
        return Forged(status, {"Content-Type": "application/xml"}, text.encode())
    body = json.dumps({"__type": code, "message": "injected"}).encode()
    return Forged(
        status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}, body
    )


@dataclass
class Injector:
    """Counts requests, and makes `fault` at number `at` (from 0) of those that `counts` names.

    Attributes
    ----------
    fault, at, counts
        What happens, and to which request.
    seen
        The operations that were counted.
    happened
        Whether the fault was made.
    """

    fault: Fault | None = None
    at: int = -1
    counts: Callable[[Seen], bool] = lambda _: True
    seen: list[str] = field(default_factory=list)
    happened: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Seen) -> Forged | Lost | Passed | None:
        with self._lock:
            if not self.counts(request):
                return None
            number = len(self.seen)
            self.seen.append(operation(request))
            if self.fault is None or number != self.at:
                return None
            self.happened = True
        return self._make(request)

    def _make(self, request: Seen) -> Forged | Lost | Passed:
        match self.fault:
            case "refused with 500":
                return error(request, 500, "InternalFailure")
            case "throttled":
                return error(request, 400, "ThrottlingException")
            case "denied":
                return error(request, 403, "AccessDeniedException")
            case "reset before":
                return Lost(passed_on=False)
            case "done, and answered with 500":
                return Passed(error(request, 500, "InternalFailure"))
            case _:
                return Lost()
