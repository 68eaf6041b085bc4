"""Timestamps of the Amazon States Language: RFC 3339 with a capital T and a zone."""

from __future__ import annotations

import datetime as dt
import re

TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)


def parse(text: object) -> dt.datetime | None:
    """Return the moment that a text names; None if it is no timestamp."""
    if not isinstance(text, str) or TIMESTAMP.fullmatch(text) is None:
        return None
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        return dt.datetime.fromisoformat(shortened)
    except ValueError:
        return None


def now() -> str:
    """Return the present moment as Step Functions writes it, in milliseconds."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
