"""Tries a lesson's wrong answers in a kernel, each where a learner would give it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import KernelManager

from labkit.aws.operations import only_reads
from labkit.aws.trace import TRACE
from labkit.course.calls import lesson_calls
from labkit.course.lesson import PARAMETERS, Cell, Lesson
from labkit.course.progress import Event, read_events
from labkit.course.regions import solved_source
from labkit.course.validate import SMOKE_PARAMETERS

SIDE_BY_SIDE = 2
"""Kernels for one lesson: most of the time is waiting."""

CELL_S = 300
START_S = 60

KEEP_NAMES = "import builtins\n\nbuiltins.kept_names = dict(get_ipython().user_ns)"

GIVE_NAMES_BACK = """\
import builtins

for name in set(get_ipython().user_ns) - set(builtins.kept_names):
    del get_ipython().user_ns[name]
get_ipython().user_ns.update(builtins.kept_names)"""

SET_PARAMETERS = "\n".join(f"{name} = {value!r}" for name, value in SMOKE_PARAMETERS.items())


@dataclass(frozen=True)
class Tried:
    """What became of a wrong answer: its check's record, and what its own cells raised."""

    event: Event | None
    raised: str


def wrong_cells(lesson: Lesson) -> list[Cell]:
    """Return the wrong answers that a lesson lists."""
    return [cell for cell in lesson.cells if cell.wrong]


def try_wrong_answers(lesson: Lesson, folder: Path) -> list[Tried]:
    """Run every wrong answer of a lesson and return what became of each.

    No answer meets what another one made: after one that changed anything, the run is torn down and
    the lesson begins again. Answers that only read, or are no more than a value, share a run.
    """
    wrong = wrong_cells(lesson)
    share = -(-len(wrong) // SIDE_BY_SIDE)
    parts = [wrong[start : start + share] for start in range(0, len(wrong), share)]
    folders = [folder / f"part-{number}" for number in range(len(parts))]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        tried = pool.map(lambda part: _try(lesson, *part), zip(parts, folders, strict=True))
        return [one for part in tried for one in part]


def _try(lesson: Lesson, wrong: list[Cell], folder: Path) -> list[Tried]:
    folder.mkdir()
    with _kernel(folder) as client:
        walk = _Walk(lesson, client, folder)
        tried = [walk.answer(cell) for cell in wrong]
        walk.start_over()
    return tried


@contextmanager
def _kernel(folder: Path) -> Iterator[Any]:
    hidden = ("LABKIT_SANDBOX", "LABKIT_TARGET")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    with TemporaryDirectory(prefix="labkit-") as sockets:  # ports can be taken by another kernel
        manager = KernelManager(transport="ipc", ip=f"{sockets}/kernel")
        manager.start_kernel(
            cwd=str(folder),
            env=environment
            | {
                "LABKIT_STATE_DIR": str(folder / "state"),
                "LABKIT_RESULTS": str(folder / "results.jsonl"),
                TRACE: str(folder / "calls.jsonl"),
                "TQDM_DISABLE": "1",
            },
        )
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_S)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel()


class _Walk:
    """A learner's way through a lesson, solved up to where it stands."""

    def __init__(self, lesson: Lesson, client: Any, folder: Path) -> None:
        self._cells = [cell for cell in lesson.cells if cell.kind == "code" and cell.is_shown]
        self._lesson = lesson
        self._client = client
        self._folder = folder
        self._next = 0
        self._changed = False

    def answer(self, wrong: Cell) -> Tried:
        """Answer wrongly and check."""
        first = self._cells.index(self._lesson.cells_of(str(wrong.wrong))[0])
        last = self._check_of(str(wrong.wrong))
        if self._changed or self._next > first:
            self.start_over()
        for cell in self._cells[self._next : first]:
            self._solve(cell)
        self._next = first
        self._run(KEEP_NAMES)
        before, calls = len(self._events()), len(self._calls())
        between = self._cells[first + 1 : last]
        raised = [self._run(solved_source(cell), may_raise=True) for cell in (wrong, *between)]
        self._changed = not all(only_reads(operation) for operation in self._calls()[calls:])
        self._run(self._cells[last].source, may_raise=True)
        self._run(GIVE_NAMES_BACK)
        events = self._events()[before:]
        return Tried(events[-1] if events else None, "; ".join(filter(None, raised)))

    def start_over(self) -> None:
        """Tear the run down; the next answer begins with the lesson's first cell."""
        if self._next:
            self._run("assert lab.teardown(progress=False).clean")
        self._next, self._changed = 0, False

    def _check_of(self, exercise: str) -> int:
        line = next(
            call.line
            for call in lesson_calls(self._lesson)
            if (call.method, call.exercise) == ("check", exercise)
        )
        return next(
            position
            for position, cell in enumerate(self._cells)
            if cell.line <= line < cell.line + len(cell.source.splitlines())
        )

    def _solve(self, cell: Cell) -> None:
        self._run(solved_source(cell))
        if PARAMETERS in cell.tags:
            self._run(SET_PARAMETERS)

    def _run(self, source: str, may_raise: bool = False) -> str:
        """Run a cell and return what it raised, or nothing."""
        reply = self._client.execute_interactive(
            source,
            allow_stdin=False,
            stop_on_error=False,
            timeout=CELL_S,
            output_hook=lambda message: None,
        )["content"]
        error = "" if reply["status"] == "ok" else f"{reply.get('ename')}: {reply.get('evalue')}"
        assert may_raise or not error, f"{source}\n{error}"
        return error

    def _events(self) -> list[Event]:
        return read_events(self._folder / "results.jsonl")

    def _calls(self) -> list[str]:
        path = self._folder / "calls.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line)["operation"] for line in lines]
