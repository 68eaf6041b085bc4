"""The effects that lessons 05 to 07 measure, on this computer, beside what they should be.

The lessons' own functions, measured with `labkit.measure` in randomised blocks. Run it on an idle
computer: exit code 1 if an effect lies outside its range.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psutil

from benchmarks._lab import own_lab, write_functions
from labkit import Lab, wait_until
from labkit.labs.functions import deploy, importing
from labkit.labs.functions.tuning import tune
from labkit.measure.calls import calls_under_load, measured_call
from labkit.measure.cold import force_cold
from labkit.measure.designs import Design, Experiment, Factors
from labkit.measure.load import burst, steady
from labkit.measure.platform_logs import invocations, read_log_events
from labkit.measure.queue_depth import concurrency

ONE_VCPU_MB = 1769
MEMORIES_MB = (128, 256, 512, 1024, ONE_VCPU_MB)
STATEMENT = "import boto3"
COMPUTES = """
import time

def handler(event, context):
    began = time.process_time()
    sum(n * n for n in range(1_000_000))
    return (time.process_time() - began) * 1000
"""
CAP, READY, CALLS = 3, 2, 200
SHOW = sys.stderr.isatty()
"""Whether somebody watches the progress."""

IMPORTS_WITHIN, SHARES_WITHIN = 0.10, 0.05


@dataclass(frozen=True)
class Effect:
    """What was found, what it should be, and the range in which it may lie."""

    name: str
    found: float
    expected: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether it lies in its range."""
        return self.low <= self.found <= self.high

    def __str__(self) -> str:
        deviation = f"{self.found / self.expected - 1:+.1%}" if self.expected else ""
        wanted = f"{self.low:.4g} to {self.high:.4g}" if self.low != self.high else "exactly that"
        verdict = "" if self.holds else "  OUTSIDE"
        numbers = f"{self.found:9.4g} {self.expected:9.4g} {deviation:>8}"
        return f"{self.name:47} {numbers}  {wanted}{verdict}"


def near(name: str, found: float, expected: float, within: float) -> Effect:
    """Expect a value, give or take a share of it."""
    return Effect(name, found, expected, expected * (1 - within), expected * (1 + within))


def exactly(name: str, found: float, expected: float) -> Effect:
    """Expect a value and no other."""
    return Effect(name, found, expected, expected, expected)


def less_than_one(name: str, found: float) -> Effect:
    """Expect a ratio that is a gain, of whatever size."""
    return Effect(name, found, 0.0, 0.0, 1.0)


def imports(lab: Lab, blocks: int) -> Iterator[Effect]:
    """Compare what an import adds to INIT with what the interpreter's own clock says."""
    client = lab.client("lambda", attempts=1)
    statements = {"nothing": "pass", "imports": STATEMENT}
    for logical, statement in statements.items():
        (lab.folder / f"{logical}.py").write_text(importing(statement))
        deploy(lab, logical, f"{logical}.py")

    def trial(factors: Factors) -> dict[str, Any]:
        force_cold(client, lab.name(factors["function"]))
        return measured_call(client, lab.name(factors["function"]), {})

    frame = run(Design({"function": list(statements)}, blocks, seed=1, again=False), trial)
    yield import_effect(frame)


def import_effect(frame: pd.DataFrame) -> Effect:
    """Take the median over blocks of the two clocks' ratio."""
    frame = frame.assign(own_ms=[json.loads(answer)["import_ms"] for answer in frame["answer"]])
    init = frame.pivot_table(index="block", columns="arm", values="init_ms", observed=True)
    own = frame.pivot_table(index="block", columns="arm", values="own_ms", observed=True)
    ratio = ((init["imports"] - init["nothing"]) / own["imports"]).median()
    return near(f"{STATEMENT}: added to INIT / its own clock", ratio, 1.0, IMPORTS_WITHIN)


def cpu_shares(lab: Lab, blocks: int) -> Iterator[Effect]:
    """Compare the CPU time that a computing function took with how long its calls lasted.

    Its work is lesson 05's. The time that the same work takes is the computer's affair and may
    differ from call to call; which share of it a size gets is the sandbox's.
    """
    (lab.folder / "computes.py").write_text(COMPUTES)
    deploy(lab, "computes", "computes.py", timeout_s=30)
    found = tune(
        lab.client("lambda"), lab.name("computes"), {}, MEMORIES_MB, blocks=blocks, progress=SHOW
    )
    yield from share_effects(found.frame[found.frame["start"] == "warm"])


def share_effects(warm: pd.DataFrame) -> Iterator[Effect]:
    """Take the share of a CPU at each size as the median over the calls."""
    cpu_ms = warm["answer"].map(json.loads).astype(float)
    for memory, shares in (cpu_ms / warm["duration_ms"]).groupby(warm["memory_mb"]):
        name = f"share of a CPU at {memory} MB, of one"
        yield near(name, shares.median(), memory / ONE_VCPU_MB, SHARES_WITHIN)


def full_speed_of_init(lab: Lab, blocks: int) -> Iterator[Effect]:
    """Compare INIT of lesson 06's function at 128 and at 1,769 MB."""
    write_functions(lab, "06")
    deploy(lab, "twice", "twice.py")
    client = lab.client("lambda", attempts=1)

    def trial(factors: Factors) -> dict[str, Any]:
        force_cold(client, lab.name("twice"), MemorySize=factors["memory_mb"])
        return measured_call(client, lab.name("twice"), {})

    design = Design({"memory_mb": [128, ONE_VCPU_MB]}, blocks, seed=2, again=False)
    frame = run(design, trial)
    init = frame.pivot_table(index="block", columns="memory_mb", values="init_ms")
    ratio = (init[128] / init[ONE_VCPU_MB]).median()
    yield near(f"lesson 06: INIT at 128 MB / at {ONE_VCPU_MB}", ratio, 1.0, IMPORTS_WITHIN)


def places(lab: Lab, blocks: int) -> Iterator[Effect]:
    """Compare reading the menu in INIT with reading it in the handler."""
    client = lab.client("lambda", attempts=1)
    for logical, file in (("handler", "menu_slow.py"), ("init", "menu.py")):
        deploy(lab, logical, file)

    def trial(factors: Factors) -> list[dict[str, Any]]:
        force_cold(client, lab.name(factors["read_in"]))
        return [measured_call(client, lab.name(factors["read_in"]), {}) for _ in range(2)]

    frame = run(Design({"read_in": ["handler", "init"]}, blocks, seed=3, again=False), trial)
    for start, calls in frame.groupby("start"):
        table = calls.pivot_table(index="block", columns="arm", values="client_ms", observed=True)
        ratio = (table["init"] / table["handler"]).median()
        yield less_than_one(f"lesson 06: menu in INIT / in handler, {start} call", ratio)


def limits(lab: Lab) -> Iterator[Effect]:
    """Send more than is reserved, and as much as is provisioned."""
    write_functions(lab, "07")
    deploy(lab, "kitchen", "kitchen.py")
    name, client = lab.name("kitchen"), lab.client("lambda", attempts=1, connections=64)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=CAP)
    at_s = [*burst(4 * CAP), *(2 + steady(12, 5))]
    cooking = [{"seconds": 0.5}] * len(at_s)
    capped = calls_under_load(client, name, cooking, at_s, progress=SHOW)
    yield from cap_effects(capped, answered_at_once(lab, name, capped))
    version = client.publish_version(FunctionName=name)["Version"]
    where = {"FunctionName": name, "Qualifier": version}
    client.put_provisioned_concurrency_config(**where, ProvisionedConcurrentExecutions=READY)
    wait_until(
        lambda: client.get_provisioned_concurrency_config(**where)["Status"] == "READY", seconds=60
    )
    with ThreadPoolExecutor(READY) as as_many:
        ready = calls_under_load(
            client, name, [{"seconds": 0}] * CALLS, burst(CALLS), version, as_many, SHOW
        )
    cold = (ready["start"] == "cold").sum()
    yield exactly(f"provisioned {READY}, {READY} at a time: cold calls of {CALLS}", cold, 0)


def cap_effects(calls: pd.DataFrame, most: int) -> Iterator[Effect]:
    """Hold a load on a capped function against its cap."""
    first = calls.head(4 * CAP)
    yield exactly(f"reserved {CAP}: most at once, by the log", most, CAP)
    served = (first["status"] == "success").sum()
    yield exactly(f"reserved {CAP}: served of a burst of {len(first)}", served, CAP)
    named = calls.loc[calls["status"] == "throttled", "error_type"]
    reason = named.eq("ReservedFunctionConcurrentInvocationLimitExceeded").sum()
    yield exactly(f"reserved {CAP}: turned away for that reason", reason, len(named))


def answered_at_once(lab: Lab, name: str, calls: pd.DataFrame) -> int:
    """Return how many calls ran at once, by the times in the function's log."""
    served = int((calls["status"] == "success").sum())
    events = read_log_events(
        lab.client("logs"), f"/aws/lambda/{name}", until=lambda e: len(invocations(e)) >= served
    )
    return int(concurrency(invocations(events))["running"].max())


def run(design: Design, trial: Any) -> pd.DataFrame:
    """Carry a design out."""
    return Experiment(design, trial).run(SHOW)


def main() -> int:
    """Measure everything and print it; return 1 if something lies outside its range."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--blocks", type=int, default=20)
    blocks = options.parse_args().blocks
    idle = psutil.cpu_percent(interval=1)
    print(f"Before the run other programs used {idle:.0f} % of the CPU.\n")
    print(f"{'':47} {'found':>9} {'should be':>9} {'off':>8}  range")
    outside = 0
    with own_lab("bench-effects") as lab:
        for effects in (
            imports(lab, blocks),
            cpu_shares(lab, max(6, blocks // 2)),
            full_speed_of_init(lab, blocks),
            places(lab, blocks),
            limits(lab),
        ):
            for effect in effects:
                outside += not effect.holds
                print(effect, flush=True)
    return int(outside > 0)


if __name__ == "__main__":
    sys.exit(main())
