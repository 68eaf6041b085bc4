"""Event patterns of rules, archives and TestEventPattern, read by the matcher that all share.

Source: EventBridge API Reference, PutRule and TestEventPattern; the texts of refusals are Event
Ruler's.
"""

from __future__ import annotations

import functools
import json
import logging
from typing import Any, NoReturn

from labkit.sandbox.gateway.errors import ValidationError, refuse
from labkit.sandbox.languages.event_patterns import EventPattern, compile_pattern
from labkit.sandbox.languages.pattern_operators import PatternError

LOG = logging.getLogger(__name__)

MANDATORY = {"account", "detail-type", "id", "region", "source", "time"}
"""What an event has to have that a pattern is tried with."""

Data = dict[str, Any]


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


def tried(data: Data) -> bool:
    """Serve TestEventPattern: the event is looked at as it is given, and has to be a whole one.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the pattern or the event is refused.
    """
    if reason := problem(data["EventPattern"]):
        refuse("InvalidEventPatternException", refusal(reason))
    try:
        event = json.loads(data["Event"])
    except ValueError:
        event = None
    if not isinstance(event, dict) or not event.keys() >= MANDATORY:
        raise ValidationError("Parameter Event is not valid.")
    return _compiled(data["EventPattern"]).matches(event)


def refusal(reason: str) -> str:
    """Return what EventBridge says of a pattern that it refuses."""
    return f"Event pattern is not valid. Reason: {reason}"


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
