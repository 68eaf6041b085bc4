"""What Lambda's platform says in a function's log, one small class for each kind of line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Record:
    """One platform log line.

    Attributes
    ----------
    at : datetime or None
        When it was written, in UTC; None in a log tail in text format, which holds no times.
    log_stream : str or None
        The log stream, which is one execution environment; None in a log tail.
    """

    at: datetime | None = None
    log_stream: str | None = None


@dataclass(frozen=True, kw_only=True)
class InitStart(Record):
    """``INIT_START``: an execution environment begins to initialise."""

    runtime_version: str | None = None
    runtime_version_arn: str | None = None
    initialization_type: str | None = None
    phase: str | None = None


@dataclass(frozen=True, kw_only=True)
class InitRuntimeDone(Record):
    """``platform.initRuntimeDone``: the runtime finished its part of the initialisation."""

    initialization_type: str | None = None
    phase: str | None = None
    status: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class InitReport(Record):
    """``INIT_REPORT``: how the initialisation went, and how long it took (ms)."""

    init_ms: float
    initialization_type: str | None = None
    phase: str | None = None
    status: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class RestoreStart(Record):
    """``RESTORE_START``: an environment begins to be restored from a snapshot."""

    runtime_version: str | None = None
    runtime_version_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class RestoreReport(Record):
    """``RESTORE_REPORT``: how the restore went, and how long it took (ms)."""

    restore_ms: float
    status: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Start(Record):
    """``START``: an invocation begins."""

    request_id: str
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class RuntimeDone(Record):
    """``platform.runtimeDone``: the handler returned, raised, or was ended."""

    request_id: str
    duration_ms: float | None = None
    status: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class End(Record):
    """``END``: an invocation is over."""

    request_id: str


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The X-Ray segment that a ``REPORT`` names."""

    trace_id: str
    segment_id: str | None = None
    sampled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Report(Record):
    """``REPORT``: what one invocation took and is billed for (ms, MB).

    A value that the line does not hold is None, never 0.
    """

    request_id: str
    duration_ms: float
    billed_ms: float | None = None
    memory_mb: int | None = None
    max_memory_mb: int | None = None
    init_ms: float | None = None
    restore_ms: float | None = None
    billed_restore_ms: float | None = None
    status: str | None = None
    error_type: str | None = None
    trace: Trace | None = None


@dataclass(frozen=True, kw_only=True)
class TimedOut(Record):
    """``Task timed out after …``: the older way to say that an invocation ran out of time."""

    request_id: str
    after_s: float


@dataclass(frozen=True, kw_only=True)
class Crashed(Record):
    """``RequestId: … Error: …``: the older way to say that the runtime process ended."""

    request_id: str
    message: str
    error_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlatformEvent(Record):
    """A line of the platform that says nothing of an invocation, such as an extension's state.

    Attributes
    ----------
    kind : str
        For example ``platform.extension``.
    """

    kind: str


@dataclass(frozen=True, kw_only=True)
class OutputLine(Record):
    """A line that the function itself wrote.

    Attributes
    ----------
    request_id : str or None
        The invocation during which it was written: the one whose ``START`` came last in the same
        log stream and that had not ended; None when there was none, as during INIT.
    """

    text: str
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unread(Record):
    """A platform line, or a part of one, that could not be read, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Read:
    """What one line was read as, and the parts of it that are not known here."""

    record: Record
    gaps: tuple[str, ...] = ()


class Unreadable(Exception):
    """A line begins as the platform's and cannot be read; the message says why."""
