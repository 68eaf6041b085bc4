"""The AWS CDK as its quick start says: bootstrap, deploy, call, update, destroy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for

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


OWN_RESOURCES = """
const { Stack, RemovalPolicy, CfnOutput } = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const logs = require('aws-cdk-lib/aws-logs');
const s3 = require('aws-cdk-lib/aws-s3');
const { BucketDeployment, Source } = require('aws-cdk-lib/aws-s3-deployment');
const { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } =
  require('aws-cdk-lib/custom-resources');

class CdkStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const bucket = new s3.Bucket(this, 'Site', {
      removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true,
    });
    if (process.env.NODE_ONLY) return;
    const greeting = process.env.GREETING || 'hello';
    const menu = Source.jsonData('menu.json', { rice: 1 });
    const sources = [Source.data('index.html', greeting), menu];
    new BucketDeployment(this, 'Deployed', { sources, destinationBucket: bucket });
    const put = {
      service: 'S3', action: 'putObject',
      parameters: { Bucket: bucket.bucketName, Key: 'note.txt', Body: greeting },
      physicalResourceId: PhysicalResourceId.of('note'),
    };
    new AwsCustomResource(this, 'Note', {
      onUpdate: put,
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [bucket.arnForObjects('*')] }),
    });
    const work = new lambda.Function(this, 'Work', {
      runtime: lambda.Runtime.PYTHON_3_13, code: lambda.Code.fromAsset('code'), handler: 'app.work',
      logRetention: process.env.GREETING ? logs.RetentionDays.ONE_DAY : logs.RetentionDays.ONE_WEEK,
    });
    new CfnOutput(this, 'Bucket', { value: bucket.bucketName });
    new CfnOutput(this, 'Group', { value: work.logGroup.logGroupName });
  }
}
module.exports = { CdkStack };
"""


@pytest.fixture
def cdk(aws: Aws, tmp_path: Path) -> tools.Shell:
    """The CDK with an application that `cdk init` has made."""
    return application(aws, tmp_path / "cdk", STACK)


def application(aws: Aws, folder: Path, stack: str) -> tools.Shell:
    """Return the CDK with an application that `cdk init` has made, of one stack."""
    programs = tools.node("cdk")
    folder.mkdir()
    shell = tools.shell(aws, folder, programs)
    shell.run("cdk", "init", "app", "--language=javascript", "--generate-only")
    (folder / "node_modules").symlink_to(programs.parent)
    shell.write({"lib/cdk-stack.js": stack, "code/app.py": CODE})
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


def test_resources_of_its_own(tmp_path: Path) -> None:
    """Those that are functions, in Node.js and in Python, where Node.js has the SDK as on AWS."""
    modules = tools.node("runtime").parent
    with running_sandbox(LABKIT_SANDBOX_NODE_MODULES=str(modules)) as sandbox:
        aws = aws_of(sandbox)
        cdk = application(aws, tmp_path / "cdk", OWN_RESOURCES)
        cdk.run("cdk", "bootstrap")
        made = outputs(cdk)
        assert contents(aws, made["Bucket"]) == {
            "index.html": "hello",
            "menu.json": '{"rice":1}',
            "note.txt": "hello",
        }
        assert retention(aws, made["Group"]) == 7

        outputs(cdk, GREETING="moin")
        changed = contents(aws, made["Bucket"])
        assert (changed["index.html"], changed["note.txt"]) == ("moin", "moin")
        assert retention(aws, made["Group"]) == 1

        cdk.run("cdk", "destroy", "--force")
        names = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
        assert made["Bucket"] not in names


def test_resources_of_its_own_without_the_sdk(aws: Aws, tmp_path: Path) -> None:
    """What Node.js lacks is said where the CDK shows it, and nothing waits for an answer."""
    cdk = application(aws, tmp_path / "cdk", OWN_RESOURCES)
    cdk.run("cdk", "bootstrap")
    with pytest.raises(AssertionError, match="npm install @aws-sdk/client-s3"):
        cdk.run("cdk", "deploy", "--require-approval=never", NODE_ONLY="1")
    cdk.run("cdk", "destroy", "--force", NODE_ONLY="1")


def contents(aws: Aws, bucket: str) -> dict[str, str]:
    """Return what a bucket holds, by key."""
    s3 = aws.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}


def retention(aws: Aws, group: str) -> int:
    """Return for how many days a log group keeps its events."""
    (found,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return int(found["retentionInDays"])
