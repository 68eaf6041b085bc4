"""Reading one platform line in text format, as Lambda wrote it before 2024 and has since."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labkit.measure.platform_logs.records import (
    Crashed,
    End,
    InitReport,
    InitStart,
    Read,
    Record,
    Report,
    RestoreReport,
    RestoreStart,
    Start,
    TimedOut,
    Trace,
    Unreadable,
)

_ID = r"(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_KEYWORD = re.compile(
    r"(?:(?P<request>START|END|REPORT) RequestId:"
    r"|(?P<version>INIT_START|RESTORE_START) Runtime Version"
    r"|(?P<init>INIT_REPORT) (?:Init Duration|Phase|Status):"
    r"|(?P<restore>RESTORE_REPORT) (?:Restore Duration|Status)"
    r"|(?P<trace>XRAY) TraceId:)"
)
"""How the platform's lines begin. A function may print `START cooking`: that is its output."""

_START = re.compile(rf"START RequestId: {_ID}(?: Version: (?P<version>\S+))?$")
_END = re.compile(rf"END RequestId: {_ID}$")
_TIMED_OUT = re.compile(
    rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z {_ID} Task timed out after (?P<s>\d+(?:\.\d+)?) seconds$"
)
_CRASHED = re.compile(
    rf"RequestId: {_ID} (?:Error: )?"
    r"(?P<message>(?<=Error: )[^\n]+|Process exited before completing request)"
    r"(?:\n+(?P<type>[\w.]+))?$"
)


def read_text(text: str) -> Read | None:
    """Read one line; None for a line that is not the platform's.

    Raises
    ------
    Unreadable
        If it begins as a platform line and does not go on as one.
    """
    if (timed_out := _TIMED_OUT.match(text)) is not None:
        return Read(TimedOut(request_id=timed_out["id"], after_s=float(timed_out["s"])))
    if (crashed := _CRASHED.match(text)) is not None:
        return Read(
            Crashed(
                request_id=crashed["id"], message=crashed["message"], error_type=crashed["type"]
            )
        )
    if (keyword := _KEYWORD.match(text)) is None:
        return None
    name = next(filter(None, keyword.groups()))
    if (reader := _READERS.get(name)) is None:
        raise Unreadable(f"{name} does not stand on its own")
    return reader(text)


def _read_start(text: str) -> Read:
    if (match := _START.match(text)) is None:
        raise Unreadable("START without a request id")
    return Read(Start(request_id=match["id"], version=match["version"]))


def _read_end(text: str) -> Read:
    if (match := _END.match(text.rstrip())) is None:
        raise Unreadable("END without a request id")
    return Read(End(request_id=match["id"]))


def _milliseconds(value: str) -> float:
    return _number(value, "ms")


def _megabytes(value: str) -> int:
    return int(_number(value, "MB"))


def _number(value: str, unit: str) -> float:
    if (match := re.fullmatch(rf"(\d+(?:\.\d+)?) {unit}", value)) is None:
        raise Unreadable(f"{value!r} is not a number of {unit}")
    return float(match[1])


_Fields = Mapping[str, tuple[str, Callable[[str], Any]]]

_REPORT_FIELDS: _Fields = {
    "RequestId": ("request_id", str),
    "Duration": ("duration_ms", _milliseconds),
    "Billed Duration": ("billed_ms", _milliseconds),
    "Memory Size": ("memory_mb", _megabytes),
    "Max Memory Used": ("max_memory_mb", _megabytes),
    "Init Duration": ("init_ms", _milliseconds),
    "Restore Duration": ("restore_ms", _milliseconds),
    "Billed Restore Duration": ("billed_restore_ms", _milliseconds),
    "Status": ("status", str),
    "Error Type": ("error_type", str),
}
_INIT_REPORT_FIELDS: _Fields = {
    "Init Duration": ("init_ms", _milliseconds),
    "Phase": ("phase", str),
    "Status": ("status", str),
    "Error Type": ("error_type", str),
}
_RESTORE_REPORT_FIELDS: _Fields = {
    "Restore Duration": ("restore_ms", _milliseconds),
    "Status": ("status", str),
    "Error Type": ("error_type", str),
}
_VERSION_FIELDS: _Fields = {
    "Runtime Version": ("runtime_version", str),
    "Runtime Version ARN": ("runtime_version_arn", str),
}
_XRAY_FIELDS: _Fields = {
    "TraceId": ("trace_id", str),
    "SegmentId": ("segment_id", str),
    "Sampled": ("sampled", lambda value: value == "true"),
}


def _read_fields(
    text: str, known: _Fields, required: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read tab-separated ``Name: value`` fields, and say which are not known."""
    values: dict[str, Any] = {}
    gaps = []
    for part in filter(None, (part.strip() for part in text.split("\t"))):
        name, _, value = part.partition(": ")
        if name in known:
            attribute, read = known[name]
            values[attribute] = read(value)
        else:
            gaps.append(f"unknown field {part!r}")
    missing = [name for name in required if known[name][0] not in values]
    if missing:
        raise Unreadable(f"{' and '.join(missing)} missing")
    return values, tuple(gaps)


def _read_report(text: str) -> Read:
    report, _, second = text.partition("\n")
    required = ("RequestId", "Duration", "Billed Duration", "Memory Size", "Max Memory Used")
    values, gaps = _read_fields(report.removeprefix("REPORT "), _REPORT_FIELDS, required)
    if re.fullmatch(_ID, values["request_id"]) is None:
        raise Unreadable(f"{values['request_id']!r} is not a request id")
    if second.strip():
        trace, more = _read_fields(second.removeprefix("XRAY "), _XRAY_FIELDS, ("TraceId",))
        values["trace"] = Trace(**trace)
        gaps += more
    return Read(Report(**values), gaps)


def _reader(
    keyword: str, kind: type[Record], known: _Fields, required: tuple[str, ...]
) -> Callable[[str], Read]:
    def read(text: str) -> Read:
        values, gaps = _read_fields(text.removeprefix(keyword), known, required)
        return Read(kind(**values), gaps)

    return read


_READERS: Mapping[str, Callable[[str], Read]] = {
    "START": _read_start,
    "END": _read_end,
    "REPORT": _read_report,
    "INIT_START": _reader("INIT_START ", InitStart, _VERSION_FIELDS, ("Runtime Version",)),
    "INIT_REPORT": _reader("INIT_REPORT ", InitReport, _INIT_REPORT_FIELDS, ("Init Duration",)),
    "RESTORE_START": _reader("RESTORE_START ", RestoreStart, _VERSION_FIELDS, ("Runtime Version",)),
    "RESTORE_REPORT": _reader(
        "RESTORE_REPORT ", RestoreReport, _RESTORE_REPORT_FIELDS, ("Restore Duration",)
    ),
}
