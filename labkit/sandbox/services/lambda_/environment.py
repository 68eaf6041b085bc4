"""An execution environment: INIT once, then one call at a time, until it is ended.

An environment outlives its process: after a timeout or a crash AWS resets the environment in place.
The log stream and `/tmp` stay, and the next call initialises again inside its own duration
(a suppressed INIT). Source: Lambda Developer Guide, "Understanding the execution environment
lifecycle".
"""

from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from labkit.sandbox.services.lambda_ import platform_log, runtimes
from labkit.sandbox.services.lambda_.json_log import JsonLog
from labkit.sandbox.services.lambda_.platform_log import Failure, LogLine, Report, TextLog
from labkit.sandbox.services.lambda_.process import (
    ExitedError,
    OutOfMemoryError,
    RuntimeProcess,
    TimedOutError,
)
from labkit.sandbox.services.lambda_.versions import FunctionVersion

INIT_SECONDS = 10
"""How long the INIT phase of an on-demand environment may take (Lambda Developer Guide)."""

RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""The largest synchronous response: 6,291,556 bytes, in AWS's own error text."""


@dataclass(frozen=True)
class Call:
    """One request to a function.

    Attributes
    ----------
    request_id
        What AWS calls the request in the log.
    arn
        The function's ARN as the caller named it, qualifier included.
    event
        The event as JSON.
    trace_id
        The value of `_X_AMZN_TRACE_ID`.
    """

    request_id: str
    arn: str
    event: bytes
    trace_id: str


@dataclass
class Outcome:
    """What became of a call.

    Attributes
    ----------
    payload
        The result as JSON; empty when there is an error.
    error
        The error's payload, if there is one.
    duration
        Milliseconds from the request to the answer, a suppressed INIT included.
    log
        The lines from START to REPORT.
    """

    payload: bytes = b""
    error: dict[str, object] | None = None
    duration: float = 0.0
    log: list[LogLine] = field(default_factory=list)


@dataclass(frozen=True)
class Surroundings:
    """What every environment of a function version gets from the sandbox.

    Attributes
    ----------
    code, layers
        The unzipped package, and each unzipped layer in the function's order.
    libraries
        Where the runtime's own packages are.
    credentials
        The role's `AWS_ACCESS_KEY_ID` and so on.
    endpoint
        The sandbox's endpoint.
    sandbox
        The sandbox's private folder.
    lifeline
        The descriptor of the pipe that ends with the server.
    path
        The value of `PATH`.
    """

    code: Path
    layers: list[Path]
    libraries: list[str]
    credentials: dict[str, str]
    endpoint: str
    sandbox: Path
    lifeline: int
    path: str


class Environment:
    """One execution environment of `version`.

    Parameters
    ----------
    version
        What it runs, for its whole life.
    surroundings
        What the sandbox provides.
    initialization_type
        `on-demand` or `provisioned-concurrency`.

    Attributes
    ----------
    log_stream
        Its log stream's name.
    last_used
        When it last became free, on the monotonic clock.
    """

    def __init__(
        self, version: FunctionVersion, surroundings: Surroundings, initialization_type: str
    ) -> None:
        self.version = version
        self.initialization_type = initialization_type
        identity = secrets.token_hex(16)
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{version.version}]{identity}"
        self.last_used = time.monotonic()
        self._surroundings = surroundings
        self._folder = surroundings.sandbox / "environments" / identity
        self._process: RuntimeProcess | None = None
        self._initialized_before = False
        self._used = 0
        self._platform = _platform_log(version, initialization_type)
        self._unwritten: list[LogLine] = []

    def initialize(self, seconds: float) -> tuple[float, Failure | None]:
        """Run the INIT phase; return its milliseconds, and how it failed if it did."""
        self._initialized_before = True
        self._log(self._platform.init_start(self._runtime_text()))
        return self._initialize("init", time.monotonic() + seconds, "")

    def invoke(self, call: Call) -> Outcome:
        """Serve one call, initialising first where there is no initialised process."""
        init = self._first_init()
        started, deadline = time.monotonic(), time.monotonic() + self.version.timeout
        failure = self._repeat_init(call, deadline)
        begin = len(self._unwritten)
        self._log(self._platform.start(call.request_id, self.version.version))
        outcome = Outcome()
        if failure is None:
            failure = self._run(call, deadline, outcome)
        outcome.duration = (time.monotonic() - started) * 1000
        if failure is not None:
            self._fail(call, failure, outcome)
        self._finish(call, init, failure, outcome)
        outcome.log = self._unwritten[begin:]
        return outcome

    def take_log(self) -> list[LogLine]:
        """Return the lines that have not been taken yet."""
        lines, self._unwritten = self._unwritten, []
        return lines

    def close(self) -> None:
        """End the process and remove the environment's folder."""
        self._end_process()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _first_init(self) -> float | None:
        """Initialise an environment that never was; return the milliseconds to report as INIT."""
        if self._initialized_before:
            return None
        milliseconds, failure = self.initialize(INIT_SECONDS)
        return milliseconds if failure is None else None

    def _repeat_init(self, call: Call, deadline: float) -> Failure | None:
        """Initialise within the call if INIT failed or the process has ended since."""
        if self._process is not None and self._process.is_running():
            return None
        self._end_process()
        _, failure = self._initialize("invoke", deadline, call.request_id)
        return failure

    def _initialize(
        self, phase: str, deadline: float, request_id: str
    ) -> tuple[float, Failure | None]:
        started = time.monotonic()
        process = self._process = self._spawn()
        failure = None
        try:
            header = process.initialize(deadline)
            if "init_error" in header:
                failure = Failure("error", {**header["init_error"], "requestId": request_id})
        except TimedOutError:
            failure = platform_log.timeout_failure(request_id, self.version.timeout)
        except ExitedError as reason:
            failure = _exit_failure(request_id, reason)
        milliseconds = (time.monotonic() - started) * 1000
        self._log(process.take_lines())
        self._log(self._platform.init_end(milliseconds, phase, failure))
        if failure is not None:
            self._end_process()
        return milliseconds, failure

    def _run(self, call: Call, deadline: float, outcome: Outcome) -> Failure | None:
        """Let the handler answer into `outcome`; return how the environment failed if it did."""
        process = self._process
        assert process is not None
        header = {
            "request_id": call.request_id,
            "invoked_function_arn": call.arn,
            "trace_id": call.trace_id,
            "deadline_ms": (time.time() + deadline - time.monotonic()) * 1000,
        }
        try:
            answer, outcome.payload = process.serve(header, call.event, deadline)
        except TimedOutError:
            return platform_log.timeout_failure(call.request_id, self.version.timeout)
        except ExitedError as reason:
            return _exit_failure(call.request_id, reason)
        outcome.error = answer.get("error")
        if len(outcome.payload) > RESPONSE_BYTES:
            outcome.error = _too_large(len(outcome.payload))
        return None

    def _fail(self, call: Call, failure: Failure, outcome: Outcome) -> None:
        outcome.error = failure.payload
        if failure.status == "timeout":
            outcome.duration = min(outcome.duration, self.version.timeout * 1000.0)

    def _finish(
        self, call: Call, init: float | None, failure: Failure | None, outcome: Outcome
    ) -> None:
        """Write the end of the call into the log, and end the process if the call broke it."""
        if self._process is not None:
            self._log(self._process.take_lines())
        if failure is not None and failure.status == "timeout":
            self._log(self._platform.timed_out(call.request_id, self.version.timeout))
        elif failure is not None and self._process is not None:
            self._log(self._platform.exited(failure))
        report = Report(
            call.request_id,
            duration=outcome.duration,
            init=init,
            memory=self.version.memory,
            used=self._peak_memory(),
            failure=failure,
            trace_id=call.trace_id if self.version.is_traced else "",
        )
        self._log(self._platform.end(report))
        if failure is not None:
            self._end_process()

    def _log(self, lines: list[LogLine]) -> None:
        self._unwritten.extend(lines)

    def _peak_memory(self) -> int:
        if self._process is not None:
            self._used = max(self._used, self._process.peak_memory)
        return self._used

    def _end_process(self) -> None:
        if self._process is not None:
            self._peak_memory()
            self._process.close()
            self._process = None

    def _spawn(self) -> RuntimeProcess:
        tmp = self._folder / "tmp"
        tmp.mkdir(parents=True, exist_ok=True)
        around = self._surroundings

        def command(control: int) -> list[str]:
            settings = runtimes.Settings(
                control=control,
                lifeline=around.lifeline,
                tmp=str(tmp),
                sandbox=str(around.sandbox),
                search_path=runtimes.search_path(around.code, around.layers),
                libraries=around.libraries,
                bootstraps=str(runtimes.BOOTSTRAPS),
            )
            return runtimes.command(self.version.runtime, settings)

        return RuntimeProcess(
            command, self._variables(tmp), around.code, around.lifeline, self.version.memory
        )

    def _runtime_text(self) -> str:
        return runtimes.version_text(self.version.runtime, self.version.region)

    def _variables(self, tmp: Path) -> dict[str, str]:
        """Return the process's variables: the reserved ones over the function's own."""
        version, around = self.version, self._surroundings
        defaults = {
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ENDPOINT_URL": around.endpoint,
            "HOME": str(tmp),
            "LANG": "en_US.UTF-8",
            "NODE_PATH": runtimes.node_path(around.layers),
            "PATH": around.path,
            "PYTHONUTF8": "1",
            "TMPDIR": str(tmp),
            "TZ": ":UTC",
        }
        reserved = {
            "AWS_DEFAULT_REGION": version.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory),
            "AWS_LAMBDA_FUNCTION_NAME": version.name,
            "AWS_LAMBDA_FUNCTION_VERSION": version.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": self.initialization_type,
            "AWS_LAMBDA_LOG_FORMAT": version.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group,
            "AWS_LAMBDA_LOG_LEVEL": version.log_level,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_REGION": version.region,
            "LAMBDA_RUNTIME_DIR": str(runtimes.BOOTSTRAPS),
            "LAMBDA_TASK_ROOT": str(around.code),
            "_HANDLER": str(version.config.get("Handler") or ""),
        }
        return defaults | version.variables | reserved | around.credentials


def _platform_log(version: FunctionVersion, initialization_type: str) -> TextLog:
    if version.log_format == "JSON":
        return JsonLog(version.name, version.version, initialization_type)
    return TextLog()


def _exit_failure(request_id: str, reason: ExitedError) -> Failure:
    if isinstance(reason, OutOfMemoryError):
        return platform_log.out_of_memory(request_id, str(reason))
    return platform_log.exit_failure(request_id, str(reason))


def _too_large(size: int) -> dict[str, object]:
    return {
        "errorMessage": f"Response payload size ({size} bytes) exceeded maximum allowed payload "
        "size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
