"""Runs a learner's tests with pytest in a process of its own: of a handler, or of a service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from labkit.errors import LabkitError

NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""pytest starts in a third of the time without the plugins that happen to be installed."""

LONGEST_S = 30
"""What all tests of a file may take together: a handler is tested in milliseconds."""


def run_tests(
    tests: Path,
    tested: Path | None = None,
    source: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Let pytest run a file of tests beside the file that it tests.

    Parameters
    ----------
    tests
        The file of tests; it imports what it tests by its module's name.
    tested
        The file that is tested; None where the tests ask a service that runs.
    source
        What stands in its place, such as a handler with a mistake that the tests are to find.
    environment
        Variables of the environment that the tests are to have beside this process's own.

    Returns
    -------
    pandas.DataFrame
        ``test``: the function's name, with its parameters in brackets; ``outcome``: "passed", or
        the first line of what pytest says of its failure. A file that cannot be imported is one
        row.

    Raises
    ------
    LabkitError
        If the tests did not end within `LONGEST_S` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="labkit-tests-") as name:
        folder = Path(name)
        shutil.copy(tests, folder)
        if tested is not None:
            (folder / tested.name).write_text(
                tested.read_text(encoding="utf-8") if source is None else source, encoding="utf-8"
            )
        _run(folder, tests.name, {**os.environ, **NO_PLUGINS, **(environment or {})})
        cases = ElementTree.parse(folder / "report.xml").iter("testcase")
        rows = [{"test": case.get("name"), "outcome": _outcome(case)} for case in cases]
    return pd.DataFrame(rows, columns=["test", "outcome"])


def _run(folder: Path, tests: str, environment: dict[str, str]) -> None:
    options = ["-p", "no:cacheprovider", "--rootdir=.", "--junitxml=report.xml", "-q"]
    command = [sys.executable, "-m", "pytest", *options, tests]
    try:
        subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST_S,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise LabkitError(
            f"The tests in {tests} did not end within {LONGEST_S} s and were stopped. Look for a "
            "loop without an end, in a test or in the handler."
        ) from None


def _outcome(case: ElementTree.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            lines = (found.get("message") or found.text or kind).strip().splitlines()
            return lines[0]
    return "passed"
