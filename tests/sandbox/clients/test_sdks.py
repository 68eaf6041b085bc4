"""SDKs beside boto3: JavaScript v3, aioboto3, and Powertools in a function."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from tests.sandbox.clients import tools
from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for

PROGRAM_IN_JAVASCRIPT = """
const { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, DeleteObjectCommand,
  DeleteBucketCommand } = require("@aws-sdk/client-s3");
const { SQSClient, CreateQueueCommand, SendMessageCommand, ReceiveMessageCommand,
  DeleteQueueCommand } = require("@aws-sdk/client-sqs");
const { SFNClient, StartSyncExecutionCommand } = require("@aws-sdk/client-sfn");

async function main() {
  const s3 = new S3Client({}), sqs = new SQSClient({});
  const Bucket = "javascript-orders", Key = "one.json";
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: "rice" }));
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "javascript-orders" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "stew" }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  const sfn = new SFNClient({ disableHostPrefix: true });
  const input = { stateMachineArn: process.env.MACHINE, input: '{"a": 1}' };
  const execution = await sfn.send(new StartSyncExecutionCommand(input));
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  const got = [await object.Body.transformToString(), Messages[0].Body, execution.status];
  console.log(JSON.stringify(got));
}
main().catch((error) => { console.error(error); process.exit(1); });
"""

PROGRAM_WITH_AIOBOTO3 = """
import asyncio, json
import aioboto3

async def main():
    session = aioboto3.Session()
    async with session.client("sqs") as sqs, session.resource("dynamodb") as dynamodb:
        url = (await sqs.create_queue(QueueName="aio-orders"))["QueueUrl"]
        await asyncio.gather(
            *(sqs.send_message(QueueUrl=url, MessageBody=str(n)) for n in range(20))
        )
        key = [{"AttributeName": "id", "KeyType": "HASH"}]
        table = await dynamodb.create_table(
            TableName="aio-orders", KeySchema=key, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        await table.wait_until_exists()
        async with table.batch_writer() as batch:
            for number in range(30):
                await batch.put_item(Item={"id": str(number)})
        count = (await table.scan(Select="COUNT"))["Count"]
        names = ["ApproximateNumberOfMessages"]
        depth = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        await table.delete()
        await sqs.delete_queue(QueueUrl=url)
        print(json.dumps([count, depth["Attributes"][names[0]]]))

asyncio.run(main())
"""

METERED = """
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger, metrics = Logger(service="orders"), Metrics(namespace="Rush", service="orders")

@logger.inject_lambda_context
@metrics.log_metrics
def handler(event, context):
    metrics.add_metric(name="Taken", unit=MetricUnit.Count, value=event["n"])
    logger.info("took an order")
    return event["n"]
"""


def test_javascript_v3(aws: Aws, tmp_path: Path) -> None:
    machine = aws.client("stepfunctions").create_state_machine(
        name=aws.name("machine"),
        type="EXPRESS",
        roleArn=aws.role(service="states.amazonaws.com"),
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
    )["stateMachineArn"]
    programs = tools.node("sdk")
    shell = tools.shell(aws, tmp_path, Path(shutil.which("node") or "node").parent)
    shell.write({"program.cjs": PROGRAM_IN_JAVASCRIPT})
    (tmp_path / "node_modules").symlink_to(programs.parent)
    written = shell.run("node", "program.cjs", MACHINE=machine)
    assert json.loads(written.splitlines()[-1]) == ["rice", "stew", "SUCCEEDED"]


def test_aioboto3(aws: Aws, tmp_path: Path) -> None:
    shell = tools.shell(aws, tmp_path, tools.python("aioboto3"))
    shell.write({"program.py": PROGRAM_WITH_AIOBOTO3})
    assert json.loads(shell.run("python", "program.py").splitlines()[-1]) == [30, "20"]


def test_powertools_metrics(aws: Aws, tmp_path: Path) -> None:
    home = tools.python("powertools").parent
    (packages,) = home.glob("lib/python3.*/site-packages")
    layer = tmp_path / "layer.zip"
    with zipfile.ZipFile(layer, "w") as archive:
        for name in ("aws_lambda_powertools", "jmespath", "typing_extensions.py"):
            found = packages / name
            for file in [found, *found.rglob("*.py")]:
                if file.is_file():
                    archive.write(file, f"python/{file.relative_to(packages)}")
    published = aws.client("lambda").publish_layer_version(
        LayerName="powertools", Content={"ZipFile": layer.read_bytes()}
    )
    name = aws.function(
        METERED, role=aws.role(BASIC_EXECUTION), Layers=[published["LayerVersionArn"]]
    )
    assert [aws.invoke(name, {"n": n}).payload for n in (1, 2)] == [1, 2]

    def listed() -> bool:
        metrics = aws.client("cloudwatch").list_metrics(Namespace="Rush")["Metrics"]
        return any(metric["MetricName"] == "Taken" for metric in metrics)

    wait_for(listed, 30)
