"""A service: the operations that the sandbox answers itself, and upstream for all the others.

A service's folder has a `provider.py` with a subclass of `Provider`, of which `gateway/registry.py`
knows. A method with `@operation("Publish")` answers that operation: it takes the `Request` and
returns the members of the operation's output (None for an operation without any), or what
``request.forward()`` gave it: the answer of MiniStack or moto. It raises an `AwsError` to refuse.
An operation without a method is answered upstream.

What goes on inside upstream, where no operation begins, is changed by a hook: a function of ours
that stands in for one of upstream's and can call it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.upstream.module import Make, UpstreamModule, put, put_item

Function = TypeVar("Function", bound=Callable[..., Any])
Output = dict[str, Any] | Response | None
"""The members of an operation's output, or a response that is written already."""


def operation(*names: str) -> Callable[[Function], Function]:
    """Declare that a method of a provider answers the operations of these names."""

    def declare(function: Function) -> Function:
        function.operations = names  # type: ignore[attr-defined]
        return function

    return declare


@dataclass(frozen=True)
class Hook:
    """A place inside upstream that a provider takes.

    Attributes
    ----------
    module, name
        The declared module, and its name that is taken.
    make
        Returns what is to stand there, given what stands there.
    key
        Of a table: whose entry is taken.
    """

    module: UpstreamModule
    name: str
    make: Make
    key: str = ""

    def install(self) -> None:
        """Take the place as soon as its module is loaded."""
        if self.key:
            put_item(self.module, self.name, self.key, self.make)
        else:
            put(self.module, self.name, self.make)


def around(module: UpstreamModule, name: str, function: Callable[..., Any], key: str = "") -> Hook:
    """Return a hook whose function is given upstream's as its first argument."""
    return Hook(module, name, functools.partial(_around, function), key)


def instead(module: UpstreamModule, name: str, new: Any, key: str = "") -> Hook:
    """Return a hook that puts something else in the place of upstream's."""
    return Hook(module, name, lambda _: new, key)


def _around(function: Callable[..., Any], upstream: Any) -> Any:
    return functools.partial(function, upstream)


class Provider:
    """A service, answered by upstream as far as no method of a subclass answers it."""

    hooks: ClassVar[tuple[Hook, ...]] = ()
    """The places inside upstream that the service takes."""

    operations: ClassVar[dict[str, str]] = {}
    """The name of the method that answers an operation."""

    def __init_subclass__(cls) -> None:
        """Gather the operations that the methods of the class and of its bases answer."""
        bases = [base for base in reversed(cls.__bases__) if issubclass(base, Provider)]
        cls.operations = {k: v for base in bases for k, v in base.operations.items()}
        for name, method in vars(cls).items():
            for answered in getattr(method, "operations", ()):
                cls.operations[answered] = name

    def begin(self) -> None:
        """Begin what the service does by itself, once its places are taken."""

    async def answer(self, request: Request) -> Output:
        """Answer a request: by the operation's method, otherwise by upstream.

        Raises
        ------
        labkit.sandbox.gateway.errors.AwsError
            If the operation is refused.
        """
        method = self.operations.get(request.operation)
        if method is None:
            return await self.fallback(request)
        output = getattr(self, method)(request)
        return await output if inspect.isawaitable(output) else output  # type: ignore[no-any-return]

    def resource(self, request: Request) -> str | None:
        """Return the ARN of what a request is about, where only the service itself can tell it."""
        return None

    async def fallback(self, request: Request) -> Output:
        """Answer an operation that no method of the provider answers."""
        return await request.forward()
