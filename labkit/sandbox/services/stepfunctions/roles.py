"""What a state machine may do: what its role allows, if Step Functions may assume it at all.

MiniStack checks neither. The seams are the making of a machine and the call of a resource; checked
are the calls that the lessons' machines make, to Lambda, SQS and SNS.
Source: Step Functions Developer Guide, "How Step Functions generates IAM policies for integrated
services" and "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.stepfunctions.executions import current
from labkit.sandbox.upstream import seams

MODULE = stepfunctions.__name__
PRINCIPAL = "states.amazonaws.com"

REFUSED = {
    "lambda:InvokeFunction": ("Lambda.AWSLambdaException", "Lambda"),
    "sqs:SendMessage": ("SQS.AmazonSQSException", "Sqs"),
    "sns:Publish": ("SNS.AmazonSNSException", "Sns"),
}
"""An action, the error of a state that may not do it, and the service's name in its cause."""


def install() -> None:
    """Take the making of a machine, and the call of a resource."""
    _check_trust()
    _check_calls()


def _check_trust() -> None:
    def create(data: dict[str, Any]) -> Any:
        role = data.get("roleArn", "")
        if ":role/" in role and not permissions.role_trusts(role, PRINCIPAL):
            return stepfunctions.error_response_json(
                "AccessDeniedException",
                f"Neither the global service principal {PRINCIPAL}, nor the regional one is "
                "authorized to assume the provided role.",
                400,
            )
        return upstream(data)

    upstream = seams.replace(MODULE, "_create_state_machine", create, like="(data)")


def _check_calls() -> None:
    def invoke(resource: str, input_data: Any) -> Any:
        if needed := _needed(resource, input_data):
            _check(*needed)
        return upstream(resource, input_data)

    upstream = seams.replace(MODULE, "_invoke_resource", invoke, like="(resource, input_data)")


def _needed(resource: str, given: Any) -> tuple[str, str] | None:
    """Return the action that a call takes, and on what; None where nothing is checked."""
    if resource.startswith("arn:aws:lambda:"):
        return "lambda:InvokeFunction", resource
    if not isinstance(given, dict):
        return None
    if ":states:::lambda:invoke" in resource:
        return "lambda:InvokeFunction", _arn("lambda", "function:", given.get("FunctionName", ""))
    if ":states:::sqs:sendMessage" in resource:
        queue = str(given.get("QueueUrl", "")).rpartition("/")[2]
        return "sqs:SendMessage", _arn("sqs", "", queue)
    if ":states:::sns:publish" in resource and given.get("TopicArn"):
        return "sns:Publish", given["TopicArn"]
    return None


def _arn(service: str, prefix: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    region, account = stepfunctions.get_region(), stepfunctions.get_account_id()
    return f"arn:aws:{service}:{region}:{account}:{prefix}{name}"


def _check(action: str, target: str) -> None:
    execution = current.get() or {}
    machine = stepfunctions._state_machines.get(execution.get("stateMachineArn", ""), {})
    role, session = machine.get("roleArn", ""), execution.get("name", "session")
    if permissions.role_allows(role, action, target, session):
        return
    error, service = REFUSED[action]
    account, name = role.split(":")[4], role.rpartition("/")[2]
    raise stepfunctions._ExecutionError(
        error,
        f"User: arn:aws:sts::{account}:assumed-role/{name}/{session} is not authorized to perform: "
        f"{action} on resource: {target} because no identity-based policy allows the {action} "
        f"action (Service: {service}, Status Code: 403)",
    )
