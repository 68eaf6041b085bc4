"""Tables: what CreateTable refuses, the states they pass, items that expire."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.dynamodb.conftest import Refuse, definition, keys, status

INVALID = "One or more parameter values were invalid: "
IN_USE = "Attempt to change a resource which is still in use: Table is being "


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"KeySchema": keys("other")},
            INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [other], AttributeDefinitions: [id, customer, placedAt]",
        ),
        (
            {"GlobalSecondaryIndexes": None},
            INVALID + "Number of attributes in KeySchema does not exactly match number of "
            "attributes defined in AttributeDefinitions",
        ),
        ({"GlobalSecondaryIndexes": []}, INVALID + "List of GlobalSecondaryIndexes is empty"),
        (
            {"KeySchema": list(reversed(keys("id", "customer")))},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"BillingMode": "PROVISIONED"},
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified "
            "when BillingMode is PROVISIONED",
        ),
    ],
)
def test_a_table_is_refused(
    aws: Aws, dynamodb: Any, refuse: Refuse, change: dict[str, Any], text: str
) -> None:
    request = definition(aws.name("orders")) | change
    request = {key: value for key, value in request.items() if value is not None}
    assert refuse(dynamodb.create_table, **request) == ("ValidationException", text)


def test_a_table_is_created_changed_and_deleted_in_states(
    aws: Aws, dynamodb: Any, refuse: Refuse
) -> None:
    name = aws.name("orders")
    item = {"id": {"S": "1"}}
    tags = [{"Key": "labkit:run", "Value": "1"}]
    arn = dynamodb.create_table(**definition(name, Tags=tags))["TableDescription"]["TableArn"]
    assert status(dynamodb, name) == "CREATING"
    assert refuse(dynamodb.put_item, TableName=name, Item=item) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )
    assert refuse(dynamodb.delete_table, TableName=name) == (
        "ResourceInUseException",
        IN_USE + f"created: {name}",
    )
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    assert status(dynamodb, name) == "UPDATING"
    dynamodb.put_item(TableName=name, Item=item)
    assert refuse(dynamodb.delete_table, TableName=name)[1] == IN_USE + f"updated: {name}"
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    dynamodb.delete_table(TableName=name)
    assert status(dynamodb, name) == "DELETING"
    assert name in dynamodb.list_tables()["TableNames"]
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == tags
    assert refuse(dynamodb.get_item, TableName=name, Key=item)[0] == "ResourceNotFoundException"
    assert refuse(dynamodb.create_table, **definition(name))[0] == "ResourceInUseException"
    wait_for(lambda: status(dynamodb, name) == "gone")
    assert name not in dynamodb.list_tables()["TableNames"]


def test_an_index_that_is_being_made_cannot_be_read(
    dynamodb: Any, table: str, refuse: Refuse
) -> None:
    index = {
        "IndexName": "by-time",
        "KeySchema": keys("placedAt"),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "placedAt", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    query = {
        "TableName": table,
        "IndexName": "by-time",
        "KeyConditionExpression": "placedAt = :t",
        "ExpressionAttributeValues": {":t": {"S": "now"}},
    }
    assert refuse(dynamodb.query, **query)[1] == (
        "Cannot read from backfilling global secondary index: by-time"
    )
    wait_for(lambda: status(dynamodb, table) == "ACTIVE")
    assert dynamodb.query(**query)["Count"] == 0


def test_an_item_stays_for_a_while_after_its_time(
    aws: Aws, dynamodb: Any, table: str, refuse: Refuse
) -> None:
    on = {"TableName": table, "TimeToLiveSpecification": ttl(enabled=True)}
    dynamodb.update_time_to_live(**on)
    assert refuse(dynamodb.update_time_to_live, **on)[1] == "TimeToLive is already enabled"
    off = on | {"TimeToLiveSpecification": ttl(enabled=False)}
    assert refuse(dynamodb.update_time_to_live, **off)[1] == (
        "Time to live has been modified multiple times within a fixed interval"
    )
    past = str(int(time.time()) - 3600)
    for number, due in (("number", {"N": past}), ("text", {"S": past}), ("later", None)):
        item = {"id": {"S": number}} | ({"expiresAt": due} if due else {})
        dynamodb.put_item(TableName=table, Item=item)
    dynamodb.put_item(
        TableName=table,
        Item={"id": {"S": "just now"}, "expiresAt": {"N": str(int(time.time()))}},
    )

    def there() -> set[str]:
        return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}

    wait_for(lambda: "number" not in there())
    assert there() >= {"text", "later"}
    wait_for(lambda: there() == {"text", "later"})


def ttl(*, enabled: bool) -> dict[str, Any]:
    """A setting of time to live."""
    return {"Enabled": enabled, "AttributeName": "expiresAt"}
