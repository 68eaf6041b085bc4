"""Finds the runs that this user's journals know of, and tears one down from its journal alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.embedded import Sandbox
from labkit.aws.opening import open_target
from labkit.aws.targets import EmbeddedTarget, Target
from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.resources.journal import Journal
from labkit.resources.report import Left, Removal, TeardownReport
from labkit.resources.run import Run, new_id, owner
from labkit.resources.teardown import teardown
from labkit.state import state_dir

LIFETIME = timedelta(hours=12)
"""A run may be taken away by anybody after that long: a day of the course."""

ENDED = "the sandbox that held it has ended, and everything in it with it"


def start(lesson: str, target: Target, edition: str | None = None) -> Journal:
    """Begin a run of a lesson, and return its journal; `edition` is as in `Run`."""
    now = clock().now()
    run = Run(
        id=new_id(),
        owner=owner(),
        lesson=lesson,
        target=target.name,
        account=target.account,
        region=target.region,
        started_at=now,
        sandbox=target.sandbox.as_json() if isinstance(target, EmbeddedTarget) else None,
        expires_at=now + LIFETIME,
        edition=edition,
    )
    return begin(run)


def begin(run: Run) -> Journal:
    """Begin the journal of a run, and return it."""
    folder = state_dir() / "runs" / f"{run.target}-{run.account}-{run.region}"
    return Journal.start(folder, run)


def unfinished() -> list[Journal]:
    """Return the journals of all runs that are not closed, the oldest first."""
    paths = (state_dir() / "runs").glob("*/*.jsonl")
    journals = [journal for path in paths if (journal := _read(path)) and not journal.closed]
    return sorted(journals, key=lambda journal: journal.run.started_at)


def _read(path: Path) -> Journal | None:
    try:
        return Journal(path)
    except LabkitError:
        return None  # killed before the first line was on disk: nothing was sent


def unfinished_in(target: Target, lesson: str, edition: str | None = None) -> Journal | None:
    """Return the latest unfinished run of a lesson's edition in this very target, or None."""
    sandbox = target.sandbox.as_json() if isinstance(target, EmbeddedTarget) else None
    place = (target.name, target.account, target.region, lesson, edition, sandbox)
    for journal in reversed(unfinished()):
        run = journal.run
        here = (run.target, run.account, run.region, run.lesson, run.edition, run.sandbox)
        if here == place:
            return journal
    return None


def journals_of(run_id: str) -> list[Journal]:
    """Return the journals of a run, closed or not, by its number or the number's first digits.

    A run whose journal was lost may have one for each Region in which something of it was found.
    """
    paths = (state_dir() / "runs").glob(f"*/{run_id}*.jsonl")
    return [journal for path in paths if (journal := _read(path)) is not None]


def folder_of(run: Run) -> Path:
    """Return the run's own folder for source files (it need not be there)."""
    return state_dir() / "work" / run.id


def tear_down(
    journal: Journal, clients: Clients | None = None, progress: bool = True
) -> TeardownReport:
    """Tear a run down from its journal alone, as a new process does after a crash.

    Parameters
    ----------
    journal
        From `unfinished`.
    clients
        Clients of the run's target that the guard lets pass and nobody records; by default the
        target is opened again.
    progress
        Whether to show a progress bar.

    Raises
    ------
    LabkitError
        When the journal cannot be written.
    """
    sandbox = Sandbox.from_json(journal.run.sandbox) if journal.run.sandbox else None
    if sandbox is not None and sandbox.ended():
        return _close_with_sandbox(journal)
    report = _tear_down(journal, clients, progress)
    if report.clean:
        _remove_folder(journal.run)
    elif sandbox is not None and sandbox.ends():  # it ended while its things were taken away
        return _close_with_sandbox(journal)
    return report


def _tear_down(journal: Journal, clients: Clients | None, progress: bool) -> TeardownReport:
    try:
        clients = clients or reopen(journal.run)
    except LabkitError as error:
        return _blocked(journal, str(error))
    return teardown(journal, clients, clients.target.limits, progress)


def ended(run: Run) -> bool:
    """Tell whether a local run's sandbox is over for certain, and everything in it with it."""
    return bool(run.sandbox and Sandbox.from_json(run.sandbox).ended())


def close_ended() -> list[Run]:
    """Close the local runs whose sandbox is over for certain, and return them."""
    over = [journal for journal in unfinished() if ended(journal.run)]
    for journal in over:
        _close_with_sandbox(journal)
    return [journal.run for journal in over]


def teardown_all(
    progress: bool = True, before: Callable[[Journal], None] | None = None
) -> list[TeardownReport]:
    """Tear down every unfinished run of this user, whatever its target.

    Parameters
    ----------
    progress
        Whether to show progress bars.
    before
        Is told of each run before it is torn down.
    """
    reports = []
    for journal in unfinished():
        if before is not None:
            before(journal)
        reports.append(tear_down(journal, progress=progress))
    return reports


def _remove_folder(run: Run) -> None:
    shutil.rmtree(folder_of(run), ignore_errors=True)


def reopen(run: Run) -> Clients:
    """Return clients of a run's target that the guard lets pass and nobody records.

    Raises
    ------
    LabkitError
        When the target cannot be opened, or is another account than the run's.
    """
    sandbox = Sandbox.from_json(run.sandbox) if run.sandbox else None
    target = EmbeddedTarget(sandbox, run.region) if sandbox else open_target("aws", run.region)
    if target.account != run.account:
        raise LabkitError(
            f"the run is in account {run.account}, and the credentials are of {target.account}. "
            "Sign in to the run's account and tear it down again."
        )
    return Clients(target, guard.admit(target))


def _close_with_sandbox(journal: Journal) -> TeardownReport:
    outcomes = []
    for item in journal.open_items():
        journal.gone(item.op, ENDED)
        outcomes.append(Removal(item.kind, item.name, item.id or "", "gone", ENDED))
    journal.close(ENDED)
    _remove_folder(journal.run)
    return TeardownReport(journal.run.id, journal.run.lesson, outcomes, [])


def _blocked(journal: Journal, why: str) -> TeardownReport:
    items = journal.open_items()
    return TeardownReport(
        journal.run.id,
        journal.run.lesson,
        [Removal(item.kind, item.name, item.id or "", "blocked", why) for item in items],
        [Left(item.kind, item.name, item.id or "", why) for item in items]
        or [Left("run", journal.run.id[:8], "", why)],
    )
