"""A table of figures: the sandbox's beside the others', with what is promised of them."""

from __future__ import annotations

from dataclasses import dataclass, field

MEMORY = (128, 256, 512, 1024, 1769)
"""The sizes at which the share of the CPU is measured, in MB."""

PROMISES = {
    "start to healthy, ms": 400.0,
    "idle memory, MB": 60.0,
    "idle CPU, %": 0.05,
    "warm call, silent, p50 beside the floor, times": 1.7,
    "warm call, silent, p99 beside the floor, times": 3.0,
    "warm call, printing, p50 beside the floor, times": 1.7,
    "warm call, printing, p99 beside the floor, times": 3.0,
    "traced call, p50 beyond the untraced, ms": 0.3,
    "30 accounts, answers and orders lost": 0.0,
    "30 accounts, answers and orders astray": 0.0,
    "30 accounts, request, p99 ms": 500.0,
    **{f"CPU share at {memory} MB, error %": 5.0 for memory in MEMORY},
}
"""The most that a figure of the sandbox may be. Idle CPU is none, to the digits that are shown."""

BESIDE = {
    "warm call, 16 at a time, calls per second": ("MiniStack", 1.5, "least"),
    "SQS send, p50 ms": ("MiniStack", 1.0, "most"),
    "SQS receive, p50 ms": ("MiniStack", 1.0, "most"),
}
"""The least or the most that a figure may be, in times of another's in the same run."""


@dataclass
class Column:
    """One target's figures by name, and by step why it could not be gone through to its end."""

    target: str
    figures: dict[str, float] = field(default_factory=dict)
    cut_short: dict[str, str] = field(default_factory=dict)


def all_hold(columns: list[Column]) -> bool:
    """Tell whether the first column came through each step, and keeps each promise."""
    ours = columns[0]
    return not ours.cut_short and not any(is_broken(name, columns) for name in ours.figures)


def print_table(columns: list[Column]) -> None:
    """Print a row for each figure, with the others' ratios to the first column."""
    ours, *others = columns
    names = list(dict.fromkeys(name for column in columns for name in column.figures))
    width = max(map(len, names), default=0)
    heads = [head for other in others for head in (other.target, "times")]
    print(f"{'':{width}} {'promise':>11} {ours.target:>10}", *(f"{head:>10}" for head in heads))
    for name in names:
        own = ours.figures.get(name)
        cells = [f"{promise(name):>11}", cell(own)]
        for other in others:
            value = other.figures.get(name)
            cells += [cell(value), cell(value / own if value and own and own > 0 else None)]
        print(f"{name:{width}}", *cells, "  BROKEN" * is_broken(name, columns))


def promise(name: str) -> str:
    """Write what is promised of a figure, or nothing."""
    if name in BESIDE:
        other, times, which = BESIDE[name]
        return f"{'≥' if which == 'least' else '≤'} {times:g} {other[:4]}."
    return f"≤ {PROMISES[name]:g}" if name in PROMISES else ""


def is_broken(name: str, columns: list[Column]) -> bool:
    """Tell whether the first column's figure breaks its promise, or is missing where it has one.

    What is promised beside another target cannot be told where that one was not measured.
    """
    value = columns[0].figures.get(name)
    if name in PROMISES:
        return value is None or value > PROMISES[name]
    other, times, which = BESIDE.get(name, ("", 0.0, ""))
    limits = [c.figures[name] * times for c in columns if c.target == other and name in c.figures]
    if not limits:
        return False
    return value is None or (value < limits[0] if which == "least" else value > limits[0])


def cell(value: float | None) -> str:
    """Write a figure, or a dash for none."""
    return f"{'–':>10}" if value is None else f"{value:>10.2f}"
