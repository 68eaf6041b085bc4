"""Pass, Succeed, Fail, Choice and Wait: the states that call nobody.

Source: Amazon States Language, "State Types"; the texts are AWS's.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.stepfunctions.language import (
    choices,
    jsonata,
    paths,
    payloads,
    timestamps,
)
from labkit.sandbox.services.stepfunctions.language.errors import NO_CHOICE_MATCHED, StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states.walker import State, Walker

LONGEST_WAIT = 99_999_999
"""Seconds that a Wait state may take (Amazon States Language)."""

LONGEST_UNTIL = 2**31 - 1
"""Seconds until a Timestamp; AWS's answers show that a longer wait is refused."""


@dataclass(frozen=True)
class Result:
    """What a state has come to.

    Attributes
    ----------
    output
        Its output.
    assigned
        The variables that it sets.
    following
        The name of the next state; None at the end of the line.
    """

    output: Any
    assigned: dict[str, Any]
    following: str | None


def finish(
    walker: Walker, state: State, given: Any, result: Any, *, chosen: State | None = None
) -> Result:
    """Apply Assign and Output, or Assign, ResultPath and OutputPath, to a state's result.

    Parameters
    ----------
    given
        The state's input, before InputPath.
    result
        What it has come to; for a state that has no result of its own, its input.
    chosen
        The rule of a Choice state, whose fields take the place of the state's.
    """
    fields = state if chosen is None else {**state, **chosen}
    following = None if fields.get("End") or "Next" not in fields else fields["Next"]
    if walker.in_jsonata(state):
        states = walker.states(given, result=result)
        assigned = jsonata.fill("Assign", fields.get("Assign") or {}, states, walker.scope)
        output = (
            jsonata.fill("Output", fields.get("Output", result), states, walker.scope)
            if ("Output" in fields)
            else result
        )
        return Result(output, assigned, following)
    assigned = payloads.fill(fields.get("Assign") or {}, result, walker.scope)
    output = paths.put(state.get("ResultPath", "$"), given, result, walker.scope)
    return Result(payloads.given_output(state, output, walker.scope), assigned, following)


def passed(walker: Walker, state: State, given: Any) -> Result:
    """Run a Pass state."""
    if walker.in_jsonata(state):
        return finish(walker, state, given, given)
    taken = payloads.taken_input(state, given, walker.scope)
    filled = (
        payloads.fill(state["Parameters"], taken, walker.scope) if "Parameters" in state else taken
    )
    return finish(walker, state, given, state.get("Result", filled))


def succeeded(walker: Walker, state: State, given: Any) -> Result:
    """Run a Succeed state."""
    if walker.in_jsonata(state):
        return finish(walker, state, given, given)
    taken = payloads.taken_input(state, given, walker.scope)
    return Result(payloads.given_output(state, taken, walker.scope), {}, None)


def failed(walker: Walker, state: State, given: Any) -> Result:
    """Run a Fail state.

    Raises
    ------
    StateError
        Always: the state's own.
    """
    raise StateError(*(_failure(walker, state, given, field) for field in ("Error", "Cause")))


def _failure(walker: Walker, state: State, given: Any, field: str) -> str | None:
    if walker.in_jsonata(state):
        text = jsonata.expect(field, state.get(field), "string", walker.states(given), walker.scope)
    elif f"{field}Path" in state:
        text = payloads.evaluate(f"{field}Path", state[f"{field}Path"], given, walker.scope)
        if not isinstance(text, str):
            raise walker.scope.runtime_error(
                f"The {field}Path field must refer to a string, but refers to {compact(text)}"
            )
    else:
        text = state.get(field)
    return None if text is None else str(text)


def chosen(walker: Walker, state: State, given: Any) -> Result:
    """Run a Choice state.

    Raises
    ------
    StateError
        `States.NoChoiceMatched` if no rule holds and there is no Default.
    """
    taken = given if walker.in_jsonata(state) else payloads.taken_input(state, given, walker.scope)
    for number, rule in enumerate(state["Choices"]):
        if _holds(walker, state, rule, number, taken):
            return finish(walker, state, given, taken, chosen=rule)
    if "Default" not in state:
        raise StateError(
            NO_CHOICE_MATCHED,
            walker.scope.told(
                "Failed to transition out of the state. The state does not point to a next state."
            ),
        )
    return finish(walker, state, given, taken, chosen={"Next": state["Default"]})


def _holds(walker: Walker, state: State, rule: State, number: int, taken: Any) -> bool:
    if not walker.in_jsonata(state):
        return choices.holds(rule, taken, walker.scope)
    field = f"Choices[{number}]/Condition"
    return bool(
        jsonata.expect(field, rule["Condition"], "boolean", walker.states(taken), walker.scope)
    )


def waited(walker: Walker, state: State, given: Any) -> Result:
    """Run a Wait state."""
    taken = given if walker.in_jsonata(state) else payloads.taken_input(state, given, walker.scope)
    seconds = _seconds(walker, state, taken)
    until = "Timestamp" in state or "TimestampPath" in state
    if seconds > (LONGEST_UNTIL if until else LONGEST_WAIT):
        raise walker.scope.runtime_error("Wait state delay is too long.")
    walker.pause(seconds)
    return finish(walker, state, given, taken)


def _seconds(walker: Walker, state: State, taken: Any) -> float:
    if "SecondsPath" in state:
        return _seconds_at(walker, state["SecondsPath"], taken)
    if "TimestampPath" in state:
        return _until(_timestamp_at(walker, state["TimestampPath"], taken))
    if "Seconds" in state:
        given = jsonata.expect(
            "Seconds", state["Seconds"], "number", walker.states(taken), walker.scope
        )
        jsonata.check_range("Seconds", given, walker.scope, least=0, most=LONGEST_WAIT)
        return float(given)
    text = state["Timestamp"]
    if walker.in_jsonata(state):
        text = jsonata.expect("Timestamp", text, "string", walker.states(taken), walker.scope)
    moment = timestamps.parse(text)
    if moment is None:
        error = walker.scope.query_error(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format "
            f"string: {text}",
            "Timestamp",
        )
        error.in_fields = True
        raise error
    return _until(moment)


def _seconds_at(walker: Walker, path: str, taken: Any) -> float:
    found = paths.look_up(path, taken, walker.scope)
    if found is paths.MISSING or found is None:
        raise walker.scope.runtime_error(
            f"The SecondsPath parameter does not reference an input value: {path}"
        )
    if isinstance(found, bool) or not isinstance(found, int):
        raise walker.scope.runtime_error(
            f"The SecondsPath parameter cannot be parsed as a long value: {path} == {_shown(found)}"
        )
    if found < 0:
        raise walker.scope.runtime_error(
            f"The SecondsPath parameter references a negative value: {path} == {_shown(found)}"
        )
    return found


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def _timestamp_at(walker: Walker, path: str, taken: Any) -> dt.datetime:
    found = paths.look_up(path, taken, walker.scope)
    if found is paths.MISSING:
        raise walker.scope.runtime_error(
            f"The TimestampPath parameter does not reference an input value: {path}"
        )
    moment = timestamps.parse(found)
    if moment is None:
        raise walker.scope.runtime_error(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
            f"date-time format string: {path} == {_shown(found)}"
        )
    return moment


def _until(moment: dt.datetime) -> float:
    return max(0.0, moment.timestamp() - time.time())
