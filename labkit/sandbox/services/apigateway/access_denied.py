"""Each 403 by which a method of a REST API is closed to a caller, and what the caller is told.

| who is refused | gateway response |
|---|---|
| anybody, by the API's resource policy, at a method without authorization | `ACCESS_DENIED` |
| whom the policy that a Lambda authorizer has returned does not allow | `ACCESS_DENIED` |
| who has no key of a usage plan of the stage, where one is required | `INVALID_API_KEY` |

At a method with `AWS_IAM`, MiniStack's application asks IAM before the stage is reached
(`_enforce_execute_api`). Of a path or a method that is not there, its routing says
`MISSING_AUTHENTICATION_TOKEN`.
Source: API Gateway Developer Guide, "Gateway response types", "API Gateway resource policies",
"Output from an API Gateway Lambda authorizer" and "Choose an API key source".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.iam import evaluator

DENIED = "ACCESS_DENIED"

NO_KEY = "INVALID_API_KEY"

BY_AUTHORIZER = "User is not authorized to access this resource"

INVOKE = "execute-api:Invoke"


def by_resource_policy(
    api_id: str, stage: str, method: str, path: str, account: str, region: str
) -> Any:
    """Refuse an anonymous call that the API's resource policy does not allow; None if it may pass.

    A call to a method without authorization is anonymous also when it is signed.
    """
    arn = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{method}/{path.lstrip('/')}"
    policy, _ = apigateway_v1.rest_api_policy_for_arn(arn) or ("", account)
    if not policy:
        return None
    caller = evaluator.EvalContext("*", "Anonymous", "", INVOKE, arn, region)
    decision = evaluator.evaluate_resource_policy(policy, caller).decision
    if decision == "Allow":
        return None
    why = (
        "with an explicit deny in a resource-based policy"
        if decision == "Deny"
        else f"because no resource-based policy allows the {INVOKE} action"
    )
    shown = arn.replace(f":{account}:", f":********{account[-4:]}:", 1)
    text = f"User: anonymous is not authorized to perform: {INVOKE} on resource: {shown} {why}"
    return apigateway_v1._gw_error(DENIED, text)


def by_authorizer(explicit: bool) -> Any:
    """Return what a caller is told whom an authorizer's policy denies, or does not allow."""
    why = " with an explicit deny in an identity-based policy" if explicit else ""
    return apigateway_v1._gw_error(DENIED, BY_AUTHORIZER + why)


def by_api_key(
    method: dict[str, Any], api_id: str, stage: str, headers: dict[str, Any]
) -> tuple[Any, dict[str, Any] | None]:
    """Look for the API key that a method may require.

    Returns
    -------
    tuple
        The refusal, or None; and the key, where one is required and is good.
    """
    if not method.get("apiKeyRequired"):
        return None, None
    key = apigateway_v1._resolve_api_key(apigateway_v1._header_ci(headers, "x-api-key"))
    if key is None or not apigateway_v1._usage_plans_for_key(key["id"], api_id, stage):
        return apigateway_v1._gw_error(NO_KEY, "Forbidden"), None
    return None, key
