"""A module of MiniStack or moto as the sandbox knows it: the names that are used, and their shapes.

Each file of this package declares the modules of one service. Only what is declared can be had,
and what is declared is checked when the sandbox starts, so a name that has moved upstream ends the
start with a sentence and never a lesson. A module is loaded when one of its names is first asked
for.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import FunctionType, ModuleType
from typing import Any

from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

LASTING = (FunctionType, type, ContextVar)
"""What no module of upstream binds anew; its stores it may."""

LOADED = "_loaded_module"
"""Where a description keeps its module, once that is loaded."""

Make = Callable[[Any], Any]
"""Takes what stands upstream and returns what is to stand in its place."""


class UpstreamModule:
    """The declared names of a module; each is an attribute, read where it stands now.

    A function, a class or a context variable is read once: nothing replaces one but `put`, which
    has it read again.

    Parameters
    ----------
    module
        The module's name, for example ``ministack.services.sns``.
    names
        By name, the shape that the sandbox was written against, as `seams.shape` describes it: a
        function's parameters without annotations, or the name of a value's type.
    """

    def __init__(self, module: str, names: Mapping[str, str]) -> None:
        self._declared = (module, dict(names), set[str]())
        _DECLARED.append(self)

    def __getattr__(self, name: str) -> Any:
        module, names, _ = self._declared
        if name not in names:
            raise AttributeError(f"labkit.sandbox.upstream does not declare {module}.{name}")
        loaded = self.__dict__.get(LOADED)
        if loaded is None:
            loaded = self.__dict__[LOADED] = _loaded(module)
        value = getattr(loaded, name)
        if isinstance(value, LASTING):
            self.__dict__[name] = value
        return value

    def __repr__(self) -> str:
        return f"<what is known of {self._declared[0]}>"


_DECLARED: list[UpstreamModule] = []


def name_of(module: UpstreamModule) -> str:
    """Return the dotted name of the module upstream."""
    return module._declared[0]


def names_of(module: UpstreamModule) -> dict[str, str]:
    """Return the declared names, each with its shape."""
    return module._declared[1]


def declared() -> list[UpstreamModule]:
    """Return the modules that have been declared so far."""
    return list(_DECLARED)


def check(module: UpstreamModule) -> None:
    """Check every declared name but those that something of ours stands in for by now.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If one is missing, or is not what the sandbox was written against.
    """
    path, names, taken = module._declared
    for name in names.keys() - taken:
        seams.use(path, name, like=names[name])


def check_all() -> None:
    """Check the names of every declared module that is loaded by now.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If one has moved.
    """
    for module in _DECLARED:
        if name_of(module) in sys.modules:
            check(module)


def put(module: UpstreamModule, name: str, make: Make) -> None:
    """Put what `make` returns into the place of a name, as soon as the module is loaded.

    A name can be taken once only, so that the order in which names are taken means nothing.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If the name is taken already, not declared, or not what the sandbox was written against.
    """
    path, names, taken = module._declared
    if name in taken or name not in names:
        reason = "taken twice" if name in taken else "taken and not declared"
        raise seams.SeamError(f"{path}.{name} is {reason}; this is a fault of the sandbox")
    taken.add(name)

    def install() -> None:
        old = seams.use(path, name, like=names[name])
        seams.replace(path, name, make(old), like=names[name])
        for one in _DECLARED:
            if name_of(one) == path:
                one.__dict__.pop(name, None)

    when_loaded(path, install)


def put_item(module: UpstreamModule, table: str, key: str, make: Make) -> None:
    """Put what `make` returns under a key of a declared table, as soon as the module is loaded.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If the key is taken already, or the table has no such key.
    """
    path, _, taken = module._declared
    if (entry := f"{table}[{key}]") in taken:
        raise seams.SeamError(f"{path}.{entry} is taken twice; this is a fault of the sandbox")
    taken.add(entry)

    def install() -> None:
        seams.replace_item(path, table, key, make(getattr(module, table)[key]))

    when_loaded(path, install)


def _loaded(module: str) -> ModuleType:
    """Return a module; while another thread loads it, wait for the end of that.

    `sys.modules` has a module before its names are there.
    """
    return importlib.import_module(module)
