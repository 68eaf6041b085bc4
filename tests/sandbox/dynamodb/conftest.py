"""What the tests of DynamoDB share: tables, and refusals in AWS's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, wait_for

Refuse = Callable[..., tuple[str, str]]


@pytest.fixture
def dynamodb(aws: Aws) -> Any:
    """A client of DynamoDB."""
    return aws.client("dynamodb")


@pytest.fixture
def table(aws: Aws, dynamodb: Any) -> str:
    """An active table with the key `id` and an index by `customer` and `placedAt`."""
    name = aws.name("orders")
    dynamodb.create_table(**definition(name))
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    return name


@pytest.fixture
def refuse() -> Refuse:
    """Call what AWS refuses; return the code and the text."""

    def call(operation: Callable[..., Any], **request: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            operation(**request)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call


def definition(name: str, **more: Any) -> dict[str, Any]:
    """The request that creates the tests' table."""
    defined = ("id", "customer", "placedAt")
    index = {
        "IndexName": "by-customer",
        "KeySchema": keys("customer", "placedAt"),
        "Projection": {"ProjectionType": "ALL"},
    }
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in defined],
        "KeySchema": keys("id"),
        "GlobalSecondaryIndexes": [index],
    } | more


def keys(partition: str, sort: str | None = None) -> list[dict[str, str]]:
    """A key schema."""
    names = [(partition, "HASH")] + ([(sort, "RANGE")] if sort else [])
    return [{"AttributeName": name, "KeyType": kind} for name, kind in names]


def status(dynamodb: Any, name: str) -> str:
    """The state of a table; "gone" if there is none."""
    try:
        return str(dynamodb.describe_table(TableName=name)["Table"]["TableStatus"])
    except dynamodb.exceptions.ResourceNotFoundException:
        return "gone"
