"""What a task calls: the integration that its resource names, as the machine's role.

MiniStack has the integrations; here are the answers' metadata, which AWS adds to what its optimized
integrations return, and the causes of failures in AWS's words.
Source: Step Functions Developer Guide, "Integrating services with Step Functions".
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from email.utils import format_datetime
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.stepfunctions import roles
from labkit.sandbox.services.stepfunctions.language import errors
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states import nested, topics
from labkit.sandbox.services.stepfunctions.states.walker import Walker
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.stepfunctions import stepfunctions

OPTIMIZED = "arn:aws:states:::"
SDK = "arn:aws:states:::aws-sdk:"
FUNCTION = "arn:aws:lambda:"
INVOKE = "arn:aws:states:::lambda:invoke"
PUBLISH = "arn:aws:states:::sns:publish"
NESTED = "arn:aws:states:::states:startExecution.sync"

CONTENT_TYPES = {
    "dynamodb": "application/x-amz-json-1.0",
    "events": "application/x-amz-json-1.1",
    "lambda": "application/json",
    "sns": "text/xml",
    "sqs": "application/x-amz-json-1.0",
    "states": "application/x-amz-json-1.0",
}
"""How a service answers, which its integration's metadata repeat."""

ERROR_PREFIXES = {"dynamodb": "DynamoDB."}
"""What stands before a service's error codes in the names of errors."""

SMALL_CONNECTION = {"dynamodb", "sns", "sqs", "states"}
"""Services whose `connection` header the metadata spell with a small letter."""


def call(walker: Walker, resource: str, parameters: Any) -> Any:
    """Call what `resource` names and return its answer.

    Raises
    ------
    StateError
        If the role may not, or the call fails.
    """
    parameters = _with_event(resource, parameters)
    with roles.checked(walker, resource, parameters):
        return _with_metadata(resource, _invoke(resource, parameters))


def _with_event(resource: str, parameters: Any) -> Any:
    """Return the parameters of a call: a function that is handed nothing gets an empty object."""
    if resource.startswith(FUNCTION):
        return {} if parameters is None else parameters
    if resource == INVOKE and isinstance(parameters, dict) and "Payload" in parameters:
        return parameters | {"Payload": _with_event(FUNCTION, parameters["Payload"])}
    return parameters


def _invoke(resource: str, parameters: Any) -> Any:
    try:
        if resource == PUBLISH:
            return topics.publish(parameters)
        return stepfunctions._invoke_resource(resource, parameters)
    except StateError:
        raise
    except stepfunctions._ExecutionError as error:
        raise StateError(*_as_aws_says(resource, parameters, error)) from error
    except AwsError as error:
        raise StateError(_error_name(resource, error), error.message) from error
    except (AttributeError, TypeError, KeyError) as error:
        raise _unusable(resource, parameters) from error
    except Exception as error:
        raise StateError(errors.TASK_FAILED, str(error)) from error


def _unusable(resource: str, parameters: Any) -> StateError:
    text = f"{resource} cannot be called with the parameters {compact(parameters)}"
    return StateError(errors.RUNTIME, text)


def _error_name(resource: str, error: AwsError) -> str:
    """Return what an error of an optimized integration is called."""
    service = resource.removeprefix(OPTIMIZED).partition(":")[0]
    return ERROR_PREFIXES.get(service, "") + error.code("json")


def begin(walker: Walker, resource: str, parameters: Any) -> Any:
    """Start what an integration with `.sync` waits for; return the answer to that.

    Raises
    ------
    StateError
        If the role may not, it fails, or the sandbox has no such integration.
    """
    with roles.checked(walker, resource, parameters):
        if not resource.startswith(NESTED):
            raise StateError(errors.RUNTIME, f"The sandbox has no integration {resource}.")
        if not isinstance(parameters, dict):
            raise _unusable(resource, parameters)
        return _with_metadata(resource, nested.start(parameters))


def end(walker: Walker, resource: str, begun: Any) -> Any:
    """Wait for the end of what `begin` has started; return how it ended.

    Raises
    ------
    StateError
        If it failed.
    """
    return nested.wait(walker, resource, begun["ExecutionArn"])


def _as_aws_says(resource: str, parameters: Any, error: Any) -> tuple[str, str | None]:
    """Return an error's name and cause."""
    name, cause = error.error, error.cause
    try:
        decoded = json.loads(cause)
    except (TypeError, ValueError):
        decoded = None
    if isinstance(decoded, dict) and "errorMessage" in decoded:
        return name, compact(decoded)
    if name == "Lambda.ResourceNotFoundException":
        return name, (
            f"Function not found: {_function_arn(resource, parameters)} (Service: AWSLambda; "
            f"Status Code: 404; Error Code: ResourceNotFoundException; Request ID: {_id()}; "
            "Proxy: null)"
        )
    if resource.startswith(f"{OPTIMIZED}sqs:") and name.startswith("SQS."):
        code = name.removeprefix("SQS.")
        return "SQS.AmazonSQSException", (
            f"{cause} (Service: AmazonSQS; Status Code: 400; Error Code: {code}; "
            f"Request ID: {_id()}; Proxy: null)"
        )
    return name, cause


def _function_arn(resource: str, parameters: Any) -> str:
    named = parameters.get("FunctionName", "") if ":lambda:invoke" in resource else resource
    if str(named).startswith("arn:"):
        return str(named)
    region, account = responses.get_region(), responses.get_account_id()
    arn = f"arn:aws:lambda:{region}:{account}:function:{named}"
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"


def _with_metadata(resource: str, answer: Any) -> Any:
    """Add what AWS tells of the call: its headers and its id."""
    service = resource.removeprefix(OPTIMIZED).partition(":")[0]
    optimized = resource.startswith(OPTIMIZED) and not resource.startswith(SDK)
    if not optimized or service not in CONTENT_TYPES or not isinstance(answer, dict):
        return answer
    if service == "lambda":
        answer = {"ExecutedVersion": "$LATEST", **answer}
    request = _id()
    headers = _headers(service, answer, request)
    return answer | {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request},
    }


def _headers(service: str, answer: Any, request: str) -> dict[str, str]:
    body = answer.get("Payload") if service == "lambda" else answer
    headers = {
        "connection" if service in SMALL_CONNECTION else "Connection": "keep-alive",
        "Content-Length": str(len(compact(body).encode())),
        "Content-Type": CONTENT_TYPES[service],
        "Date": format_datetime(dt.datetime.now(dt.UTC), usegmt=True),
        "x-amzn-RequestId": request,
    }
    if service == "lambda":
        trace = f"root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]};sampled=0"
        headers |= {
            "X-Amz-Executed-Version": answer["ExecutedVersion"],
            "x-amzn-Remapped-Content-Length": "0",
            "X-Amzn-Trace-Id": trace,
        }
    return headers


def _id() -> str:
    return str(uuid.uuid4())
