"""Map states: which items, how many at a time, what each iteration gets.

Source: Amazon States Language, "Map State"; the texts are AWS's.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.stepfunctions.language import jsonata, paths, payloads
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states.side_by_side import Inner, iterate, selected
from labkit.sandbox.services.stepfunctions.states.walker import State, Walker


def processor(state: State) -> State:
    """Return the machine that runs for each item."""
    machine: State = state.get("ItemProcessor") or state["Iterator"]
    return machine


def is_distributed(state: State) -> bool:
    """Tell whether a Map state's iterations are executions of their own."""
    return (processor(state).get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED"


def inline(walker: Walker, state: State, given: Any) -> list[Any]:
    """Run a Map state once, in this execution; return its iterations' outputs in order.

    Raises
    ------
    StateError
        If its fields cannot be used, or an iteration fails.
    """
    taken = given if walker.in_jsonata(state) else payloads.taken_input(state, given, walker.scope)
    items = items_of(walker, state, taken)
    most = whole(walker, state, taken, "MaxConcurrency")
    started = walker.line.add("MapStateStarted", {"length": len(items)})
    machine, name = processor(state), walker.scope.state
    iterations = []
    for index, item in enumerate(items):
        inner = walker.branch(started, machine)
        inner.scope.context["Map"] = {"Item": {"Index": index, "Value": item}}
        item = item_given(walker, inner, state, taken, item)
        iterations.append(Inner(inner, _work(inner, machine, item), name, index))
    outputs = iterate(walker, iterations, most)
    walker.line.note("MapStateSucceeded")
    return selected(walker, state, outputs)  # type: ignore[no-any-return]


def _work(inner: Walker, machine: State, item: Any) -> Any:
    return lambda: inner.walk(inner, machine, item)


def items_of(walker: Walker, state: State, taken: Any) -> list[Any]:
    """Return the items of a Map state.

    Raises
    ------
    StateError
        If what its field names is no array.
    """
    if walker.in_jsonata(state):
        if "Items" in state:
            items = state["Items"]
            if not jsonata.is_expression(items):
                return list(jsonata.fill("Items", items, walker.states(taken), walker.scope))
            return list(jsonata.expect("Items", items, "array", walker.states(taken), walker.scope))
        if not isinstance(taken, list):
            raise walker.scope.query_error(
                f"Map state input must be an array but was: {compact(taken)}"
            )
        return taken
    path = state.get("ItemsPath", "$")
    items = paths.select(path, taken, walker.scope)
    if not isinstance(items, list):
        raise walker.scope.runtime_error(f'Reference path "{path}" must point to array.')
    return items


def item_given(walker: Walker, inner: Walker, state: State, taken: Any, item: Any) -> Any:
    """Return what an iteration gets: the item, or what ItemSelector makes of it."""
    if walker.in_jsonata(state):
        if "ItemSelector" not in state:
            return item
        inner.scope.state, inner.scope.entered = walker.scope.state, walker.scope.entered
        return jsonata.fill("ItemSelector", state["ItemSelector"], inner.states(taken), inner.scope)
    template = state.get("ItemSelector", state.get("Parameters"))
    if template is None:
        return item
    inner.scope.state, inner.scope.entered = walker.scope.state, walker.scope.entered
    return payloads.fill(template, taken, inner.scope)


def whole(walker: Walker, state: State, taken: Any, field: str) -> int:
    """Return a field that is a whole number, given or named by a path; 0 without it.

    Raises
    ------
    StateError
        If it is none, or less than 0.
    """
    number = number_of(walker, state, taken, field, int, "integer")
    if number < 0:
        raise walker.scope.runtime_error(f"{field} cannot be negative.")
    return int(number)


def percentage(walker: Walker, state: State, taken: Any, field: str) -> float:
    """Return a field that is a percentage.

    Raises
    ------
    StateError
        If it is no number between 0 and 100.
    """
    number = float(number_of(walker, state, taken, field, (int, float), "float"))
    if not 0 <= number <= 100:
        raise walker.scope.runtime_error(f"{field} must be between 0 and 100.")
    return number


def _read(value: Any, kind: Any) -> Any:
    """Return a number for a text that is one."""
    if not isinstance(value, str):
        return value
    try:
        return int(value) if kind is int else float(value)
    except ValueError:
        return value


def number_of(walker: Walker, state: State, taken: Any, field: str, kind: Any, name: str) -> Any:
    """Return a number that is given, computed by JSONata or named by a path; 0 without it."""
    if f"{field}Path" in state:
        path = state[f"{field}Path"]
        found = _read(paths.select(path, taken, walker.scope), kind)
        if isinstance(found, bool) or not isinstance(found, kind):
            shown = found if isinstance(found, str) else compact(found)
            raise walker.scope.runtime_error(
                f'The {field}Path field refers to value "{shown}" which is not a valid {name}: '
                f"{path}"
            )
        return found
    return jsonata.expect(field, state.get(field, 0), "number", walker.states(taken), walker.scope)
