"""How a Node.js call ends, as AWS's runtime interface client ends it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Answer, Aws, aws_of, running_sandbox, zipped

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here")


def call(
    aws: Aws, source: str, *, runtime: str = "nodejs22.x", file: str = "index.js", **more: Any
) -> Answer:
    """Call a new function once."""
    name = aws.function(source, Runtime=runtime, file=file, Timeout=6, **more)
    return aws.invoke(name)


class TestEnds:
    def test_what_a_handler_returns_without_a_promise_is_no_answer(self, aws: Aws) -> None:
        source = "exports.handler = (event) => ({ forgot: 'async' });"
        assert call(aws, source).payload is None
        assert call(aws, source, runtime="nodejs24.x").payload == {"forgot": "async"}

    def test_a_handler_that_never_calls_back_answers_null_at_once(self, aws: Aws) -> None:
        answer = call(aws, "exports.handler = (event, context, callback) => {};")
        assert (answer.payload, answer.error) == (None, None)
        assert "Task timed out" not in answer.log

    def test_a_callback_waits_for_the_event_loop_unless_told_not_to(self, aws: Aws) -> None:
        source = (
            "exports.handler = (event, context, callback) => {{ {first}"
            " setTimeout(() => console.log('later'), 200); callback(null, 'done'); }};"
        )
        waiting = call(aws, source.format(first=""))
        assert (waiting.payload, "later" in waiting.log) == ("done", True)
        at_once = call(aws, source.format(first="context.callbackWaitsForEmptyEventLoop = false;"))
        assert (at_once.payload, "later" in at_once.log) == ("done", False)

    @pytest.mark.parametrize(
        ("end", "payload"),
        [
            ("context.succeed('yes')", "yes"),
            ("context.done(null, 'yes')", "yes"),
            ("setTimeout(() => callback(null, 'yes'), 50)", "yes"),
        ],
    )
    def test_the_contexts_functions_and_the_callback(
        self, aws: Aws, end: str, payload: str
    ) -> None:
        answer = call(aws, f"exports.handler = (event, context, callback) => {{ {end}; }};")
        assert (answer.payload, answer.error) == (payload, None)

    @pytest.mark.parametrize(
        "end",
        ["context.fail(new Error('no'))", "callback(new Error('no'))", "throw new Error('no')"],
    )
    def test_failures(self, aws: Aws, end: str) -> None:
        answer = call(aws, f"exports.handler = (event, context, callback) => {{ {end}; }};")
        assert answer.error == "Unhandled"
        assert (answer.payload["errorType"], answer.payload["errorMessage"]) == ("Error", "no")

    def test_callbacks_are_gone_from_nodejs24(self, aws: Aws) -> None:
        answer = call(
            aws, "exports.handler = (event, context, callback) => callback();", runtime="nodejs24.x"
        )
        assert answer.payload["errorType"] == "Runtime.CallbackHandlerDeprecated"


class TestRejections:
    @pytest.mark.parametrize(
        "rest", ["return 'ok';", "await new Promise((done) => setTimeout(done, 300)); return 'ok';"]
    )
    def test_that_nobody_awaits(self, aws: Aws, rest: str) -> None:
        answer = call(
            aws, f"exports.handler = async () => {{ Promise.reject(new Error('boom')); {rest} }};"
        )
        assert answer.error == "Unhandled"
        assert answer.payload["errorType"] == "Runtime.UnhandledPromiseRejection"
        assert answer.payload["errorMessage"] == "Error: boom"
        assert "ERROR\tUnhandled Promise Rejection" in answer.log
        assert "/var/task/index.js" in answer.log
        assert "bootstrap.mjs" not in answer.log

    def test_the_next_call_begins_anew(self, aws: Aws) -> None:
        source = (
            "let calls = 0; exports.handler = async (event) =>"
            " { calls += 1; if (event.fail) Promise.reject(new Error('boom')); return calls; };"
        )
        name = aws.function(source, Runtime="nodejs22.x", file="index.js")
        assert aws.invoke(name).payload == 1
        assert aws.invoke(name, {"fail": True}).error == "Unhandled"
        assert aws.invoke(name).payload == 1


class TestModules:
    def test_an_import_in_a_common_js_file(self, aws: Aws) -> None:
        answer = call(aws, "import fs from 'fs';\nexport const handler = async () => 1;")
        assert answer.payload["errorType"] == "Runtime.UserCodeSyntaxError"

    def test_an_import_in_an_mjs_file(self, aws: Aws) -> None:
        source = "import fs from 'fs';\nexport const handler = async () => 1;"
        assert call(aws, source, file="index.mjs").payload == 1


class TestJsonLogs:
    def test_nothing_below_the_level_is_written(self, aws: Aws) -> None:
        source = (
            "exports.handler = async () =>"
            " { console.debug('fine'); console.info('said'); console.warn('seen'); };"
        )
        settings = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}
        log = call(aws, source, LoggingConfig=settings).log
        messages = [json.loads(line).get("message") for line in log.splitlines()]
        assert "said" in messages
        assert "seen" in messages
        assert "fine" not in messages

    def test_an_error_has_its_type_message_and_stack(self, aws: Aws) -> None:
        source = """
class Late extends Error { constructor(text) { super(text); this.order = 7; } }
exports.handler = async () => {
  console.error(new Late("late"));
  console.error("a", new RangeError("far"));
};"""
        log = call(aws, source, LoggingConfig={"LogFormat": "JSON"}).log
        lines = [json.loads(line) for line in log.splitlines() if '"ERROR"' in line]
        alone = lines[0]["message"]
        assert (alone["errorType"], alone["errorMessage"], alone["order"]) == ("Late", "late", 7)
        assert alone["stackTrace"][1].strip().startswith("at exports.handler (/var/task/index.js:")
        assert (lines[1]["errorType"], lines[1]["errorMessage"]) == ("RangeError", "far")
        assert lines[1]["message"].startswith("a RangeError: far")

    @pytest.mark.parametrize(
        ("value", "message"), [("5", 5), ("null", None), ("[1]", [1]), ("'a'", "a")]
    )
    def test_what_is_written_alone_stays_what_it_is(
        self, aws: Aws, value: str, message: Any
    ) -> None:
        source = f"exports.handler = async () => console.info({value});"
        log = call(aws, source, LoggingConfig={"LogFormat": "JSON"}).log
        (line,) = [json.loads(one) for one in log.splitlines() if '"INFO"' in one]
        assert line["message"] == message

    def test_what_json_cannot_hold_is_written_as_text(self, aws: Aws) -> None:
        source = (
            "exports.handler = async () => { const a = {}; a.a = a; console.log(a); return 1 };"
        )
        answer = call(aws, source, LoggingConfig={"LogFormat": "JSON"})
        assert answer.payload == 1
        assert "[Circular *1]" in answer.log


def test_no_frame_of_the_sandbox_is_in_a_log(aws: Aws) -> None:
    answer = call(aws, "exports.handler = async () => console.error(new Error('late'));")
    assert "at exports.handler (/var/task/index.js:" in answer.log
    assert "bootstrap" not in answer.log


def test_answers_are_not_streamed_and_the_error_says_so(aws: Aws) -> None:
    source = "exports.handler = awslambda.streamifyResponse(async (event, stream) => stream.end());"
    message = call(aws, source).payload["errorMessage"]
    assert message == "The embedded sandbox does not stream responses"


LAYER = {
    "nodejs/node_modules/greeting/package.json": '{"type": "module", "exports": "./main.js"}',
    "nodejs/node_modules/greeting/main.js": "export const greeting = 'hello';",
}
"""A package that only `import` can load."""


def imported(source: str) -> str:
    """The source of a function that answers with what it imports."""
    return source.replace("X", "greeting").replace("Y", "import('greeting')")


class TestSdk:
    @pytest.mark.parametrize(
        ("file", "source"),
        [
            ("index.js", "require('@aws-sdk/client-s3'); exports.handler = async () => 1;"),
            ("index.mjs", "import '@aws-sdk/client-s3'; export const handler = async () => 1;"),
            ("index.js", "exports.handler = async () => require('@aws-sdk/client-s3');"),
            ("index.mjs", "export const handler = async () => import('@aws-sdk/client-s3');"),
        ],
    )
    def test_the_error_of_a_missing_sdk_says_why(self, aws: Aws, file: str, source: str) -> None:
        answer = call(aws, source, file=file)
        assert "npm install @aws-sdk/client-s3" in answer.payload["errorMessage"]
        assert "Cannot find" in answer.payload["errorMessage"]

    IMPORTS = (
        ("index.mjs", "import { greeting } from 'greeting'; export const handler = async () => X;"),
        ("index.js", "exports.handler = async () => { const { greeting } = await Y; return X; };"),
    )

    @pytest.mark.parametrize(("file", "source"), IMPORTS)
    def test_modules_import_from_a_layer(self, aws: Aws, file: str, source: str) -> None:
        layer = aws.client("lambda").publish_layer_version(
            LayerName=aws.name("layer"), Content={"ZipFile": zipped(LAYER)}
        )["LayerVersionArn"]
        answer = call(aws, imported(source), file=file, Layers=[layer])
        assert (answer.payload, answer.error) == ("hello", None)

    def test_a_missing_module_is_missing_beside_a_layer(self, aws: Aws) -> None:
        layer = aws.client("lambda").publish_layer_version(
            LayerName=aws.name("layer"), Content={"ZipFile": zipped(LAYER)}
        )["LayerVersionArn"]
        source = "import 'farewell'; export const handler = async () => 1;"
        answer = call(aws, source, file="index.mjs", Layers=[layer])
        assert answer.payload["errorType"] == "Runtime.ImportModuleError"
        assert "farewell" in answer.payload["errorMessage"]

    def test_the_owner_may_give_all_functions_packages(self, tmp_path: Path) -> None:
        """As AWS's runtime gives them the SDK; a layer's package goes before."""
        modules = tmp_path / "node_modules"
        package = modules / "@aws-sdk" / "client-s3"
        package.mkdir(parents=True)
        (package / "index.js").write_text("exports.version = 'of the runtime';")
        layer_file = "nodejs/node_modules/@aws-sdk/client-s3/index.js"
        source = "exports.handler = async () => require('@aws-sdk/client-s3').version;"
        with running_sandbox(LABKIT_SANDBOX_NODE_MODULES=str(modules)) as sandbox:
            aws = aws_of(sandbox)
            assert call(aws, source).payload == "of the runtime"
            layer = aws.client("lambda").publish_layer_version(
                LayerName=aws.name("layer"),
                Content={"ZipFile": zipped({layer_file: "exports.version = 'of the layer';"})},
            )["LayerVersionArn"]
            assert call(aws, source, Layers=[layer]).payload == "of the layer"

    def test_of_another_missing_module_nothing_is_said(self, aws: Aws) -> None:
        answer = call(aws, "require('aws-sdk'); exports.handler = async () => 1;")
        assert answer.payload["errorType"] == "Runtime.ImportModuleError"
        assert "npm install" not in answer.payload["errorMessage"]
