"""Mapping templates with conditions and loops, seen in the message that a queue gets."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, Api

pytestmark = pytest.mark.contract(21)

ORDER = {
    "id": "ord-1",
    "items": [{"name": "tea", "n": 2}, {"name": "cake", "n": 1}],
    "gift": False,
    "krw": 12000,
    "by": {"name": "Kim", "city": "Seoul"},
}


@pytest.fixture(scope="module")
def gateway(aws: Aws) -> Account:
    """The account to test with."""
    return Account.of(aws)


def rendered(account: Account, template: str) -> str:
    """Return what a template makes of `ORDER`: the body that it sends to a queue."""
    api = Api(account)
    resource = api.resource("order")
    url, arn = account.queue()
    role = account.service_role("apigateway.amazonaws.com")
    account.allow(role, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn})
    ids = api.method(
        resource,
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{account.region}:sqs:path/{account.account}/{arn.split(':')[-1]}",
        credentials=role,
        requestParameters={
            "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
        },
        requestTemplates={"application/json": f"Action=SendMessage&MessageBody={template}"},
    )
    api.answers(ids, "200")
    api.deploy()
    answer = api.call("/order", json=ORDER)
    assert answer.status_code == 200, answer.text
    (message,) = account.receive(url)
    return str(message["Body"])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#if($input.path('$.krw') > 10000)big#{else}small#end", "big"),
        ("#if($input.path('$.krw') > 20000)big#elseif($input.path('$.krw') == 12000)even#end",
         "even"),
        ("#if($input.path('$.gift'))gift#{else}plain#end", "plain"),
        ("#if(!$input.path('$.none') && $input.path('$.id') == 'ord-1')yes#end", "yes"),
        ("#if($input.path('$.none') || $input.path('$.by.city') != \"Seoul\")a#{else}b#end", "b"),
        ("#foreach($i in $input.path('$.items'))$i.name:$i.n#if($foreach.hasNext),#end#end",
         "tea:2,cake:1"),
        ("#foreach($i in $input.path('$.items'))$foreach.index-$velocityCount;#end", "0-1;1-2;"),
        ("#set($by = $input.path('$.by'))#foreach($k in $by.keySet())$k=$by.get($k) #end.",
         "name=Kim city=Seoul ."),
        ("#set($items = $input.path('$.items'))#if($items.size() == 2)two#end", "two"),
        ("#foreach($i in $input.path('$.items'))#foreach($j in $input.path('$.items'))$i.n$j.n "
         "#end#end.", "22 21 12 11 ."),
        ("## a comment with #if\n#* and #end *#text", "text"),
        ("#if(($input.path('$.krw') + 1000) * 2 == 26000)sum#end", "sum"),
    ],
)  # fmt: skip
def test_template(gateway: Account, template: str, text: str) -> None:
    assert rendered(gateway, template) == text


def mock(account: Account, request: str, response: str = "", **mapped: object) -> Api:
    """Return an API whose POST /order is a MOCK with these two templates."""
    api = Api(account)
    ids = api.method(
        api.resource("order"), type="MOCK", requestTemplates={"application/json": request}
    )
    api.answers(ids, "200", responseTemplates={"application/json": response}, **mapped)
    api.deploy()
    return api


@pytest.mark.parametrize(
    "template",
    ['{"statusCode": 200}', "{statusCode: 200}", "{statusCode:200}", "{ 'statusCode' : 200 }"],
)
def test_a_mock_takes_keys_without_quotation_marks(gateway: Account, template: str) -> None:
    answer = mock(gateway, template, "done").call("/order", json=ORDER)
    assert (answer.status_code, answer.text) == (200, "done")


def test_a_template_overrides_status_and_headers(gateway: Account) -> None:
    request = (
        "#set($context.responseOverride.status = 418)"
        '#set($context.responseOverride.header["X-Kind"] = "teapot")'
        '{"statusCode": 200}'
    )
    answer = mock(gateway, request, "$context.responseOverride.status").call("/order", json=ORDER)
    assert answer.status_code == 418
    assert answer.headers["X-Kind"] == "teapot"
    assert answer.text == "418"


def test_context_knows_the_request(gateway: Account) -> None:
    names = ["requestTimeEpoch", "requestTime", "resourceId", "resourcePath", "domainPrefix"]
    template = "|".join(f"$context.{name}" for name in names)
    api = mock(gateway, '{"statusCode": 200}', template)
    epoch, time, resource, path, prefix = api.call("/order", json=ORDER).text.split("|")
    resources = api.gateway.get_resources(restApiId=api.id)["items"]
    assert abs(int(epoch) / 1000 - dt.datetime.now().timestamp()) < 60
    assert dt.datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z").timestamp() == int(epoch) // 1000
    assert resource == next(one["id"] for one in resources if one["path"] == "/order")
    assert (path, prefix) == ("/order", api.id)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.items[?(@.n > 1)].name')", '["tea"]'),
        ("$input.path('$.items[*].n')", "[2,1]"),
        ("$input.path('$.by')", "{name=Kim, city=Seoul}"),
        ("$input.json('$.nothing')", '""'),
    ],
)
def test_paths_of_the_input(gateway: Account, template: str, text: str) -> None:
    assert rendered(gateway, template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('#set($q = "it\'s")$util.escapeJavaScript($q)', "it\\'s"),
        ('#set($q = "it\'s")$util.escapeJavaScript($q).replaceAll("\\\\\'","\'")', "it's"),
        ("#set($m = {})#set($x = $m.put('a', [1..3]))$m", "{a=[1, 2, 3]}"),
        ("$util.parseJson('{\"a\": [1]}').a.size()", "1"),
    ],
)
def test_a_response_template(gateway: Account, template: str, text: str) -> None:
    api = mock(gateway, '{"statusCode": 200}', template)
    assert api.call("/order", json=ORDER).text == text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("$input.frobnicate()", "$input.frobnicate()"),
        ("$util.toJson('x')", "$util.toJson()"),
        ("#if(true)", "#if without its #end"),
        ("#macro(a)#end", "The directive #macro is not known"),
    ],
)
def test_what_is_not_known_is_a_500_and_a_line_of_the_log(
    gateway: Account, template: str, reason: str
) -> None:
    api = mock(gateway, '{"statusCode": 200}', template)
    answer = api.call("/order", json=ORDER)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})
    resources = api.gateway.get_resources(restApiId=api.id)["items"]
    order = next(one["id"] for one in resources if one["path"] == "/order")
    test = api.gateway.test_invoke_method(
        restApiId=api.id, resourceId=order, httpMethod="POST", body="{}"
    )
    assert test["status"] == 500
    assert f"Execution failed due to configuration error: {reason}" in test["log"]
