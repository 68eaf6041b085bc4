"""SQS's errors, some of which have another code for the clients of its older protocol.

Source: SQS API Reference, "Common Errors"; AWS JSON 1.0 protocol, "x-amzn-query-error".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import request
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.sqs import sqs

SHAPES = {
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
}
"""What the JSON protocol calls errors whose older code is another."""

MISSING = "QueueDoesNotExist"


class SqsError(AwsError):
    """An error of SQS."""

    def code(self, protocol: str) -> str:
        """Return the error's code in a protocol."""
        code = super().code(protocol)
        if protocol == "query":
            return str(sqs._QUERY_COMPAT_CODES.get(code, code))
        return SHAPES.get(code, code)


def refused(code: str, message: str, status: int = 400) -> SqsError:
    """Return an error of SQS."""
    return SqsError(message, code, status=status)


def of_upstream(error: Any) -> SqsError:
    """Return what MiniStack's error is here."""
    given = request.current.get()
    if error.code == MISSING and (given is None or given.protocol != "query"):
        return refused(MISSING, "The specified queue does not exist.")
    return refused(error.code, error.message, error.status)
