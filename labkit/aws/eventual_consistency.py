"""Waits out what AWS itself still has to do: a role that IAM knows and another service not yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from labkit.polling import NotInTime, wait_until

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

BOUND_S = 48.0
"""Longest wait for IAM to be consistent, in seconds (cdkd's retries add up to as much)."""

THROTTLED = frozenset(
    ["RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"]
)
"""Codes with which AWS turns a call away undone: a repeat cannot make a second thing.

API Gateway takes one CreateRestApi per 3 s and one CreateDeployment per 5 s from an account.
"""

POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What Lambda needs to poll a queue (AWSLambdaSQSQueueExecutionRole)."""

Send = Callable[[str, dict[str, Any]], Any]
GetClient = Callable[[str], Any]


@dataclass(frozen=True)
class Delay:
    """One error that may only mean "not yet".

    Attributes
    ----------
    operations
        Calls that meet it.
    wording
        Found in its message.
    granted
        Asks IAM whether what the message misses is there; only then is waiting of any use.
    """

    operations: frozenset[str]
    wording: re.Pattern[str]
    granted: Callable[[GetClient, dict[str, Any]], bool]


def _trusts(service: str, *where: str) -> Callable[[GetClient, dict[str, Any]], bool]:
    """Make the question whether the role that stands in a call's parameters trusts a service."""

    def granted(get_client: GetClient, params: dict[str, Any]) -> bool:
        arn = str(reduce(getitem, where, params))
        role = get_client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
        return service in json.dumps(role["AssumeRolePolicyDocument"])

    return granted


def _may_poll(get_client: GetClient, params: dict[str, Any]) -> bool:
    function = get_client("lambda").get_function_configuration(FunctionName=params["FunctionName"])
    answers = get_client("iam").simulate_principal_policy(
        PolicySourceArn=function["Role"],
        ActionNames=list(POLLING),
        ResourceArns=[params["EventSourceArn"]],
    )["EvaluationResults"]
    return all(answer["EvalDecision"] == "allowed" for answer in answers)


DELAYS = (
    Delay(
        frozenset(["CreateFunction", "UpdateFunctionConfiguration"]),
        re.compile("cannot be assumed by Lambda"),
        _trusts("lambda.amazonaws.com", "Role"),
    ),
    Delay(
        frozenset(["CreateStateMachine", "UpdateStateMachine"]),
        re.compile("is authorized to assume the provided role"),
        _trusts("states.amazonaws.com", "roleArn"),
    ),
    Delay(
        frozenset(["CreateSchedule"]),
        re.compile("must allow AWS EventBridge Scheduler to assume the role"),
        _trusts("scheduler.amazonaws.com", "Target", "RoleArn"),
    ),
    Delay(
        frozenset(["CreateEventSourceMapping", "UpdateEventSourceMapping"]),
        re.compile("does not have permissions to call"),
        _may_poll,
    ),
)
"""Wordings from AWS's answers, as collected in cdkd's table of retryable errors and in Terraform's
AWS provider (`aws_sfn_state_machine`, `aws_scheduler_schedule`)."""


def send(call: Send, operation: str, params: dict[str, Any], get_client: GetClient) -> Any:
    """Send a call; where AWS refuses it for a grant that IAM already has, try again, up to 48 s.

    So is a create that AWS turned away for coming too soon after another.

    Parameters
    ----------
    call
        Sends it.
    operation, params
        What to send.
    get_client
        Gives the client of a service, to ask IAM.
    """
    from botocore.exceptions import ClientError

    refusals: list[ClientError] = []

    def attempt() -> list[Any]:
        try:
            return [call(operation, params)]
        except ClientError as error:
            if not _may_pass(error, operation, params, get_client):
                raise
            refusals.append(error)
            return []

    try:
        return wait_until(attempt, BOUND_S)[0]
    except NotInTime:
        raise refusals[-1] from None


def _may_pass(
    error: ClientError, operation: str, params: dict[str, Any], get_client: GetClient
) -> bool:
    from botocore.exceptions import BotoCoreError, ClientError

    if operation.startswith("Create") and error.response["Error"]["Code"] in THROTTLED:
        return True
    for delay in DELAYS:
        if operation in delay.operations and delay.wording.search(str(error)):
            try:
                return delay.granted(get_client, params)
            except (BotoCoreError, ClientError, KeyError):
                return False
    return False
