"""What Step Functions refuses of a request before it looks at a machine, and AWS's words for it.

Source: Step Functions API Reference, the operations' errors; the texts are AWS's answers as others
have recorded them.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request, Response

ARNS = ("executionArn", "stateMachineArn", "stateMachineAliasArn", "stateMachineVersionArn")

CONSTRAINED = {
    "CreateStateMachineAlias", "ListExecutions", "ListStateMachineAliases",
    "ListStateMachineVersions", "ListStateMachines", "UpdateStateMachineAlias",
}  # fmt: skip
"""Operations whose parameters are looked at by their model alone."""

WORDING = constraints.Wording(
    values={
        "ExecutionStatus": (
            "SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING",
        ),
    }
)  # fmt: skip

MACHINE, EXECUTION = "State Machine", "Execution"
GONE = {
    "StateMachineDoesNotExist": ("State Machine Does Not Exist", "stateMachineArn"),
    "ExecutionDoesNotExist": ("Execution Does Not Exist", "executionArn"),
}
NO_RESOURCE = "Request references a resource that does not exist."

NO_JSON = "Invalid State Machine Execution Input: '{}'"
UNRECOGNIZED = (
    "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token 'null', "
    "'true' or 'false')"
)


def check(request: Request) -> None:
    """Check a request's ARNs and constraints.

    Raises
    ------
    AwsError
        If one is not as it has to be.
    """
    given = request.parameters
    for name in ARNS:
        if name in given and not str(given[name]).startswith("arn:"):
            raise invalid_arn(f"Invalid ARN prefix: {given[name]}")
    if request.operation not in CONSTRAINED:
        return
    if broken := constraints.problems(request, wording=WORDING):
        raise ValidationError(constraints.sentence(broken))


def invalid_arn(reason: str) -> AwsError:
    """Return what an ARN is refused with."""
    return AwsError(f"Invalid Arn: '{reason}'", "InvalidArn")


def no_machine(arn: str) -> AwsError:
    """Return what is said of a machine that is not there."""
    return AwsError(f"State Machine Does Not Exist: '{arn}'", "StateMachineDoesNotExist")


def worded(request: Request, response: Response) -> Response:
    """Return a refusal of MiniStack's in AWS's words."""
    if response.status != 400:
        return response
    error = json.loads(response.body)
    code = str(error.get("__type", "")).rpartition("#")[2]
    if (text := _text(request, code, error.get("message", ""))) is None:
        return response
    return response._replace(body=json.dumps(error | {"message": text}).encode())


def _text(request: Request, code: str, said: str) -> str | None:
    given = request.parameters
    if code in GONE:
        sentence, name = GONE[code]
        return f"{sentence}: '{given[name]}'" if name in given else None
    if code == "StateMachineAlreadyExists":
        arn = f"arn:aws:states:{request.region}:{request.account}:stateMachine:{given['name']}"
        return f"State Machine Already Exists: '{arn}'"
    if code == "ExecutionAlreadyExists":
        return said.replace("Execution already exists", "Execution Already Exists")
    return NO_RESOURCE if code == "ResourceNotFound" and "Alias" in request.operation else None


def check_input(given: dict[str, Any]) -> None:
    """Check that the input of an execution is JSON.

    Raises
    ------
    AwsError
        `InvalidExecutionInput`.
    """
    text = given.get("input")
    if text is None:
        return
    try:
        json.loads(text)
    except ValueError as error:
        at = getattr(error, "pos", 0)
        raise AwsError(NO_JSON.format(_problem(text, at)), "InvalidExecutionInput") from None


def _problem(text: str, at: int) -> str:
    rest = text[at:].lstrip()
    if not text.strip():
        return "Invalid execution input."
    word = ""
    for letter in rest:
        if not letter.isalnum():
            break
        word += letter
    if word:
        return UNRECOGNIZED.format(word)
    if rest and text[:at].rstrip().endswith(("{", ",")):
        expected = "was expecting double-quote to start field name"
        return f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): {expected}"
    return "Unexpected end-of-input" if not rest else f"Unexpected character ('{rest[0]}')"
