"""The one object a notebook needs: clients that remember, names, checks, and a clean end."""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from labkit.aws import guard
from labkit.aws.client_config import ATTEMPTS, POOL
from labkit.aws.clients import Clients
from labkit.aws.opening import open_target
from labkit.aws.targets import Target
from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.resources import expiry, held, runs
from labkit.resources.cap import CAP_USD
from labkit.resources.cell_executions import CellExecutions
from labkit.resources.journal import Journal
from labkit.resources.recorder import Recorder
from labkit.resources.response_replay import ResponseReplay
from labkit.resources.table import resources

if TYPE_CHECKING:
    import pandas as pd

    from labkit.course.cards import Hint, Solution, Withheld
    from labkit.course.doctor.findings import Diagnosis
    from labkit.course.exercises import ExerciseBook, Result
    from labkit.resources.cost import Cost
    from labkit.resources.kind import GetClient
    from labkit.resources.report import TeardownReport

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can hold; always the same, so that equal code gives equal bytes."""

WhenUnfinished = Literal["continue", "new", "teardown"]


class Lab:
    """One run of a lesson, in the local sandbox or in an AWS account.

    Parameters
    ----------
    lesson
        The lesson's slug, such as ``"delivery-queue"``.
    target
        ``"local"`` or ``"aws"``; by default what ``LABKIT_TARGET`` says, else ``"local"``.
    region
        AWS region; by default the target's own.
    run
        What to do when an earlier run of this lesson is unfinished in the same place (the kernel
        was restarted, say): ``"continue"`` with it, begin a ``"new"`` one beside it, or begin a new
        one after its ``"teardown"``.

    Attributes
    ----------
    lesson
        The lesson's slug.
    target
        The target that was opened.

    Raises
    ------
    LabkitError
        When the target cannot be opened, or the guard does not let labkit work in the account.

    Examples
    --------
    >>> lab = Lab("delivery-queue")  # doctest: +SKIP
    >>> sqs = lab.client("sqs")  # doctest: +SKIP
    >>> sqs.create_queue(QueueName=lab.name("orders"))  # doctest: +SKIP
    >>> lab.teardown()  # doctest: +SKIP
    """

    def __init__(
        self,
        lesson: str,
        target: str | None = None,
        region: str | None = None,
        run: WhenUnfinished = "continue",
    ) -> None:
        if run not in ("continue", "new", "teardown"):
            raise LabkitError(f'Lab(..., run={run!r}): use "continue", "new" or "teardown".')
        self.lesson = lesson
        self.target: Target = open_target(target, region)
        token = guard.admit(self.target)
        self._journal = self._open_journal(run)
        recorder = Recorder(self._journal, guard.cap_usd(CAP_USD))
        cells = CellExecutions()
        self._replay = ResponseReplay(runs.folder_of(self._journal.run), self._journal, cells)
        self._clients = Clients(self.target, token, [recorder.attach], self._replay)
        self._unrecorded = Clients(self.target, token)
        expiry.arm(self._journal, self._clients)
        self._furnish_notebook(cells)

    @property
    def account(self) -> str:
        """Number of the account, 12 digits."""
        return self.target.account

    @property
    def region(self) -> str:
        """Name of the AWS region."""
        return self.target.region

    @property
    def run_id(self) -> str:
        """Number of this run, 32 hexadecimal digits."""
        return self._journal.run.id

    @property
    def folder(self) -> Path:
        """This run's own folder for source files; the teardown removes it.

        Raises
        ------
        LabkitError
            When the run has been torn down.
        """
        if self._journal.closed:
            raise LabkitError(
                "This run has been torn down. Run the lesson's first cell again to start a new one."
            )
        folder = runs.folder_of(self._journal.run)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def client(self, service: str, attempts: int = ATTEMPTS, connections: int = POOL) -> Any:
        """Return the boto3 client of a service; what it creates is journalled and tagged.

        Parameters
        ----------
        service
            As boto3 names it, such as ``"sqs"``.
        attempts
            How often a call may be sent, the first time included. 1 for measuring: a client that
            repeats hides throttled calls.
        connections
            How many calls may be under way at once: further ones wait on this side.
        """
        return self._clients(service, attempts, connections)

    def name(self, logical: str) -> str:
        """Return the full name of what the lesson calls `logical`; always the same in one run."""
        return self._journal.run.name(logical)

    def invoke_url(self, rest_api_id: str, stage: str) -> str:
        """Return the address of a deployed REST API's stage, without a slash at the end."""
        return self.target.invoke_url(rest_api_id, stage)

    def zip(self, *names: str) -> bytes:
        """Return a zip file of files in `folder`, as ``Code={"ZipFile": ...}`` takes it.

        Parameters
        ----------
        names
            Paths relative to `folder`.

        Raises
        ------
        LabkitError
            When there is no such file.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(_entry(name), self._source(name))
        return packed.getvalue()

    def resources(self) -> pd.DataFrame:
        """Return what this run holds: columns `kind`, `name`, `id`, `state`, `created_at` (UTC)."""
        return resources(self._journal, self._unrecorded)

    def cost(self) -> Cost:
        """Return what this run costs so far, and if it were forgotten for a month.

        Hours are counted from the journal, requests and data from CloudWatch's metrics. Before
        anything was created it is an estimate, from what the lesson says that it creates. In the
        sandbox nothing costs anything: it is what it would have cost in the Region.
        """
        return self._cost(self._unrecorded)

    def _cost(self, get_client: GetClient | None = None) -> Cost:
        from labkit.course.cost_report import planned
        from labkit.resources.cost import running

        if expiry.has_begun(self._journal):
            return running(self._journal, clock().now(), get_client=get_client)
        return planned(self.lesson, self.region, self.target.name == "aws")

    def teardown(self, progress: bool = True) -> TeardownReport:
        """Delete everything this run created, and count what is left.

        It may be interrupted and called again: it goes on where it stopped.

        Parameters
        ----------
        progress
            Whether to show a progress bar.
        """
        return runs.tear_down(self._journal, self._unrecorded, progress)

    def renew(self, hours: float = runs.LIFETIME / timedelta(hours=1)) -> None:
        """Give a run in an account more time, and print what is promised of its end now.

        Parameters
        ----------
        hours
            From now on; at most 24.

        Raises
        ------
        Refused
            When the run could cost more than its cap until then.
        LabkitError
            When it could not be renewed; then it ends when it would have ended.
        """
        cap = guard.cap_usd(CAP_USD)
        expiry.renew(self._journal, self._unrecorded, self._clients, hours, cap)
        print(expiry.promise(self._journal))

    def doctor(self) -> Diagnosis:
        """Look at this machine and, on AWS, at the account; say what to do where need be."""
        from labkit.course.doctor.examine import examine

        return examine(self.target.name, self.region)

    def check(self, exercise: str, answer: Any = None) -> Result:
        """Check an exercise; it says passed, not yet (and what to do), not attempted, or error.

        Parameters
        ----------
        exercise
            The exercise's id.
        answer
            The learner's answer, for an exercise that asks for one.
        """
        return self._exercises.check(exercise, answer)

    def hint(self, exercise: str) -> Hint:
        """Show an exercise's next hint."""
        return self._exercises.hint(exercise)

    def solution(self, exercise: str, anyway: bool = False) -> Solution | Withheld:
        """Show an exercise's solution, once it was passed or checked three times.

        Parameters
        ----------
        exercise
            The exercise's id.
        anyway
            Show it also before that.
        """
        return self._exercises.solution(exercise, anyway)

    def solve(self, exercise: str) -> Result:
        """Run an exercise's solution, so that the lesson can go on.

        What an earlier try has made is changed to what the solution asks for.
        """
        with self._replay.changing_what_is_there():
            return self._exercises.solve(exercise)

    def todo(self, exercise: str) -> NoReturn:
        """Stand for an exercise that is still to be done.

        Raises
        ------
        NotAttempted
            Always.
        """
        self._exercises.todo(exercise)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        report = self.teardown()
        if not report.clean and error is None:
            raise LabkitError(repr(report))

    def __repr__(self) -> str:
        where = "the sandbox on this machine" if self.target.name == "local" else "AWS"
        state = " (torn down)" if self._journal.closed else ""
        said = (
            f"Lab {self.lesson}, run {self.run_id[:8]}{state}: {where}, account {self.account}, "
            f"{self.region}"
        )
        if self.target.name == "local" or self._journal.closed:
            return said
        return f"{said}\n{self._cost().summary}\n{expiry.promise(self._journal)}"

    @cached_property
    def _exercises(self) -> ExerciseBook:
        from labkit.course.exercises import ExerciseBook

        return ExerciseBook(self, self.lesson)

    def _open_journal(self, run: WhenUnfinished) -> Journal:
        from labkit.course import places

        whose = places.edition()
        ended = [
            old for old in runs.close_ended() if (old.lesson, old.edition) == (self.lesson, whose)
        ]
        earlier = None if run == "new" else runs.unfinished_in(self.target, self.lesson, whose)
        if earlier is None:
            if ended:
                print("The sandbox of this lesson's earlier run has ended, so this is a new run.")
            return runs.start(self.lesson, self.target, whose)
        over = expiry.is_over(earlier.run)
        if over:
            print("The time of this lesson's earlier run is over, so this is a new run.")
        if over or run == "teardown":
            report = runs.tear_down(earlier)
            if not report.clean:
                raise LabkitError(f"The earlier run could not be torn down.\n{report!r}")
            print(report.summary)
            return runs.start(self.lesson, self.target, whose)
        print(
            f"Going on with this lesson's run of {earlier.run.started_at.astimezone():%H:%M}: "
            f"{held.in_words(earlier.open_items())} on record (lab.resources()). "
            "To start over, run lab.teardown(), then this cell."
        )
        return earlier

    def _source(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise LabkitError(
                f"lab.zip: there is no file {name} in lab.folder. Run the cell that begins with "
                f"%%function_file {name} first."
            ) from None

    def _furnish_notebook(self, cells: CellExecutions) -> None:
        """In IPython, add magics, follow its cells, and show answers and errors in short."""
        if "IPython" not in sys.modules:
            return
        from IPython import get_ipython

        if (shell := get_ipython()) is not None:
            from labkit.course import magics, places
            from labkit.course.progress import LessonProgress, ProgressEvent
            from labkit.show.cell_errors import shorten_errors
            from labkit.show.clock_times import show_clock_times
            from labkit.show.responses import shorten_answers

            magics.register(self)
            shorten_answers(shell)
            show_clock_times(shell)
            shorten_errors(shell)
            cells.listen(shell)
            LessonProgress(self.lesson, places.edition()).append(
                ProgressEvent.now(self.lesson, "", "open")
            )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16  # Lambda's user has to be able to read the file
    return entry
