"""`sam sync` as it comes: its layer of dependencies is a nested stack of its own making."""

from __future__ import annotations

import sys
from pathlib import Path

import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Handler: app.handler
      Runtime: {runtime}
      Events:
        Asked: {{ Type: Api, Properties: {{ Path: /hello, Method: get }} }}
Outputs:
  Api: {{ Value: !Ref ServerlessRestApi }}
"""

HANDLER = """
import json
import idna

def handler(event, context):
    said = "hello " + idna.encode("bücher.example").decode()
    return {"statusCode": 200, "body": json.dumps({"said": said})}
"""

STACK = "--stack-name=synced"


def test_sync_sync_again_and_delete(aws: Aws, tmp_path: Path) -> None:
    sam = tools.shell(aws, tmp_path, tools.python("cli"))
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    sam.write(
        {
            "template.yaml": TEMPLATE.format(runtime=runtime),
            "hello/app.py": HANDLER,
            "hello/requirements.txt": "idna==3.10\n",
        }
    )
    sam.run("sam", "sync", STACK, "--no-watch", typed="y\n")
    cloudformation, s3 = aws.client("cloudformation"), aws.client("s3")
    (stack,) = cloudformation.describe_stacks(StackName="synced")["Stacks"]
    api = stack["Outputs"][0]["OutputValue"]
    url = f"{aws.endpoint}/_aws/execute-api/{api}/Prod/hello"
    assert requests.get(url, timeout=20).json() == {"said": "hello xn--bcher-kva.example"}

    for greeting, more in (("moin", ()), ("salut", ("--code",))):
        sam.write({"hello/app.py": HANDLER.replace("hello ", f"{greeting} ")})
        sam.run("sam", "sync", STACK, "--no-watch", *more, typed="y\n")
        said = requests.get(url, timeout=20).json()["said"]
        assert said == f"{greeting} xn--bcher-kva.example"

    (nested,) = [one for one in cloudformation.describe_stacks()["Stacks"] if "ParentId" in one]
    assert nested["ParentId"] == stack["StackId"]
    inside = cloudformation.describe_stack_resources(StackName=nested["StackName"])
    kinds = [one["ResourceType"] for one in inside["StackResources"]]
    assert kinds == ["AWS::Lambda::LayerVersion"]

    sam.run("sam", "delete", STACK, "--no-prompts")
    left = {one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]}
    assert not {"synced", nested["StackName"]} & left
    names = [f["FunctionName"] for f in aws.client("lambda").list_functions()["Functions"]]
    assert not [name for name in names if name.startswith("synced-")]
    (bucket,) = [
        one["Name"] for one in s3.list_buckets()["Buckets"] if "samclisource" in one["Name"]
    ]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    assert not [key for key in keys if key.startswith("synced/")]
