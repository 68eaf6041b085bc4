"""Methods: what PutMethod and UpdateMethod refuse, and what their responses were given.

MiniStack takes any verb, and whatever a method refers to.
Source: API Gateway API Reference, PutMethod, UpdateMethod and PutMethodResponse; the texts as AWS
answers them.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from labkit.sandbox.services.apigateway import identifiers, integration_rules, patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]
Where = tuple[str, str, str]

VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
PARAMETER = re.compile(
    r"method\.request\.(header|path|querystring|multivalueheader|multivaluequerystring)\."
)
BY_AUTHORIZER = ("CUSTOM", "COGNITO_USER_POOLS")
"""The types of authorization for which a method needs an authorizer."""


def check_new(given: Members) -> None:
    """Check what a method is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    if given["httpMethod"] not in VERBS:
        raise bad_request(f"Invalid HttpMethod specified. Valid options are {','.join(VERBS)}")
    names = given.get("requestParameters") or {}
    integration_rules.refuse_expressions([name for name in names if not PARAMETER.match(name)])
    _check(given["restApiId"], given)


def put(upstream: Any, *where: Any) -> Any:
    """Put a method, its parameters in the order in which AWS names those that a request lacks."""
    *place, data = where
    parameters = dict(sorted((data.get("requestParameters") or {}).items()))
    return upstream(*place, data | {"requestParameters": parameters})


def update(where: Where, patches: list[Patch]) -> None:
    """Change a method as patches ask, all of them or none.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    method = identifiers.method(*where)
    changed = copy.deepcopy(method)
    patching.apply("UpdateMethod", patches, changed)
    if changed.get("authorizationType") not in BY_AUTHORIZER:
        changed["authorizerId"] = method.get("authorizerId")
    _check(where[0], changed)
    changed["requestParameters"] = dict(sorted((changed.get("requestParameters") or {}).items()))
    method.clear()
    method.update(changed)


def as_given(upstream: Any, *where: Any) -> Any:
    """Put a response of a method or of an integration; what was not given, it does not have."""
    *place, status_code, data = where
    answer = upstream(*place, status_code, data)
    if answer[0] < 400:
        method = identifiers.method(*place)
        integration = method.get("methodIntegration") or {}
        of_integration = "selectionPattern" in _members(answer)
        responses = (integration if of_integration else method)[
            "integrationResponses" if of_integration else "methodResponses"
        ]
        record = responses[status_code]
        for name in record.keys() - data.keys() - {"statusCode"}:
            del record[name]
    return answer


def _members(answer: Any) -> str:
    body = answer[2]
    return body.decode() if isinstance(body, bytes) else str(body)


def _check(api_id: str, method: Members) -> None:
    authorizers = apigateway_v1._authorizers_v1.get(api_id, {})
    needs_one = method.get("authorizationType") in BY_AUTHORIZER
    if needs_one and method.get("authorizerId") not in authorizers:
        raise bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )
    validators = apigateway_v1._request_validators.get(api_id, {})
    if method.get("requestValidatorId") and method["requestValidatorId"] not in validators:
        raise bad_request("Invalid Request Validator identifier specified")
    models = apigateway_v1._models.get(api_id, {})
    for name in (method.get("requestModels") or {}).values():
        if name not in models:
            raise bad_request(f"Invalid model identifier specified: {name}")
    names = [one.rpartition(".")[2] for one in method.get("requestParameters") or {}]
    if len(names) != len(set(names)):
        raise bad_request("Parameter names must be unique across querystring, header and path")
