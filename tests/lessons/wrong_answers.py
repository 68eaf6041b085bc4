"""A notebook that tries a lesson's wrong answers one after another, each in a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat

from labkit.course.calls import lesson_calls
from labkit.course.lesson import PARAMETERS, Cell, Lesson
from labkit.course.progress import Event, read_events
from labkit.course.regions import solved_source
from labkit.course.validate import SMOKE_PARAMETERS

SIDE_BY_SIDE = 3
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def wrong_cells(lesson: Lesson) -> list[Cell]:
    """Return the wrong answers that a lesson lists."""
    return [cell for cell in lesson.cells if cell.wrong]


def try_wrong_answers(lesson: Lesson, folder: Path) -> list[Event | None]:
    """Run every wrong answer of a lesson and return what each one's check recorded.

    For each answer the lesson is run up to its exercise and torn down after the check, so that no
    answer meets what another one made. That is mostly waiting, so several notebooks share the work.
    """
    numbered = list(enumerate(wrong_cells(lesson)))
    shares = [numbered[share::SIDE_BY_SIDE] for share in range(SIDE_BY_SIDE)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for error in pool.map(lambda share: _run(lesson, share, folder), filter(None, shares)):
            assert not error, error
    records = [read_events(folder / f"{number}.jsonl") for number, _ in numbered]
    return [events[-1] if events else None for events in records]


def _run(lesson: Lesson, wrong: list[tuple[int, Cell]], folder: Path) -> str:
    """Run some wrong answers in one kernel; return the end of what papermill says if it fails."""
    cells = [
        cell
        for number, answer in wrong
        for cell in _attempt(lesson, answer, folder / f"{number}.jsonl")
    ]
    path = folder / f"wrong-{wrong[0][0]}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    environment = {name: value for name, value in os.environ.items() if name != "LABKIT_SANDBOX"}
    ran = subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", str(path), os.devnull],
        cwd=folder,
        env=environment | {"LABKIT_STATE_DIR": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stderr[-3000:] if ran.returncode else ""


def _attempt(lesson: Lesson, wrong: Cell, results: Path) -> Iterator[Any]:
    """Yield the lesson's cells up to the exercise's check, with the wrong answer in its place."""
    assert wrong.wrong is not None
    replaced = lesson.cells_of(wrong.wrong)[0]
    check_line = next(
        call.line
        for call in lesson_calls(lesson)
        if (call.method, call.exercise) == ("check", wrong.wrong)
    )
    for cell in lesson.cells:
        if cell.kind != "code" or not cell.is_shown:
            continue
        if cell.line <= check_line < cell.line + len(cell.source.splitlines()):
            yield _code(f"import os\n\nos.environ['LABKIT_RESULTS'] = {str(results)!r}")
            yield _code(cell.source)
            break
        if cell is replaced:
            yield _code(solved_source(wrong), tags=["raises-exception"])
            continue
        yield _code(solved_source(cell))
        if PARAMETERS in cell.tags:
            yield _code(
                "\n".join(f"{name} = {value!r}" for name, value in SMOKE_PARAMETERS.items())
            )
    yield _code("del os.environ['LABKIT_RESULTS']\nassert lab.teardown(progress=False).clean")


def _code(source: str, tags: list[str] | None = None) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": tags or []})
