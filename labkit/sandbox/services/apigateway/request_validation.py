"""Request validators: which model a body is held to, and which parameters are blank.

Source: API Gateway Developer Guide, "Request validation for REST APIs in API Gateway".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labkit.sandbox.upstream.apigateway import apigateway_v1

ANY, JSON = "$default", "application/json"

INVALID_BODY = "Invalid request body"

Members = dict[str, Any]


def check(
    validated: Callable[..., Any],
    method: Members,
    api_id: str,
    request: Members,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, Any] | None,
) -> Any:
    """Validate a request; a body of a media type that has no model is not looked at.

    Returns
    -------
    Any
        The gateway's error, None if there is nothing against the request.
    """
    model = model_for(method.get("requestModels") or {}, headers)
    invalid = validated(
        method | {"requestModels": {JSON: model} if model else {}},
        api_id,
        request,
        headers,
        body,
        {name: _without_blanks(value) for name, value in (query or {}).items()},
    )
    if invalid is None and model and _looks_at_bodies(method, api_id) and not _is_json(body):
        return apigateway_v1._gw_error("BAD_REQUEST_BODY", INVALID_BODY)
    return invalid


def model_for(models: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return the model of a request's media type, that of `$default`, or None."""
    given = apigateway_v1._header_ci(headers, "content-type") or JSON
    media_type = given.partition(";")[0].strip().lower()
    by_type = {name.lower(): model for name, model in models.items()}
    return by_type.get(media_type) or by_type.get(ANY)


def _looks_at_bodies(method: Members, api_id: str) -> bool:
    validators = apigateway_v1._request_validators.get(api_id, {})
    validator = validators.get(method.get("requestValidatorId")) or {}
    return bool(validator.get("validateRequestBody"))


def _is_json(body: bytes) -> bool:
    """Tell whether a body is JSON; Python alone would take NaN and Infinity."""
    try:
        json.loads(body, parse_constant=_no_json)
    except ValueError:
        return False
    return True


def _no_json(name: str) -> Any:
    raise ValueError(name)


def _without_blanks(value: Any) -> Any:
    values = [value] if isinstance(value, str) else list(value)
    return value if any(one.strip() for one in values) else ""
