"""Mapping templates: the parts of `$input`, `$util`, `$context` and `$stageVariables` lessons use.

`$input.json` answers with JSON, so that a string keeps its quotes; `$input.params()` has `path`,
`querystring` and `header`; `$util` can encode, decode and parse. MiniStack brings the Velocity
reader (`#set`, comments, references) and `template_directives` the rest; the seams are two of its
roots.
Source: API Gateway Developer Guide, "Mapping template and access logging variable reference".
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import apigateway_v1

from labkit.sandbox.services.apigateway import template_directives
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.upstream import seams

State = dict[str, Any]
Steps = list[tuple[str, str | None]]

JSON_PATH_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
"""One step of the JSONPath that lessons use: `.name`, `[0]` or `['name']`."""


@dataclass(frozen=True)
class Parameters:
    """The request's parameters, as `$input.params` sees them."""

    path: dict[str, str]
    querystring: dict[str, str]
    header: dict[str, str]

    def find(self, name: str) -> str:
        """Look `name` up in the path, the query string and the headers, in this order."""
        for values in (self.path, self.querystring, self.header):
            for known, value in values.items():
                if known == name or (values is self.header and known.lower() == name.lower()):
                    return value
        return ""

    def everything(self) -> dict[str, dict[str, str]]:
        """Return what `$input.params()` is."""
        return {"path": self.path, "querystring": self.querystring, "header": self.header}


def install() -> None:
    """Take the reading of `$input` and `$util`, and what `template_directives` needs."""
    template_directives.install()
    module = apigateway_v1.__name__
    seams.replace(module, "_vtl_input", _input, like="(steps, st)")
    seams.replace(module, "_vtl_util", _util, like="(steps, st)")


def render(template: str, body: str, call: Call) -> str:
    """Render a template over `body`: the request's, or for a response template the answer's."""
    state = {
        "vars": {"stageVariables": call.stage_variables},
        "context": context(call),
        "body": body,
        "params": parameters(call),
        "gobbled": False,
    }
    return template_directives.render(template, state)


def parameters(call: Call) -> Parameters:
    """Collect the request's parameters, the last one of each name."""
    return Parameters(call.path_parameters, _last(call.query), _last(call.headers))


def context(call: Call) -> dict[str, Any]:
    """Return the variables of `$context`."""
    stage = "test-invoke-stage" if call.test else call.stage_name
    headers = _last(call.headers)
    return {
        "accountId": call.account,
        "apiId": call.api_id,
        "authorizer": call.authorizer or {},
        "httpMethod": call.method,
        "identity": {"sourceIp": "127.0.0.1", "userAgent": headers.get("user-agent", "")},
        "path": f"/{stage}{call.path}",
        "requestId": call.routed["request_id"],
        "resourcePath": call.routed["resource_path"],
        "stage": stage,
    }


def json_path(text: str, path: str) -> Any:
    """Return what `path` points at in the JSON `text`; None if there is no such thing."""
    try:
        node = json.loads(text or "{}")
    except ValueError:
        return None
    for name, index, quoted in JSON_PATH_STEP.findall(path):
        try:
            node = node[int(index)] if index else node[name or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def _input(steps: Steps, state: State) -> Any:
    if not steps:
        return None
    (name, arguments), rest = steps[0], steps[1:]
    if name == "body" and arguments is None:
        return state["body"]
    if name == "json" and arguments is not None:
        node = json_path(state["body"], _argument(arguments, state) or "$")
        return "" if node is None else json.dumps(node, separators=(",", ":"), ensure_ascii=False)
    if name == "path" and arguments is not None:
        node = json_path(state["body"], _argument(arguments, state) or "$")
        return apigateway_v1._vtl_walk(node, rest, state)
    if name == "params" and arguments is not None:
        known: Parameters = state["params"]
        if wanted := _argument(arguments, state):
            return known.find(wanted)
        return apigateway_v1._vtl_walk(known.everything(), rest, state)
    return None


def _util(steps: Steps, state: State) -> Any:
    if not steps or steps[0][1] is None:
        return None
    (name, arguments), rest = steps[0], steps[1:]
    text = _argument(arguments or "", state)
    if name == "parseJson":
        return apigateway_v1._vtl_walk(json_path(text, "$"), rest, state)
    return _TEXT_FUNCTIONS[name](text) if name in _TEXT_FUNCTIONS else None


_TEXT_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "urlEncode": lambda text: urllib.parse.quote_plus(text, safe="*").replace("~", "%7E"),
    "urlDecode": urllib.parse.unquote_plus,
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "base64Decode": lambda text: base64.b64decode(text).decode(errors="replace"),
    "escapeJavaScript": lambda text: json.dumps(text)[1:-1].replace("'", r"\'").replace("/", r"\/"),
}


def _argument(source: str, state: State) -> str:
    first = (apigateway_v1._vtl_split_args(source) or [""])[0]
    text: str = apigateway_v1._vtl_str(apigateway_v1._vtl_value(first, state))
    return text


def _last(values: dict[str, Any]) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[-1] for k, v in values.items() if v}
