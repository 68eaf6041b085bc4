"""What a function writes, and what is said of one that fails."""

from __future__ import annotations

import json
import math
import re

import pytest

from tests.sandbox.conftest import (
    BASIC_EXECUTION,
    Aws,
)
from tests.sandbox.lambda_.conftest import COUNTER, report


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


def test_where_only_the_runtime_was_running_there_is_no_frame(aws: Aws) -> None:
    answer = aws.invoke(aws.function("def handler(event):\n    return 1\n"))
    assert (
        answer.payload["errorMessage"] == "handler() takes 1 positional argument but 2 were given"
    )
    assert answer.payload["stackTrace"] == []
