"""The Python runtime of an execution environment: import the handler, then serve its calls.

Requests and results are frames (length, then bytes) on an inherited socket, so that nothing that a
handler prints can be taken for a result. Error texts and log forms are those of AWS's runtime
interface client (awslambdaric), whose `bootstrap.py` this file stands in for.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import struct
import sys
import threading
import time

TYPE_CHECKING = False  # as in `typing`, which takes longer to load than this file
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

LENGTH = struct.Struct("!I")
"""A frame's length, before its bytes."""

CHUNK_BYTES = 1 << 16
"""How much is read from the socket at once, at least."""

READ = json.JSONDecoder().raw_decode
"""Reads what the server tells of a call, which is JSON and nothing more."""

RESULT = b'{"result": true}'
"""The header of a result."""

ONE_EVENT = "\r"
"""Joins lines that belong to one log event, as awslambdaric does on standard output."""

ERROR_INDENT = "\u00a0\u00a0"
"""What awslambdaric puts for the indentation of a traceback's lines."""

OUR_OWN = ("private_tmp", "preloaded")
"""The modules beside this one that it needs itself."""

ASCII_RUNTIMES = frozenset(f"AWS_Lambda_python3.{minor}" for minor in range(8, 12))
"""Where awslambdaric writes other letters of a result as escapes."""

JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"
"""How awslambdaric writes the time in the log format `JSON`."""


CLIENT = (
    "installation_id",
    "app_title",
    "app_version_name",
    "app_version_code",
    "app_package_name",
)
"""The attributes of a client (Lambda Developer Guide, "Python context object")."""


class RuntimeFaultError(Exception):
    """An error of the runtime, not of the function: it has a type of its own and no traceback."""

    def __init__(self, kind: str, message: str, trace: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class InHand:
    """What the environment is at."""

    request_id = ""


in_hand = InHand()


class Frames:
    """The frames that come on a socket; most calls come in one piece, and are read as one."""

    def __init__(self, control: int) -> None:
        self._control = control
        self._received = b""

    def next(self) -> bytes:
        """Wait for a frame; return its bytes."""
        (length,) = LENGTH.unpack(self._take(LENGTH.size))
        return self._take(length)

    def _take(self, size: int) -> bytes:
        """Return the next `size` bytes; without a server there is nothing left to do."""
        if (missing := size - len(self._received)) > 0:
            chunks = [self._received]
            while missing > 0:
                chunk = os.read(self._control, max(missing, CHUNK_BYTES))
                if not chunk:
                    os._exit(0)
                chunks.append(chunk)
                missing -= len(chunk)
            self._received = b"".join(chunks)
        taken, self._received = self._received[:size], self._received[size:]
        return taken


class Client:
    """The application that called, as a mobile SDK describes it."""

    def __init__(self, given: dict[str, Any]) -> None:
        for name in CLIENT:
            setattr(self, name, given.get(name))


class ClientContext:
    """What the caller handed on (`ClientContext` of Invoke)."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = Client(given["client"]) if given.get("client") else None


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, call: dict[str, Any]) -> None:
        environment = os.environ
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = call["request_id"]
        self.invoked_function_arn = call["invoked_function_arn"]
        self.tenant_id = None
        given = call["client_context"]
        self.client_context = None if given is None else ClientContext(given)
        self.identity = None
        self._deadline_ms = call["deadline_ms"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function times out."""
        return max(0, int(self._deadline_ms - time.time() * 1000))

    def log(self, message: object) -> None:
        """Write `message` into the function's log."""
        write_event(str(message))


def main(settings: dict[str, Any]) -> None:
    """Initialise the function, then answer calls until the process is ended."""
    threading.Thread(target=end_with_the_server, args=(settings["lifeline"],), daemon=True).start()
    control = settings["control"]
    send(control, {"started": True})
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        failure = describe(error, "")
        log_error(failure)
        send(control, {"init_error": failure})
        sys.exit(1)
    send(control, {"ready": True})
    frames = Frames(control)
    while True:
        (call, _), event = READ(frames.next().decode()), frames.next()
        in_hand.request_id = call["request_id"]
        os.environ["_X_AMZN_TRACE_ID"] = call["trace_id"]
        answer(control, handler, event, call)


def answer(control: int, handler: Callable[..., Any], event: bytes, call: dict[str, Any]) -> None:
    """Run the handler and send its result or its error."""
    try:
        result = marshal(handler(json.loads(event), Context(call)))
    except Exception as error:
        failure = describe(error, call["request_id"])
        log_error(failure)
        flush()
        send(control, {"error": failure})
    else:
        flush()
        send_frames(control, RESULT, result)


def marshal(value: object) -> bytes:
    """Write a handler's result, as `lambda_runtime_marshaller.py` of awslambdaric does.

    Bytes go as they are; anything else as JSON by simplejson's rules: a Decimal is a number with
    the digits that it has, bytes within are text, a named tuple is an object.
    """
    if isinstance(value, bytes):
        return value
    try:
        return to_json(value).encode()
    except Exception as error:
        raise RuntimeFaultError(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from None


def to_json(value: object) -> str:
    """Write a value as JSON."""
    text = ENCODER.encode(value)
    if has_named_tuple(value):
        text = ENCODER.encode(named(value))
    if MARK not in text:
        return text
    first, *more = text.split(f'"{MARK}')
    return first + "".join(part.replace('"', "", 1) for part in more)


def other(value: Any) -> str:
    """Return the text of bytes, or for a Decimal its digits with a mark before them."""
    if isinstance(value, bytes):
        return value.decode()
    decimal = sys.modules.get("decimal")
    if decimal is None or not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return MARK + ("NaN" if value.is_nan() else str(value))


MARK = os.urandom(8).hex()
"""Stands before what is to be written as a number, and in no text by chance."""

ENCODER = json.JSONEncoder(
    ensure_ascii=os.environ.get("AWS_EXECUTION_ENV", "") in ASCII_RUNTIMES, default=other
)


def has_named_tuple(value: object) -> bool:
    """Tell whether there is a named tuple in a value, which has no circles."""
    if isinstance(value, dict):
        return any(map(has_named_tuple, value.values()))
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return True
    return isinstance(value, (list, tuple)) and any(map(has_named_tuple, value))


def named(value: Any) -> Any:
    """Return a value with a dictionary for each named tuple."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: named(one) for key, one in value.items()}
    return [named(one) for one in value] if isinstance(value, (list, tuple)) else value


def load_handler(name: str) -> Callable[..., Any]:
    """Import the module of handler `name` and return its function."""
    module_name, dot, function = name.rpartition(".")
    if not dot:
        reason = "not enough values to unpack (expected 2, got 1)"
        raise RuntimeFaultError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {reason}")
    if module_name.partition(".")[0] in sys.builtin_module_names:
        text = f"Cannot use built-in module {module_name} as a handler module"
        raise RuntimeFaultError("Runtime.BuiltInModuleConflict", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise RuntimeFaultError("Runtime.ImportModuleError", text) from None
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        trace = [f'  File "{as_on_aws(error.filename)}" Line {error.lineno}\n    {error.text}']
        raise RuntimeFaultError("Runtime.UserCodeSyntaxError", text, trace) from None
    try:
        found: Callable[..., Any] = getattr(module, function)
    except AttributeError:
        text = f"Handler '{function}' missing on module '{module_name}'"
        raise RuntimeFaultError("Runtime.HandlerNotFound", text) from None
    return found


def describe(error: BaseException, request_id: str) -> dict[str, Any]:
    """Return the error's payload: message, type, request and the frames below this file."""
    if isinstance(error, RuntimeFaultError):
        kind, trace = error.kind, error.trace
    else:
        kind = type(error).__name__
        traceback = importlib.import_module("traceback")
        frames = [tuple(frame) for frame in traceback.extract_tb(error.__traceback__)]
        outside = (i for i, frame in enumerate(frames) if not is_own(frame[0]))
        frames = frames[next(outside, len(frames)) :]
        trace = [as_on_aws(text) for text in traceback.format_list(frames)]
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def is_own(filename: str) -> bool:
    """Tell this file's frames from the function's."""
    return filename == is_own.__code__.co_filename


def as_on_aws(text: object) -> str:
    """Give the paths in `text` the names that they have on AWS."""
    named = str(text).replace(os.environ["LAMBDA_TASK_ROOT"], "/var/task")
    return named.replace(sys.base_prefix, "/var/lang")


def log_error(failure: dict[str, Any]) -> None:
    """Write an error into the log, as one event."""
    if writes_json():
        now = time.strftime(JSON_TIME, time.gmtime())
        write_event(json.dumps({"timestamp": now, "log_level": "ERROR", **failure}))
        return
    lines = [f"[ERROR] {failure['errorType']}: {failure['errorMessage']}"]
    lines.append("Traceback (most recent call last):")
    for element in failure["stackTrace"]:
        for line in element.splitlines():
            indented = line.lstrip(" ")
            lines.append(ERROR_INDENT * ((len(line) - len(indented)) // 2) + indented)
    write_event("\n".join(lines))


def writes_json() -> bool:
    """Tell whether the function's log format is `JSON`."""
    return os.environ["AWS_LAMBDA_LOG_FORMAT"] == "JSON"


def write_event(text: str) -> None:
    """Write `text` into the log as one event."""
    sys.stdout.write(text.rstrip("\n").replace("\n", ONE_EVENT) + "\n")


def flush() -> None:
    """Send on what the handler has printed and the streams still hold."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def set_up_logging(log_events: Any) -> None:
    """Let `logging`, which is loaded now, write events in awslambdaric's format."""
    log_events.set_up(write_event, describe, in_hand, as_json=writes_json())


def send(control: int, header: dict[str, Any], payload: bytes = b"") -> None:
    """Send one answer: a header and a payload."""
    send_frames(control, json.dumps(header).encode(), payload)


def send_frames(control: int, head: bytes, payload: bytes) -> None:
    """Send the two frames of an answer."""
    rest = b"".join((LENGTH.pack(len(head)), head, LENGTH.pack(len(payload)), payload))
    while rest:
        rest = rest[os.write(control, rest) :]


def end_with_the_server(lifeline: int) -> None:
    """Wait for the end of a pipe that only the server holds, then end the whole process group."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def start() -> None:
    """Read the settings, arrange what can be imported, and run."""
    settings = json.loads(sys.argv[1])
    sys.argv = [""]
    sys.path.insert(0, settings["bootstraps"])
    private_tmp, preloaded = map(importlib.import_module, OUR_OWN)
    for name in OUR_OWN:
        del sys.modules[name]  # a package may have modules of these names
    preloaded.watch(settings["bootstraps"], sys.path[1:], set_up_logging)
    sys.path[0:1] = settings["search_path"]
    sys.path.extend(settings["libraries"])
    places = (settings[name] for name in ("tmp", "code", "layers", "sandbox"))
    private_tmp.redirect(*places)
    main(settings)


if __name__ == "__main__":
    start()
