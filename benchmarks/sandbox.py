"""How quick and how small the sandbox is, beside MiniStack and moto as they come, in one run.

Each row says what the sandbox promises where it promises something, and how many times as much the
others need; a promise that was not kept is marked. A warm call is compared with the client's own
floor: the same call to a server that answers at once, in turn with it. What one of the others
cannot do is a dash: moto runs no function without Docker. The sandbox has to do all of it. Warm
calls are a learner's, whose every request is signed and judged by the student policy; the others
know root only. A call whose trace is recorded is made in turn with one that has none. Run it on an
idle computer; it says how busy the computer was otherwise.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import boto3
import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from benchmarks._floor import running_floor
from benchmarks._generator import send_many, signed
from benchmarks._learners import all_at_once
from benchmarks._table import MEMORY, Column, all_hold, print_table
from labkit.aws import policies
from tests.sandbox.conftest import BASIC_EXECUTION, CONFIG, Aws, aws_of, running_sandbox
from tests.sandbox.lambda_.test_limits import LOOP
from tests.sandbox.stock import running_stock

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
TARGETS = ("sandbox", "MiniStack", "moto")
STARTS, COLD, WARM, MANY, MESSAGES = 5, 7, 1000, 3200, 300
"""How often each figure is measured."""

WARMING = 50
"""Calls before those that count: connections are made, and what is cached is cached."""

SETTLED_SECONDS, IDLE_SECONDS = 2, 10
"""How long a target has to come to rest, and for how long its CPU time is watched then."""

AT_ONCE = 16
WRITES_TRACES = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
IMPORTS = "import boto3, json, logging"
SILENT = "def handler(event, context): return event\n"
PRINTING = "def handler(event, context):\n    print('order', event)\n    return event\n"

Rows = Iterator[tuple[str, float]]


@dataclass(frozen=True)
class Running:
    """A target that runs: with root's rights, its server's process, and the key to call with."""

    target: str
    aws: Aws
    pid: int
    key: tuple[str, str]

    def function(self, source: str, **settings: Any) -> str:
        """Make a function with a name that the student policy knows."""
        return self.aws.function(source, FunctionName=self.aws.name("lk-bench"), **settings)

    @cached_property
    def caller(self) -> Any:
        """A client of Lambda with that key."""
        return boto3.client(
            "lambda",
            endpoint_url=self.aws.endpoint,
            region_name=self.aws.region,
            aws_access_key_id=self.key[0],
            aws_secret_access_key=self.key[1],
            config=CONFIG,
        )


def fill(column: Column, step: Callable[[Running], Rows], at: Running) -> None:
    """Take the figures of one step, as far as the target can do what it takes."""
    try:
        column.figures.update(step(at))
    except (ClientError, BotoCoreError, CannotError, pytest.fail.Exception) as error:
        column.cut_short[step.__name__] = str(error)


def main() -> int:
    """Measure and print the table; return 1 if the sandbox did not keep or do all of it."""
    steps = [starting, idling, cold, warm, tracing, at_once, queueing, cpu_share, learners]
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", action="append", choices=[step.__name__ for step in steps])
    options.add_argument("--alone", action="store_true", help="leave MiniStack and moto out")
    chosen = options.parse_args()
    steps = [step for step in steps if step.__name__ in (chosen.only or [step.__name__])]
    busy = psutil.cpu_percent(interval=1)
    columns = [Column(target) for target in (TARGETS[:1] if chosen.alone else TARGETS)]
    with tqdm(total=len(columns) * len(steps), disable=None) as bar:
        for column in columns:
            with running(column.target) as at:
                for step in steps:
                    bar.set_postfix_str(f"{column.target}: {step.__name__}")
                    fill(column, step, at)
                    bar.update()
    print(f"Before the run other programs used {busy:.0f} % of the CPU.\n")
    print_table(columns)
    for name, why in columns[0].cut_short.items():
        print(f"\nThe sandbox could not be measured by {name}: {why}")
    return int(not all_hold(columns))


class CannotError(Exception):
    """The target does not do what is to be measured."""


@contextmanager
def running(target: str) -> Iterator[Running]:
    """Run a target."""
    with ExitStack() as stack:
        if target == "sandbox":
            sandbox = stack.enter_context(running_sandbox(*policies.sandbox_arguments()))
            key = sandbox["access_key_id"], sandbox["secret_access_key"]
            yield Running(target, aws_of(sandbox), sandbox["server_pid"], key)
        else:
            endpoint = stack.enter_context(running_stock(target, ACCOUNT, REGION))
            aws = Aws(endpoint, ACCOUNT, REGION, "any")
            yield Running(target, aws, listener(endpoint), (ACCOUNT, "any"))


def listener(endpoint: str) -> int:
    """Return the number of the process that listens at `endpoint`."""
    port = int(endpoint.rpartition(":")[2])
    (pid,) = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
    }
    return int(pid or 0)


def starting(at: Running) -> Rows:
    """Start further ones."""
    took = []
    for _ in range(STARTS):
        started = time.perf_counter()
        with running(at.target):
            took.append(time.perf_counter() - started)
    yield "start to healthy, ms", statistics.median(took) * 1000


def idling(at: Running) -> Rows:
    """Look at the memory and the CPU of the server and what it has started, with nothing to do."""
    time.sleep(SETTLED_SECONDS)
    before = cpu_seconds(at)
    time.sleep(IDLE_SECONDS)
    yield "idle CPU, %", (cpu_seconds(at) - before) / IDLE_SECONDS * 100
    yield "idle memory, MB", sum(p.memory_info().rss for p in processes(at)) / 1e6


def processes(at: Running) -> list[psutil.Process]:
    """Return the server's process and those that it has started."""
    server = psutil.Process(at.pid)
    return [server, *server.children(recursive=True)]


def cpu_seconds(at: Running) -> float:
    """Return the CPU time of those processes."""
    return float(sum(sum(process.cpu_times()[:2]) for process in processes(at)))


def cold(at: Running) -> Rows:
    """Call new environments, and run a bare interpreter with the same imports in between."""
    name = at.function(f"{IMPORTS}\n{SILENT}", MemorySize=1769)
    beyond = []
    for number in range(COLD):
        at.aws.update(name, Environment={"Variables": {"NUMBER": str(number)}})
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)
        bare = milliseconds(started)
        beyond.append(call(at, name) - bare)
    yield "cold call beyond a bare interpreter, ms", statistics.median(beyond)


def warm(at: Running) -> Rows:
    """Call one function again and again, in turn with a server that answers at once."""
    with running_floor() as endpoint:
        floor = replace(at, aws=replace(at.aws, endpoint=endpoint))
        for kind, source in (("silent", SILENT), ("printing", PRINTING)):
            name = at.function(source, MemorySize=1769)
            pairs = [(call(at, name), call(floor, name)) for _ in range(WARM + WARMING)]
            ours, theirs = (list(took) for took in zip(*pairs[WARMING:], strict=True))
            what = f"warm call, {kind}"
            yield from quantiles(what, ours)
            yield from quantiles(f"{what}, the client's own floor", theirs)
            yield f"{what}, p50 beside the floor, times", quantile(ours, 50) / quantile(theirs, 50)
            yield f"{what}, p99 beside the floor, times", quantile(ours, 99) / quantile(theirs, 99)


def tracing(at: Running) -> Rows:
    """Call a function that records each call's trace, in turn with one that records none."""
    plain = at.function(SILENT, MemorySize=1769)
    role = at.aws.role(BASIC_EXECUTION, WRITES_TRACES)
    active = at.function(SILENT, MemorySize=1769, Role=role, TracingConfig={"Mode": "Active"})
    sender = replace(at)
    ids = trace_each_call(sender.caller)
    pairs = [(call(sender, active), call(at, plain)) for _ in range(WARM + WARMING)]
    recorded = at.aws.client("xray").batch_get_traces(TraceIds=ids[-5:])["Traces"]
    if [len(trace["Segments"]) for trace in recorded] != [2] * 5:
        raise CannotError(f"of the last five traces there is {recorded}")
    traced, untraced = (list(took) for took in zip(*pairs[WARMING:], strict=True))
    yield from quantiles("traced call", traced)
    yield from quantiles("traced call, the untraced in turn", untraced)
    ours, theirs = quantile(traced, 50), quantile(untraced, 50)
    yield "traced call, p50 beyond the untraced, ms", ours - theirs
    yield "traced call, p50 beside the untraced, times", ours / theirs


def trace_each_call(client: Any) -> list[str]:
    """Send a trace of its own with each call of a client; return the list that takes their ids."""
    ids: list[str] = []

    def add(request: Any, **_: Any) -> None:
        ids.append(f"1-{int(time.time()):08x}-{secrets.token_hex(12)}")
        header = f"Root={ids[-1]};Parent={secrets.token_hex(8)};Sampled=1"
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-sign.lambda.Invoke", add)
    return ids


def at_once(at: Running) -> Rows:
    """Call one function over many connections: by a light client, then from threads of boto3.

    The second has a floor of its own, which no server can go beyond.
    """
    name = at.function(PRINTING, MemorySize=1769)
    what = f"warm call, {AT_ONCE} at a time"
    place, request = signed(at.caller, "Invoke", lambda: call(at, name))
    for times in (5 * AT_ONCE, MANY):
        took, seconds = send_many(place, request, b"7", times, AT_ONCE)
    yield from quantiles(what, took)
    yield f"{what}, calls per second", len(took) / seconds
    yield f"{what}, from boto3, calls per second", per_second(at, name)
    with running_floor() as endpoint:
        floor = replace(at, aws=replace(at.aws, endpoint=endpoint))
        yield f"{what}, from boto3, the client's own most", per_second(floor, name)


def per_second(at: Running, name: str) -> float:
    """Count the calls in a second that threads of one boto3 client make."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda _: call(at, name), range(5 * AT_ONCE)))
        started = time.perf_counter()
        list(threads.map(lambda _: call(at, name), range(WARM)))
        return WARM / (time.perf_counter() - started)


def queueing(at: Running) -> Rows:
    """Send, receive and delete."""
    sqs = at.aws.client("sqs")
    url = sqs.create_queue(QueueName=at.aws.name("orders"))["QueueUrl"]
    sent, received = [], []
    for number in range(MESSAGES):
        started = time.perf_counter()
        sqs.send_message(QueueUrl=url, MessageBody=f"order {number}")
        sent.append(milliseconds(started))
        started = time.perf_counter()
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        received.append(milliseconds(started))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    yield "SQS send, p50 ms", statistics.median(sent)
    yield "SQS receive, p50 ms", statistics.median(received)


def cpu_share(at: Running) -> Rows:
    """Compare what a loop gets with the share that its memory buys."""
    for memory in MEMORY:
        name = at.function(LOOP, MemorySize=memory, Timeout=30)
        seen = [at.aws.invoke(name, {"seconds": 1}).payload for _ in range(3)]
        if not all(isinstance(one, dict) and "share" in one for one in seen):
            raise CannotError(f"a loop at {memory} MB returned {seen}")
        share = statistics.median(one["share"] for one in seen)
        yield f"CPU share at {memory} MB, error %", abs(share / (memory / 1769) - 1) * 100


def learners(at: Running) -> Rows:
    """Let thirty learners do the delivery lab at once."""
    call(at, at.function(SILENT))
    yield from all_at_once(at.aws)


def call(at: Running, name: str) -> float:
    """Invoke a function; return how many milliseconds it took until the payload was read."""
    started = time.perf_counter()
    response: dict[str, Any] = at.caller.invoke(FunctionName=name, Payload=b"7")
    answer = response["Payload"].read()
    took = milliseconds(started)
    if answer != b"7":
        raise CannotError(f"a function that returns its event returned {answer!r}")
    return took


def milliseconds(started: float) -> float:
    """Return the milliseconds since `started`."""
    return (time.perf_counter() - started) * 1000


def quantiles(what: str, took: list[float]) -> Rows:
    """Name the median and the 99th percentile."""
    yield f"{what}, p50 ms", quantile(took, 50)
    yield f"{what}, p99 ms", quantile(took, 99)


def quantile(took: list[float], per_cent: int) -> float:
    """Return a percentile."""
    return statistics.quantiles(took, n=100)[per_cent - 1]


if __name__ == "__main__":
    sys.exit(main())
