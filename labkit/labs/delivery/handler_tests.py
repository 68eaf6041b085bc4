"""Runs a learner's unit tests of a handler, without a framework and without AWS."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd


def run_tests(tests: Path, tested: Path | ModuleType) -> pd.DataFrame:
    """Call each function of a file whose name begins with ``test_``, in the file's order.

    Parameters
    ----------
    tests
        The file of tests; it imports what it tests by its module's name.
    tested
        The file that is tested, or a module that takes its place.

    Returns
    -------
    pandas.DataFrame
        ``test``: the function's name; ``outcome``: "passed", or what it raised.
    """
    module = tested if isinstance(tested, ModuleType) else _load(tested)
    with _importable(module):
        found = vars(_load(tests))
    rows = [
        {"test": name, "outcome": _outcome(test)}
        for name, test in found.items()
        if name.startswith("test_") and callable(test)
    ]
    return pd.DataFrame(rows, columns=["test", "outcome"])


def _outcome(test: Any) -> str:
    try:
        test()
    except Exception as error:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    return "passed"


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _importable(module: ModuleType) -> Iterator[None]:
    """Let a module be imported by its name, for as long as this lasts."""
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        del sys.modules[module.__name__]
        if before is not None:
            sys.modules[module.__name__] = before
