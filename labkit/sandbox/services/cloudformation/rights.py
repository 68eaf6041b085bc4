"""A stack can do what its caller may do, and no more.

CloudFormation makes, changes and deletes each resource with the caller's rights, in calls that bear
the stack's tags. MiniStack's stacks write into the services' stores and ask nobody. The table holds
the types that the lessons' templates use; for others nothing is asked.
Source: CloudFormation User Guide, "Control CloudFormation access with IAM"; Service Authorization
Reference.
"""

from __future__ import annotations

from collections.abc import Callable
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
    "AWS::CodeDeploy::Application": Asks(
        "codedeploy:CreateApplication",
        "codedeploy:UpdateApplication",
        "codedeploy:DeleteApplication",
        "arn:aws:codedeploy:{region}:{account}:application:{name}",
        "ApplicationName",
    ),
    "AWS::CodeDeploy::DeploymentConfig": Asks(
        "codedeploy:CreateDeploymentConfig",
        "codedeploy:CreateDeploymentConfig",
        "codedeploy:DeleteDeploymentConfig",
        "arn:aws:codedeploy:{region}:{account}:deploymentconfig:{name}",
        "DeploymentConfigName",
    ),
    "AWS::CodeDeploy::DeploymentGroup": Asks(
        "codedeploy:CreateDeploymentGroup",
        "codedeploy:UpdateDeploymentGroup",
        "codedeploy:DeleteDeploymentGroup",
        "arn:aws:codedeploy:{region}:{account}:deploymentgroup:{name}/*",
        "ApplicationName",
    ),
    "AWS::Events::Rule": Asks(
        "events:PutRule",
        "events:PutRule",
        "events:DeleteRule",
        "arn:aws:events:{region}:{account}:rule/{name}",
        "Name",
    ),
    "AWS::IAM::ManagedPolicy": Asks(
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "arn:aws:iam::{account}:policy/{name}",
        "ManagedPolicyName",
    ),
    "AWS::IAM::Role": Asks(
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:DeleteRole",
        "arn:aws:iam::{account}:role/{name}",
        "RoleName",
    ),
    "AWS::Lambda::Alias": Asks(
        "lambda:CreateAlias",
        "lambda:UpdateAlias",
        "lambda:DeleteAlias",
        "arn:aws:lambda:{region}:{account}:function:{name}",
        "FunctionName",
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
    "AWS::Lambda::Permission": Asks(
        "lambda:AddPermission",
        "lambda:AddPermission",
        "lambda:RemovePermission",
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
    "AWS::SNS::Subscription": Asks(
        "sns:Subscribe",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
        "arn:aws:sns:{region}:{account}:{name}",
        "TopicArn",
    ),
    "AWS::SNS::Topic": Asks(
        "sns:CreateTopic",
        "sns:SetTopicAttributes",
        "sns:DeleteTopic",
        "arn:aws:sns:{region}:{account}:{name}",
        "TopicName",
    ),
    "AWS::Scheduler::Schedule": Asks(
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
        "scheduler:DeleteSchedule",
        "arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
        "Name",
    ),
    "AWS::SQS::Queue": Asks(
        "sqs:CreateQueue",
        "sqs:SetQueueAttributes",
        "sqs:DeleteQueue",
        "arn:aws:sqs:{region}:{account}:{name}",
        "QueueName",
    ),
    "AWS::StepFunctions::StateMachine": Asks(
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
        "states:DeleteStateMachine",
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
        "StateMachineName",
    ),
}

PASSES: dict[str, tuple[str, Callable[[Properties], list[Any]]]] = {
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy",
        lambda given: [given.get("ServiceRoleArn")],
    ),
    "AWS::Events::Rule": (
        "events",
        lambda given: [one.get("RoleArn") for one in given.get("Targets") or []],
    ),
    "AWS::Lambda::Function": ("lambda", lambda given: [given.get("Role")]),
    "AWS::Scheduler::Schedule": (
        "scheduler",
        lambda given: [(given.get("Target") or {}).get("RoleArn")],
    ),
    "AWS::StepFunctions::StateMachine": ("states", lambda given: [given.get("RoleArn")]),
}
"""Types that hand roles to a service: which one, and the roles among the properties."""


def guarded(resource_type: str, upstream: Handlers) -> Handlers:
    """Return the handlers of a type that ask before they make, change or delete a resource."""
    asks = ASKS[resource_type]

    def create(logical_id: str, properties: Properties, stack_name: str, *more: Any) -> Any:
        given = properties.get(asks.name)
        name = _name(str(given or provisioners._physical_name(stack_name, logical_id)))
        arn = _arn(asks.create_arn or asks.arn, name)
        callers.require(asks.create, arn, _tags(properties) | _keys(resource_type, properties))
        _require_more(resource_type, arn, properties)
        return upstream["create"](logical_id, properties, stack_name, *more)

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        arn = _arn(asks.arn, _name(str(new.get(asks.name) or physical_id)))
        callers.require(asks.update, arn, {})
        _require_more(resource_type, arn, new)
        return upstream["update"](physical_id, old, new, *more)

    def delete(physical_id: str, *more: Any) -> Any:
        given = more[0] if more and isinstance(more[0], dict) else {}
        arn = _arn(asks.arn, _name(str(given.get(asks.name) or physical_id)))
        callers.require(asks.delete, arn, {})
        return upstream["delete"](physical_id, *more)

    more = {"update": update} if "update" in upstream else {}
    return upstream | {"create": create, "delete": delete} | more


def _require_more(resource_type: str, arn: str, properties: Properties) -> None:
    """Ask for what a resource takes beside its own operation: roles handed over, policies given."""
    if resource_type in PASSES:
        service, roles_of = PASSES[resource_type]
        for role in filter(None, roles_of(properties)):
            callers.require(
                "iam:PassRole", str(role), {"iam:PassedToService": f"{service}.amazonaws.com"}
            )
    if resource_type == "AWS::IAM::Role":
        bounded = _keys(resource_type, properties)
        if properties.get("Policies"):
            callers.require("iam:PutRolePolicy", arn, bounded)
        for policy in properties.get("ManagedPolicyArns") or []:
            callers.require("iam:AttachRolePolicy", arn, bounded | {"iam:PolicyARN": policy})


def _keys(resource_type: str, properties: Properties) -> dict[str, Any]:
    """Return the condition keys, beside tags, that policies of learners name."""
    if resource_type == "AWS::IAM::Role" and "PermissionsBoundary" in properties:
        return {"iam:PermissionsBoundary": properties["PermissionsBoundary"]}
    if resource_type == "AWS::Lambda::EventSourceMapping":
        function = str(properties.get("FunctionName", ""))
        arn = _arn(ASKS["AWS::Lambda::Function"].arn, function)
        return {"lambda:FunctionArn": function if function.startswith("arn:") else arn}
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
