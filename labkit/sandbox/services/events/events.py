"""EventBridge: what a rule may say, and where an event goes that its target does not take.

MiniStack takes schedules, targets and events that AWS refuses, deletes a rule with its targets, and
looks for what is due every ten seconds; an event that cannot be delivered is lost. The seams are
the operations on rules and events, the call of a target, and the two clocks.
Source: EventBridge API Reference (PutRule, DeleteRule, PutTargets, PutEvents) and User Guide,
"Using dead-letter queues to process undelivered events" and "Amazon EventBridge quotas".
"""

from __future__ import annotations

import json
import re
from typing import Any

from labkit.sandbox.services.events import event_targets
from labkit.sandbox.services.events.event_targets import allowed
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.eventbridge"
SCHEDULER = "ministack.services.scheduler"

MOST_TARGETS = 5
"""Targets of one rule. Source: EventBridge User Guide, "Amazon EventBridge quotas"."""

TICK_SECONDS = 1
"""How often schedules are looked at; AWS is precise to the minute, and to the second for at()."""

RATE = re.compile(r"rate\((?P<number>\d+) (?P<unit>minute|hour|day)(?P<plural>s?)\)")

Data = dict[str, Any]


def install() -> None:
    """Take EventBridge's seams as soon as it is loaded, and the two clocks."""
    seams.replace(MODULE, "_SCHEDULER_TICK_INTERVAL", TICK_SECONDS, like="int")
    seams.replace(SCHEDULER, "_SCHEDULE_TICK_INTERVAL", TICK_SECONDS, like="int")
    when_loaded(MODULE, _install)


def _install() -> None:
    for name, check in {
        "_put_rule": _rule_problem,
        "_delete_rule": _deletion_problem,
        "_put_targets": _targets_problem,
    }.items():
        _check_before(name, check)
    _check_events()
    _keep_undelivered()
    seams.replace(MODULE, "_dispatch_to_lambda", _call_function, like="(arn, payload)")


def _check_before(name: str, check: Any) -> None:
    from ministack.services import eventbridge

    def operation(data: Data) -> Any:
        if problem := check(data):
            return eventbridge.error_response_json(*problem, 400)
        return upstream(data)

    upstream = seams.replace(MODULE, name, operation, like="(data)")


def _rule_problem(data: Data) -> tuple[str, str] | None:
    schedule = data.get("ScheduleExpression", "")
    if schedule and data.get("EventBusName", "default") != "default":
        return (
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        )
    if schedule.startswith("rate("):
        rate = RATE.fullmatch(schedule)
        number = int(rate["number"]) if rate else 0
        if rate is None or number < 1 or (number == 1) == bool(rate["plural"]):
            return "ValidationException", "Parameter ScheduleExpression is not valid."
    return None


def _deletion_problem(data: Data) -> tuple[str, str] | None:
    if _targets(data.get("Name"), data):
        return "ValidationException", "Rule can't be deleted since it has targets."
    return None


def _targets_problem(data: Data) -> tuple[str, str] | None:
    there = {target["Id"] for target in _targets(data.get("Rule"), data)}
    if len(there | {target["Id"] for target in data.get("Targets", [])}) > MOST_TARGETS:
        return (
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        )
    return None


def _targets(rule: Any, data: Data) -> list[Data]:
    from ministack.services import eventbridge

    key = eventbridge._rule_key(rule, data.get("EventBusName", "default"))
    targets: list[Data] = eventbridge._targets.get(key, [])
    return targets


def _check_events() -> None:
    def put(data: Data, allow_aws_source: bool = False) -> Any:
        entries = data.get("Entries", [])
        problems = {n: found for n, entry in enumerate(entries) if (found := _event_problem(entry))}
        if allow_aws_source or not problems:
            return upstream(data, allow_aws_source)
        good = [entry for n, entry in enumerate(entries) if n not in problems]
        status, headers, body = upstream({**data, "Entries": good}, allow_aws_source)
        answer = json.loads(body)
        for n, (code, message) in sorted(problems.items()):
            answer["Entries"].insert(n, {"ErrorCode": code, "ErrorMessage": message})
        answer["FailedEntryCount"] += len(problems)
        return status, headers, json.dumps(answer).encode()

    upstream = seams.replace(MODULE, "_put_events", put, like="(data, allow_aws_source=False)")


def _event_problem(entry: Data) -> tuple[str, str] | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", text
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _keep_undelivered() -> None:
    from ministack.services import cloudwatch

    def invoke(target: Data, event: Data, rule: Data, view: Any = None) -> None:
        reason = _undeliverable(target, rule)
        if reason is None:
            upstream(target, event, rule, view)
            return
        name = {"RuleName": rule.get("Name", "")}
        cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1, "Count", name)
        if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
            _bury(queue, target, event, rule, reason)

    upstream = seams.replace(
        MODULE, "_invoke_target", invoke, like="(target, event, rule, view=None)"
    )


def _call_function(arn: str, payload: str) -> None:
    try:
        event = json.loads(payload)
    except ValueError:
        event = payload
    asynchronous_sources.call(arn, event)


def _undeliverable(target: Data, rule: Data) -> tuple[str, str] | None:
    """Return the code and text of what keeps an event from a target, or None."""
    if not _exists(target["Arn"]):
        return "RESOURCE_NOT_FOUND", f"The target {target['Arn']} does not exist."
    if not allowed(target, rule.get("Arn", "")):
        text = f"EventBridge is not authorized to deliver to the target {target['Arn']}."
        return "NO_PERMISSIONS", text
    return None


def _exists(arn: str) -> bool:
    from ministack.services import lambda_svc, sns, sqs

    service = arn.split(":")[2]
    if service == "sqs":
        return sqs._queue_by_arn(arn) is not None
    if service == "sns":
        return sns._topic_by_arn_any_scope(arn) is not None
    if service == "lambda":
        return lambda_svc._get_func_record_for_ref(arn)[0] is not None
    return True


def _bury(queue_arn: str, target: Data, event: Data, rule: Data, reason: tuple[str, str]) -> None:
    """Put an event into a dead-letter queue that lets EventBridge, with what went wrong."""
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge, sqs

    queue = sqs._queue_by_arn(queue_arn)
    if queue is None or not event_targets.allowed({"Arn": queue_arn}, rule.get("Arn", "")):
        return
    code, text = reason
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": text,
        "RULE_ARN": rule.get("Arn", ""),
        "TARGET_ARN": target["Arn"],
    }
    _, _, _, region, account, name = queue_arn.split(":")
    with request_scope(account, region):
        message = {
            "QueueUrl": sqs._queue_url(name),
            "MessageBody": json.dumps(eventbridge._pattern_event_view(event).event_with_detail()),
            "MessageAttributes": {
                key: {"DataType": "String", "StringValue": value}
                for key, value in attributes.items()
            },
        }
        sqs._act_send_message(message, message["QueueUrl"])
