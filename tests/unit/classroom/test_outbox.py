"""What leaves a learner's server: whole lines, once, without words, and only while they share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.classroom.class_events import KERNEL_DIED
from labkit.classroom.outbox import AT_ONCE, Outbox, mistake
from labkit.course.cards import CheckOutcome, Result
from labkit.course.lesson import lesson_paths, read_lesson
from labkit.course.progress import LessonProgress, ProgressEvent

pytestmark = pytest.mark.usefixtures("state")
SLUG = "delivery-queue"


def write(number: int = 1, message: str = "") -> None:
    for _ in range(number):
        LessonProgress(SLUG).append(
            ProgressEvent(
                "2026-06-13T10:00:00+00:00", SLUG, "the-queue", "check", "not yet", message
            )
        )


def sharing() -> Outbox:
    outbox = Outbox()
    outbox.share(True)
    return outbox


def send(outbox: Outbox) -> list[str]:
    events, sent = outbox.waiting()
    outbox.took(events, sent)
    return [one.key for one in events]


def test_before_the_learner_is_asked_nothing_leaves() -> None:
    write()
    assert Outbox().waiting() == ([], {})


def test_each_line_is_sent_once_also_after_a_restart() -> None:
    write(3)
    first = send(sharing())
    assert len(set(first)) == 3
    write()
    assert len(send(Outbox())) == 1
    assert send(Outbox()) == []


def test_what_was_not_taken_is_sent_again_under_the_same_key() -> None:
    write(2)
    outbox = sharing()
    first, _ = outbox.waiting()
    again, _ = Outbox().waiting()
    assert [one.key for one in first] == [one.key for one in again]


def test_no_word_of_the_learners_leaves() -> None:
    write(1, message="expected 5 | found: my very own answer")
    events, _ = sharing().waiting()
    assert "my very own answer" not in json.dumps([one.as_json() for one in events])


def test_what_was_written_while_nothing_was_shared_never_leaves() -> None:
    outbox = sharing()
    write()
    send(outbox)
    outbox.share(False)
    write(2)
    assert send(outbox) == []
    outbox.share(True)
    assert send(outbox) == []
    write()
    assert len(send(outbox)) == 1


def test_a_hand_is_raised_also_by_who_shares_nothing() -> None:
    outbox = Outbox()
    outbox.share(False)
    outbox.raise_hand(True)
    outbox.raise_hand(True)
    events, _ = Outbox().waiting()
    assert [one.event for one in events] == ["hand"]


def test_a_line_that_a_crash_cut_short_waits_for_its_end_and_hides_none(state: Path) -> None:
    write()
    file = state / "progress" / f"{SLUG}.jsonl"
    with file.open("a") as torn:
        torn.write('{"at": "2026-06-13T10')
    outbox = sharing()
    assert len(send(outbox)) == 1
    write()  # begins a new line behind the torn one
    assert len(send(outbox)) == 1


def test_a_new_file_in_an_old_ones_place_is_sent_whole(state: Path) -> None:
    write(2)
    outbox = sharing()
    send(outbox)
    file = state / "progress" / f"{SLUG}.jsonl"
    kept = file.rename(file.with_suffix(".old"))
    write(1)
    assert len(send(outbox)) == 1
    assert kept.exists()


def test_a_long_silence_is_caught_up_with_in_parts() -> None:
    write(AT_ONCE + 5)
    outbox = sharing()
    assert [len(send(outbox)) for _ in range(3)] == [AT_ONCE, 5, 0]


def test_a_dead_kernel_is_told_with_its_lesson() -> None:
    outbox = sharing()
    outbox.put(KERNEL_DIED, SLUG)
    events, _ = outbox.waiting()
    assert [(one.event, one.lesson) for one in events] == [(KERNEL_DIED, SLUG)]


def test_a_known_mistake_is_named_in_its_authors_words() -> None:
    lesson, cell = next(
        (lesson, cell)
        for lesson in map(read_lesson, lesson_paths())
        for cell in lesson.cells
        if cell.wrong and cell.expect
    )
    assert cell.wrong
    assert cell.expect
    found = Result(cell.wrong, "", CheckOutcome.NOT_YET, found=f"{cell.expect} and my own words")
    line = ProgressEvent.now(lesson.slug, cell.wrong, "check", found)
    assert mistake(line) == cell.expect
    assert mistake(ProgressEvent.now(lesson.slug, "another", "check", found)) == ""
