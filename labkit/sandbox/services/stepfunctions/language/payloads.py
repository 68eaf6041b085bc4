"""Payload templates of the JSONPath language: Parameters, ResultSelector, ItemSelector, Assign.

Source: Amazon States Language, "Payload Template".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.stepfunctions.language import intrinsics, paths
from labkit.sandbox.services.stepfunctions.language.errors import RUNTIME, StateError
from labkit.sandbox.services.stepfunctions.language.scope import Scope

State = dict[str, Any]


def fill(template: Any, document: Any, scope: Scope) -> Any:
    """Return a template with the value of each field whose name ends in `.$`.

    Raises
    ------
    StateError
        If a path finds nothing, or an intrinsic function fails.
    """
    if isinstance(template, list):
        return [fill(item, document, scope) for item in template]
    if not isinstance(template, dict):
        return template
    filled: dict[str, Any] = {}
    for name, value in template.items():
        if name.endswith(".$"):
            filled[name[:-2]] = evaluate(name, value, document, scope)
        else:
            filled[name] = fill(value, document, scope)
    return filled


def evaluate(field: str, text: Any, document: Any, scope: Scope) -> Any:
    """Return what a path or a call of an intrinsic function stands for.

    Raises
    ------
    StateError
        If it finds nothing or fails; the cause names the field.
    """
    if intrinsics.is_intrinsic(text):
        return _called(field, text, document, scope)
    if not paths.is_path(text):
        raise scope.runtime_error(
            f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic "
            "function call"
        )
    return paths.select_for(field, text, document, scope)


def _called(field: str, text: str, document: Any, scope: Scope) -> Any:
    try:
        return intrinsics.evaluate(
            text, lambda path: paths.select_for(field, path, document, scope)
        )
    except StateError as error:
        if error.error == RUNTIME:
            raise
        raise StateError(error.error, scope.told(error.cause or "")) from error


def taken_input(state: State, given: Any, scope: Scope) -> Any:
    """Return a state's input after its InputPath; null stands for an empty object."""
    path = state.get("InputPath", "$")
    return {} if path is None else _selected(path, given, scope)


def given_output(state: State, output: Any, scope: Scope) -> Any:
    """Return a state's output after its OutputPath; null stands for an empty object."""
    path = state.get("OutputPath", "$")
    return {} if path is None else _selected(path, output, scope)


def _selected(path: str, document: Any, scope: Scope) -> Any:
    if intrinsics.is_intrinsic(path):
        return evaluate("InputPath", path, document, scope)
    return paths.select(path, document, scope)
