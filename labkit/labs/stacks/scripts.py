"""The other way to build a service, a script: its size, and its resources under names apart."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from labkit.aws.targets import Target
from labkit.labs.lab_run import LabRun

OURS = "labkit.labs."


class Under:
    """The same run, with a word before every logical name: one builder can build twice.

    Parameters
    ----------
    lab
        The run.
    word
        Goes before each name, as in ``half-orders``.
    """

    def __init__(self, lab: LabRun, word: str) -> None:
        self._lab = lab
        self._word = word

    @property
    def run_id(self) -> str:
        """The run's number."""
        return self._lab.run_id

    @property
    def target(self) -> Target:
        """Where the run is."""
        return self._lab.target

    @property
    def account(self) -> str:
        """Number of the account."""
        return self._lab.account

    @property
    def region(self) -> str:
        """Name of the AWS region."""
        return self._lab.region

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._lab.folder

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service."""
        return self._lab.client(service)

    def name(self, logical: str) -> str:
        """Return the full name of what a builder calls `logical`."""
        return self._lab.name(f"{self._word}-{logical}")

    def zip(self, *names: str) -> bytes:
        """Return a zip file of files in `folder`."""
        return self._lab.zip(*names)

    def invoke_url(self, rest_api_id: str, stage: str) -> str:
        """Return the address of a deployed REST API's stage."""
        return self._lab.invoke_url(rest_api_id, stage)


def code_lines(function: Callable[..., Any]) -> int:
    """Count the lines of a function and of all that it calls of the lessons' own, each once.

    Empty lines, comments and docstrings do not count.
    """
    return sum(_lines(one) for one in _reached(function))


def _reached(function: Callable[..., Any]) -> list[FunctionType]:
    """Return the function and those of ours that it reaches by name."""
    reached: list[FunctionType] = []
    waiting = [function]
    while waiting:
        one = inspect.unwrap(waiting.pop())
        if not isinstance(one, FunctionType) or one in reached:
            continue
        if one.__module__.startswith(OURS):
            reached.append(one)
            names = (name for name in _names(one.__code__) if name in one.__globals__)
            waiting += [one.__globals__[name] for name in names]
    return reached


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a function uses, in its comprehensions and inner functions too."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _lines(function: FunctionType) -> int:
    tree = ast.parse(inspect.getsource(function))
    return len({line for node in ast.walk(tree) for line in _span(node)} - set(_docstring(tree)))


def _span(node: ast.AST) -> Iterator[int]:
    """Yield the lines on which a node begins and ends: between them it may be empty."""
    for line in (getattr(node, "lineno", None), getattr(node, "end_lineno", None)):
        if line is not None:
            yield line


def _docstring(tree: ast.Module) -> Iterator[int]:
    [function] = tree.body
    assert isinstance(function, ast.FunctionDef)
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        yield from range(first.lineno, (first.end_lineno or first.lineno) + 1)
