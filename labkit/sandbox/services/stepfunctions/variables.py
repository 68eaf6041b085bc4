"""Which variables each state of a machine refers to.

Source: Step Functions API Reference, DescribeStateMachine (`variableReferences`); Developer Guide,
"Passing data between states with variables".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.language.scope import JSONATA

REFERENCE = re.compile(r"(?<![\w$])\$([A-Za-z_]\w*)")
"""A variable in a path or an intrinsic function; `$` alone is the input, `$$` the context."""

INNER = ("ItemProcessor", "Iterator", "Branches")
"""Fields of a state that hold machines, whose states are told by themselves."""


def references(definition: str) -> dict[str, list[str]]:
    """Return the variables that states refer to, by the names of the states that refer to any."""
    found: dict[str, list[str]] = {}
    machine = json.loads(definition)
    for name, state in _states(machine, machine.get("QueryLanguage")):
        if names := sorted(set(_in(state))):
            found[name] = names
    return found


def _states(machine: dict[str, Any], language: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the states that are written in JSONPath, also of machines inside."""
    for name, state in machine.get("States", {}).items():
        if (state.get("QueryLanguage") or language) != JSONATA:
            yield name, {key: value for key, value in state.items() if key not in INNER}
        for field in INNER:
            inner = state.get(field) or []
            for one in inner if isinstance(inner, list) else [inner]:
                yield from _states(one, one.get("QueryLanguage") or language)


def _in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _in(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and _is_path(key):
                yield from REFERENCE.findall(inner)
            else:
                yield from _in(inner)


def _is_path(key: str) -> bool:
    return key.endswith((".$", "Path")) or key == "Variable"
