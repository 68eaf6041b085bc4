"""One parser for Lambda's platform log lines, in every form in which AWS has written them.

Text lines of before and after 2024, SnapStart, X-Ray, the JSON log format, and the four-kilobyte
tail that a synchronous call returns. What cannot be read is kept and said, never guessed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from labkit.measure.platform_logs.json_lines import read_json
from labkit.measure.platform_logs.records import (
    End,
    InitStart,
    OutputLine,
    Read,
    Record,
    Report,
    RestoreStart,
    Start,
    Unread,
    Unreadable,
)
from labkit.measure.platform_logs.text_lines import read_text

TAIL_BYTES = 4096
"""A synchronous call's ``LogResult`` holds the last 4 KB (Lambda API reference, Invoke)."""

_ERROR_TYPE = re.compile(r"[A-Z]\w*\.\w+$")


@dataclass
class PlatformLog:
    """What was found in a function's log.

    Attributes
    ----------
    records : list of Record
        The platform's lines, in the order given.
    output : list of OutputLine
        The function's own lines.
    unread : list of Unread
        Platform lines, and parts of them, that could not be read, with the reason.
    """

    records: list[Record] = field(default_factory=list)
    output: list[OutputLine] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def parse(events: Iterable[Mapping[str, Any]]) -> PlatformLog:
    """Read CloudWatch log events of one function.

    Parameters
    ----------
    events : iterable of mapping
        As ``filter_log_events`` or ``get_log_events`` return them: ``message``, ``timestamp`` (ms
        since 1970) and, from the former, ``logStreamName``; oldest first within a log stream.

    Returns
    -------
    PlatformLog
    """
    parser = _LogParser()
    for event in events:
        at = event.get("timestamp")
        parser.feed(
            event["message"],
            None if at is None else datetime.fromtimestamp(at / 1000, UTC),
            event.get("logStreamName"),
        )
    return parser.log


def parse_tail(log_result: str) -> PlatformLog:
    """Read the log tail of a synchronous call.

    A tail of the full four kilobytes may begin in the middle of a line. If its first line is not a
    whole platform line, nobody can say what it was: it goes to ``unread``.

    Parameters
    ----------
    log_result : str
        ``LogResult`` of ``invoke(…, LogType="Tail")``, in base64 as AWS sends it.

    Returns
    -------
    PlatformLog
    """
    raw = base64.b64decode(log_result, validate=True)
    lines = _joined_lines(raw.decode("utf-8", errors="replace"))
    parser = _LogParser()
    if len(raw) >= TAIL_BYTES and lines and not _is_whole_platform_line(lines[0]):
        reason = "the tail begins here, perhaps in the middle of a line"
        parser.log.unread.append(Unread(text=lines.pop(0), reason=reason))
    for line in lines:
        parser.feed(line, None, None)
    return parser.log


def _joined_lines(text: str) -> list[str]:
    """Split a tail into lines, keeping together those that AWS writes as one event."""
    lines: list[str] = []
    for line in filter(None, text.split("\n")):
        continues_crash = lines and lines[-1].startswith("RequestId: ") and _ERROR_TYPE.match(line)
        if lines and (line.startswith("XRAY TraceId: ") or continues_crash):
            lines[-1] += "\n" + line
        else:
            lines.append(line)
    return lines


def _is_whole_platform_line(text: str) -> bool:
    try:
        return _read(text) is not None
    except Unreadable:
        return False


class _LogParser:
    """Reads line after line, remembering which invocation each log stream is in."""

    def __init__(self) -> None:
        self.log = PlatformLog()
        self._running: dict[str | None, str] = {}

    def feed(self, message: str, at: datetime | None, log_stream: str | None) -> None:
        """Read one log event."""
        text = message.rstrip("\n")
        try:
            read = _read(text)
        except Unreadable as why:
            unread = Unread(at=at, log_stream=log_stream, text=text, reason=str(why))
            self.log.unread.append(unread)
            return
        if read is None:
            running = self._running.get(log_stream)
            line = OutputLine(at=at, log_stream=log_stream, text=text, request_id=running)
            self.log.output.append(line)
            return
        record = replace(read.record, at=read.record.at or at, log_stream=log_stream)
        self.log.records.append(record)
        self._follow(record)
        for reason in read.gaps:
            self.log.unread.append(
                Unread(at=record.at, log_stream=log_stream, text=text, reason=reason)
            )

    def _follow(self, record: Record) -> None:
        if isinstance(record, Start):
            self._running[record.log_stream] = record.request_id
        elif isinstance(record, End | Report | InitStart | RestoreStart):
            self._running.pop(record.log_stream, None)


def _read(text: str) -> Read | None:
    """Read one line; None for a line that is not the platform's."""
    return read_json(text) if text.startswith("{") else read_text(text)
