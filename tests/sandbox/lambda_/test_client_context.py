"""A client context reaches the handler, and one that cannot be read is refused."""

from __future__ import annotations

import base64
import json

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

GIVEN = {"custom": {"table": "7"}, "env": {"locale": "ko"}, "client": {"app_title": "rush"}}

PYTHON = """
def handler(event, context):
    given = context.client_context
    return given and [given.custom, given.env, given.client.app_title]
"""
NODE = """
exports.handler = async (event, context) => {
  const given = context.clientContext;
  return given ? [given.custom, given.env, given.client.app_title] : null;
};
"""


def encoded(value: object) -> str:
    """A client context as Invoke takes it."""
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    ("runtime", "file", "source"),
    [("python3.13", "index.py", PYTHON), ("nodejs22.x", "index.js", NODE)],
)
def test_reaches_the_handler(aws: Aws, runtime: str, file: str, source: str) -> None:
    name = aws.function(source, Runtime=runtime, file=file)
    answer = aws.invoke(name, ClientContext=encoded(GIVEN))
    assert answer.payload == [GIVEN["custom"], GIVEN["env"], "rush"]
    assert aws.invoke(name).payload is None


@pytest.mark.parametrize("given", ["no base64!", encoded([1]), base64.b64encode(b"{").decode()])
def test_one_that_cannot_be_read(aws: Aws, given: str) -> None:
    name = aws.function(PYTHON)
    call = aws.client("lambda").invoke
    assert error(call, FunctionName=name, ClientContext=given) == (
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
    )
