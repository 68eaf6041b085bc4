"""The policy of a stack's topics: SNS's own default, which lets nobody but their account.

MiniStack's stacks leave out its condition, so that every service may publish, for whomever.
Source: SNS Developer Guide, "Example cases for Amazon SNS access control".
"""

from __future__ import annotations

import json

from ministack.services import sns

from labkit.sandbox.services.cloudformation.handlers import Properties, finish

DEFAULT = "__default_policy_ID"


def install() -> None:
    """Complete the policy of each topic that is made or updated."""
    finish("AWS::SNS::Topic", _close)


def _close(topic_arn: str, properties: Properties, new: bool) -> None:
    attributes = sns._topics[topic_arn]["attributes"]
    policy = json.loads(attributes.get("Policy") or "{}")
    if policy.get("Id") == DEFAULT:
        owner = {"StringEquals": {"AWS:SourceOwner": attributes["Owner"]}}
        policy["Statement"] = [one | {"Condition": owner} for one in policy["Statement"]]
        attributes["Policy"] = json.dumps(policy)
