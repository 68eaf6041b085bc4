"""Takes away what labkit's runs left in this account and Region, once their time is over.

It needs nothing but boto3, which Lambda's Python brings along. A run goes when all of its tags say
that it is over, and an hour has passed for clocks that differ. What AWS does not let go of yet the
next sweep takes: it may come any number of times.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from labkit.aws.consent import CONSENT, SANDBOX
from labkit.resources.kind import Found, Kind
from labkit.resources.kinds import KINDS
from labkit.resources.run import EXPIRES_TAG, OWNER_TAG, RUN_TAG
from labkit.resources.sweep import EVERYBODYS, SKEW

NAME = re.compile(r"lk-[a-z0-9]+-(?P<marker>[0-9a-f]{6}-[0-9a-f]{8})-")
"""Every name that labkit gives; owner and run in it stand for the tags of what takes none."""

MOST = 200
"""Resources of one run; the largest lesson makes some forty. Beyond, a person has to look."""

TIMEOUT_S = 120.0
"""How long one sweep comes back to what AWS does not let go of yet; the next one is in an hour."""

LONGEST_PAUSE_S = 20.0


@dataclass(frozen=True)
class Thing:
    """One resource, as AWS shows it now."""

    kind: Kind
    id: str
    name: str
    tags: Mapping[str, str] | None

    @property
    def is_switch(self) -> bool:
        """Whether it is the schedule that calls this function for one run."""
        return self.kind.goes_last(self.name)

    def __str__(self) -> str:
        return f"{self.kind.name} {self.name or self.id}"


def handler(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Sweep, and return what went, what is left, what was kept, and what could not be listed.

    Parameters
    ----------
    event
        ``run``: number of the one run that is meant; all without. ``look``: delete nothing.
    """
    _require_consent()
    report = sweep(event.get("run"), bool(event.get("look")))
    print(json.dumps(report))
    return report


def _require_consent() -> None:
    consent = json.loads(client("ssm").get_parameter(Name=CONSENT)["Parameter"]["Value"])
    if consent.get("labkit") != SANDBOX:
        raise PermissionError(f"{CONSENT} does not say that this account is a sandbox for labkit")


def sweep(only: str | None, look: bool) -> dict[str, Any]:
    """Delete what is over, and come back to what does not go at once."""
    deadline, pause = time.monotonic() + TIMEOUT_S, 1.0
    sent: set[str] = set()
    while True:
        things, unknown = search()
        over, kept = sort_out(things, only, datetime.now(UTC))
        over = [one for one in over if not (unknown and one.is_switch)]
        refused = {} if look else {str(one): why for one in over if (why := _taken(one, over))}
        left = {str(one) for one in over}
        if look or not left or time.monotonic() + pause > deadline:
            break
        sent |= left
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
    return {
        "gone": sorted(sent - left),
        "left": {one: refused.get(one, "not gone yet") for one in sorted(left)},
        "kept": kept,
        "unknown": unknown,
    }


def search() -> tuple[list[Thing], list[str]]:
    """Return everything of labkit's in the order in which it can go, and what was not listed."""
    things, unknown = [], []
    for kind in sorted(KINDS.values(), key=_turn):
        try:
            things += [_thing(kind, found) for found in kind.find(client, EVERYBODYS)]
        except (BotoCoreError, ClientError) as error:
            unknown.append(f"{kind.name}: {error}")
    return things, unknown


def _turn(kind: Kind) -> int:
    """Return how many kinds have to go before one, one after the other."""
    return max((1 + _turn(KINDS[earlier]) for earlier in kind.after), default=0)


def _thing(kind: Kind, found: Found) -> Thing:
    tags = told_by(found.id) if kind.goes_last(found.name) else found.tags
    return Thing(kind, found.id, found.name, tags)


def told_by(switch: str) -> dict[str, str] | None:
    """Return what a switch tells of its run, as tags would; None if it is not of labkit's."""
    group, _, name = switch.partition(":schedule/")[2].partition("/")
    shown = client("scheduler").get_schedule(GroupName=group, Name=name)
    try:
        _, _, owner, *_ = name.split("-")
        fires = datetime.fromisoformat(shown["ScheduleExpression"][len("at(") : -1])
        expires = (fires.replace(tzinfo=UTC) - SKEW).isoformat()
        return {
            RUN_TAG: json.loads(shown["Target"]["Input"])["run"],
            OWNER_TAG: owner,
            EXPIRES_TAG: expires,
        }
    except (KeyError, TypeError, ValueError):
        return None


def sort_out(
    things: list[Thing], only: str | None, now: datetime
) -> tuple[list[Thing], dict[str, str]]:
    """Return what may go, and for each other run why it stays.

    What bears no tags of a run is the run's if its name says so; a name alone lets nothing go. A
    run's switch stays as long as there is anything else, for which it says when the run is over.
    """
    runs: dict[str, list[Thing]] = defaultdict(list)
    markers: dict[str, str] = {}
    for one in things:
        if one.tags and RUN_TAG in one.tags:
            runs[one.tags[RUN_TAG]].append(one)
            markers[f"{one.tags.get(OWNER_TAG)}-{one.tags[RUN_TAG][:8]}"] = one.tags[RUN_TAG]
    kept = {run: why for run, its in runs.items() if (why := _not_over(its, now))}
    over = {run for run in runs if run not in kept and only in (None, run)}
    its_run = [(one, run) for one in things if (run := _run_of(one, markers)) in over]
    busy = {run for one, run in its_run if not one.is_switch}
    return [one for one, run in its_run if not one.is_switch or run not in busy], kept


def _run_of(thing: Thing, markers: dict[str, str]) -> str | None:
    if thing.tags and RUN_TAG in thing.tags:
        return thing.tags[RUN_TAG]
    named = NAME.search(thing.name)
    return markers.get(named["marker"]) if named else None


def _not_over(things: list[Thing], now: datetime) -> str | None:
    """Say why a run stays; None when each of its tags says that its time is over."""
    texts = {one.tags[EXPIRES_TAG] for one in things if one.tags and EXPIRES_TAG in one.tags}
    if not texts:
        return "nothing of it says when it expires"
    if len(things) > MOST:
        return f"it has {len(things)} resources, and {MOST} go at most: look at it first"
    for text in sorted(texts):
        try:
            expires = datetime.fromisoformat(text)
            if now < expires + SKEW:
                return f"it expires at {text}"
        except (TypeError, ValueError):
            return f"{EXPIRES_TAG}={text} is no time with its zone"
    return None


def _taken(thing: Thing, over: list[Thing]) -> str | None:
    """Delete something unless others cannot go without it; return why it stays, if it does."""
    for other in over:
        if other.kind.name in thing.kind.needed_by and _is_of_the_same_run(thing, other):
            return f"it stays until {other} is gone, which cannot go without it"
    return _delete(thing)


def _is_of_the_same_run(one: Thing, other: Thing) -> bool:
    return (one.tags or {}).get(RUN_TAG) == (other.tags or {}).get(RUN_TAG)


def _delete(thing: Thing) -> str | None:
    """Send a deletion; return AWS's reason where it refuses.

    What AWS made alongside goes with it where no name of labkit's would tell it later.
    """
    try:
        for kind, name in thing.kind.alongside(client, thing.id):
            if not NAME.search(name):
                _send(KINDS[kind], name)
        _send(thing.kind, thing.id)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None


def _send(kind: Kind, resource_id: str) -> None:
    try:
        kind.delete(client, resource_id)
    except ClientError as error:
        if error.response["Error"]["Code"] not in kind.missing:
            raise


@cache
def client(service: str) -> Any:
    """Return the one client of a service."""
    settings = Config(retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client(service, config=settings)
