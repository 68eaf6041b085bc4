"""Paths of the JSONPath language: `$.a`, `$$.Execution.Id`, `$variable.b`; and where a result goes.

Source: Amazon States Language, "Paths" and "Reference Paths"; the texts are AWS's.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from labkit.sandbox.languages.json_path import (
    NothingFoundError,
    PathSyntaxError,
    compile_path,
)
from labkit.sandbox.services.stepfunctions.language.errors import RESULT_PATH_MATCH, StateError
from labkit.sandbox.services.stepfunctions.language.scope import Scope, compact

VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")

MISSING = object()
"""What a path gives that finds nothing."""


def is_path(text: Any) -> bool:
    """Tell whether a text is a path."""
    return isinstance(text, str) and text.startswith("$")


def look_up(path: str, document: Any, scope: Scope) -> Any:
    """Return what a path finds; `MISSING` if it is definite and finds nothing.

    Raises
    ------
    StateError
        If the path cannot be read.
    """
    root, rest = _root(path, document, scope)
    if root is MISSING:
        return MISSING
    try:
        found = compile_path(rest).find(root)
        return copy.deepcopy(found) if root is scope.context else found  # it goes on changing
    except NothingFoundError:
        return MISSING
    except PathSyntaxError as error:
        raise scope.runtime_error(f"Invalid path '{path}' : {error}") from error


def select(path: str, document: Any, scope: Scope) -> Any:
    """Return what InputPath, OutputPath or another Path of a field's own finds.

    Raises
    ------
    StateError
        `States.Runtime` if it finds nothing.
    """
    found = look_up(path, document, scope)
    if found is MISSING:
        raise scope.runtime_error(f"Invalid path '{path}' : {_reason(path, document, scope)}")
    return found


def select_for(field: str, path: str, document: Any, scope: Scope) -> Any:
    """Return what the path of a payload's field finds.

    Raises
    ------
    StateError
        `States.Runtime` if it finds nothing; the cause names the field.
    """
    found = look_up(path, document, scope)
    if found is MISSING:
        raise scope.runtime_error(
            f"The JSONPath '{path}' specified for the field '{field}' could not be found in the "
            f"input '{compact(document)}'"
        )
    return found


def put(path: str | None, document: Any, result: Any, scope: Scope) -> Any:
    """Return `document` with `result` where a ResultPath says; null leaves it as it is.

    Raises
    ------
    StateError
        `States.ResultPathMatchFailure` if there is no room for it.
    """
    if path is None:
        return document
    steps = compile_path(path).steps
    if not steps:
        return result
    whole = copy.deepcopy(document)
    holder = whole
    for step in steps[:-1]:
        holder = _inside(holder, step, path, document)
    _set(holder, steps[-1], result, path, document)
    return whole


def _inside(holder: Any, step: str | int, path: str, document: Any) -> Any:
    if isinstance(step, str) and isinstance(holder, dict):
        inner = holder.setdefault(step, {})
        if isinstance(inner, dict | list):
            return inner
    elif isinstance(step, int) and isinstance(holder, list) and -1 < step < len(holder):
        return holder[step]
    raise _no_room(path, document)


def _set(holder: Any, step: str | int, result: Any, path: str, document: Any) -> None:
    in_list = isinstance(step, int) and isinstance(holder, list) and -1 < step < len(holder)
    if not in_list and not (isinstance(step, str) and isinstance(holder, dict)):
        raise _no_room(path, document)
    holder[step] = result


def _no_room(path: str, document: Any) -> StateError:
    text = f"Unable to apply ReferencePath {path} to input {compact(document)}"
    return StateError(RESULT_PATH_MATCH, text)


def _root(path: str, document: Any, scope: Scope) -> tuple[Any, str]:
    """Return the document that a path walks through, and the path as it begins there."""
    if path.startswith("$$"):
        return scope.context, path[1:]
    if variable := VARIABLE.match(path):
        return scope.visible().get(variable[1], MISSING), "$" + path[variable.end() :]
    return document, path


def _reason(path: str, document: Any, scope: Scope) -> str:
    """Say where a definite path comes to its end, as Jayway does."""
    root, rest = _root(path, document, scope)
    steps = compile_path(rest).steps
    for number, step in enumerate(steps, start=1):
        there = isinstance(root, dict) and step in root
        there = there or (isinstance(root, list) and isinstance(step, int) and step < len(root))
        if not there:
            way = "$" + "".join(_written(one) for one in steps[:number])
            if number < len(steps):
                return f"Missing property in path {way}"
            break
        root = root[step]
    return "No results for path: $" + "".join(_written(one) for one in steps)


def _written(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f"['{step}']"
