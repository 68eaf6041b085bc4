"""The values that a change set would change: what a resource's properties are, and would become.

MiniStack knows which properties change, not from what to what.
Source: CloudFormation API Reference, DescribeChangeSet (`IncludePropertyValues`), ResourceChange
(`BeforeContext`, `AfterContext`) and ResourceTargetDefinition.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.upstream.cloudformation import engine

Members = dict[str, Any]

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What AWS writes for a value that only the deployment can tell."""


class Unknown(dict[str, str]):
    """The attributes of a resource that is not there yet."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return UNKNOWN


def contexts(change_set: Members, stack: Members) -> dict[str, tuple[Members, Members]]:
    """Return the properties of each changing resource before and after, by logical id.

    Parameters
    ----------
    change_set, stack
        MiniStack's records, before the change set is executed.

    Raises
    ------
    ValueError
        With what AWS answers, if a template has a fault that its parameters bring about.
    """
    changes = [change["ResourceChange"] for change in change_set["Changes"]]
    return {
        change["LogicalResourceId"]: (
            _before(change["LogicalResourceId"], stack),
            _after(change["LogicalResourceId"], change_set, stack, changes),
        )
        for change in changes
    }


def describe(change: Members, before: Members, after: Members) -> None:
    """Put the values into one change of an answer."""
    action = change["Action"]
    if action in ("Modify", "Remove"):
        change["BeforeContext"] = _context(before)
    if action in ("Add", "Modify"):
        change["AfterContext"] = _context(after)
    for detail in change.get("Details") or []:
        target = detail["Target"]
        if target.get("Attribute") == "Properties" and (name := target.get("Name")):
            target |= _values(name, before, after)


def _context(properties: Members) -> str:
    return json.dumps({"Properties": properties} if properties else {}, default=str)


def _values(name: str, before: Members, after: Members) -> Members:
    kind = "Modify" if name in before and name in after else "Add" if name in after else "Remove"
    found = {"Path": f"/Properties/{name}", "AttributeChangeType": kind}
    if name in before:
        found["BeforeValue"] = _text(before[name])
    if name in after:
        found["AfterValue"] = _text(after[name])
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _before(logical_id: str, stack: Members) -> Members:
    record = (stack.get("_resources") or {}).get(logical_id) or {}
    return dict(record.get("Properties") or {})


def _after(logical_id: str, change_set: Members, stack: Members, changes: list[Members]) -> Members:
    template, parameters = change_set["_template"], change_set["_resolved_params"]
    definition = template.get("Resources", {}).get(logical_id)
    if definition is None:
        return {}
    conditions = engine._evaluate_conditions(template, parameters)
    there = _resources(template, stack, changes)
    named = template.get("Mappings", {}), stack["StackName"], stack["StackId"]
    found = {
        name: _known(value, there, parameters, conditions, *named)
        for name, value in (definition.get("Properties") or {}).items()
    }
    return {name: value for name, value in found.items() if value is not engine._NO_VALUE}


def _known(written: Any, *context: Any) -> Any:
    """Return a value as far as it is known before the change.

    Raises
    ------
    ValueError
        If it has a fault that AWS sees before the change.
    """
    try:
        return _whole(engine._resolve_refs(written, *context))
    except ValueError as error:
        if str(error).startswith("Template"):
            raise
        return UNKNOWN  # an import or an attribute that may be there by then


def _whole(value: Any) -> Any:
    """Return a value of which no text is known in parts: it is known, or is not."""
    if isinstance(value, str):
        return UNKNOWN if UNKNOWN in value else value
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    return value


def _resources(template: Members, stack: Members, changes: list[Members]) -> Members:
    """Return what references meet: the stack's resources, and those that are not there yet."""
    replaced = {one["LogicalResourceId"] for one in changes if one.get("Replacement") == "True"}
    there = stack.get("_resources") or {}
    new: Members = {"PhysicalResourceId": UNKNOWN, "Attributes": Unknown()}
    return {
        name: new if name in replaced or name not in there else there[name]
        for name in template.get("Resources", {})
    }
