"""Provisions a small lab and is killed with -9 at one line of its journal: a program for tests.

Usage: provision.py {before|after} LINE     where LINE counts the journal's lines from 1; 0: never.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

import samples

from labkit.lab import Lab
from labkit.resources import journal

append = journal._append
lines = itertools.count(1)


def deadly_append(path: Any, record: dict[str, Any]) -> None:
    """Append a line of the journal, unless this is where the process dies."""
    line = next(lines)
    if (sys.argv[1], int(sys.argv[2])) == ("before", line):
        os.kill(os.getpid(), signal.SIGKILL)
    append(path, record)
    if (sys.argv[1], int(sys.argv[2])) == ("after", line):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    journal._append = deadly_append
    lab = Lab("delivery-queue", run="new")
    samples.mapping(lab)
    samples.rest_api(lab)
    print(len(lab._journal.path.read_text().splitlines()))
    lab.teardown(progress=False)
