"""Exercises: outcomes, messages, hints, solutions and what is recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from labkit.course.cards import CheckOutcome
from labkit.course.contract import NotPassed
from labkit.course.exercises import Exercise, ExerciseBook, NotYet
from labkit.course.progress import ProgressEvent, read_events
from labkit.errors import LabkitError, NotAttempted, SandboxUnavailable
from tests.support.course_samples import SAMPLE, FolderLab, write_course

RIGHT = 'def hello(name):\n    return f"안녕, {name}"\n'


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderLab:
    """A learner of the sample course, with a folder and progress of their own."""
    write_course(tmp_path)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path / "run"
    folder.mkdir()
    return FolderLab(folder)


def test_a_right_answer_passes_with_the_checks_note(lab: FolderLab) -> None:
    (lab.folder / "greeting.py").write_text(RIGHT, encoding="utf-8")
    result = lab.check("greeting-file")
    assert result.passed
    assert repr(result) == '✔ passed · Write the greeting\n  note  {"said": "안녕, Kim"}'


def test_a_wrong_answer_names_expected_found_and_next(lab: FolderLab) -> None:
    (lab.folder / "greeting.py").write_text("def hello(name): return '<b>'", encoding="utf-8")
    result = lab.check("greeting-file")
    assert result.outcome is CheckOutcome.NOT_YET
    assert (result.expected, result.found) == ("안녕, Kim", "<b>")
    assert "  next      return an f-string" in repr(result)
    assert "&lt;b&gt;" in result._repr_html_()
    assert "not yet · Write the greeting" in result._repr_html_()
    assert "<code>str</code>" in replace(result, next_step="give a `str`")._repr_html_()


def test_nothing_to_look_at_is_not_attempted(lab: FolderLab) -> None:
    result = lab.check("greeting-file")
    assert result.outcome is CheckOutcome.NOT_ATTEMPTED
    assert 'lab.hint("greeting-file")' in result.next_step


def test_an_unexpected_exception_is_an_error_in_one_line(lab: FolderLab) -> None:
    (lab.folder / "greeting.py").write_text("def hello(name): return 1 / 0", encoding="utf-8")
    result = lab.check("greeting-file")
    assert result.outcome is CheckOutcome.ERROR
    line = SAMPLE.splitlines().index('        greeting = runpy.run_path(str(path))["hello"]("Kim")')
    assert result.found == (
        "ZeroDivisionError: division by zero "
        f"(in the check, lessons/day-1/01-greeting.py:{line + 1})"
    )


def test_the_answer_reaches_the_check(lab: FolderLab) -> None:
    assert lab.check("number", answer=42).passed
    assert lab.check("number", answer=41).found == "41"
    assert lab.check("number").found == "None"


@pytest.mark.parametrize(
    ("raised", "outcome", "found"),
    [
        (
            ClientError(
                {"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}},
                "GetFunction",
            ),
            CheckOutcome.NOT_YET,
            "Function not found",
        ),
        (
            ClientError(
                {"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue"}}, "GetQueueUrl"
            ),
            CheckOutcome.NOT_YET,
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole"),
            CheckOutcome.ERROR,
            "ClientError: An error occurred (AccessDenied)",
        ),
        (SandboxUnavailable("the sandbox has ended"), CheckOutcome.ERROR, "the sandbox has ended"),
        (NotAttempted("nothing yet"), CheckOutcome.NOT_ATTEMPTED, "nothing yet"),
    ],
)
def test_what_a_check_raises_becomes_an_outcome(
    lab: FolderLab, raised: Exception, outcome: CheckOutcome, found: str
) -> None:
    class Raising(Exercise):
        id = "number"
        title = "A number"

        def check(self, lab: FolderLab) -> None:
            raise raised

    lab.book.exercises["number"] = Raising()
    result = lab.check("number")
    assert result.outcome is outcome
    assert result.found.startswith(found)
    assert result.next_step


def test_waiting_ends_with_the_value_or_with_not_yet() -> None:
    exercise = Exercise()
    answers = iter([None, 0, "there"])
    assert exercise.wait(lambda: next(answers), seconds=5) == "there"
    with pytest.raises(NotYet) as late:
        exercise.wait(lambda: False, seconds=0, what="the queue to drain", next_step="wait")
    assert late.value.expected == "the queue to drain"
    assert late.value.next_step == "wait"


def test_each_hint_is_one_more(lab: FolderLab) -> None:
    assert repr(lab.hint("greeting-file")) == "hint 1 of 2: an f-string"
    assert repr(lab.hint("greeting-file")).startswith("hint 2 of 2: `return f…` That was the last")
    assert lab.hint("greeting-file").number == 2
    assert "has no hints" in repr(lab.hint("number"))


def test_the_solution_shows_what_the_solved_edition_runs(lab: FolderLab) -> None:
    assert repr(lab.solution("number", anyway=True)) == "start = 40\nnumber = start + 2"
    assert repr(lab.solution("greeting-file", anyway=True)).startswith(
        "%%function_file greeting.py\n"
    )


def test_a_solution_before_three_tries_is_recorded_as_early(lab: FolderLab) -> None:
    lab.solution("number", anyway=True)
    for _ in range(3):
        lab.check("number", answer=0)
    lab.solution("number")
    events = [event.event for event in lab.book.progress.events()]
    assert events == ["solution early", "check", "check", "check", "solution"]


def test_a_solution_waits_for_three_tries_or_a_pass(lab: FolderLab) -> None:
    assert "so far: 0" in repr(lab.solution("number"))
    assert "anyway=True" in repr(lab.solution("number"))
    lab.check("number", answer=42)
    assert "number = start + 2" in repr(lab.solution("number"))


def test_tries_and_time_are_kept_up_to_the_first_pass(lab: FolderLab) -> None:
    lab.check("number", answer=0)
    assert lab.check("number", answer=0).effort == "2 tries"
    lab.check("number", answer=42)
    again = lab.check("number", answer=0)
    assert ("so far", "3 tries") in again.rows


def test_time_at_work_leaves_breaks_out(lab: FolderLab) -> None:
    progress = lab.book.progress
    for at in ("10:00:00", "10:04:00", "11:30:00", "11:31:30"):
        happened = ProgressEvent(f"2026-03-06T{at}+00:00", "greeting", "number", "check", "not yet")
        progress.append(happened)
    assert progress.minutes() == 5.5
    assert progress.effort("number").in_words == "4 tries, 6 min"


def test_events_carry_the_lessons_version_and_old_lines_are_read(lab: FolderLab) -> None:
    lab.hint("number")
    progress = lab.book.progress
    with progress.path.open("a", encoding="utf-8") as file:
        file.write('{"at": "", "lesson": "greeting", "exercise": "number", "event": "check"}\n')
    new, old = progress.events()
    assert new.version == lab.book.lesson.version
    assert old.version == ""


def test_a_line_that_a_crash_cut_short_takes_no_other_along(lab: FolderLab) -> None:
    progress = lab.book.progress
    for word in ("one", "서울", "three"):
        progress.append(ProgressEvent("2026-03-06T10:00:00+00:00", "greeting", "number", word))
    whole = progress.path.read_bytes()
    within_a_letter = whole.index("서".encode()) + 1
    progress.path.write_bytes(whole[:within_a_letter])
    progress.append(ProgressEvent("2026-03-06T10:00:00+00:00", "greeting", "number", "four"))
    assert [event.event for event in progress.events()] == ["one", "four"]


def test_what_some_call_the_end_of_a_line_is_none_in_a_progress_file(lab: FolderLab) -> None:
    said = "one\u2028line\x85of text"
    happened = ProgressEvent(
        "2026-03-06T10:00:00+00:00", "greeting", "number", "check", "passed", said
    )
    lab.book.progress.append(happened)
    assert lab.book.progress.events() == [happened]


def test_a_stub_raises_a_sentence_that_says_how_to_go_on(lab: FolderLab) -> None:
    with pytest.raises(NotAttempted) as stub:
        lab.todo("number")
    for part in ("A number", 'lab.todo("number")', 'lab.hint("number")', 'lab.solve("number")'):
        assert part in str(stub.value)


def test_an_unknown_exercise_is_answered_with_the_nearest(lab: FolderLab) -> None:
    with pytest.raises(LabkitError, match=r"no exercise 'numbr'\. Did you mean 'number'"):
        lab.check("numbr")


def test_a_run_of_no_lesson_says_so_when_an_exercise_is_asked_for(
    lab: FolderLab, tmp_path: Path
) -> None:
    with pytest.raises(LabkitError, match="no lesson 'scratch'"):
        ExerciseBook(lab, "scratch").check("number")


def test_solving_outside_a_notebook_is_refused(lab: FolderLab) -> None:
    with pytest.raises(LabkitError, match="there is none here"):
        lab.solve("number")


def test_checks_are_recorded_here_and_where_asked(
    lab: FolderLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_RESULTS", str(tmp_path / "results.jsonl"))
    lab.check("number", answer=1)
    lab.check("number", answer=42)
    events = read_events(tmp_path / "results.jsonl")
    assert [event.outcome for event in events] == ["not yet", "passed"]
    assert "expected: 42 | found: 1 | next: add 2" in events[0].message
    assert events == lab.book.progress.events()


def test_a_line_cut_short_is_left_out(tmp_path: Path, lab: FolderLab) -> None:
    lab.check("number", answer=42)
    path = lab.book.progress.path
    path.write_text(path.read_text(encoding="utf-8") + '{"at": "2026', encoding="utf-8")
    assert len(read_events(path)) == 1
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["lesson"] == "greeting"


def test_strict_runs_raise_for_what_did_not_pass(
    lab: FolderLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_STRICT", "1")
    assert lab.check("number", answer=42).passed
    with pytest.raises(NotPassed, match="found: 41"):
        lab.check("number", answer=41)
