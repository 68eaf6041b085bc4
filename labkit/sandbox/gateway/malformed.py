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
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_actions

from labkit.sandbox.upstream import seams

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

VERSIONS = {
    "2010-03-31": "sns",
    "2010-05-08": "iam",
    "2010-05-15": "cloudformation",
    "2011-06-15": "sts",
}
"""botocore's name of a service of the query protocol, by the version that its requests name."""

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

_load = seams.use(iam_actions.__name__, "_load_botocore_model", like="(botocore_service)")


@dataclass(frozen=True, eq=False)
class Shape:
    """What a value has to be; `shapes` are all those of its service, by name."""

    definition: dict[str, Any]
    shapes: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its type, for example `structure`."""
        return str(self.definition["type"])

    @property
    def has_payload(self) -> bool:
        """Whether a request's body is one of its members, and no object of several."""
        return "payload" in self.definition

    def of(self, part: str) -> Shape:
        """Return the shape of a list's `member` or a map's `value`."""
        return self._named(self.definition[part])

    @functools.cached_property
    def members(self) -> dict[str, Shape]:
        """The members that a request's body holds, under the names that they have there."""
        return {
            member.get("locationName", name): self._named(member)
            for name, member in self.definition["members"].items()
            if "location" not in member
        }

    def required(self) -> list[str]:
        """Return the names of the members that must be there."""
        return list(self.definition.get("required", ()))

    def _named(self, reference: dict[str, Any]) -> Shape:
        return Shape(self.shapes[reference["shape"]], self.shapes)


def shape_of_target(target: str) -> Shape | None:
    """Return the model of an operation's parameters by its `X-Amz-Target`; None if unknown."""
    prefix, _, operation = target.rpartition(".")
    return _inputs(TARGETS[prefix]).get(operation) if prefix in TARGETS else None


def shape_of_path(service: str, method: str, path: str) -> Shape | None:
    """Return the model of an operation's parameters by its method and path; None if unknown."""
    for its_method, pattern, shape in _routes(service):
        if its_method == method and pattern.fullmatch(path):
            return shape
    return None


def shape_of_form(fields: dict[str, str]) -> Shape | None:
    """Return the model of the parameters of a form's operation; None if unknown."""
    service, action = VERSIONS.get(fields.get("Version", "")), fields.get("Action", "")
    return _inputs(service).get(action) if service else None


def not_numbers(fields: dict[str, str], shape: Shape) -> Iterator[str]:
    """Yield a sentence for each field of a form that has to be a whole number and is none."""
    for name in fields.keys() & shape.members.keys():
        text = fields[name]
        if shape.members[name].kind == "integer" and not text.lstrip("-").isdecimal():
            yield f"Value '{text}' at '{name[0].lower()}{name[1:]}' must be a number"


def without_nulls(value: Any) -> Any:
    """Return a decoded value without the members that are `null`."""
    if isinstance(value, dict):
        return {k: without_nulls(inner) for k, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def wrong_types(value: Any, shape: Shape) -> Iterator[str]:
    """Yield a sentence for each part of `value` that is not of its shape's type."""
    kind = shape.kind
    as_number = isinstance(value, bool) and kind != "boolean"
    if as_number or not isinstance(value, TYPES.get(kind, object)):
        yield f"A {type(value).__name__} cannot be converted to a {kind}"
    elif kind == "structure":
        for name in value.keys() & shape.members.keys():
            yield from wrong_types(value[name], shape.members[name])
    elif kind in ("list", "map"):
        inner = shape.of("member" if kind == "list" else "value")
        for part in value if kind == "list" else value.values():
            yield from wrong_types(part, inner)


def missing(value: Any, shape: Shape, where: str = "") -> Iterator[str]:
    """Yield AWS's sentence for each required member that `value` is without."""
    if shape.kind == "structure":
        for name in shape.required():
            if name not in value:
                yield (
                    f"Value null at '{where}{name[0].lower()}{name[1:]}' failed to satisfy "
                    "constraint: Member must not be null"
                )
        for name in value.keys() & shape.members.keys():
            inner = f"{where}{name[0].lower()}{name[1:]}."
            yield from missing(value[name], shape.members[name], inner)
    elif shape.kind == "list":
        for number, part in enumerate(value, start=1):
            yield from missing(part, shape.of("member"), f"{where}{number}.member.")


@functools.cache
def _inputs(service: str) -> dict[str, Shape]:
    """Return the model of each operation's parameters, of those that have any."""
    model = _load(service)
    shapes = model["shapes"]
    return {
        name: Shape(shapes[operation["input"]["shape"]], shapes)
        for name, operation in model["operations"].items()
        if "input" in operation
    }


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], Shape]]:
    return [
        (http["method"], re.compile(_pattern(http["requestUri"])), _inputs(model)[name])
        for model in MODELS.get(service, (service,))
        for name, operation in _load(model)["operations"].items()
        if name in _inputs(model)
        for http in (operation["http"],)
    ]


def _pattern(uri: str) -> str:
    """Return a regular expression for the path of a request URI, a closing slash or none."""
    path = re.escape(uri.partition("?")[0].rstrip("/"))
    return re.sub(r"\\{.*?\\}", "[^/]+", path) + "/?"
