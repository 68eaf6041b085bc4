"""A class on one host: time to start, memory each, and a lesson alone against all at once.

Needs root (rooms), JupyterHub and the proxy (`make class-extras`). `LABKIT_BENCH_LEARNERS` says how
many; 8 by default, which takes some 6 GB.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from labkit.classroom.control_groups import group
from labkit.classroom.rooms import missing
from tests.classroom.hub_class import PROXY, Browser, Served, make_class, serving

LESSON = "solutions/day-1/00-first-order.ipynb"
SKIPPED = ("lab.teardown()", "live_map", "target = None")


def cells() -> list[str]:
    """Return the code of a solved lesson, cell by cell, in its shorter way."""
    notebook = json.loads((Path(__file__).parents[1] / LESSON).read_text(encoding="utf-8"))
    code = ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "code"]
    kept = [one for one in code if not any(word in one for word in SKIPPED)]
    return ["target = region = None; quick = True", *kept, "lab.teardown()"]


def run_all(browser: Browser, code: Sequence[str]) -> list[float]:
    """Run cells one after the other and return the seconds that each took."""
    took = []
    for one in code:
        began = time.monotonic()
        said = browser.run(one, timeout=300)
        if "Error: " in said:
            raise RuntimeError(f"{browser.who}: {one[:60]!r} ended with {said[-300:]}")
        took.append(time.monotonic() - began)
    return took


def memory(served: Served) -> list[float]:
    """Return the memory of each learner's room, in MB."""
    return [group(served.folder.settings, one.who).memory_mb() for one in served.folder.learners]


def main() -> int:
    """Serve a class, run the lesson alone and at once, and print what it took."""
    if reasons := [*missing(), *([] if PROXY.exists() else ["make class-extras first."])]:
        print("left out: " + " ".join(reasons))
        return 0
    number = int(os.environ.get("LABKIT_BENCH_LEARNERS", "8"))
    with tempfile.TemporaryDirectory() as folder:
        made = make_class(Path(folder) / "class", [""] * number)
        began = time.monotonic()
        with serving(made) as served:
            measure(served, time.monotonic() - began)
    return 0


def measure(served: Served, started_s: float) -> None:
    """Measure a class whose servers run."""
    code = cells()
    browsers = [Browser(served, one.who) for one in served.folder.learners]
    for browser in browsers:
        browser.join().raise_for_status()
    idle = memory(served)
    alone = run_all(browsers[0], code)
    with ThreadPoolExecutor(len(browsers)) as pool:
        together = list(pool.map(lambda browser: run_all(browser, code), browsers))
    slowest = max(range(len(code)), key=lambda n: max(one[n] for one in together))
    used = memory(served)
    processes = [psutil.Process(served.pid(name)) for name in ("hub", "proxy", "class view")]
    programs = sum(one.memory_full_info().pss for one in processes) / 1024**2
    rows = [
        ("all servers started", f"{started_s:.0f} s", f"{started_s / len(browsers):.1f} s each"),
        ("memory after the start", _mb(idle), "a learner"),
        ("memory after lesson 00", _mb(used), "a learner"),
        ("hub, proxy and class view", f"{programs:.0f} MB", "for all"),
        ("lesson 00, alone", f"{sum(alone):.1f} s", f"{len(code)} cells"),
        ("lesson 00, all at once", f"{statistics.median(map(sum, together)):.1f} s", "median"),
        (
            "slowest cell, all at once",
            f"{max(one[slowest] for one in together):.1f} s",
            f"{alone[slowest]:.1f} s alone: {code[slowest].splitlines()[0][:40]}",
        ),
    ]
    cores = psutil.cpu_count()
    print(f"{len(browsers)} learners on {cores} cores")
    for what, took, more in rows:
        print(f"{what:28} {took:>24}  {more}")


def _mb(taken: list[float]) -> str:
    return f"{statistics.median(taken):.0f} MB (most: {max(taken):.0f})"


if __name__ == "__main__":
    sys.exit(main())
