"""Function URLs: what they hand on, and whom they let in."""

from __future__ import annotations

import json

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

    def __init__(self, aws: Aws, kind: str) -> None:
        self.aws, self.lambda_ = aws, aws.client("lambda")
        self.name = aws.function(ECHO)
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
