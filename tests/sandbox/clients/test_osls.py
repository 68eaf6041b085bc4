"""osls, the open fork of the Serverless Framework: deploy, call, change, remove."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws

SERVICE = """
service: orders
provider:
  name: aws
  runtime: python3.13
  region: ap-northeast-2
functions:
  take:
    handler: handler.take
    events:
      - http: { path: orders, method: post, cors: true }
      - sqs: { arn: { "Fn::GetAtt": [Rush, Arn] } }
resources:
  Resources:
    Rush: { Type: "AWS::SQS::Queue" }
"""

HANDLER = """
import json

def take(event, context):
    return {"statusCode": 200, "body": json.dumps({"said": "hello"})}
"""


def test_from_deploy_to_remove(aws: Aws, tmp_path: Path) -> None:
    osls = tools.shell(aws, tmp_path, tools.node("osls"))
    osls.write({"serverless.yml": SERVICE, "handler.py": HANDLER})
    deployed = osls.run("osls", "deploy")
    found = re.search(r"https://(\w+)\.execute-api", deployed)
    assert found, deployed
    url = f"{aws.endpoint}/_aws/execute-api/{found[1]}/dev/orders"
    assert requests.post(url, json={}, timeout=20).json() == {"said": "hello"}
    preflight = requests.options(url, timeout=20)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "hello" in osls.run("osls", "invoke", "--function=take")

    osls.write({"handler.py": HANDLER.replace("hello", "moin")})
    osls.run("osls", "deploy")
    assert requests.post(url, json={}, timeout=20).json() == {"said": "moin"}
    osls.run("osls", "remove")
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert "orders-dev" not in {stack["StackName"] for stack in stacks}
