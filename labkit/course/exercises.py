"""A lesson's exercises as a learner meets them: check, hint, solution, solve, todo."""

from __future__ import annotations

import ast
import os
import re
import time
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

from botocore.exceptions import ClientError
from IPython.core.getipython import get_ipython

from labkit.course.cards import CheckOutcome, Hint, Result, Solution, Withheld
from labkit.course.contract import Exercise, NotPassed, NotYet
from labkit.course.definitions import line_in, load_exercises
from labkit.course.exercise_calls import lesson_calls
from labkit.course.lesson import Lesson, find_lesson, nearest, read_lesson
from labkit.course.places import edition
from labkit.course.progress import LessonProgress, ProgressEvent
from labkit.course.solution_markers import solved_source
from labkit.errors import LabkitError, NotAttempted
from labkit.labs.lab_run import LabRun

__all__ = ["Exercise", "ExerciseBook", "LabRun", "NotAttempted", "NotYet", "Result"]

FREE_AFTER_TRIES = 3
"""After so many checks that did not pass, looking at the solution is no shortcut any more."""

# What AWS services answer for something that is not there: ResourceNotFoundException (Lambda,
# Logs), NotFoundException (API Gateway), NoSuchEntity (IAM), QueueDoesNotExist and
# AWS.SimpleQueueService.NonExistentQueue (SQS); their API references list these codes.
_NOT_FOUND = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist")


class ExerciseBook:
    """A lesson's exercises as one learner meets them: check, hint, solution, solve.

    Parameters
    ----------
    lab
        The run whose resources the checks look at.
    slug
        The lesson's name. It is looked up when an exercise is first asked for.
    """

    def __init__(self, lab: LabRun, slug: str) -> None:
        self._lab = lab
        self._slug = slug
        self._hints_shown: dict[str, int] = {}

    @cached_property
    def lesson(self) -> Lesson:
        """The lesson's source."""
        return read_lesson(find_lesson(self._slug))

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The lesson's exercises by id."""
        return load_exercises(self.lesson)

    @cached_property
    def progress(self) -> LessonProgress:
        """What was recorded of this lesson so far."""
        return LessonProgress(self._slug, edition())

    def check(self, exercise_id: str, answer: Any = None) -> Result:
        """Check one exercise and record the outcome; see `Result`.

        Raises
        ------
        LabkitError
            The lesson has no such exercise.
        NotPassed
            The outcome is not "passed" and the variable ``LABKIT_STRICT`` is ``1``.
        """
        exercise = self._find(exercise_id)
        exercise.answer = answer
        started = time.monotonic()
        result = self._outcome(exercise)
        self._record(exercise_id, "check", result, time.monotonic() - started)
        result = replace(result, effort=self.progress.effort(exercise_id).in_words)
        if os.environ.get("LABKIT_STRICT") == "1" and not result.passed:
            raise NotPassed(str(result))
        return result

    def hint(self, exercise_id: str) -> Hint:
        """Return one more hint with each call; after the last, the last again."""
        exercise = self._find(exercise_id)
        shown = min(self._hints_shown.get(exercise_id, 0) + 1, len(exercise.hints))
        self._hints_shown[exercise_id] = shown
        self._record(exercise_id, "hint")
        text = exercise.hints[shown - 1] if exercise.hints else ""
        return Hint(exercise_id, text, shown, len(exercise.hints))

    def solution(self, exercise_id: str, anyway: bool = False) -> Solution | Withheld:
        """Return the solution's code after a pass or three tries; before that only `anyway`.

        That it was looked at early is recorded.
        """
        self._find(exercise_id)
        outcomes = self.progress.outcomes(exercise_id)
        free = CheckOutcome.PASSED in outcomes or len(outcomes) >= FREE_AFTER_TRIES
        if not free and not anyway:
            return Withheld(exercise_id, len(outcomes), FREE_AFTER_TRIES)
        self._record(exercise_id, "solution" if free else "solution early")
        return Solution("\n\n".join(map(solved_source, self.lesson.cells_of(exercise_id))))

    def solve(self, exercise_id: str) -> Result:
        """Run the solution in the notebook's own namespace, then check it.

        Raises
        ------
        LabkitError
            There is no notebook to run it in.
        """
        exercise = self._find(exercise_id)
        shell: Any = get_ipython()
        if shell is None:
            raise LabkitError("lab.solve runs code in a notebook, and there is none here.")
        self._record(exercise_id, "solve")
        for cell in self.lesson.cells_of(exercise_id):
            ran = shell.run_cell(solved_source(cell))
            if not ran.success:
                stopped = _solution_failed(exercise, ran.error_in_exec or ran.error_before_exec)
                self._record(exercise_id, "solve stopped", stopped)
                return stopped
        return self.check(exercise_id, answer=_answer(self.lesson, exercise_id, shell.user_ns))

    def todo(self, exercise_id: str) -> NoReturn:
        """Stand in for code that a learner has yet to write.

        Raises
        ------
        NotAttempted
            Always; the message says how to go on.
        """
        title = self._find(exercise_id).title
        self._record(exercise_id, "todo", Result(exercise_id, title, CheckOutcome.NOT_ATTEMPTED))
        raise NotAttempted(
            f"“{title}” is still to do. Put your code in place of the line "
            f'lab.todo("{exercise_id}") and run the cell again. Stuck? lab.hint("{exercise_id}") '
            f'gives a hint, lab.solve("{exercise_id}") does it for you.'
        )

    def _find(self, exercise_id: str) -> Exercise:
        """Return an exercise, or say which one was probably meant."""
        if exercise_id not in self.exercises:
            raise LabkitError(
                f"This lesson has no exercise {exercise_id!r}. "
                f"{nearest(str(exercise_id), self.exercises)}"
            )
        return self.exercises[exercise_id]

    def _outcome(self, exercise: Exercise) -> Result:
        """Run a check and turn whatever it raises into an outcome."""
        about = (exercise.id, exercise.title)
        try:
            note = exercise.check(self._lab)
        except NotYet as error:
            return Result(
                *about, CheckOutcome.NOT_YET, error.expected, error.found, error.next_step
            )
        except NotAttempted as error:
            next_step = f'run the exercise\'s cell first; lab.hint("{exercise.id}") helps'
            return Result(*about, CheckOutcome.NOT_ATTEMPTED, found=str(error), next_step=next_step)
        except LabkitError as error:
            next_step = "put that right, then check again"
            return Result(*about, CheckOutcome.ERROR, found=str(error), next_step=next_step)
        except ClientError as error:
            if _NOT_FOUND.search(error.response.get("Error", {}).get("Code", "")):
                return _nothing_there(exercise, error)
            return self._broken(exercise, error)
        except Exception as error:
            return self._broken(exercise, error)
        return Result(*about, CheckOutcome.PASSED, note=note or "")

    def _broken(self, exercise: Exercise, error: Exception) -> Result:
        """Report an exception that no check should let out."""
        place = self.lesson.place(line_in(self.lesson.path, error))
        return Result(
            exercise.id,
            exercise.title,
            CheckOutcome.ERROR,
            found=f"{_in_one_line(error)} (in the check, {place})",
            next_step="this says nothing about your answer yet. If your own code raised it, "
            "correct that; else run the notebook's first cells again, then this check",
        )

    def _record(
        self, exercise_id: str, event: str, result: Result | None = None, seconds: float = 0.0
    ) -> None:
        """Append to the progress file, and to the one that ``LABKIT_RESULTS`` names."""
        happened = ProgressEvent.now(
            self._slug, exercise_id, event, result, seconds, self.lesson.version
        )
        self.progress.append(happened)


def _nothing_there(exercise: Exercise, error: ClientError) -> Result:
    """Report that what a check looked for does not exist: no answer has been given yet."""
    message = error.response["Error"].get("Message") or error.response["Error"]["Code"]
    return Result(
        exercise.id,
        exercise.title,
        CheckOutcome.NOT_YET,
        expected=f"an answer to {error.operation_name}",
        found=message,
        next_step="run the cells above from the top, the exercise's own included, then check "
        f'again; lab.hint("{exercise.id}") helps',
    )


def _solution_failed(exercise: Exercise, error: BaseException | None) -> Result:
    """Report that a solution's own code did not run to its end."""
    return Result(
        exercise.id,
        exercise.title,
        CheckOutcome.ERROR,
        found=f"the solution stopped: {_in_one_line(error)}",
        next_step="it builds on the cells above: run them from the top, then lab.solve again. "
        "If it stopped over something that exists already, delete that first",
    )


def _in_one_line(error: BaseException | None) -> str:
    """Return an exception's type and the first line of its message."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _answer(lesson: Lesson, exercise_id: str, namespace: dict[str, Any]) -> Any:
    """Evaluate what the lesson hands to this exercise's check as ``answer=``, else None."""
    for call in lesson_calls(lesson):
        if call.method == "check" and call.exercise == exercise_id and call.answer is not None:
            return eval(compile(ast.Expression(call.answer), str(lesson.path), "eval"), namespace)
    return None
