"""Requests to and answers from an `AWS` integration: parameters, templates, selection.

The request template is chosen by the client's Content-Type, and `passthroughBehavior` says what
happens when none fits. Without a mapped Content-Type header the backend is told application/json.
The answer goes to the integration response whose `selectionPattern` matches the backend's status
(for Lambda: the error message), otherwise to the one without a pattern, otherwise it is a 500; a
status that the method does not declare is a 500 too.
Source: API Gateway Developer Guide, "Parameter mapping", "Integration passthrough behaviors" and
"Set up an integration response".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.languages.regular_expressions import Expression, ExpressionError
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.context_variables import context_variables
from labkit.sandbox.services.apigateway.failures import misconfigured
from labkit.sandbox.services.apigateway.mapping_templates import (
    json_path,
    parameters,
    render,
)
from labkit.sandbox.services.apigateway.velocity import text_of
from labkit.sandbox.upstream.apigateway import apigateway_v1

STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z_]\w*)\}")

JSON = "application/json"


@dataclass(frozen=True)
class BackendRequest:
    """What the backend is sent."""

    headers: dict[str, str]
    query: dict[str, str]
    body: str


@dataclass(frozen=True)
class BackendAnswer:
    """What the backend answered; `selector` is what the patterns are matched with, if anything."""

    status: int
    body: str
    selector: str | None
    headers: dict[str, str]


def with_stage_variables(text: str, call: Call) -> str:
    """Replace every `${stageVariables.name}` of an integration's URI or role."""
    return STAGE_VARIABLE.sub(lambda found: call.stage_variables.get(found[1], ""), text)


def map_request(call: Call, integration: dict[str, Any]) -> BackendRequest | None:
    """Build the backend's request; None if no template fits and nothing may pass through."""
    headers, query = {"content-type": JSON}, {}
    for target, source in (integration.get("requestParameters") or {}).items():
        value = _request_value(source, call)
        kind, _, name = target.removeprefix("integration.request.").partition(".")
        if value is not None and kind == "header":
            headers[name.lower()] = value
        elif value is not None and kind == "querystring":
            query[name] = value
    body = _request_body(call, integration)
    override = call.request_override
    headers |= {name.lower(): text_of(value) for name, value in override["header"].items()}
    query |= {name: text_of(value) for name, value in override["querystring"].items()}
    return None if body is None else BackendRequest(headers, query, body)


def map_response(
    call: Call, integration: dict[str, Any], declared: dict[str, Any], answer: BackendAnswer
) -> Any:
    """Turn the backend's answer into the method's response.

    Parameters
    ----------
    call, integration
        The request and the integration that served it.
    declared
        The method's responses, by status.
    answer
        What the backend said.
    """
    try:
        selected = _select(integration.get("integrationResponses") or {}, answer.selector)
    except ExpressionError as error:
        return misconfigured(call, f"Output mapping failed: {error}")
    if selected is None:
        return misconfigured(
            call,
            "No match for output mapping and no default output mapping configured. "
            f"Endpoint Response Status Code: {answer.status}",
        )
    status = str(selected["statusCode"])
    if status not in declared:
        return misconfigured(call, f"Output mapping refers to an invalid method response: {status}")
    media_type, template = _response_template(selected.get("responseTemplates") or {}, call)
    body = answer.body if template is None else render(template, answer.body, call)
    override = call.response_override
    headers = {"Content-Type": media_type} | _response_headers(call, selected, answer)
    headers |= {name: text_of(value) for name, value in override["header"].items()}
    return int(override.get("status") or status), headers, body.encode()


def unsupported_media_type() -> Any:
    """Answer that no template fits the client's Content-Type."""
    return apigateway_v1._gw_error("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")


def _request_body(call: Call, integration: dict[str, Any]) -> str | None:
    templates = {_media_type(k): v for k, v in (integration.get("requestTemplates") or {}).items()}
    sent = _media_type(apigateway_v1._header_ci(call.headers, "content-type") or JSON)
    body = call.body.decode(errors="replace")
    if sent in templates:
        return render(templates[sent], body, call)
    behavior = integration.get("passthroughBehavior")
    refused = behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and templates)
    return None if refused else body


def _request_value(source: str, call: Call) -> str | None:
    if _quoted(source):
        return source[1:-1]
    known = parameters(call)
    header = {name.lower(): value for name, value in known.header.items()}
    body = call.body.decode(errors="replace")
    lookups: dict[str, Callable[[str], Any]] = {
        "method.request.path.": known.path.get,
        "method.request.querystring.": known.querystring.get,
        "method.request.header.": lambda name: header.get(name.lower()),
        "method.request.body.": lambda path: json_path(body, f"$.{path}"),
        "context.": context_variables(call).get,
        "stageVariables.": call.stage_variables.get,
    }
    if source == "method.request.body":
        return body
    for prefix, look_up in lookups.items():
        if source.startswith(prefix):
            value = look_up(source.removeprefix(prefix))
            return None if value is None else text_of(value)
    return None


@functools.lru_cache(maxsize=256)
def _expression(pattern: str) -> Expression:
    return Expression(pattern, dot_all=True)


def _select(responses: dict[str, Any], selector: str | None) -> dict[str, Any] | None:
    default = None
    for response in responses.values():
        pattern = response.get("selectionPattern")
        if not pattern:
            default = default or response
        elif selector is not None and _expression(pattern).fullmatch(selector):
            return dict(response)
    return default


def _response_template(templates: dict[str, str], call: Call) -> tuple[str, str | None]:
    accepted = _media_type(apigateway_v1._header_ci(call.headers, "accept") or JSON)
    for media_type in (accepted, JSON, *templates):
        if media_type in templates:
            return media_type, templates[media_type]
    return JSON, None


def _response_headers(
    call: Call, selected: dict[str, Any], answer: BackendAnswer
) -> dict[str, str]:
    headers = {}
    for target, source in (selected.get("responseParameters") or {}).items():
        value = _response_value(source, call, answer)
        if value is not None:
            headers[target.removeprefix("method.response.header.")] = value
    return headers


def _response_value(source: str, call: Call, answer: BackendAnswer) -> str | None:
    if _quoted(source):
        return source[1:-1]
    kind, _, name = source.removeprefix("integration.response.").partition(".")
    if kind == "header":
        return answer.headers.get(name.lower())
    if kind == "body":
        value = json_path(answer.body, f"$.{name}") if name else answer.body
    else:
        value = context_variables(call).get(source.removeprefix("context."))
    return None if value is None else text_of(value)


def _quoted(source: str) -> bool:
    return len(source) > 1 and source[0] == source[-1] == "'"


def _media_type(header: str) -> str:
    return header.partition(";")[0].partition(",")[0].strip().lower()
