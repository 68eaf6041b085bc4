"""Checks of one field: its type, its range, its path, its template.

Source: Amazon States Language specification; the texts are AWS's where others have recorded them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labkit.sandbox.languages.json_path import PathSyntaxError, compile_path
from labkit.sandbox.services.stepfunctions.definitions.problems import Problem
from labkit.sandbox.services.stepfunctions.language import intrinsics, jsonata, paths, timestamps
from labkit.sandbox.services.stepfunctions.language.scope import JSONPATH

LONGEST_VARIABLE = 80

NAMES = {bool: "Boolean", dict: "Object", int: "Integer", list: "Array", str: "String"}

MOST = 99_999_999
"""The largest number of seconds, and of attempts."""

Holder = Mapping[str, Any]


def unknown(holder: Holder, known: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield the fields that there are not."""
    for name in holder.keys() - set(known):
        yield Problem(f"The field '{name}' is not supported by Step Functions", where)


def missing(name: str, where: str) -> Problem:
    """Return the problem of a field that is not there."""
    return Problem(f"The field '{name}' is required but was missing", where)


def one_of(name: str, values: Iterable[str], where: str) -> Problem:
    """Return the problem of a field that has another value than it may have."""
    text = f"The field '{name}' should have one of these values: [{', '.join(values)}]"
    return Problem(text, f"{where}/{name}")


def of_type(holder: Holder, types: Mapping[str, type], where: str) -> Iterator[Problem]:
    """Yield the fields that have a value of another type; those that are not there are passed."""
    for name, kind in types.items():
        if name in holder and not _is(holder[name], kind):
            yield Problem(f"Expected value of type {NAMES[kind]}", f"{where}/{name}")


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def number(
    holder: Holder,
    name: str,
    where: str,
    *,
    least: float,
    most: float = MOST,
    whole: bool = True,
    expressions: bool = False,
) -> Iterator[Problem]:
    """Yield a number that is out of its range.

    Parameters
    ----------
    expressions
        Whether it may be a JSONata expression.
    """
    value = holder[name]
    if expressions and jsonata.is_expression(value):
        return
    kind: Any = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kind):
        yield Problem(f"Expected value of type {'Integer' if whole else 'Number'}",
                      f"{where}/{name}")  # fmt: skip
    elif value < least:
        yield Problem(f"Value is less than the minimum of {least}", f"{where}/{name}")
    elif value > most:
        yield Problem(f"Value is greater than the maximum of {most}", f"{where}/{name}")


def at_most_one(holder: Holder, names: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield a problem where more than one of some fields are given."""
    given = [name for name in names if name in holder]
    if len(given) > 1:
        yield Problem(f"Only one of these fields may be given: [{', '.join(given)}]", where)


def path(holder: Holder, name: str, where: str, *, calls: bool = False) -> Iterator[Problem]:
    """Yield a path that is none.

    Parameters
    ----------
    calls
        Whether a call of an intrinsic function may stand there, too.
    """
    value = holder[name]
    if calls and intrinsics.is_intrinsic(value) and intrinsics.is_readable(value):
        return
    if not is_path(value):
        what = "JSONPath or a valid intrinsic function call" if calls else "JSONPath"
        text = f"The value for the field '{name}' must be a valid {what}"
        yield Problem(text, where)


def reference_path(holder: Holder, name: str, where: str) -> Iterator[Problem]:
    """Yield a place for a result that is none."""
    value = holder[name]
    if not is_path(value) or value.startswith("$$") or not compile_path(value).definite:
        yield Problem(f"The value for the field '{name}' must be a valid Reference Path", where)


def is_path(value: Any) -> bool:
    """Tell whether a value is a path that can be read."""
    if not paths.is_path(value):
        return False
    if value.startswith("$$"):
        value = value[1:]
    elif found := paths.VARIABLE.match(value):
        value = "$" + value[found.end() :]
    try:
        compile_path(value)
    except PathSyntaxError:
        return False
    return True


def template(value: Any, where: str) -> Iterator[Problem]:
    """Yield the fields of a payload template that end in `.$` and refer to nothing."""
    if isinstance(value, list):
        for item in value:
            yield from template(item, where)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name.endswith(".$"):
                if name[:-2] in value:
                    yield Problem(f"The field '{name[:-2]}' is given twice", where)
                yield from path(value, name, where, calls=True)
            else:
                yield from template(inner, f"{where}/{name}")


def assigned(holder: Holder, where: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with the variables that are assigned.

    Source: Amazon States Language, "Assigning variables".
    """
    if "Assign" not in holder:
        return
    variables, place = holder["Assign"], f"{where}/Assign"
    if not isinstance(variables, dict):
        yield Problem("Expected value of type Object", place)
        return
    for name in variables:
        own = name.removesuffix(".$") if language == JSONPATH else name
        if own == "states":
            yield Problem("The variable name 'states' is reserved", place)
        elif not own.isidentifier() or own.startswith("_") or len(own) > LONGEST_VARIABLE:
            yield Problem(f"The variable name '{own}' is not valid", place)
    if language == JSONPATH:
        yield from template(variables, place)


def timestamp(holder: Holder, name: str, where: str) -> Iterator[Problem]:
    """Yield a timestamp that is none."""
    if timestamps.parse(holder[name]) is None:
        yield Problem("String does not match RFC3339 timestamp", f"{where}/{name}")
