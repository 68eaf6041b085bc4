"""``python -m labkit.course.server.tear_down RUN…``: tear down these runs, print the reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from labkit.resources.runs import tear_down, unfinished


def main(run_ids: Sequence[str]) -> None:
    """Tear down the runs with these numbers that are not, and print a report of each as JSON."""
    reports = [
        tear_down(journal, progress=False) for journal in unfinished() if journal.run.id in run_ids
    ]
    told = [report.as_json() | {"summary": report.summary} for report in reports]
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
