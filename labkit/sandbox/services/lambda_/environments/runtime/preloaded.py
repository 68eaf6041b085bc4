"""What a runtime on AWS has loaded before the function: here each is loaded when it is asked for.

Loading all of it was a third of a cold start's processor time, and most functions need little of
it. What is different for a function otherwise stays as on AWS: a package's own module of such a
name is not found, because the standard library's is there first; `logging` has its handler.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

NAMES = frozenset(
    (
        *("array", "atexit", "contextlib", "errno", "linecache", "logging", "math", "select"),
        *("selectors", "socket", "string", "textwrap", "token", "tokenize", "traceback", "typing"),
        "weakref",
    )
)
"""The modules of the standard library that a runtime's own program loads, those apart that this
one has loaded anyhow."""

WITH_LOGGING = "log_events"
"""Our module that is loaded with `logging`."""


class Finder:
    """Finds modules of `NAMES` in the standard library alone.

    Parameters
    ----------
    library
        The folders of the standard library.
    when_loaded
        By its name, what is called when a module is loaded, before anybody gets it.
    """

    def __init__(self, library: list[str], when_loaded: dict[str, Callable[[], None]]) -> None:
        self._library = library
        self._when_loaded = when_loaded

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Find a module, as `sys.meta_path` asks for it."""
        spec = PathFinder.find_spec(name, self._library) if name in NAMES else None
        if spec is not None and name in self._when_loaded:
            _follow(spec.loader, self._when_loaded[name])
        return spec


def watch(folder: str, library: list[str], logging: Callable[[Any], None]) -> None:
    """Have modules of `NAMES` found from now on as on AWS.

    Parameters
    ----------
    folder
        Where this file is.
    library
        The folders of the standard library.
    logging
        Called with our `log_events` when `logging` is loaded.
    """

    def with_logging() -> None:
        util = importlib.import_module("importlib.util")
        spec = PathFinder.find_spec(WITH_LOGGING, [folder])
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)  # type: ignore[union-attr]  # it is there
        logging(module)

    sys.meta_path.insert(0, Finder(library, {"logging": with_logging}))


def _follow(loader: Any, then: Callable[[], None]) -> None:
    """Let a loader call something once it has run its module."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        then()

    loader.exec_module = exec_module
