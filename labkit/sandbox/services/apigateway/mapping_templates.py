"""Mapping templates: Velocity, over `$input`, `$util`, `$context` and `$stageVariables`.

What a template asks for and the sandbox has not ends in an error, which the caller makes a 500 with
a line in the execution log.
Source: API Gateway Developer Guide, "Mapping template transformations for REST APIs" and "Variables
for data transformations for API Gateway".
"""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.languages.json_path import PathSyntaxError, compile_path
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.context_variables import context_variables, last_values
from labkit.sandbox.services.apigateway.velocity import (
    JsonArray,
    TemplateError,
    from_json,
    parse,
    text_of,
)
from labkit.sandbox.services.apigateway.velocity import render as render_nodes


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


def render(template: str, body: str, call: Call) -> str:
    """Render a template over `body`: the request's, or for a response template the answer's.

    Raises
    ------
    TemplateError
        If the template cannot be read, or asks for what the sandbox has not.
    """
    variables = {
        "context": context_variables(call),
        "input": Input(body, parameters(call)),
        "stageVariables": dict(call.stage_variables),
        "util": Util(),
    }
    return render_nodes(parse(template), variables)


def parameters(call: Call) -> Parameters:
    """Collect the request's parameters, the last one of each name."""
    return Parameters(call.path_parameters, last_values(call.query), last_values(call.headers))


def json_path(text: str, path: str) -> Any:
    """Return what `path` points at in the JSON `text`; None if there is no such thing."""
    try:
        return compile_path(path).get(from_json(text or "{}"))
    except ValueError:
        return None


class Input:
    """`$input`.

    Parameters
    ----------
    body
        The payload that the template transforms.
    given
        The request's parameters.
    """

    def __init__(self, body: str, given: Parameters) -> None:
        self._body = body
        self._parameters = given

    def property(self, name: str) -> Any:
        """Return the body, `{}` where there is none; nothing else is there."""
        return (self._body or "{}") if name == "body" else None

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Call `json(path)`, `path(path)`, `params()` or `params(name)`."""
        match name, arguments:
            case "json", [str(path)]:
                found = self._find(path)
                return '""' if found is None else _json(found)
            case "path", [str(path)]:
                return self._find(path)
            case "params", []:
                return self._parameters.everything()
            case "params", [name]:
                return self._parameters.find(text_of(name))
        raise TemplateError(f"$input.{name}() with {len(arguments)} arguments is not known")

    def _find(self, path: str) -> Any:
        try:
            document = from_json(self._body or "{}")
        except ValueError:
            return None
        try:
            found = compile_path(path).get(document)
        except PathSyntaxError as error:
            raise TemplateError(str(error)) from error
        return JsonArray(found) if isinstance(found, list) else found


class Util:
    """`$util`."""

    def property(self, name: str) -> Any:
        """Return nothing: all of `$util` are functions."""
        raise TemplateError(f"$util.{name} is not known")

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Call one of the functions that AWS documents, with one argument."""
        if len(arguments) != 1 or (name not in _TEXT_FUNCTIONS and name != "parseJson"):
            raise TemplateError(f"$util.{name}() with {len(arguments)} arguments is not known")
        text = text_of(arguments[0])
        try:
            return from_json(text) if name == "parseJson" else _TEXT_FUNCTIONS[name](text)
        except (ValueError, binascii.Error) as error:
            raise TemplateError(f"$util.{name}() failed: {error}") from error


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_TEXT_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "urlEncode": lambda text: urllib.parse.quote_plus(text, safe="*").replace("~", "%7E"),
    "urlDecode": urllib.parse.unquote_plus,
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "base64Decode": lambda text: base64.b64decode(text).decode(errors="replace"),
    "escapeJavaScript": lambda text: json.dumps(text)[1:-1].replace("'", r"\'").replace("/", r"\/"),
}
