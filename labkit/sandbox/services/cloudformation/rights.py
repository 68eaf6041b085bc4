"""A stack can do what its caller may do, and no more.

CloudFormation makes, changes and deletes each resource with the caller's rights, in calls that bear
the stack's tags. MiniStack's stacks write into the services' stores and ask nobody. The table holds
the types that the lessons' templates use; for others nothing is asked.
Source: CloudFormation User Guide, "Control CloudFormation access with IAM"; Service Authorization
Reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.cloudformation import callers
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudformation import provisioners

SYSTEM_TAGS = "aws:"
"""Begins the tags that CloudFormation adds itself."""


@dataclass(frozen=True)
class Asks:
    """What CloudFormation asks for about one type of resource.

    Attributes
    ----------
    create, update, delete
        IAM actions.
    arn
        The ARN of a resource, with ``{region}``, ``{account}`` and ``{name}``.
    name
        The property that names it.
    create_arn
        The ARN that its creation is about, where that is another one.
    """

    create: str
    update: str
    delete: str
    arn: str
    name: str = ""
    create_arn: str = ""


ASKS = {
    "AWS::ApiGateway::RestApi": Asks(
        "apigateway:POST",
        "apigateway:PUT",
        "apigateway:DELETE",
        "arn:aws:apigateway:{region}::/restapis/{name}",
        create_arn="arn:aws:apigateway:{region}::/restapis",
    ),
    "AWS::IAM::Role": Asks(
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:DeleteRole",
        "arn:aws:iam::{account}:role/{name}",
        "RoleName",
    ),
    "AWS::Lambda::EventSourceMapping": Asks(
        "lambda:CreateEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
        "arn:aws:lambda:{region}:{account}:event-source-mapping:{name}",
        create_arn="*",
    ),
    "AWS::Lambda::Function": Asks(
        "lambda:CreateFunction",
        "lambda:UpdateFunctionConfiguration",
        "lambda:DeleteFunction",
        "arn:aws:lambda:{region}:{account}:function:{name}",
        "FunctionName",
    ),
    "AWS::Logs::LogGroup": Asks(
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
        "logs:DeleteLogGroup",
        "arn:aws:logs:{region}:{account}:log-group:{name}",
        "LogGroupName",
    ),
    "AWS::SNS::Topic": Asks(
        "sns:CreateTopic",
        "sns:SetTopicAttributes",
        "sns:DeleteTopic",
        "arn:aws:sns:{region}:{account}:{name}",
        "TopicName",
    ),
    "AWS::SQS::Queue": Asks(
        "sqs:CreateQueue",
        "sqs:SetQueueAttributes",
        "sqs:DeleteQueue",
        "arn:aws:sqs:{region}:{account}:{name}",
        "QueueName",
    ),
}


def guarded(resource_type: str, upstream: Handlers) -> Handlers:
    """Return the handlers of a type that ask before they make, change or delete a resource."""
    asks = ASKS[resource_type]

    def create(logical_id: str, properties: Properties, stack_name: str, *more: Any) -> Any:
        name = properties.get(asks.name) or provisioners._physical_name(stack_name, logical_id)
        arn = _arn(asks.create_arn or asks.arn, name)
        callers.require(asks.create, arn, _tags(properties) | _keys(resource_type, properties))
        if resource_type == "AWS::Lambda::Function":
            _require_pass_role(properties)
        return upstream["create"](logical_id, properties, stack_name, *more)

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        callers.require(asks.update, _arn(asks.arn, _name(physical_id)), {})
        return upstream["update"](physical_id, old, new, *more)

    def delete(physical_id: str, *more: Any) -> Any:
        callers.require(asks.delete, _arn(asks.arn, _name(physical_id)), {})
        return upstream["delete"](physical_id, *more)

    more = {"update": update} if "update" in upstream else {}
    return upstream | {"create": create, "delete": delete} | more


def _require_pass_role(properties: Properties) -> None:
    keys = {"iam:PassedToService": "lambda.amazonaws.com"}
    callers.require("iam:PassRole", str(properties.get("Role", "*")), keys)


def _keys(resource_type: str, properties: Properties) -> dict[str, Any]:
    """Return the condition keys, beside tags, that policies of learners name."""
    if resource_type == "AWS::IAM::Role" and "PermissionsBoundary" in properties:
        return {"iam:PermissionsBoundary": properties["PermissionsBoundary"]}
    if resource_type == "AWS::Lambda::EventSourceMapping":
        function = _name(str(properties.get("FunctionName", "")))
        return {"lambda:FunctionArn": _arn(ASKS["AWS::Lambda::Function"].arn, function)}
    return {}


def _tags(properties: Properties) -> dict[str, Any]:
    tags = {
        tag["Key"]: tag["Value"]
        for tag in properties.get("Tags") or []
        if not tag["Key"].startswith(SYSTEM_TAGS)
    }
    keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return keys | ({"aws:TagKeys": list(tags)} if tags else {})


def _arn(template: str, name: str) -> str:
    return template.format(
        region=responses.get_region(), account=responses.get_account_id(), name=name
    )


def _name(physical_id: str) -> str:
    """Return a resource's name: a topic's physical id is its ARN, a queue's its URL."""
    if physical_id.startswith("arn:"):
        return physical_id.rpartition(":")[2]
    return physical_id.rpartition("/")[2] if physical_id.startswith("http") else physical_id
