"""Shows a cell's error as its reader needs it: what AWS said, what it means, which line asked.

The frames of labkit and botocore in between are left out; ``%tb`` shows them, too.
"""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from labkit.show.words import count

MAGIC = "library_frames"
"""The magic's name: ``%library_frames show`` and ``%library_frames hide``."""

UNANSWERED = (
    "The exercise's own cell, above, makes what is checked here. Put your code there and run it, "
    "then check again."
)
"""Is said of a name that a check hands over and nobody has made yet."""

OURS = Path(__file__).parents[1]
THEIRS = frozenset(["boto3", "botocore", "s3transfer"])
MACHINERY = frozenset(["IPython", "ipykernel", "concurrent"])
"""Never shown: what runs a cell, and what hands a call over to a thread of a pool."""


def shorten_errors(shell: Any) -> None:
    """Make an IPython shell leave the frames of labkit and botocore out of a cell's errors.

    ``%tb`` shows the last error with all frames; ``%library_frames show`` shows them always, and
    ``%library_frames hide`` leaves them out again.
    """

    def set_frames(line: str) -> None:
        if line.strip() not in ("show", "hide"):
            print(f"%{MAGIC} show: errors with all frames; %{MAGIC} hide: without labkit's.")
        elif line.strip() == "show":
            shell.set_custom_exc((), None)
        else:
            shell.set_custom_exc((Exception,), _shown)

    shell.register_magic_function(set_frames, magic_name=MAGIC)
    shell.set_custom_exc((Exception,), _shown)


def _shown(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error; IPython's own way unless it came through labkit or botocore."""
    own, hidden = _split(trace)
    if isinstance(error, NameError) and _in_a_check(own):
        error.add_note(UNANSWERED)
        shell._showtraceback(kind, error, [*_message(shell, kind, error), "", *_frames(shell, own)])
        return []
    special = isinstance(error, SyntaxError) or hasattr(error, "_render_traceback_")
    if special or not hidden or not own:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return []
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb and %debug
    lines = [*_message(shell, kind, error), "", *_frames(shell, own), _footer(error, hidden)]
    shell._showtraceback(kind, error, lines)
    return lines


def _split(trace: TracebackType | None) -> tuple[list[TracebackType], list[TracebackType]]:
    """Return a traceback's entries to show, and those to hide.

    Hidden is what labkit and botocore do, and what they have others do; a function of the cell's
    that they call is shown.
    """
    own: list[TracebackType] = []
    hidden: list[TracebackType] = []
    within = False
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if not MACHINERY & {*path.parts} or _is_cell(trace):
            library = OURS in path.parents or bool(THEIRS & {*path.parts})
            within = (within or library) and not _is_cell(trace)
            (hidden if within else own).append(trace)
        trace = trace.tb_next
    return own, hidden


def _in_a_check(own: list[TracebackType]) -> bool:
    """Whether the line of the cell that failed checks an exercise."""
    if not own or not _is_cell(own[-1]):
        return False
    line = linecache.getline(own[-1].tb_frame.f_code.co_filename, own[-1].tb_lineno)
    return line.lstrip().startswith("lab.check(")


def _is_cell(trace: TracebackType) -> bool:
    """Whether a frame is of code that a cell holds: such code has no file on a package's path."""
    return trace.tb_frame.f_globals.get("__name__") == "__main__"


def _message(shell: Any, kind: type[BaseException], error: BaseException) -> list[str]:
    """Return what the error says, and its notes after an empty line."""
    notes = getattr(error, "__notes__", [])
    said = "".join(shell.InteractiveTB.get_exception_only(kind, error)).rstrip("\n")
    if notes and (place := said.rfind("\n".join(notes))) > 0:
        return [said[:place].rstrip("\n"), "", *notes]
    return [said]


def _frames(shell: Any, own: list[TracebackType]) -> list[str]:
    """Return the lines of the cell that led to the error, marked as IPython marks them."""
    chain: TracebackType | None = None
    for one in reversed(own):
        chain = TracebackType(chain, one.tb_frame, one.tb_lasti, one.tb_lineno)
    blank = Exception()
    shown: list[str] = shell.InteractiveTB.structured_traceback(
        Exception, blank, chain, tb_offset=0
    )
    return shown[2:-1]  # without IPython's heading, and without what `blank` says


def _footer(error: BaseException, hidden: list[TracebackType]) -> str:
    """Say how many frames are not shown, and how to see them."""
    from botocore.exceptions import BotoCoreError, ClientError

    where = ""
    if not isinstance(error, BotoCoreError | ClientError):
        last = hidden[-1]
        path = Path(last.tb_frame.f_code.co_filename)
        name = path.relative_to(OURS.parent) if OURS in path.parents else path.name
        where = f"Raised in {name}, line {last.tb_lineno}. "
    return (
        f"{where}{count(len(hidden), 'frame')} of labkit and botocore not shown. "
        f"%tb shows them; %{MAGIC} show does so from now on."
    )
