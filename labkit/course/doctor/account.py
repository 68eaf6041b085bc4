"""Looks at an AWS account: identity, guard, clock, quotas, and what is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore.exceptions import BotoCoreError, ClientError

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.targets import AccountTarget
from labkit.course.doctor.findings import Finding, fine, problem, some, warning
from labkit.course.doctor.permissions import examine_permissions
from labkit.course.doctor.preparation import expiry
from labkit.errors import LabkitError
from labkit.resources.run import RUN_TAG
from labkit.resources.runs import unfinished

CLOCK = "clock, for AWS"

REFUSED_S = 300
"""Seconds by which the clock may be wrong: AWS refuses signatures that are older (Signature V4)."""

TELLING_S = 30
"""Seconds from which times in a log and times on this machine tell different stories."""

CONCURRENCY = 1000
"""Lambda's concurrency limit of an account in use; a new one may have 10."""

UNRESERVED = 100
"""What Lambda keeps unreserved (its Developer Guide, "Configuring reserved concurrency")."""

RESERVED_EACH = 2
"""What a learner reserves in lessons 07 and 09."""

NETWORK = (
    ("VPCs", "vpc", "L-F678F1CE", "describe_vpcs", "Vpcs"),
    ("Elastic IPs", "ec2", "L-0263D0A3", "describe_addresses", "Addresses"),
)
"""What lessons 01 to 03 make one or two of, with its quota's code and what lists those in use."""

DEFAULT_QUOTA = 5
"""Both quotas' default (Amazon VPC User Guide, "Amazon VPC quotas")."""

SPARE = 2
"""What a learner makes of each."""


def examine_account(target: AccountTarget) -> Iterator[Finding]:
    """Yield what there is to say about an account.

    Parameters
    ----------
    target
        From `open_target`; nothing is changed in it.
    """
    clients = Clients(target)
    yield fine("identity", f"{target.identity}, region {target.region}")
    yield _admitted(target)
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        CLOCK: lambda: _clock(clients),
        "Lambda concurrency": lambda: concurrency(clients),
        "network quotas": lambda: network(clients),
        "permissions": lambda: examine_permissions(clients, target),
        "expired runs": lambda: expiry(clients),
        "leftovers": lambda: _leftovers(clients),
    }
    for about, check in checks.items():
        try:
            yield from check()
        except (BotoCoreError, ClientError, LabkitError) as error:
            yield warning(
                about, f"could not be read: {error}", "Ask whoever runs the account to look."
            )


def _admitted(target: AccountTarget) -> Finding:
    try:
        guard.admit(target)
    except LabkitError as error:
        return problem("guard", str(error), "docs/aws.md says how an account is allowed.")
    return fine("guard", "the account and the region are on your list, and it is no production")


def _clock(clients: Clients) -> Iterator[Finding]:
    answer = clients("sts").get_caller_identity()
    theirs = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    found = f"{apart:.0f} s from AWS's"
    if apart > REFUSED_S:
        yield problem(CLOCK, found, "Set the clock: AWS refuses calls from it.")
    elif apart > TELLING_S:
        yield warning(CLOCK, found, "Set the clock: times in logs will not fit yours.")
    else:
        yield fine(CLOCK, found)


def concurrency(clients: Clients, learners: int = 1) -> Iterator[Finding]:
    """Compare the account's concurrent executions with what so many learners reserve."""
    limits = clients("lambda").get_account_settings()["AccountLimit"]
    limit, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    found = f"{limit} at a time, {free} of them unreserved"
    reserved = RESERVED_EACH * learners
    if free < UNRESERVED + reserved:
        yield warning(
            "Lambda concurrency",
            f"{found}: lessons 07 and 09 reserve {reserved} and {UNRESERVED} have to stay, so they "
            f"cannot, and bursts are throttled at {limit}",
            f"Ask Service Quotas for {CONCURRENCY} (Lambda, L-B99A9384); it takes hours to days.",
        )
    else:
        yield fine("Lambda concurrency", found)


def network(clients: Clients, learners: int = 1) -> Iterator[Finding]:
    """Compare what is left of the network's quotas with what so many learners make."""
    for about, service, code, operation, items in NETWORK:
        quota, known = _quota(clients, service, code)
        used = len(getattr(clients("ec2"), operation)()[items])
        found = f"{used} of {quota} in use{'' if known else ' (taking the quota for the default)'}"
        if learners > 1:
            found += f"; {learners} learners make up to {SPARE * learners}"
        if quota - used < SPARE * learners:
            yield warning(
                about,
                found,
                f"Delete unused ones, or ask Service Quotas for more ({service}, {code}).",
            )
        else:
            yield fine(about, found)


def _quota(clients: Clients, service: str, code: str) -> tuple[int, bool]:
    """Return a quota, and whether it could be read."""
    try:
        answer = clients("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)
    except ClientError:
        return DEFAULT_QUOTA, False
    return int(answer["Quota"]["Value"]), True


def _leftovers(clients: Clients) -> Iterator[Finding]:
    mine = {journal.run.id for journal in unfinished()}
    pages = clients("resourcegroupstaggingapi").get_paginator("get_resources")
    runs = Counter(
        tag["Value"]
        for page in pages.paginate(TagFilters=[{"Key": RUN_TAG}])
        for resource in page["ResourceTagMappingList"]
        for tag in resource["Tags"]
        if tag["Key"] == RUN_TAG
    )
    if not runs:
        yield fine("leftovers", "nothing in this region bears labkit's tag")
        return
    known = sum(count for run, count in runs.items() if run in mine)
    others = [f"run {run[:8]}: {count}" for run, count in runs.items() if run not in mine]
    if known:
        yield warning(
            "leftovers",
            f"{known} resources of your own runs",
            "`labkit teardown` deletes them, unless a lesson is under way.",
        )
    if others:
        yield warning(
            "leftovers of others",
            some(others),
            "They belong to other learners, or to a machine whose journal is gone: "
            "ask before anything is deleted.",
        )
