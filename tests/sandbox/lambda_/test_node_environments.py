"""Execution environments of Node.js."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import (
    FUNCTION_SECONDS,
    Aws,
    aws_of,
    running_sandbox,
)
from tests.sandbox.lambda_.conftest import REQUEST_ID, report


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
