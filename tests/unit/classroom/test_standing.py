"""Where a learner stands, and what the class view makes of a whole room."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labkit.classroom.class_events import HAND, HAND_DOWN, KERNEL_DIED, ClassEvent, NoEvent
from labkit.classroom.course_plan import CoursePlan
from labkit.classroom.folder import ClassFolder
from labkit.classroom.ledger import Ledger
from labkit.classroom.running import Running
from labkit.classroom.standing import over_class, standing
from labkit.classroom.view.classroom_state import Classroom
from labkit.classroom.view.overview import as_csv, pace, rows

NOW = datetime(2026, 6, 13, 10, 40, tzinfo=UTC)


def event(
    minutes_ago: float,
    kind: str = "check",
    exercise: str = "first-a",
    outcome: str = "not yet",
    lesson: str = "first",
    mistake: str = "",
) -> ClassEvent:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return ClassEvent(
        f"{kind}{minutes_ago}{exercise}",
        at,
        lesson,
        exercise,
        kind,
        outcome if kind == "check" else "",
        mistake=mistake,
    )


def opened(minutes_ago: float, lesson: str = "first") -> ClassEvent:
    return event(minutes_ago, "open", "", "", lesson)


CASES = [
    ([], "not begun", 0),
    ([opened(3)], "working", 0),
    ([opened(9), event(8), event(7)], "working", 2),
    ([opened(9), event(8), event(7), event(6)], "stuck", 3),
    ([opened(9), event(8), event(7), event(6), event(5, outcome="passed")], "working", 0),
    ([opened(12), event(3)], "stuck", 1),  # twice the five planned minutes
    ([opened(9), event(1)], "working", 1),
    ([opened(19), event(18, outcome="passed"), event(17, "hint", "first-b")], "stuck", 0),
    ([opened(75), event(73), event(70)], "silent", 2),  # a gap of over 20 minutes is a break
    (
        [opened(9), event(8, outcome="passed"), event(7, exercise="first-b", outcome="passed")],
        "done",
        0,
    ),
    ([opened(9), event(8), event(7), event(6), event(5, HAND, "", "", "")], "hand", 3),
]


@pytest.mark.parametrize(("events", "state", "tries"), CASES)
def test_a_state_rests_on_the_events(
    plan: CoursePlan, events: list[ClassEvent], state: str, tries: int
) -> None:
    found = standing(events, plan, NOW)
    assert (found.state, found.tries) == (state, tries)


def test_after_a_pass_the_next_exercise_is_the_one_at_work(plan: CoursePlan) -> None:
    found = standing([opened(9), event(1, outcome="passed")], plan, NOW)
    assert (found.lesson, found.exercise, found.minutes) == ("first", "first-b", 1.0)
    assert [(mark.passed, mark.of, mark.state) for mark in found.marks] == [
        (1, 2, "working"),
        (0, 2, "not begun"),
    ]


def test_a_lunch_break_makes_nobody_stuck(plan: CoursePlan) -> None:
    events = [opened(105), event(103), event(1)]
    found = standing(events, plan, NOW)
    assert found.state == "working"
    assert found.minutes == 3.0


def test_a_dead_kernel_is_shown_for_ten_minutes(plan: CoursePlan) -> None:
    died = event(4, KERNEL_DIED, "", "", "first")
    assert standing([opened(5), died], plan, NOW).died == 1
    assert standing([opened(5), died], plan, NOW + timedelta(minutes=7)).died == 0


def test_hands_go_up_and_down(plan: CoursePlan) -> None:
    up, down = event(4, HAND, "", "", ""), event(3, HAND_DOWN, "", "", "")
    assert standing([up], plan, NOW).hand
    assert not standing([up, down], plan, NOW).hand


def test_one_exercise_over_the_class_counts_learners_by_mistake(plan: CoursePlan) -> None:
    lesson = plan.lessons[0]
    events = {
        "a": [event(9, mistake="no queue"), event(8, mistake="no queue"), event(7, "hint")],
        "b": [event(9, mistake="no queue"), event(8), event(7, outcome="passed")],
        "c": [event(9, exercise="first-b")],
    }
    found = over_class(events, lesson, lesson.exercises[0])
    assert (found.passed, found.tried, found.learners, found.checks, found.hints) == (1, 2, 3, 5, 1)
    assert (found.mistakes, found.other) == ((("no queue", 2),), 1)


def ledger_with(path: Path, events: dict[str, list[ClassEvent]], shares: dict[str, bool]) -> Ledger:
    ledger = Ledger(path)
    for who, of in events.items():
        ledger.add(who, of)
    for who, chosen in shares.items():
        ledger.share(who, chosen)
    return ledger


def test_who_needs_help_most_comes_first_and_who_shares_nothing_shows_nothing(
    folder: ClassFolder, plan: CoursePlan, tmp_path: Path
) -> None:
    stuck = [opened(9), event(8), event(7), event(6)]
    ledger = ledger_with(
        tmp_path / "view.sqlite",
        {"learner-01": [opened(2)], "learner-02": stuck, "learner-03": stuck},
        {"learner-01": True, "learner-02": True, "learner-03": False},
    )
    found = rows(folder, ledger, plan, {}, NOW)
    assert [row.learner.who for row in found] == ["learner-02", "learner-01", "learner-03"]
    private = found[2].as_json()
    assert (private["state"], private["tries"], private["lesson"]) == ("private", 0, "")
    table = list(csv.DictReader(io.StringIO(as_csv(found, plan))))
    assert [line["state"] for line in table] == ["stuck", "working", "private"]
    assert [line["00-first"] for line in table] == ["0/2", "0/2", ""]


def test_a_name_is_no_formula_in_a_spreadsheet(
    folder: ClassFolder, plan: CoursePlan, tmp_path: Path
) -> None:
    from dataclasses import replace

    first, *others = folder.learners
    named = replace(folder, learners=(replace(first, name="=1+1"), *others))
    found = rows(named, Ledger(tmp_path / "view.sqlite"), plan, {}, NOW)
    assert "'=1+1" in as_csv(found, plan)


def test_the_rooms_pace_stands_beside_the_timetable(
    folder: ClassFolder, plan: CoursePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    ledger = ledger_with(
        tmp_path / "view.sqlite",
        {"learner-01": [opened(2)], "learner-02": [opened(1, "second")]},
        {"learner-01": True, "learner-02": True},
    )
    local = NOW.astimezone().replace(hour=10, minute=40)
    found = pace(plan, rows(folder, ledger, plan, {}, NOW), local)
    assert (found["due"], found["there"], found["behind"]) == ("second", 1, 1)


def test_an_event_sent_twice_counts_once_and_forgetting_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "view.sqlite"
    ledger = Ledger(file)
    secret = event(5, mistake="a very own mistake")
    assert ledger.add("a", [secret, event(4)]) == 2
    assert ledger.add("a", [secret, event(3)]) == 1
    ledger.close()
    again = Ledger(file)
    assert [one.key for one in again.events()["a"]] == [
        one.key for one in (event(5), event(4), event(3))
    ]
    again.add("b", [event(2, mistake="another's")])
    again.forget("a")
    assert b"a very own mistake" not in kept(tmp_path)
    assert b"another's" in kept(tmp_path)
    again.forget_all()
    again.close()
    assert b"another's" not in kept(tmp_path)


def kept(folder: Path) -> bytes:
    """Return what is on the disk of a ledger."""
    return b"".join(path.read_bytes() for path in folder.glob("view.sqlite*"))


def test_after_the_day_that_learners_were_told_of_nothing_is_kept(
    folder: ClassFolder, plan: CoursePlan, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "view.sqlite")
    ledger.add("learner-01", [event(5)])
    classroom = Classroom(folder, Running(True, "", 1, 2, 3, 4, "", "", ""), plan, ledger)
    last = folder.settings.keep_until
    classroom.forget_when_due(last)
    assert ledger.events()
    classroom.forget_when_due(last + timedelta(days=1))
    assert not ledger.events()


GOOD = event(1).as_json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "dance"},
        {"outcome": "great"},
        {"lesson": "../x"},
        {"exercise": "<b>"},
        {"seconds": "1"},
        {"seconds": True},
        {"seconds": float("inf")},
        {"at": "yesterday"},
        {"at": "2026-06-13T10:00:00"},
        {"key": ""},
        {"mistake": "x" * 201},
        {"mistake": "a\nb"},
        {"message": "my own words"},
    ],
)
def test_what_is_no_event_is_refused(wrong: dict[str, object]) -> None:
    assert ClassEvent.read(GOOD)
    with pytest.raises(NoEvent):
        ClassEvent.read(GOOD | wrong)
