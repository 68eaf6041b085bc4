"""Items: refusals, conditions, pages, what they cost and what is counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.dynamodb.conftest import Refuse

KILOBYTE = 1024


def order(number: str, **more: Any) -> dict[str, Any]:
    """An order of the customer kim."""
    return {
        "id": {"S": number},
        "customer": {"S": "kim"},
        "placedAt": {"S": number},
    } | more


def test_refusals_name_the_parameter_that_is_wrong(
    dynamodb: Any, table: str, refuse: Refuse
) -> None:
    given = {":s": {"S": "x"}}
    code, text = refuse(
        dynamodb.scan,
        TableName=table,
        FilterExpression="status = :s",
        ExpressionAttributeValues=given,
    )
    reserved = "Attribute name is a reserved keyword; reserved keyword: status"
    assert (code, text) == ("ValidationException", f"Invalid FilterExpression: {reserved}")
    assert refuse(
        dynamodb.query,
        TableName=table,
        IndexName="by-customer",
        KeyConditionExpression="customer = :s",
        FilterExpression="placedAt = :s",
        ExpressionAttributeValues=given,
    )[1] == (
        "Filter Expression can only contain non-primary key attributes: "
        "Primary key attribute: placedAt"
    )
    assert (
        refuse(
            dynamodb.query,
            TableName=table,
            IndexName="by-customer",
            KeyConditionExpression="customer = :s",
            ExpressionAttributeValues=given,
            ConsistentRead=True,
        )[1]
        == "Consistent reads are not supported on global secondary indexes"
    )


def test_a_number_is_not_added_to_a_text(dynamodb: Any, table: str, refuse: Refuse) -> None:
    dynamodb.put_item(TableName=table, Item=order("1", note={"S": "text"}, count={"N": "1"}))
    update = {"TableName": table, "Key": {"id": {"S": "1"}}}
    one = {":one": {"N": "1"}}
    for expression in ("SET note = note + :one", "ADD note :one"):
        code, text = refuse(
            dynamodb.update_item,
            **update,
            UpdateExpression=expression,
            ExpressionAttributeValues=one,
        )
        assert code == "ValidationException"
        assert text == "An operand in the update expression has an incorrect data type"
    answer = dynamodb.update_item(
        **update,
        UpdateExpression="ADD #c :one",
        ExpressionAttributeNames={"#c": "count"},
        ExpressionAttributeValues=one,
        ReturnValues="UPDATED_NEW",
    )
    assert answer["Attributes"] == {"count": {"N": "2"}}


def test_a_failed_condition_brings_the_old_item(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=order("1"))
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName=table,
            Item=order("1", note={"S": "again"}),
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"] == order("1")
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})["Item"] == order("1")


@pytest.mark.parametrize(("size", "units"), [(1, 1), (4000, 1), (4200, 2), (40_000, 10)])
def test_a_read_costs_by_its_size_and_consistency(
    dynamodb: Any, table: str, size: int, units: int
) -> None:
    dynamodb.put_item(TableName=table, Item=order("1", note={"S": "x" * size}))
    key = {"TableName": table, "Key": {"id": {"S": "1"}}, "ReturnConsumedCapacity": "TOTAL"}

    def cost(**more: Any) -> dict[str, Any]:
        capacity: dict[str, Any] = dynamodb.get_item(**key, **more)["ConsumedCapacity"]
        return capacity

    assert cost() == {"TableName": table, "CapacityUnits": units / 2}
    assert cost(ConsistentRead=True)["CapacityUnits"] == units
    batch = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": [key["Key"], {"id": {"S": "nobody"}}]}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert batch["ConsumedCapacity"][0]["CapacityUnits"] == (units + 1) / 2


def test_a_query_costs_by_all_that_it_reads(dynamodb: Any, table: str) -> None:
    for number in range(10):
        dynamodb.put_item(TableName=table, Item=order(str(number), note={"S": "x" * 1000}))
    answer = dynamodb.query(
        TableName=table,
        IndexName="by-customer",
        KeyConditionExpression="customer = :c",
        FilterExpression="note = :nothing",
        ExpressionAttributeValues={":c": {"S": "kim"}, ":nothing": {"S": "nothing"}},
        ReturnConsumedCapacity="INDEXES",
    )
    assert (answer["Count"], answer["ScannedCount"]) == (0, 10)
    capacity = answer["ConsumedCapacity"]
    assert capacity["CapacityUnits"] == 1.5  # about 10.3 KB, three blocks of 4 KB, half price
    assert capacity["GlobalSecondaryIndexes"]["by-customer"]["CapacityUnits"] == 1.5


def test_a_page_ends_at_one_megabyte_and_at_the_limit(dynamodb: Any, table: str) -> None:
    for number in range(4):
        note = {"S": "x" * 350 * KILOBYTE}
        dynamodb.put_item(TableName=table, Item=order(str(number), note=note))
    first = dynamodb.scan(TableName=table)
    assert first["Count"] == 2
    rest = dynamodb.scan(TableName=table, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert rest["Count"] == 2
    assert dynamodb.scan(TableName=table, Limit=1)["Count"] == 1


def test_an_answer_of_a_batch_holds_sixteen_megabytes(dynamodb: Any, table: str) -> None:
    keys = [{"id": {"S": str(number)}} for number in range(50)]
    for key in keys:
        dynamodb.put_item(TableName=table, Item=key | {"note": {"S": "x" * 390 * KILOBYTE}})
    answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
    got = {item["id"]["S"] for item in answer["Responses"][table]}
    left = {key["id"]["S"] for key in answer["UnprocessedKeys"][table]["Keys"]}
    assert len(got) == 42  # 42 × 390 KB are 16,380 KB; 16 MB are 16,384
    assert got | left == {key["id"]["S"] for key in keys}
    assert not got & left


def test_a_transaction_happens_whole_once_or_not(dynamodb: Any, table: str, refuse: Refuse) -> None:
    put = {
        "TableName": table,
        "Item": order("1"),
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    count = {
        "TableName": table,
        "Key": {"id": {"S": "counter"}},
        "UpdateExpression": "ADD orders :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    both = [{"Put": put}, {"Update": count}]
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=both, ClientRequestToken="order-1")
    counter = dynamodb.get_item(TableName=table, Key={"id": {"S": "counter"}})["Item"]
    assert counter["orders"] == {"N": "1"}
    code, _ = refuse(
        dynamodb.transact_write_items, TransactItems=both[:1], ClientRequestToken="order-1"
    )
    assert code == "IdempotentParameterMismatchException"
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=both, ClientRequestToken="order-1-again")
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None"]
    assert reasons[0]["Item"] == order("1")
    code, text = refuse(
        dynamodb.transact_write_items,
        TransactItems=[{"Put": put | {"ConditionExpression": "exists(id)"}}],
    )
    assert text == "Invalid ConditionExpression: Invalid function name; function: exists"


def test_requests_and_units_are_counted(aws: Aws, dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=order("1"))
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=table, Item=order("1"), ConditionExpression="attribute_not_exists(id)"
        )
    dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}}, ConsistentRead=True)
    cloudwatch = aws.client("cloudwatch")
    now = dt.datetime.now(dt.UTC)

    def total(metric: str, **dimensions: str) -> float:
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - dt.timedelta(minutes=5),
            EndTime=now + dt.timedelta(minutes=5),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )
        return sum(point["Sum"] for point in answer["Datapoints"])

    wait_for(lambda: total("ConsumedReadCapacityUnits", TableName=table) == 1)
    assert total("ConsumedWriteCapacityUnits", TableName=table) == 2  # a refused one costs, too
    by_index = {"TableName": table, "GlobalSecondaryIndexName": "by-customer"}
    assert total("ConsumedWriteCapacityUnits", **by_index) == 1
    assert total("ConditionalCheckFailedRequests", TableName=table) == 1
    assert total("SuccessfulRequestLatency", TableName=table, Operation="PutItem") > 0
