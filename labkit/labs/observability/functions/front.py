"""Takes an order from a customer, and puts it into the queue."""

import json
import os

import boto3
from watch import count, say, span

sqs = boto3.client("sqs")


def handler(event, context):
    order = json.loads(event["body"])
    say("order.received", order)
    if os.environ.get("MENU") == "strict" and not order["note"].endswith("."):
        raise ValueError(f"note of {order['orderId']} does not end in a full stop")
    aws = {"operation": "SendMessage", "queue_url": os.environ["QUEUE_URL"]}
    with span("SQS", order, namespace="aws", aws=aws):
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    count("OrdersReceived", 1)
    return {"statusCode": 202, "body": json.dumps({"orderId": order["orderId"]})}
