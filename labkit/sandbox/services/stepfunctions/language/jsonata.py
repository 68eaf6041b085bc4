"""JSONata: `{% expression %}` in the fields of a state.

The engine is jsonata-python. Step Functions adds `$states` and seven functions, leaves `$eval` out,
and fails the state where an expression gives nothing.
Source: Step Functions Developer Guide, "Transforming data with JSONata in Step Functions".
"""

from __future__ import annotations

import hashlib
import math
import random
import re
import uuid
from typing import Any

import jsonata
from jsonata.utils import Utils

from labkit.sandbox.languages.regular_expressions import ExpressionError
from labkit.sandbox.services.stepfunctions.language.intrinsics import DIGESTS, strict_json
from labkit.sandbox.services.stepfunctions.language.jsonata_expressions import regular_expression
from labkit.sandbox.services.stepfunctions.language.scope import Scope, compact

MOST_NUMBERS = 100_000
"""Of `$range`; a bound of the sandbox's own."""

TIMEOUT_MS = 1000
"""How long an expression may take, in ms."""

UNDEFINED = object()

ARRAY_OF = re.compile(r"(must be an array of )([abfnos])\b")

ITEMS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects",
         "s": "strings"}  # fmt: skip
"""What the engine calls the items of an array by a letter."""

States = dict[str, Any]


def is_expression(value: Any) -> bool:
    """Tell whether a value is a text between `{%` and `%}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def fill(field: str, template: Any, states: States, scope: Scope) -> Any:
    """Return a template with each expression's value in its place.

    Parameters
    ----------
    field
        Where the template stands, for the cause of a failure: `Arguments`, `Output`, `Assign/a`.
    states
        What `$states` shows.

    Raises
    ------
    StateError
        `States.QueryEvaluationError` if an expression fails or gives nothing.
    """
    if isinstance(template, dict):
        return {k: fill(f"{field}/{k}", v, states, scope) for k, v in template.items()}
    if isinstance(template, list):
        return [fill(f"{field}[{n}]", v, states, scope) for n, v in enumerate(template)]
    return evaluate(field, template, states, scope) if is_expression(template) else template


def evaluate(field: str, text: str, states: States, scope: Scope) -> Any:
    """Return what an expression gives.

    Raises
    ------
    StateError
        `States.QueryEvaluationError` if it fails or gives nothing.
    """
    expression = text[2:-2].strip()
    try:
        value = _value(expression, states, scope)
    except Exception as error:
        raise scope.query_error(
            f"The JSONata expression '{expression}' specified for the field '{field}' threw an "
            f"error during evaluation. {_message(error)}",
            field,
        ) from error
    if value is UNDEFINED:
        raise scope.query_error(
            f"The JSONata expression '{expression}' specified for the field '{field}' returned "
            "nothing (undefined).",
            field,
        )
    if not _is_json(value):
        raise scope.query_error(
            f"The JSONata expression '{expression}' specified for the field '{field}' returned an "
            "unsupported result type.",
            field,
        )
    return value


def expect(field: str, text: Any, kind: str, states: States, scope: Scope) -> Any:
    """Return a field's value, which has to be of a JSON type.

    Raises
    ------
    StateError
        `States.QueryEvaluationError` if it is not.
    """
    if not is_expression(text):
        return text
    value = evaluate(field, text, states, scope)
    found = type_of(value)
    if found == kind:
        return value
    raise scope.query_error(
        f"The JSONata expression '{text[2:-2].strip()}' specified for the field '{field}' returned "
        f"an unexpected result type. Expected '{kind}', but was '{found}' for value: "
        f"{compact(value)}",
        field,
    )


def check_range(
    field: str, value: Any, scope: Scope, *, least: float, most: float, whole: bool = True
) -> None:
    """Check a number that an expression gave, or that a field has.

    Raises
    ------
    StateError
        `States.QueryEvaluationError` if it is out of its range, or no whole number.
    """
    if whole and value != math.floor(value):
        what = "must be a whole number"
    elif not least <= value <= most:
        what = f"must be between {least} and {most}"
    else:
        return
    raise scope.query_error(f"The value of the field '{field}' {what}: {compact(value)}", field)


def type_of(value: Any) -> str:
    """Return JSON's name of a value's type."""
    if value is None:
        return "null"
    names = ((bool, "boolean"), (int | float, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in names if isinstance(value, kind)), "object")


def problem_of(text: str) -> str | None:
    """Return why an expression cannot be read; None if it can."""
    try:
        jsonata.Jsonata.jsonata(text[2:-2].strip(), regular_expression)
    except Exception as error:
        return _message(error)
    return None


def _value(expression: str, states: States, scope: Scope) -> Any:
    bindings = {name: _bound(value) for name, value in scope.visible().items()}
    bindings["states"] = states
    # An undefined result and null are both None to the engine; inside an array they differ.
    whole = f"[{{'v': ({expression}\n)}}]"
    compiled = jsonata.Jsonata.jsonata(whole, regular_expression, timeout=TIMEOUT_MS)
    compiled.assign("eval", None)
    for name, function in FUNCTIONS.items():
        compiled.register_lambda(name, function)
    (holder,) = compiled.evaluate(None, bindings)
    return holder.get("v", UNDEFINED)


def _bound(value: Any) -> Any:
    return Utils.NULL_VALUE if value is None else value


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_json(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | bool | int | float)


def _message(error: Exception) -> str:
    """Return why an expression fails, in words of JSONata or our own, never Python's."""
    code = getattr(error, "error", None)
    if isinstance(code, str) and code:
        return f"{code}: {_of_jsonata(str(error))}"
    if isinstance(error, UnusableError | ExpressionError):
        return str(error)
    if isinstance(error, ZeroDivisionError):
        return "D1001: Number out of range: Infinity"
    return "A function was given a value that it cannot use."


def _of_jsonata(text: str) -> str:
    """Return a message as JSONata itself words it; the engine loses some of its words."""
    for lost, word in (
        (" of Object ", " of function "),
        ("Object signature", "function signature"),
    ):
        text = text.replace(lost, word)
    return ARRAY_OF.sub(lambda found: found[1] + ITEMS[found[2]], text)


class UnusableError(ValueError):
    """A function of Step Functions' own is given what it cannot use."""


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnusableError(f"{compact(value)} is not a number.")
    return math.floor(value)


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    if not isinstance(items, list):
        raise UnusableError(f"{compact(items)} is not an array.")
    length = _whole(size)
    if length < 1:
        raise UnusableError("The size of the parts must be a positive number.")
    return [items[at : at + length] for at in range(0, len(items), length)]


def _range(first: float, last: float, step: float) -> list[int] | int:
    """Return the numbers; one alone as itself, as JSONata does with sequences."""
    begin, end, width = _whole(first), _whole(last), _whole(step)
    if width == 0:
        raise UnusableError("The step must not be zero.")
    numbers = range(begin, end + (1 if width > 0 else -1), width)
    if len(numbers) > MOST_NUMBERS:
        raise UnusableError(f"A range has at most {MOST_NUMBERS} numbers in the sandbox.")
    values = list(numbers)
    return values[0] if len(values) == 1 else values


def _hash(text: str, algorithm: str) -> str:
    if algorithm not in DIGESTS:
        raise UnusableError(f"The algorithm must be one of {', '.join(DIGESTS)}.")
    return hashlib.new(DIGESTS[algorithm], text.encode()).hexdigest()


def _random(seed: float | None = None) -> float:
    return (random.Random(_whole(seed)) if seed is not None else random.Random()).random()


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: str) -> Any:
    try:
        return strict_json(text)
    except ValueError as error:
        raise UnusableError("The string is no JSON.") from error


FUNCTIONS = {
    "hash": _hash,
    "parse": _parse,
    "partition": _partition,
    "random": _random,
    "range": _range,
    "uuid": _uuid,
}
"""What Step Functions adds to JSONata."""
