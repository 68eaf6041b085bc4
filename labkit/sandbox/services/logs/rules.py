"""What CloudWatch Logs refuses.

MiniStack takes names and limits of any size, and says which group is missing where AWS does not.
Source: CloudWatch Logs API Reference, CreateLogGroup, FilterLogEvents, DescribeLogStreams and the
constraints of each type; the texts as AWS answers them, where nothing else is said.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.validate import missing

INVALID = "InvalidParameterException"
NAMES = ("logGroupName", "logStreamName", "logGroupNamePrefix", "logStreamNamePrefix")
NOT_HELD = "metricNamespace' failed"
"""A member whose pattern in the model, `[^:*$]*`, AWS does not hold it to (recorded)."""

LONGEST_NAME = 512

APART = (
    (
        ("logGroupNamePrefix", "logGroupNamePattern"),
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    ),
    (
        ("logGroupName", "logGroupIdentifier"),
        "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
    ),
    (
        ("logStreamNames", "logStreamNamePrefix"),
        "LogStream names and LogStream name prefix are mutually exclusive parameters.",
    ),
)
"""Parameters that do not go together, and what AWS says; the last is worded as the others are."""

BY_TIME = "Cannot order by LastEventTime with a logStreamNamePrefix."
SYSTEM_TAG = "The tag key {} begins with aws:, which is reserved for AWS."
NO_POLICY = "The policy document is not valid JSON with a Statement."
"""What AWS refuses, too; nobody has recorded in which words."""

PAGED = ("DescribeLogGroups", "DescribeLogStreams", "DescribeMetricFilters")
NO_TOKEN = "The specified nextToken is invalid."

NAMED = re.compile(
    r"^(The specified (?:log group|log stream|subscription filter) (does not|already) exists?): .*$"
)
"""What MiniStack says of a group, a stream or a filter, with its name."""

Members = dict[str, Any]


def check(request: Request) -> None:
    """Check that a request's parameters keep their constraints.

    Raises
    ------
    AwsError
        If one does not.
    """
    given = request.parameters
    if any(len(given[name]) > LONGEST_NAME for name in NAMES if isinstance(given.get(name), str)):
        raise AwsError(
            "Invalid LogGroup or LogStream, both must have length less than or equal to "
            f"{LONGEST_NAME}.",
            INVALID,
        )
    shape: Any = request.model.input_shape
    found = [*missing(given, shape), *constraints.problems(request)]
    if broken := [problem for problem in found if NOT_HELD not in problem]:
        raise AwsError(constraints.sentence(broken), INVALID)
    if said := next(_problems(request.operation, given), None):
        raise AwsError(said, INVALID)


def _problems(operation: str, given: Members) -> Iterator[str]:
    """Yield what is wrong with parameters that keep their constraints."""
    for names, said in APART:
        if all(name in given for name in names):
            yield said
    if given.get("orderBy") == "LastEventTime" and "logStreamNamePrefix" in given:
        yield BY_TIME
    for key in given.get("tags") or {}:
        if key.lower().startswith("aws:"):
            yield SYSTEM_TAG.format(key)
    if operation == "PutResourcePolicy" and not _is_policy(given.get("policyDocument")):
        yield NO_POLICY
    if operation in PAGED and "nextToken" in given and not _is_token(given["nextToken"]):
        yield NO_TOKEN


def _is_policy(text: Any) -> bool:
    try:
        document = json.loads(text)
    except (TypeError, ValueError):
        return False
    return isinstance(document, dict) and "Statement" in document


def _is_token(text: str) -> bool:
    """Say whether a token is one that MiniStack gives: it reads any other as the first page."""
    try:
        return int(base64.b64decode(text, validate=True)) >= 0
    except ValueError:
        return False


def as_aws(request: Request, response: Response) -> Response:
    """Return an answer with AWS's members, and with its words of what is missing."""
    if response.status >= 400:
        return _without_name(response)
    told = TOLD.get(request.operation)
    if told is None or not response.body:
        return response
    answer = json.loads(response.body)
    told(answer)
    return response._replace(body=json.dumps(answer).encode())


def _streams(answer: Members) -> None:
    """Let a stream that nothing was written to have no token."""
    for one in answer.get("logStreams") or []:
        if "lastIngestionTime" not in one:
            one.pop("uploadSequenceToken", None)


def _policies(answer: Members) -> None:
    """Leave out the revisions of policies of an account, which have none."""
    for one in [answer, *(answer.get("resourcePolicies") or [])]:
        one.pop("revisionId", None)
        (one.get("resourcePolicy") or {}).pop("revisionId", None)


TOLD = {
    "DescribeLogStreams": _streams,
    "DescribeResourcePolicies": _policies,
    "PutResourcePolicy": _policies,
}
"""By operation: what its answer has too much."""


def named_by_identifier(request: Request) -> Request:
    """Return a request that names its group by name, where it came with an identifier."""
    identifier = request.parameters.get("logGroupIdentifier")
    if not isinstance(identifier, str) or "logGroupName" in request.parameters:
        return request
    name = identifier.partition(":log-group:")[2].partition(":")[0] or identifier
    return request.with_parameters(request.parameters | {"logGroupName": name})


def _without_name(response: Response) -> Response:
    if not response.body:
        return response
    answer = json.loads(response.body)
    found = NAMED.match(str(answer.get("message") or ""))
    if found is None:
        return response
    end = "." if found[2] == "does not" else ""
    return response._replace(body=json.dumps(answer | {"message": found[1] + end}).encode())
