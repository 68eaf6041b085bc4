"""Hand an environment's log to CloudWatch Logs, with the rights of the function's role.

A role without `logs:CreateLogStream` and `logs:PutLogEvents` leaves no log, as on AWS; one without
`logs:CreateLogGroup` leaves none while the group does not exist.
"""

from __future__ import annotations

import logging

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.lambda_.report import LogLine
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream.logs import cloudwatch_logs

LOG = logging.getLogger(__name__)


def deliver(version: FunctionVersion, stream: str, lines: list[LogLine]) -> bool:
    """Append `lines` to the function's log, making its group and `stream` where they are missing.

    Returns whether they are there now.

    Runs in the account and Region of the request.
    """
    group = version.log_group
    if not lines or not _may(version, "logs:PutLogEvents", _stream_arn(version, group, stream)):
        return False
    place = {"logGroupName": group, "logStreamName": stream}
    if not _is_there(version, group, stream, place):
        return False
    events = [{"timestamp": line.timestamp, "message": f"{line.text}\n"} for line in lines]
    status, _, body = cloudwatch_logs._put_log_events(place | {"logEvents": events})
    if status != 200:
        LOG.warning("the log of %s was not written: %r", version.name, body)
    return bool(status == 200)


def _is_there(version: FunctionVersion, group: str, stream: str, place: dict[str, str]) -> bool:
    """Make the stream, and its group, where they are missing; tell whether they are there now."""
    groups = cloudwatch_logs._log_groups
    if group in groups and stream in groups[group]["streams"]:
        return True
    if not _may(version, "logs:CreateLogStream", _stream_arn(version, group, stream)):
        return False
    if group not in groups:
        if not _may(version, "logs:CreateLogGroup", f"{_arn(version, group)}:*"):
            return False
        cloudwatch_logs._create_log_group(place)
    cloudwatch_logs._create_log_stream(place)
    return True


def _may(version: FunctionVersion, action: str, arn: str) -> bool:
    return permissions.role_allows(version.config.get("Role", ""), action, arn, version.name)


def _arn(version: FunctionVersion, group: str) -> str:
    return f"arn:aws:logs:{version.region}:{version.account}:log-group:{group}"


def _stream_arn(version: FunctionVersion, group: str, stream: str) -> str:
    return f"{_arn(version, group)}:log-stream:{stream}"
