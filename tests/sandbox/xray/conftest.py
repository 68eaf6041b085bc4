"""Traces to look for, and functions and an API that send some."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, wait_for
from tests.sandbox.delivery import Account, Api

DAEMON = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
QUEUES = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
ACTIVE = {"TracingConfig": {"Mode": "Active"}}
ECHO = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']\n"
FAILS = "def handler(event, context): raise ValueError('no such dish')\n"

Segments = dict[str, dict[str, Any]]


@pytest.fixture
def traced_role(account: Account) -> str:
    """A function's role that may send segments and read queues."""
    return account.role(BASIC_EXECUTION, DAEMON, QUEUES)


def trace_id() -> str:
    """A trace that begins now."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def segment(trace: str, **more: Any) -> dict[str, Any]:
    """A segment of 0.2 s."""
    now = time.time()
    begin = {"name": "shop", "id": secrets.token_hex(8), "trace_id": trace}
    return begin | {"start_time": now - 0.2, "end_time": now} | more


def put(account: Account, *documents: Any) -> list[dict[str, str]]:
    """Send documents; return what was not taken."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    xray = account.client("xray")
    refused = xray.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"]
    return list(refused)


def read(account: Account, trace: str, least: int = 1) -> list[dict[str, Any]]:
    """Wait for a trace of so many segments, and return them."""

    def segments() -> list[dict[str, Any]]:
        found = account.client("xray").batch_get_traces(TraceIds=[trace])["Traces"]
        return [json.loads(one["Document"]) for one in found[0]["Segments"]] if found else []

    wait_for(lambda: len(segments()) >= least)
    return segments()


def by_origin(segments: list[dict[str, Any]]) -> Segments:
    """Segments by what they are of."""
    return {one.get("origin", one["name"]): one for one in segments}


def search(account: Account, expression: str = "", **more: Any) -> list[dict[str, Any]]:
    """The summaries of the last minutes' traces that an expression finds."""
    now = dt.datetime.now(dt.UTC)
    asked = {"FilterExpression": expression} if expression else {}
    period = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(seconds=5)}
    answer = account.client("xray").get_trace_summaries(**asked, **period, **more)
    return list(answer["TraceSummaries"])


def ids(account: Account, expression: str) -> set[str]:
    """The traces that an expression finds."""
    return {one["Id"] for one in search(account, expression)}


def call_with(account: Account, function: str, header: str) -> dict[str, str]:
    """Invoke a function as somebody who has a trace."""
    client = account.client("lambda")

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-sign.lambda.Invoke", add)
    try:
        answer = account.invoke(function)
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", add)
    return {"payload": answer.payload, "log": answer.log}


def order_api(account: Account, role: str, *, tracing: bool) -> Api:
    """An API with a traced function behind its one method, which answers with its header."""
    source = (
        "import json, os\ndef handler(event, context):\n"
        "    return {'statusCode': 200, 'body': json.dumps(os.environ['_X_AMZN_TRACE_ID'])}\n"
    )
    arn = account.function_arn(source, role=role, **ACTIVE)
    api = Api(account)
    api.proxy(api.resource("order"), arn)
    api.permit(arn)
    api.deploy(tracingEnabled=tracing)
    return api
