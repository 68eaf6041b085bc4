"""Cooks an order from the queue, keeps it in the table, and hands it to the saga."""

import json
import os
import time

import boto3
from watch import count, say, span

COOK_S = float(os.environ.get("COOK_S", 0.15))
LATE_S = 3.0

sqs = boto3.client("sqs")
table = boto3.client("dynamodb")
states = boto3.client("stepfunctions")


def handler(event, context):
    for record in event["Records"]:
        try:
            serve(json.loads(record["body"]), record)
        except Exception:
            give_back(record)
            raise


def serve(order, record):
    say("order.cooking", order)
    if order.get("error"):
        raise RuntimeError(f"{order['orderId']}: the kitchen cannot read it")
    with span("cook", order):
        time.sleep(COOK_S)
    keep(order)
    hand_over(order)
    waited_s = time.time() - int(record["attributes"]["SentTimestamp"]) / 1000
    say("order.cooked", order, seconds=round(waited_s, 2))
    count("SecondsToSaga", waited_s, "Seconds")
    count("Late", float(waited_s > LATE_S))


def give_back(record):
    """Let the queue have the order now, and not when its visibility timeout is over."""
    sqs.change_message_visibility(
        QueueUrl=os.environ["QUEUE_URL"],
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=0,
    )


def keep(order):
    name = os.environ["TABLE"]
    item = {"orderId": {"S": order["orderId"]}, "progress": {"S": "cooked"}}
    aws = {"operation": "PutItem", "table_name": name}
    with span("DynamoDB", order, namespace="aws", aws=aws):
        table.put_item(TableName=name, Item=item)


def hand_over(order):
    arn = os.environ["SAGA"]
    aws = {"operation": "StartExecution", "resource_names": [arn.rpartition(":")[2]]}
    given = {"orderId": order["orderId"], "totalKRW": order["totalKRW"]}
    with span("STEPFUNCTIONS", order, namespace="aws", aws=aws):
        states.start_execution(stateMachineArn=arn, input=json.dumps(given))
