"""What a state machine may do: what its role allows, if Step Functions may assume it at all.

MiniStack checks neither. Checked are the calls to Lambda, SQS, SNS, DynamoDB and Step Functions.
Source: Step Functions Developer Guide, "How Step Functions generates IAM policies for integrated
services" and "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.states.run import Run
from labkit.sandbox.upstream import seams

MODULE = stepfunctions.__name__
PRINCIPAL = "states.amazonaws.com"

REFUSED = {
    "dynamodb": ("DynamoDB.AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "events": ("EventBridge.AmazonEventBridgeException", "EventBridge"),
    "lambda": ("Lambda.AWSLambdaException", "Lambda"),
    "sns": ("SNS.AmazonSNSException", "Sns"),
    "sqs": ("SQS.AmazonSQSException", "Sqs"),
    "states": ("StepFunctions.AWSStepFunctionsException", "AWSStepFunctions"),
}
"""By service: the error of a state that may not call it, and its name in the cause."""

TABLE_ACTIONS = ("deleteItem", "getItem", "putItem", "updateItem")


def install() -> None:
    """Take the making of a machine."""

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


def check(run: Run, resource: str, given: Any) -> None:
    """Refuse a call that the machine's role does not allow.

    Raises
    ------
    StateError
        With the service's error, as AWS words it.
    """
    needed = _needed(resource, given)
    if needed is None:
        return
    action, target = needed
    role, session = run.role_arn, run.line.execution.get("name", "session")
    if permissions.role_allows(role, action, target, session):
        return
    error, service = REFUSED[action.partition(":")[0]]
    account, name = role.split(":")[4], role.rpartition("/")[2]
    raise StateError(
        error,
        f"User: arn:aws:sts::{account}:assumed-role/{name}/{session} is not authorized to perform: "
        f"{action} on resource: {target} because no identity-based policy allows the {action} "
        f"action (Service: {service}, Status Code: 403)",
    )


def _needed(resource: str, given: Any) -> tuple[str, str] | None:
    """Return the action that a call takes, and on what; None where nothing is checked."""
    if resource.startswith("arn:aws:lambda:"):
        return "lambda:InvokeFunction", resource
    if not isinstance(given, dict):
        return None
    service, _, action = resource.partition(":states:::")[2].partition(":")
    match service, action.partition(".")[0]:
        case "lambda", "invoke":
            return "lambda:InvokeFunction", _arn("lambda", "function:", given.get("FunctionName"))
        case "sqs", "sendMessage":
            queue = str(given.get("QueueUrl", "")).rpartition("/")[2]
            return "sqs:SendMessage", _arn("sqs", "", queue)
        case "sns", "publish" if given.get("TopicArn"):
            return "sns:Publish", str(given["TopicArn"])
        case "dynamodb", act if act in TABLE_ACTIONS:
            table = _arn("dynamodb", "table/", given.get("TableName"))
            return f"dynamodb:{act[0].upper()}{act[1:]}", table
        case "states", "startExecution":
            return "states:StartExecution", str(given.get("StateMachineArn", ""))
    return None


def _arn(service: str, prefix: str, name: Any) -> str:
    if str(name).startswith("arn:"):
        return str(name)
    region, account = stepfunctions.get_region(), stepfunctions.get_account_id()
    return f"arn:aws:{service}:{region}:{account}:{prefix}{name or ''}"
