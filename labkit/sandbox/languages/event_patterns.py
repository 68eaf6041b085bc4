"""Event patterns: one matcher for EventBridge, SNS filter policies and event source mappings.

AWS matches all three with the same engine, Event Ruler: an event is seen as values by their dotted
paths, the elements of an array are alternatives, and fields that are asked of one element of an
array of objects must all be true of that one. Each service has its own limits and error codes; this
module knows what is no pattern for any of them.
Source: EventBridge User Guide, "Comparison operators for use in event patterns"; SNS Developer
Guide, "Filter policy constraints"; Lambda Developer Guide, "Filter rule syntax"; README of
aws/event-ruler.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.languages.pattern_operators import (
    OPERATORS,
    Absent,
    Condition,
    PatternError,
    condition,
)

OR = "$or"

MOST_COMBINATIONS = 1000
"""Of the alternatives of all `$or` together (EventBridge quotas: rule combinations)."""

DEEPEST = 100
"""Levels of a pattern. AWS names no limit; deeper ones are refused here."""

RESERVED = OPERATORS.keys() | {
    "=", "<", "<=", ">", ">=", "exactly", "regex", "not-wildcard", "not-equals-ignore-case",
    "date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
    "ip-address-in-range", "ip-address-not-in-range",
}  # fmt: skip
"""Names that no field inside `$or` can have: with one of them, `$or` is a field itself (Event
Ruler, `ReservedFieldNamesInOrRelationship`)."""

Fields = Mapping[str, tuple[Condition, ...]]


@dataclass(frozen=True)
class Value:
    """A value of an event.

    Attributes
    ----------
    value
        Text, number, boolean or None.
    elements
        Which element of each array the value is in, by the array's path.
    """

    value: Any
    elements: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class EventPattern:
    """A pattern that has been read: it matches if one of its alternatives does."""

    alternatives: tuple[Fields, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether an event, or the attributes of a message, have what is asked for."""
        values: dict[str, list[Value]] = {}
        for path, value in _values(event, "", {}):
            values.setdefault(path, []).append(value)
        return any(_fits(sorted(fields.items()), values, {}) for fields in self.alternatives)


def compile_pattern(pattern: Any) -> EventPattern:
    """Read a pattern.

    Parameters
    ----------
    pattern
        As decoded from JSON.

    Raises
    ------
    PatternError
        If it is none; the message is Event Ruler's, without the position.
    """
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    if _combinations(pattern, 1) > MOST_COMBINATIONS:
        raise PatternError(
            f"Event pattern contains more than {MOST_COMBINATIONS} rule combinations"
        )
    return EventPattern(tuple(_alternatives(pattern, "")))


def _combinations(node: Mapping[str, Any], depth: int) -> int:
    """Count the alternatives of an object before they are made."""
    if depth > DEEPEST:
        raise PatternError("Event pattern is nested too deeply")
    product = 1
    for name, wanted in node.items():
        if name == OR and _is_or(wanted):
            product *= sum(_combinations(part, depth + 1) for part in wanted)
        elif isinstance(wanted, dict):
            product *= _combinations(wanted, depth + 1)
    return product


def _alternatives(pattern: Mapping[str, Any], prefix: str) -> list[Fields]:
    """Return what an object asks for, as alternatives of fields by their dotted paths."""
    parts = [_part(name, wanted, prefix) for name, wanted in pattern.items()]
    return [_together(chosen) for chosen in itertools.product(*parts)]


def _part(name: str, wanted: Any, prefix: str) -> list[Fields]:
    path = f"{prefix}.{name}" if prefix else name
    if name == OR and _is_or(wanted):
        return [one for part in wanted for one in _alternatives(part, prefix)]
    if isinstance(wanted, dict):
        if not wanted:
            raise PatternError("Empty objects are not allowed")
        return _alternatives(wanted, path)
    if not isinstance(wanted, list):
        raise PatternError(f'"{name}" must be an object or an array')
    if not wanted:
        raise PatternError("Empty arrays are not allowed")
    return [{path: tuple(condition(rule) for rule in wanted)}]


def _is_or(wanted: Any) -> bool:
    """Tell whether `$or` is the operator: two or more objects. Otherwise it is a field's name."""
    if not isinstance(wanted, list) or len(wanted) < 2:
        return False
    return all(isinstance(part, dict) and not part.keys() & RESERVED for part in wanted)


def _together(chosen: tuple[Fields, ...]) -> Fields:
    """Join fields that must all be there. The last one of a path counts, as in a JSON object."""
    joined: dict[str, tuple[Condition, ...]] = {}
    for fields in chosen:
        joined.update(fields)
    return joined


def _values(node: Any, path: str, elements: Mapping[str, int]) -> Iterator[tuple[str, Value]]:
    """Yield each value of an event with its path."""
    if isinstance(node, Mapping):
        for name, inner in node.items():
            yield from _values(inner, f"{path}.{name}" if path else name, elements)
    elif isinstance(node, list | tuple):
        for number, inner in enumerate(node):
            yield from _values(inner, path, {**elements, path: number})
    else:
        yield path, Value(node, elements)


def _fits(
    wanted: list[tuple[str, tuple[Condition, ...]]],
    values: Mapping[str, list[Value]],
    elements: Mapping[str, int],
) -> bool:
    """Tell whether each field has a value, all of them in the same elements of arrays."""
    if not wanted:
        return True
    (path, conditions), *rest = wanted
    found = values.get(path, [])
    if not found and any(isinstance(one, Absent) for one in conditions):
        return _fits(rest, values, elements)
    for value in found:
        if any(elements.get(array, n) != n for array, n in _of_objects(value, path)):
            continue
        if any(one.accepts(value.value) for one in conditions):
            chosen = {**elements, **dict(_of_objects(value, path))}
            if _fits(rest, values, chosen):
                return True
    return False


def _of_objects(value: Value, path: str) -> Iterator[tuple[str, int]]:
    """Yield the arrays of objects that a value is in; an array of plain values binds nothing."""
    return ((array, n) for array, n in value.elements.items() if array != path)
