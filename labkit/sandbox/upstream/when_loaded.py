"""Taking seams in a module as soon as it is loaded, whoever loads it.

MiniStack loads a service when its first request comes, or when another service, a thread or a stack
calls it in process. Loading all of them at the start would take longer than the sandbox may take to
be healthy. So a finder stands first in `sys.meta_path`: a module in which seams are taken is given
to nobody before they are.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from weakref import WeakSet

Install = Callable[[], None]

TAKING = threading.RLock()
"""Is held while seams are taken, so that none is taken twice and none is missed, whichever threads
come first. Who holds it loads no module of upstream."""

_waiting: dict[str, list[Install]] = {}
_taken: WeakSet[ModuleType] = WeakSet()
"""Modules whose seams are taken; one of them may be within the last step of its import still."""


def when_loaded(module: str, install: Install) -> None:
    """Call `install` once `module` is loaded, before anybody gets it; at once if it is loaded.

    Parameters
    ----------
    module
        A module or package of MiniStack or moto; of a package, all that it imports is loaded then.
    install
        Takes the seams. If it raises, the import fails with that, and the next one tries again.
    """
    with TAKING:
        if _is_loaded(module):
            install()
        else:
            _waiting.setdefault(module, []).append(install)
            if _FINDER not in sys.meta_path:
                sys.meta_path.insert(0, _FINDER)


class _Finder(MetaPathFinder):
    """Finds the modules that are waited for, and has them loaded by `_Loader`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _waiting:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Takes a module's seams as the last step of its loading, within the lock of its import."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        with TAKING:
            for install in _waiting[self.name]:
                install()
            del _waiting[self.name]
            _taken.add(module)


_FINDER = _Finder()


def _is_loaded(module: str) -> bool:
    found = sys.modules.get(module)
    if found in _taken:
        return True
    spec = getattr(found, "__spec__", None)
    return spec is not None and not getattr(spec, "_initializing", False)
