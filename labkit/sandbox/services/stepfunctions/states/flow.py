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
from labkit.sandbox.services.stepfunctions.states.run import Run, State

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
    run: Run, state: State, given: Any, result: Any, *, chosen: State | None = None
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
    if run.in_jsonata(state):
        states = run.states(given, result=result)
        assigned = jsonata.fill("Assign", fields.get("Assign") or {}, states, run.scope)
        output = (
            jsonata.fill("Output", fields.get("Output", result), states, run.scope)
            if ("Output" in fields)
            else result
        )
        return Result(output, assigned, following)
    assigned = payloads.fill(fields.get("Assign") or {}, result, run.scope)
    output = paths.put(state.get("ResultPath", "$"), given, result, run.scope)
    return Result(payloads.given_output(state, output, run.scope), assigned, following)


def passed(run: Run, state: State, given: Any) -> Result:
    """Run a Pass state."""
    if run.in_jsonata(state):
        return finish(run, state, given, given)
    taken = payloads.taken_input(state, given, run.scope)
    filled = (
        payloads.fill(state["Parameters"], taken, run.scope) if "Parameters" in state else taken
    )
    return finish(run, state, given, state.get("Result", filled))


def succeeded(run: Run, state: State, given: Any) -> Result:
    """Run a Succeed state."""
    if run.in_jsonata(state):
        return finish(run, state, given, given)
    taken = payloads.taken_input(state, given, run.scope)
    return Result(payloads.given_output(state, taken, run.scope), {}, None)


def failed(run: Run, state: State, given: Any) -> Result:
    """Run a Fail state.

    Raises
    ------
    StateError
        Always: the state's own.
    """
    raise StateError(*(_failure(run, state, given, field) for field in ("Error", "Cause")))


def _failure(run: Run, state: State, given: Any, field: str) -> str | None:
    if run.in_jsonata(state):
        text = jsonata.expect(field, state.get(field), "string", run.states(given), run.scope)
    elif f"{field}Path" in state:
        text = payloads.evaluate(f"{field}Path", state[f"{field}Path"], given, run.scope)
    else:
        text = state.get(field)
    return None if text is None else str(text)


def chosen(run: Run, state: State, given: Any) -> Result:
    """Run a Choice state.

    Raises
    ------
    StateError
        `States.NoChoiceMatched` if no rule holds and there is no Default.
    """
    taken = given if run.in_jsonata(state) else payloads.taken_input(state, given, run.scope)
    for number, rule in enumerate(state["Choices"]):
        if _holds(run, state, rule, number, taken):
            return finish(run, state, given, taken, chosen=rule)
    if "Default" not in state:
        raise StateError(
            NO_CHOICE_MATCHED,
            run.scope.told(
                "Failed to transition out of the state. The state does not point to a next state."
            ),
        )
    return finish(run, state, given, taken, chosen={"Next": state["Default"]})


def _holds(run: Run, state: State, rule: State, number: int, taken: Any) -> bool:
    if not run.in_jsonata(state):
        return choices.holds(rule, taken, run.scope)
    field = f"Choices[{number}]/Condition"
    return bool(jsonata.expect(field, rule["Condition"], "boolean", run.states(taken), run.scope))


def waited(run: Run, state: State, given: Any) -> Result:
    """Run a Wait state."""
    taken = given if run.in_jsonata(state) else payloads.taken_input(state, given, run.scope)
    seconds = _seconds(run, state, taken)
    until = "Timestamp" in state or "TimestampPath" in state
    if seconds > (LONGEST_UNTIL if until else LONGEST_WAIT):
        raise run.scope.runtime_error("Wait state delay is too long.")
    run.pause(seconds)
    return finish(run, state, given, taken)


def _seconds(run: Run, state: State, taken: Any) -> float:
    if "SecondsPath" in state:
        return _seconds_at(run, state["SecondsPath"], taken)
    if "TimestampPath" in state:
        return _until(_timestamp_at(run, state["TimestampPath"], taken))
    if "Seconds" in state:
        given = jsonata.expect("Seconds", state["Seconds"], "number", run.states(taken), run.scope)
        jsonata.check_range("Seconds", given, run.scope, least=0, most=LONGEST_WAIT)
        return float(given)
    text = state["Timestamp"]
    if run.in_jsonata(state):
        text = jsonata.expect("Timestamp", text, "string", run.states(taken), run.scope)
    moment = timestamps.parse(text)
    if moment is None:
        raise run.scope.query_error(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format "
            f"string: {text}"
        )
    return _until(moment)


def _seconds_at(run: Run, path: str, taken: Any) -> float:
    found = paths.look_up(path, taken, run.scope)
    if found is paths.MISSING or found is None:
        raise run.scope.runtime_error(
            f"The SecondsPath parameter does not reference an input value: {path}"
        )
    if isinstance(found, bool) or not isinstance(found, int):
        raise run.scope.runtime_error(
            f"The SecondsPath parameter cannot be parsed as a long value: {path} == {_shown(found)}"
        )
    if found < 0:
        raise run.scope.runtime_error(
            f"The SecondsPath parameter references a negative value: {path} == {_shown(found)}"
        )
    return found


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def _timestamp_at(run: Run, path: str, taken: Any) -> dt.datetime:
    found = paths.look_up(path, taken, run.scope)
    if found is paths.MISSING:
        raise run.scope.runtime_error(
            f"The TimestampPath parameter does not reference an input value: {path}"
        )
    moment = timestamps.parse(found)
    if moment is None:
        raise run.scope.runtime_error(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
            f"date-time format string: {path} == {_shown(found)}"
        )
    return moment


def _until(moment: dt.datetime) -> float:
    return max(0.0, moment.timestamp() - time.time())
