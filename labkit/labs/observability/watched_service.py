"""The delivery service to watch: an API, three functions, a queue, a table and a saga.

Plain boto3 that may be run again. A fault that was injected before is taken away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.labs.builders import (
    LOGGING_POLICY,
    LOOK_EVERY_S,
    LOOKS,
    QUEUE_POLICY,
    function,
    service_role,
)
from labkit.labs.delivery.kept_orders import table as key_table
from labkit.labs.delivery.service import STAGE, api_before
from labkit.labs.lab_run import LabRun
from labkit.polling import wait_until

SOURCES = Path(__file__).parent / "functions"
TRACING_POLICY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"

TIMEOUT_S = 20
VISIBILITY_S = 20
"""At least a function's timeout. What fails, the kitchen gives back at once."""
COOKS = 2
"""Calls of the kitchen at a time: fewer would be none that AWS takes, more are more cold starts."""
MEMORY_MB = 1024
"""A whole CPU nearly: three cold starts stand in the way of the first order."""
TRIES = 1
FUNCTIONS = ("front", "kitchen", "steps")
MAY_KEEP = "keep-orders"
"""The kitchen's policy for the table."""


@dataclass(frozen=True)
class WatchedService:
    """What was built.

    Attributes
    ----------
    url
        Where a customer posts an order.
    api
        The REST API's name, as its metrics and traces name it.
    groups
        The log group of each function, by what the lesson calls it.
    queue, dead
        Names of the queue and of its dead-letter queue.
    table, machine_arn, mapping_id
        The table, the saga and the event source mapping.
    space
        The namespace of its own metrics, and the service's name in them.
    """

    url: str
    api: str
    groups: Mapping[str, str]
    queue: str
    dead: str
    table: str
    machine_arn: str
    mapping_id: str
    space: str


def watched_service(lab: LabRun, tools: str = "watch.py") -> WatchedService:
    """Build it; what is already there is found and used, and set right.

    Parameters
    ----------
    tools
        The file in `lab.folder` with which the functions tell what they do.
    """
    space, table = lab.name("delivery"), key_table(lab, "orders", "orderId")
    queue_url, queue_arn, dead_url = _queues(lab)
    roles = _roles(lab, queue_arn, table)
    steps_arn = _function(lab, "steps", roles["steps"], tools, {"SERVICE": space})
    machine_arn = _saga(lab, steps_arn)
    front = {"SERVICE": space, "QUEUE_URL": queue_url}
    front_arn = _function(lab, "front", roles["front"], tools, front)
    kitchen = {"SERVICE": space, "QUEUE_URL": queue_url, "TABLE": table, "SAGA": machine_arn}
    _function(lab, "kitchen", roles["kitchen"], tools, kitchen)
    lab.client("lambda").delete_function_concurrency(FunctionName=lab.name("kitchen"))
    return WatchedService(
        url=_api(lab, front_arn),
        api=lab.name("delivery"),
        groups={name: f"/aws/lambda/{lab.name(name)}" for name in FUNCTIONS},
        queue=queue_url.rpartition("/")[2],
        dead=dead_url.rpartition("/")[2],
        table=table,
        machine_arn=machine_arn,
        mapping_id=_mapping(lab, queue_arn),
        space=space,
    )


def set_up(lab: LabRun, name: str, **settings: Any) -> None:
    """Change a function's settings, and wait until the change is done."""
    awslambda = lab.client("lambda")
    awslambda.update_function_configuration(FunctionName=lab.name(name), **settings)
    awslambda.get_waiter("function_updated_v2").wait(
        FunctionName=lab.name(name), WaiterConfig={"Delay": LOOK_EVERY_S, "MaxAttempts": LOOKS}
    )


def variables(lab: LabRun, name: str) -> dict[str, str]:
    """Return a function's environment variables."""
    found = lab.client("lambda").get_function_configuration(FunctionName=lab.name(name))
    return dict(found.get("Environment", {}).get("Variables", {}))


def let_keep(lab: LabRun, table: str) -> None:
    """Give the kitchen the right to write to the table."""
    arn = f"arn:aws:dynamodb:{lab.region}:{lab.account}:table/{table}"
    lab.client("iam").put_role_policy(
        RoleName=lab.name("kitchen-role"),
        PolicyName=MAY_KEEP,
        PolicyDocument=_policy({"dynamodb:PutItem": arn}),
    )


def _queues(lab: LabRun) -> tuple[str, str, str]:
    sqs = lab.client("sqs")
    dead_url = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
    url = sqs.create_queue(
        QueueName=lab.name("orders"), Attributes={"VisibilityTimeout": str(VISIBILITY_S)}
    )["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead_url), "maxReceiveCount": TRIES}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(redrive)})
    return url, _arn(sqs, url), dead_url


def _arn(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def _roles(lab: LabRun, queue_arn: str, table: str) -> dict[str, str]:
    """Make a role for each function, and that of the saga."""
    iam, found = lab.client("iam"), {}
    machine = f"arn:aws:states:{lab.region}:{lab.account}:stateMachine:{lab.name('saga')}"
    more = {"front": LOGGING_POLICY, "kitchen": QUEUE_POLICY, "steps": LOGGING_POLICY}
    for name, policy in more.items():
        policies = (policy, TRACING_POLICY)
        found[name] = service_role(lab, f"{name}-role", "lambda.amazonaws.com", *policies)
    rights = {
        "front": {"sqs:SendMessage": queue_arn},
        "kitchen": {
            "states:StartExecution": machine,
            "sqs:ChangeMessageVisibility": queue_arn,
        },
    }
    for name, allowed in rights.items():
        iam.put_role_policy(
            RoleName=lab.name(f"{name}-role"), PolicyName="own", PolicyDocument=_policy(allowed)
        )
    let_keep(lab, table)
    return found


def _function(
    lab: LabRun, name: str, role_arn: str, tools: str, variables: Mapping[str, str]
) -> str:
    """Make a function whose calls are traced."""
    source = f"{name}.py"
    (lab.folder / source).write_text((SOURCES / source).read_text("utf-8"), "utf-8")
    arn = function(
        lab,
        name,
        role_arn,
        lab.zip(source, tools),
        f"{name}.handler",
        memory_mb=MEMORY_MB,
        timeout_s=TIMEOUT_S,
    )
    set_up(
        lab,
        name,
        Environment={"Variables": dict(variables)},
        TracingConfig={"Mode": "Active"},
        Timeout=TIMEOUT_S,
    )
    return arn


def _saga(lab: LabRun, steps_arn: str) -> str:
    role_arn = service_role(lab, "saga-role", "states.amazonaws.com", TRACING_POLICY)
    lab.client("iam").put_role_policy(
        RoleName=lab.name("saga-role"),
        PolicyName="own",
        PolicyDocument=_policy({"lambda:InvokeFunction": steps_arn}),
    )
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Charge",
        "States": {
            "Charge": _step(steps_arn, "charge", Next="Dispatch"),
            "Dispatch": _step(steps_arn, "dispatch", End=True),
        },
    }
    made = lab.client("stepfunctions").create_state_machine(
        name=lab.name("saga"),
        definition=json.dumps(definition),
        roleArn=role_arn,
        tracingConfiguration={"enabled": True},
    )
    return str(made["stateMachineArn"])


def _step(function_arn: str, name: str, **more: Any) -> dict[str, Any]:
    order = "{% $states.input %}"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function_arn, "Payload": {"step": name, "order": order}},
        "Output": order,
        **more,
    }


def _api(lab: LabRun, front_arn: str) -> str:
    api_id, _ = api_before(lab, front_arn)
    lab.client("apigateway").create_deployment(
        restApiId=api_id, stageName=STAGE, tracingEnabled=True
    )
    return f"{lab.invoke_url(api_id, STAGE)}/order"


def _mapping(lab: LabRun, queue_arn: str) -> str:
    awslambda, name = lab.client("lambda"), lab.name("kitchen")
    of = {"FunctionName": name, "EventSourceArn": queue_arn}
    found = awslambda.list_event_source_mappings(**of)["EventSourceMappings"]
    if found:
        uuid = str(found[0]["UUID"])
        awslambda.update_event_source_mapping(UUID=uuid, Enabled=True)
    else:
        made = awslambda.create_event_source_mapping(
            **of, BatchSize=1, ScalingConfig={"MaximumConcurrency": COOKS}
        )
        uuid = str(made["UUID"])
    wait_until(
        lambda: awslambda.get_event_source_mapping(UUID=uuid)["State"] == "Enabled",
        seconds=120,
        what="the event source mapping to be Enabled",
    )
    return uuid


def _policy(allowed: Mapping[str, str]) -> str:
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in allowed.items()
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
