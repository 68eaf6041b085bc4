"""Finds what bears labkit's tags or names though no journal here knows of it, and takes it away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.targets import EmbeddedTarget, Target
from labkit.clock import clock
from labkit.errors import Refused
from labkit.resources import runs
from labkit.resources.journal import Journal
from labkit.resources.kind import Found, GetClient, Kind
from labkit.resources.kinds import KINDS
from labkit.resources.report import Left, TeardownReport
from labkit.resources.run import EXPIRES_TAG, LESSON_TAG, OWNER_TAG, RUN_TAG, Run, owner
from labkit.resources.tagged import read, tagged

WORKERS = 4
"""Listings at a time."""

NAMED = re.compile(r"lk-([a-z0-9]+)-([0-9a-f]{6})-([0-9a-f]{8})-")
"""Lesson, owner and run in the names that `Run.name` gives."""

EVERYBODYS = "lk-"
"""What all of labkit's names begin with."""

SKEW = timedelta(hours=1)
"""How wrong two machines' clocks may be, summer time included: nothing is expired sooner."""

AT_MOST = 100
"""Resources that one sweep deletes unless told otherwise: some three labs."""


@dataclass(frozen=True)
class Stray:
    """A resource that was found by its tags, or failing those by its name.

    Attributes
    ----------
    kind, name, id
        As in a journal.
    run
        Number of its run: 32 digits from its tag, or the 8 of its name.
    owner, lesson
        Whose it is, and of which lesson (as far as the name says it).
    expires
        Text of its tag; None where it has none.
    tagged
        Whether it bears the run's tag, or is of a kind that cannot.
    """

    kind: str
    name: str
    id: str
    run: str
    owner: str
    lesson: str
    expires: str | None
    tagged: bool


@dataclass(frozen=True)
class Sweep:
    """What a sweep found and did.

    Attributes
    ----------
    found
        Everything that matched.
    kept
        For each run that was left alone, its number and why.
    unknown
        Kinds that could not be listed: whether something of them is left is not known.
    reports
        The teardowns.
    unclaimed
        What bears a run's name, but neither its tag nor anything else that shows whose it is: it
        was not touched.
    """

    found: Sequence[Stray]
    kept: Sequence[tuple[str, str]]
    unknown: Sequence[str]
    reports: Sequence[TeardownReport]
    unclaimed: Sequence[Stray] = ()

    @property
    def verdict(self) -> str:
        """``clean``, ``left`` or ``unknown``."""
        if self.unknown:
            return "unknown"
        clean = not self.unclaimed and all(report.clean for report in self.reports)
        return "clean" if clean else "left"

    def as_json(self) -> dict[str, Any]:
        """Return the sweep for ``json.dumps``."""
        return {
            "verdict": self.verdict,
            "found": [asdict(stray) for stray in self.found],
            "kept": [{"run": run, "why": why} for run, why in self.kept],
            "unknown": list(self.unknown),
            "runs": [report.as_json() for report in self.reports],
            "unclaimed": [asdict(stray) for stray in self.unclaimed],
        }

    def __repr__(self) -> str:
        lines = [repr(report) for report in self.reports]
        lines += [f"Run {run[:8]} was not touched: {why}." for run, why in self.kept]
        lines += [f"Unknown: {why}" for why in self.unknown]
        lines += [
            f"The {one.kind} {one.name} was not touched: it bears a run's name and not its tag. If "
            "it is yours, delete it by hand."
            for one in self.unclaimed
        ]
        return "\n\n".join(lines) or "Nothing was found."


def search(get_client: GetClient, whose: str | None) -> tuple[list[Stray], list[str]]:
    """List every kind, and ask AWS's index of tags for what no listing shows.

    Parameters
    ----------
    get_client
        Gives the client of a service.
    whose
        The owner's 6 digits; None for everybody's.

    Returns
    -------
    tuple
        What is labkit's, and a sentence for each kind that could not be listed.
    """
    unknown: list[str] = []
    marker = f"{whose}-" if whose else EVERYBODYS

    def of_kind(kind: Kind) -> list[Stray]:
        try:
            found = kind.find(get_client, marker)
            return [stray for one in found if (stray := _stray(kind, one)) is not None]
        except Exception as error:
            unknown.append(f"{kind.name}: could not be listed: {error}")
            return []

    with ThreadPoolExecutor(WORKERS) as pool:
        strays = [stray for some in pool.map(of_kind, KINDS.values()) for stray in some]
    try:
        strays += _from_the_index(get_client, whose, strays)
    except Exception as error:
        unknown.append(f"AWS's index of tags: could not be asked: {error}")
    own = [one for one in strays if whose in (None, one.owner)]
    return _with_full_numbers(own), sorted(unknown)


def _from_the_index(
    get_client: GetClient, whose: str | None, listed: Sequence[Stray]
) -> list[Stray]:
    """Return what the index names, no listing showed, and its own service shows."""
    known = {(one.kind, one.id) for one in listed}
    named = [word for one in listed for word in (one.name, one.id) if word]
    news = (arn for arn in tagged(get_client, whose) if not any(word in arn for word in named))
    read_now = (found for arn in news if (found := read(get_client, arn)) is not None)
    strays = (_stray(kind, found) for kind, found in read_now)
    return [one for one in strays if one is not None and (one.kind, one.id) not in known]


def _stray(kind: Kind, found: Found) -> Stray | None:
    tags = found.tags or {}
    named = NAMED.search(found.name)
    lesson, owner, run = named.groups() if named else ("", "", "")
    tagged = found.tags is None or RUN_TAG in tags
    run, owner = tags.get(RUN_TAG, run), tags.get(OWNER_TAG, owner)
    if not run:
        return None
    lesson, expires = tags.get(LESSON_TAG, lesson), tags.get(EXPIRES_TAG)
    return Stray(kind.name, found.name, found.id, run, owner, lesson, expires, tagged)


def _with_full_numbers(strays: Sequence[Stray]) -> list[Stray]:
    """Complete the number of what has only its name from the tags of others of its run."""
    full = {(one.owner, one.run[:8]): one for one in strays if len(one.run) > 8}
    return [
        replace(one, run=whole.run, lesson=whole.lesson)
        if (whole := full.get((one.owner, one.run[:8])))
        else one
        for one in strays
    ]


def sweep_own(clients: Clients, whose: str, progress: bool = True) -> Sweep:
    """Tear down what bears this owner's number and is of a run whose journal is lost or closed.

    Parameters
    ----------
    clients
        Clients that the guard lets pass.
    whose
        The owner's 6 digits.
    progress
        Whether to show progress bars.
    """
    own, unknown = search(clients, whose)
    reports, kept, unclaimed = [], [], list[Stray]()
    for some in _by_run(own):
        if all(journal.closed for journal in runs.journals_of(some[0].run)):
            reports.append(_take_away(clients, some, progress))
            unclaimed += _unclaimed(clients, some)
        else:
            kept.append((some[0].run, "it is unfinished, and `labkit teardown` deletes it"))
    return Sweep(own, kept, unknown, reports, unclaimed)


def sweep_target(
    target: Target,
    expired: bool,
    at_most: int = AT_MOST,
    delete: bool = True,
    progress: bool = True,
) -> Sweep:
    """Sweep a target as ``labkit sweep`` does: one's own lost runs, or everybody's expired ones.

    Raises
    ------
    Refused
        When the guard does not let labkit work there, or too much would be deleted.
    """
    clients = Clients(target, guard.admit(target))
    if expired:
        return sweep_expired(clients, at_most, delete, progress=progress)
    return sweep_own(clients, owner(), progress)


def sweep_expired(
    clients: Clients,
    at_most: int = AT_MOST,
    delete: bool = True,
    run: str | None = None,
    progress: bool = True,
) -> Sweep:
    """Tear down all runs in the account whose time is over, whoever owns them.

    Parameters
    ----------
    clients
        Clients that the guard lets pass.
    at_most
        Resources that may be deleted; beyond, nothing is.
    delete
        False only to look.
    run
        Number of the one run that is meant; None for all.
    progress
        Whether to show progress bars.

    Raises
    ------
    Refused
        When more than `at_most` resources would be deleted.
    """
    strays, unknown = search(clients, whose=None)
    meant = [one for one in strays if run is None or one.run == run]
    over: list[list[Stray]] = []
    kept: list[tuple[str, str]] = []
    for some in _by_run(meant):
        why = _not_over(some, clock().now())
        if why is None and delete:
            over.append(some)
        else:
            kept.append((some[0].run, why or "it has expired; this was only a look"))
    count = sum(map(len, over))
    if count > at_most:
        raise Refused(
            f"{count} resources have expired, and this sweep may delete {at_most}. Nothing was "
            "deleted. Look at them (labkit sweep --expired --list), then allow as many: "
            f"--at-most {count}."
        )
    return Sweep(meant, kept, unknown, [_take_away(clients, some, progress) for some in over])


def _by_run(strays: Iterable[Stray]) -> Iterator[list[Stray]]:
    by_run: dict[tuple[str, str], list[Stray]] = {}
    for one in strays:
        by_run.setdefault((one.owner, one.run), []).append(one)
    yield from by_run.values()


def _not_over(strays: Sequence[Stray], now: datetime) -> str | None:
    """Say why a run has to stay; None when each of its tags says that its time is over."""
    texts = {one.expires for one in strays if one.expires is not None}
    if not texts:
        return "nothing of it says when it expires"
    for text in sorted(texts):
        try:
            expires = datetime.fromisoformat(text)
        except ValueError:
            return f"the tag {EXPIRES_TAG}={text} is no time"
        if expires.tzinfo is None:
            return f"the tag {EXPIRES_TAG}={text} lacks a time zone"
        if now < expires + SKEW:
            return f"it expires at {text} (an hour is added for clocks that differ)"
    return None


def _take_away(clients: Clients, strays: Sequence[Stray], progress: bool) -> TeardownReport:
    """Tear a run down; one that cannot be put on record stays, and stops no other."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        journal = _on_record(clients, strays)
    except (BotoCoreError, ClientError) as error:
        why = f"not touched: what AWS made alongside its run could not be listed: {error}"
        left = [Left(one.kind, one.name, one.id, why) for one in strays]
        return TeardownReport(strays[0].run, strays[0].lesson, [], left)
    return runs.tear_down(journal, clients, progress)


def _on_record(clients: Clients, strays: Sequence[Stray]) -> Journal:
    """Return a run's journal, in which everything that was found of it stands."""
    own = [one for one in strays if one.tagged]
    made = [pair for one in own for pair in KINDS[one.kind].alongside(clients, one.id)]
    journal = _journal_here(clients, strays[0].run) or _recovered(clients, strays[0])
    known = {(item.kind, item.id) for item in journal.open_items()}
    for one in own:
        if (one.kind, one.id) not in known:
            journal.adopt(one.kind, one.name, one.id)
    for kind, name in made:
        if (kind, name) not in known:
            journal.imply(kind, name)
    return journal


def _journal_here(clients: Clients, run_id: str) -> Journal | None:
    """Return the run's journal of this very place: elsewhere nothing of another one is to be seen.

    IAM's roles and S3's buckets show in every Region, the rest of their run only in its own.
    """
    here = (clients.target.name, clients.target.account, clients.target.region)
    for journal in runs.journals_of(run_id):
        if (journal.run.target, journal.run.account, journal.run.region) == here:
            return journal
    return None


def _unclaimed(clients: Clients, strays: Sequence[Stray]) -> list[Stray]:
    """Return what no journal took for its own: untagged, and made alongside nothing that is."""
    journal = _journal_here(clients, strays[0].run)
    known = {(item.kind, item.id) for item in journal.items()} if journal else set()
    return [one for one in strays if not one.tagged and (one.kind, one.id) not in known]


def _recovered(clients: Clients, stray: Stray) -> Journal:
    target = clients.target
    sandbox = target.sandbox.as_json() if isinstance(target, EmbeddedTarget) else None
    run = Run(
        id=stray.run,
        owner=stray.owner,
        lesson=stray.lesson,
        target=target.name,
        account=target.account,
        region=target.region,
        started_at=clock().now(),
        sandbox=sandbox,
    )
    return runs.begin(run)
