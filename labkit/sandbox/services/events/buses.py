"""Event buses: who may put events on one, and how each is described.

Source: EventBridge API Reference, CreateEventBus, PutPermission and RemovePermission; the texts are
AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound, ValidationError
from labkit.sandbox.gateway.request import Response
from labkit.sandbox.services.events.rules import DEFAULT_BUS
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.events import eventbridge

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


def worded(given: Data, response: Response) -> Response:
    """Return MiniStack's answer.

    Parameters
    ----------
    given
        The request's parameters.
    response
        What MiniStack answers to it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If that is an error, in AWS's words.
    """
    if response.status < 400:
        return response
    content = json.loads(response.body)
    text = content.get("message") or ""
    bus = given.get("EventBusName") or DEFAULT_BUS
    for known, words in WORDS:
        if known.fullmatch(text):
            text = known.sub(words.format(bus=bus), text)
            break
    raise AwsError(text, content["__type"], status=response.status)


def check_name(name: str) -> None:
    """Check the name of a bus of one's own (API Reference, CreateEventBus).

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If it has a slash, as only the names of partners' buses have.
    """
    if "/" in name:
        raise ValidationError(f"The name of a custom event bus has no /: {name}")


def created(given: Data, response: Response) -> Data:
    """Return what is answered of a new bus: also the description that it was given."""
    output: Data = json.loads(response.body)
    return output | {"Description": given.get("Description") or None}


def described(response: Response) -> Data:
    """Return a bus, without an empty description."""
    return _without_empty_description(json.loads(response.body))


def listed(given: Data, response: Response) -> Data:
    """Return a page of buses."""
    found = map(_without_empty_description, json.loads(response.body)["EventBuses"])
    return page("EventBuses", list(found), given)


def _without_empty_description(bus: Data) -> Data:
    return bus | {"Description": bus.get("Description") or None}


def page(name: str, found: list[Data], given: Data) -> Data:
    """Return a page of a list.

    Parameters
    ----------
    name
        The member of the output that holds it.
    found
        The whole list.
    given
        The request's parameters, of which `Limit` and `NextToken` count.
    """
    begin = eventbridge._opaque_offset_decode(given.get("NextToken") or "")
    end = begin + int(given.get("Limit") or 100)
    following = eventbridge._opaque_offset_encode(end)
    more = {"NextToken": following} if end < len(found) else {}
    return {name: found[begin:end], **more}


def put_permission(data: Data) -> None:
    """Serve PutPermission: add a statement, or set the whole policy.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is no such bus.
    labkit.sandbox.gateway.errors.ValidationError
        If the policy cannot be read.
    """
    bus = data.get("EventBusName") or DEFAULT_BUS
    if bus != DEFAULT_BUS and bus not in eventbridge._event_buses:
        raise ResourceNotFound(f"Event bus {bus} does not exist.", status=400)
    policies = eventbridge._event_bus_policies
    if data.get("Policy"):
        policies[bus] = _policy(data["Policy"])
        return
    policy = policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
    statement = _statement(data, bus)
    others = [one for one in policy["Statement"] if one.get("Sid") != statement["Sid"]]
    policies[bus] = policy | {"Statement": [*others, statement]}


def _policy(text: str) -> Data:
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list | dict):
        raise ValidationError("Parameter Policy is not a policy document.")
    return policy


def _statement(data: Data, bus: str) -> Data:
    region, account = responses.get_region(), responses.get_account_id()
    principal: Any = data.get("Principal") or "*"
    if ACCOUNT.fullmatch(principal):
        principal = {"AWS": f"arn:aws:iam::{principal}:root"}
    statement = {
        "Sid": data.get("StatementId") or "",
        "Effect": "Allow",
        "Principal": principal,
        "Action": data.get("Action") or "events:PutEvents",
        "Resource": f"arn:aws:events:{region}:{account}:event-bus/{bus}",
    }
    return statement | ({"Condition": _condition(data)} if data.get("Condition") else {})


def _condition(data: Data) -> Data:
    given = data["Condition"]
    return {given["Type"]: {given["Key"]: given["Value"]}}


def remove_permission(data: Data) -> None:
    """Serve RemovePermission.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is no such statement.
    """
    bus, policies = data.get("EventBusName") or DEFAULT_BUS, eventbridge._event_bus_policies
    if data.get("RemoveAllPermissions"):
        policies.pop(bus, None)
        return
    there = (policies.get(bus) or {}).get("Statement", [])
    left = [one for one in there if one.get("Sid") != data.get("StatementId")]
    if len(left) == len(there):
        raise ResourceNotFound("Statement with the provided id does not exist.", status=400)
    policies[bus]["Statement"] = left
    if not left:
        del policies[bus]
