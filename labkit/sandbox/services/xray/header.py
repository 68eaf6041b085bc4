"""The header by which a trace goes from service to service: `X-Amzn-Trace-Id`.

Source: X-Ray Developer Guide, "Tracing header".
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, replace

NAME = "x-amzn-trace-id"
"""The header's name, in lower case."""

TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
SEGMENT_ID = re.compile(r"[0-9a-f]{16}")
W3C_TRACE_ID = re.compile(r"([0-9a-f]{8})([0-9a-f]{24})")


@dataclass(frozen=True)
class TraceHeader:
    """What the header says.

    Attributes
    ----------
    root
        The trace's id.
    parent
        The id of the segment or subsegment that makes the call; empty if it is not told.
    sampled
        Whether the trace is recorded; None if nobody has decided that yet.
    """

    root: str
    parent: str = ""
    sampled: bool | None = None

    def __str__(self) -> str:
        parts = [f"Root={self.root}"]
        if self.parent:
            parts.append(f"Parent={self.parent}")
        if self.sampled is not None:
            parts.append(f"Sampled={self.sampled:d}")
        return ";".join(parts)

    def under(self, parent: str) -> TraceHeader:
        """Return the header of a call that the segment `parent` makes."""
        return replace(self, parent=parent)


def read(text: str | None) -> TraceHeader | None:
    """Read a header's value; None if it names no trace."""
    if not text:
        return None
    fields = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
    fields = {name.lower(): value for name, value in fields.items()}
    root, parent = fields.get("root", ""), fields.get("parent", "")
    if not TRACE_ID.fullmatch(root):
        return None
    sampled = {"0": False, "1": True}.get(fields.get("sampled", ""))
    return TraceHeader(root, parent if SEGMENT_ID.fullmatch(parent) else "", sampled)


def new_trace_id() -> str:
    """Return the id of a trace that begins now."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def new_id() -> str:
    """Return the id of a segment."""
    return secrets.token_hex(8)


def as_xray_writes(trace_id: str) -> str:
    """Return a trace's id in X-Ray's form, for one in the form of W3C, too."""
    found = W3C_TRACE_ID.fullmatch(trace_id)
    return f"1-{found[1]}-{found[2]}" if found else trace_id
