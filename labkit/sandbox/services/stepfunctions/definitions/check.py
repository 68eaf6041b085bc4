"""State machine definitions that AWS does not take: broken JSON, wrong fields, missing targets.

MiniStack looks at JSONata only.
Source: Amazon States Language specification; Step Functions API Reference, CreateStateMachine
(InvalidDefinition) and ValidateStateMachineDefinition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway import request
from labkit.sandbox.services.stepfunctions.definitions import machines
from labkit.sandbox.services.stepfunctions.definitions.problems import JSON, Problem
from labkit.sandbox.upstream.stepfunctions import stepfunctions

STANDARD, EXPRESS = "STANDARD", "EXPRESS"


def check(upstream: Any, definition_str: Any) -> str | None:
    """Return why AWS does not take a definition; None if it does."""
    problem = next(problems(definition_str, _type_in_hand()), None)
    refusal: str | None = upstream(definition_str) if problem is None else str(problem)
    return f"Invalid State Machine Definition: '{refusal}'" if refusal else None


def validation(given: dict[str, Any]) -> dict[str, Any]:
    """Return what ValidateStateMachineDefinition answers."""
    found = list(problems(given["definition"], given.get("type") or STANDARD))
    most = given.get("maxResults") or 100
    return {
        "result": "FAIL" if found else "OK",
        "diagnostics": [problem.diagnostic() for problem in found[:most]],
        "truncated": len(found) > most,
    }


def problems(text: Any, machine_type: str = STANDARD) -> Iterator[Problem]:
    """Yield what is wrong with a definition."""
    if not text:
        yield Problem("Definition must be a valid JSON object")
        return
    try:
        definition = json.loads(text)
    except (TypeError, ValueError) as error:
        yield _unread(str(text), error)
        return
    if not isinstance(definition, dict):
        yield Problem("Definition must be a valid JSON object")
        return
    yield from machines.problems(definition, express=machine_type == EXPRESS)


def _unread(text: str, error: Exception) -> Problem:
    """Say where JSON cannot be read, as Jackson does of an unknown word."""
    at = getattr(error, "pos", 0)
    word = re.match(r"\w*", text[at:])
    token = word[0] if word else ""
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1) + len(token)
    source = f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    known = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    found = f"Unrecognized token '{token}': was expecting {known}" if token else str(error)
    return Problem(f"{found}\n at {source}", source, JSON)


def _type_in_hand() -> str:
    """Return the type of the machine that the request in hand makes or changes."""
    given = request.current.get()
    if given is None or given.service != "stepfunctions":
        return STANDARD
    machine = stepfunctions._state_machines.get(given.parameters.get("stateMachineArn") or "") or {}
    return str(given.parameters.get("type") or machine.get("type") or STANDARD)
