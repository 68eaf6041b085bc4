"""Topics of a stack, as SNS's own API makes them: with their attributes, and closed.

MiniStack's stacks leave out what makes a topic a FIFO one, show its name as its display name, and
leave out its policy's condition, so that every service may publish, for whomever.
Source: CloudFormation Template Reference, AWS::SNS::Topic; SNS Developer Guide, "Example cases for
Amazon SNS access control".
"""

from __future__ import annotations

import json

from labkit.sandbox.services.cloudformation.handling import Properties, failed
from labkit.sandbox.upstream.sns import sns

TOPIC = "AWS::SNS::Topic"
DEFAULT = "__default_policy_ID"
FIFO = ".fifo"

ATTRIBUTES = (
    *("DisplayName", "ContentBasedDeduplication", "FifoThroughputScope", "FifoTopic"),
    *("KmsMasterKeyId", "SignatureVersion"),
)
"""Properties that are attributes of the same name."""


def check(name: str, properties: Properties) -> None:
    """Check that a FIFO topic, and no other, has a FIFO topic's name.

    Raises
    ------
    ValueError
        With SNS's reason.
    """
    fifo, named = _text(properties.get("FifoTopic", False)) == "true", properties.get("TopicName")
    if named and fifo != str(named).endswith(FIFO):
        raise failed("Invalid parameter: Topic Name")


def finish(topic_arn: str, properties: Properties, new: bool) -> None:
    """Give a topic its attributes, and complete its policy."""
    attributes = sns._topics[topic_arn]["attributes"]
    attributes["DisplayName"] = ""
    given = {name: _text(properties[name]) for name in ATTRIBUTES if name in properties}
    if topic_arn.endswith(FIFO):
        attributes |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    attributes |= {key: value for key, value in given.items() if (key, value) != NOT_FIFO}
    policy = json.loads(attributes.get("Policy") or "{}")
    if policy.get("Id") == DEFAULT:
        owner = {"StringEquals": {"AWS:SourceOwner": attributes["Owner"]}}
        policy["Statement"] = [one | {"Condition": owner} for one in policy["Statement"]]
        attributes["Policy"] = json.dumps(policy)


NOT_FIFO = ("FifoTopic", "false")
"""What a standard topic does not say of itself."""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
