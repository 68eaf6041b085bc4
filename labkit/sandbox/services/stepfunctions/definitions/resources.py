"""What a Task state can call: functions, activities and service integrations.

Source: Step Functions Developer Guide, "Integrating services with Step Functions" and "Integrating
optimized services with Step Functions"; the texts are AWS's as others have recorded them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.definitions import fields
from labkit.sandbox.services.stepfunctions.definitions.problems import Problem

CALLBACK, SYNC = ".waitForTaskToken", ".sync"

FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]*:\d{0,12}:function:\S+")
ACTIVITY = re.compile(r"arn:aws[\w-]*:states:[\w-]*:\d{0,12}:activity:\S+")
SDK = re.compile(
    r"arn:aws[\w-]*:states:[\w-]*:\d*:aws-sdk:\w+:\w+(\.waitForTaskToken|\.sync(:2)?)?"
)
OPTIMIZED = re.compile(
    r"arn:aws[\w-]*:states:[\w-]*:\d*:(?P<service>[\w-]+):(?P<action>\w+)"
    r"(\.waitForTaskToken|\.sync(:2)?)?"
)

ACTIONS: dict[str, set[str]] = {
    "apigateway": {"invoke"},
    "dynamodb": {"getItem", "putItem", "updateItem", "deleteItem"},
    "events": {"putEvents"},
    "http": {"invoke"},
    "lambda": {"invoke"},
    "sns": {"publish"},
    "sqs": {"sendMessage"},
    "states": {"startExecution"},
}
"""The actions of the optimized integrations that the sandbox has."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "dynamodb:deleteItem": ("TableName", "Key"),
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "dynamodb:updateItem": ("TableName", "Key"),
    "events:putEvents": ("Entries",),
    "lambda:invoke": ("FunctionName",),
    "sns:publish": ("Message",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}
"""What these take has to be there; the rest of it may."""

OTHERS = {
    "athena", "aws-batch", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks",
    "elasticmapreduce", "emr-containers", "emr-serverless", "glue", "mediaconvert", "sagemaker",
}  # fmt: skip
"""AWS's other optimized integrations, whose actions are not looked at."""


def problems(state: dict[str, Any], where: str, *, express: bool) -> Iterator[Problem]:
    """Yield what is wrong with what a Task state calls, and with whose rights."""
    if "Resource" not in state:
        yield fields.missing("Resource", where)
        return
    resource = state["Resource"]
    if not isinstance(resource, str):
        return
    if not is_known(resource):
        yield Problem(
            f"The resource provided {resource} is not recognized. The value is not a valid "
            "resource ARN, or the resource is not available in this region.",
            f"{where}/Resource",
        )
    elif express:
        yield from _in_express(resource, f"{where}/Resource")
    yield from _required(state, resource, where)
    yield from _credentials(state, where)
    yield from _heartbeat(state, where)


def is_known(resource: str) -> bool:
    """Tell whether a resource is one that AWS knows."""
    if FUNCTION.fullmatch(resource) or ACTIVITY.fullmatch(resource) or SDK.fullmatch(resource):
        return True
    found = OPTIMIZED.fullmatch(resource)
    if found is None:
        return False
    service = found["service"]
    return service in OTHERS or found["action"] in ACTIONS.get(service, set())


def _in_express(resource: str, where: str) -> Iterator[Problem]:
    """Yield what an Express machine cannot wait for; the space behind the first is AWS's."""
    what = "Express state machine does not support"
    if resource.endswith(CALLBACK):
        yield Problem(f"{what} '.waitForTaskToken' service integration ", where)
    elif SYNC in resource:
        yield Problem(f"{what} '.sync' service integration", where)
    elif ACTIVITY.fullmatch(resource):
        yield Problem(f"{what} Activity ARN", where)


def _required(state: dict[str, Any], resource: str, where: str) -> Iterator[Problem]:
    """Yield the parameters that an optimized integration cannot be called without."""
    integration = resource.split(":", 5)[-1].lstrip(":").partition(".")[0]
    for holder in ("Parameters", "Arguments"):
        given = state.get(holder)
        if isinstance(given, dict):
            for name in REQUIRED.get(integration, ()):
                if not given.keys() & {name, f"{name}.$"}:
                    yield fields.missing(name, f"{where}/{holder}")


def _credentials(state: dict[str, Any], where: str) -> Iterator[Problem]:
    if "Credentials" not in state:
        return
    given = state["Credentials"]
    if not isinstance(given, dict) or not given.keys() & {"RoleArn", "RoleArn.$"}:
        yield fields.missing("RoleArn", f"{where}/Credentials")


def _heartbeat(state: dict[str, Any], where: str) -> Iterator[Problem]:
    beat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(beat, int) and isinstance(timeout, int) and beat >= timeout:
        text = "The value of 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'"
        yield Problem(text, where)
