"""Every kind of resource that labkit can create and take away again, by name.

A kind is a class in a file of this folder: it is found there, and listed nowhere.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from labkit.resources.kind import Kind


def modules() -> Iterator[ModuleType]:
    """Yield the files of kinds, in the order of their names."""
    for name in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        yield import_module(f"{__name__}.{name}")


def kinds_in(module: ModuleType) -> Iterator[Kind]:
    """Yield the kinds that a file defines, in its order: each class of `Kind` that has a name."""
    classes = (value for value in vars(module).values() if isinstance(value, type))
    for own in (value for value in classes if value.__module__ == module.__name__):
        if issubclass(own, Kind) and "name" in vars(own):
            yield own()


KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for module in modules() for kind in kinds_in(module)}
)
