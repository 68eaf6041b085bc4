"""Schedules and rules of a stack, held to the rules of their own APIs.

MiniStack's stacks write rules straight into its store, leave out most of a schedule, and pass over
what the services would refuse.
Source: CloudFormation Template Reference, AWS::Events::Rule and AWS::Scheduler::Schedule.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties, failed
from labkit.sandbox.services.events import patterns, rules, targets
from labkit.sandbox.upstream.cloudformation import provisioners
from labkit.sandbox.upstream.scheduler import scheduler

RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"

DEFAULT_GROUP = "default"

NUMBERS = ("MaximumEventAgeInSeconds", "MaximumRetryAttempts", "MaximumWindowInMinutes")
"""Properties that a template may hold as text and the API holds as numbers."""


def check_rule(name: str, properties: Properties) -> None:
    """Check the schedule, the pattern and the targets of a rule.

    Raises
    ------
    ValueError
        With EventBridge's reason.
    """
    try:
        rules.check_new(properties)
        for target in properties.get("Targets") or []:
            targets.check_target(target)
    except AwsError as error:
        raise failed(error.message) from error
    pattern = properties.get("EventPattern") or ""
    text = json.dumps(pattern) if isinstance(pattern, dict) else pattern
    if reason := patterns.problem(text):
        raise failed(patterns.refusal(reason))


def handlers(upstream: Handlers) -> Handlers:
    """Return the handlers of schedules, which make them as Scheduler's own API does."""
    return upstream | {"create": _create, "update": partial(_update, upstream["update"])}


def _create(logical_id: str, properties: Properties, stack_name: str, *_: Any) -> Any:
    name = properties.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
    _ask(scheduler._create_schedule, name, properties)
    return name, _attributes(name, properties)


def _update(replace: Any, name: str, old: Properties, new: Properties, *more: Any) -> Any:
    moved = new.get("Name", name) != name or _group(new) != _group(old)
    if moved:
        return replace(name, old, new, *more)
    _ask(scheduler._update_schedule, name, new)
    return name, _attributes(name, new)


def _request(properties: Properties) -> Properties:
    """Return the request that makes a schedule, its numbers as numbers."""

    def read(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: read(key, inner) for key, inner in value.items()}
        return int(value) if name in NUMBERS else value

    request: Properties = read("", properties)
    return request


def _attributes(name: str, properties: Properties) -> dict[str, str]:
    return {"Arn": scheduler._schedule_arn(_group(properties), name)}


def _group(properties: Properties) -> str:
    return str(properties.get("GroupName", DEFAULT_GROUP))


def _ask(operation: Callable[..., tuple[int, Any, bytes]], name: str, given: Properties) -> None:
    try:
        status, _, body = operation(name, _request(given))
    except AwsError as error:
        raise failed(error.message) from error
    if status >= 400:
        raise failed(str(json.loads(body)["Message"]))
