"""What a client sees when an integration fails: a status, a fixed message, and nothing else.

500 when API Gateway may not call the function or the function is throttled, 502 when the function
failed or answered in a form that API Gateway cannot read, 504 when it took too long. The reason
goes to the execution log only. A gateway response that the deployment customised replaces the body.
Source: API Gateway Developer Guide, "Gateway response types"; AWS re:Post, "Troubleshoot issues for
API Gateway endpoints that integrate with Lambda".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import refusals
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.upstream.apigateway import apigateway_v1

ERROR_TYPE = "InternalServerErrorException"
"""The `x-amzn-ErrorType` of all of them."""


def failure(
    call: Call, status: int, reason: str, kind: str = "INTEGRATION_FAILURE", message: str = ""
) -> Any:
    """Answer `call` with a failure of its integration.

    Parameters
    ----------
    call
        The request; `reason` is noted in its log.
    status
        The HTTP status.
    reason
        The line of the execution log.
    kind
        The gateway response type that can customise the answer.
    message
        What the body says; by default `Internal server error`.
    """
    call.note(reason)
    call.failed = True
    message = message or "Internal server error"
    if _customised(call, kind):
        return apigateway_v1._GatewayError(kind, message, ERROR_TYPE)
    return refusals.of_data_plane(AwsError(message, ERROR_TYPE, status=status), is_url=False)


def misconfigured(call: Call, reason: str, status: int = 500) -> Any:
    """Answer `call` with a failure that the configuration causes."""
    return failure(call, status, f"Execution failed due to configuration error: {reason}")


def _customised(call: Call, kind: str) -> bool:
    deployment = call.routed["stage"].get("deploymentId")
    deployed = apigateway_v1._deployed_gateway_responses.get(call.api_id, {}).get(deployment, {})
    return not {kind, "DEFAULT_5XX"}.isdisjoint(deployed)
