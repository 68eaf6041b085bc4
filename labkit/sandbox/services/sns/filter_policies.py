"""Filter policies: which messages a subscription gets, and which policies SNS refuses.

MiniStack matches by an engine of its own, which takes texts for numbers and does not look into
arrays of objects.
Source: SNS Developer Guide, "Amazon SNS subscription filter policies", "Filter policy constraints"
and "Filter policy scope".
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.languages.event_patterns import OR, EventPattern, compile_pattern
from labkit.sandbox.languages.pattern_operators import PatternError

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
"""What a policy can be about: the scope of a filter policy."""

MOST_KEYS = 5
MOST_COMBINATIONS = 150

NESTED = "Filter policy scope MessageAttributes does not support nested filter policy"
WHERE = (
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
    "line: {}, column: {}]"
)
"""How AWS says where a document cannot be read."""

Attributes = dict[str, dict[str, Any]]


def matches(sub: dict[str, Any], message_attributes: Attributes, message: str = "") -> bool:
    """Tell whether a subscription's filter policy lets a message.

    Parameters
    ----------
    sub
        The subscription, as MiniStack stores it.
    message_attributes, message
        The message's attributes and body.
    """
    about = sub.get("attributes", {})
    text = about.get("FilterPolicy")
    if not text or not json.loads(text):
        return True
    body = about.get("FilterPolicyScope", ATTRIBUTES) == BODY
    values = _body(message) if body else _values(message_attributes)
    return bool(values) and _compiled(text).matches(values)


def problem(text: str, scope: str) -> str | None:
    """Return why a filter policy is refused; None if it is not.

    Parameters
    ----------
    text
        The policy, as JSON.
    scope
        What it is about: `MessageAttributes` or `MessageBody`.
    """
    policy, unread = read_json(text)
    if unread:
        return unread
    if not isinstance(policy, dict):
        return "Filter policy must be an object"
    if not policy:
        return None
    leaves = list(_leaves(policy, 1))
    if scope == ATTRIBUTES and any(depth > 1 for _, _, depth in leaves):
        return NESTED
    try:
        for rule in (rule for _, rules, _ in leaves for rule in rules):
            _check_rule(rule)
        compile_pattern(policy)
    except PatternError as error:
        return str(error)
    if len({name for name, _, _ in leaves}) > MOST_KEYS:
        return f"Filter policy can not have more than {MOST_KEYS} keys"
    if _combinations(policy, 1) > MOST_COMBINATIONS:
        return "Filter policy is too complex"
    return None


def _check_rule(rule: Any) -> None:
    """Refuse what EventBridge takes and SNS does not.

    Raises
    ------
    PatternError
        With SNS's words.
    """
    if isinstance(rule, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    inner = rule.get("anything-but") if isinstance(rule, dict) else None
    if not isinstance(inner, dict):
        return
    for name, wanted in inner.items():
        if name != "prefix":
            raise PatternError(f"Unsupported anything-but pattern: {name}")
        if not isinstance(wanted, str):
            raise PatternError("prefix match pattern must be a string")


def _combinations(policy: dict[str, Any], depth: int) -> int:
    """Return how many combinations of values a policy has; deeper ones count more."""
    counts = []
    for name, wanted in policy.items():
        if isinstance(wanted, dict):
            counts.append(_combinations(wanted, depth + 1))
        elif name == OR and all(isinstance(part, dict) for part in wanted):
            counts.append(sum(_combinations(part, depth) for part in wanted))
        else:
            counts.append(len(wanted) * depth)
    return math.prod(counts)


def read_json(text: str) -> tuple[Any, str | None]:
    """Return what a document says, and in AWS's words why it cannot be read."""
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return None, f"failed to parse JSON. {_unread(text, error)}"


def _unread(text: str, error: json.JSONDecodeError) -> str:
    """Say what is wrong with JSON as Jackson does: a name without quotes, or an unknown word."""
    rest = text[error.pos :]
    word = re.match(r"\w*", rest)
    length = len(word[0]) if word else 0
    if "property name" in error.msg and rest:
        found = (
            f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): was expecting "
            "double-quote to start field name"
        )
        return found + WHERE.format(error.lineno, error.colno)
    known = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    found = f"Unrecognized token '{rest[:length]}': was expecting {known}"
    return found + WHERE.format(error.lineno, error.colno + length)


def written(value: Any) -> str:
    """Return the JSON of what a service publishes."""
    return json.dumps(value)


def _leaves(policy: dict[str, Any], depth: int) -> Iterator[tuple[str, list[Any], int]]:
    """Yield each key that has rules, those rules, and how deep it lies."""
    for name, wanted in policy.items():
        if name == OR and isinstance(wanted, list):
            for part in wanted:
                yield from _leaves(part, depth) if isinstance(part, dict) else ()
        elif isinstance(wanted, dict):
            yield from _leaves(wanted, depth + 1)
        elif isinstance(wanted, list):
            yield name, wanted, depth


@functools.lru_cache(maxsize=1024)
def _compiled(text: str) -> EventPattern:
    return compile_pattern(json.loads(text))


def _body(message: str) -> dict[str, Any]:
    """Return a message's body; empty if it is no JSON object."""
    try:
        body = json.loads(message)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _values(attributes: Attributes) -> dict[str, Any]:
    """Return the values of attributes as patterns see them; binary ones are not seen."""
    read = {name: _value(one) for name, one in attributes.items()}
    return {name: value for name, value in read.items() if value is not None}


def _value(attribute: dict[str, Any]) -> Any:
    kind, text = attribute.get("DataType") or "String", attribute.get("StringValue")
    try:
        if kind.startswith("Number"):
            return float(text or "")
        if kind == "String.Array":
            return json.loads(text or "[]")
    except ValueError:
        return text
    return text
