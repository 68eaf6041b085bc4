"""The role that an integration names: API Gateway must be trusted to assume it.

Source: API Gateway Developer Guide, "IAM policies to use API Gateway with other services".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.failures import failure


def unusable_role(call: Call, role_arn: str) -> Any:
    """Return the answer if API Gateway cannot assume `role_arn`, otherwise None."""
    if permissions.role_trusts(role_arn, permissions.API_GATEWAY):
        return None
    return failure(
        call,
        500,
        "Execution failed due to configuration error: "
        f"API Gateway does not have permission to assume the provided role {role_arn}",
        "DEFAULT_5XX",
    )
