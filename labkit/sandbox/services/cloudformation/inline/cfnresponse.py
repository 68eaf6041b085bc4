"""Answers CloudFormation for a custom resource: a function written in a template finds it at hand.

Source: CloudFormation User Guide, "cfn-response module".
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803 (AWS's name)
    responseData: dict[str, Any],  # noqa: N803 (AWS's name)
    physicalResourceId: str | None = None,  # noqa: N803 (AWS's name)
    noEcho: bool = False,  # noqa: N803 (AWS's name)
    reason: str | None = None,
) -> None:
    """Send an answer to the address that the event names."""
    stream = context.log_stream_name
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {stream}",
        "PhysicalResourceId": physicalResourceId or stream,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    try:
        with urllib.request.urlopen(request) as response:
            print("Status code:", response.status)
    except OSError as error:
        print("send(..) failed executing http.request(..):", error)
