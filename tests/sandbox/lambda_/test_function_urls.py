"""Function URLs: what they hand on, and whom they let in."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Aws

pytestmark = pytest.mark.contract(14)

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 201, "headers": {"x-kitchen": "open"}, "body": json.dumps(event)}
"""


class Url:
    """A URL of a function of its own."""

    def __init__(self, aws: Aws, kind: str, source: str = ECHO) -> None:
        self.aws, self.lambda_ = aws, aws.client("lambda")
        self.name = aws.function(source)
        made = self.lambda_.create_function_url_config(FunctionName=self.name, AuthType=kind)
        self.host = made["FunctionUrl"].removeprefix("https://").rstrip("/")

    def permit(self, action: str, **condition: str | bool) -> None:
        """Let everybody do `action`."""
        self.lambda_.add_permission(
            FunctionName=self.name,
            StatementId=self.aws.name("public"),
            Action=f"lambda:{action}",
            Principal="*",
            **condition,
        )

    def open(self) -> Url:
        """Let everybody in."""
        self.permit("InvokeFunctionUrl", FunctionUrlAuthType="NONE")
        self.permit("InvokeFunction", InvokedViaFunctionUrl=True)
        return self

    def post(self, path: str = "/", **request: Any) -> requests.Response:
        """Post to it."""
        headers = {"Host": self.host} | request.pop("headers", {})
        return requests.post(self.aws.endpoint + path, headers=headers, timeout=20, **request)

    def get(self, path: str = "/") -> requests.Response:
        """Call it, unsigned: at the sandbox's address, by the name that it has on AWS."""
        return requests.get(self.aws.endpoint + path, headers={"Host": self.host}, timeout=10)


def test_an_open_one_takes_two_permissions(aws: Aws) -> None:
    url = Url(aws, "NONE")
    assert (url.get().status_code, url.get().json()["Message"][:9]) == (403, "Forbidden")
    url.permit("InvokeFunctionUrl", FunctionUrlAuthType="NONE")
    assert url.get().status_code == 403
    url.permit("InvokeFunction", InvokedViaFunctionUrl=True)
    answer = url.get("/orders/7?size=L")
    event = json.loads(answer.text)
    assert (answer.status_code, answer.headers["x-kitchen"]) == (201, "open")
    assert (event["version"], event["rawPath"]) == ("2.0", "/orders/7")
    assert event["queryStringParameters"] == {"size": "L"}
    assert event["requestContext"]["http"]["method"] == "GET"


def test_a_permission_to_invoke_by_the_api_does_not_open_it(aws: Aws) -> None:
    url = Url(aws, "NONE")
    url.permit("InvokeFunctionUrl", FunctionUrlAuthType="AWS_IAM")
    url.permit("InvokeFunction", InvokedViaFunctionUrl=True)
    assert url.get().status_code == 403


def test_one_for_signed_requests_takes_no_others(aws: Aws) -> None:
    answer = Url(aws, "AWS_IAM").get()
    assert (answer.status_code, answer.json()) == (403, {"Message": "Forbidden"})


@pytest.fixture(scope="module")
def echo(aws: Aws) -> Url:
    """An open URL of a function that answers with its event."""
    return Url(aws, "NONE").open()


@pytest.fixture(scope="module")
def returning(aws: Aws) -> Url:
    """An open URL of a function that returns what is posted to it as Python."""
    source = "def handler(event, context): return eval(event['body'])\n"
    return Url(aws, "NONE", source).open()


@pytest.mark.parametrize(
    ("kind", "is_text"),
    [
        ("text/plain", True),
        ("application/json; charset=utf-8", True),
        ("application/xml", True),
        ("application/octet-stream", False),
        ("multipart/form-data; boundary=b", False),
    ],
)
def test_a_body_comes_as_text_or_as_base64(echo: Url, kind: str, is_text: bool) -> None:
    body = "주문 7".encode()
    event = echo.post(data=body, headers={"Content-Type": kind}).json()
    assert event["isBase64Encoded"] is not is_text
    decoded = event["body"].encode() if is_text else base64.b64decode(event["body"])
    assert decoded == body


def test_without_a_body_there_is_none(echo: Url) -> None:
    event = echo.post().json()
    assert "body" not in event
    assert event["isBase64Encoded"] is False


def test_values_of_a_parameter_and_cookies(echo: Url) -> None:
    headers = {"Cookie": "a=1; b=2", "X-Own": "One"}
    event = echo.post("/?size=L&size=%20M", headers=headers).json()
    assert event["queryStringParameters"] == {"size": "L, M"}
    assert event["rawQueryString"] == "size=L&size=%20M"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-own"] == "One"
    assert not {"cookie", "connection"} & event["headers"].keys()
    assert event["requestContext"]["accountId"] == "anonymous"


def test_the_request_is_the_calls(aws: Aws) -> None:
    source = "def handler(event, context): return [context.aws_request_id, event['headers']]\n"
    trace = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    answer = Url(aws, "NONE", source).open().post(headers={"X-Amzn-Trace-Id": f"Root={trace}"})
    request_id, headers = answer.json()
    assert answer.headers["x-amzn-RequestId"] == request_id
    assert trace in headers["x-amzn-trace-id"]
    assert trace in answer.headers["X-Amzn-Trace-Id"]


@pytest.mark.parametrize(
    ("result", "status", "content"),
    [
        ({"hello": "world"}, 200, '{"hello":"world"}'),
        (["hello", 3, True], 200, '["hello",3,true]'),
        ("hello", 200, "hello"),
        (3, 200, "3"),
        (3.1, 200, "3.1"),
        (True, 200, "true"),
        (None, 200, "null"),
        ({"statusCode": 200, "body": "body123"}, 200, "body123"),
        ({"statusCode": "418", "body": "tea"}, 418, "tea"),
        ({"statusCode": 200, "body": {"a": 1}}, 200, '{"a":1}'),
        ({"statusCode": 204}, 204, ""),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "aGk="}, 200, "hi"),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "%"}, 502, "Internal Server Error"),
        ({"statusCode": "many", "body": "x"}, 502, "Internal Server Error"),
        ({"statusCode": 99, "body": "x"}, 502, "Internal Server Error"),
        ({"statusCode": 200, "headers": ["x"]}, 502, "Internal Server Error"),
    ],
)
def test_what_a_result_becomes(returning: Url, result: Any, status: int, content: str) -> None:
    answer = returning.post(data=repr(result), headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.text) == (status, content)
    assert answer.headers["Content-Type"] == "application/json"


def test_headers_and_cookies_of_an_answer(returning: Url) -> None:
    headers = {"content-type": "image/png", "X-Own": 5, "X-True": True}
    result = {"statusCode": 201, "headers": headers, "cookies": ["a=1", "b=2"], "body": "x"}
    answer = returning.post(data=repr(result), headers={"Content-Type": "text/plain"})
    assert answer.headers["Content-Type"] == "image/png"
    assert (answer.headers["X-Own"], answer.headers["X-True"]) == ("5", "true")
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "source",
    ["def handler(event, context): raise ValueError('secret')\n",
     "import os\ndef handler(event, context): os._exit(1)\n"],
)  # fmt: skip
def test_of_a_function_that_fails_nothing_is_told(aws: Aws, source: str) -> None:
    answer = Url(aws, "NONE", source).open().post()
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")


def test_one_that_is_throttled_says_so(aws: Aws) -> None:
    url = Url(aws, "NONE").open()
    url.lambda_.put_function_concurrency(FunctionName=url.name, ReservedConcurrentExecutions=0)
    assert url.post().status_code == 429
