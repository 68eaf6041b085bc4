"""Names that the query protocol has for members of a service that speaks JSON today.

botocore's model of SQS says only what JSON calls them; older clients still send forms.
Source: SQS API Reference of API version 2012-11-05, the requests and responses of each action.
"""

from __future__ import annotations

import copy
from typing import Any

NAMESPACES = {"sqs": "http://queue.amazonaws.com/doc/2012-11-05/"}
"""Of the answers in XML, by service."""

LISTS = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BinaryList": "BinaryListValue",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "StringList": "StringListValue",
    "TagKeyList": "TagKey",
}
"""What an element of each list is called; one of a list of entries as its structure."""

MAPS = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name"),
    "MessageSystemAttributeMap": ("Attribute", "Name"),
    "QueueAttributeMap": ("Attribute", "Name"),
    "TagMap": ("Tag", "Key"),
}
"""What an entry of each map is called, and its key; its value is its Value."""

Model = dict[str, Any]


def has(service: str, protocol: str) -> bool:
    """Tell whether a service has other names in a protocol than its model says."""
    return protocol == "query" and service in NAMESPACES


def completed(service: str, model: Model) -> Model:
    """Return a service's model with the query protocol's names."""
    model = copy.deepcopy(model)
    model["metadata"]["xmlNamespace"] = NAMESPACES[service]
    for name, shape in model["shapes"].items():
        if shape["type"] == "list":
            shape["member"]["locationName"] = LISTS.get(name, shape["member"]["shape"])
        elif shape["type"] == "map":
            shape["key"]["locationName"] = MAPS[name][1]
            shape["value"]["locationName"] = "Value"
        for member in shape.get("members", {}).values():
            if member["shape"] in MAPS:
                member["locationName"] = MAPS[member["shape"]][0]
    return model
