"""What ends a run that nobody tears down, how it gets more time, and what may be promised of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from labkit.aws.clients import Clients
from labkit.aws.consent import Consent, read_consent
from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.resources import watchdog
from labkit.resources.cap import Cap
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient
from labkit.resources.kinds import KINDS
from labkit.resources.kinds.scheduler import EXPIRY
from labkit.resources.run import EXPIRES_TAG, RUN_TAG, Run
from labkit.resources.sweep import SKEW

AT_MOST_H = 24.0
"""What a renewal gives at most, in hours: whoever needs more says so again."""

AT_A_TIME = 20
"""Resources in one TagResources (Resource Groups Tagging API reference)."""


def arm(journal: Journal, clients: GetClient) -> None:
    """See to it that something ends a run in an account; what is there already stays.

    In a prepared account that is a schedule which calls the reaper, else a watchdog process on
    this computer. In the sandbox nothing is needed: it ends with its owner.

    Parameters
    ----------
    journal
        The run's journal.
    clients
        Clients whose calls are recorded: the schedule is a resource of the run.
    """
    expires_at = journal.run.expires_at
    if journal.run.target == "local" or expires_at is None:
        return
    if not _scheduled(journal, clients, expires_at):
        watchdog.start(journal)


def renew(
    journal: Journal, clients: Clients, recorded: GetClient, hours: float, cap: float
) -> None:
    """Give a run in an account more time.

    Its end is written into the tags of what it holds, by which everybody's sweeps go, then into
    its schedule and its journal.

    Parameters
    ----------
    journal
        The run's journal.
    clients, recorded
        Clients that nobody records, and those of the run.
    hours
        From now on.
    cap
        What the run may cost until then, in USD.

    Raises
    ------
    Refused
        When the run could cost more than its cap until then.
    LabkitError
        When it could not be renewed; then it ends when it would have ended.
    """
    run = journal.run
    if run.target == "local" or run.expires_at is None:
        return
    if journal.closed or not 0 < hours <= AT_MOST_H:
        raise LabkitError(
            f"A run that is not torn down can be given up to {AT_MOST_H:g} hours from now on. "
            "Nothing was changed."
        )
    expires_at = max(run.expires_at, clock().now() + timedelta(hours=hours))
    Cap(journal, cap).require_room_until(expires_at, clock().now())
    _retag(journal, clients, expires_at)
    item = _switch(journal)
    if item is not None and item.id is not None:
        scheduler = recorded("scheduler")
        shown = scheduler.get_schedule(Name=item.name)
        kept = {name: shown[name] for name in ("Name", "FlexibleTimeWindow", "Target")}
        scheduler.update_schedule(**kept, **_at(expires_at))
    journal.renew(expires_at)


def has_begun(journal: Journal) -> bool:
    """Tell whether a run has made anything beside the schedule that ends it."""
    return any(not KINDS[item.kind].goes_last(item.name) for item in journal.items())


def is_over(run: Run) -> bool:
    """Tell whether a run in an account may be taken away by anybody by now."""
    return run.target != "local" and run.expires_at is not None and run.expires_at <= clock().now()


def promise(journal: Journal) -> str:
    """Return what becomes of a run that nobody tears down, and no more than what holds."""
    run = journal.run
    if run.target == "local" or run.expires_at is None:
        return "What is not torn down ends with the sandbox."
    item = _switch(journal)
    if item is not None and item.id is not None:
        return (
            f"At {_local(run.expires_at + SKEW)} the account deletes by itself what is left, "
            "whether this computer is on or not. lab.renew() gives the run more time."
        )
    if watchdog.watches(journal):
        return (
            f"At {_local(run.expires_at)} this computer tears down what is left, if it is on then, "
            "and signed in to AWS. The account itself deletes nothing: end with lab.teardown()."
        )
    return (
        f"From {_local(run.expires_at)} on an instructor's sweep may delete what is left. Nothing "
        "deletes it by itself: end with lab.teardown()."
    )


def _scheduled(journal: Journal, clients: GetClient, expires_at: datetime) -> bool:
    """Tell whether the account's reaper will be called for this run; see to it if it can be."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        consent = read_consent(clients("ssm"))
        if consent is None or not consent.prepared:
            return False
        _schedule(journal, clients("scheduler"), consent, expires_at)
    except (BotoCoreError, ClientError):
        return False
    return True


def _schedule(journal: Journal, scheduler: Any, consent: Consent, expires_at: datetime) -> None:
    name = journal.run.name(EXPIRY)
    try:
        arn = scheduler.get_schedule(Name=name)["Arn"]
    except scheduler.exceptions.ResourceNotFoundException:
        target = {"Arn": consent.reaper, "RoleArn": consent.switch_role}
        scheduler.create_schedule(
            Name=name,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target | {"Input": json.dumps({"run": journal.run.id})},
            **_at(expires_at),
        )
        return
    item = _switch(journal)
    if item is None or item.id is None:
        journal.adopt("schedule", name, arn)


def _at(expires_at: datetime) -> dict[str, str]:
    """Return when a schedule fires, once: the reaper, too, adds an hour for clocks that differ.

    It stays after that: until everything else is gone, it tells the reaper of the run's end.
    """
    return {
        "ScheduleExpression": f"at({expires_at + SKEW:%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "ActionAfterCompletion": "NONE",
    }


def _switch(journal: Journal) -> Item | None:
    for item in journal.open_items():
        if KINDS[item.kind].goes_last(item.name):
            return item
    return None


def _retag(journal: Journal, clients: Clients, expires_at: datetime) -> None:
    """Write a run's new end into the tags of what AWS's index of tags shows of it.

    One that takes it is enough: a run stays as long as any of its tags says so.
    """
    tagging = clients("resourcegroupstaggingapi")
    tags = {EXPIRES_TAG: expires_at.isoformat(timespec="seconds")}
    changed = 0
    for some in _chunks(list(_arns(tagging, journal.run))):
        failed = tagging.tag_resources(ResourceARNList=some, Tags=tags)["FailedResourcesMap"]
        changed += len(some) - len(failed)
    held = [item for item in journal.open_items() if not KINDS[item.kind].goes_last(item.name)]
    if held and not changed:
        raise LabkitError(
            "The run was not renewed: AWS let none of its resources be tagged anew, or does not "
            "show them in its index of tags yet. Try again in a minute."
        )


def _arns(tagging: Any, run: Run) -> Iterator[str]:
    pages = tagging.get_paginator("get_resources")
    for page in pages.paginate(TagFilters=[{"Key": RUN_TAG, "Values": [run.id]}]):
        yield from (one["ResourceARN"] for one in page["ResourceTagMappingList"])


def _chunks(arns: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(arns), AT_A_TIME):
        yield list(arns[start : start + AT_A_TIME])


def _local(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
