"""What an update makes of an item.

MiniStack adds a number to a text in silence, and passes over what it cannot read.
Source: DynamoDB Developer Guide, "Update expressions".
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from typing import Any

from labkit.sandbox.services.dynamodb.expressions import reading
from labkit.sandbox.services.dynamodb.expressions.nodes import (
    Action,
    Function,
    Operand,
    Path,
    Value,
)
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders, Steps

Item = dict[str, Any]
AttributeValue = dict[str, Any]

WRONG_TYPE = "An operand in the update expression has an incorrect data type"
NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
NO_PLACE = "The document path provided in the update expression is invalid for update"
OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
DIGITS = 38
"""The most digits that a number has. Source: Developer Guide, "Naming rules and data types"."""

ORDER = ("SET", "ADD", "DELETE", "REMOVE")
"""Indexes of a list are those that it had before: what is removed is removed last."""


class UpdateError(ValueError):
    """An update that does not fit the item, with AWS's text."""


def paths(text: str, placeholders: Placeholders) -> set[Steps]:
    """Return the paths that an update touches."""
    return {placeholders.steps(action.path) for action in reading.update(text).actions}


def apply(item: Item, text: str, placeholders: Placeholders) -> Item:
    """Return the item after the update.

    What SET reads is what the item had before.

    Raises
    ------
    UpdateError
        If an operand has the wrong type, or is not there, or a path leads nowhere.
    """
    before, after = item, copy.deepcopy(item)
    actions = reading.update(text).actions
    made = [(action, _made(action, before, placeholders)) for action in actions]
    for section in ORDER:
        removed = section == "REMOVE"
        chosen = [one for one in made if one[0].section == section]
        for action, value in sorted(chosen, key=_last_index, reverse=removed):
            _put(after, placeholders.steps(action.path), value)
    return after


def _last_index(made: tuple[Action, Any]) -> int:
    """Sort what is removed from the end of a list, so that no index moves."""
    last = made[0].path.steps[-1]
    return last if isinstance(last, int) else -1


def _made(action: Action, item: Item, placeholders: Placeholders) -> AttributeValue | None:
    """Return what will be at the action's path; None for nothing."""
    if action.value is None:
        return None
    value = _evaluate(action.value, item, placeholders)
    if action.section == "SET":
        return value
    present = look(item, placeholders.steps(action.path))
    if action.section == "ADD":
        return _added(present, value)
    return _deleted(present, value)


def _evaluate(operand: Operand, item: Item, placeholders: Placeholders) -> AttributeValue:
    if isinstance(operand, Value):
        return dict(placeholders.value(operand))
    if isinstance(operand, Path):
        found = look(item, placeholders.steps(operand))
        if found is None:
            raise UpdateError(NO_ATTRIBUTE)
        return found
    return _called(operand, item, placeholders)


def _called(function: Function, item: Item, placeholders: Placeholders) -> AttributeValue:
    first, second = function.operands
    if function.name == "if_not_exists":
        assert isinstance(first, Path)
        found = look(item, placeholders.steps(first))
        return _evaluate(second, item, placeholders) if found is None else found
    left, right = (_evaluate(one, item, placeholders) for one in function.operands)
    if function.name == "list_append":
        return {"L": _part(left, "L") + _part(right, "L")}
    sign = -1 if function.name == "-" else 1
    return _sum(Decimal(_part(left, "N")), sign * Decimal(_part(right, "N")))


def _part(value: AttributeValue, kind: str) -> Any:
    if kind not in value:
        raise UpdateError(WRONG_TYPE)
    return value[kind]


def _sum(one: Decimal, other: Decimal) -> AttributeValue:
    with localcontext(Context(prec=DIGITS)):
        total = one + other
    if total and total.adjusted() > 125:
        raise UpdateError(OVERFLOW)
    return {"N": f"{total.normalize():f}" if total else "0"}


def _added(present: AttributeValue | None, value: AttributeValue) -> AttributeValue:
    ((kind, given),) = value.items()
    if present is None:
        return value
    held = _part(present, kind)
    if kind == "N":
        return _sum(Decimal(held), Decimal(given))
    return {kind: sorted({*held, *given}, key=_in_order(kind))}


def _deleted(present: AttributeValue | None, value: AttributeValue) -> AttributeValue | None:
    ((kind, given),) = value.items()
    if present is None:
        return None
    left = [one for one in _part(present, kind) if one not in given]
    return {kind: left} if left else None


def _in_order(kind: str) -> Callable[[str], Any]:
    return Decimal if kind == "NS" else str


def look(item: Item, steps: Steps) -> AttributeValue | None:
    """Return what an item has at a path; None if there is nothing."""
    found: AttributeValue | None = {"M": item}
    for step in steps:
        found = _inside(found, step) if found is not None else None
    return found


def _inside(value: AttributeValue, step: str | int) -> AttributeValue | None:
    if isinstance(step, str):
        held: AttributeValue | None = value.get("M", {}).get(step)
        return held
    entries: list[AttributeValue] = value.get("L", [])
    return entries[step] if step < len(entries) else None


def _put(item: Item, steps: Steps, value: AttributeValue | None) -> None:
    """Set, or take away, what is at a path."""
    *way, last = steps
    place = look(item, tuple(way))
    kind = "M" if isinstance(last, str) else "L"
    if place is None or kind not in place:
        if value is None and place is None:
            return
        raise UpdateError(NO_PLACE)
    held = place[kind]
    if value is None:
        _take_away(held, last)
    elif isinstance(last, int) and last >= len(held):
        held.append(value)
    else:
        held[last] = value


def _take_away(held: Any, last: str | int) -> None:
    if isinstance(held, dict):
        held.pop(last, None)
    elif isinstance(last, int) and last < len(held):
        del held[last]
