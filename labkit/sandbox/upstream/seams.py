"""The places where the sandbox takes over from MiniStack, each checked when it is taken.

MiniStack moves fast and promises no internal interface, so a module of ours never assigns to one
of its names directly: it asks here, says which signature it was written against, and the server
refuses to start with a sentence that names the seam if that signature is gone.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

UPSTREAM = {"ministack": "1.5.33", "moto": "5.2.5"}
"""The versions every seam was written against; `pyproject.toml` pins the same."""

REMEDY = "install the locked packages again: make clean lab"


class SeamError(RuntimeError):
    """An upstream package is not the one that the sandbox was written against."""


def check_versions() -> None:
    """Check that the upstream packages have the versions of `UPSTREAM`.

    Raises
    ------
    SeamError
        If one has another version; the message names it and the remedy.
    """
    for package, expected in UPSTREAM.items():
        if (found := version(package)) != expected:
            raise SeamError(f"the sandbox needs {package} {expected} and found {found}; {REMEDY}")


def version(package: str) -> str:
    """Return the version of an installed package.

    It stands in the name of a folder on the path. `importlib.metadata`, which would read more,
    takes longer to load than much of the sandbox.

    Raises
    ------
    ModuleNotFoundError
        If there is no such package.
    """
    for place in sys.path:
        for folder in Path(place or ".").glob(f"{package}-*.dist-info"):
            return folder.stem.rpartition("-")[2]
    raise ModuleNotFoundError(f"No package {package}")


def replace(module: str, name: str, new: Any, *, like: str) -> Any:
    """Put `new` in the place of `module.name` and return what stood there.

    Parameters
    ----------
    module, name
        The upstream module and its attribute.
    new
        The replacement; a function takes the same arguments as what it replaces.
    like
        The signature that the seam had when `new` was written, as `inspect.signature` prints it
        without annotations; for a value that is no function, the name of its type.

    Raises
    ------
    SeamError
        If the attribute is missing or is not `like` that any more.
    """
    owner = importlib.import_module(module)
    old = getattr(owner, name, None)
    _check(module, name, old, like)
    setattr(owner, name, new)
    return old


def shape(value: Any) -> str:
    """Describe `value` as `replace` compares it: a function's parameters, or a type's name."""
    if not isinstance(value, Callable) or inspect.isclass(value):  # type: ignore[arg-type]
        return type(value).__name__
    parameters = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in inspect.signature(value).parameters.values()
    ]
    # A default that is an object without a name is written with its address, which says nothing.
    return re.sub(r"<object object at 0x[0-9a-f]+>", "object()", str(inspect.Signature(parameters)))


def replace_item(module: str, table: str, key: str, new: Any) -> Any:
    """Put `new` under `key` into the dictionary `module.table` and return what stood there.

    Raises
    ------
    SeamError
        If there is no such dictionary or it has no such key any more.
    """
    entries = getattr(importlib.import_module(module), table, None)
    if not isinstance(entries, dict) or key not in entries:
        package = module.partition(".")[0]
        raise SeamError(
            f"{module}.{table} of {package} {version(package)} has no entry {key!r}; {REMEDY}"
        )
    old = entries[key]
    entries[key] = new
    return old


def use(module: str, name: str, *, like: str) -> Any:
    """Return `module.name` for our own use, checked as `replace` checks it.

    Raises
    ------
    SeamError
        If the attribute is missing or is not `like` that any more.
    """
    value = getattr(importlib.import_module(module), name, None)
    _check(module, name, value, like)
    return value


def _check(module: str, name: str, value: Any, like: str) -> None:
    found = shape(value) if value is not None else "nothing"
    if found != like:
        package = module.partition(".")[0]
        raise SeamError(
            f"{module}.{name} of {package} {version(package)} is {found}; "
            f"the sandbox was written against {like}; {REMEDY}"
        )
