"""A topic's own policy: the one that each has at first, and statements added by their labels.

Source: SNS API Reference, AddPermission and RemovePermission; SNS Developer Guide, "Identity-based
policies in Amazon SNS"; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.sns import arns

DEFAULT_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
    "Subscribe", "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip
"""What the default policy lets the topic's own account do."""

ACTIONS = {
    *DEFAULT_ACTIONS, "GetDataProtectionPolicy", "ListTagsForResource", "PutDataProtectionPolicy",
    "Receive",
}  # fmt: skip
"""What a statement can allow."""


def default(arn: str, account: str) -> str:
    """Return the policy of a new topic."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in DEFAULT_ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return json.dumps(policy, separators=(",", ":"))


def allow(topic: arns.Topic, label: str, accounts: list[str], actions: list[str]) -> None:
    """Add a statement.

    Raises
    ------
    ValidationError
        If the label is taken, or SNS has no such action.
    """
    policy, statements = _read(topic)
    if any(one.get("Sid") == label for one in statements):
        arns.invalid("Statement already exists")
    if not ACTIONS.issuperset(actions):
        arns.invalid("Policy statement action out of service scope!")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    statements.append({
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all(principals)},
        "Action": _one_or_all([f"SNS:{action}" for action in actions]),
        "Resource": topic["arn"],
    })  # fmt: skip
    _write(topic, policy, statements)


def withdraw(topic: arns.Topic, label: str) -> None:
    """Take away the statement with a label; none is no error."""
    policy, statements = _read(topic)
    _write(topic, policy, [one for one in statements if one.get("Sid") != label])


def _read(topic: arns.Topic) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    policy = json.loads(topic["attributes"].get("Policy") or '{"Version": "2008-10-17"}')
    statements = policy.get("Statement", [])
    return policy, statements if isinstance(statements, list) else [statements]


def _write(topic: arns.Topic, policy: dict[str, Any], statements: list[Any]) -> None:
    topic["attributes"]["Policy"] = json.dumps(
        policy | {"Statement": statements}, separators=(",", ":")
    )


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
