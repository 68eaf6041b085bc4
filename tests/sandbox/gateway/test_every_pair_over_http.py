"""HTTP APIs, API destinations and the delivery of logs: each asks, on a server of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, invocation_uri, statement
from tests.sandbox.gateway.conftest import BOTH, opened
from tests.sandbox.gateway.receivers import (
    RECEIVERS,
    called,
    deploy,
    function,
    function_arn,
    logical,
    only_the_open_one,
    role,
    role_arn,
)

pytestmark = pytest.mark.contract(22)


def test_an_http_api_asks_the_function(fresh: Account) -> None:
    deploy(fresh, opened(fresh, "function", "apigateway.amazonaws.com"))
    answers = {}
    for name in BOTH:
        api = fresh.client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        proxied = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
        _route(fresh, api, proxied | {"IntegrationUri": function_arn(fresh, name)})
        answers[name] = _call(fresh, api)
    assert answers["closed"] == 500
    only_the_open_one(fresh, RECEIVERS["function"])


def test_an_http_apis_authorizer_asks_the_function(fresh: Account) -> None:
    deploy(fresh, opened(fresh, "function", "apigateway.amazonaws.com"))
    gateway = fresh.client("apigatewayv2")
    for name in BOTH:
        api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        authorizer = gateway.create_authorizer(
            ApiId=api,
            Name=name,
            AuthorizerType="REQUEST",
            AuthorizerUri=invocation_uri(function_arn(fresh, name)),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            IdentitySource=["$request.header.Authorization"],
        )["AuthorizerId"]
        passed_on = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET"}
        passed_on |= {"IntegrationUri": fresh.endpoint, "PayloadFormatVersion": "1.0"}
        _route(fresh, api, passed_on, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
        assert _call(fresh, api) >= 400  # what the function answers lets nobody in
    only_the_open_one(fresh, RECEIVERS["function"])


def _route(account: Account, api: str, integration: dict[str, str], **more: str) -> None:
    """Give an HTTP API one route, and a stage that has it."""
    gateway = account.client("apigatewayv2")
    made = gateway.create_integration(ApiId=api, **integration)["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{made}", **more)
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)


def _call(account: Account, api: str) -> int:
    url = f"{account.endpoint}/_aws/execute-api/{api}/$default/"
    return requests.get(url, headers={"Authorization": "token"}, timeout=30).status_code


def test_a_rule_asks_the_role_for_an_api_destination(fresh: Account) -> None:
    events = fresh.client("events")
    with somewhere() as (address, got):
        connection = events.create_connection(
            Name="shop",
            AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "key"}},
        )["ConnectionArn"]
        arns = {
            name: events.create_api_destination(
                Name=name,
                ConnectionArn=connection,
                InvocationEndpoint=f"{address}/{name}",
                HttpMethod="POST",
            )["ApiDestinationArn"]
            for name in BOTH
        }
        allowed = statement("events:InvokeApiDestination", arns["open"])
        deploy(
            fresh,
            role("closed-caller", "events.amazonaws.com"),
            role("open-caller", "events.amazonaws.com", allowed),
        )
        events.put_rule(Name="orders", EventPattern='{"source": ["orders"]}')
        targets = [
            {"Id": name, "Arn": arns[name], "RoleArn": role_arn(fresh, f"{name}-caller")}
            for name in BOTH
        ]
        assert events.put_targets(Rule="orders", Targets=targets)["FailedEntryCount"] == 0
        events.put_events(Entries=[{"Source": "orders", "DetailType": "placed", "Detail": "{}"}])
        wait_for(lambda: "/open" in got)
        assert "/closed" not in got


def test_a_function_asks_its_role_before_it_logs(fresh: Account) -> None:
    made = function(fresh, "closed") | function(fresh, "open")
    nothing = statement("sqs:ListQueues")
    made[logical("closed-role", "Role")] = role("closed-role", "lambda.amazonaws.com", nothing)[
        logical("closed-role", "Role")
    ]
    deploy(fresh, made)
    for name in BOTH:
        assert fresh.client("lambda").invoke(FunctionName=name)["StatusCode"] == 200
    wait_for(lambda: called(fresh, "open"))
    assert not called(fresh, "closed")


@contextmanager
def somewhere() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server on this computer, and the paths that were asked for."""
    got: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()
