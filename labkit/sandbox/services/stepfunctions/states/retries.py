"""Retry and Catch: which errors are tried again and how long after, and which are caught.

Source: Amazon States Language, "Errors"; Step Functions Developer Guide, "Handling errors".
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.stepfunctions.language import errors, jsonata, paths, payloads
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.states.walker import State, Walker

UNCATCHABLE = {errors.RUNTIME}
"""What fails an execution whatever its states catch."""

TIMEOUTS = {errors.TIMEOUT, errors.HEARTBEAT_TIMEOUT}

INTERVAL_SECONDS, MAX_ATTEMPTS, BACKOFF_RATE = 1, 3, 2.0
"""What a Retry without these fields has."""


@dataclass(frozen=True)
class Caught:
    """What a Catch makes of an error."""

    output: Any
    assigned: dict[str, Any]
    following: str


def with_retries(walker: Walker, state: State, attempt: Callable[[], Any]) -> Any:
    """Try until it succeeds, or no Retry is left.

    Raises
    ------
    StateError
        The last attempt's.
    """
    retriers = state.get("Retry") or []
    tries = [0] * len(retriers)
    while True:
        try:
            return attempt()
        except StateError as error:
            number = next((n for n, r in enumerate(retriers) if catches(r, error)), None)
            if number is None or tries[number] >= retriers[number].get("MaxAttempts", MAX_ATTEMPTS):
                raise
            pause = delay(retriers[number], tries[number])
            tries[number] += 1
            walker.pause(pause)
            walker.scope.context["State"]["RetryCount"] += 1


def delay(retrier: dict[str, Any], tried: int) -> float:
    """Return how long to wait before the next try, in seconds.

    Parameters
    ----------
    retrier
        The Retry's fields.
    tried
        How often it has led to another try already.
    """
    first = retrier.get("IntervalSeconds", INTERVAL_SECONDS)
    seconds = float(first * retrier.get("BackoffRate", BACKOFF_RATE) ** tried)
    seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
    return random.uniform(0, seconds) if retrier.get("JitterStrategy") == "FULL" else seconds


def catches(rule: dict[str, Any], error: StateError) -> bool:
    """Tell whether a Retry or Catch names an error."""
    name = error.error
    return name not in UNCATCHABLE and any(
        wanted in (name, "States.ALL")
        or (wanted == errors.TASK_FAILED and name not in TIMEOUTS)
        or (wanted == errors.TIMEOUT and name == errors.HEARTBEAT_TIMEOUT)
        for wanted in rule["ErrorEquals"]
    )


def caught(walker: Walker, state: State, given: Any, error: StateError) -> Caught:
    """Return what the state's Catch makes of an error.

    Raises
    ------
    StateError
        The same, if there is no Catch for it.
    """
    for catcher in state.get("Catch") or []:
        if catches(catcher, error):
            return _caught(walker, state, given, error, catcher)
    raise error


def _caught(
    walker: Walker, state: State, given: Any, error: StateError, catcher: dict[str, Any]
) -> Caught:
    output = error.output()
    if walker.in_jsonata(state):
        states = walker.states(given, errorOutput=output)
        assigned = jsonata.fill("Assign", catcher.get("Assign") or {}, states, walker.scope)
        shown = jsonata.fill("Output", catcher.get("Output", output), states, walker.scope)
        return Caught(shown, assigned, catcher["Next"])
    assigned = payloads.fill(catcher.get("Assign") or {}, output, walker.scope)
    shown = paths.put(catcher.get("ResultPath", "$"), given, output, walker.scope)
    return Caught(shown, assigned, catcher["Next"])
