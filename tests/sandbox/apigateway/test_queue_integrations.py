"""APIs that send to a queue by themselves: mapping templates, and the integration's role."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.apigateway.conftest import GATEWAY, INTERNAL
from tests.sandbox.delivery import Account, Api, error, invocation_uri, statement


class Orders:
    """An API whose POST /orders sends to a queue."""

    def __init__(
        self,
        account: Account,
        template: str = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
        allowed: bool = True,
        content_type: str = "application/x-www-form-urlencoded",
        **integration: str,
    ) -> None:
        self.account = account
        self.url, self.arn = account.queue()
        self.role = account.service_role(
            GATEWAY, *([statement("sqs:SendMessage", self.arn)] * allowed)
        )
        self.api = Api(account)
        name = self.arn.rpartition(":")[2]
        self.ids = self.api.method(
            self.api.resource("orders"),
            type="AWS",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{account.region}:sqs:path/{account.account}/{name}",
            credentials=self.role,
            requestParameters={"integration.request.header.Content-Type": f"'{content_type}'"},
            requestTemplates={"application/json": template},
            **integration,
        )

    def post(self, body: str, content_type: str = "application/json"):  # type: ignore[no-untyped-def]
        self.api.deploy()
        return self.api.call("/orders", data=body.encode(), headers={"Content-Type": content_type})

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.account.receive(self.url)]


@pytest.mark.contract(21)
class TestQueueIntegration:
    def test_the_body_arrives(self, account: Account) -> None:
        orders = Orders(account)
        orders.api.answers(orders.ids, "200")
        sent = json.dumps({"note": "불닭 & 치즈 = 100% +α"}, ensure_ascii=False)
        answer = orders.post(sent)
        assert answer.status_code == 200
        result = answer.json()["SendMessageResponse"]["SendMessageResult"]
        message = account.receive(orders.url)[0]
        assert (message["Body"], message["MessageId"]) == (sent, result["MessageId"])

    def test_without_url_encode_the_order_ends_at_the_ampersand(self, account: Account) -> None:
        orders = Orders(account, "Action=SendMessage&MessageBody=$input.body")
        orders.api.answers(orders.ids, "200")
        assert orders.post('{"note": "Fish & Chips"}').status_code == 200
        assert orders.bodies() == ['{"note": "Fish ']

    def test_a_number_that_is_none_is_sqss_refusal(self, account: Account) -> None:
        orders = Orders(account, "Action=SendMessage&MessageBody=x&DelaySeconds=soon")
        orders.api.answers(orders.ids, "200")
        orders.api.answers(orders.ids, "400", r"4\d{2}")
        answer = orders.post("{}")
        assert answer.status_code == 400
        assert answer.json()["Error"]["Code"] == "InvalidParameterValue"

    def test_templates_on_both_sides(self, account: Account) -> None:
        template = (
            '#set($order = $input.path("$"))\n'
            "Action=SendMessage&MessageBody=$util.urlEncode(\"$order.id|$input.json('$.lines[0].name')"
            "|$input.params('size')|$context.httpMethod|$context.requestId|$stageVariables.shop\")"
        )
        orders = Orders(account, template)
        orders.api.answers(
            orders.ids,
            "202",
            responseTemplates={
                "application/json": '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult'
                '.MessageId\')", "request": "$context.requestId"}'
            },
        )
        orders.api.deploy(variables={"shop": "cafe"})
        answer = orders.api.call("/orders?size=L", json={"id": 7, "lines": [{"name": "tea"}]})
        message = account.receive(orders.url)[0]
        request_id = answer.headers["x-amzn-RequestId"]
        assert answer.status_code == 202
        assert answer.json() == {"id": message["MessageId"], "request": request_id}
        assert message["Body"] == f'7|"tea"|L|POST|{request_id}|cafe'

    def test_without_the_form_content_type_no_operation_is_known(self, account: Account) -> None:
        orders = Orders(account, content_type="application/json")
        orders.api.answers(orders.ids, "202")
        orders.api.answers(orders.ids, "400", r"4\d\d")
        answer = orders.post("{}")
        assert (answer.status_code, answer.text) == (400, "<UnknownOperationException/>\n")
        assert orders.bodies() == []

    def test_without_an_action_no_operation_is_known(self, account: Account) -> None:
        orders = Orders(account, "MessageBody=$util.urlEncode($input.body)")
        orders.api.answers(orders.ids, "200")
        assert orders.post("{}").text == "<UnknownOperationException/>\n"

    def test_the_json_protocol(self, account: Account) -> None:
        orders = Orders(account, '{"MessageBody": "$util.escapeJavaScript($input.body)"}')
        orders.api.gateway.update_integration(
            **orders.ids,
            patchOperations=[
                {
                    "op": "replace",
                    "path": "/requestParameters/integration.request.header.Content-Type",
                    "value": "'application/x-amz-json-1.0'",
                },
                {
                    "op": "add",
                    "path": "/requestParameters/integration.request.header.X-Amz-Target",
                    "value": "'AmazonSQS.SendMessage'",
                },
            ],
        )
        orders.api.answers(orders.ids, "200")
        assert "MessageId" in orders.post('{"a": "b"}').json()
        assert orders.bodies() == ['{"a": "b"}']


@pytest.mark.contract(21)
class TestQueueIntegrationsRole:
    def test_a_denied_send_goes_through_the_integration_responses(self, account: Account) -> None:
        orders = Orders(account, allowed=False)
        orders.api.answers(orders.ids, "200")
        orders.api.answers(orders.ids, "502", "403")
        answer = orders.post("{}")
        assert answer.status_code == 502
        assert answer.json()["Error"]["Code"] == "AccessDenied"
        assert orders.bodies() == []

    def test_with_one_default_response_a_denied_send_looks_like_success(
        self, account: Account
    ) -> None:
        orders = Orders(account, allowed=False)
        orders.api.answers(
            orders.ids, "200", responseTemplates={"application/json": '{"status": "accepted"}'}
        )
        answer = orders.post("{}")
        assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
        assert orders.bodies() == []

    def test_a_role_that_api_gateway_may_not_assume(self, account: Account) -> None:
        orders = Orders(account)
        orders.api.answers(orders.ids, "200")
        stranger = account.service_role("lambda.amazonaws.com", statement("sqs:*"))
        orders.api.gateway.update_integration(
            **orders.ids,
            patchOperations=[{"op": "replace", "path": "/credentials", "value": stranger}],
        )
        answer = orders.post("{}")
        assert (answer.status_code, answer.json()) == (500, INTERNAL)
        assert orders.bodies() == []

    def test_no_role_at_all_is_refused(self, account: Account) -> None:
        orders = Orders(account)
        code = error(
            orders.api.gateway.put_integration,
            **orders.ids,
            type="AWS",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{account.region}:sqs:path/{account.account}/q",
        )
        assert code == ("BadRequestException", "Role ARN must be specified for AWS integrations")

    def test_a_queue_policy_can_allow_the_role(self, account: Account) -> None:
        orders = Orders(account, allowed=False)
        orders.api.answers(orders.ids, "200")
        allow = statement("sqs:SendMessage", orders.arn) | {"Principal": {"AWS": orders.role}}
        account.client("sqs").set_queue_attributes(
            QueueUrl=orders.url,
            Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})},
        )
        assert orders.post("{}").status_code == 200
        assert orders.bodies() == ["{}"]


@pytest.mark.contract(21)
class TestMapping:
    @pytest.mark.parametrize(
        ("behavior", "status"), [("NEVER", 415), ("WHEN_NO_TEMPLATES", 415), ("WHEN_NO_MATCH", 200)]
    )
    def test_passthrough_behavior(self, account: Account, behavior: str, status: int) -> None:
        orders = Orders(account, passthroughBehavior=behavior)
        orders.api.answers(orders.ids, "200")
        answer = orders.post("Action=SendMessage&MessageBody=plain", "text/plain")
        assert answer.status_code == status
        assert orders.bodies() == (["plain"] if status == 200 else [])

    def test_no_integration_response_is_a_500(self, account: Account) -> None:
        orders = Orders(account)
        answer = orders.post("{}")
        assert (answer.status_code, answer.json()) == (500, INTERNAL)
        assert orders.bodies() == ["{}"]

    def test_a_status_that_the_method_does_not_declare_is_a_500(self, account: Account) -> None:
        orders = Orders(account)
        orders.api.answers(orders.ids, "200")
        orders.api.gateway.delete_method_response(**orders.ids, statusCode="200")
        assert orders.post("{}").status_code == 500

    def test_a_mock_renders_its_template(self, api: Api) -> None:
        ids = api.method(
            api.resource("menu"), "GET", type="MOCK",
            requestTemplates={"application/json": '{"statusCode": 200}'},
        )  # fmt: skip
        api.gateway.put_method_response(
            **ids, statusCode="200", responseParameters={"method.response.header.X-Shop": False}
        )
        api.gateway.put_integration_response(
            **ids,
            statusCode="200",
            responseTemplates={"application/json": '{"stage": "$context.stage"}'},
            responseParameters={"method.response.header.X-Shop": "'cafe'"},
        )
        api.deploy()
        answer = api.call("/menu", "GET")
        assert (answer.status_code, answer.json()) == (200, {"stage": "test"})
        assert answer.headers["X-Shop"] == "cafe"

    def test_a_custom_lambda_integration_maps_errors(self, api: Api, account: Account) -> None:
        function = account.function_arn(
            "def handler(event, context):\n"
            "    if event['name'] == 'nobody':\n"
            "        raise ValueError('NotFound: nobody')\n"
            "    return {'hello': event['name']}"
        )
        ids = api.method(
            api.resource("greet"), type="AWS", integrationHttpMethod="POST",
            uri=invocation_uri(function),
            requestTemplates={"application/json": '{"name": $input.json("$.who")}'},
        )  # fmt: skip
        api.permit(function)
        api.answers(ids, "200")
        api.answers(
            ids, "404", "NotFound.*",
            responseTemplates={"application/json": '{"e": "$input.path("$.errorMessage")"}'},
        )  # fmt: skip
        api.deploy()
        assert api.call("/greet", json={"who": "Min"}).json() == {"hello": "Min"}
        missing = api.call("/greet", json={"who": "nobody"})
        assert (missing.status_code, missing.json()) == (404, {"e": "NotFound: nobody"})
