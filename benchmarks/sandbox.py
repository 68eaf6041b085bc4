"""How quick the sandbox is: its start, cold and warm calls, and 2,000 calls at 50 at a time.

Run it on an idle computer: `python benchmarks/sandbox.py`. It prints one row per figure, with
what the sandbox promises where it promises something.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import boto3
import psutil
from botocore.config import Config

CONCURRENCY = 50
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def main() -> None:
    """Measure everything and print it."""
    started = time.perf_counter()
    with running_sandbox() as sandbox:
        row("start", [(time.perf_counter() - started) * 1000], "< 500 ms")
        iam, lambda_ = client(sandbox, "iam"), client(sandbox, "lambda")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.attach_role_policy(RoleName="r", PolicyArn=LOGGING)
        for name, body in (("silent", "return 1"), ("printing", "print('order')")):
            create(lambda_, name, f"def handler(event, context): {body}\n", role["Arn"])
            row(f"cold, {name}", [milliseconds(lambda_, name)], "")
            row(f"warm, {name}", [milliseconds(lambda_, name) for _ in range(1000)], "p50 < 3 ms")
        create(lambda_, "many", "def handler(event, context): return event\n", role["Arn"])
        server = psutil.Process(sandbox["server_pid"])
        for attempt in ("cold", "warm"):
            before = server.memory_info().rss
            with ThreadPoolExecutor(CONCURRENCY) as threads:
                took = list(threads.map(lambda _: milliseconds(lambda_, "many"), range(2000)))
            row(f"2,000 calls at {CONCURRENCY}, {attempt}", took, "no error, no zombie")
            grown = (server.memory_info().rss - before) / 1e6
            states = [child.status() for child in server.children()]
            zombies = states.count(psutil.STATUS_ZOMBIE)
            print(f"    server {grown:+.0f} MB, {len(states)} environments, {zombies} zombies")


def row(what: str, took: list[float], promise: str) -> None:
    """Print the median and the 99th percentile of `took`, in ms."""
    p99 = sorted(took)[int(len(took) * 0.99)] if len(took) >= 300 else max(took)
    print(f"{what:28} n {len(took):5} p50 {statistics.median(took):8.2f} p99 {p99:8.2f} {promise}")


def milliseconds(lambda_: Any, name: str) -> float:
    """Invoke the function once; return how long it took from the call to the payload."""
    started = time.perf_counter()
    response = lambda_.invoke(FunctionName=name, Payload=b"{}")
    response["Payload"].read()
    if "FunctionError" in response:
        raise RuntimeError(f"{name} failed")
    return (time.perf_counter() - started) * 1000


def create(lambda_: Any, name: str, source: str, role: str) -> None:
    """Create a function and wait until it is active."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", source)
    lambda_.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": code.getvalue()},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name)


def client(sandbox: dict[str, Any], service: str) -> Any:
    """Return a client that never retries and has a connection for every thread."""
    return boto3.client(
        service,
        endpoint_url=sandbox["endpoint"],
        region_name=sandbox["region"],
        aws_access_key_id=sandbox["access_key_id"],
        aws_secret_access_key=sandbox["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=CONCURRENCY),
    )


@contextmanager
def running_sandbox() -> Iterator[dict[str, Any]]:
    """Run a sandbox and give what it says of itself."""
    with subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    main()
