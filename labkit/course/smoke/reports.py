"""Reports of smoke runs: what is known of each lesson's run, as a table, as JSON and as JUnit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree

from labkit.course.build import Edition
from labkit.course.cards import CheckOutcome

SLOWEST = 5
"""Cells that the table names."""

WIDEST_CELL = 60
"""Characters of a cell's first line in the table."""


@dataclass(frozen=True)
class ExerciseReport:
    """How an exercise ended: outcome, seconds that its checks took, last message."""

    outcome: str
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class SlowCell:
    """A cell that took long: its number in the edition, seconds, first line."""

    cell: str
    seconds: float
    text: str


@dataclass(frozen=True)
class LessonReport:
    """How one lesson's smoke run went.

    Attributes
    ----------
    lesson
        Number and slug.
    edition
        Folder of the edition that was run.
    seconds
        Time from start to the end of its last process, in seconds.
    exercises
        How each exercise ended.
    created
        Number of resources created, by kind.
    usd
        What it held cost by the hour, or would have cost in an account, in USD.
    left
        What was left: resources, processes, folders. One line each.
    error
        What stopped the notebook, with the number of the cell; empty if nothing did.
    interrupted, not_run
        Whether it was stopped on the way, or never started, because the smoke run was told to stop.
    slowest
        The cells that took longest.
    executed
        Text of the executed notebook, as far as it came; empty where there is none.
    """

    lesson: str
    edition: str = Edition.SOLVED.value
    seconds: float = 0.0
    exercises: Mapping[str, ExerciseReport] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)
    usd: float = 0.0
    left: Sequence[str] = ()
    error: str = ""
    interrupted: bool = False
    not_run: bool = False
    slowest: Sequence[SlowCell] = ()
    executed: str = field(default="", repr=False)

    @property
    def wanted(self) -> str:
        """The outcome that each exercise should have in this edition."""
        blank = self.edition == Edition.LEARNER.value
        return CheckOutcome.NOT_ATTEMPTED.value if blank else CheckOutcome.PASSED.value

    @property
    def as_wanted(self) -> int:
        """Number of exercises that ended as they should."""
        return sum(exercise.outcome == self.wanted for exercise in self.exercises.values())

    @property
    def outcome(self) -> str:
        """``passed``, ``failed``, ``interrupted`` or ``not run``."""
        if self.not_run:
            return "not run"
        if self.interrupted:
            return "interrupted"
        return "passed" if not self.details else "failed"

    @property
    def passed(self) -> bool:
        """Whether nothing failed and nothing was left."""
        return self.outcome == "passed"

    @property
    def details(self) -> list[str]:
        """One line or more for everything that was not as it should be."""
        lines = [self.error] if self.error else []
        lines += [
            f"exercise {name}: {exercise.outcome}"
            for name, exercise in self.exercises.items()
            if exercise.outcome != self.wanted
        ]
        return [*lines, *(f"left: {thing}" for thing in self.left)]


def table(reports: Sequence[LessonReport]) -> str:
    """Return the reports as text: a row for each, what went wrong, the slowest cells, the sum."""
    width = max((len(report.lesson) for report in reports), default=6)
    lines = [f"{'lesson':{width}}  seconds  exercises  created   USD  left  outcome"]
    for report in reports:
        exercises = f"{report.as_wanted}/{len(report.exercises)}"
        lines.append(
            f"{report.lesson:{width}}  {report.seconds:7.1f}  {exercises:>9}  "
            f"{sum(report.created.values()):7}  {report.usd:4.2f}  {len(report.left):4}  "
            f"{report.outcome}"
        )
    lines += [f"{report.lesson}: {detail}" for report in reports for detail in report.details]
    return "\n".join([*lines, *_slowest(reports), summary(reports)])


def in_one_line(report: LessonReport) -> str:
    """Return a lesson's outcome, time and exercises."""
    exercises = f"{report.as_wanted} of {len(report.exercises)} exercises as they should be"
    return f"{report.lesson} {report.outcome}, {report.seconds:.0f} s, {exercises}"


def _slowest(reports: Sequence[LessonReport]) -> list[str]:
    cells = [(cell, report.lesson) for report in reports for cell in report.slowest]
    cells.sort(key=lambda pair: -pair[0].seconds)
    shown = [
        f"  {cell.seconds:6.1f} s  {lesson}, {cell.cell}: {cell.text[:WIDEST_CELL]}"
        for cell, lesson in cells[:SLOWEST]
    ]
    return ["slowest cells:", *shown] if shown else []


def summary(reports: Sequence[LessonReport]) -> str:
    """Return the last line of a smoke run."""
    counts = {"passed": 0, "failed": 0}
    for report in reports:
        counts[report.outcome] = counts.get(report.outcome, 0) + 1
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def as_json(reports: Sequence[LessonReport]) -> str:
    """Return the reports as one JSON array; the executed notebooks are left out."""
    rows: list[dict[str, Any]] = []
    for report in reports:
        row = asdict(report) | {"outcome": report.outcome}
        for field_name in ("executed", "interrupted", "not_run"):
            del row[field_name]
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False, indent=1)


def junit(reports: Sequence[LessonReport]) -> str:
    """Return the reports as JUnit XML: a suite for each lesson, a case for it and each exercise.

    The elements are those that Jenkins, GitLab and pytest agree on:
    https://github.com/testmoapp/junitxml
    """
    suites = ElementTree.Element("testsuites", name="labkit smoke")
    for report in reports:
        suites.append(_suite(report))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(report: LessonReport) -> ElementTree.Element:
    cases = [_lesson_case(report), *_exercise_cases(report)]
    counts = {
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    suite = ElementTree.Element(
        "testsuite", name=report.lesson, time=str(report.seconds), tests=str(len(cases))
    )
    for name, count in counts.items():
        suite.set(name, str(count))
    properties = ElementTree.SubElement(suite, "properties")
    for kind, count in report.created.items():
        ElementTree.SubElement(properties, "property", name=f"created: {kind}", value=str(count))
    ElementTree.SubElement(properties, "property", name="USD by the hour", value=f"{report.usd}")
    suite.extend(cases)
    return suite


def _lesson_case(report: LessonReport) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=report.edition, name=report.lesson, time=str(report.seconds)
    )
    if report.not_run:
        ElementTree.SubElement(case, "skipped", message="the smoke run was interrupted before")
    elif report.error:
        _told(case, "error", report.error)
    elif report.left:
        _told(case, "failure", "\n".join(["left:", *report.left]))
    slow = "\n".join(f"{cell.seconds:.1f} s  {cell.cell}: {cell.text}" for cell in report.slowest)
    if slow:
        ElementTree.SubElement(case, "system-out").text = printable(f"slowest cells:\n{slow}")
    return case


def _exercise_cases(report: LessonReport) -> list[ElementTree.Element]:
    cases = []
    for name, exercise in report.exercises.items():
        case = ElementTree.Element(
            "testcase",
            classname=f"{report.edition}.{report.lesson}",
            name=name,
            time=str(exercise.seconds),
        )
        if exercise.outcome != report.wanted:
            _told(case, "failure", f"{exercise.outcome}\n{exercise.message}".strip())
        cases.append(case)
    return cases


def _told(case: ElementTree.Element, kind: str, text: str) -> None:
    text = printable(text)
    ElementTree.SubElement(case, kind, message=text.partition("\n")[0]).text = text


def printable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold, such as the escapes that colour a traceback."""
    return "".join(character for character in text if character in "\n\t" or character >= " ")
