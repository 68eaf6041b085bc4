"""One execution environment: INIT, the log, errors, `/tmp`, variables, the runtimes."""

from __future__ import annotations

import json
import math
import re
import shutil
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import (
    BASIC_EXECUTION,
    FUNCTION_SECONDS,
    Aws,
    aws_of,
    running_sandbox,
    wait_for,
    zipped,
)

REQUEST_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
REPORT = re.compile(
    rf"REPORT RequestId: (?P<id>{REQUEST_ID})\tDuration: (?P<duration>\d+\.\d\d) ms\t"
    r"Billed Duration: (?P<billed>\d+) ms\tMemory Size: (?P<size>\d+) MB\t"
    r"Max Memory Used: (?P<used>\d+) MB\t(?:Init Duration: (?P<init>\d+\.\d\d) ms\t)?"
    r"(?P<status>Status: .*)?\n$"
)
COUNTER = """\
import os
print("init")
calls = 0
def handler(event, context):
    global calls
    calls += 1
    print("one\\ntwo")
    if "error" in event:
        raise ValueError(event["error"])
    if "exit" in event:
        os._exit(event["exit"])
    if "sleep" in event:
        import time
        time.sleep(event["sleep"])
    return {"calls": calls, "pid": os.getpid()}
"""


def report(log: str) -> dict[str, str]:
    """The fields of the REPORT line at the end of a log."""
    match = REPORT.search(log)
    assert match, log
    return match.groupdict()


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


@pytest.mark.contract(3)
class TestLog:
    def test_tail(self, aws: Aws) -> None:
        answer = aws.invoke(aws.function(COUNTER))
        request_id = report(answer.log)["id"]
        lines = answer.log.splitlines(keepends=True)
        assert lines[0] == f"START RequestId: {request_id} Version: $LATEST\n"
        assert lines[1:3] == ["one\n", "two\n"]
        assert lines[3] == f"END RequestId: {request_id}\n"
        assert lines[4].endswith("\t\n")
        assert len(lines) == 5

    def test_tail_is_the_last_4_kb(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): print('x' * 5000)\n")
        log = aws.invoke(name).log
        assert len(log.encode()) == 4096
        assert report(log)

    def test_group_and_stream(self, aws: Aws) -> None:
        name = aws.function(COUNTER)
        calls = [aws.invoke(name) for _ in range(2)]
        ((stream, messages),) = aws.log(f"/aws/lambda/{name}").items()
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
        assert re.fullmatch(
            r"INIT_START Runtime Version: python:\d\.\d+\.v\d+\t"
            rf"Runtime Version ARN: arn:aws:lambda:{aws.region}::runtime:[0-9a-f]{{64}}\n",
            messages[0],
        )
        assert messages[1] == "init\n"
        assert "".join(messages[2:]) == "".join(call.log for call in calls)

    def test_another_group(self, aws: Aws) -> None:
        group = aws.name("/delivery/orders")
        aws.invoke(aws.function(COUNTER, LoggingConfig={"LogGroup": group}))
        assert any("init\n" in messages for messages in aws.log(group).values())

    @pytest.mark.parametrize("allowed", [["sqs:*"], ["logs:CreateLogStream", "logs:PutLogEvents"]])
    def test_nothing_without_the_roles_rights(self, aws: Aws, allowed: list[str]) -> None:
        role = aws.role(policy={"Effect": "Allow", "Action": allowed, "Resource": "*"})
        name = aws.function(COUNTER, role=role)
        assert aws.invoke(name).payload["calls"] == 1
        found = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")
        assert found["logGroups"] == []

    def test_logging_in_awss_format(self, aws: Aws) -> None:
        source = (
            "import logging\nlogging.getLogger().setLevel('INFO')\n"
            "def handler(event, context): logging.info('first\\nsecond')\n"
        )
        name = aws.function(source)
        answer = aws.invoke(name)
        request_id = report(answer.log)["id"]
        (messages,) = aws.log(f"/aws/lambda/{name}").values()
        (message,) = [text for text in messages if "first" in text]
        assert re.fullmatch(
            rf"\[INFO\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\t{request_id}\tfirst\nsecond\n",
            message,
        )

    def test_the_json_format(self, aws: Aws) -> None:
        source = (
            "import logging\ndef handler(event, context):\n"
            "    logging.info('placed %s', 7)\n    logging.debug('unseen')\n"
            "    raise ValueError('no address')\n"
        )
        name = aws.function(source, LoggingConfig={"LogFormat": "JSON"})
        cold, warm = aws.invoke(name), aws.invoke(name)
        request_id = cold.payload["requestId"]
        start, placed, error, end = map(json.loads, cold.log.splitlines())
        assert start["record"] == {"requestId": request_id, "version": "$LATEST"}
        assert (placed["level"], placed["message"]) == ("INFO", "placed 7")
        assert placed["requestId"] == request_id
        assert (error["log_level"], error["errorType"]) == ("ERROR", "ValueError")
        assert end["type"] == "platform.report"
        metrics = end["record"]["metrics"]
        assert metrics["billedDurationMs"] == math.ceil(
            metrics["durationMs"] + metrics["initDurationMs"]
        )
        assert "initDurationMs" not in json.loads(warm.log.splitlines()[-1])["record"]["metrics"]
        (messages,) = aws.log(f"/aws/lambda/{name}").values()
        types = [json.loads(message).get("type") for message in messages[:3]]
        assert types == ["platform.initStart", "platform.initReport", "platform.start"]

    def test_a_timeout_in_the_json_format(self, aws: Aws) -> None:
        name = aws.function(COUNTER, Timeout=1, LoggingConfig={"LogFormat": "JSON"})
        end = json.loads(aws.invoke(name, {"sleep": 5}).log.splitlines()[-1])
        assert end["record"]["status"] == "timeout"

    def test_a_traced_call(self, aws: Aws) -> None:
        source = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']\n"
        role = aws.role(BASIC_EXECUTION, "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess")
        answer = aws.invoke(aws.function(source, role=role, TracingConfig={"Mode": "Active"}))
        trace = dict(part.split("=") for part in answer.payload.split(";"))
        assert trace["Sampled"] == "1"
        assert answer.log.endswith(
            f"\t\nXRAY TraceId: {trace['Root']}\tSegmentId: {trace['Parent']}\tSampled: true\n"
        )

    def test_events_carry_the_time_they_happened(self, aws: Aws) -> None:
        source = (
            "import time\n"
            "def handler(event, context):\n    print('a')\n    time.sleep(0.3)\n    print('b')\n"
        )
        name = aws.function(source)
        aws.invoke(name)
        events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        times = {event["message"]: event["timestamp"] for event in events}
        assert times["b\n"] - times["a\n"] >= 150  # each has the time at which it was read


@pytest.mark.contract(6)
class TestErrors:
    def test_an_exception(self, aws: Aws) -> None:
        source = (
            "def check(order):\n    raise ValueError('no address')\n\n"
            "def handler(event, context):\n    check(event)\n"
        )
        answer = aws.invoke(aws.function(source))
        assert answer.payload == {
            "errorMessage": "no address",
            "errorType": "ValueError",
            "requestId": report(answer.log)["id"],
            "stackTrace": [
                '  File "/var/task/index.py", line 5, in handler\n    check(event)\n',
                '  File "/var/task/index.py", line 2, in check\n'
                "    raise ValueError('no address')\n",
            ],
        }
        assert "[ERROR] ValueError: no address\nTraceback (most recent call last):\n" in answer.log

    @pytest.mark.parametrize(
        ("source", "kind", "text"),
        [
            (
                "import pandas\n",
                "Runtime.ImportModuleError",
                "Unable to import module 'index': No module named 'pandas'",
            ),
            (
                "orders = 1\n",
                "Runtime.HandlerNotFound",
                "Handler 'handler' missing on module 'index'",
            ),
            (
                "\ndef handler(:\n",
                "Runtime.UserCodeSyntaxError",
                "Syntax error in module 'index': invalid syntax (index.py, line 2)",
            ),
            ("raise KeyError('TABLE')\n", "KeyError", "'TABLE'"),
            (
                "import os\nos._exit(7)\n",
                "Runtime.ExitError",
                "RequestId: {id} Error: Runtime exited with error: exit status 7",
            ),
        ],
    )
    def test_a_failed_init(self, aws: Aws, source: str, kind: str, text: str) -> None:
        """INIT fails, is repeated within the call, and fails that too."""
        name = aws.function(source)
        answer = aws.invoke(name)
        fields = report(answer.log)
        assert answer.error == "Unhandled"
        assert answer.payload["errorType"] == kind
        assert answer.payload["errorMessage"] == text.format(id=fields["id"])
        assert fields["init"] is None
        assert fields["status"] == f"Status: error\tError Type: {kind}"
        (messages,) = aws.log(f"/aws/lambda/{name}").values()
        phases = [re.search(r"INIT_REPORT.*Phase: (\w+)\tStatus: error", m) for m in messages]
        assert [match[1] for match in phases if match] == ["init", "invoke"]

    def test_a_missing_module(self, aws: Aws) -> None:
        answer = aws.invoke(aws.function("", file="other.py"))
        assert answer.payload["errorType"] == "Runtime.ImportModuleError"
        assert answer.payload["errorMessage"] == (
            "Unable to import module 'index': No module named 'index'"
        )

    def test_a_result_that_is_no_json(self, aws: Aws) -> None:
        answer = aws.invoke(aws.function("def handler(event, context): return {1}\n"))
        assert answer.payload["errorType"] == "Runtime.MarshalError"
        assert answer.payload["errorMessage"] == (
            "Unable to marshal response: Object of type set is not JSON serializable"
        )

    def test_a_result_that_is_too_large(self, aws: Aws) -> None:
        answer = aws.invoke(aws.function("def handler(event, context): return 'x' * 6_300_000\n"))
        assert answer.payload["errorType"] == "Function.ResponseSizeTooLarge"

    @pytest.mark.parametrize(
        ("result", "text"),
        [
            ("[Decimal('3'), Decimal('2.50'), {'n': Decimal('1E+2')}]", '[3, 2.50, {"n": 1E+2}]'),
            ("[Decimal('NaN'), float('inf')]", "[NaN, Infinity]"),
            ("{'text': b'kimbap', 'quote': Decimal('1')}", '{"text": "kimbap", "quote": 1}'),
            ("b'not JSON'", "not JSON"),
            ("[Order('ord-1', Decimal('9'))]", '[{"number": "ord-1", "total": 9}]'),
            ("'김밥'", '"김밥"'),
        ],
    )
    def test_what_is_no_json_by_itself_is_written_as_aws_does(
        self, aws: Aws, result: str, text: str
    ) -> None:
        source = (
            "from collections import namedtuple\nfrom decimal import Decimal\n"
            "Order = namedtuple('Order', ['number', 'total'])\n"
            f"def handler(event, context): return {result}\n"
        )
        answer = aws.client("lambda").invoke(FunctionName=aws.function(source))
        assert "FunctionError" not in answer
        assert answer["Payload"].read().decode() == text


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
        lambda_, name = aws.client("lambda"), aws.name("layer")
        layers = [
            lambda_.publish_layer_version(
                LayerName=name, Content={"ZipFile": zipped({"python/shared.py": text})}
            )["LayerVersionArn"]
            for text in ("VALUE = 'first'\n", "VALUE = 'last'\n")
        ]
        source = "import shared\ndef handler(event, context): return shared.VALUE\n"
        assert aws.invoke(aws.function(source, Layers=layers)).payload == "last"


@pytest.mark.contract(8)
class TestNode:
    pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")

    SOURCE = (
        "let calls = 0;\n"
        "export const handler = async (event, context) => {\n"
        "  console.log('order', event.id);\n"
        "  if (event.fail) throw new TypeError('no address');\n"
        "  return { calls: ++calls, name: context.functionName };\n"
        "};\n"
    )
    NEVER = "new Promise(() => setTimeout(() => {}, 60_000))"

    def test_life(self, aws: Aws) -> None:
        name = aws.function(self.SOURCE, Runtime="nodejs22.x", file="index.mjs")
        cold, warm = (aws.invoke(name, {"id": i}) for i in range(2))
        assert warm.payload == {"calls": 2, "name": name}
        assert report(cold.log)["init"]
        assert re.search(rf"Z\t{REQUEST_ID}\tINFO\torder 1\n", warm.log)

    def test_an_exception(self, aws: Aws) -> None:
        name = aws.function(self.SOURCE, Runtime="nodejs22.x", file="index.mjs")
        answer = aws.invoke(name, {"fail": True})
        assert answer.error == "Unhandled"
        assert answer.payload["errorType"] == "TypeError"
        assert answer.payload["errorMessage"] == "no address"
        assert answer.payload["trace"][0] == "TypeError: no address"
        assert aws.invoke(name).payload["calls"] == 1

    @pytest.mark.parametrize(
        ("source", "kind"),
        [
            ("export const orders = 1;\n", "Runtime.HandlerNotFound"),
            ("export const handler = ;\n", "Runtime.UserCodeSyntaxError"),
            ("import 'nothing-of-this-name';\n", "Runtime.ImportModuleError"),
        ],
    )
    def test_a_failed_init(self, aws: Aws, source: str, kind: str) -> None:
        name = aws.function(source, Runtime="nodejs22.x", file="index.mjs")
        assert aws.invoke(name).payload["errorType"] == kind

    def test_without_node_there_is_a_clear_error(self) -> None:
        with running_sandbox(PATH="/nothing-here") as sandbox:
            aws = aws_of(sandbox)
            text = "no program `node` was found. Nothing was created."
            with pytest.raises(ClientError, match=text):
                aws.function(self.SOURCE, Runtime="nodejs22.x", file="index.mjs")
            assert aws.client("lambda").list_functions()["Functions"] == []

    def test_the_json_format(self, aws: Aws) -> None:
        source = "exports.handler = async (event) => { console.warn('late', 7); };\n"
        settings = {"Runtime": "nodejs22.x", "file": "index.js"}
        name = aws.function(source, LoggingConfig={"LogFormat": "JSON"}, **settings)
        _, late, end = map(json.loads, aws.invoke(name).log.splitlines())
        assert (late["level"], late["message"]) == ("WARN", "late 7")
        assert late["requestId"] == end["record"]["requestId"]

    @pytest.mark.parametrize(
        ("body", "text", "status"),
        [
            (f"await {NEVER}", "timed out", "timeout"),
            ("process.exit(3)", "exit status 3", "error\tError Type: Runtime.ExitError"),
            ("process.kill(process.pid, 9)", "killed", "error\tError Type: Runtime.ExitError"),
            (
                f"Buffer.alloc(400e6, 1); await {NEVER}",
                "killed",
                "error\tError Type: Runtime.OutOfMemory",
            ),
        ],
    )
    def test_what_ends_it(self, aws: Aws, body: str, text: str, status: str) -> None:
        source = (
            "let calls = 0;\nexports.handler = async (event) => {\n"
            f"  calls += 1;\n  if (event.end) {{ {body}; }}\n  return calls;\n}};\n"
        )
        seconds = 4 if status == "timeout" else FUNCTION_SECONDS
        settings = {"Runtime": "nodejs22.x", "file": "index.js", "Timeout": seconds}
        name = aws.function(source, MemorySize=256, **settings)
        assert [aws.invoke(name).payload for _ in range(2)] == [1, 2]
        failed = aws.invoke(name, {"end": True})
        assert text in failed.payload["errorMessage"]
        assert report(failed.log)["status"] == f"Status: {status}"
        after = aws.invoke(name)
        assert after.payload == 1
        assert report(after.log)["init"] is None

    def test_a_callback(self, aws: Aws) -> None:
        source = "exports.handler = (event, context, callback) => callback(null, event.id + 1);\n"
        name = aws.function(source, Runtime="nodejs22.x", file="index.js")
        assert aws.invoke(name, {"id": 1}).payload == 2


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
                for name in ("python2.7", "python3.8", "nodejs16.x", "go1.x", "java8", "provided")
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
