"""The AWS CDK as its quick start says: bootstrap, deploy, call, update, destroy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws, wait_for

STACK = """
const { Stack, Duration, CfnOutput } = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const sqs = require('aws-cdk-lib/aws-sqs');
const apigw = require('aws-cdk-lib/aws-apigateway');
const { SqsEventSource } = require('aws-cdk-lib/aws-lambda-event-sources');

class CdkStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const runtime = lambda.Runtime.PYTHON_3_13, code = lambda.Code.fromAsset('code');
    const visibilityTimeout = Duration.seconds(60);
    const queue = new sqs.Queue(this, 'Orders', { enforceSSL: true, visibilityTimeout });
    const take = new lambda.Function(this, 'Take', {
      runtime, code, handler: 'app.take',
      environment: { QUEUE: queue.queueUrl, GREETING: process.env.GREETING || 'hello' },
    });
    queue.grantSendMessages(take);
    const work = new lambda.Function(this, 'Work', { runtime, code, handler: 'app.work' });
    work.addEventSource(new SqsEventSource(queue));
    const defaultCorsPreflightOptions = { allowOrigins: ['*'] };
    const api = new apigw.RestApi(this, 'Api', { defaultCorsPreflightOptions });
    api.root.addResource('orders').addMethod('POST', new apigw.LambdaIntegration(take));
    if (process.env.MORE) new sqs.Queue(this, 'More');
    new CfnOutput(this, 'ApiId', { value: api.restApiId });
    new CfnOutput(this, 'Worker', { value: work.functionName });
  }
}
module.exports = { CdkStack };
"""

CODE = """
import json, os, boto3

def take(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["body"])
    return {"statusCode": 200, "body": json.dumps({"said": os.environ["GREETING"]})}

def work(event, context):
    for record in event["Records"]:
        print("worked on", record["body"])
"""


@pytest.fixture
def cdk(aws: Aws, tmp_path: Path) -> tools.Shell:
    """The CDK with an application that `cdk init` has made."""
    programs, folder = tools.node("cdk"), tmp_path / "cdk"
    folder.mkdir()
    shell = tools.shell(aws, folder, programs)
    shell.run("cdk", "init", "app", "--language=javascript", "--generate-only")
    (folder / "node_modules").symlink_to(programs.parent)
    shell.write({"lib/cdk-stack.js": STACK, "code/app.py": CODE})
    return shell


def outputs(cdk: tools.Shell, **variables: str) -> dict[str, str]:
    """Deploy; return the stack's outputs."""
    cdk.run("cdk", "deploy", "--require-approval=never", "--outputs-file=out.json", **variables)
    found: dict[str, str] = json.loads((cdk.folder / "out.json").read_text())["CdkStack"]
    return found


def test_from_bootstrap_to_destroy(aws: Aws, cdk: tools.Shell) -> None:
    assert "bootstrapped" in cdk.run("cdk", "bootstrap")
    made = outputs(cdk)
    url = f"{aws.endpoint}/_aws/execute-api/{made['ApiId']}/prod/orders"
    assert requests.post(url, "rice", timeout=20).json() == {"said": "hello"}
    preflight = requests.options(url, timeout=20)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    group = f"/aws/lambda/{made['Worker']}"

    def worked() -> bool:
        streams = aws.client("logs").filter_log_events(logGroupName=group)["events"]
        return any("worked on rice" in event["message"] for event in streams)

    wait_for(worked, 60)
    assert "There were no differences" in cdk.run("cdk", "diff")

    outputs(cdk, GREETING="moin", MORE="1")
    assert requests.post(url, "stew", timeout=20).json() == {"said": "moin"}
    names = aws.client("sqs").list_queues(QueueNamePrefix="CdkStack-More")["QueueUrls"]
    assert len(names) == 1

    cdk.run("cdk", "destroy", "--force")
    assert not aws.client("sqs").list_queues(QueueNamePrefix="CdkStack").get("QueueUrls")
    shutil.rmtree(cdk.folder / "cdk.out", ignore_errors=True)
