"""State machine definitions that AWS does not take: broken JSON, missing targets, dead ends.

MiniStack looks at JSONata only.
Source: Amazon States Language specification; Step Functions API Reference, CreateStateMachine
(InvalidDefinition) and ValidateStateMachineDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

REQUIRED = {"Choice": "Choices", "Map": "", "Parallel": "Branches", "Task": "Resource"}
"""The field that a state must have, by type; a Map has its states under one of two names."""

TYPES = ("Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait")
TERMINAL = ("Fail", "Succeed")

Definition = dict[str, Any]


def check(upstream: Any, definition_str: Any) -> str | None:
    """Return why AWS does not take a definition; None if it does."""
    problem = next(problems(definition_str), None)
    refusal: str | None = upstream(definition_str) if problem is None else problem
    return f"Invalid State Machine Definition: '{refusal}'" if refusal else None


def validation(definition: str) -> dict[str, Any]:
    """Return what ValidateStateMachineDefinition answers."""
    found = list(problems(definition))
    diagnostics = [
        {"severity": "ERROR", "code": text.partition(":")[0], "message": text} for text in found
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": diagnostics}


def problems(text: Any) -> Iterator[str]:
    """Yield what is wrong with a definition, each worded `CODE: what at where`."""
    try:
        definition = json.loads(text)
    except (TypeError, ValueError) as error:
        yield f"INVALID_JSON_DESCRIPTION: {error}"
        return
    if not isinstance(definition, dict):
        yield "SCHEMA_VALIDATION_FAILED: The state machine definition must be an object at /"
        return
    yield from _machine_problems(definition, "")


def _machine_problems(machine: Definition, where: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"SCHEMA_VALIDATION_FAILED: States must hold at least one state at {where}/States"
        return
    start = str(machine.get("StartAt"))
    if start not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {start} at {where}/StartAt"
        return
    for name, state in states.items():
        yield from _state_problems(state, states, f"{where}/States/{name}")
    reached = _reachable(start, states)
    for name in states:
        if name not in reached:
            yield (
                f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. '
                f"at {where}/States/{name}"
            )


def _state_problems(state: Definition, states: Definition, where: str) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in TYPES:
        yield f"SCHEMA_VALIDATION_FAILED: The value of Type is invalid at {where}/Type"
        return
    field = REQUIRED.get(kind)
    if field and not state.get(field):
        yield f"SCHEMA_VALIDATION_FAILED: The field '{field}' is required but missing at {where}"
    if kind not in ("Choice", *TERMINAL) and bool(state.get("End")) == ("Next" in state):
        yield (
            "SCHEMA_VALIDATION_FAILED: These fields are required but exactly one must be given: "
            f"[End, Next] at {where}"
        )
    for target in _targets(state):
        if target not in states:
            yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {where}"
    for number, branch in enumerate(state.get("Branches", [])):
        yield from _machine_problems(branch, f"{where}/Branches[{number}]")
    if kind == "Map":
        name = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        yield from _machine_problems(state.get(name, {}), f"{where}/{name}")


def _targets(state: Definition) -> Iterator[str]:
    """Yield the names of all states that may come next."""
    for holder in (state, *state.get("Choices", []), *state.get("Catch", [])):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _reachable(start: str, states: Definition) -> set[str]:
    reached: set[str] = set()
    coming = [start]
    while coming:
        name = coming.pop()
        if name in states and name not in reached:
            reached.add(name)
            coming.extend(_targets(states[name]))
    return reached
