"""A Lambda authorizer is called only if its function, or a role that it names, lets API Gateway.

MiniStack asks neither; one that may not be called fails the request with 500, as one that is not
there.
Source: API Gateway Developer Guide, "Configure an API Gateway Lambda authorizer".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream.apigateway import apigateway_v1

Data = dict[str, Any]


async def invoke(upstream: Any, authorizer: Data, event: Data, account: str, region: str) -> Any:
    """Call an authorizer's function, if that lets API Gateway."""
    api = event["methodArn"].split(":", 5)[5].partition("/")[0]
    if not may_invoke(authorizer, api, account, region):
        return None
    return await upstream(authorizer, event, account, region)


def may_invoke(authorizer: Data, api: str, account: str, region: str) -> bool:
    """Tell whether an authorizer of an API may call its function.

    Parameters
    ----------
    authorizer
        As it is stored, of a REST API or of another.
    api, account, region
        The API's id, and whose and where it is.
    """
    uri = authorizer.get("authorizerUri", "")
    reference = apigateway_v1._extract_lambda_ref_from_integration_uri(uri)
    function = function_arn(reference, account, region)
    role = authorizer.get("authorizerCredentials") or authorizer.get("authorizerCredentialsArn")
    if role:
        return permissions.role_may(
            role, permissions.API_GATEWAY, permissions.INVOKE, function, "authorizer"
        )
    name = authorizer.get("id") or authorizer.get("authorizerId", "")
    source = f"arn:aws:execute-api:{region}:{account}:{api}/authorizers/{name}"
    return permissions.resource_allows(
        permissions.API_GATEWAY, permissions.INVOKE, function, source
    )


def function_arn(reference: str, account: str, region: str) -> str:
    """Return the ARN of a function that an integration names, by its ARN or by its name."""
    if reference.startswith("arn:"):
        return reference
    return f"arn:aws:lambda:{region}:{account}:function:{reference}"
