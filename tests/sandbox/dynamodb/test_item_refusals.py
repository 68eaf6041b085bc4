"""What AWS refuses of items, batches and transactions, each once taken in silence."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.dynamodb.conftest import Refuse, definition, keys, status

INVALID = "One or more parameter values were invalid: "


@pytest.fixture(scope="module")
def orders(aws: Aws) -> str:
    """A table with one item and an index that holds keys alone."""
    dynamodb = aws.client("dynamodb")
    name = aws.name("orders")
    index = {
        "IndexName": "by-customer",
        "KeySchema": keys("customer", "placedAt"),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    dynamodb.create_table(**definition(name, GlobalSecondaryIndexes=[index]))
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    dynamodb.put_item(TableName=name, Item=item("1"))
    return name


def item(number: str, **more: Any) -> dict[str, Any]:
    """An order."""
    return {"id": {"S": number}} | more


def key(number: str) -> dict[str, Any]:
    """The key of an order."""
    return {"id": {"S": number}}


def reasons(dynamodb: Any, operation: str, actions: list[dict[str, Any]]) -> list[str]:
    """Why AWS cancels a transaction, by action; empty for an action that it did not mind."""
    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(TransactItems=actions)
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    told = caught.value.response["CancellationReasons"]
    assert all((one["Code"] == "ValidationError") == ("Message" in one) for one in told)
    return [one.get("Message", "") for one in told]


def test_a_key_that_does_not_fit_cancels_a_transaction(dynamodb: Any, orders: str) -> None:
    def put(given: dict[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": orders, "Item": given}}

    no_fit = "The provided key element does not match the schema"
    actions = [put(item("8")), put({"name": {"S": "x"}})]
    assert reasons(dynamodb, "transact_write_items", actions) == [
        "",
        INVALID + "Missing the key id in the item",
    ]
    actions = [{"Delete": {"TableName": orders, "Key": key("1") | {"x": {"S": "1"}}}}]
    assert reasons(dynamodb, "transact_write_items", actions) == [no_fit]
    change = {
        "TableName": orders,
        "Key": key("1"),
        "UpdateExpression": "SET #k = :other",
        "ExpressionAttributeNames": {"#k": "id"},
        "ExpressionAttributeValues": {":other": {"S": "2"}},
    }
    assert reasons(dynamodb, "transact_write_items", [{"Update": change}]) == [
        INVALID + "Cannot update attribute id. This attribute is part of the key"
    ]
    actions = [{"Get": {"TableName": orders, "Key": {"name": {"S": "x"}}}}]
    assert reasons(dynamodb, "transact_get_items", actions) == [no_fit]
    assert dynamodb.scan(TableName=orders)["Items"] == [item("1")]


def test_an_action_is_one_thing(dynamodb: Any, orders: str, refuse: Refuse) -> None:
    both = {
        "Put": {"TableName": orders, "Item": item("2")},
        "Delete": {"TableName": orders, "Key": key("1")},
    }
    assert refuse(dynamodb.transact_write_items, TransactItems=[both]) == (
        "ValidationException",
        "TransactItems can only contain one of Check, Put, Update or Delete",
    )
    write = {"PutRequest": {"Item": item("2")}, "DeleteRequest": {"Key": key("1")}}
    code, _ = refuse(dynamodb.batch_write_item, RequestItems={orders: [write]})
    assert code == "ValidationException"
    assert dynamodb.scan(TableName=orders)["Items"] == [item("1")]


def test_a_batch_of_reads_is_looked_at_like_a_read(
    dynamodb: Any, orders: str, table: str, refuse: Refuse
) -> None:
    for more, text in (
        (
            {"ProjectionExpression": "status"},
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; "
            "reserved keyword: status",
        ),
        (
            {"ProjectionExpression": "#n"},
            "Invalid ProjectionExpression: An expression attribute name used in the document path "
            "is not defined; attribute name: #n",
        ),
        (
            {"ProjectionExpression": "note", "ExpressionAttributeNames": {"#n": "name"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}",
        ),
        (
            {"AttributesToGet": ["note", "note"]},
            INVALID + "Duplicate value in attribute name: note",
        ),
    ):
        asked = {"Keys": [key("1")]} | more
        assert refuse(dynamodb.batch_get_item, RequestItems={orders: asked})[1] == text
    many = {"Keys": [key(str(number)) for number in range(60)]}
    _, text = refuse(dynamodb.batch_get_item, RequestItems={orders: many, table: many})
    assert text == "Too many items requested for the BatchGetItem call"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"Select": "ALL_ATTRIBUTES"},
            INVALID + "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            "by-customer because its projection type is not ALL",
        ),
        (
            {"ProjectionExpression": "note, id, price"},
            INVALID + "Global secondary index by-customer does not project [note, price]",
        ),
        (
            {"ExclusiveStartKey": {"customer": {"S": "kim"}}},
            "The provided starting key is invalid",
        ),
        (
            {
                "ExclusiveStartKey": {
                    "id": {"S": "1"}, "customer": {"S": "kim"}, "placedAt": {"N": "1"},
                }
            },
            "The provided starting key is invalid: The provided key element does not match "
            "the schema",
        ),
    ],
)  # fmt: skip
def test_an_index_gives_what_it_holds(
    dynamodb: Any, orders: str, refuse: Refuse, more: dict[str, Any], text: str
) -> None:
    query = {
        "TableName": orders,
        "IndexName": "by-customer",
        "KeyConditionExpression": "customer = :c",
        "ExpressionAttributeValues": {":c": {"S": "kim"}},
    }
    assert refuse(dynamodb.query, **query, **more) == ("ValidationException", text)
    scan = {"TableName": orders, "IndexName": "by-customer"}
    assert refuse(dynamodb.scan, **scan, **more) == ("ValidationException", text)


def test_a_query_has_a_condition(dynamodb: Any, orders: str, refuse: Refuse) -> None:
    assert refuse(dynamodb.query, TableName=orders)[1] == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request."
    )
    names = [f":v{number}" for number in range(101)]
    values = {name: {"S": name} for name in names}
    scan = {
        "TableName": orders,
        "FilterExpression": f"note IN ({', '.join(names)})",
        "ExpressionAttributeValues": values,
    }
    assert refuse(dynamodb.scan, **scan)[1] == (
        "Invalid FilterExpression: The IN operator is provided with too many operands; "
        "number of operands: 101"
    )


def test_values_names_and_older_parameters_are_looked_at(
    dynamodb: Any, orders: str, refuse: Refuse
) -> None:
    update = {
        "TableName": orders,
        "Key": key("1"),
        "UpdateExpression": "SET tags = :none",
        "ExpressionAttributeValues": {":none": {"SS": []}},
    }
    assert refuse(dynamodb.update_item, **update)[1] == (
        "ExpressionAttributeValues contains invalid value: "
        f"{INVALID}An string set  may not be empty for key :none"
    )
    put = {"TableName": orders, "Item": item("2")}
    assert refuse(dynamodb.put_item, **put | {"Item": item("2") | {"": {"S": "x"}}})[1] == (
        "Empty attribute name"
    )
    for value in ("UPDATED_NEW", "ALL_NEW"):
        assert refuse(dynamodb.put_item, **put, ReturnValues=value)[1] == (
            "1 validation error detected: ReturnValues can only be ALL_OLD or NONE"
        )
    assert refuse(dynamodb.put_item, **put, ConditionalOperator="AND")[1] == (
        "ConditionalOperator cannot be used without Filter or Expected"
    )
    older = {"TableName": orders, "Key": key("1"), "AttributeUpdates": {"note": {"Action": "PUT"}}}
    assert refuse(dynamodb.update_item, **older)[1] == (
        INVALID + "Only DELETE action is allowed when no attribute value is specified"
    )
    assert dynamodb.scan(TableName=orders)["Items"] == [item("1")]
