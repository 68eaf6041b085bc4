"""The AWS CLI and the SAM CLI, each as it comes from PyPI, with the delivery service.

They live in an environment of their own below `out/`, made at the first run: half a gigabyte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws, wait_for

pytestmark = pytest.mark.contract(29)

TEMPLATE = (Path(__file__).parents[1] / "delivery.sam.yaml").read_text()
STACK = ("--stack-name", "delivery")


@dataclass(frozen=True)
class Shell:
    """A shell with both tools."""

    tools: tools.Shell

    def aws(self, *arguments: str) -> str:
        """Run the AWS CLI; version 1 needs the endpoint as an option for SQS."""
        endpoint = self.tools.variables["AWS_ENDPOINT_URL"]
        return self.tools.run("aws", "--endpoint-url", endpoint, *arguments)

    def sam(self, *arguments: str) -> str:
        """Run the SAM CLI."""
        return self.tools.run("sam", *arguments)


@pytest.fixture(scope="module")
def shell(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Both tools, pointed at the sandbox by AWS's own variables, with the service's sources."""
    folder = tmp_path_factory.mktemp("delivery")
    before, _, rest = TEMPLATE.partition("      InlineCode: |\n")
    source, _, after = rest.partition("      Events:\n")
    text = f"{before}      CodeUri: code/\n      Events:\n{after}"
    (folder / "template.yaml").write_text(text)
    (folder / "code").mkdir()
    (folder / "code" / "index.py").write_text(source.replace("\n        ", "\n").lstrip())
    return Shell(tools.shell(aws, folder, tools.python("cli")))


def test_the_delivery_service(aws: Aws, shell: Shell) -> None:
    shell.sam("validate", "--lint")
    shell.sam("build")
    shell.aws("s3", "mb", "s3://delivery-code")
    shell.sam(
        "deploy",
        *STACK,
        "--s3-bucket=delivery-code",
        "--capabilities=CAPABILITY_IAM",
        "--no-confirm-changeset",
        "--no-progressbar",
    )
    query = "Stacks[0].Outputs"
    described = shell.aws("cloudformation", "describe-stacks", *STACK, "--query", query)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in json.loads(described)}

    url = f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}/test/orders"
    assert requests.post(url, json={"menu": "rice & stew"}, timeout=10).status_code == 200
    shell.aws(
        "sqs",
        "send-message",
        f"--queue-url={outputs['QueueUrl']}",
        "--message-body=from the command line",
    )
    wait_for(lambda: "from the command line" in shell.sam("logs", *STACK), seconds=60)
    assert "rice & stew" in shell.sam("logs", *STACK)

    name = outputs["FunctionName"]
    shell.aws("lambda", "invoke", f"--function-name={name}", "answer.json")
    assert json.loads((shell.tools.folder / "answer.json").read_text())["statusCode"] == 200
    assert "open" in shell.sam("remote", "invoke", "OrderFunction", *STACK)

    shell.sam("delete", *STACK, "--no-prompts")
    functions = json.loads(shell.aws("lambda", "list-functions"))["Functions"]
    assert name not in {function["FunctionName"] for function in functions}
    queues = json.loads(shell.aws("sqs", "list-queues") or "{}").get("QueueUrls", [])
    assert outputs["QueueUrl"] not in queues


def test_the_aws_cli_reads_a_network(shell: Shell) -> None:
    created = json.loads(shell.aws("ec2", "create-vpc", "--cidr-block=10.0.0.0/16"))
    vpc = created["Vpc"]["VpcId"]
    found = json.loads(shell.aws("ec2", "describe-vpcs", f"--vpc-ids={vpc}"))
    assert found["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    shell.aws("ec2", "delete-vpc", f"--vpc-id={vpc}")
