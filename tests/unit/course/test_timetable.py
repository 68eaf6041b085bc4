"""Timetables: from planned minutes and a start, with breaks that fit, beside measured times."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from itertools import pairwise
from pathlib import Path

import pytest

from labkit.cli import main
from labkit.course.cells import Cell, LessonError
from labkit.course.lesson import Lesson, read_lesson
from labkit.course.timetable import as_html, as_markdown, read_measured, timetable
from labkit.course.to_come import LIST, with_to_come
from labkit.errors import LabkitError
from tests.support.course_samples import write_course

CORE, SERVERLESS = (10, 30, 25, 15, 20), (25, 35, 30, 35, 35, 30)


def lesson(number: int, minutes: int, block: str, day: int = 1) -> Lesson:
    name = f"{number:02}"
    return Lesson(
        Path(f"{name}-x.py"), name, "x", f"Title {name}", minutes, day, block, (), (), "", ()
    )


@pytest.fixture(scope="module")
def course() -> list[Lesson]:
    """Two blocks of 100 and 190 minutes, as the bootcamp's first day has them."""
    first = [lesson(n, minutes, "Core") for n, minutes in enumerate(CORE)]
    second = [lesson(n, minutes, "Serverless") for n, minutes in enumerate(SERVERLESS, start=5)]
    return [*first, *second]


def test_the_first_day_fits_its_times_with_breaks(course: list[Lesson]) -> None:
    (slots,) = timetable(course, time(10, 0)).values()
    text = [slot.text for slot in slots]
    lunch = text.index("Lunch")
    assert slots[0].time.startswith("10:00")
    assert slots[lunch].time == "11:50–13:30"
    assert slots[-1].time.endswith("17:00")
    assert text[:lunch].count("Break") == 1
    assert text[lunch:].count("Break") == 2
    assert all(one.end == other.begin for one, other in pairwise(slots))


def test_no_stretch_without_a_break_is_longer_than_90_minutes(course: list[Lesson]) -> None:
    (slots,) = timetable(course, time(10, 0)).values()
    begin = slots[0].begin
    for slot in slots:
        if slot.lesson is None:
            begin = slot.end
        assert slot.end - begin <= 90


def test_another_start_moves_everything(course: list[Lesson]) -> None:
    early, late = (timetable(course, time(hour, 15))[1] for hour in (8, 9))
    assert [slot.begin + 60 for slot in early] == [slot.begin for slot in late]


def test_breaks_are_added_and_lessons_keep_their_minutes(course: list[Lesson]) -> None:
    (slots,) = timetable(course, time(10, 0)).values()
    taught = [slot.end - slot.begin for slot in slots if slot.lesson]
    assert taught == [*CORE, *SERVERLESS]


def test_a_lesson_to_come_keeps_its_place_until_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    entry = '- {number: "02", title: Later, minutes: 20, day: 1, block: Core}'
    (tmp_path / "lessons" / LIST).write_text(entry, encoding="utf-8")
    one, two, three = (lesson(number, 10, "Core") for number in (1, 2, 3))
    planned = with_to_come([one, three], tmp_path)
    text = [slot.text for slot in timetable(planned)[1]]
    assert text == ["01 · Title 01", "02 · Later (to come)", "03 · Title 03"]
    assert with_to_come([one, two, three], tmp_path) == [one, two, three]
    (tmp_path / "lessons" / LIST).write_text("- {number: 1}", encoding="utf-8")
    with pytest.raises(LessonError, match=LIST):
        with_to_come([one], tmp_path)


def test_each_day_begins_at_the_start() -> None:
    days = timetable([lesson(1, 60, "A"), lesson(2, 60, "B", day=2)], time(9, 30))
    assert [slots[0].time for slots in days.values()] == ["09:30–10:30", "09:30–10:30"]


def test_a_measured_time_stands_beside_the_plan(course: list[Lesson], tmp_path: Path) -> None:
    handed_on = []
    for learner, minutes in enumerate((20, 31, 45)):
        handed_on.append(tmp_path / f"{learner}.json")
        handed_on[-1].write_text(json.dumps({"minutes": {"00-x": minutes}}))
    text = as_markdown(timetable(course[:2]), read_measured(handed_on))
    assert "| 10 min | 31 min (median of 3; 20–45) |" in text
    assert "| 30 min | not measured |" in text


def test_a_day_says_what_its_lessons_add_up_to_by_themselves(course: list[Lesson]) -> None:
    prose = Cell("markdown", "word " * 1_800, 1)  # twelve minutes
    longer = replace(course[0], cells=(prose,))
    lines = as_markdown(timetable([longer])).splitlines()
    said = "Words, code, exercises and waits add up to 12 min; 10 are planned."
    assert lines[-1] == f"{said} Who falls behind leaves an exercise to lab.solve."
    assert "add up to 0 min; 10 are planned.</p>" in as_html(timetable(course[:1]))


def test_something_else_than_measured_times_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(LabkitError, match="labkit status --times"):
        read_measured([tmp_path / "x.json"])


def test_the_page_needs_nothing_else(course: list[Lesson]) -> None:
    html = as_html(timetable(course))
    assert "<script" not in html
    assert "http" not in html
    assert "Title 05" in html


def test_the_command_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_course(tmp_path)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    assert main(["timetable", "--start", "9:05"]) == 0
    assert "09:05–09:10  5 min    01 · A greeting" in capsys.readouterr().out
    assert main(["timetable", "--start", "9:05", "--markdown"]) == 0
    assert "| 09:05–09:10 | 01 · A greeting | 5 min |" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["timetable", "--start", "late"])
    assert "a time such as 10:00, not 'late'" in capsys.readouterr().err


def test_times_that_a_learner_hands_on_hold_finished_lessons_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = read_lesson(write_course(tmp_path))
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    main(["status", "--times"])
    assert json.loads(capsys.readouterr().out) == {"minutes": {}}
    progress = tmp_path / "state" / "progress" / "greeting.jsonl"
    progress.parent.mkdir(parents=True)
    lines = [
        {"at": f"2026-03-06T10:0{at}:00+00:00", "exercise": name, "outcome": "passed"}
        for at, name in enumerate(read.exercises)
    ]
    same = {"lesson": "greeting", "event": "check"}
    progress.write_text("".join(json.dumps(line | same) + "\n" for line in lines))
    main(["status", "--times"])
    assert json.loads(capsys.readouterr().out) == {"minutes": {"01-greeting": 1.0}}
