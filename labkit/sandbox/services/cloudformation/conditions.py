"""A template's conditions, with every function that may stand in them.

MiniStack compares `Fn::Join`, `Fn::FindInMap`, `Fn::Sub` and `Fn::Split` as they are written, and a
boolean by Python's name. It evaluates conditions without the stack's name and id, so the pseudo
parameters AWS::StackName and AWS::StackId come from whoever works on the stack.
Source: CloudFormation Template Reference, "Condition functions" (supported functions) and "Pseudo
parameters reference".
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from labkit.sandbox.services.cloudformation import stack_names, template_functions
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudformation import engine

Template = dict[str, Any]
Values = dict[str, Any]


class Stack(NamedTuple):
    """What a stack is called."""

    name: str
    id: str


PSEUDO = ("AWS::StackName", "AWS::StackId")
"""The pseudo parameters that tell it."""


NOBODY = Stack("", "")
"""The stack of a template that is only looked at."""

_stack: ContextVar[Stack | None] = ContextVar("stack_of_conditions", default=NOBODY)


@contextmanager
def of_stack(stack: Stack | None) -> Iterator[None]:
    """Evaluate conditions as a stack's, in this context; None if it has no name yet."""
    token = _stack.set(stack)
    try:
        yield
    finally:
        _stack.reset(token)


def named(stack_name: str) -> Stack:
    """Return the stack of a name or id; one that is not there yet has an id of the same form."""
    if stack := stack_names.found(stack_name):
        return Stack(stack["StackName"], stack["StackId"])
    region, account = responses.get_region(), responses.get_account_id()
    path = f"stack/{stack_name}/{uuid.uuid4()}"
    return Stack(stack_name, f"arn:aws:cloudformation:{region}:{account}:{path}")


def evaluate(template: Template, params: Values) -> dict[str, bool]:
    """Return whether each condition of a template holds.

    Parameters
    ----------
    template
        The template.
    params
        Its parameters, by name, each with its `Value`.

    Raises
    ------
    ValueError
        With what AWS answers, if a condition is none.
    """
    written = template.get("Conditions") or {}
    template_functions.check_arguments(written, written)
    conditions = Conditions(template, params)
    return {name: conditions.holds(name) for name in written}


class Conditions:
    """The conditions of a template, each evaluated once."""

    def __init__(self, template: Template, params: Values) -> None:
        self._written = template.get("Conditions") or {}
        self._mappings = template.get("Mappings") or {}
        self._params = params
        self._known: dict[str, bool] = {}
        self._asked: list[str] = []
        self._functions: dict[str, Callable[[list[Any]], bool]] = {
            "Fn::And": lambda parts: all(map(self._evaluate, parts)),
            "Fn::Or": lambda parts: any(map(self._evaluate, parts)),
            "Fn::Not": lambda parts: not self._evaluate(parts[0]),
            "Fn::Equals": lambda parts: self._text(parts[0]) == self._text(parts[1]),
        }

    def holds(self, name: str) -> bool:
        """Tell whether a condition holds.

        Raises
        ------
        ValueError
            If there is none of that name, or it depends on itself.
        """
        if name not in self._written:
            raise ValueError(
                f"Template format error: Unresolved condition dependency {name} in the Conditions "
                "block of the template"
            )
        if name in self._asked:
            raise ValueError(
                "Template error: Found circular condition dependency between "
                f"{self._asked[-1]} and {name}"
            )
        if name not in self._known:
            self._asked.append(name)
            self._known[name] = self._evaluate(self._written[name])
            self._asked.pop()
        return self._known[name]

    def _evaluate(self, written: Any) -> bool:
        if isinstance(written, dict) and len(written) == 1:
            ((function, given),) = written.items()
            if function == "Condition":
                return self.holds(given)
            if function in self._functions and isinstance(given, list) and given:
                return self._functions[function](given)
        return bool(self._text(written) == "true")

    def _text(self, written: Any) -> Any:
        """Return a value as it is compared: all but lists and maps are texts."""
        value = self._value(written)
        if isinstance(value, bool):
            return str(value).lower()
        return value if isinstance(value, list | dict) else str(value)

    def _value(self, written: Any) -> Any:
        if isinstance(written, dict) and len(written) == 1:
            ((function, given),) = written.items()
            if function in self._functions or function == "Condition":
                return self._evaluate(written)
            if function == "Fn::If":
                return self._value(given[1] if self.holds(given[0]) else given[2])
        known = dict(self._known)
        name, identifier = self._stack
        return engine._resolve_refs(
            written, {}, self._params, known, self._mappings, name, identifier
        )

    @functools.cached_property
    def _stack(self) -> Stack:
        stack = _stack.get()
        if stack is None and any(name in json.dumps(self._written) for name in PSEUDO):
            raise ValueError(
                "The embedded sandbox does not know the name of a nested stack that it is about to "
                "create, so AWS::StackName and AWS::StackId cannot stand in its Conditions"
            )
        return stack or NOBODY
