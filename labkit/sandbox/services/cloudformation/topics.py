"""The policy of a stack's topics: SNS's own default, which lets nobody but their account.

MiniStack's stacks leave out its condition, so that every service may publish, for whomever.
Source: SNS Developer Guide, "Example cases for Amazon SNS access control".
"""

from __future__ import annotations

import json

from labkit.sandbox.services.cloudformation.handling import Properties
from labkit.sandbox.upstream.sns import sns

TOPIC = "AWS::SNS::Topic"
DEFAULT = "__default_policy_ID"


def closed(topic_arn: str, properties: Properties, new: bool) -> None:
    """Complete the policy of a topic that is made or updated."""
    attributes = sns._topics[topic_arn]["attributes"]
    policy = json.loads(attributes.get("Policy") or "{}")
    if policy.get("Id") == DEFAULT:
        owner = {"StringEquals": {"AWS:SourceOwner": attributes["Owner"]}}
        policy["Statement"] = [one | {"Condition": owner} for one in policy["Statement"]]
        attributes["Policy"] = json.dumps(policy)
