"""A machine, a branch or the processor of a Map: its states, and where each one leads.

Source: Amazon States Language specification, "Top-level fields" and "Transitions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.definitions import fields, states
from labkit.sandbox.services.stepfunctions.definitions.problems import TARGET, Problem
from labkit.sandbox.services.stepfunctions.language.scope import JSONATA, JSONPATH

LONGEST_NAME = 80
REQUIRED = ("States", "StartAt")
OF_A_MACHINE = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
OF_A_BRANCH = {"Comment", "QueryLanguage", "StartAt", "States", "ProcessorConfig"}

Definition = dict[str, Any]


def problems(
    machine: Definition,
    where: str = "",
    *,
    express: bool = False,
    language: str = JSONPATH,
    whole: str = "",
) -> Iterator[Problem]:
    """Yield what is wrong with a machine.

    Parameters
    ----------
    where
        Its path; empty for the whole definition.
    express
        Whether it is, or is within, an Express machine.
    language
        The query language of states that name none.
    whole
        The query language that the whole definition names.
    """
    known = OF_A_BRANCH if where else OF_A_MACHINE
    missing = [name for name in REQUIRED if name not in machine]
    if missing:
        yield Problem(f"These fields are required: [{', '.join(missing)}]", where or "/")
        return
    yield from fields.unknown(machine, known, where or "/")
    yield from fields.of_type(machine, {"Comment": str, "StartAt": str, "States": dict}, where)
    if "TimeoutSeconds" in machine:
        yield from fields.number(machine, "TimeoutSeconds", where, least=1)
    language, whole = machine.get("QueryLanguage", language), machine.get("QueryLanguage", whole)
    if language not in (JSONATA, JSONPATH):
        yield fields.one_of("QueryLanguage", [JSONPATH, JSONATA], where)
        return
    if isinstance(machine["States"], dict) and isinstance(machine["StartAt"], str):
        yield from _states(machine, where, express, language, whole)


def _states(
    machine: Definition, where: str, express: bool, language: str, whole: str
) -> Iterator[Problem]:
    there = machine["States"]
    if not there:
        yield Problem("Value cannot be empty", f"{where}/States")
        return
    for name, state in there.items():
        place = f"{where}/States/{name}"
        if len(name) > LONGEST_NAME:
            yield Problem(f"State names have at most {LONGEST_NAME} characters", place)
        if not isinstance(state, dict):
            yield Problem("Expected value of type Object", place)
            return
        yield from states.problems(
            state, place, problems, express=express, language=language, whole=whole
        )
    if not any(True for _ in _ill_formed(there)):
        yield from _transitions(machine, where)


def _ill_formed(there: dict[str, Any]) -> Iterator[str]:
    """Yield the names of states whose transitions cannot be followed."""
    for name, state in there.items():
        if any(not isinstance(target, str) for target in _targets(state)):
            yield name


def _transitions(machine: Definition, where: str) -> Iterator[Problem]:
    there, start = machine["States"], machine["StartAt"]
    if start not in there:
        yield Problem(f"Missing 'Next' target: {start}", f"{where}/StartAt", TARGET)
        return
    for name, state in there.items():
        for target in _targets(state):
            if target not in there:
                place = f"{where}/States/{name}/Next"
                yield Problem(f"Missing 'Next' target: {target}", place, TARGET)
    reached = _reachable(start, there)
    for name in there:
        if name not in reached:
            place = f"{where}/States/{name}"
            yield Problem(f'State "{name}" is not reachable.', place, TARGET)


def _targets(state: Definition) -> Iterator[Any]:
    """Yield the names of all states that may come next."""
    choices, catches = state.get("Choices"), state.get("Catch")
    holders = [state, *(one for many in (choices, catches) if isinstance(many, list)
                        for one in many if isinstance(one, dict))]  # fmt: skip
    for holder in holders:
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _reachable(start: str, there: Definition) -> set[str]:
    reached: set[str] = set()
    coming = [start]
    while coming:
        name = coming.pop()
        if name in there and name not in reached:
            reached.add(name)
            coming.extend(_targets(there[name]))
    return reached
