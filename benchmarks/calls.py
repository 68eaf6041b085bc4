"""What it costs to measure a call: `measured_call` beside a bare `invoke` of the same function.

The three ways take turns, in random order within each block, and are compared within blocks. Run it
on an idle computer.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import psutil
from tqdm import tqdm

from benchmarks._lab import own_lab, write_functions
from labkit.labs.functions import deploy
from labkit.measure.calls import call_frame, measured_call
from labkit.measure.statistics import quantile_interval

BARE, TAIL, MEASURED = "bare invoke", "invoke with log tail", "measured_call"


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--blocks", type=int, default=1000)
    blocks = options.parse_args().blocks
    idle = psutil.cpu_percent(interval=1)
    with own_lab("bench-calls") as lab:
        write_functions(lab, "06")
        name = deploy(lab, "hello", "hello.py", memory_mb=1769)
        client = lab.client("lambda", attempts=1)
        rows: list[dict[str, Any]] = []
        ways = {
            BARE: lambda: client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read(),
            TAIL: lambda: client.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")[
                "Payload"
            ].read(),
            MEASURED: lambda: rows.append(measured_call(client, name, {})),
        }
        took = alternating(ways, blocks)
        started = time.perf_counter()
        frame = call_frame(rows)
        per_row_ms = (time.perf_counter() - started) * 1000 / len(frame)
    print(f"Before the run other programs used {idle:.0f} % of the CPU.")
    print(f"{blocks} warm calls each way, ms (95 % intervals)\n")
    print_table(took)
    print(f"\nand once, for all of them together: {per_row_ms:.3f} ms a call for the frame")
    return 0


def alternating(ways: dict[str, Callable[[], Any]], blocks: int) -> pd.DataFrame:
    """Time each way once per block, in random order; return ms, a row per block."""
    random = np.random.default_rng(1)
    names = list(ways)
    for way in ways.values():
        way()
    took = []
    for _ in tqdm(range(blocks), disable=None):
        row = {}
        for chosen in random.permutation(len(names)):
            started = time.perf_counter()
            ways[names[chosen]]()
            row[names[chosen]] = (time.perf_counter() - started) * 1000
        took.append(row)
    return pd.DataFrame(took, columns=names)


def print_table(took: pd.DataFrame) -> None:
    """Print each way's median, and what it adds to the bare one within blocks."""
    for name in took:
        added = quantile_interval(took[name] - took[BARE])
        beyond = f"+{added.estimate:.3f} ({added.low:.3f} to {added.high:.3f})"
        said = "" if name == BARE else beyond
        print(f"{name:22} {took[name].median():7.3f}  {said}")


if __name__ == "__main__":
    sys.exit(main())
