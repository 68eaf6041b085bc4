"""Rules with a schedule: what is due is delivered to their targets, in UTC.

MiniStack looks every ten seconds, and an expression that it cannot compute stops every account's
rules. Its clock is never started.
Source: EventBridge User Guide, "Creating a rule that runs on a schedule".
"""

from __future__ import annotations

import uuid
from typing import Any

from labkit.sandbox.languages.schedule_expressions import UTC
from labkit.sandbox.services.events import delivery
from labkit.sandbox.services.scheduler.ticker import Entry, Ticker
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.events import eventbridge

Data = dict[str, Any]
Stored = tuple[tuple[str, str, str], Data]


def start() -> None:
    """Look from now on at what is due."""
    Ticker("rules", eventbridge._rules.all_items, _entry).start()


def _entry(stored: Stored) -> Entry | None:
    (account, _, _), rule = stored
    expression = rule.get("ScheduleExpression")
    if not expression:
        return None
    return Entry(
        key=(rule["Arn"], expression, rule.get("CreationTime")),
        account=account,
        expression=expression,
        zone=UTC,
        fire=lambda due: _fire(stored, due),
        enabled=rule.get("State") == "ENABLED",
    )


def _fire(stored: Stored, due: float) -> None:
    (account, region, _), rule = stored
    with responses.request_scope(account, region):
        event = {
            "EventId": str(uuid.uuid4()),
            "Source": "aws.events",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "EventBusName": rule.get("EventBusName", "default"),
            "Time": due,
            "Resources": [rule["Arn"]],
            "Account": account,
            "Region": region,
        }
        key = eventbridge._rule_key(rule["Name"], event["EventBusName"])
        for target in list(eventbridge._targets.get(key, [])):
            delivery.deliver(target, event, rule)
