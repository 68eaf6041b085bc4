"""The ``%%function_file`` magic: a cell's text becomes a source file of the run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

from IPython.core.getipython import get_ipython

from labkit.errors import LabkitError

_STUB = re.compile(
    r"""^[ \t]*(?:lab\.todo|\# TODO: .*lab\.hint)\(\s*["']([^"']+)["']\s*\)""", re.MULTILINE
)
_USAGE = "The first line is %%function_file NAME, for example %%function_file order.py."


class NotWritten(LabkitError):
    """A ``%%function_file`` cell was refused; nothing was written."""


class MagicLab(Protocol):
    """What the magic needs of a `Lab`."""

    @property
    def folder(self) -> Path:
        """The folder that the file goes to."""

    @property
    def todo(self) -> Callable[[str], NoReturn]:
        """Raises NotAttempted for an exercise."""


def register(lab: MagicLab) -> None:
    """Make ``%%function_file`` write to this run's folder; outside IPython this does nothing."""
    shell: Any = get_ipython()
    if shell is None:
        return

    def function_file(line: str, cell: str) -> None:
        print(write_function_file(lab, line, cell))

    shell.register_magic_function(function_file, magic_kind="cell")


def write_function_file(lab: MagicLab, line: str, cell: str) -> str:
    """Write a cell's text to the file that the magic's line names.

    Parameters
    ----------
    line
        The rest of the magic's line: a file name, and ``--anyway`` to write what does not compile.
    cell
        The text below that line.

    Returns
    -------
    str
        A sentence that says what was written.

    Raises
    ------
    NotAttempted
        The text still holds an exercise's stub.
    NotWritten
        The line names no file, or one outside the run's folder; or the text does not compile.
    """
    words = line.split()
    anyway = "--anyway" in words
    name = _file_name([word for word in words if word != "--anyway"])
    if stub := _STUB.search(cell):
        lab.todo(stub[1])
    if not anyway and name.endswith(".py"):
        _compile(name, cell)
    path = lab.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(cell, encoding="utf-8")
    return f"{name} written, {len(cell.splitlines())} lines."


def _file_name(names: list[str]) -> str:
    """Return the one relative file name on the magic's line."""
    if len(names) != 1 or names[0].startswith("-"):
        raise NotWritten(f"{_USAGE} Nothing was written.")
    path = Path(names[0])
    if path.is_absolute() or ".." in path.parts:
        raise NotWritten(f"{names[0]} is outside this run's folder; nothing was written. {_USAGE}")
    return names[0]


def _compile(name: str, cell: str) -> None:
    """Refuse text that Python cannot compile; lines are counted as the cell shows them."""
    try:
        compile(cell, name, "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line + 1} of this cell" if line else "this cell"
        raise NotWritten(
            f"{where} does not compile: {getattr(error, 'msg', error)}. {name} was not written. "
            "Correct it and run the cell again "
            f"(%%function_file {name} --anyway writes it as it is)."
        ) from None
