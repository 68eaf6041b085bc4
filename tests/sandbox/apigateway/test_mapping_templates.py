"""Mapping templates with conditions and loops, seen in the message that a queue gets."""

from __future__ import annotations

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
    return Account(aws.endpoint, aws.account, aws.region)


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
