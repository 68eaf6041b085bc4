"""MOCK integrations: the request template names a status, the responses answer it.

MiniStack returns the response template as it is written; AWS renders it.
Source: API Gateway Developer Guide, "Mock integrations for REST APIs".
"""

from __future__ import annotations

import re
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
from labkit.sandbox.services.apigateway.velocity import TemplateError

BARE_KEY = re.compile(r"""([{,]\s*)'?([A-Za-z_]\w*)'?\s*:""")
"""A key of an object without its double quotes, and what stands before it."""


def answer(call: Call, integration: dict[str, Any], declared: dict[str, Any]) -> Any:
    """Answer with the response that fits the status that the request template names."""
    try:
        request = map_request(call, integration)
        if request is None:
            return unsupported_media_type()
        status = json_path(_quoted_keys(request.body), "$.statusCode")
        if not isinstance(status, int):
            return misconfigured(call, "Unable to parse statusCode. It should be an integer")
        answered = BackendAnswer(status, "", str(status), {})
        return map_response(call, integration, declared, answered)
    except TemplateError as error:
        return misconfigured(call, str(error))


def _quoted_keys(text: str) -> str:
    """Write the keys of an object as JSON has them; API Gateway also takes `{statusCode: 200}`."""
    return BARE_KEY.sub(r'\1"\2":', text)
