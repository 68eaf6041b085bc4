"""The life of an execution environment, and what it finds around it."""

from __future__ import annotations

import math
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.sandbox.services.lambda_.environments.starts import A_CORE
from tests.sandbox.conftest import (
    BASIC_EXECUTION,
    FUNCTION_SECONDS,
    Aws,
    wait_for,
    zipped,
)
from tests.sandbox.lambda_.calls_at_once import all_there
from tests.sandbox.lambda_.conftest import COUNTER, report


@pytest.fixture(scope="module")
def counter(aws: Aws) -> str:
    """A function that counts its calls."""
    return aws.function(COUNTER)


class TestLife:
    @pytest.mark.contract(1)
    def test_init_runs_once_and_state_survives(self, aws: Aws) -> None:
        name = aws.function(COUNTER)
        answers = [aws.invoke(name).payload for _ in range(3)]
        assert [answer["calls"] for answer in answers] == [1, 2, 3]
        assert len({answer["pid"] for answer in answers}) == 1

    @pytest.mark.contract(2)
    def test_init_duration_is_in_the_first_report_only(self, aws: Aws) -> None:
        name = aws.function(f"import time\ntime.sleep(0.3)\n{COUNTER}")
        cold, warm = (report(aws.invoke(name).log) for _ in range(2))
        assert float(cold["init"]) >= 300
        assert int(cold["billed"]) == math.ceil(float(cold["duration"]) + float(cold["init"]))
        assert warm["init"] is None
        assert int(warm["billed"]) == math.ceil(float(warm["duration"]))
        assert (cold["size"], cold["status"]) == ("128", None)
        assert int(cold["used"]) > 0

    def test_the_inits_of_a_burst_do_not_wait_for_one_another(self, aws: Aws) -> None:
        everybody = 2 * A_CORE * (os.cpu_count() or 1)
        with all_there(everybody) as port:
            meet = f"socket.create_connection(('127.0.0.1', {port})).recv(1)"
            name = aws.function(f"import socket\nmet = {meet}\n{COUNTER}", Timeout=30)
            with ThreadPoolExecutor(everybody) as threads:
                answers = list(threads.map(lambda _: aws.invoke(name), range(everybody)))
        assert [answer.error for answer in answers] == [None] * everybody
        assert len({answer.payload["pid"] for answer in answers}) == everybody

    @pytest.mark.contract(2)
    def test_used_memory_is_measured(self, aws: Aws) -> None:
        source = "def handler(event, context): return len(b'x' * event * 1_000_000)\n"
        name = aws.function(source, MemorySize=512)
        small, large = (int(report(aws.invoke(name, mb).log)["used"]) for mb in (1, 100))
        assert large - small >= 80

    @pytest.mark.contract(5)
    def test_a_handlers_exception_does_not_end_it(self, aws: Aws, counter: str) -> None:
        before = aws.invoke(counter).payload
        failed = aws.invoke(counter, {"error": "no"})
        after = aws.invoke(counter)
        assert failed.error == "Unhandled"
        assert after.payload == {"calls": before["calls"] + 2, "pid": before["pid"]}
        assert report(after.log)["init"] is None

    @pytest.mark.contract(5)
    @pytest.mark.parametrize(
        ("event", "kind", "text", "status"),
        [
            (
                {"sleep": 60},
                "Sandbox.Timedout",
                "Task timed out after 3.00 seconds",
                "Status: timeout",
            ),
            (
                {"exit": 0},
                "Runtime.ExitError",
                "Runtime exited without providing a reason",
                "Status: error\tError Type: Runtime.ExitError",
            ),
            (
                {"exit": 3},
                "Runtime.ExitError",
                "Runtime exited with error: exit status 3",
                "Status: error\tError Type: Runtime.ExitError",
            ),
        ],
    )
    def test_a_broken_one_initialises_again_within_the_next_call(
        self, aws: Aws, event: dict[str, Any], kind: str, text: str, status: str
    ) -> None:
        seconds = 3 if status == "Status: timeout" else FUNCTION_SECONDS
        name = aws.function(COUNTER, Timeout=seconds)
        before = aws.invoke(name).payload
        failed = aws.invoke(name, event)
        fields = report(failed.log)
        assert failed.payload == {
            "errorType": kind,
            "errorMessage": f"RequestId: {fields['id']} Error: {text}",
        }
        assert fields["status"] == status
        after = aws.invoke(name)
        assert after.payload["calls"] == 1
        assert after.payload["pid"] != before["pid"]
        assert report(after.log)["init"] is None

    @pytest.mark.contract(6)
    def test_a_killed_process(self, aws: Aws) -> None:
        source = "import os\ndef handler(event, context): os.kill(os.getpid(), 9)\n"
        answer = aws.invoke(aws.function(source))
        assert answer.payload["errorType"] == "Runtime.ExitError"
        assert answer.payload["errorMessage"].endswith(
            "Error: Runtime exited with error: signal: killed"
        )

    @pytest.mark.contract(3)
    def test_a_forged_answer_is_a_log_line(self, aws: Aws) -> None:
        source = "import os\ndef handler(event, context):\n    os.write(1, b'{\"result\": 1}')\n"
        answer = aws.invoke(aws.function(source))
        assert answer.payload is None
        assert '{"result": 1}\n' in answer.log


class TestModules:
    def test_what_a_runtime_has_loaded_is_not_looked_for_in_a_package(self, aws: Aws) -> None:
        source = (
            "import logging, traceback, typing\n"
            "found = [m.__name__ for m in (logging, traceback, typing) if hasattr(m, 'ours')]\n"
            "def handler(event, context):\n"
            "    logging.getLogger().warning('seen')\n"
            "    return found\n"
        )
        own = {f"{name}.py": "ours = True\n" for name in ("logging", "traceback", "typing")}
        code = {"ZipFile": zipped({"index.py": source, **own})}
        answer = aws.invoke(aws.function("", Code=code))
        assert (answer.error, answer.payload) == (None, [])
        assert "[WARNING]\t" in answer.log

    def test_what_the_runtime_itself_is_made_of_is_found_in_a_package_alone(self, aws: Aws) -> None:
        source = (
            "import importlib.util\n"
            "import preloaded\n"
            "def handler(event, context):\n"
            "    others = ('private_tmp', 'log_events')\n"
            "    return preloaded.ours, [n for n in others if importlib.util.find_spec(n)]\n"
        )
        code = {"ZipFile": zipped({"index.py": source, "preloaded.py": "ours = True\n"})}
        answer = aws.invoke(aws.function("", Code=code))
        assert (answer.error, answer.payload) == (None, [True, []])


class TestSurroundings:
    @pytest.mark.contract(7)
    def test_tmp_is_private_and_survives(self, aws: Aws) -> None:
        source = (
            "import os, pathlib, time\n"
            "def handler(event, context):\n"
            "    with open('/tmp/orders', 'a') as orders: orders.write('x')\n"
            "    time.sleep(event['seconds'])\n"
            "    if event.get('exit'): os._exit(1)\n"
            "    return [pathlib.Path('/tmp/orders').read_text(), os.listdir('/tmp')]\n"
        )
        one, other = aws.function(source), aws.function(source)
        again = [aws.invoke(one, {"seconds": 0}).payload[0] for _ in range(2)]
        assert again == ["x", "xx"]
        aws.invoke(one, {"seconds": 0, "exit": True})
        assert aws.invoke(one, {"seconds": 0}).payload == ["xxxx", ["orders"]]
        assert aws.invoke(other, {"seconds": 0}).payload == ["x", ["orders"]]

    @pytest.mark.contract(7)
    def test_variables(self, aws: Aws) -> None:
        source = "import os\ndef handler(event, context): return dict(os.environ)\n"
        name = aws.function(
            source, MemorySize=256, Environment={"Variables": {"QUEUE": "orders", "HOME": "/home"}}
        )
        seen = aws.invoke(name).payload
        (stream,) = aws.log(f"/aws/lambda/{name}")
        assert (
            seen.items()
            >= {
                "AWS_DEFAULT_REGION": aws.region,
                "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
                "AWS_LAMBDA_LOG_STREAM_NAME": stream,
                "AWS_REGION": aws.region,
                "HOME": "/home",
                "QUEUE": "orders",
                "TZ": ":UTC",
                "_HANDLER": "index.handler",
            }.items()
        )
        assert seen["LAMBDA_TASK_ROOT"]
        assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")

    @pytest.mark.contract(7)
    def test_context(self, aws: Aws) -> None:
        source = (
            "def handler(event, context):\n"
            "    left = context.get_remaining_time_in_millis()\n"
            "    return {**{k: v for k, v in vars(context).items() if k[0] != '_'}, 'left': left}\n"
        )
        name = aws.function(source, Timeout=7)
        version = aws.client("lambda").publish_version(FunctionName=name)["Version"]
        answer = aws.invoke(name, Qualifier=version)
        arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}:{version}"
        assert answer.payload["invoked_function_arn"] == arn
        assert answer.payload["function_version"] == version
        assert answer.payload["memory_limit_in_mb"] == "128"
        assert answer.payload["aws_request_id"] == report(answer.log)["id"]
        assert f"[{version}]" in answer.payload["log_stream_name"]
        assert 5000 < answer.payload["left"] <= 7000

    @pytest.mark.contract(22)
    def test_boto3_with_the_functions_role(self, aws: Aws) -> None:
        source = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    arn = boto3.client('sts').get_caller_identity()['Arn']\n"
            "    try:\n        boto3.client('sqs').list_queues()\n"
            "    except Exception as error:\n"
            "        return [arn, error.response['Error']['Code']]\n"
        )
        name = aws.function(source)
        arn, code = aws.invoke(name).payload
        assert arn.startswith(f"arn:aws:sts::{aws.account}:assumed-role/")
        assert arn.endswith(f"/{name}")
        assert "AccessDenied" in code

    @pytest.mark.contract(14)
    def test_layers(self, aws: Aws) -> None:
        lambda_ = aws.client("lambda")
        layers = [
            lambda_.publish_layer_version(
                LayerName=aws.name("layer"), Content={"ZipFile": zipped({"python/shared.py": text})}
            )["LayerVersionArn"]
            for text in ("VALUE = 'first'\n", "VALUE = 'last'\n")
        ]
        source = "import shared\ndef handler(event, context): return shared.VALUE\n"
        assert aws.invoke(aws.function(source, Layers=layers)).payload == "last"


MANAGED = "arn:aws:iam::aws:policy/service-role"


class TestRefusals:
    @pytest.mark.contract(15)
    @pytest.mark.parametrize(
        ("settings", "code", "text"),
        [
            ({"Runtime": "java21"}, "InvalidParameterValueException", "exists on AWS but not here"),
            ({"Runtime": "python9.9"}, "InvalidParameterValueException", "enum value set"),
            *(
                (
                    {"Runtime": name},
                    "InvalidParameterValueException",
                    f"The runtime parameter of {name} is no longer supported",
                )
                for name in ("python2.7", "python3.7", "nodejs14.x", "go1.x", "java8", "provided")
            ),
            ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
            ({"MemorySize": 10_241}, "ValidationException", "less than or equal to 10240"),
            (
                {"Environment": {"Variables": {"AWS_REGION": "here"}}},
                "InvalidParameterValueException",
                "Reserved keys used in this request: AWS_REGION",
            ),
            (
                {"Environment": {"Variables": {"BIG": "x" * 4096}}},
                "InvalidParameterValueException",
                "exceeded the 4KB limit",
            ),
        ],
    )
    def test_settings(self, aws: Aws, settings: dict[str, Any], code: str, text: str) -> None:
        with pytest.raises(ClientError, match=re.escape(text)) as refused:
            aws.function(COUNTER, **settings)
        assert refused.value.response["Error"]["Code"] == code
        lambda_, name = aws.client("lambda"), aws.function(COUNTER)
        with pytest.raises(ClientError, match=re.escape(text)):
            lambda_.update_function_configuration(FunctionName=name, **settings)

    @pytest.mark.contract(22)
    def test_a_role_that_lambda_cannot_assume(self, aws: Aws) -> None:
        role = aws.role(service="ec2.amazonaws.com")
        text = "The role defined for the function cannot be assumed by Lambda."
        with pytest.raises(ClientError, match=text):
            aws.function(COUNTER, role=role)

    @pytest.mark.contract(15)
    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            (b"{order", "InvalidRequestContentException"),
            (b'"' + b"x" * (6 * 1024 * 1024) + b'"', "RequestTooLargeException"),
        ],
    )
    def test_payloads(self, aws: Aws, counter: str, payload: bytes, code: str) -> None:
        with pytest.raises(ClientError) as refused:
            aws.client("lambda").invoke(FunctionName=counter, Payload=payload)
        assert refused.value.response["Error"]["Code"] == code

    @pytest.mark.contract(14)
    def test_a_call_before_the_function_is_active(self, aws: Aws) -> None:
        lambda_, name = aws.client("lambda"), aws.name("function")
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=aws.role(),
            Code={"ZipFile": zipped({"index.py": COUNTER})},
        )
        with pytest.raises(ClientError, match="following state: Pending") as refused:
            lambda_.invoke(FunctionName=name)
        assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
        wait_for(
            lambda: lambda_.get_function(FunctionName=name)["Configuration"]["State"] == "Active"
        )
        assert aws.invoke(name).payload["calls"] == 1

    @pytest.mark.parametrize(
        ("settings", "text"),
        [
            ({"DeadLetterConfig": {"TargetArn": "{queue}"}}, "to call SendMessage on SQS"),
            ({"DeadLetterConfig": {"TargetArn": "{topic}"}}, "to call Publish on SNS"),
            (
                {"VpcConfig": {"SubnetIds": ["subnet-0"], "SecurityGroupIds": ["sg-0"]}},
                "to call CreateNetworkInterface on EC2",
            ),
        ],
    )
    def test_a_role_that_lacks_a_right_for_them(
        self, aws: Aws, settings: dict[str, Any], text: str
    ) -> None:
        place = f"{aws.region}:{aws.account}:orders"
        targets = {"{queue}": f"arn:aws:sqs:{place}", "{topic}": f"arn:aws:sns:{place}"}
        if letters := settings.get("DeadLetterConfig"):
            settings = {"DeadLetterConfig": {"TargetArn": targets[letters["TargetArn"]]}}
        with pytest.raises(ClientError, match=text):
            aws.function(COUNTER, **settings)
        name = aws.function(COUNTER)
        with pytest.raises(ClientError, match=text):
            aws.update(name, **settings)

    def test_a_network_that_is_not_there(self, aws: Aws) -> None:
        ec2 = aws.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]
        inside = {"Name": "vpc-id", "Values": [subnet["VpcId"]]}
        groups = ec2.describe_security_groups(Filters=[inside])["SecurityGroups"]
        role = aws.role(BASIC_EXECUTION, f"{MANAGED}/AWSLambdaVPCAccessExecutionRole")

        def attached(subnet_id: str, group_id: str) -> str:
            where = {"SubnetIds": [subnet_id], "SecurityGroupIds": [group_id]}
            return aws.function(COUNTER, role=role, VpcConfig=where)

        with pytest.raises(ClientError, match="The subnet ID 'subnet-0' does not exist"):
            attached("subnet-0", groups[0]["GroupId"])
        with pytest.raises(ClientError, match="The security group 'sg-0' does not exist"):
            attached(subnet["SubnetId"], "sg-0")
        assert attached(subnet["SubnetId"], groups[0]["GroupId"])
