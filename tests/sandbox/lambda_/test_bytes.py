"""Events and results pass byte for byte, on the short way of an Invoke and on the common one."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Aws

NODE = """
exports.handler = async (event) => ({ got: event, "text": "쌀", n: 1.50 });
"""
EVENT = b'{"a":1,"b":[1,2]}'
RESULT = '{"got":{"a":1,"b":[1,2]},"text":"쌀","n":1.5}'.encode()


@pytest.mark.parametrize("more", [{}, {"Qualifier": "$LATEST"}], ids=["short", "common"])
def test_a_result_is_as_the_function_wrote_it(aws: Aws, more: dict[str, str]) -> None:
    name = aws.function(NODE, Runtime="nodejs22.x", file="index.js")
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=EVENT, **more)
    assert answer["Payload"].read() == RESULT
