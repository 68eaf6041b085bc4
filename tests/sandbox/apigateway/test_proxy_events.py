"""The event of a proxy integration, and what the answer of one may be.

Expected values: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway"; events of
AWS that others have recorded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, Api

pytestmark = pytest.mark.contract(18)

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""

ANSWER = """
import json
def handler(event, context):
    return json.loads(event["body"])
"""


@pytest.fixture(scope="module")
def gateway(aws: Aws) -> Account:
    """The account to test with."""
    return Account.of(aws)


def proxied(account: Account, code: str, part: str = "{proxy+}") -> Api:
    """Return an API whose function answers every request below its root."""
    api = Api(account)
    function = account.function_arn(code)
    api.proxy(api.resource(part), function, "ANY")
    api.permit(function)
    api.deploy()
    return api


@pytest.fixture(scope="module")
def echo(gateway: Account) -> Api:
    """An API that answers with the event."""
    return proxied(gateway, ECHO)


def event(api: Api, path: str, verb: str = "GET", **request: Any) -> dict[str, Any]:
    """Return the event that a request gives."""
    answer = api.call(path, verb, **request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    "path", ["/a%2Bb/c", "/%EC%A3%BC%EB%AC%B8/seoul", "/test+alias@example.com", "/a//b", "/a/b/"]
)
def test_a_path_stays_percent_encoded(echo: Api, path: str) -> None:
    found = event(echo, path)
    assert found["path"] == path
    assert found["pathParameters"] == {"proxy": path.strip("/")}
    assert found["requestContext"]["path"] == f"/test{path}"


def test_of_a_repeated_parameter_the_last_value_counts(echo: Api) -> None:
    found = event(echo, "/order?price=10&price=20&dish=tea%20%2B")
    assert found["queryStringParameters"] == {"price": "20", "dish": "tea +"}
    assert found["multiValueQueryStringParameters"] == {"price": ["10", "20"], "dish": ["tea +"]}


def test_headers_are_forwarded_and_added(echo: Api) -> None:
    found = event(echo, "/order", headers={"Authorization": "me", "X-Forwarded-For": "10.0.0.1"})
    headers = found["headers"]
    assert headers["Authorization"] == "me"
    assert headers["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"
    assert headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert {"X-Forwarded-Port", "X-Forwarded-Proto", "Host"} <= headers.keys()
    assert "connection" not in {name.lower() for name in headers}
    assert found["multiValueHeaders"]["Authorization"] == ["me"]


def test_headers_have_the_clients_spelling(echo: Api) -> None:
    sent = {"tEsT-HEADeR": "aValUE", "authorization": "me"}
    headers = event(echo, "/order", headers=sent)["headers"]
    assert headers["tEsT-HEADeR"] == "aValUE"
    assert headers["Authorization"] == "me"


def test_the_context_is_complete(echo: Api) -> None:
    context = event(echo, "/order", headers={"User-Agent": "test"})["requestContext"]
    assert context.keys() == {
        "accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId",
        "httpMethod", "identity", "path", "protocol", "requestId", "requestTime",
        "requestTimeEpoch", "resourceId", "resourcePath", "stage",
    }  # fmt: skip
    assert context["identity"] == {
        "accessKey": None, "accountId": None, "caller": None,
        "cognitoAuthenticationProvider": None, "cognitoAuthenticationType": None,
        "cognitoIdentityId": None, "cognitoIdentityPoolId": None, "principalOrgId": None,
        "sourceIp": "127.0.0.1", "user": None, "userAgent": "test", "userArn": None,
    }  # fmt: skip


def test_what_is_not_given_is_null(echo: Api) -> None:
    found = event(echo, "/order")
    assert found["body"] is None
    assert found["queryStringParameters"] is None
    assert found["multiValueQueryStringParameters"] is None
    assert found["stageVariables"] is None


@pytest.mark.parametrize(("given", "sent"), [(True, "true"), (7, "7"), (1.5, "1.5"), ("x", "x")])
def test_a_header_can_be_a_number_or_a_boolean(gateway: Account, given: Any, sent: str) -> None:
    api = proxied(gateway, ANSWER, "order")
    answer = api.call("/order", json={"statusCode": 200, "headers": {"X-Value": given}})
    assert (answer.status_code, answer.headers["X-Value"]) == (200, sent)


@pytest.mark.parametrize("values", [["a", None], ["a", {}], [["a"]], "a"])
def test_a_header_with_several_values_is_a_list_of_such(gateway: Account, values: Any) -> None:
    api = proxied(gateway, ANSWER, "order")
    answer = api.call("/order", json={"statusCode": 200, "multiValueHeaders": {"X-Value": values}})
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


@pytest.mark.parametrize("name", ["headers", "multiValueHeaders", "body", "statusCode"])
@pytest.mark.parametrize("empty", [[], 0, False])
def test_an_empty_value_of_another_type_is_malformed(
    gateway: Account, name: str, empty: Any
) -> None:
    api = proxied(gateway, ANSWER, "order")
    assert api.call("/order", json={name: empty}).status_code == 502


def test_a_required_parameter_must_not_be_blank(gateway: Account) -> None:
    api = Api(gateway)
    resource, function = api.resource("order"), gateway.function_arn(ECHO)
    ids = api.proxy(resource, function, "GET")
    validator = api.gateway.create_request_validator(
        restApiId=api.id, name="parameters", validateRequestParameters=True
    )
    api.gateway.update_method(
        **ids,
        patchOperations=[
            {"op": "replace", "path": "/requestValidatorId", "value": validator["id"]},
            {"op": "add", "path": "/requestParameters/method.request.querystring.dish",
             "value": "true"},
        ],
    )  # fmt: skip
    api.permit(function)
    api.deploy()
    for query, status in (("", 400), ("?dish=", 400), ("?dish=%20", 400), ("?dish=tea", 200)):
        assert api.call(f"/order{query}", "GET").status_code == status


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (10 * 1024 * 1024 + 1, "HTTP content length exceeded 10485760 bytes."),
        (7 * 1024 * 1024, "Request Too Long"),
    ],
)
def test_a_payload_that_is_too_large_is_refused(echo: Api, size: int, text: str) -> None:
    answer = echo.call("/order", data="x" * size)
    assert (answer.status_code, json.loads(answer.text)["message"]) == (413, text)
