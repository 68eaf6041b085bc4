"""What the tests of pairs call: resources of a stack, so that nobody has asked their services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, statement

Resources = dict[str, dict[str, Any]]

ECHO = "def handler(event, context):\n    print('got', event)\n    return event"
LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


@dataclass(frozen=True)
class Receiver:
    """A kind of resource that services call.

    Attributes
    ----------
    action
        What calling it takes, as IAM names it.
    arn
        The ARN of one of a name.
    resources
        The resources of one of a name, with a policy that lets a service, if one is named.
    arrived
        Tells whether one has got anything.
    """

    action: str | list[str]
    arn: Callable[[Account, str], str]
    resources: Callable[[Account, str, str | None], Resources]
    arrived: Callable[[Account, str], bool]


def deploy(account: Account, *parts: Resources, name: str = "stack") -> None:
    """Create a stack of resources, and wait until it is complete."""
    resources = {key: value for part in parts for key, value in part.items()}
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": resources}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    def settled() -> str | None:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack["StackStatus"]

    if (status := wait_for(settled)) != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        raise AssertionError([status, [e.get("ResourceStatusReason") for e in events]])


def logical(name: str, kind: str) -> str:
    """A resource's name in the template."""
    return "".join(part.title() for part in name.split("-")) + kind


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(name: str, service: str, *statements: dict[str, Any]) -> Resources:
    """A role of a service, with what it allows."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    properties: dict[str, Any] = {"RoleName": name, "AssumeRolePolicyDocument": document(trust)}
    if statements:
        properties["Policies"] = [{"PolicyName": "own", "PolicyDocument": document(*statements)}]
    return {logical(name, "Role"): {"Type": "AWS::IAM::Role", "Properties": properties}}


def role_arn(account: Account, name: str) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{account.account}:role/{name}"


def arn(service: str, prefix: str = "") -> Callable[[Account, str], str]:
    """How the ARNs of a kind of resource are made."""
    return lambda account, name: (
        f"arn:aws:{service}:{account.region}:{account.account}:{prefix}{name}"
    )


queue_arn, topic_arn = arn("sqs"), arn("sns")
function_arn, machine_arn = arn("lambda", "function:"), arn("states", "stateMachine:")
bus_arn, group_arn = arn("events", "event-bus/"), arn("logs", "log-group:")


def queue_url(account: Account, name: str) -> str:
    """The URL of a queue."""
    return f"{account.endpoint}/{account.account}/{name}"


def queue(account: Account, name: str, service: str | None = None) -> Resources:
    """A queue."""
    made = {logical(name, "Queue"): {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}
    if service:
        allowed = statement("sqs:SendMessage", queue_arn(account, name))
        made[logical(name, "QueuePolicy")] = {
            "Type": "AWS::SQS::QueuePolicy",
            "DependsOn": logical(name, "Queue"),
            "Properties": {
                "Queues": [{"Ref": logical(name, "Queue")}],
                "PolicyDocument": document(allowed | {"Principal": {"Service": service}}),
            },
        }
    return made


def topic(account: Account, name: str, service: str | None = None) -> Resources:
    """A topic with a queue that subscribes to it; closed to all services but the one."""
    allowed = statement("sns:Publish", topic_arn(account, name)) | {
        "Principal": {"Service": service or "nobody.amazonaws.com"}
    }
    here = {"DependsOn": logical(name, "Topic")}
    return queue(account, f"{name}-inbox", "sns.amazonaws.com") | {
        logical(name, "Topic"): {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
        logical(name, "TopicPolicy"): here
        | {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [topic_arn(account, name)],
                "PolicyDocument": document(allowed),
            },
        },
        logical(name, "Subscription"): {
            "Type": "AWS::SNS::Subscription",
            "DependsOn": [logical(name, "Topic"), logical(f"{name}-inbox", "Queue")],
            "Properties": {
                "TopicArn": topic_arn(account, name),
                "Protocol": "sqs",
                "Endpoint": queue_arn(account, f"{name}-inbox"),
            },
        },
    }


def function(
    account: Account, name: str, service: str | None = None, code: str = ECHO, **more: Any
) -> Resources:
    """A function."""
    rights = statement(LOGS), *more.pop("statements", ())
    made = role(f"{name}-role", "lambda.amazonaws.com", *rights) | {
        logical(name, "Function"): {
            "Type": "AWS::Lambda::Function",
            "DependsOn": logical(f"{name}-role", "Role"),
            "Properties": {
                "FunctionName": name,
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": role_arn(account, f"{name}-role"),
                "Code": {"ZipFile": code},
            }
            | more,
        }
    }
    if service:
        made[logical(name, "Permission")] = {
            "Type": "AWS::Lambda::Permission",
            "DependsOn": logical(name, "Function"),
            "Properties": {
                "FunctionName": name,
                "Action": "lambda:InvokeFunction",
                "Principal": service,
            },
        }
    return made


def machine(account: Account, name: str, _service: str | None = None) -> Resources:
    """A state machine that ends at once."""
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    return role(f"{name}-role", "states.amazonaws.com") | {
        logical(name, "Machine"): {
            "Type": "AWS::StepFunctions::StateMachine",
            "DependsOn": logical(f"{name}-role", "Role"),
            "Properties": {
                "StateMachineName": name,
                "RoleArn": role_arn(account, f"{name}-role"),
                "DefinitionString": json.dumps(definition),
            },
        }
    }


def bus(account: Account, name: str, _service: str | None = None) -> Resources:
    """An event bus with a rule that sends everything to a queue."""
    return queue(account, f"{name}-inbox", "events.amazonaws.com") | {
        logical(name, "Bus"): {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}},
        logical(name, "BusRule"): {
            "Type": "AWS::Events::Rule",
            "DependsOn": [logical(name, "Bus"), logical(f"{name}-inbox", "Queue")],
            "Properties": {
                "Name": f"{name}-rule",
                "EventBusName": name,
                "EventPattern": {"account": [account.account]},
                "Targets": [{"Id": "inbox", "Arn": queue_arn(account, f"{name}-inbox")}],
            },
        },
    }


def group(account: Account, name: str, service: str | None = None) -> Resources:
    """A log group."""
    made = {
        logical(name, "Group"): {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": name},
        }
    }
    if service:
        allowed = statement(LOGS[1:], f"{group_arn(account, name)}:*")
        policy = document(allowed | {"Principal": {"Service": service}})
        made[logical(name, "GroupPolicy")] = {
            "Type": "AWS::Logs::ResourcePolicy",
            "Properties": {"PolicyName": name, "PolicyDocument": json.dumps(policy)},
        }
    return made


def in_queue(account: Account, name: str) -> bool:
    """Tell whether a queue holds a message."""
    return bool(account.receive(queue_url(account, name)))


def in_inbox(account: Account, name: str) -> bool:
    """Tell whether the queue behind a topic or bus holds a message."""
    return in_queue(account, f"{name}-inbox")


def in_log(account: Account, name: str) -> bool:
    """Tell whether a log group holds an event."""
    try:
        found = account.client("logs").filter_log_events(logGroupName=name)
    except ClientError:
        return False
    return bool(found["events"])


def called(account: Account, name: str) -> bool:
    """Tell whether a function has run, by its log."""
    return in_log(account, f"/aws/lambda/{name}")


def executed(account: Account, name: str) -> bool:
    """Tell whether a state machine was started."""
    found = account.client("stepfunctions").list_executions(
        stateMachineArn=machine_arn(account, name)
    )
    return bool(found["executions"])


RECEIVERS = {
    "bus": Receiver("events:PutEvents", bus_arn, bus, in_inbox),
    "function": Receiver("lambda:InvokeFunction", function_arn, function, called),
    "group": Receiver(LOGS[1:], group_arn, group, in_log),
    "machine": Receiver("states:StartExecution", machine_arn, machine, executed),
    "queue": Receiver("sqs:SendMessage", queue_arn, queue, in_queue),
    "topic": Receiver("sns:Publish", topic_arn, topic, in_inbox),
}


def only_the_open_one(account: Account, receiver: Receiver) -> None:
    """Wait until the receiver that is open got something; the closed one, asked first, did not."""
    wait_for(lambda: receiver.arrived(account, "open"))
    assert not receiver.arrived(account, "closed")
