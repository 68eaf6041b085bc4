"""HTTP APIs: whoever owns one, a call without a signature finds it; paths as AWS hands them on."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.apigateway.conftest import GATEWAY
from tests.sandbox.delivery import Account, error

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""


class HttpApi:
    """An HTTP API whose every route is a function's."""

    def __init__(self, account: Account, *, permitted: bool) -> None:
        client, function = account.client("apigatewayv2"), account.function_arn(ECHO)
        self.account = account
        self.id = client.create_api(Name=account.name("http"), ProtocolType="HTTP")["ApiId"]
        integration = client.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function,
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        target = f"integrations/{integration}"
        client.create_route(ApiId=self.id, RouteKey="$default", Target=target)
        client.create_stage(ApiId=self.id, StageName="prod", AutoDeploy=True)
        if permitted:
            account.client("lambda").add_permission(
                FunctionName=function,
                StatementId="http",
                Action="lambda:InvokeFunction",
                Principal=GATEWAY,
            )

    def get(self, path: str) -> requests.Response:
        """Call the stage, unsigned."""
        url = f"{self.account.endpoint}/_aws/execute-api/{self.id}/prod{path}"
        return requests.get(url, timeout=30)


@pytest.fixture(scope="module")
def echo(aws: Any) -> HttpApi:
    """An API that answers with its function's event."""
    return HttpApi(Account.of(aws), permitted=True)


@pytest.mark.parametrize(
    ("sent", "raw"),
    [("/a%2Fb", "/a/b"), ("/%EC%A3%BC%EB%AC%B8", "/주문"), ("/a%252Fb", "/a%252Fb")],
)
def test_a_path_is_decoded(echo: HttpApi, sent: str, raw: str) -> None:
    """As public recordings of such events show it; a REST API's path stays as it was sent."""
    event = echo.get(f"{sent}?name=two%20words").json()
    assert event["rawPath"].removeprefix("/prod") == raw
    assert event["rawQueryString"] == "name=two%20words"


def test_a_function_that_does_not_let_it_is_not_called(account: Account) -> None:
    answer = HttpApi(account, permitted=False).get("/")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_quick_create_is_refused(account: Account) -> None:
    code, text = error(
        account.client("apigatewayv2").create_api,
        Name=account.name("quick"),
        ProtocolType="HTTP",
        Target=f"arn:aws:lambda:{account.region}:{account.account}:function:none",
    )
    assert (code, "no quick create" in text) == ("UnsupportedOperation", True)
