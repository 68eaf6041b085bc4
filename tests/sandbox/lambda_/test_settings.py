"""Settings of functions that AWS refuses, and those that the sandbox has not and says so.

Expected values: Lambda API Reference, CreateFunction; Lambda Developer Guide, "Lambda quotas",
"Giving Lambda functions access to resources in an Amazon VPC" and "Log-level filtering".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, zipped
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(15)

CODE = {"ZipFile": zipped({"index.py": "def handler(event, context):\n    return 1\n"})}
IN_A_VPC = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
MOUNT = {
    "Arn": "arn:aws:elasticfilesystem:ap-northeast-2:111122223333:access-point/"
    "fsap-0123456789abcdef0",
    "LocalMountPath": "/mnt/data",
}


@pytest.fixture(scope="module")
def role(aws: Aws) -> str:
    """A role that may be used in a VPC."""
    return aws.role(BASIC_EXECUTION, IN_A_VPC)


@pytest.fixture(scope="module")
def networks(aws: Aws) -> list[dict[str, str]]:
    """Two VPCs, each with a subnet and a group."""
    ec2, made = aws.client("ec2"), []
    for block in ("10.8.0.0/16", "10.9.0.0/16"):
        vpc = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block.replace("/16", "/24"))["Subnet"]
        name = aws.name("group")
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        made.append({"vpc": vpc, "subnet": subnet["SubnetId"], "group": group})
    return made


def create(aws: Aws, role: str, **settings: Any) -> dict[str, Any]:
    request = {
        "FunctionName": aws.name("function"), "Role": role, "Runtime": "python3.13",
        "Handler": "index.handler", "Code": CODE,
    }  # fmt: skip
    made: dict[str, Any] = aws.client("lambda").create_function(**request | settings)
    return made


@pytest.mark.parametrize(
    ("settings", "code", "text"),
    [
        ({"EphemeralStorage": {"Size": 10_241}}, "ValidationException",
         "1 validation error detected: Value '10241' at 'ephemeralStorage.size' failed to satisfy "
         "constraint: Member must have value less than or equal to 10240"),
        ({"Environment": {"Variables": {"1st": "x"}}}, "ValidationException",
         "1 validation error detected: Value '{1st=x}' at 'environment.variables' failed to "
         "satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular "
         "expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"),
        ({"LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "INFO"}},
         "InvalidParameterValueException",
         'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your '
         'request or change the LogFormat to "JSON" and try again.'),
        ({"Runtime": "nodejs22.x", "SnapStart": {"ApplyOn": "PublishedVersions"}},
         "InvalidParameterValueException",
         "SnapStart is not supported for the nodejs22.x runtime."),
    ],
)  # fmt: skip
def test_lambda_refuses(aws: Aws, role: str, settings: Any, code: str, text: str) -> None:
    assert error(create, aws, role, **settings) == (code, text)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        ({"FileSystemConfigs": [MOUNT]}, "file systems (FileSystemConfigs)"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
         "tenant isolation (TenancyConfig)"),
        ({"DurableConfig": {"ExecutionTimeout": 60}}, "durable functions (DurableConfig)"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x.dkr.ecr.ap-northeast-2/x:1"}},
         "container images"),
    ],
)  # fmt: skip
def test_what_the_sandbox_has_not_it_says(aws: Aws, role: str, settings: Any, what: str) -> None:
    code, text = error(create, aws, role, **settings)
    assert (code, text) == (
        "InvalidParameterValueException",
        f"The embedded sandbox has no {what}: AWS has. Nothing was created or changed.",
    )


def test_an_update_is_held_to_the_same(aws: Aws, role: str) -> None:
    name, lambda_ = (
        aws.function("def handler(event, context):\n    return 1\n"),
        aws.client("lambda"),
    )
    code, text = error(
        lambda_.update_function_configuration, FunctionName=name, FileSystemConfigs=[MOUNT]
    )
    assert (code, text[:35]) == (
        "InvalidParameterValueException",
        "The embedded sandbox has no file sy",
    )
    _, text = error(lambda_.update_function_code, FunctionName=name, ImageUri="x")
    assert text == "Please don't provide ImageUri when updating a function with packageType Zip."


def test_a_function_is_in_one_vpc(aws: Aws, role: str, networks: list[dict[str, str]]) -> None:
    one, other = networks
    config = {"SubnetIds": [one["subnet"]], "SecurityGroupIds": [one["group"]]}
    made = create(aws, role, VpcConfig=config)
    assert {k: made["VpcConfig"][k] for k in (*config, "VpcId")} == config | {"VpcId": one["vpc"]}
    for wrong, text in (
        (config | {"SecurityGroupIds": []},
         "SubnetIds and SecurityIds must coexist or be both empty list."),
        (config | {"SecurityGroupIds": [other["group"]]},
         f"The security group '{other['group']}' does not belong to VPC '{one['vpc']}'."),
        (config | {"SubnetIds": [one["subnet"], other["subnet"]]},
         "The subnets of a function must be in one VPC."),
    ):  # fmt: skip
        assert error(create, aws, role, VpcConfig=wrong) == ("InvalidParameterValueException", text)


def test_a_layer_with_an_extension_is_refused(aws: Aws, role: str) -> None:
    lambda_ = aws.client("lambda")
    content = {"ZipFile": zipped({"extensions/watch": "#!/bin/sh\n"})}
    layer = lambda_.publish_layer_version(LayerName=aws.name("layer"), Content=content)
    _, text = error(create, aws, role, Layers=[layer["LayerVersionArn"]])
    assert text == (
        f"The embedded sandbox starts no extensions, and {layer['LayerVersionArn']} has one: AWS "
        "does. Nothing was created or changed."
    )


def test_answers_are_not_streamed(aws: Aws) -> None:
    name = aws.function("def handler(event, context):\n    return 1\n")
    assert error(aws.client("lambda").invoke_with_response_stream, FunctionName=name) == (
        "UnsupportedOperation",
        "The embedded sandbox has no InvokeWithResponseStream of lambda. Nothing was done.",
    )
