"""Holds the calls that lessons make against botocore's models and the policy that learners get.

The sandbox asks a policy, too; here it is asked apart from the sandbox's own list of actions and
resources, and botocore's models also know what neither it nor boto3 looks at: enumerations,
patterns, lengths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import rights


@dataclass(frozen=True)
class Call:
    """One call, as `labkit.aws.trace` writes it down."""

    service: str
    operation: str
    params: dict[str, Any]


def read(path: Path) -> list[Call]:
    """Read the calls of one run."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Call(**json.loads(line)) for line in lines]


def problems(calls: list[Call]) -> list[str]:
    """Return a line for each call that AWS would refuse, as far as models and policy say."""
    found = {f"{c.service} {c.operation}: {text}" for c in calls for text in _problems(c)}
    return sorted(found)


def _problems(call: Call) -> Iterator[str]:
    operation = rights.model(call.service).operation_model(call.operation)
    if operation.deprecated:
        yield "deprecated"
    if operation.input_shape is not None:
        yield from _against_shape(call.params, operation.input_shape, "")
    if operation.auth_type == "none":
        return  # nobody signs it, so it is nobody's right
    for arn in rights.denied(call.service, call.operation):
        action = rights.action_of(call.service, call.operation)
        yield f"the student policy does not allow {action} on {arn}"


def _against_shape(value: Any, shape: Any, where: str) -> Iterator[str]:
    """Check what botocore's own validation leaves to AWS."""
    limits = shape.metadata
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _against_shape(inner, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        yield from _against_limits(len(value), limits, f"{where}: its length")
        for inner in value:
            yield from _against_shape(inner, shape.member, where)
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from _against_shape(key, shape.key, where)
            yield from _against_shape(inner, shape.value, where)
    elif shape.type_name == "string":
        yield from _against_limits(len(value), limits, f"{where}: its length")
        if limits.get("enum") and value not in limits["enum"]:
            yield f"{where}: {value!r} is none of {limits['enum']}"
        if not _matches(limits.get("pattern"), value):
            yield f"{where}: {value!r} does not match {limits['pattern']}"
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _against_limits(value, limits, where)


def _against_limits(number: float, limits: dict[str, Any], what: str) -> Iterator[str]:
    if not limits.get("min", number) <= number <= limits.get("max", number):
        yield f"{what} {number} is not from {limits.get('min')} to {limits.get('max')}"


def _matches(pattern: str | None, value: str) -> bool:
    """Match a model's pattern; one that is not in Python's dialect says nothing."""
    if pattern is None:
        return True
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True
