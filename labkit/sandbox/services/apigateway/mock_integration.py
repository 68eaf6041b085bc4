"""MOCK integrations: the request template names a status, the responses answer it.

MiniStack returns the response template as it is written; AWS renders it.
Source: API Gateway Developer Guide, "Mock integrations for REST APIs".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.failures import misconfigured
from labkit.sandbox.services.apigateway.integration_mapping import (
    BackendAnswer,
    map_request,
    map_response,
    unsupported_media_type,
)
from labkit.sandbox.services.apigateway.mapping_templates import json_path


def answer(call: Call, integration: dict[str, Any], declared: dict[str, Any]) -> Any:
    """Answer with the response that fits the status that the request template names."""
    request = map_request(call, integration)
    if request is None:
        return unsupported_media_type()
    status = json_path(request.body, "$.statusCode")
    if not isinstance(status, int):
        return misconfigured(call, "Unable to parse statusCode. It should be an integer")
    return map_response(call, integration, declared, BackendAnswer(status, "", str(status), {}))
