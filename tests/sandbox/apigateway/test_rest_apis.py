"""REST APIs: what is deployed, what is unknown, and what a function behind one answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.sandbox.apigateway.conftest import GATEWAY, INTERNAL
from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, Api, error, invocation_uri, statement

ECHO = (
    "import json\ndef handler(event, context):\n"
    "    return {'statusCode': 200, 'body': json.dumps(event)}"
)


def answering(text: str) -> str:
    return f"def handler(event, context):\n    return {text}"


@pytest.fixture(scope="module")
def echo(account: Account) -> str:
    """A function that answers with the event it got."""
    return account.function_arn(ECHO)


def served(api: Api, echo: str) -> dict[str, str]:
    ids = api.proxy(api.resource("orders"), echo)
    api.permit(echo, "*")
    return ids


@pytest.mark.contract(18)
class TestDeployments:
    def test_a_change_shows_only_after_the_next_deployment(self, api: Api, echo: str) -> None:
        served(api, echo)
        api.deploy()
        api.proxy(api.resource("menu"), echo, "GET")
        assert api.call("/menu", "GET").status_code == 403
        api.deploy()
        assert api.call("/menu", "GET").status_code == 200

    def test_what_is_removed_is_served_until_the_next_deployment(self, api: Api, echo: str) -> None:
        ids = served(api, echo)
        api.deploy()
        api.gateway.delete_method(**ids)
        api.proxy(api.resource("menu"), echo, "GET")
        assert api.call("/orders").status_code == 200
        api.deploy()
        assert api.call("/orders").status_code == 403

    def test_a_stage_rolls_back_to_an_older_deployment(self, api: Api, echo: str) -> None:
        served(api, echo)
        first = api.deploy()
        api.proxy(api.resource("menu"), echo, "GET")
        api.deploy()
        api.gateway.update_stage(
            restApiId=api.id,
            stageName="test",
            patchOperations=[{"op": "replace", "path": "/deploymentId", "value": first}],
        )
        assert api.call("/menu", "GET").status_code == 403
        assert api.call("/orders").status_code == 200

    def test_nothing_to_deploy(self, api: Api) -> None:
        expected = ("BadRequestException", "The REST API doesn't contain any methods")
        assert error(api.deploy) == expected

    def test_a_method_without_integration_is_not_deployed(self, api: Api) -> None:
        api.gateway.put_method(
            restApiId=api.id, resourceId=api.resource(), httpMethod="GET", authorizationType="NONE"
        )
        assert error(api.deploy) == ("BadRequestException", "No integration defined for method")

    def test_a_deployment_in_use_is_kept(self, api: Api, echo: str) -> None:
        served(api, echo)
        used = api.deploy()
        code, message = error(api.gateway.delete_deployment, restApiId=api.id, deploymentId=used)
        assert (code, message.split(" must")[0]) == (
            "BadRequestException",
            "Active stages pointing to this deployment",
        )

    def test_stage_variables_name_the_function(self, api: Api, echo: str) -> None:
        api.method(
            api.resource("orders"),
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=invocation_uri(echo.rpartition(":")[0] + ":${stageVariables.function}"),
        )
        api.permit(echo)
        api.deploy(variables={"function": echo.rpartition(":")[2]})
        answer = api.call("/orders")
        assert answer.status_code == 200
        assert answer.json()["stageVariables"] == {"function": echo.rpartition(":")[2]}


@pytest.mark.contract(18)
class TestUnknown:
    @pytest.mark.parametrize(("verb", "path"), [("POST", "/nothing"), ("GET", "/orders")])
    def test_no_such_path_or_method(self, api: Api, echo: str, verb: str, path: str) -> None:
        served(api, echo)
        api.deploy()
        answer = api.call(path, verb)
        assert answer.status_code == 403
        assert answer.text == '{"message":"Missing Authentication Token"}'
        assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"

    def test_no_such_stage(self, api: Api, echo: str) -> None:
        served(api, echo)
        api.deploy()
        answer = api.call("/orders", stage="nothing")
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})

    def test_an_api_of_another_account_is_reached_unsigned(self, account: Account) -> None:
        other = Api(replace(account, account="444455556666"))
        function = other.account.function_arn(ECHO)
        other.proxy(other.resource("orders"), function)
        other.permit(function)
        other.deploy()
        assert other.call("/orders").json()["requestContext"]["accountId"] == "444455556666"


@pytest.mark.contract(20)
class TestLambdaProxy:
    def test_the_event(self, api: Api, echo: str) -> None:
        api.proxy(api.resource("{id}"), echo)
        api.permit(echo)
        api.deploy()
        answer = api.call(
            "/7?size=L", data='{"a": 1}', headers={"Content-Type": "application/json"}
        )
        event = answer.json()
        assert event["pathParameters"] == {"id": "7"}
        assert event["queryStringParameters"] == {"size": "L"}
        assert event["body"] == '{"a": 1}'
        assert event["requestContext"]["requestId"] == answer.headers["x-amzn-RequestId"]

    def test_the_response(self, api: Api, account: Account) -> None:
        answer = {"statusCode": "201", "headers": {"Content-Type": "text/plain"}, "body": "ok"}
        function = account.function_arn(answering(repr(answer)))
        served(api, function)
        api.deploy()
        response = api.call("/orders")
        assert (response.status_code, response.text) == (201, "ok")
        assert response.headers["Content-Type"] == "text/plain"

    @pytest.mark.parametrize(
        "answer",
        [
            "'an order'",
            "{'statusCode': 200, 'body': {'a': 1}}",
            "{'orderId': 1}",
            "1/0",
            "{'statusCode': 99}",
            "{'statusCode': 100}",
            "{'statusCode': 1000}",
            "{'statusCode': 400, 'headers': {'x-why': 'no address\\n'}}",
            "{'statusCode': 400, 'headers': {'x why': 'no address'}}",
            "{'statusCode': 400, 'multiValueHeaders': {'x-why': ['no', 'address\\r']}}",
        ],
        ids=[
            "text",
            "body is an object",
            "unknown field",
            "exception",
            "no status",
            "status before an answer",
            "status of four digits",
            "header of two lines",
            "name with a space",
            "value of two lines",
        ],
    )
    def test_502_and_nothing_leaked(self, api: Api, account: Account, answer: str) -> None:
        function = account.function_arn(answering(answer))
        served(api, function)
        api.deploy()
        response = api.call("/orders")
        assert (response.status_code, response.json()) == (502, INTERNAL)
        assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"

    def test_the_bodys_length_is_counted_anew(self, api: Api, account: Account) -> None:
        body = "김치 볶음밥"
        answer = {"statusCode": 200, "headers": {"Content-Length": str(len(body))}, "body": body}
        function = account.function_arn(answering(repr(answer)))
        served(api, function)
        api.deploy()
        assert api.call("/orders").content.decode() == body

    def test_500_where_the_body_is_not_the_base64_that_it_says(self, account: Account) -> None:
        api = Api(account, binaryMediaTypes=["*/*"])
        answer = {"statusCode": 200, "isBase64Encoded": True, "body": "a"}
        served(api, account.function_arn(answering(repr(answer))))
        api.deploy()
        response = api.call("/orders", headers={"Accept": "image/png"})
        assert (response.status_code, response.json()) == (500, INTERNAL)

    def test_500_when_the_function_is_throttled(self, api: Api, account: Account) -> None:
        function = account.function_arn(ECHO)
        account.client("lambda").put_function_concurrency(
            FunctionName=function, ReservedConcurrentExecutions=0
        )
        served(api, function)
        api.deploy()
        response = api.call("/orders")
        assert (response.status_code, response.json()) == (500, INTERNAL)

    def test_a_customised_gateway_response_replaces_it(self, api: Api, account: Account) -> None:
        function = account.function_arn(answering("1/0"))
        served(api, function)
        api.gateway.put_gateway_response(
            restApiId=api.id,
            responseType="INTEGRATION_FAILURE",
            statusCode="503",
            responseTemplates={"application/json": '{"sorry": true}'},
        )
        api.deploy()
        response = api.call("/orders")
        assert (response.status_code, response.json()) == (503, {"sorry": True})


@pytest.mark.contract(20)
class TestPermissionToInvoke:
    @pytest.mark.parametrize(
        ("source", "status"),
        [
            ("*", 200),
            ("*/*/*", 200),
            ("test/POST/orders", 200),
            ("*/POST/orders", 200),
            ("test/*/orders", 200),
            ("prod/POST/orders", 500),
            ("test/GET/orders", 500),
            ("test/POST/menu", 500),
        ],
    )
    def test_the_source_decides(self, api: Api, echo: str, source: str, status: int) -> None:
        api.proxy(api.resource("orders"), echo)
        api.permit(echo, source)
        api.deploy()
        assert api.call("/orders").status_code == status

    def test_500_without_permission(self, api: Api, echo: str) -> None:
        api.proxy(api.resource("orders"), echo)
        api.deploy()
        response = api.call("/orders")
        assert (response.status_code, response.json()) == (500, INTERNAL)

    def test_another_services_permission_does_not_count(self, api: Api, account: Account) -> None:
        function = account.function_arn(ECHO)
        account.client("lambda").add_permission(
            FunctionName=function, StatementId="s3", Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
        )  # fmt: skip
        api.proxy(api.resource("orders"), function)
        api.deploy()
        assert api.call("/orders").status_code == 500

    def test_a_role_instead_of_a_permission(self, api: Api, account: Account, echo: str) -> None:
        role = account.service_role(GATEWAY, statement("lambda:InvokeFunction", echo))
        api.proxy(api.resource("orders"), echo, credentials=role)
        api.deploy()
        assert api.call("/orders").status_code == 200
        account.allow(role)
        assert api.call("/orders").status_code == 500


@pytest.mark.contract(19)
class TestTimeout:
    @pytest.mark.parametrize("milliseconds", [49, 29_001])
    def test_out_of_range(self, api: Api, echo: str, milliseconds: int) -> None:
        root = api.resource("orders")
        expected = ("BadRequestException", "Timeout should be between 50 ms and 29000 ms")
        assert error(api.proxy, root, echo, timeoutInMillis=milliseconds) == expected

    @pytest.mark.parametrize("more", [{"value": "soon"}, {"value": "1.5"}, {}])
    def test_no_number(self, api: Api, echo: str, more: dict[str, str]) -> None:
        ids = api.proxy(api.resource("orders"), echo)
        patch = {"op": "replace", "path": "/timeoutInMillis"} | more
        code, _ = error(api.gateway.update_integration, **ids, patchOperations=[patch])
        assert code == "BadRequestException"

    def test_504_while_the_function_runs_on(self, api: Api, account: Account) -> None:
        url, arn = account.queue()
        role = account.service_role("lambda.amazonaws.com", statement("sqs:SendMessage", arn))
        function = account.function_arn(
            "import boto3, time\n"
            "def handler(event, context):\n"
            "    time.sleep(1)\n"
            f"    boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody='finished')\n",
            role=role,
        )
        api.proxy(api.resource("orders"), function, timeoutInMillis=100)
        api.permit(function)
        api.deploy()
        response = api.call("/orders")
        assert response.status_code == 504
        assert response.text == '{"message": "Endpoint request timed out"}'
        assert wait_for(lambda: account.receive(url))[0]["Body"] == "finished"


@pytest.mark.contract(18)
class TestTestInvokeMethod:
    def test_it_needs_no_deployment(self, api: Api, echo: str) -> None:
        ids = served(api, echo)
        answer = api.gateway.test_invoke_method(
            **ids, pathWithQueryString="/orders?size=L", body='{"a": 1}', headers={"x-shop": "cafe"}
        )
        event = json.loads(answer["body"])
        assert answer["status"] == 200
        assert event["queryStringParameters"] == {"size": "L"}
        assert event["headers"]["x-shop"] == "cafe"
        assert event["requestContext"]["stage"] == "test-invoke-stage"
        assert answer["latency"] >= 0
        assert "Successfully completed execution" in answer["log"]
        assert answer["log"].endswith("Method completed with status: 200\n")

    def test_the_log_says_what_the_client_does_not_see(self, api: Api, account: Account) -> None:
        function = account.function_arn(answering("1/0"))
        ids = api.proxy(api.resource("orders"), function)
        denied = api.gateway.test_invoke_method(**ids)
        assert json.loads(denied["body"]) == INTERNAL
        assert "Invalid permissions on Lambda function" in denied["log"]
        api.permit(function)
        failed = api.gateway.test_invoke_method(**ids)
        assert failed["status"] == 502
        assert "customer function error: division by zero" in failed["log"]
        assert "Successfully" not in failed["log"]


@pytest.mark.contract(24)
def test_metrics(api: Api, echo: str, account: Account) -> None:
    served(api, echo)
    api.deploy()
    for path in ("/orders", "/orders", "/nothing"):
        api.call(path)
    dimensions = {
        "ApiName": api.gateway.get_rest_api(restApiId=api.id)["name"],
        "Stage": "test",
    }
    values = [
        account.metric("AWS/ApiGateway", metric, dimensions, statistic)
        for metric, statistic in (
            ("Count", "Sum"),
            ("4XXError", "Sum"),
            ("5XXError", "Sum"),
            ("Latency", "SampleCount"),
            ("IntegrationLatency", "SampleCount"),
        )
    ]
    assert values == [3, 1, 0, 3, 2]
