"""Makes a sample of a kind, takes it away, and is killed with -9 at one line of its journal."""

from __future__ import annotations

import itertools
import os
import signal
from typing import Any

from labkit.aws.embedded import SHARED
from labkit.lab import Lab
from labkit.resources import journal
from labkit.state import STATE_DIR
from tests.unit.samples import SAMPLES

append = journal._append


def die_at(when: str, line: int, kind: str, sandbox_line: str, state: str) -> None:
    """Live until line number `line` (from 1) is about to be written, or was.

    Parameters
    ----------
    when
        ``"before"`` or ``"after"``.
    line
        0 for a life to its end.
    kind
        Name of the kind.
    sandbox_line, state
        The sandbox's description, and the folder for the journal.
    """
    os.environ.update({SHARED: sandbox_line, STATE_DIR: state})
    lines = itertools.count(1)

    def deadly(path: Any, record: dict[str, Any]) -> None:
        number = next(lines)
        if (when, line) == ("before", number):
            os.kill(os.getpid(), signal.SIGKILL)
        append(path, record)
        if (when, line) == ("after", number):
            os.kill(os.getpid(), signal.SIGKILL)

    journal._append = deadly
    lab = Lab("delivery-queue", run="new")
    SAMPLES[kind](lab)
    lab.teardown(progress=False)
