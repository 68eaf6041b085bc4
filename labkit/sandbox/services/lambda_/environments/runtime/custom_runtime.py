"""The environment of a custom runtime: the Runtime API over HTTP, for the package's own program.

The program, `bootstrap` in the package or in a layer, asks for the next invocation and posts what
came of it; that it asks for the first time ends INIT. It is a process below this one, which turns
HTTP into the frames of `bootstrap.py`.
Source: Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes" and "Building a
custom runtime for AWS Lambda".
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

API = "/2018-06-01/runtime"
NEXT, INIT_ERROR = f"{API}/invocation/next", f"{API}/init/error"
PROGRAM = "bootstrap"

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
"""The header in which the program may name the type of an error."""

IN_GO = {FileNotFoundError: "no such file or directory", PermissionError: "permission denied"}
"""How Lambda words what keeps a program from being started; otherwise it has the wrong format."""

framing: Any = None
"""`bootstrap.py`, once the folder that it is in is known."""


class NotNowError(Exception):
    """A request that does not fit what the runtime is doing."""


class Invocations:
    """What is asked and posted, one invocation after the other.

    Parameters
    ----------
    control
        The socket to the sandbox.
    """

    def __init__(self, control: int) -> None:
        self._control = control
        self._frames = framing.Frames(control)
        self._lock = threading.Lock()
        self._is_ready = self._is_waiting = False
        self._current = ""

    def next(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the next invocation; return what the runtime is told of it, and its event.

        Raises
        ------
        NotNowError
            If the last one has not been answered, or is being waited for.
        """
        with self._lock:
            if self._current or self._is_waiting:
                raise NotNowError("InvalidStateTransition")
            self._is_waiting = True
            if not self._is_ready:
                framing.send(self._control, {"ready": True})
            self._is_ready = True
        call, event = json.loads(self._frames.next()), self._frames.next()
        with self._lock:
            self._current, self._is_waiting = call["request_id"], False
        return call, event

    def answer(self, request_id: str, payload: bytes) -> None:
        """Hand on a result.

        Raises
        ------
        NotNowError
            If it is not of the invocation in hand.
        """
        self._settle(request_id, {"result": True}, payload)

    def fail(self, request_id: str, error: dict[str, Any]) -> None:
        """Hand on an error.

        Raises
        ------
        NotNowError
            If it is not of the invocation in hand.
        """
        self._settle(request_id, {"error": error}, b"")

    def fail_to_begin(self, error: dict[str, Any]) -> None:
        """Say that INIT has failed.

        Raises
        ------
        NotNowError
            If it is over.
        """
        with self._lock:
            if self._is_ready:
                raise NotNowError("InvalidStateTransition")
            framing.send(self._control, {"init_error": error})

    def _settle(self, request_id: str, header: dict[str, Any], payload: bytes) -> None:
        with self._lock:
            if not self._current or request_id != self._current:
                raise NotNowError("InvalidRequestID")
            self._current = ""
            framing.send(self._control, header, payload)


class RuntimeApi(BaseHTTPRequestHandler):
    """Answers the requests of a custom runtime."""

    protocol_version = "HTTP/1.1"
    invocations: Invocations

    def do_GET(self) -> None:
        """Give the next invocation."""
        if self.path != NEXT:
            self._answer(404, b"404 page not found")
            return
        try:
            call, event = self.invocations.next()
        except NotNowError as reason:
            self._refuse(403, str(reason))
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": call["request_id"],
            "Lambda-Runtime-Deadline-Ms": str(int(call["deadline_ms"])),
            "Lambda-Runtime-Invoked-Function-Arn": call["invoked_function_arn"],
            "Lambda-Runtime-Trace-Id": call["trace_id"],
        }
        if call["client_context"] is not None:
            headers["Lambda-Runtime-Client-Context"] = json.dumps(call["client_context"])
        self._answer(200, event, headers)

    def do_POST(self) -> None:
        """Take a result or an error."""
        body = self._body()
        *_, collection, request_id, kind = ["", "", *self.path.removeprefix(API).split("/")]
        try:
            if self.path == INIT_ERROR:
                self.invocations.fail_to_begin(self._error(body))
            elif collection == "invocation" and kind == "response":
                self.invocations.answer(request_id, body)
            elif collection == "invocation" and kind == "error":
                self.invocations.fail(request_id, self._error(body))
            else:
                self._answer(404, b"404 page not found")
                return
        except NotNowError as reason:
            self._refuse(400 if str(reason) == "InvalidRequestID" else 403, str(reason))
            return
        self._answer(202, b'{"status":"OK"}\n')

    def log_message(self, *_: object) -> None:
        """Keep out of the function's log."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _error(self, body: bytes) -> dict[str, Any]:
        """Return an error as it was posted; its type may be in a header alone."""
        try:
            posted = json.loads(body)
        except ValueError:
            posted = {}
        error: dict[str, Any] = posted if isinstance(posted, dict) else {}
        kind = self.headers.get(ERROR_TYPE) or "Runtime.Unknown"
        return error if "errorType" in error else error | {"errorType": kind}

    def _refuse(self, status: int, kind: str) -> None:
        text = {"errorMessage": "It does not fit what the runtime is doing.", "errorType": kind}
        self._answer(status, json.dumps(text).encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (given | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def program(code: str, layers: list[str]) -> str:
    """Return the path of the program: in the package, else in a layer."""
    found = [f"{folder}/{PROGRAM}" for folder in (code, *layers)]
    return next((path for path in found if Path(path).exists()), found[0])


def main(settings: dict[str, Any]) -> None:
    """Serve the Runtime API, run the program, and end as it ends."""
    lifeline = threading.Thread(
        target=framing.end_with_the_server, args=(settings["lifeline"],), daemon=True
    )
    lifeline.start()
    control = settings["control"]
    framing.send(control, {"started": True})
    invocations = Invocations(control)
    RuntimeApi.invocations = invocations
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = os.environ | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"}
    path = program(settings["code"], settings["layers"])
    try:
        process = subprocess.Popen([path], env=variables)
    except OSError as reason:
        why = IN_GO.get(type(reason), "exec format error")
        text = f"Error: fork/exec /var/task/{PROGRAM}: {why}"
        invocations.fail_to_begin({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": text})
        sys.exit(1)
    end_like(process.wait())


def end_like(code: int) -> None:
    """End this process as another one has ended: with its status, or by its signal."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    os._exit(code)


def start() -> None:
    """Read the settings, and run."""
    global framing
    settings = json.loads(sys.argv[1])
    sys.path.insert(0, settings["bootstraps"])
    framing = importlib.import_module("bootstrap")
    main(settings)


if __name__ == "__main__":
    start()
