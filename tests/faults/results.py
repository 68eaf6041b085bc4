"""Collects what each injected fault led to, over all test processes, for the table at the end."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

LOG = "LABKIT_FAULTS_LOG"
"""Environment variable with the file that the results go to."""


@dataclass(frozen=True)
class Result:
    """One injected fault.

    Attributes
    ----------
    kind, fault, place
        To what, what, and where; together they are distinct.
    leaked, foreign_touched, wrongly_reported
        How many things were left, were changed though not ours, or were called gone and were not.
    """

    kind: str
    fault: str
    place: str
    leaked: int = 0
    foreign_touched: int = 0
    wrongly_reported: int = 0


def note(result: Result) -> Result:
    """Append a result, one line at a time, and return it."""
    if path := os.environ.get(LOG):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")
    return result


def table(path: Path) -> list[str]:
    """Return the table of all results: a line for each fault, and one for all."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    results = {Result(**json.loads(line)) for line in lines}
    columns = ("leaked", "foreign_touched", "wrongly_reported")
    tried = Counter(one.fault for one in results)
    sums = {
        fault: [
            sum(getattr(one, column) for one in results if one.fault == fault) for column in columns
        ]
        for fault in tried
    }
    head = f"{'fault':38}{'tried':>7}{'kinds':>7}{'leaked':>8}{'foreign':>9}{'wrongly gone':>14}"
    rows = [
        f"{fault:38}{tried[fault]:7}"
        f"{len({one.kind for one in results if one.fault == fault}):7}"
        f"{sums[fault][0]:8}{sums[fault][1]:9}{sums[fault][2]:14}"
        for fault in sorted(tried)
    ]
    all_of = [sum(column) for column in zip(*sums.values(), strict=True)] or [0, 0, 0]
    total = (
        f"{'all':38}{sum(tried.values()):7}{len({one.kind for one in results}):7}"
        f"{all_of[0]:8}{all_of[1]:9}{all_of[2]:14}"
    )
    return [head, *rows, total]
