"""Smoke runs of the sample course, with real kernels: what passes, what fails, what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from labkit.cli import main
from labkit.course.build import Edition, build
from labkit.course.smoke.jobs import Options, parse_parameters, plan
from labkit.course.smoke.local import run_here
from labkit.course.smoke.reports import ExerciseReport, Report, SlowCell, junit, table
from labkit.course.smoke.scratch import PREFIX
from labkit.errors import LabkitError
from labkit.polling import wait_until
from tests.unit.course_kernel import KERNEL_SAMPLE
from tests.unit.course_samples import write_course

SMOKE = [sys.executable, "-m", "labkit.cli", "smoke"]

FROM_THE_SANDBOX = """\
import time
from pathlib import Path

from labkit import Lab

real = Lab("greeting")
queue = real.client("sqs").create_queue(QueueName=real.name("orders"))
Path({marker!r}).touch()
time.sleep(1000)
start = 40
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a course whose kernels find the sample's helpers."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("LABKIT_SANDBOX", "not for smoke runs")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def add_lesson(course: Path, number: str, before: str, after: str) -> None:
    """Write one more copy of the sample lesson, changed in one place."""
    assert before in KERNEL_SAMPLE
    source = KERNEL_SAMPLE.replace(before, after).replace('"01"', f'"{number}"')
    write_course(course, source, f"{number}-greeting.py")


def scratch_folders(course: Path) -> list[Path]:
    return list(course.glob(f"{PREFIX}*"))


def processes(course: Path) -> list[int]:
    """Return the processes that have a path of a scratch folder in their environment."""
    return [p.pid for p in psutil.process_iter() if any(_of(p, course))]


def _of(process: psutil.Process, course: Path) -> Iterator[bool]:
    try:
        yield from (str(course / PREFIX) in value for value in process.environ().values())
    except psutil.Error:
        return


CHANGES = {
    "01": (
        "import os\n\nstart = 40\n"
        'assert (target, quick, os.environ.get("LABKIT_SANDBOX")) == ("local", True, None)\n'
    ),
    "02": "start = 39\n",
    "03": "start = 1 / 0\n",
    "04": (
        "import subprocess\n\nstart = 40\n"
        'subprocess.Popen(["sleep", "100"], start_new_session=True)\n'
    ),
    "05": "import os\n\nos._exit(3)\nstart = 40\n",
}


def test_each_lesson_gets_a_report_of_its_own(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.course.smoke.scratch.ENDING_S", 1.0)
    for number, change in CHANGES.items():
        add_lesson(course, number, "start = 40\n", change)
    build(course)
    right, wrong, failing, littering, dying = run_here(plan(Options()), at_a_time=2)

    assert right.passed
    assert right.details == []
    assert outcomes(right) == {"greeting-file": "passed", "number": "passed"}
    assert right.slowest[0].seconds >= right.slowest[-1].seconds
    assert list(course.glob("**/greeting.py")) == []

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
    assert scratch_folders(course) == []


def outcomes(report: Report) -> dict[str, str]:
    return {name: exercise.outcome for name, exercise in report.exercises.items()}


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_blank_edition_has_to_stop_at_each_exercise_and_is_solved_to_go_on(
    course: Path,
) -> None:
    write_course(course, KERNEL_SAMPLE)
    build(course)
    options = Options(edition=Edition.LEARNER)
    (blank,) = run_here(plan(options), at_a_time=1)
    assert blank.details == []
    assert outcomes(blank) == {"greeting-file": "not attempted", "number": "not attempted"}

    notebook = course / "notebooks" / "01-greeting.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace('lab.todo(\\"number\\")', "number = 1"), encoding="utf-8")
    (given_away,) = run_here(plan(options), at_a_time=1)
    assert given_away.details == ["exercise number: not checked"]
    assert given_away.exercises["number"].message == "its blank cell: no error"


def test_a_cell_that_takes_too_long_ends_the_kernel_and_what_it_made_goes(course: Path) -> None:
    marker = str(course / "marker")
    add_lesson(course, "01", "start = 40\n", FROM_THE_SANDBOX.format(marker=marker))
    build(course)
    (report,) = run_here(plan(Options(cell_s=15)), at_a_time=1)
    assert report.error == "cell 7: ran for more than 15 s; its kernel was ended"
    assert report.created == {"SQS queue": 1}
    assert report.left == []
    assert processes(course) == []
    assert scratch_folders(course) == []


@pytest.fixture
def waiting(course: Path) -> Iterator[subprocess.Popen[str]]:
    """A smoke run whose first lesson has made a queue and waits; its second has not begun."""
    marker = course / "marker"
    add_lesson(course, "01", "start = 40\n", FROM_THE_SANDBOX.format(marker=str(marker)))
    add_lesson(course, "02", "start = 40\n", "start = 40\n")
    build(course)
    report = course / "report.xml"
    process = subprocess.Popen(
        [*SMOKE, "-j", "1", "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    wait_until(marker.exists, seconds=60)
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_reports_what_there_was_and_leaves_nothing(
    course: Path, waiting: subprocess.Popen[str]
) -> None:
    waiting.send_signal(signal.SIGINT)
    said, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert "01-greeting: cell 7: was interrupted" in said
    assert said.splitlines()[-1] == "0 passed, 0 failed, 1 interrupted, 1 not run"
    suites = ElementTree.parse(course / "report.xml").getroot()
    assert [suite.get("skipped") for suite in suites] == ["0", "1"]
    assert processes(course) == []
    assert scratch_folders(course) == []


def test_a_killed_smoke_run_takes_its_lessons_along(
    course: Path, waiting: subprocess.Popen[str]
) -> None:
    waiting.kill()
    waiting.wait()
    wait_until(lambda: not scratch_folders(course), seconds=30, what="the scratch folder to go")
    wait_until(lambda: not processes(course), seconds=30, what="the lesson's processes to end")


def test_what_is_left_when_everything_is_killed_goes_with_the_next_run(
    course: Path, waiting: subprocess.Popen[str]
) -> None:
    (runner,) = psutil.Process(waiting.pid).children()
    waiting.kill()
    runner.kill()
    waiting.wait()
    assert len(scratch_folders(course)) == 1
    add_lesson(course, "01", "start = 40\n", "start = 40\n")
    build(course)
    (report,) = run_here(plan(Options(["01"])), at_a_time=1)
    assert report.passed
    assert scratch_folders(course) == []
    assert processes(course) == []


def test_a_killed_runner_is_reported_and_cleaned_up_after(
    course: Path, waiting: subprocess.Popen[str]
) -> None:
    (runner,) = psutil.Process(waiting.pid).children()
    runner.kill()
    said, _ = waiting.communicate(timeout=90)
    assert waiting.returncode == 1
    assert "01-greeting: the process that ran the lesson ended with code -9" in said
    assert said.splitlines()[-1] == "1 passed, 1 failed"
    assert scratch_folders(course) == []


def test_the_command_writes_what_it_is_asked_for(
    course: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    add_lesson(course, "01", "start = 40\n", "start = 40\nassert region == 'eu-west-1'\n")
    build(course)
    report, pages = course / "report.xml", course / "pages"
    asked = ["--json", "--report", str(report), "--html", str(pages), "-p", "region=eu-west-1"]
    assert main(["smoke", *asked]) == 0
    (row,) = json.loads(capfd.readouterr().out)
    assert row["outcome"] == "passed"
    assert set(row["exercises"]) == {"greeting-file", "number"}
    cases = ElementTree.parse(report).getroot().findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["01-greeting", "greeting-file", "number"]
    assert "안녕, Kim" in (pages / "01-greeting.html").read_text(encoding="utf-8")


GOOD = Report(
    "01-one", seconds=1.5, exercises={"a": ExerciseReport("passed")}, created={"x": 2}, usd=0.1
)
BAD = Report(
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


def test_junit_has_a_case_for_each_lesson_and_exercise() -> None:
    good, bad = ElementTree.fromstring(junit([GOOD, BAD]))
    assert [good.get(name) for name in ("tests", "failures", "errors")] == ["2", "0", "0"]
    assert [bad.get(name) for name in ("tests", "failures", "errors")] == ["2", "1", "1"]
    error, failure = bad.find("testcase/error"), bad.find("testcase/failure")
    assert error is not None
    assert failure is not None
    assert error.text == "cell 3\n  KeyError: '[31mx'"
    assert failure.get("message") == "not yet"


def test_what_is_unknown_is_named_and_nothing_runs(course: Path) -> None:
    write_course(course)
    with pytest.raises(LabkitError, match="no lesson 'greting'"):
        plan(Options(["greting"]))
    with pytest.raises(LabkitError, match="run labkit build first"):
        plan(Options(["greeting"]))
    build(course)
    with pytest.raises(LabkitError, match=r"no parameter 'regoin'. Did you mean 'region'"):
        plan(Options(parameters={"regoin": "x"}))
    with pytest.raises(LabkitError, match="-p quick: --quick or --full sets it"):
        plan(Options(parameters={"quick": True}))
    with pytest.raises(LabkitError, match="write -p NAME=VALUE"):
        parse_parameters(["region"])
    assert parse_parameters(["rate=12", "sizes=[1, 2]"]) == {"rate": 12, "sizes": [1, 2]}


def test_a_job_survives_its_way_to_another_machine(course: Path) -> None:
    write_course(course)
    build(course)
    (job,) = plan(Options())
    assert type(job).from_json(job.to_json()) == job
    assert str(course) not in job.to_json()
    assert os.environ["LABKIT_COURSE_DIR"] not in job.to_json()
