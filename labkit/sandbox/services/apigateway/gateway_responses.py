"""Gateway responses: what an API answers where it reaches no integration.

A type that has none of its own takes what the API says for all 4xx or 5xx, the status included.
Source: API Gateway Developer Guide, "Gateway responses in API Gateway"; API Reference,
UpdateGatewayResponse; the texts as AWS answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ResourceNotFound
from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]


def in_effect(upstream: Any, customized: dict[str, Members], response_type: str) -> Members:
    """Return the response in effect for a type."""
    found: Members = upstream(customized, response_type)
    family = customized.get(apigateway_v1._gateway_response_family(response_type))
    if response_type not in customized and family and family.get("statusCode"):
        found["statusCode"] = family["statusCode"]
    return found


def check_set(api_id: str, response_type: str) -> None:
    """Check that an API has a response of its own for a type.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it has none.
    """
    if response_type not in apigateway_v1._gateway_responses.get(api_id, {}):
        raise ResourceNotFound("Gateway response type not defined on api", "NotFoundException")


def update(api_id: str, response_type: str, patches: list[Patch]) -> Members:
    """Change the response of a type as patches ask; return it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    customized = apigateway_v1._gateway_responses.setdefault(api_id, {})
    record = dict(apigateway_v1._gateway_response_for_type(customized, response_type))
    patching.apply("UpdateGatewayResponse", patches, record)
    record["defaultResponse"] = False
    customized[response_type] = record
    return record
