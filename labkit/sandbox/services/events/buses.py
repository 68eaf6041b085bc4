"""Event buses: who may put events on one, and how each is described.

Source: EventBridge API Reference, CreateEventBus, PutPermission and RemovePermission; the texts are
AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from labkit.sandbox.services.events.rules import DEFAULT_BUS
from labkit.sandbox.upstream import seams

MODULE = "ministack.services.eventbridge"

ACCOUNT = re.compile(r"\d{12}")

WORDS = (
    (re.compile(r"Event bus (\S+) not found"), r"Event bus \1 does not exist."),
    (re.compile(r"Event bus (\S+) already exists"), r"Event bus \1 already exists."),
    (re.compile(r"Cannot delete the default event bus"), "Cannot delete event bus default."),
    (re.compile(r"Rule ([^\s.]+) does not exist\."), r"Rule \1 does not exist on EventBus {bus}."),
    (
        re.compile(r"EventBridge resource \S+:rule/([^/\s]+) does not exist\."),
        rf"Rule \1 does not exist on EventBus {DEFAULT_BUS}.",
    ),
    (
        re.compile(r"EventBridge resource \S+:rule/(\S+)/(\S+) does not exist\."),
        r"Rule \2 does not exist on EventBus \1.",
    ),
    (
        re.compile(r"EventBridge resource \S+:event-bus/(\S+) does not exist\."),
        r"Event bus \1 does not exist.",
    ),
)
"""MiniStack's texts, and AWS's."""

Data = dict[str, Any]


def install() -> None:
    """Take the operations of buses, and the wording of errors."""
    seams.replace(MODULE, "_put_permission", put_permission, like="(data)")
    seams.replace(MODULE, "_remove_permission", remove_permission, like="(data)")
    for name in ("_create_event_bus", "_describe_event_bus", "_list_event_buses"):
        _take(name, described)
    for name in (
        "_delete_event_bus", "_describe_rule", "_put_targets", "_list_tags_for_resource",
        "_tag_resource", "_untag_resource", "_update_event_bus", "_enable_rule", "_disable_rule",
    ):  # fmt: skip
        _take(name, worded)


def _take(name: str, change: Callable[[Data, Any], Any]) -> None:
    """Let `change` look at what an operation answers."""

    def operation(data: Data) -> Any:
        return change(data, upstream(data))

    upstream = seams.replace(MODULE, name, operation, like="(data)")


def worded(data: Data, answer: Any) -> Any:
    """Return an answer with AWS's text in place of MiniStack's."""
    status, headers, body = answer
    if status == 200:
        return answer
    content = json.loads(body)
    bus = data.get("EventBusName") or DEFAULT_BUS
    for known, text in WORDS:
        if known.fullmatch(content.get("message") or ""):
            content["message"] = known.sub(text.format(bus=bus), content["message"])
            break
    return status, headers, json.dumps(content).encode()


def described(data: Data, answer: Any) -> Any:
    """Return a bus without an empty description; a new one with the one that it was given."""
    status, headers, body = worded(data, answer)
    if status != 200:
        return status, headers, body
    content = json.loads(body)
    buses = content.get("EventBuses", [content])
    for bus in buses:
        if not bus.get("Description"):
            bus.pop("Description", None)
    if "EventBusArn" in content and data.get("Description"):
        content["Description"] = data["Description"]
    if "EventBuses" in content:
        content |= _page(buses, data)
    return status, headers, json.dumps(content).encode()


def _page(buses: list[Data], data: Data) -> Data:
    from ministack.services import eventbridge

    begin = eventbridge._opaque_offset_decode(data.get("NextToken") or "")
    end = begin + int(data.get("Limit") or 100)
    following = eventbridge._opaque_offset_encode(end)
    more = {"NextToken": following} if end < len(buses) else {}
    return {"EventBuses": buses[begin:end], **more}


def put_permission(data: Data) -> Any:
    """Serve PutPermission: add a statement, or set the whole policy."""
    from ministack.services import eventbridge

    bus = data.get("EventBusName") or DEFAULT_BUS
    if bus != DEFAULT_BUS and bus not in eventbridge._event_buses:
        return _missing(f"Event bus {bus} does not exist.")
    policies = eventbridge._event_bus_policies
    if data.get("Policy"):
        policies[bus] = json.loads(data["Policy"])
        return eventbridge.json_response({})
    policy = policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
    statement = _statement(data, bus)
    others = [one for one in policy["Statement"] if one.get("Sid") != statement["Sid"]]
    policies[bus] = policy | {"Statement": [*others, statement]}
    return eventbridge.json_response({})


def _statement(data: Data, bus: str) -> Data:
    from ministack.core.responses import get_account_id, get_region

    principal: Any = data.get("Principal") or "*"
    if ACCOUNT.fullmatch(principal):
        principal = {"AWS": f"arn:aws:iam::{principal}:root"}
    statement = {
        "Sid": data.get("StatementId") or "",
        "Effect": "Allow",
        "Principal": principal,
        "Action": data.get("Action") or "events:PutEvents",
        "Resource": f"arn:aws:events:{get_region()}:{get_account_id()}:event-bus/{bus}",
    }
    return statement | ({"Condition": _condition(data)} if data.get("Condition") else {})


def _condition(data: Data) -> Data:
    given = data["Condition"]
    return {given["Type"]: {given["Key"]: given["Value"]}}


def remove_permission(data: Data) -> Any:
    """Serve RemovePermission."""
    from ministack.services import eventbridge

    bus, policies = data.get("EventBusName") or DEFAULT_BUS, eventbridge._event_bus_policies
    if data.get("RemoveAllPermissions"):
        policies.pop(bus, None)
        return eventbridge.json_response({})
    there = (policies.get(bus) or {}).get("Statement", [])
    left = [one for one in there if one.get("Sid") != data.get("StatementId")]
    if len(left) == len(there):
        return _missing("Statement with the provided id does not exist.")
    policies[bus]["Statement"] = left
    if not left:
        del policies[bus]
    return eventbridge.json_response({})


def _missing(text: str) -> Any:
    from ministack.services import eventbridge

    return eventbridge.error_response_json("ResourceNotFoundException", text, 400)
