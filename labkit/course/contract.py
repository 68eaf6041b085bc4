"""The exercise contract: what an author subclasses, and how a check says "not yet"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until

Found = TypeVar("Found")

SAYS_AFTER_S = 2.0
"""When a check that still waits says so, in seconds."""


class NotYet(LabkitError):
    """An exercise is not solved yet: what was expected, what was found, what to do next."""

    def __init__(self, expected: str, found: str, next_step: str) -> None:
        super().__init__(f"expected {expected}; found {found}; next: {next_step}")
        self.expected = expected
        self.found = found
        self.next_step = next_step


class NotPassed(LabkitError):
    """A check did not pass while ``LABKIT_STRICT=1`` asked for an error in that case."""


class Exercise:
    """One exercise; an author subclasses it in an ``exercise-definition`` cell of a lesson.

    Attributes
    ----------
    id
        The name that ``lab.check(id)`` and the exercise's cell use.
    title
        What the learner reads on the result card and in the stub.
    hints
        Markdown, from a nudge to nearly the answer; each ``lab.hint(id)`` shows one more.
    minutes
        How long it takes a learner, for the lesson's planned minutes: 4 to 7.
    answer
        What the learner handed to ``lab.check(id, answer=…)``, else None.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    hints: ClassVar[tuple[str, ...]] = ()
    minutes: ClassVar[int] = 5
    answer: Any = None

    def check(self, lab: Any) -> str | None:
        """Look at what the learner has made, through the AWS API.

        Returns
        -------
        str or None
            A sentence to show with "passed".

        Raises
        ------
        NotYet
            The answer is not right yet.
        NotAttempted
            There is nothing to look at.
        """
        raise NotImplementedError(f"the exercise {self.id!r} has no check")

    def written(self, lab: Any, name: str) -> Path:
        """Return the path of a file that a ``%%function_file`` cell has written.

        Raises
        ------
        NotYet
            There is no such file.
        """
        path = Path(lab.folder) / name
        if not path.exists():
            raise NotYet(
                f"the file {name}", "no such file", "write your code in the cell above, and run it"
            )
        return path

    def wait(
        self,
        probe: Callable[[], Found],
        seconds: float,
        what: str = "the answer",
        next_step: str = "look at the cell above, correct it, and check again",
        seen: Callable[[], str] | None = None,
    ) -> Found:
        """Wait until `probe` returns something true, and return that.

        A wait of more than two seconds says what it waits for.

        Parameters
        ----------
        probe
            Called at once, then again and again. What it raises ends the wait.
        seconds
            The longest wait, in seconds.
        what
            What is waited for, as in "expected …".
        next_step
            What the learner should do if it does not come.
        seen
            Says what there is instead, when the time is up.

        Raises
        ------
        NotYet
            When the time is up.
        """
        begin, told = clock().monotonic(), False

        def look() -> Found:
            nonlocal told
            found = probe()
            if not (found or told) and clock().monotonic() - begin >= SAYS_AFTER_S:
                print(f"Waiting for {what}, up to {seconds:g} s …", flush=True)
                told = True
            return found

        try:
            return wait_until(look, seconds, what)
        except NotInTime:
            found = f"{seen()}, after {seconds:g} s" if seen else f"not so within {seconds:g} s"
            raise NotYet(what, found, next_step) from None
