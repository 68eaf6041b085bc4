"""Statements of a queue's policy, added and taken away by their labels.

Source: SQS API Reference, AddPermission and RemovePermission; the form of a statement and the texts
are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.sqs.errors import SqsError, refused
from labkit.sandbox.upstream.sqs import sqs

MOST_ACTIONS = 7

Data = dict[str, Any]


def add(data: Data, queue_url: str) -> Data:
    """Serve AddPermission."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:AddPermission")
    attributes, label = queue["attributes"], data.get("Label") or ""
    for name, values in (("Actions", data.get("Actions")), ("AWSAccountIds", _accounts(data))):
        if not values:
            raise refused("MissingParameter", f"The request must contain the parameter {name}.")
    policy = _read(attributes)
    if any(one.get("Sid") == label for one in policy["Statement"]):
        raise _of_label(label, "Already exists.")
    principals = [f"arn:aws:iam::{account}:root" for account in _accounts(data)]
    actions = [f"SQS:{action}" for action in data["Actions"]]
    policy["Statement"].append({
        "Sid": label, "Effect": "Allow", "Principal": {"AWS": _one_or_all(principals)},
        "Action": _one_or_all(actions), "Resource": attributes["QueueArn"],
    })  # fmt: skip
    attributes["Policy"] = json.dumps(policy, separators=(",", ":"))
    return {}


def remove(data: Data, queue_url: str) -> Data:
    """Serve RemovePermission."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:RemovePermission")
    attributes, label = queue["attributes"], data.get("Label") or ""
    policy = _read(attributes)
    left = [one for one in policy["Statement"] if one.get("Sid") != label]
    if len(left) == len(policy["Statement"]):
        raise _of_label(label, "can't find label.")
    if left:
        attributes["Policy"] = json.dumps(policy | {"Statement": left}, separators=(",", ":"))
    else:
        attributes.pop("Policy")
    return {}


def _accounts(data: Data) -> list[str]:
    found: list[str] = data.get("AWSAccountIds") or []
    return found


def _read(attributes: dict[str, str]) -> Data:
    empty = {"Version": "2008-10-17", "Id": f"{attributes['QueueArn']}/SQSDefaultPolicy"}
    policy: Data = json.loads(attributes.get("Policy") or "{}") or empty
    statements = policy.get("Statement") or []
    return policy | {"Statement": statements if isinstance(statements, list) else [statements]}


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _of_label(label: str, reason: str) -> SqsError:
    text = f"Value {label} for parameter Label is invalid. Reason: {reason}"
    return refused("InvalidParameterValue", text)
