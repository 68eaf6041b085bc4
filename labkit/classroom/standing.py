"""Where a learner stands, from their events: at what, for how long, and whether they need help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from labkit.classroom.class_events import HAND, HAND_DOWN, KERNEL_DIED, ClassEvent
from labkit.classroom.course_plan import CoursePlan, PlannedExercise, PlannedLesson
from labkit.course.progress import LONGEST_WORK

STUCK_CHECKS = 3
"""Checks of one exercise in a row that did not pass; a guess, to be calibrated in classes."""
STUCK_TIMES = 2.0
"""Times the planned minutes of an exercise; a guess, too."""
SILENT = timedelta(minutes=10)
"""Nothing that is recorded for so long: the learner reads, has left, or has given up."""
LATELY = timedelta(minutes=10)
"""For how long a kernel's death is shown."""

State = Literal["hand", "stuck", "silent", "working", "done", "not begun"]
_NEED: dict[State, int] = {
    "hand": 5, "stuck": 4, "silent": 2, "working": 1, "not begun": 1, "done": 0,
}  # fmt: skip


@dataclass(frozen=True)
class LessonMark:
    """One cell of the table: a learner's exercises in a lesson.

    Attributes
    ----------
    passed, of
        Core exercises that passed, and how many there are.
    state
        ``done``, ``working`` or ``not begun``.
    """

    slug: str
    passed: int
    of: int
    state: str


@dataclass(frozen=True)
class LearnerStanding:
    """What the view says of one learner.

    Attributes
    ----------
    state
        See `State`; the first that applies, in the order of who needs help.
    why
        In words, what the state rests on.
    lesson, exercise
        Slug and id of what they are at; empty before the first event.
    minutes
        At work on the exercise.
    tries, hints
        Checks that did not pass since the exercise was begun, and hints.
    hand
        Since when the hand is up, ISO 8601; empty if it is down.
    last
        When something was recorded last, ISO 8601.
    died
        Kernels that died within the last ten minutes.
    """

    state: State
    why: str
    lesson: str
    exercise: str
    minutes: float
    tries: int
    hints: int
    hand: str
    last: str
    died: int
    marks: tuple[LessonMark, ...]

    @property
    def need(self) -> tuple[int, float]:
        """What to sort by, the largest first."""
        return (_NEED[self.state] + (1 if self.died else 0), self.minutes)

    def as_json(self) -> dict[str, Any]:
        """Return the standing as JSON has it."""
        return asdict(self)


def standing(events: Sequence[ClassEvent], plan: CoursePlan, now: datetime) -> LearnerStanding:
    """Return where a learner stands.

    Parameters
    ----------
    events
        The learner's, oldest first.
    now
        With a time zone.
    """
    work = [one for one in events if one.lesson in plan.by_slug and one.event != KERNEL_DIED]
    hand = hand_since(events)
    died = sum(one.event == KERNEL_DIED and now - one.moment < LATELY for one in events)
    marks = tuple(_mark(lesson, work) for lesson in plan.lessons)
    lesson = plan.by_slug[work[-1].lesson] if work else None
    exercise = _current(lesson, work) if lesson else None
    here = [one for one in work if lesson and one.lesson == lesson.slug]
    tries, hints, minutes = _effort(here, exercise, now)
    state, why = _state(hand, work, exercise, tries, minutes, now, marks)
    return LearnerStanding(
        state=state,
        why=why,
        lesson=lesson.slug if lesson else "",
        exercise=exercise.id if exercise else "",
        minutes=round(minutes, 1),
        tries=tries,
        hints=hints,
        hand=hand,
        last=events[-1].at if events else "",
        died=died,
        marks=marks,
    )


def _state(
    hand: str,
    work: Sequence[ClassEvent],
    exercise: PlannedExercise | None,
    tries: int,
    minutes: float,
    now: datetime,
    marks: Sequence[LessonMark],
) -> tuple[State, str]:
    """Return the state that comes first, and why."""
    if hand:
        return "hand", "hand up"
    if not work:
        return "not begun", "nothing recorded yet"
    if exercise is not None and tries >= STUCK_CHECKS:
        return "stuck", f"{tries} checks did not pass"
    if exercise is not None and minutes > STUCK_TIMES * exercise.minutes:
        return "stuck", f"{minutes:.0f} minutes, {exercise.minutes} planned"
    here = next(one for one in marks if one.slug == work[-1].lesson)
    if exercise is None or here.state == "done":
        return "done", "this lesson is done"
    quiet = now - work[-1].moment
    if quiet > SILENT:
        return "silent", f"nothing for {quiet.total_seconds() / 60:.0f} minutes"
    return "working", "at work"


def _current(lesson: PlannedLesson, work: Sequence[ClassEvent]) -> PlannedExercise | None:
    """Return the exercise that a learner is at: the last one touched, or the next after a pass."""
    here = [one for one in work if one.lesson == lesson.slug]
    passed = {one.exercise for one in here if one.outcome == "passed"}
    touched = [found for one in here if (found := lesson.find(one.exercise))]
    if touched and touched[-1].id not in passed:
        return touched[-1]
    return next((one for one in lesson.core if one.id not in passed), None)


def _effort(
    here: Sequence[ClassEvent], exercise: PlannedExercise | None, now: datetime
) -> tuple[int, int, float]:
    """Return tries, hints and minutes at work on an exercise that has not passed."""
    if exercise is None or not here:
        return 0, 0, 0.0
    own = [one for one in here if one.exercise == exercise.id]
    tries = sum(one.event == "check" and one.outcome != "passed" for one in own)
    hints = sum(one.event == "hint" for one in own)
    others = [one for one in here if one.exercise != exercise.id]
    begun = max((one.moment for one in others), default=here[0].moment)
    if own:
        begun = min(begun, own[0].moment)
        before = [one.moment for one in others if one.moment <= own[0].moment]
        begun = max(before, default=begun)
    return tries, hints, _worked([begun, *(one.moment for one in own), now])


def _worked(moments: Iterable[datetime]) -> float:
    """Return the minutes between moments; a longer gap is a break."""
    ordered = sorted(moments)
    gaps = (later - earlier for earlier, later in pairwise(ordered))
    return sum(gap.total_seconds() / 60 for gap in gaps if gap <= LONGEST_WORK)


def _mark(lesson: PlannedLesson, work: Sequence[ClassEvent]) -> LessonMark:
    here = [one for one in work if one.lesson == lesson.slug]
    passed = {one.exercise for one in here if one.outcome == "passed"}
    done = sum(one.id in passed for one in lesson.core)
    state = "not begun" if not here else "done" if done == len(lesson.core) else "working"
    return LessonMark(lesson.slug, done, len(lesson.core), state)


def hand_since(events: Sequence[ClassEvent]) -> str:
    """Return since when the hand is up, or nothing."""
    for one in reversed(events):
        if one.event == HAND_DOWN:
            return ""
        if one.event == HAND:
            return one.at
    return ""


@dataclass(frozen=True)
class ExerciseOverClass:
    """One exercise over the whole class.

    Attributes
    ----------
    passed, tried, learners
        Learners who passed it, who tried, and who share.
    checks
        Of all learners.
    hints
        Of all learners.
    mistakes
        Each known mistake, with the number of learners who made it; the most frequent first.
    other
        Learners whose check did not pass for another reason.
    """

    lesson: str
    exercise: str
    title: str
    passed: int
    tried: int
    learners: int
    checks: int
    hints: int
    mistakes: tuple[tuple[str, int], ...]
    other: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def over_class(
    events: dict[str, list[ClassEvent]], lesson: PlannedLesson, exercise: PlannedExercise
) -> ExerciseOverClass:
    """Count what a class has done with one exercise."""
    own = [
        (who, one)
        for who, of_learner in events.items()
        for one in of_learner
        if one.lesson == lesson.slug and one.exercise == exercise.id
    ]
    checks = [(who, one) for who, one in own if one.event == "check"]
    failed = [(who, one) for who, one in checks if one.outcome != "passed"]
    made: dict[str, set[str]] = {}
    for who, one in failed:
        made.setdefault(one.mistake, set()).add(who)
    other = len(made.pop("", set()))
    mistakes = sorted(((text, len(whos)) for text, whos in made.items()), key=lambda m: -m[1])
    return ExerciseOverClass(
        lesson.slug,
        exercise.id,
        exercise.title,
        passed=len({who for who, one in checks if one.outcome == "passed"}),
        tried=len({who for who, _ in checks}),
        learners=len(events),
        checks=len(checks),
        hints=sum(one.event == "hint" for _, one in own),
        mistakes=tuple(mistakes),
        other=other,
    )
