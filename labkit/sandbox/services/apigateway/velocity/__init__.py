"""Velocity Template Language, as API Gateway's mapping templates speak it.

`parser` reads a template into the nodes of `syntax`, `evaluator` renders them, `methods` holds what
Java's strings, lists, maps and numbers can do there, `text` how they are printed. What Velocity has
and this reader has not is refused with `TemplateError`, never rendered half.
Source: Apache Velocity Engine 1.7 User Guide and VTL Reference; API Gateway Developer Guide,
"Mapping template transformations for REST APIs".
"""

from __future__ import annotations

from labkit.sandbox.languages.java_text import JsonArray, from_json, text_of
from labkit.sandbox.services.apigateway.velocity.errors import TemplateError
from labkit.sandbox.services.apigateway.velocity.evaluator import Root, render
from labkit.sandbox.services.apigateway.velocity.parser import parse

__all__ = ["JsonArray", "Root", "TemplateError", "from_json", "parse", "render", "text_of"]
