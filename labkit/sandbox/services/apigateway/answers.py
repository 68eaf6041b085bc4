"""What API Gateway answers: the members that AWS sends, and no others.

MiniStack answers with every member of its records, however empty.
Source: API Gateway API Reference, the types; which members come empty and which not at all, as AWS
answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway.rest_apis import with_endpoint
from labkit.sandbox.services.apigateway.usage_plans import with_offset

Members = dict[str, Any]

EMPTY: tuple[Any, ...] = (None, "", [], {})

KEPT = {
    "ApiKey": {"stageKeys"},
    "GatewayResponse": {"responseParameters"},
    "Integration": {"cacheKeyParameters"},
    "IntegrationResponse": {"responseTemplates", "selectionPattern"},
    "MethodResponse": {"responseModels", "responseParameters"},
    "Stage": {"methodSettings"},
    "UsagePlan": {"apiStages"},
}
"""By type: members that come though they are empty, if the record has them."""

TAGS_OF_ONE = (
    *("GetApiKey", "GetRestApi", "GetUsagePlan", "PutRestApi"),
    *("UpdateApiKey", "UpdateRestApi", "UpdateUsagePlan"),
)
"""Operations that answer with tags even if there are none."""


def shaped(request: Request, response: Response) -> Response:
    """Return a response with the members that AWS sends."""
    shape = request.model.output_shape
    if response.status >= 400 or not response.body or shape is None:
        return response
    if "payload" in shape.serialization:
        return response
    answer = of_shape(json.loads(response.body), shape)
    if request.operation in TAGS_OF_ONE:
        answer.setdefault("tags", {})
    if request.operation in HIDING and not HIDING[request.operation](request.parameters):
        for one in answer.get("item", [answer]):
            one.pop("value", None)
    return response._replace(body=json.dumps(answer, ensure_ascii=False).encode())


HIDING: dict[str, Callable[[Members], bool]] = {
    "GetApiKey": lambda given: bool(given.get("includeValue")),
    "GetApiKeys": lambda given: bool(given.get("includeValues")),
    "UpdateApiKey": lambda _: False,
}
"""Operations that tell a key's value only if they are asked for it."""


def of_shape(value: Any, shape: Any) -> Any:
    """Return a value with the members of its shape that AWS sends, by their names on the wire."""
    if shape.type_name == "list" and isinstance(value, list):
        return [of_shape(one, shape.member) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: of_shape(one, shape.value) for key, one in value.items()}
    if shape.type_name != "structure" or not isinstance(value, dict):
        return value
    if finish := FINISH.get(shape.name):
        value = finish(dict(value))
    kept, found = KEPT.get(shape.name, ()), {}
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        one = value.get(key)
        if key in value and one is not None and (one not in EMPTY or name in kept):
            found[key] = of_shape(one, member)
        elif key == "item":
            found[key] = []
    return found


def _api(api: Members) -> Members:
    """Return an API without what AWS does not say of one whose endpoint has no security policy."""
    api.pop("apiStatus", None)
    return with_endpoint(api)


def _integration(integration: Members) -> Members:
    kind = integration.get("type")
    if kind == "MOCK":
        for name in ("httpMethod", "uri", "connectionType"):
            integration.pop(name, None)
    elif kind not in ("HTTP", "HTTP_PROXY"):
        integration.pop("connectionType", None)
    return integration


def _stage(stage: Members) -> Members:
    return {"cacheClusterStatus": "NOT_AVAILABLE"} | stage


def _deployment(deployment: Members) -> Members:
    """Return a deployment; its summary comes only where it is asked for to be embedded."""
    deployment.pop("apiSummary", None)
    return deployment


def _response_of_integration(response: Members) -> Members:
    """Return a response of an integration, whose empty templates are null."""
    if templates := response.get("responseTemplates"):
        response["responseTemplates"] = {key: one or None for key, one in templates.items()}
    return response


FINISH: dict[str, Callable[[Members], Members]] = {
    "Deployment": _deployment,
    "Integration": _integration,
    "IntegrationResponse": _response_of_integration,
    "RestApi": _api,
    "Stage": _stage,
    "UsagePlan": with_offset,
}
"""By type: what else differs."""
