"""Lambda's answers with the members that AWS sends and no others.

MiniStack answers with empty members where AWS leaves them out, with states in lists and in the
answer to a creation, and names an error in another member than its shape has.
Source: Lambda API Reference, FunctionConfiguration and each exception; ListFunctions ("doesn't
return" State, StateReason…, LastUpdateStatus…, RuntimeVersionConfig); the rest as AWS answers.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import downloads
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import revisions
from labkit.sandbox.services.lambda_.environments import runtimes

Members = dict[str, Any]

LATEST = "$LATEST"
COLONS = 6
"""How many there are in the ARN of a function without a qualifier."""

EMPTY: tuple[Any, ...] = (None, "", [])

MAY_BE_EMPTY = {"Description", "Handler", "Runtime", "Tags", "Variables"}
"""Members of a function that come empty, too."""

NOT_IN_LISTS = (
    *("State", "StateReason", "StateReasonCode", "RuntimeVersionConfig"),
    *("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"),
)

BEGUN = {
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}
"""What an update says of itself while it is in progress."""

NOTHING_YET = "No records processed"
"""What MiniStack says of a last batch before there was one; of a queue AWS says nothing."""

UNFINISHED = uuid.UUID("6b9c9a4e-5c6f-4f0e-9a5e-0d2f0c7a1b3d")
"""Makes the revision of a function that is not ready yet from the one that it will have: on AWS the
end of a creation, and of an update, is a revision of its own."""

TEXTS = {
    "Layer Version Cannot be less than 1.": "Layer Version Cannot be less than 1",
    "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias."
    " Call the GetFunction or the GetAlias API to retrieve the latest RevisionId for your "
    "resource.": revisions.mismatch(revisions.FUNCTION),
    "The RevisionId provided does not match the latest RevisionId for the layer version policy. "
    "Call the GetLayerVersionPolicy API to retrieve the latest RevisionId for your resource.": (
        revisions.mismatch(revisions.LAYER)
    ),
}
"""What AWS says where MiniStack says something else."""

NO_MAPPING = re.compile(
    r"Event source mapping not found: .*"
    r"|The resource you requested does not exist\. \(Service: Lambda, .*\)"
)
MISSING = "The resource you requested does not exist."
"""What MiniStack and AWS say of a mapping that there is not."""

UNSHAPED = ("Invoke", "InvokeAsync", "InvokeWithResponseStream", "GetPolicy", "ListTags")
"""Operations whose answers are somebody else's words, or may be empty."""


def as_aws(request: Request, response: Response) -> Response:
    """Return an answer as AWS writes it.

    Raises
    ------
    AwsError
        If it is an error.
    """
    if response.status >= 400:
        raise error(response)
    if request.operation in UNSHAPED or not response.body or not isinstance(response.body, bytes):
        return response
    content = json.loads(response.body)
    if not isinstance(content, dict):
        return response
    shape = SHAPES.get(request.operation)
    told = without_empty(content) if shape is None else shape(content)
    if request.parameters.get("Qualifier") == LATEST:
        of_latest(told.get("Configuration", told))
    return response._replace(body=json.dumps(told).encode())


def error(response: Response) -> AwsError:
    """Return the error that MiniStack has written."""
    content = json.loads(response.body or b"{}")
    headers = {name.lower(): value for name, value in response.headers.items()}
    code = str(content.pop("__type", "") or headers.get("x-amzn-errortype", ""))
    message = content.pop("message", None) or content.pop("Message", "")
    content.pop("Message", None)
    text = TEXTS.get(str(message), str(message))
    if NO_MAPPING.fullmatch(text):
        text = MISSING
    failure = AwsError(text, code.partition(":")[0], status=response.status)
    failure.members = content
    return failure


def function(configuration: Members) -> Members:
    """Return the configuration of a function as AWS tells it."""
    told: Members = without_empty(configuration)
    vpc = configuration.get("VpcConfig") or {}
    told.pop("VpcConfig", None)
    if vpc.get("SubnetIds") or vpc.get("VpcId"):
        told["VpcConfig"] = vpc
    if told.get("LastUpdateStatus") == "InProgress":
        told |= BEGUN
    if told.get("State") == "Pending" or told.get("LastUpdateStatus") == "InProgress":
        told["RevisionId"] = str(uuid.uuid5(UNFINISHED, str(told.get("RevisionId"))))
    if told.get("Runtime") and "RuntimeVersionConfig" in told:
        region = str(told["FunctionArn"]).split(":")[3]
        _, _, arn = runtimes.version_text(told["Runtime"], region).partition("\t")
        told["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    told["LoggingConfig"] = _logging(told.get("LoggingConfig") or {}, str(told["FunctionName"]))
    return told


def of_latest(told: Members) -> None:
    """Let a configuration that is asked for as ``$LATEST`` say so in its ARN."""
    if str(told.get("FunctionArn")).count(":") == COLONS:
        told["FunctionArn"] += f":{LATEST}"


def without_empty(value: Any) -> Any:
    """Return a value without its members that are empty."""
    if isinstance(value, list):
        return [without_empty(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {k: one for k, one in value.items() if one not in EMPTY or k in MAY_BE_EMPTY}
    return {name: without_empty(one) for name, one in kept.items()}


def _logging(given: Members, name: str) -> Members:
    group = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"} | given
    if group["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | group
    return group


def _created(content: Members) -> Members:
    told = function(content)
    return {name: one for name, one in told.items() if not name.startswith("LastUpdateStatus")}


def _got(content: Members) -> Members:
    told: Members = without_empty(content)
    if not told.get("Tags"):
        told.pop("Tags", None)
    version, code = content["Configuration"]["Version"], told.get("Code") or {}
    if version != LATEST and "Location" in code:
        code["Location"] = downloads.of_version(code["Location"], version)
    return {**told, "Configuration": function(content["Configuration"])}


def _listed(key: str) -> Callable[[Members], Members]:
    def shape(content: Members) -> Members:
        functions = [function(one) for one in content.get(key) or []]
        listed = [
            {name: part for name, part in one.items() if name not in NOT_IN_LISTS}
            for one in functions
        ]
        if key == "Versions":
            for one in listed:
                of_latest(one)
        return {**without_empty(content), key: listed}

    return shape


def _mapping(content: Members) -> Members:
    told: Members = without_empty(content)
    if ":sqs:" in told.get("EventSourceArn", ""):
        if told.get("LastProcessingResult") == NOTHING_YET:
            del told["LastProcessingResult"]
        told.setdefault("FunctionResponseTypes", [])
    return told


def _mappings(content: Members) -> Members:
    told: Members = without_empty(content)
    return {**told, "EventSourceMappings": [_mapping(m) for m in content["EventSourceMappings"]]}


def _lists(content: Members) -> Members:
    """Return an answer whose lists may be empty."""
    lists: Members = {name: one for name, one in content.items() if one == []}
    return {**lists, **without_empty(content)}


SHAPES: dict[str, Callable[[Members], Members]] = {
    "CreateEventSourceMapping": _mapping,
    "CreateFunction": _created,
    "DeleteEventSourceMapping": _mapping,
    "GetEventSourceMapping": _mapping,
    "GetFunction": _got,
    "GetFunctionConfiguration": function,
    "ListAliases": _lists,
    "ListCodeSigningConfigs": _lists,
    "ListEventSourceMappings": _mappings,
    "ListFunctionEventInvokeConfigs": _lists,
    "ListFunctionUrlConfigs": _lists,
    "ListFunctions": _listed("Functions"),
    "ListLayerVersions": _lists,
    "ListLayers": _lists,
    "ListProvisionedConcurrencyConfigs": _lists,
    "ListVersionsByFunction": _listed("Versions"),
    "PublishVersion": function,
    "UpdateEventSourceMapping": _mapping,
    "UpdateFunctionCode": function,
    "UpdateFunctionConfiguration": function,
}
"""How the answers of operations are written that have more rules than to hold nothing empty."""
