"""Walks through a lesson as an unlucky learner does, in one kernel.

At each exercise comes every wrong answer that the lesson lists, then the blank cell, then the right
answer; all else is run as it stands.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from labkit.aws.operations import only_reads
from labkit.aws.trace import TRACE
from labkit.course.build import Edition
from labkit.course.cards import CheckOutcome
from labkit.course.cells import Cell
from labkit.course.exercise_calls import lesson_calls
from labkit.course.lesson import PARAMETERS, Lesson, course_folder
from labkit.course.progress import ProgressEvent, read_events
from labkit.course.smoke import scratch
from labkit.course.solution_markers import solved_source
from labkit.course.validate import SMOKE_PARAMETERS
from tests.lessons.recorded_calls import Call

CELL_S = 300

SET_PARAMETERS = "\n".join(f"{name} = {value!r}" for name, value in SMOKE_PARAMETERS.items())

KEEP_STATE = """\
import builtins

from tests.lessons.take_back import Mark

builtins.mark = Mark(lab, get_ipython().user_ns)"""

TAKE_BACK = """\
import builtins

builtins.mark.take_back()"""


@dataclass
class Walked:
    """What a walk met.

    Attributes
    ----------
    unmet
        A line for each thing that was not as it has to be.
    notebook
        The solved edition, with its outputs.
    calls
        What the solved cells asked of AWS.
    left
        What was left when the kernel had ended: runs, processes, folders.
    """

    notebook: nbformat.NotebookNode
    unmet: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def walk(lesson: Lesson) -> Walked:
    """Walk through a lesson's built editions, with a sandbox and journals of its own."""
    with scratch.scratch_folder() as (folder, _):
        walked = Walked(nbformat.read(notebook_of(lesson, Edition.SOLVED), as_version=4))
        client = client_in(folder, walked.notebook)
        with client.setup_kernel(cwd=str(folder), env=kernel_environment(folder)):
            _Walk(lesson, client, folder, walked).run()
        walked.left += scratch.not_torn_down(folder)
        walked.left += [*scratch.processes_left(folder), *scratch.folders_left(folder)]
    return walked


def notebook_of(lesson: Lesson, edition: Edition) -> Path:
    return course_folder() / edition.value / lesson.notebook


def client_in(folder: Path, notebook: nbformat.NotebookNode) -> NotebookClient:
    """Return a client whose kernel opens no ports."""
    no_ports = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
    return NotebookClient(notebook, config=no_ports, allow_errors=True, timeout=CELL_S)


def kernel_environment(folder: Path) -> dict[str, str]:
    hidden = ("LABKIT_SANDBOX", "LABKIT_TARGET")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {
        "LABKIT_COURSE_DIR": str(course_folder()),
        "LABKIT_RESULTS": str(folder / "results.jsonl"),
        "LABKIT_STATE_DIR": str(folder / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TMPDIR": str(folder / "tmp"),
        "TQDM_DISABLE": "1",
        TRACE: str(folder / "calls.jsonl"),
    }


class _Stopped(AssertionError):
    """A cell that has to run did not."""


class _Walk:
    """One learner in one kernel. Positions count the lesson's cells as the editions have them."""

    def __init__(self, lesson: Lesson, client: NotebookClient, folder: Path, met: Walked) -> None:
        blank = nbformat.read(notebook_of(lesson, Edition.LEARNER), as_version=4)
        self._lesson = lesson
        self._cells = [lesson.title_cell, *(cell for cell in lesson.cells if cell.is_shown)]
        self._blank = [str(cell.source) for cell in blank.cells]
        self._client = client
        self._folder = folder
        self._met = met
        self._next = 0
        self._disturbed = False

    def run(self) -> None:
        """Walk from the first cell to the last."""
        assert len(self._cells) == len(self._blank) == len(self._client.nb.cells)
        for exercise in self._lesson.exercises:
            first = self._cells.index(self._lesson.cells_of(exercise)[0])
            check = self._check_of(exercise)
            self._solve(first)
            for wrong in (cell for cell in self._lesson.cells if cell.wrong == exercise):
                self._answer_wrongly(wrong, first, check)
            self._answer(exercise, first, check)
        self._solve(len(self._cells))

    def _solve(self, end: int) -> None:
        """Run the cells up to a position, blank ones before their solution."""
        for position in range(self._next, end):
            cell, node = self._cells[position], self._client.nb.cells[position]
            if cell.exercise:
                self._leave_blank(position)
            elif self._blank[position] != node.source:
                self._met.unmet.append(f"{self._place(cell)}: the editions differ here")
            begin = len(self._calls())
            self._client.execute_cell(node, position)
            self._met.calls += self._calls()[begin:]
            self._next = position + 1
            if raised := error_of(node):
                raise _Stopped(f"{self._place(cell)}: {raised}")
            if PARAMETERS in cell.tags:
                self._run(SET_PARAMETERS)

    def _leave_blank(self, position: int) -> None:
        raised = self._run(self._blank[position])
        if not raised.startswith("NotAttempted:"):
            place = self._place(self._cells[position])
            self._met.unmet.append(f"{place}: the blank cell gives {raised or 'no error'}")

    def _answer_wrongly(self, wrong: Cell, first: int, check: int) -> None:
        """Give a wrong answer, which has to get the message meant for it; then take it back.

        What an earlier wrong answer left can be in the way. Then this one is tried once more in a
        run of its own.
        """
        disturbed = self._disturbed
        event, raised = self._checked(wrong, first, check)
        if disturbed and not _meant(wrong, event):
            self._start_over(first)
            event, raised = self._checked(wrong, first, check)
        if not _meant(wrong, event):
            said = event.message if event else "its check recorded nothing"
            said += f" (the answer raised {raised})" if raised else ""
            self._met.unmet.append(f"{self._place(wrong)}: {wrong.expect!r} is not in {said!r}")

    def _checked(self, wrong: Cell, first: int, check: int) -> tuple[ProgressEvent | None, str]:
        """Give a wrong answer in place of the right one.

        Returns
        -------
        ProgressEvent or None
            What its check recorded.
        str
            What the answer itself raised, if anything.
        """
        self._run(KEEP_STATE, must_run=True)
        checked, called = len(self._checks()), len(self._calls())
        raised = self._run(solved_source(wrong))
        for position in range(first + 1, check + 1):
            self._run(self._client.nb.cells[position].source)
        events, calls = self._checks()[checked:], self._calls()[called:]
        self._disturbed |= not all(only_reads(call.operation) for call in calls)
        self._run(TAKE_BACK, must_run=True)
        return (events[-1] if events else None), raised

    def _answer(self, exercise: str, first: int, check: int) -> None:
        """Answer rightly, which has to pass; a learner who was wrong before is no worse off."""
        try:
            self._solve(check + 1)
            if self._checks()[-1].outcome == CheckOutcome.PASSED:
                return
        except _Stopped:
            if not self._disturbed:
                raise
        if self._disturbed:
            self._start_over(first)
            self._solve(check + 1)
        result = self._checks()[-1]
        if (result.exercise, result.outcome) != (exercise, CheckOutcome.PASSED):
            self._met.unmet.append(f"{self._place(self._cells[first])}: {result.message}")

    def _start_over(self, position: int) -> None:
        """Tear the run down and come back to a position by the right answers."""
        self._run("assert lab.teardown(progress=False).clean", must_run=True)
        self._next, self._disturbed = 0, False
        self._solve(position)

    def _run(self, source: str, must_run: bool = False) -> str:
        """Run a cell that is in no edition; return what it raised, if anything."""
        cells = self._client.nb.cells
        cells.append(nbformat.v4.new_code_cell(source))
        try:
            raised = error_of(self._client.execute_cell(cells[-1], len(cells) - 1))
        finally:
            cells.pop()
        if must_run and raised:
            raise _Stopped(f"{source}\n{raised}")
        return raised

    def _check_of(self, exercise: str) -> int:
        line = next(
            call.line
            for call in lesson_calls(self._lesson)
            if (call.method, call.exercise) == ("check", exercise)
        )
        return next(
            position
            for position, cell in enumerate(self._cells[1:], start=1)
            if cell.line <= line < cell.line + len(cell.source.splitlines())
        )

    def _checks(self) -> list[ProgressEvent]:
        events = read_events(self._folder / "results.jsonl")
        return [event for event in events if event.event == "check"]

    def _calls(self) -> list[Call]:
        path = self._folder / "calls.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    def _place(self, cell: Cell) -> str:
        return self._lesson.place(cell.line)


def error_of(cell: nbformat.NotebookNode) -> str:
    """Return the error that a cell ended with, in one line."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return f"{errors[0].ename}: {errors[0].evalue}" if errors else ""


def _meant(wrong: Cell, event: ProgressEvent | None) -> bool:
    """Whether a check said what the lesson expects it to say of a wrong answer."""
    if event is None or event.outcome != CheckOutcome.NOT_YET:
        return False
    return str(wrong.expect) in event.message
