"""Which messages of a queue a mapping's filters let through to the function.

A pattern that asks for parts of the body needs a JSON body, and one that asks for the body's text
needs one that is no JSON: what does not fit is dropped, as Lambda does.
Source: Lambda Developer Guide, "Using event filtering with an Amazon SQS event source".
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from labkit.sandbox.languages.event_patterns import EventPattern, compile_pattern
from labkit.sandbox.languages.pattern_operators import PatternError

Record = dict[str, Any]


def passes(record: Record, mapping: Mapping[str, Any]) -> bool:
    """Tell whether one of the mapping's filters lets a record through; without any, all pass."""
    patterns = [str(one["Pattern"]) for one in filters(mapping) if one.get("Pattern")]
    return not patterns or any(_fits(record, text) for text in patterns)


def filters(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the filters of a mapping, or of a request to make one."""
    return (settings.get("FilterCriteria") or {}).get("Filters") or []


def is_pattern(text: Any) -> bool:
    """Tell whether Lambda takes `text` for a pattern."""
    try:
        _compiled(text or "{}")
    except (PatternError, ValueError, TypeError):
        return False
    return True


@functools.lru_cache(maxsize=256)
def _compiled(text: str) -> tuple[EventPattern | None, Any]:
    """Read a pattern; one that asks for nothing lets everything through."""
    decoded = json.loads(text)
    return (compile_pattern(decoded) if decoded != {} else None), decoded


def _fits(record: Record, text: str) -> bool:
    pattern, decoded = _compiled(text)
    if pattern is None:
        return True
    body = _document(record.get("body"))
    wanted = decoded.get("body")
    if isinstance(wanted, dict):
        return body is not None and pattern.matches({**record, "body": body})
    return (wanted is None or body is None) and pattern.matches(record)


def _document(body: Any) -> Any:
    """Return the object or array that a body holds as JSON; None for any other text."""
    try:
        decoded = json.loads(body)
    except (ValueError, TypeError):
        return None
    return decoded if isinstance(decoded, dict | list) else None
