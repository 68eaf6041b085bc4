"""Looks at what an instructor puts into an account: consent, policies, budget, reaper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from labkit.aws import guard, policies
from labkit.aws.clients import Clients
from labkit.aws.consent import CONSENT, read_consent
from labkit.aws.targets import EmbeddedTarget, Target
from labkit.clock import clock
from labkit.course.doctor.findings import Diagnosis, Finding, fine, problem, warning
from labkit.errors import LabkitError
from labkit.resources.account.prepare import STACKS, as_owner
from labkit.resources.account.template import ACCOUNT, template

PREPARE = "An instructor runs `labkit account prepare`."

SOON = timedelta(days=7)
"""A consent that ends within that time is worth a warning: a course may not be over by then."""

HOURLY = "labkit-sweep"
"""The schedule that calls the reaper, in the template."""


def check(target: Target) -> Diagnosis:
    """Look at an account as its owner, and change nothing; the reaper is asked to look, too.

    Parameters
    ----------
    target
        From `open_target`.
    """
    target = as_owner(target)
    clients = Clients(target, guard.admit(target, preparing=True))
    checks: dict[str, Callable[[Clients], Iterator[Finding]]] = {
        "alias": _alias,
        "consent": _consent,
        "policies": _policies,
        "budget": _budget,
        "reaper": _reaper,
        "hourly sweep": _hourly_sweep,
        "template": _template,
    }
    findings = [
        finding for about, one in checks.items() for finding in _safely(about, one, clients)
    ]
    good, bad = "The account is prepared", "The account is not prepared yet"
    return Diagnosis(target.name, findings, good, bad)


def expiry(clients: Clients) -> Iterator[Finding]:
    """Say what ends a learner's run that nobody tears down."""
    consent = read_consent(clients("ssm"))
    if consent is not None and consent.prepared:
        yield fine(
            "expired runs", f"the account deletes them by itself; consent to {consent.until}"
        )
    else:
        yield warning(
            "expired runs",
            "nothing in the account deletes them: only this computer does, if it is on then",
            PREPARE,
        )


def _safely(
    about: str, one: Callable[[Clients], Iterator[Finding]], clients: Clients
) -> list[Finding]:
    try:
        return list(one(clients))
    except (BotoCoreError, ClientError, LabkitError) as error:
        return [problem(about, str(error), PREPARE)]


def _alias(clients: Clients) -> Iterator[Finding]:
    if isinstance(clients.target, EmbeddedTarget):
        return
    aliases = clients("iam").list_account_aliases()["AccountAliases"]
    if aliases:
        yield fine("alias", ", ".join(aliases))
    else:
        yield warning(
            "alias",
            "none, so nothing but its number tells the account from another",
            "`aws iam create-account-alias --account-alias my-sandbox`",
        )


def _consent(clients: Clients) -> Iterator[Finding]:
    consent = read_consent(clients("ssm"))
    left = (consent.until - clock().now().date()) if consent else timedelta(0)
    if consent is None:
        yield problem("consent", f"the SSM parameter {CONSENT} is missing", PREPARE)
    elif left < timedelta(0):
        yield problem("consent", f"ended on {consent.until}", "`labkit account prepare --until …`")
    elif left < SOON:
        yield warning("consent", f"ends on {consent.until}", "`labkit account prepare --until …`")
    else:
        yield fine("consent", f"until {consent.until}")


def _policies(clients: Clients) -> Iterator[Finding]:
    iam = clients("iam")
    for name in (*policies.STUDENT, policies.BOUNDARY):
        about, arn = f"policy labkit-{name}", _policy_arn(clients, name)
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        shown = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"][
            "Document"
        ]
        document = json.loads(shown) if isinstance(shown, str) else shown
        if document == policies.load(name):
            yield fine(about, "as this labkit ships it")
        else:
            yield warning(about, "differs from what this labkit ships", PREPARE)


def _policy_arn(clients: Clients, name: str) -> str:
    return f"arn:aws:iam::{clients.target.account}:policy/labkit-{name}"


def _budget(clients: Clients) -> Iterator[Finding]:
    of_it = {
        "AccountId": clients.target.account,
        "BudgetName": f"labkit-{clients.target.region}",
    }
    budgets = clients("budgets")
    limit = budgets.describe_budget(**of_it)["Budget"]["BudgetLimit"]
    alarms = budgets.describe_notifications_for_budget(**of_it)["Notifications"]
    subscribers = {
        one["Address"]
        for alarm in alarms
        for one in budgets.describe_subscribers_for_notification(
            **of_it, Notification=_notification(alarm)
        )["Subscribers"]
    }
    amount = f"{limit['Unit']} {float(limit['Amount']):g} a month"
    if subscribers:
        yield fine("budget", f"{amount}; {', '.join(sorted(subscribers))} is told")
    else:
        yield problem("budget", f"{amount}, and nobody is told", PREPARE)


def _notification(alarm: dict[str, Any]) -> dict[str, Any]:
    """Return what tells one alarm of a budget from another."""
    return {name: value for name, value in alarm.items() if name != "NotificationState"}


def _reaper(clients: Clients) -> Iterator[Finding]:
    """Have the reaper look, which shows that it can be called and what it may not list."""
    consent = read_consent(clients("ssm"))
    if consent is None or consent.reaper is None:
        yield problem("reaper", "there is none: expired runs stay", PREPARE)
        return
    answer = clients("lambda").invoke(FunctionName=consent.reaper, Payload=b'{"look": true}')
    report = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        yield problem("reaper", f"it fails: {report.get('errorMessage', report)}", PREPARE)
    elif report["unknown"]:
        yield problem("reaper", f"it cannot list everything: {report['unknown'][0]}", PREPARE)
    else:
        yield fine(
            "reaper",
            f"it listed everything: {len(report['left'])} resources of expired runs to delete, "
            f"{len(report['kept'])} runs to keep",
        )


def _hourly_sweep(clients: Clients) -> Iterator[Finding]:
    schedule = clients("scheduler").get_schedule(Name=HOURLY)
    if schedule["State"] == "ENABLED":
        yield fine("hourly sweep", schedule["ScheduleExpression"])
    else:
        yield problem("hourly sweep", "it is turned off", PREPARE)


def _template(clients: Clients) -> Iterator[Finding]:
    cloudformation = clients("cloudformation")
    body = cloudformation.get_template(StackName=STACKS[ACCOUNT], TemplateStage="Original")[
        "TemplateBody"
    ]
    if (json.loads(body) if isinstance(body, str) else body) == json.loads(template(ACCOUNT)):
        yield fine("template", "as this labkit ships it")
    else:
        yield warning("template", "of another version of labkit", PREPARE)
