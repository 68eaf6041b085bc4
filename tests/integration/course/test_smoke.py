"""Smoke runs of the sample course, with real kernels: what passes, what fails, what is left."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from junitparser import Error, Failure, JUnitXml

from labkit.cli import main
from labkit.course.build import Edition, build
from labkit.course.smoke.jobs import SmokeOptions, parse_parameters, plan
from labkit.course.smoke.lesson_job import _report
from labkit.course.smoke.local import run_here
from labkit.course.smoke.reports import ExerciseReport, LessonReport, SlowCell, junit, table
from labkit.course.smoke.runner import EXECUTED, OUTCOME
from labkit.errors import LabkitError
from labkit.polling import wait_until
from tests.support.course_samples import write_course
from tests.support.smoke_samples import add_lesson, processes, scratch_folders

CHANGES = {
    "01": (
        "import time\n\nfrom labkit import Lab\n\n"
        'real = Lab("greeting")\n'
        'real.client("sqs").create_queue(QueueName=real.name("orders"))\n'
        "time.sleep(1000)\nstart = 40\n"
    ),
    "02": (
        "import os\n\nstart = 40\n"
        'assert (target, quick, os.environ.get("LABKIT_SANDBOX")) == ("local", True, None)\n'
    ),
    "03": "start = 39\n",
    "04": "start = 1 / 0\n",
    "05": (
        "import subprocess\n\nstart = 40\n"
        'subprocess.Popen(["sleep", "100"], start_new_session=True)\n'
    ),
    "06": "import os\n\nos._exit(3)\nstart = 40\n",
}
CELL_S = 15
"""How long a cell of the first lesson may take; the others do not wait for it."""


@pytest.mark.slow
def test_each_lesson_gets_a_report_of_its_own(
    smoke_course: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.course.smoke.scratch.ENDING_S", 1.0)
    for number, change in CHANGES.items():
        add_lesson(smoke_course, number, "start = 40\n", change)
    build(smoke_course)
    first, *others = plan(SmokeOptions())
    reports = run_here([replace(first, cell_s=CELL_S), *others], at_a_time=3)
    endless, right, wrong, failing, littering, dying = reports

    assert right.passed
    assert right.details == []
    assert outcomes(right) == {"greeting-file": "passed", "number": "passed"}
    assert right.slowest[0].seconds >= right.slowest[-1].seconds
    assert list(smoke_course.glob("**/greeting.py")) == []

    assert wrong.details == ["exercise number: not yet"]
    assert "found: 41" in wrong.exercises["number"].message

    assert failing.error == "cell 7\n  ZeroDivisionError: division by zero"
    assert outcomes(failing) == {"greeting-file": "passed", "number": "not checked"}

    (left,) = littering.left
    assert not littering.passed
    assert wait_until(lambda: has_ended(int(left.removeprefix("process "))), seconds=5)

    assert dying.error == "cell 7: the kernel died (DeadKernelError)"
    assert outcomes(dying) == {"greeting-file": "passed", "number": "not checked"}
    assert "start = 40" in dying.executed

    assert endless.error == f"cell 7: ran for more than {CELL_S} s; its kernel was ended"
    assert endless.created == {"SQS queue": 1}
    assert endless.left == []
    assert processes(smoke_course) == []
    assert scratch_folders(smoke_course) == []


def outcomes(report: LessonReport) -> dict[str, str]:
    return {name: exercise.outcome for name, exercise in report.exercises.items()}


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_blank_edition_has_to_stop_at_each_exercise_and_is_solved_to_go_on(
    smoke_course: Path,
) -> None:
    for number in ("01", "02"):
        add_lesson(smoke_course, number, "start = 40\n", "start = 40\n")
    build(smoke_course)
    notebook = smoke_course / "notebooks" / "day-1" / "02-greeting.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace('lab.todo(\\"number\\")', "number = 1"), encoding="utf-8")
    blank, given_away = run_here(plan(SmokeOptions(edition=Edition.LEARNER)), at_a_time=2)
    assert blank.details == []
    assert outcomes(blank) == {"greeting-file": "not attempted", "number": "not attempted"}
    assert given_away.details == ["exercise number: not checked"]
    assert given_away.exercises["number"].message == "its blank cell: no error"


def test_the_command_writes_what_it_is_asked_for(
    smoke_course: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    add_lesson(smoke_course, "01", "start = 40\n", "start = 40\nassert region == 'eu-west-1'\n")
    build(smoke_course)
    report, pages = smoke_course / "report.xml", smoke_course / "pages"
    asked = ["--json", "--report", str(report), "--html", str(pages), "-p", "region=eu-west-1"]
    assert main(["smoke", *asked]) == 0
    (row,) = json.loads(capfd.readouterr().out)
    assert row["outcome"] == "passed"
    assert set(row["exercises"]) == {"greeting-file", "number"}
    (suite,) = JUnitXml.fromfile(str(report))
    assert [case.name for case in suite] == ["01-greeting", "greeting-file", "number"]
    assert "안녕, Kim" in (pages / "01-greeting.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_costs_no_result(
    smoke_course: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    add_lesson(smoke_course, "01", "start = 40\n", "start = 40\n")
    build(smoke_course)
    monkeypatch.setattr("labkit.course.smoke.command.run_here", lambda jobs, at_a_time: [GOOD])
    there = smoke_course / "new" / "report.xml"
    assert main(["smoke", "--report", str(there)]) == 0
    assert there.exists()
    assert main(["smoke", "--report", str(there / "report.xml")]) == 1
    said = capfd.readouterr()
    assert said.out.count("1 passed, 0 failed") == 2
    assert f"{there} could not be written" in said.err


GOOD = LessonReport(
    "01-one", seconds=1.5, exercises={"a": ExerciseReport("passed")}, created={"x": 2}, usd=0.1
)
BAD = LessonReport(
    "02-two",
    seconds=2.0,
    exercises={"a": ExerciseReport("not yet", 0.5, "expected: 1 | found: 2")},
    left=["queue orders"],
    error="cell 3\n  KeyError: '\x1b[31mx'",
    slowest=[SlowCell("cell 2", 1.2, "import this")],
)


def test_the_table_ends_with_what_went_wrong_and_the_sum() -> None:
    assert table([GOOD, BAD]).splitlines() == [
        "lesson  seconds  exercises  created   USD  left  outcome",
        "01-one      1.5        1/1        2  0.10     0  passed",
        "02-two      2.0        0/1        0  0.00     1  failed",
        "02-two: cell 3",
        "  KeyError: '\x1b[31mx'",
        "02-two: exercise a: not yet",
        "02-two: left: queue orders",
        "slowest cells:",
        "     1.2 s  02-two, cell 2: import this",
        "1 passed, 1 failed",
    ]


def test_a_standard_parser_finds_a_case_for_each_lesson_and_exercise() -> None:
    good, bad = JUnitXml.fromstring(junit([GOOD, BAD]).encode())
    assert (good.tests, good.failures, good.errors) == (2, 0, 0)
    assert (bad.tests, bad.failures, bad.errors) == (2, 1, 1)
    lesson, exercise = bad
    (error,), (failure,) = lesson.result, exercise.result
    assert isinstance(error, Error)
    assert isinstance(failure, Failure)
    assert error.text == "cell 3\n  KeyError: '[31mx'"
    assert failure.message == "not yet"
    assert (exercise.name, exercise.classname, exercise.time) == ("a", "solutions.02-two", 0.5)


def test_what_is_unknown_is_named_and_nothing_runs(smoke_course: Path) -> None:
    write_course(smoke_course)
    with pytest.raises(LabkitError, match="no lesson 'greting'"):
        plan(SmokeOptions(["greting"]))
    with pytest.raises(LabkitError, match="run labkit build first"):
        plan(SmokeOptions(["greeting"]))
    build(smoke_course)
    with pytest.raises(LabkitError, match=r"no parameter 'regoin'. Did you mean 'region'"):
        plan(SmokeOptions(parameters={"regoin": "x"}))
    with pytest.raises(LabkitError, match="-p quick: --quick or --full sets it"):
        plan(SmokeOptions(parameters={"quick": True}))
    with pytest.raises(LabkitError, match="write -p NAME=VALUE"):
        parse_parameters(["region"])
    assert parse_parameters(["rate=12", "sizes=[1, 2]"]) == {"rate": 12, "sizes": [1, 2]}


def test_a_job_survives_its_way_to_another_machine(smoke_course: Path) -> None:
    write_course(smoke_course)
    build(smoke_course)
    (job,) = plan(SmokeOptions())
    assert type(job).from_json(job.to_json()) == job
    assert str(smoke_course) not in job.to_json()
    assert os.environ["LABKIT_COURSE_DIR"] not in job.to_json()


def test_what_a_killed_runner_was_writing_is_as_if_it_were_not_there(smoke_course: Path) -> None:
    add_lesson(smoke_course, "01", "start = 40\n", "start = 40\n")
    build(smoke_course)
    (job,) = plan(SmokeOptions())
    for name in (OUTCOME, EXECUTED):
        (smoke_course / name).write_text('{"cells": [{"id"', encoding="utf-8")
    report = _report(job, smoke_course, -9, [], 1.0)
    assert report.error == "the process that ran the lesson ended with code -9: it said nothing"
    assert outcomes(report) == {"greeting-file": "not checked", "number": "not checked"}
    assert report.executed == ""
