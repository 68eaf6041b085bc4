"""What Lambda's platform writes into a function's log: reading it, parsing it, one row per call."""

from __future__ import annotations

from labkit.measure.platform_logs.invocations import invocations
from labkit.measure.platform_logs.log_events import LogsNotThere, read_log_events
from labkit.measure.platform_logs.parser import PlatformLog, parse, parse_tail

__all__ = [
    "LogsNotThere",
    "PlatformLog",
    "invocations",
    "parse",
    "parse_tail",
    "read_log_events",
]
