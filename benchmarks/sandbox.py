"""How quick and how small the sandbox is, beside MiniStack and moto as they come, in one run.

Each row says what the sandbox promises where it promises something, and how many times as much the
others need; a promise that was not kept is marked. What one of the others cannot do is a dash: moto
runs no function without Docker. The sandbox has to do all of it. Warm calls are a learner's, whose
every request is signed and judged by the student policy; the others know root only. Run it on an
idle computer; it says how busy the computer was otherwise.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from benchmarks._learners import all_at_once
from labkit.aws import policies
from tests.sandbox.conftest import CONFIG, Aws, aws_of, running_sandbox
from tests.sandbox.lambda_.test_limits import LOOP
from tests.sandbox.stock import running_stock

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
    "start to healthy, ms": 500.0,
    "warm call, silent, p50 ms": 3.0,
    "warm call, printing, p50 ms": 3.0,
    "30 accounts, answers and orders lost": 0.0,
    "30 accounts, answers and orders astray": 0.0,
    **{f"CPU share at {memory} MB, error %": 5.0 for memory in MEMORY},
}
"""The most that a figure of the sandbox may be."""

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


@dataclass
class Column:
    """One target's figures by name, and by step why it could not be gone through to its end."""

    target: str
    figures: dict[str, float] = field(default_factory=dict)
    cut_short: dict[str, str] = field(default_factory=dict)

    def fill(self, step: Callable[[Running], Rows], at: Running) -> None:
        """Take the figures of one step, as far as the target can do what it takes."""
        try:
            self.figures.update(step(at))
        except (ClientError, BotoCoreError, CannotError, pytest.fail.Exception) as error:
            self.cut_short[step.__name__] = str(error)

    @property
    def holds(self) -> bool:
        """Whether each step came to its end, and each promise was kept."""
        broken = any(is_broken(name, value) for name, value in self.figures.items())
        return not (broken or self.cut_short)


def main() -> int:
    """Measure and print the table; return 1 if the sandbox did not keep or do all of it."""
    steps = [starting, idling, cold, warm, at_once, queueing, cpu_share, learners]
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
                    column.fill(step, at)
                    bar.update()
    print(f"Before the run other programs used {busy:.0f} % of the CPU.\n")
    print_table(columns)
    for name, why in columns[0].cut_short.items():
        print(f"\nThe sandbox could not be measured by {name}: {why}")
    return int(not columns[0].holds)


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
            aws = Aws(endpoint, ACCOUNT, REGION)
            yield Running(target, aws, listener(endpoint), (ACCOUNT, "sandbox"))


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
    """Look at the memory of the server and what it has started."""
    server = psutil.Process(at.pid)
    held = [p.memory_info().rss for p in [server, *server.children(recursive=True)]]
    yield "idle memory, MB", sum(held) / 1e6


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
    """Call one function again and again."""
    for kind, source in (("silent", SILENT), ("printing", PRINTING)):
        name = at.function(source, MemorySize=1769)
        call(at, name)
        yield from quantiles(f"warm call, {kind}", [call(at, name) for _ in range(WARM)])


def at_once(at: Running) -> Rows:
    """Call one function from many threads."""
    name = at.function(PRINTING, MemorySize=1769)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda _: call(at, name), range(5 * AT_ONCE)))
        took = list(threads.map(lambda _: call(at, name), range(WARM)))
    yield from quantiles(f"warm call, {AT_ONCE} at a time", took)


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
    yield f"{what}, p50 ms", statistics.median(took)
    yield f"{what}, p99 ms", statistics.quantiles(took, n=100)[98]


def print_table(columns: list[Column]) -> None:
    """Print a row for each figure, with the others' ratios to the first column."""
    ours, *others = columns
    names = list(dict.fromkeys(name for column in columns for name in column.figures))
    width = max(map(len, names), default=0)
    heads = [head for other in others for head in (other.target, "times")]
    print(f"{'':{width}} {'promise':>8} {ours.target:>10}", *(f"{head:>10}" for head in heads))
    for name in names:
        own = ours.figures.get(name)
        cells = [promise(name), cell(own)]
        for other in others:
            value = other.figures.get(name)
            cells += [cell(value), cell(value / own if value and own and own > 0 else None)]
        print(f"{name:{width}}", *cells, "  BROKEN" * is_broken(name, own))


def promise(name: str) -> str:
    """Write what is promised of a figure, or nothing."""
    return f"{f'≤ {PROMISES[name]:g}' if name in PROMISES else '':>8}"


def is_broken(name: str, value: float | None) -> bool:
    """Tell whether a figure is larger than promised, or none where one is promised."""
    return name in PROMISES and (value is None or value > PROMISES[name])


def cell(value: float | None) -> str:
    """Write a figure, or a dash for none."""
    return f"{'–':>10}" if value is None else f"{value:>10.2f}"


if __name__ == "__main__":
    sys.exit(main())
