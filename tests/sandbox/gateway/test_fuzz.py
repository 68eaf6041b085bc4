"""Requests that no SDK would send: AWS's error or an answer, never a failure inside or silence.

Hypothesis makes the parameters of operations that the lessons use, mostly of the right kind and
sometimes not, and writes them as the service's protocol does. It draws the same ones every time.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import botocore.session
import pytest
import requests
from botocore.model import OperationModel, ServiceModel, Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.aws.operations import only_reads, verb
from labkit.resources.kinds import KINDS
from tests.sandbox.conftest import Aws, aws_of, running_sandbox
from tests.sandbox.gateway.test_wire import FORM, send

SERVICES = sorted({kind.service for kind in KINDS.values()})
EXAMPLES = 40
DEEPEST = 3
WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "", "x" * 300, [], {}, [None], {"a": [1]}, "\x00")
NUMBERS = (0, 1, 7, 30, 128, -1, 10**10)
TEXTS = (
    "orders",
    "",
    "*",
    "{",
    "../..",
    "10.0.0.0/16",
    "주문",
    "a/b:c",
    "x" * 2000,
    '{"a": [{"b": null}]}',
    '{"Version": "2012-10-17", "Statement": {}}',
    "arn:aws:sqs:ap-northeast-2:111122223333:orders",
    "arn:aws:lambda:ap-northeast-2:111122223333:function:orders",
    "arn:aws:iam::111122223333:role/orders",
    "arn:aws:nothing",
)


@functools.cache
def model_of(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def protocol(service: str) -> str:
    """The protocol to write requests in: JSON where there is one, and no binary one."""
    known = model_of(service).metadata
    return next(p for p in (*known.get("protocols", []), known["protocol"]) if "cbor" not in p)


@functools.cache
def operations(service: str) -> list[str]:
    """The operations that labkit's kinds of resources name, and those that read such resources."""
    kinds = [kind for kind in KINDS.values() if kind.service == service]
    named = {
        operation
        for kind in kinds
        for operation in (*(c.operation for c in kind.creates), *kind.parts, *kind.deletes)
    } | {operation for kind in kinds for operation in kind.harmless}
    nouns = {c.operation.removeprefix(verb(c.operation)) for kind in kinds for c in kind.creates}
    known = model_of(service).operation_names
    reading = {name for name in known if only_reads(name) and any(noun in name for noun in nouns)}
    return sorted((named | reading) & set(known))


def value(random: Random, shape: Shape, depth: int = 0) -> Any:
    """A value for a parameter: one in eight is of a wrong kind."""
    if random.random() < 1 / 8:
        return random.choice(WRONG)
    match shape.type_name:
        case "structure":
            return members(random, shape, depth)
        case "list":
            return [value(random, shape.member, depth + 1) for _ in range(random.randint(0, 2))]
        case "map":
            return {random.choice(TEXTS): value(random, shape.value, depth + 1)}
        case "integer" | "long" | "float" | "double" | "timestamp":
            return random.choice(NUMBERS)
        case "boolean":
            return random.choice((True, False))
    return random.choice(tuple(getattr(shape, "enum", ())) or TEXTS)


def members(random: Random, shape: Shape, depth: int = 0) -> dict[str, Any]:
    """Values for the members of a structure: most of the required ones, a few of the others."""
    required = shape.required_members
    chosen = [
        name for name in shape.members if random.random() < (0.9 if name in required else 0.2)
    ]
    if depth >= DEEPEST:
        chosen = [name for name in chosen if name in required]
    return {name: value(random, shape.members[name], depth + 1) for name in chosen}


def as_form(name: str, content: Any) -> Iterator[tuple[str, str]]:
    """The fields of a parameter in a form."""
    if isinstance(content, dict):
        for key, inner in content.items():
            yield from as_form(f"{name}.{key}" if name else key, inner)
    elif isinstance(content, list):
        for number, inner in enumerate(content, start=1):
            yield from as_form(f"{name}.{number}", inner)
            yield from as_form(f"{name}.member.{number}", inner)
    else:
        yield name, str(content)


def as_xml(content: Any) -> str:
    """The elements of a parameter, nothing escaped."""
    if isinstance(content, dict):
        return "".join(f"<{key}>{as_xml(inner)}</{key}>" for key, inner in content.items())
    return "".join(map(as_xml, content)) if isinstance(content, list) else str(content)


def ask(aws: Aws, service: str, operation: str, parameters: dict[str, Any]) -> requests.Response:
    """Write a request as the service's protocol does, and send it."""
    model = model_of(service).operation_model(operation)
    metadata, kind = model.service_model.metadata, protocol(service)
    name = metadata.get("signingName", metadata["endpointPrefix"])
    if kind == "json":
        target = f"{metadata['targetPrefix']}.{operation}"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        return send(aws, name, json.dumps(parameters).encode(), headers)
    if kind in ("query", "ec2"):
        fields = {"Action": operation, "Version": metadata["apiVersion"]}
        return send(aws, name, urlencode(fields | dict(as_form("", parameters))).encode(), FORM)
    return send_rest(aws, name, model, parameters)


def send_rest(
    aws: Aws, name: str, model: OperationModel, parameters: dict[str, Any]
) -> requests.Response:
    """Send a request whose parameters are in its path, query, headers and body."""
    path, query, body = model.http["requestUri"], {}, {}
    for key, content in parameters.items():
        where = model.input_shape.members[key].serialization
        label = where.get("name", key)
        match where.get("location"):
            case "uri":
                text = quote(str(content), safe="") or "-"
                path = path.replace(f"{{{label}}}", text).replace(f"{{{label}+}}", text)
            case "querystring":
                query[label] = str(content)
            case None:
                body[label] = content
    path += ("&" if "?" in path else "?") + urlencode(query) if query else ""
    json_ = "json" in model.service_model.metadata["protocol"]
    text = json.dumps(body) if json_ else f"<Body>{as_xml(body)}</Body>"
    headers = {"Content-Type": "application/json" if json_ else "application/xml"}
    return send(aws, name, text.encode() if body else b"", headers, path, model.http["method"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    """A sandbox of these tests' own: what they leave in it would surprise any other."""
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_fails_inside(sandbox: dict[str, Any], service: str) -> None:
    aws = aws_of(sandbox)

    @settings(
        derandomize=True,
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(operations(service)), st.randoms(use_true_random=False))
    def check(operation: str, random: Random) -> None:
        shape = model_of(service).operation_model(operation).input_shape
        answer = ask(aws, service, operation, members(random, shape) if shape else {})
        assert answer.status_code < 500, answer.text

    check()


def test_no_thread_of_the_server_has_ended(sandbox: dict[str, Any]) -> None:
    """What was stored above is looked at by pollers, schedulers and alarms, now and then."""
    log = Path(sandbox["directory"], "server.log").read_text(errors="replace")
    assert "Exception in thread" not in log, log[log.index("Exception in thread") :][:2000]
