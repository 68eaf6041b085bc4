"""What CloudWatch Logs refuses, and which events of a batch it does not keep.

MiniStack takes names and limits of any size and events of any age, in any order, and says which
group is missing where AWS does not.
Source: CloudWatch Logs API Reference, PutLogEvents (order; older than 14 days, more than 2 hours in
the future), CreateLogGroup and the constraints of each type; the texts as AWS answers them.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response

INVALID = "InvalidParameterException"
NAMES = ("logGroupName", "logStreamName", "logGroupNamePrefix", "logStreamNamePrefix")
NOT_HELD = "metricNamespace' failed"
"""A member whose pattern in the model, `[^:*$]*`, AWS does not hold it to (recorded)."""

LONGEST_NAME = 512
OLDEST_MS = 14 * 24 * 3600 * 1000
NEWEST_MS = 2 * 3600 * 1000

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
    found = constraints.problems(request, without=NAMES)
    if broken := [problem for problem in found if NOT_HELD not in problem]:
        raise AwsError(constraints.sentence(broken), INVALID)
    if "logGroupNamePrefix" in given and "logGroupNamePattern" in given:
        raise AwsError(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            INVALID,
        )


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


async def put_events(request: Request) -> Response:
    """Keep the events of a batch that are neither too old nor too new.

    Raises
    ------
    AwsError
        If they are not in order.
    """
    events: list[Members] = request.parameters.get("logEvents") or []
    times = [one["timestamp"] for one in events]
    if times != sorted(times):
        raise AwsError(
            "Log events in a single PutLogEvents request must be in chronological order.", INVALID
        )
    now = time.time() * 1000
    old = sum(one < now - OLDEST_MS for one in times)
    new = sum(one > now + NEWEST_MS for one in times)
    if not old and not new:
        return await request.forward()
    answer = await request.forward(logEvents=events[old : len(events) - new])
    if answer.status >= 400:
        return answer
    rejected: Members = {"tooOldLogEventEndIndex": old} if old else {}
    if new:
        rejected["tooNewLogEventStartIndex"] = len(events) - new
    told = json.loads(answer.body) | {"rejectedLogEventsInfo": rejected}
    return answer._replace(body=json.dumps(told).encode())
