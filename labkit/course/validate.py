"""Rules that every lesson keeps; a broken one is reported with file and line, and ends a build."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from labkit.course.cells import Cell, LessonError
from labkit.course.contract import Exercise
from labkit.course.definitions import load_exercises
from labkit.course.exercise_calls import lesson_calls
from labkit.course.lesson import PARAMETERS, Lesson, nearest
from labkit.course.minutes import EXERCISE_RANGE_MIN, exercise_minutes
from labkit.course.sections import needs_of_core
from labkit.course.solution_markers import BEGIN_SOLUTION, END_SOLUTION

SMOKE_PARAMETERS = {"target": "local", "quick": True}
"""What a smoke run sets in every lesson's parameters cell."""

REQUIRED_PARAMETERS = {*SMOKE_PARAMETERS, "region"}

LONGEST_MEDIAN_LINES = 10
"""The 90th percentile of code lines in cells of dask-tutorial and xarray-tutorial."""

ANSWER = "**The answer.**"
"""Stands in the recap before the answer to the lesson's question."""

_IN_BACKTICKS = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_CODE = re.compile(r"\w\(|\w ?= ?[\"\[{\w]|[\[{][\"{]|\w_\w|\$\w")
"""What is code wherever it stands: a call, an assignment, a name with an underscore."""

_TITLE = re.compile(r"^# ", re.MULTILINE)


def problems(lesson: Lesson) -> list[str]:
    """Return one line, beginning with file and line number, for each rule that a lesson breaks."""
    try:
        exercises = load_exercises(lesson)
    except LessonError as error:
        return [str(error)]
    found = [
        *_parameters(lesson),
        *_prose(lesson),
        *_regions(lesson),
        *_names(lesson, exercises),
        *_completeness(lesson, exercises),
        *_hints(lesson, exercises),
        *_wrong_answers(lesson),
        *_core(lesson),
        *_question(lesson),
    ]
    return [f"{lesson.place(line)}: {text}" for line, text in sorted(found)]


Found = Iterator[tuple[int, str]]


def _parameters(lesson: Lesson) -> Found:
    """Check that there is one parameters cell, with what every lesson takes."""
    cells = [cell for cell in lesson.cells if PARAMETERS in cell.tags]
    if len(cells) != 1:
        line = cells[1].line if cells else 1
        yield line, f"there must be one cell with the tag {PARAMETERS!r}, not {len(cells)}."
        return
    names = {n.id for n in ast.walk(ast.parse(cells[0].source)) if isinstance(n, ast.Name)}
    for name in sorted(REQUIRED_PARAMETERS - names):
        yield cells[0].line, f"the parameters cell does not set {name!r}."


def _prose(lesson: Lesson) -> Found:
    """Check headings and the length of cells."""
    for cell in lesson.cells:
        if cell.kind == "markdown" and _TITLE.search(cell.source):
            yield cell.line, "the title comes from the front matter: begin headings with ##."
    lengths = [_code_lines(cell) for cell in lesson.cells if cell.kind == "code" and cell.is_shown]
    if lengths and median(lengths) > LONGEST_MEDIAN_LINES:
        yield (
            1,
            (
                f"half of the code cells have more than {median(lengths):g} lines; "
                f"the median may be {LONGEST_MEDIAN_LINES} at most."
            ),
        )


def _core(lesson: Lesson) -> Found:
    """Check that the core stands without the extra sections, and that exercises are of a length."""
    for line, name in needs_of_core(lesson):
        yield line, f"core code uses {name!r}, which only an extra section gives a value."
    shortest, longest = EXERCISE_RANGE_MIN
    for name, minutes in exercise_minutes(lesson.cells).items():
        if not shortest <= minutes <= longest:
            yield 1, f"the exercise {name!r} takes {minutes} min; {shortest} to {longest} is right."


def _question(lesson: Lesson) -> Found:
    """Check that the recap answers what the lesson asks at its top."""
    recaps = [cell for cell in lesson.cells if re.search(r"^## Recap", cell.source, re.MULTILINE)]
    if lesson.question and not any(ANSWER in cell.source for cell in recaps):
        yield 1, f"the recap does not answer the question: it has no {ANSWER}"


def _code_lines(cell: Cell) -> int:
    """Count a cell's lines that are neither empty nor a comment."""
    lines = [line.strip() for line in cell.source.splitlines()]
    return sum(1 for line in lines if line and not line.startswith("#"))


def _regions(lesson: Lesson) -> Found:
    """Check that solutions are in the cells of exercises, opened and closed in turn."""
    for cell in lesson.cells:
        opened = False
        count = 0
        for line, text in enumerate(cell.source.splitlines(), start=cell.line):
            if text.strip() not in (BEGIN_SOLUTION, END_SOLUTION):
                continue
            count += 1
            if (text.strip() == BEGIN_SOLUTION) is opened:
                yield line, f"{text.strip()} does not follow its counterpart."
            opened = text.strip() == BEGIN_SOLUTION
        if opened:
            yield cell.line, f"a solution of this cell has no {END_SOLUTION}."
        if count and not cell.exercise:
            yield cell.line, 'a solution stands in a cell without exercise="…".'
        if cell.exercise and not count:
            yield cell.line, f"the cell of exercise {cell.exercise!r} has no solution region."


def _names(lesson: Lesson, exercises: dict[str, Exercise]) -> Found:
    """Check that every exercise that is named exists."""
    named: list[tuple[int, str]] = [(call.line, call.exercise) for call in lesson_calls(lesson)]
    for cell in lesson.cells:
        named += [(cell.line, name) for name in (cell.exercise, cell.wrong) if name]
    for line, name in named:
        if name not in exercises:
            yield line, f"no exercise has the id {name!r}. {nearest(name, exercises)}"


def _completeness(lesson: Lesson, exercises: Iterable[str]) -> Found:
    """Check that every exercise has a cell, and a check that learners run."""
    checked = {call.exercise for call in lesson_calls(lesson) if call.method == "check"}
    for name in exercises:
        if name not in lesson.exercises:
            yield 1, f"the exercise {name!r} has no cell to fill in."
        elif name not in checked:
            yield lesson.cells_of(name)[0].line, f'no cell calls lab.check("{name}").'


def _hints(lesson: Lesson, exercises: Mapping[str, Exercise]) -> Found:
    """Check that code in a hint is marked as code: Markdown would take its signs away."""
    for name, exercise in exercises.items():
        for number, hint in enumerate(exercise.hints, start=1):
            if code := _CODE.search(_IN_BACKTICKS.sub("", hint)):
                line = lesson.cells_of(name)[0].line if name in lesson.exercises else 1
                yield line, f"hint {number} of {name!r} has code without backticks: {code[0]!r}."


def _wrong_answers(lesson: Lesson) -> Found:
    """Check that each wrong answer says what its message must contain."""
    for cell in lesson.cells:
        if (cell.wrong is None) is not (cell.expect is None):
            yield cell.line, "wrong and expect go together."
