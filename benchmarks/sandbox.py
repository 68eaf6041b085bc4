"""How quick and how small the sandbox is, beside MiniStack and moto as they come, in one run.

Each row says what the sandbox promises where it promises something, and how many times as much the
others need. What one of them cannot do is a dash: moto runs no function without Docker. Run it on
an idle computer; it says how busy the computer was otherwise.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from tests.sandbox.conftest import Aws, aws_of, running_sandbox
from tests.sandbox.stock import running_stock
from tests.sandbox.test_functions_limits import LOOP

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
TARGETS = ("sandbox", "MiniStack", "moto")
STARTS, COLD, WARM, MESSAGES = 5, 7, 1000, 300
"""How often each figure is measured."""

AT_ONCE = 16
MEMORY = (128, 256, 512, 1024, 1769)
IMPORTS = "import boto3, json, logging"
SILENT = "def handler(event, context): return event\n"
PRINTING = "def handler(event, context):\n    print('order', event)\n    return event\n"

PROMISES = {
    "start to healthy, ms": "< 500",
    "warm call, silent, p50 ms": "< 3",
    "warm call, printing, p50 ms": "< 3",
    **{f"CPU share at {memory} MB, error %": "< 5" for memory in MEMORY},
}

Rows = Iterator[tuple[str, float]]


@dataclass
class Column:
    """One target's figures by name."""

    target: str
    figures: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Measure everything and print the table."""
    idle = psutil.cpu_percent(interval=1)
    steps = [starting, idling, cold, warm, at_once, queueing, cpu_share]
    columns = [Column(target) for target in TARGETS]
    with tqdm(total=len(columns) * len(steps), disable=None) as bar:
        for column in columns:
            with running(column.target) as (aws, pid):
                for step in steps:
                    bar.set_postfix_str(f"{column.target}: {step.__name__}")
                    column.figures |= measured(step, column.target, aws, pid)
                    bar.update()
    print(f"Before the run other programs used {idle:.0f} % of the CPU.\n")
    print_table(columns)
    return 0


def measured(
    step: Callable[[str, Aws, int], Rows], target: str, aws: Aws, pid: int
) -> dict[str, float]:
    """Return the figures of one step, as far as the target can do what it takes."""
    figures: dict[str, float] = {}
    with suppress(ClientError, BotoCoreError, CannotError, pytest.fail.Exception):
        figures.update(step(target, aws, pid))
    return figures


class CannotError(Exception):
    """The target does not do what is to be measured."""


@contextmanager
def running(target: str) -> Iterator[tuple[Aws, int]]:
    """Run a target; give it with its server's process number."""
    with ExitStack() as stack:
        if target == "sandbox":
            sandbox = stack.enter_context(running_sandbox())
            yield aws_of(sandbox), sandbox["server_pid"]
        else:
            endpoint = stack.enter_context(running_stock(target, ACCOUNT, REGION))
            yield Aws(endpoint, ACCOUNT, REGION), listener(endpoint)


def listener(endpoint: str) -> int:
    """Return the number of the process that listens at `endpoint`."""
    port = int(endpoint.rpartition(":")[2])
    (pid,) = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
    }
    return int(pid or 0)


def starting(target: str, aws: Aws, pid: int) -> Rows:
    """Start further ones."""
    took = []
    for _ in range(STARTS):
        started = time.perf_counter()
        with running(target):
            took.append(time.perf_counter() - started)
    yield "start to healthy, ms", statistics.median(took) * 1000


def idling(target: str, aws: Aws, pid: int) -> Rows:
    """Look at the memory of the server and what it has started."""
    server = psutil.Process(pid)
    held = [p.memory_info().rss for p in [server, *server.children(recursive=True)]]
    yield "idle memory, MB", sum(held) / 1e6


def cold(target: str, aws: Aws, pid: int) -> Rows:
    """Call new environments, and run a bare interpreter with the same imports in between."""
    name = aws.function(f"{IMPORTS}\n{SILENT}", MemorySize=1769)
    beyond = []
    for number in range(COLD):
        aws.update(name, Environment={"Variables": {"NUMBER": str(number)}})
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)
        bare = milliseconds(started)
        beyond.append(call(aws, name) - bare)
    yield "cold call beyond a bare interpreter, ms", statistics.median(beyond)


def warm(target: str, aws: Aws, pid: int) -> Rows:
    """Call one function again and again."""
    for kind, source in (("silent", SILENT), ("printing", PRINTING)):
        name = aws.function(source, MemorySize=1769)
        call(aws, name)
        yield from quantiles(f"warm call, {kind}", [call(aws, name) for _ in range(WARM)])


def at_once(target: str, aws: Aws, pid: int) -> Rows:
    """Call one function from many threads."""
    name = aws.function(PRINTING, MemorySize=1769)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda _: call(aws, name), range(5 * AT_ONCE)))
        took = list(threads.map(lambda _: call(aws, name), range(WARM)))
    yield from quantiles(f"warm call, {AT_ONCE} at a time", took)


def queueing(target: str, aws: Aws, pid: int) -> Rows:
    """Send, receive and delete."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=aws.name("orders"))["QueueUrl"]
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


def cpu_share(target: str, aws: Aws, pid: int) -> Rows:
    """Compare what a loop gets with the share that its memory buys."""
    for memory in MEMORY:
        name = aws.function(LOOP, MemorySize=memory, Timeout=30)
        seen = [aws.invoke(name, {"seconds": 1}).payload for _ in range(3)]
        if not all(isinstance(one, dict) and "share" in one for one in seen):
            raise CannotError
        share = statistics.median(one["share"] for one in seen)
        yield f"CPU share at {memory} MB, error %", abs(share / (memory / 1769) - 1) * 100


def call(aws: Aws, name: str) -> float:
    """Invoke a function; return how many milliseconds it took until the payload was read."""
    started = time.perf_counter()
    response: dict[str, Any] = aws.client("lambda").invoke(FunctionName=name, Payload=b"7")
    answer = response["Payload"].read()
    took = milliseconds(started)
    if answer != b"7":
        raise CannotError
    return took


def milliseconds(started: float) -> float:
    """Return the milliseconds since `started`."""
    return (time.perf_counter() - started) * 1000


def quantiles(what: str, took: list[float]) -> Rows:
    """Name the median and the 99th percentile."""
    yield f"{what}, p50 ms", statistics.median(took)
    yield f"{what}, p99 ms", statistics.quantiles(took, n=100)[98]


def print_table(columns: list[Column]) -> None:
    """Print a row for each figure, with the others' ratios to the first column."""
    ours, *others = columns
    names = list(dict.fromkeys(name for column in columns for name in column.figures))
    width = max(map(len, names))
    heads = [head for other in others for head in (other.target, "times")]
    print(f"{'':{width}} {'promise':>8} {ours.target:>10}", *(f"{head:>10}" for head in heads))
    for name in names:
        cells = [f"{PROMISES.get(name, ''):>8}", cell(ours.figures.get(name))]
        for other in others:
            value, own = other.figures.get(name), ours.figures.get(name)
            cells += [cell(value), cell(value / own if value and own and own > 0 else None)]
        print(f"{name:{width}}", *cells)


def cell(value: float | None) -> str:
    """Write a figure, or a dash for none."""
    return f"{'–':>10}" if value is None else f"{value:>10.2f}"


if __name__ == "__main__":
    sys.exit(main())
