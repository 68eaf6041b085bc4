"""The load generator beside Locust and wrk, against one service, in one run.

How far from their places on the schedule do requests arrive, which is the highest rate that is
kept, and what does each report of a service that stands still for a second? Locust comes by
`uv tool run`; wrk is Debian's package of that name, left out where it is not installed. Run it on
an idle computer.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

import numpy as np
import psutil
import urllib3

from benchmarks._service import Service, running_service
from labkit.measure.load import run_open_loop, steady

RATES = (50, 100, 200, 300, 400, 600, 800, 1000, 1250, 1500, 2000, 2500, 3000)
"""Requests per second that are tried, one after the other."""

SECONDS, TRIES = 5, 2
SETTLING_S = 1
"""At the start, Locust brings its users up; nobody's first second is judged."""

KEPT_MS = 10.0
KEPT_RATE = 0.01
"""A rate is kept if 99 % of requests arrive within so many ms of their places, and as many as were
meant, to one per cent."""

USERS = 8
"""Locust's, and wrk's connections: more than the service needs at once. For a schedule Locust gets
one, its best case: several begin together and stay so."""

UNLIMITED, REQUESTS = 1_000_000, 5000
"""A rate that nobody reaches, and how many requests labkit's generator then has to send."""

STALL_RATE, STALL_AFTER_S, STALL_S = 100, 2.0, 1.0

LABKIT, LOCUST, WRK = "labkit", "Locust", "wrk"
LOCUST_PIN = "locust==2.47.0"
LOCUSTFILE = """\
from locust import FastHttpUser, constant_throughput, task


class Customer(FastHttpUser):
    wait_time = constant_throughput({each})

    @task
    def order(self):
        self.client.get("/")
"""


Send = Callable[[Service, float, float], "Reported"]


@dataclass(frozen=True)
class Kept:
    """How a load arrived, beside its schedule."""

    rate_error: float
    median_ms: float
    p99_ms: float

    @property
    def well(self) -> bool:
        """Whether the schedule was kept."""
        return abs(self.rate_error) <= KEPT_RATE and self.p99_ms <= KEPT_MS

    def __str__(self) -> str:
        return f"{self.rate_error:+7.1%} {self.median_ms:9.2f} {self.p99_ms:9.2f}"


@dataclass(frozen=True)
class Reported:
    """The latencies that a tool reports, in ms."""

    p50: float
    p90: float
    p99: float

    def __str__(self) -> str:
        return f"{self.p50:9.1f} {self.p90:9.1f} {self.p99:9.1f}"


def kept(arrivals: list[float], rate: float) -> Kept:
    """Compare arrivals with evenly spaced ones, wherever the first of those lies."""
    times = np.sort(np.array(arrivals))
    times = times[times >= times[0] + SETTLING_S]
    off = times - np.arange(len(times)) / rate
    off_ms = 1000 * np.abs(off - np.median(off))
    found = (len(times) - 1) / (times[-1] - times[0])
    return Kept(found / rate - 1, float(np.median(off_ms)), float(np.quantile(off_ms, 0.99)))


def with_labkit(service: Service, rate: float, seconds: float) -> Reported:
    """Send with the generator of `labkit.measure.load`."""
    pool = urllib3.PoolManager(maxsize=256, retries=False)
    at_s = steady(rate, seconds)
    frame = run_open_loop(
        lambda url: pool.request("GET", url).data and None,
        [service.url] * len(at_s),
        at_s,
        progress=False,
    )
    return Reported(*frame["latency_ms"].quantile([0.5, 0.9, 0.99]))


def with_locust(service: Service, rate: float, seconds: float, users: int = 1) -> Reported:
    """Send with Locust at a rate, as far as its users are not kept waiting."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "locustfile.py")
        file.write_text(LOCUSTFILE.format(each=rate / users))
        crowd = ["-u", str(users), "-r", str(users), "-t", f"{seconds:g}s"]
        quietly = ["--headless", "--only-summary", "--json", "--loglevel", "ERROR"]
        told = run(locust("-f", str(file), "-H", service.url, *crowd, *quietly))
    (stats,) = json.loads(told)
    counted = {float(ms): count for ms, count in stats["response_times"].items()}
    waits = np.repeat(list(counted), list(counted.values()))
    return Reported(*np.quantile(waits, [0.5, 0.9, 0.99]))


def with_wrk(service: Service, seconds: float) -> Reported:
    """Send with wrk as fast as answers come, which is all that it can."""
    told = run(
        ["wrk", "-t", "1", "-c", str(USERS), "-d", f"{seconds:g}s", "--latency", service.url]
    )
    waits = re.findall(r"(50|90|99)%\s+([\d.]+)(us|ms|s)\b", told)
    unit_ms = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return Reported(*(float(value) * unit_ms[unit] for _, value, unit in waits))


def locust(*arguments: str) -> list[str]:
    """Return the command that runs Locust in an environment of its own."""
    return [
        sys.executable,
        "-m",
        "uv",
        "tool",
        "run",
        "--from",
        LOCUST_PIN,
        "locust",
        *arguments,
    ]


def present() -> list[str]:
    """Name the tools that are there, and print why others are not."""
    names = [LABKIT]
    try:
        run(locust("--version"))
        names.append(LOCUST)
    except SystemExit as missing:
        print(f"{LOCUST} is left out, since it cannot be had: {missing}")
    if shutil.which("wrk"):
        names.append(WRK)
    else:
        print(f"{WRK} is left out, since it is not installed (Debian: apt-get install wrk).")
    return names


def run(command: list[str]) -> str:
    """Run a tool that must succeed; return what it writes."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr}")
    return done.stdout


def schedules(service: Service, names: list[str]) -> None:
    """Raise the rate until it is not kept, and print each step; wrk keeps none."""
    print(f"\nKept: 99 % within {KEPT_MS:g} ms of their places, and the rate to {KEPT_RATE:.0%}.")
    print(f"{'':8} {'rate':>6} {'is off':>7} {'p50, ms':>9} {'p99':>9}")
    senders: dict[str, Send] = {LABKIT: with_labkit, LOCUST: with_locust}
    for name in filter(senders.get, names):
        highest = 0
        for rate in takewhile(partial(step, service, name, senders[name]), RATES):
            highest = rate
        print(f"{name}: highest steady rate {highest} requests per second\n", flush=True)


def step(service: Service, name: str, send: Send, rate: int) -> bool:
    """Send at a rate, twice if need be, and print it; return whether it was kept."""
    for _ in range(TRIES):
        service.arrivals()
        send(service, rate, SECONDS + SETTLING_S)
        found = kept(service.arrivals(), rate)
        print(f"{name:8} {rate:6d} {found}{'' if found.well else '  not kept'}", flush=True)
        if found.well:
            return True
    return False


def limits(service: Service, names: list[str]) -> None:
    """Send as fast as each can, and print the rate at which requests arrived."""
    fastest = {
        LABKIT: lambda: with_labkit(service, UNLIMITED, REQUESTS / UNLIMITED),
        LOCUST: lambda: with_locust(service, UNLIMITED, SECONDS, USERS),
        WRK: lambda: with_wrk(service, SECONDS),
    }
    print("Without a schedule, as fast as answers come: requests per second")
    for name in names:
        service.arrivals()
        fastest[name]()
        times = service.arrivals()
        print(f"{name:8} {len(times) / (max(times) - min(times)):8,.0f}", flush=True)


def stalls(service: Service, names: list[str]) -> None:
    """Let the service stand still, and print what each tool says that people waited."""
    seconds = 5.0
    tools = {
        LABKIT: lambda: with_labkit(service, STALL_RATE, seconds),
        LOCUST: lambda: with_locust(service, STALL_RATE, seconds, USERS),
        WRK: lambda: with_wrk(service, seconds),
    }
    print(f"\n{STALL_RATE} requests per second (wrk: as fast as answers come) for {seconds:g} s;")
    print(f"for {STALL_S:g} s of them the service stands still")
    print(f"{'waits, ms':24} {'p50':>9} {'p90':>9} {'p99':>9}")
    print(f"{'people on that schedule':24} {waits_through_stall(seconds)}")
    for name in names:
        service.stall(STALL_AFTER_S, STALL_S)
        print(f"{f'{name} reports':24} {tools[name]()}", flush=True)


def waits_through_stall(seconds: float) -> Reported:
    """Compute what people wait who come on schedule, whatever becomes of those before them."""
    at_s = steady(STALL_RATE, seconds)
    left_s = STALL_AFTER_S + STALL_S - at_s
    waits = np.where((at_s >= STALL_AFTER_S) & (left_s > 0), left_s, 0) * 1000
    return Reported(*np.quantile(waits, [0.5, 0.9, 0.99]))


def main() -> int:
    """Measure and print."""
    idle = psutil.cpu_percent(interval=1)
    print(f"Before the run other programs used {idle:.0f} % of the CPU.")
    names = present()
    with running_service() as service:
        schedules(service, names)
        limits(service, names)
        stalls(service, names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
