"""Event patterns of rules, archives and TestEventPattern, read by the matcher that all share.

Source: EventBridge API Reference, PutRule and TestEventPattern; the texts of refusals are Event
Ruler's.
"""

from __future__ import annotations

import functools
import json
import logging
from typing import Any, NoReturn

from labkit.sandbox.languages.event_patterns import EventPattern, compile_pattern
from labkit.sandbox.languages.pattern_operators import PatternError
from labkit.sandbox.upstream import seams

LOG = logging.getLogger(__name__)

MODULE = "ministack.services.eventbridge"

MANDATORY = {"account", "detail-type", "id", "region", "source", "time"}
"""What an event has to have that a pattern is tried with."""

Data = dict[str, Any]


def install() -> None:
    """Take the reading of a pattern, the matching of an event, and the operation that tries it."""
    seams.replace(MODULE, "_event_pattern_error", problem, like="(pattern_str)")
    seams.replace(
        MODULE, "_matches_pattern_view", matches, like="(pattern_str, view, owner='rule')"
    )
    seams.replace(MODULE, "_test_event_pattern", test, like="(data)")


def problem(pattern_str: Any) -> str | None:
    """Return why a pattern is refused; None if it is not, or there is none."""
    if not pattern_str:
        return None
    if not isinstance(pattern_str, str):
        return "Invalid JSON"
    try:
        _compiled(pattern_str)
    except PatternError as error:
        return str(error)
    return None


def matches(pattern_str: Any, view: Any, owner: str = "rule") -> bool:
    """Tell whether an event matches a pattern; one that cannot be read matches nothing.

    Parameters
    ----------
    view
        The event as targets get it.
    owner
        What has the pattern, for the log.
    """
    try:
        return _compiled(pattern_str).matches(view.event_with_detail())
    except (PatternError, TypeError) as error:
        LOG.warning("%s has a pattern that cannot be read: %s", owner, error)
        return False


def test(data: Data) -> Any:
    """Serve TestEventPattern: the event is looked at as it is given, and has to be a whole one."""
    from ministack.services import eventbridge

    if reason := problem(data["EventPattern"]):
        return eventbridge._invalid_event_pattern(reason)
    try:
        event = json.loads(data["Event"])
    except ValueError:
        event = None
    if not isinstance(event, dict) or not event.keys() >= MANDATORY:
        text = "Parameter Event is not valid."
        return eventbridge.error_response_json("ValidationException", text, 400)
    return eventbridge.json_response({"Result": _compiled(data["EventPattern"]).matches(event)})


@functools.lru_cache(maxsize=1024)
def _compiled(text: str) -> EventPattern:
    try:
        pattern = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PatternError("Invalid JSON") from error
    return compile_pattern(pattern)


def _no_constant(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which JSON has not.

    Raises
    ------
    ValueError
        Always.
    """
    raise ValueError(name)
