"""What JupyterLab's sidebars are told: the course, results, runs, errands, and read-only files."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError
from traitlets.config import Configurable

from labkit.aws.embedded import Sandbox
from labkit.course.build import build
from labkit.course.cards import CheckOutcome, Result
from labkit.course.definitions import load_exercises
from labkit.course.lesson import read_lesson
from labkit.course.places import NOTEBOOK, SOLVED, edition
from labkit.course.progress import LessonProgress, ProgressEvent
from labkit.course.server import snapshot
from labkit.course.server.contents import WIDGET, CourseFiles
from labkit.course.server.course import Course
from labkit.course.server.described import is_stale
from labkit.course.server.description import describe, write_description
from labkit.course.server.errands import Errand
from labkit.course.server.extension import no_false_alarm
from labkit.course.status import unfinished_runs
from labkit.resources import held, runs
from labkit.resources.run import Run
from tests.support.course_samples import write_course
from tests.support.lessons import LESSONS
from tests.support.loops import run as run_alone


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A built course of one lesson, with a state folder of its own; `told` counts the news."""
    path = write_course(tmp_path)
    build(tmp_path)
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.delenv("LABKIT_SANDBOX", raising=False)
    write_description(tmp_path, [read_lesson(path)])
    return Course(folder=tmp_path, root=tmp_path, tell=lambda: None)


def a_run(slug: str, of: str | None = None) -> Run:
    return Run(
        id="0" * 31 + ("1" if of else "2"),
        owner="abcdef",
        lesson=slug,
        target="local",
        account="111122223333",
        region="ap-northeast-2",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        edition=of,
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_description_says_of_exercises_what_they_say_themselves(lesson: object) -> None:
    """The description reads the classes and does not run them."""
    assert isinstance(lesson, type(LESSONS[0]))
    told = {one["id"]: one for one in describe(lesson)["exercises"]}
    for name, exercise in load_exercises(lesson).items():
        if name in lesson.exercises:
            assert told[name]["title"] == exercise.title
            assert told[name]["hints"] == list(exercise.hints)
            assert told[name]["minutes"] == exercise.minutes
            assert told[name]["check"].startswith(f'lab.check("{name}"')


def test_every_section_begins_with_a_cell_of_the_notebook() -> None:
    lesson = LESSONS[0]
    notebook = Path(lesson.path).parents[2] / "notebooks" / lesson.notebook
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    ids = {cell["id"]: "".join(cell["source"]) for cell in cells}
    for section in describe(lesson)["sections"]:
        assert section["title"] in ids[section["cell"]]


def test_a_result_is_told_with_its_rows_and_the_hints_so_far(course: Course) -> None:
    result = Result("number", "A number", CheckOutcome.NOT_YET, "a 7", "an 8", "take one away")
    LessonProgress("greeting").append(ProgressEvent.now("greeting", "number", "check", result))
    assert course.hint("greeting", "greeting-file")
    results = course.state()["lessons"]["greeting"]["results"]
    told = results["number"]
    assert (told["outcome"], told["passed"]) == ("not yet", False)
    assert told["rows"] == [("expected", "a 7"), ("found", "an 8"), ("next", "take one away")]
    assert results["greeting-file"]["hints"] == ["an f-string"]


def test_a_hint_of_no_exercise_is_refused(course: Course) -> None:
    assert not course.hint("greeting", "no-such")
    assert not course.hint("no-such", "number")


def test_a_solution_that_stopped_is_told(course: Course) -> None:
    stopped = Result("number", "A number", CheckOutcome.ERROR, found="the solution stopped")
    event = ProgressEvent.now("greeting", "number", "solve stopped", stopped)
    LessonProgress("greeting").append(event)
    told = course.state()["lessons"]["greeting"]["results"]["number"]
    assert (told["outcome"], told["rows"]) == ("error", [("found", "the solution stopped")])


def test_a_notebook_that_shows_nothing_is_trusted_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Jupyter warns of each that it has not saved itself."""
    files = CourseFiles(root_dir=str(tmp_path))
    files.notary.data_dir = str(tmp_path)
    new, shown = (new_notebook(cells=[new_code_cell("1")]) for _ in range(2))
    shown.cells[0].outputs = [new_output("display_data", {"text/html": "<script></script>"})]
    files.mark_trusted_cells(new, "new.ipynb")
    files.mark_trusted_cells(shown, "shown.ipynb")
    assert [one.cells[0].metadata.trusted for one in (new, shown)] == [True, False]
    assert [one.getMessage() for one in caplog.records] == ["Notebook shown.ipynb is not trusted"]


@pytest.mark.parametrize(
    ("said", "is_shown"),
    [
        ("The websocket_ping_timeout (90000) cannot be longer than the interval", False),
        ("404 GET /api/kernels/0a?1 (ab@127.0.0.1) 15.54ms", False),
        ("404 GET /user/lee/api/kernels/0a/channels: Kernel does not exist: 0a", False),
        ("/course/my-lessons/.~00-first-order.ipynb doesn't exist", False),
        ("Got events for closed stream <zmq.eventloop.zmqstream.ZMQStream object>", False),
        ("/course/my-lessons/00-first-order.ipynb doesn't exist", True),
        ("404 GET /api/contents/lost.ipynb", True),
        ("500 GET /api/kernels/0a", True),
    ],
)
def test_a_servers_false_alarms_are_left_out(said: str, is_shown: bool) -> None:
    record = logging.LogRecord("ServerApp", logging.WARNING, "", 0, said, None, None)
    assert no_false_alarm(record) is is_shown


@pytest.mark.parametrize(
    ("error", "is_shown"), [(WebSocketClosedError(), False), (ValueError("a fault"), True)]
)
def test_a_tab_that_has_gone_is_no_error(error: Exception, is_shown: bool) -> None:
    said, raised = "Task exception was never retrieved", (type(error), error, None)
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, said, None, raised)
    assert no_false_alarm(record) is is_shown


def test_news_are_told_once(course: Course) -> None:
    told: list[int] = []
    course.tell = lambda: told.append(1)
    course.watch()
    course.watch()
    assert len(told) == 1
    LessonProgress("greeting").append(ProgressEvent.now("greeting", "", "open"))
    course.watch()
    assert len(told) == 2
    runs.begin(a_run("greeting"))
    course.watch()
    assert len(told) == 3
    course.classroom = lambda: {"hand": "labkit/class", "raised": True}
    course.watch()
    assert len(told) == 4


def test_a_lesson_that_is_newer_is_read_again(course: Course, tmp_path: Path) -> None:
    assert not is_stale(course.description, tmp_path / "lessons")
    later = course.description.stat().st_mtime + 1
    os.utime(next((tmp_path / "lessons").glob("**/*.py")), (later, later))
    assert is_stale(course.description, tmp_path / "lessons")


def test_runs_are_told_with_what_they_hold(course: Course) -> None:
    journal = runs.begin(a_run("greeting"))
    journal.intend("Lambda function", "lk-x", "create", [("log group", "/aws/lambda/lk-x")], "op")
    journal.created("op", "lk-x")
    (told,) = snapshot.runs()
    assert (
        told["words"]
        == "1 resource, and up to 1 that AWS makes beside them as they are used (log group)"
    )
    assert told["words"] == held.in_words(journal.open_items())
    assert [(one["kind"], one["beside"]) for one in told["held"]] == [
        ("Lambda function", False),
        ("log group", True),
    ]


def test_a_sandbox_that_was_killed_has_ended_and_its_runs_with_it(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = dict.fromkeys(Sandbox.__dataclass_fields__, "")
    gone |= {"pid": 2**22 + 1, "server_pid": 2**22 + 2, "directory": str(tmp_path / "gone")}
    monkeypatch.setenv("LABKIT_SANDBOX", json.dumps(gone))
    runs.begin(replace(a_run("greeting"), sandbox=gone))
    state = course.state()
    assert state["environment"]["ended"]
    assert [run["ended"] for run in state["runs"]] == [True]
    assert unfinished_runs()[0].startswith("ended: run 00000000 of greeting")


def test_what_a_solved_notebook_does_is_not_the_learners(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NOTEBOOK, str(tmp_path / "solutions" / "day-1" / "01-greeting.ipynb"))
    assert edition() == SOLVED
    passed = Result("number", "A number", CheckOutcome.PASSED)
    LessonProgress("greeting", edition()).append(
        ProgressEvent.now("greeting", "number", "check", passed)
    )
    assert course.state()["lessons"]["greeting"]["words"] == "not begun"
    monkeypatch.setenv(NOTEBOOK, str(tmp_path / "my-lessons" / "day-1" / "01-greeting.ipynb"))
    assert edition() is None


def test_the_courses_own_editions_are_read_only(course: Course, tmp_path: Path) -> None:
    files = CourseFiles(root_dir=str(tmp_path))
    solved = "solutions/day-1/01-greeting.ipynb"
    mine = "my-lessons/mine.txt"
    (tmp_path / mine).write_text("mine")
    (tmp_path / "docs").mkdir()
    (tmp_path / "my-lessons" / "docs").symlink_to("../docs")
    assert not files.is_writable("my-lessons/docs/terms.md")
    assert not files.is_writable(solved)
    assert not run_alone(files.get(solved, content=False))["writable"]
    assert files.is_writable(mine)
    before = (tmp_path / solved).read_bytes()
    with pytest.raises(HTTPError, match="work in your copy"):
        run_alone(files.save({"type": "file", "format": "text", "content": "x"}, solved))
    assert (tmp_path / solved).read_bytes() == before


def test_a_widget_whose_kernel_has_ended_is_opened_in_its_static_form(
    course: Course, tmp_path: Path
) -> None:
    place = "my-lessons/map.ipynb"
    with_both = {"text/html": "<svg/>", WIDGET: {"model_id": "1"}, "text/plain": "a map"}
    without = {WIDGET: {"model_id": "2"}, "text/plain": "VBox()"}
    (tmp_path / place).write_text(json.dumps(notebook_of(with_both, without)), encoding="utf-8")

    async def shown(running: Server | None) -> list[list[str]]:
        files = CourseFiles(root_dir=str(tmp_path), parent=running)
        (cell,) = (await files.get(place))["content"]["cells"]
        return [sorted(output["data"]) for output in cell["outputs"]]

    ended = [["text/html", "text/plain"], sorted(without)]
    assert run_alone(shown(None)) == ended
    assert run_alone(shown(Server([place]))) == [sorted(with_both), sorted(without)]
    assert run_alone(shown(Server(["another.ipynb"]))) == ended


def notebook_of(*outputs: dict[str, Any]) -> dict[str, Any]:
    """A notebook with one cell, whose outputs have these data."""
    shown = [{"output_type": "display_data", "data": one, "metadata": {}} for one in outputs]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "", "execution_count": 1}
    return {"cells": [cell | {"outputs": shown}], "metadata": {}} | {
        "nbformat": 4, "nbformat_minor": 5
    }  # fmt: skip


class Server(Configurable):  # type: ignore[misc]
    """What a server tells of the notebooks that have kernels."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__()
        self.session_manager = self
        self.paths = paths

    async def list_sessions(self) -> list[dict[str, str]]:
        """As Jupyter's session manager."""
        return [{"path": path} for path in self.paths]


@pytest.mark.parametrize(
    ("program", "error"),
    [("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"), ("1/0", "code 1")],
)
def test_an_errand_that_is_killed_or_fails_says_so(
    program: str, error: str, tmp_path: Path
) -> None:
    assert error in ran(tmp_path, program).error


def test_an_errand_gives_what_it_prints(tmp_path: Path) -> None:
    errand = ran(tmp_path, "print('[1, 2]')")
    assert (errand.result, errand.error, errand.running) == ([1, 2], "", False)


def ran(folder: Path, program: str) -> Errand:
    """Run a program as an errand, as a module of its own."""
    (folder / "errand_of_a_test.py").write_text(program)
    changes: list[bool] = []

    async def run() -> Errand:
        errand = Errand(["errand_of_a_test"])
        await errand.start(lambda: changes.append(errand.running))
        return errand

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        errand = run_alone(run())
    assert changes == [True, False]
    return errand
