"""An execution environment: INIT once, then one call at a time, until it is ended.

An environment outlives its process: after a timeout or a crash AWS resets the environment in place.
The log stream and `/tmp` stay, and the next call initialises again inside its own duration
(a suppressed INIT). Source: Lambda Developer Guide, "Understanding the execution environment
lifecycle".
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labkit.sandbox.services.lambda_.environments import runtimes
from labkit.sandbox.services.lambda_.environments.process import (
    ExitedError,
    OutOfMemoryError,
    RuntimeProcess,
    TimedOutError,
)
from labkit.sandbox.services.lambda_.environments.surroundings import Surroundings, start_process
from labkit.sandbox.services.lambda_.report import (
    Failure,
    LogLine,
    Report,
    TextLog,
    exit_failure,
    out_of_memory,
    timeout_failure,
)
from labkit.sandbox.services.lambda_.report_json import JsonLog
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
    is_recorded
        Whether X-Ray records the call.
    client_context
        What the caller hands on to the handler's context, as JSON; empty if nothing.
    """

    request_id: str
    arn: str
    event: bytes
    trace_id: str
    is_recorded: bool = False
    client_context: str = ""

    def header(self, deadline_ms: float) -> bytes:
        """Return what the runtime is told of the call, as JSON; no field has to be escaped."""
        return (
            f'{{"request_id":"{self.request_id}","invoked_function_arn":"{self.arn}",'
            f'"trace_id":"{self.trace_id}","deadline_ms":{deadline_ms:.3f},'
            f'"client_context":{self.client_context or "null"}}}'
        ).encode()


@dataclass
class Outcome:
    """What became of a call.

    Attributes
    ----------
    payload
        The result as JSON; empty when there is an error.
    error
        The error's payload, if there is one.
    began
        When the environment got the event, in seconds since 1970.
    duration
        Milliseconds from the request to the answer, a suppressed INIT included.
    init
        Milliseconds of an INIT that was part of the call; None without one.
    log
        The lines from START to REPORT.
    ends
        Whether the runtime's process ends with this answer.
    """

    payload: bytes = b""
    error: dict[str, object] | None = None
    began: float = 0.0
    duration: float = 0.0
    init: float | None = None
    log: list[LogLine] = field(default_factory=list)
    ends: bool = False


@dataclass(frozen=True)
class Answer:
    """Who waits for a call's outcome.

    Attributes
    ----------
    give
        Takes the outcome as soon as it is there.
    with_log
        Whether it wants the call's log as well, which is written after the outcome is there.
    """

    give: Callable[[Outcome], Awaitable[None]]
    with_log: bool = False


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

    async def initialize(self, seconds: float) -> tuple[float, Failure | None]:
        """Run the INIT phase; return its milliseconds, and how it failed if it did."""
        self._initialized_before = True
        self._log(self._platform.init_start(await asyncio.to_thread(self._runtime_text)))
        async with self._surroundings.starts.turn() as end_turn:
            return await self._initialize("init", time.monotonic() + seconds, "", end_turn)

    async def invoke(self, call: Call, answer: Answer | None = None) -> Outcome:
        """Serve one call, initialising first where there is no initialised process."""
        init = await self._first_init()
        started, deadline = time.monotonic(), time.monotonic() + self.version.timeout
        failure = await self._repeat_init(call, deadline)
        begin = len(self._unwritten)
        self._log(self._platform.start(call.request_id, self.version.version))
        outcome = Outcome(began=time.time() - (time.monotonic() - started), init=init)
        if failure is None:
            failure = await self._run(call, deadline, outcome)
        outcome.duration = (time.monotonic() - started) * 1000
        if failure is not None:
            self._fail(call, failure, outcome)
        if answer is not None and not answer.with_log:
            await answer.give(outcome)
        await self._finish(call, init, failure, outcome)
        outcome.log = self._unwritten[begin:]
        if answer is not None and answer.with_log:
            await answer.give(outcome)
        return outcome

    def take_log(self) -> list[LogLine]:
        """Return the lines that have not been taken yet."""
        lines, self._unwritten = self._unwritten, []
        return lines

    def rest(self) -> None:
        """Stand still until the next call, as an environment that nobody calls is frozen on AWS."""
        if self._process is not None:
            self._process.freeze_soon()

    async def close(self) -> None:
        """End the process and remove the environment's folder."""
        await self._end_process()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _first_init(self) -> float | None:
        """Initialise an environment that never was; return the milliseconds to report as INIT."""
        if self._initialized_before:
            return None
        milliseconds, failure = await self.initialize(INIT_SECONDS)
        return milliseconds if failure is None else None

    async def _repeat_init(self, call: Call, deadline: float) -> Failure | None:
        """Initialise within the call if INIT failed or the process has ended since."""
        if self._process is not None and self._process.is_running():
            return None
        await self._end_process()
        _, failure = await self._initialize("invoke", deadline, call.request_id)
        return failure

    async def _initialize(
        self,
        phase: str,
        deadline: float,
        request_id: str,
        when_started: Callable[[], None] | None = None,
    ) -> tuple[float, Failure | None]:
        started = time.monotonic()
        process = self._process = await asyncio.to_thread(self._start_process)
        failure = None
        try:
            header = await process.initialize(deadline, when_started)
            if "init_error" in header:
                failure = Failure("error", {**header["init_error"], "requestId": request_id})
        except TimedOutError:
            failure = timeout_failure(request_id, self.version.timeout)
        except ExitedError as reason:
            failure = _exit_failure(request_id, reason)
        milliseconds = (time.monotonic() - started) * 1000
        self._log(process.take_lines())
        self._log(self._platform.init_end(milliseconds, phase, failure))
        if failure is not None:
            await self._end_process()
        return milliseconds, failure

    async def _run(self, call: Call, deadline: float, outcome: Outcome) -> Failure | None:
        """Let the handler answer into `outcome`; return how the environment failed if it did."""
        process = self._process
        assert process is not None
        header = call.header((time.time() + deadline - time.monotonic()) * 1000)
        try:
            answer, outcome.payload = await process.serve(header, call.event, deadline)
        except TimedOutError:
            return timeout_failure(call.request_id, self.version.timeout)
        except ExitedError as reason:
            return _exit_failure(call.request_id, reason)
        outcome.error = answer.get("error")
        outcome.ends = answer.get("ends", False)
        if len(outcome.payload) > RESPONSE_BYTES:
            outcome.error = _too_large(len(outcome.payload))
        return None

    def _fail(self, call: Call, failure: Failure, outcome: Outcome) -> None:
        outcome.error = failure.payload
        if failure.status == "timeout":
            outcome.duration = min(outcome.duration, self.version.timeout * 1000.0)

    async def _finish(
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
            trace_id=call.trace_id if call.is_recorded else "",
        )
        self._log(self._platform.end(report))
        if failure is not None or outcome.ends:
            await self._end_process()

    def _log(self, lines: list[LogLine]) -> None:
        self._unwritten.extend(lines)

    def _peak_memory(self) -> int:
        if self._process is not None:
            self._used = max(self._used, self._process.peak_memory)
        return self._used

    async def _end_process(self) -> None:
        if self._process is not None:
            self._peak_memory()
            process, self._process = self._process, None
            await process.close()

    def _start_process(self) -> RuntimeProcess:
        return start_process(
            self.version,
            self._surroundings,
            self._folder,
            self.log_stream,
            self.initialization_type,
        )

    def _runtime_text(self) -> str:
        return runtimes.version_text(self.version.runtime, self.version.region)


def _platform_log(version: FunctionVersion, initialization_type: str) -> TextLog:
    if version.log_format == "JSON":
        return JsonLog(version.name, version.version, initialization_type)
    return TextLog()


def _exit_failure(request_id: str, reason: ExitedError) -> Failure:
    if isinstance(reason, OutOfMemoryError):
        return out_of_memory(request_id, str(reason))
    return exit_failure(request_id, str(reason))


def _too_large(size: int) -> dict[str, object]:
    return {
        "errorMessage": f"Response payload size ({size} bytes) exceeded maximum allowed payload "
        "size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
