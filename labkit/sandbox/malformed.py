"""Whether a request fits its service's model, as botocore has it: AWS refuses one that does not.

A parameter of the wrong type is refused before the service sees it, one that is `null` counts as
not given. What a service of MiniStack fails on without a required parameter is refused afterwards.
Source: AWS JSON 1.0 and 1.1 protocols (SerializationException; `null`); API References,
"Common Errors" (ValidationException).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import botocore.session

TARGETS = {
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "DynamoDB_20120810": "dynamodb",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "secretsmanager": "secretsmanager",
}
"""botocore's name of a service of the AWS JSON protocol, by the prefix of its targets."""

MODELS = {"apigateway": ("apigateway", "apigatewayv2")}
"""botocore's models of a service of MiniStack that has two."""

TYPES: dict[str, Any] = {
    "blob": str,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "integer": (int, float),
    "list": list,
    "long": (int, float),
    "map": dict,
    "string": str,
    "structure": dict,
    "timestamp": (int, float, str),
}
"""How the JSON protocol writes a value of each type."""


def shape_of_target(target: str) -> Any:
    """Return the model of an operation's parameters by its `X-Amz-Target`; None if unknown."""
    prefix, _, operation = target.rpartition(".")
    return _shapes(TARGETS[prefix]).get(operation) if prefix in TARGETS else None


def shape_of_path(service: str, method: str, path: str) -> Any:
    """Return the model of an operation's parameters by its method and path; None if unknown."""
    for its_method, pattern, shape in _routes(service):
        if its_method == method and pattern.fullmatch(path):
            return shape
    return None


def without_nulls(value: Any) -> Any:
    """Return a decoded value without the members that are `null`."""
    if isinstance(value, dict):
        return {k: without_nulls(inner) for k, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def wrong_types(value: Any, shape: Any) -> Iterator[str]:
    """Yield a sentence for each part of `value` that is not of its shape's type."""
    kind = shape.type_name
    as_number = isinstance(value, bool) and kind != "boolean"
    if as_number or not isinstance(value, TYPES.get(kind, object)):
        yield f"A {type(value).__name__} cannot be converted to a {kind}"
    elif kind == "structure":
        members = _in_body(shape)
        for name in value.keys() & members.keys():
            yield from wrong_types(value[name], members[name])
    elif kind in ("list", "map"):
        inner = shape.member if kind == "list" else shape.value
        for part in value if kind == "list" else value.values():
            yield from wrong_types(part, inner)


def missing(value: Any, shape: Any, where: str = "") -> Iterator[str]:
    """Yield AWS's sentence for each required member that `value` is without."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield (
                    f"Value null at '{where}{name[0].lower()}{name[1:]}' failed to satisfy "
                    "constraint: Member must not be null"
                )
        for name in value.keys() & shape.members.keys():
            inner = f"{where}{name[0].lower()}{name[1:]}."
            yield from missing(value[name], shape.members[name], inner)
    elif shape.type_name == "list":
        for number, part in enumerate(value, start=1):
            yield from missing(part, shape.member, f"{where}{number}.member.")


def _in_body(shape: Any) -> dict[str, Any]:
    """Return the members that a request's body holds, under the names that they have there."""
    return {
        member.serialization.get("name", name): member
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


@functools.cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@functools.cache
def _shapes(service: str) -> dict[str, Any]:
    model = _model(service)
    return {name: model.operation_model(name).input_shape for name in model.operation_names}


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], Any]]:
    return [
        (http["method"], re.compile(_pattern(http["requestUri"])), _shapes(model)[name])
        for model in MODELS.get(service, (service,))
        for name in _shapes(model)
        for http in (_model(model).operation_model(name).http,)
    ]


def _pattern(uri: str) -> str:
    """Return a regular expression for the path of a request URI, a closing slash or none."""
    path = re.escape(uri.partition("?")[0].rstrip("/"))
    return re.sub(r"\\{.*?\\}", "[^/]+", path) + "/?"
