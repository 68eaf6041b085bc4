"""A process that makes a sample of a kind and takes it away, and that ends at one journal line."""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal

import botocore.endpoint

from labkit.aws.clients import Clients
from labkit.aws.embedded import SHARED, Sandbox
from labkit.aws.targets import EmbeddedTarget
from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.resources import journal, runs
from labkit.resources.kinds import KINDS
from labkit.state import STATE_DIR
from tests.faults.quick_clients import remember_classes
from tests.support.samples import SAMPLES
from tests.support.virtual_clock import virtual_clock

Ending = Literal["before", "after", "full disk"]
"""Killed before or after a line is written; or from that line on the disk takes no more."""

TORN = 20
"""Bytes of the line that a full disk still takes."""

NO_ROOM = 28
"""Exit code of a process that met the full disk, and was told so: errno's ENOSPC."""

append = journal._append


def warm(sandbox_line: str) -> None:
    """Read botocore's models once, so that every process forked from here has them."""
    remember_classes()
    sandbox = Sandbox.from_json(json.loads(sandbox_line))
    clients = Clients(EmbeddedTarget(sandbox, sandbox.region))
    for service in {kind.service for kind in KINDS.values()} | {"sts"}:
        clients(service)


def live(kind: str) -> None:
    """Make a sample and take it away."""
    lab = Lab("delivery-queue", run="new")
    SAMPLES[kind](lab)
    lab.teardown(progress=False)


def recover(_: str) -> None:
    """Take away what earlier processes left."""
    runs.teardown_all(progress=False)


def end_at(
    ending: Ending,
    line: int,
    what: Callable[[str], None],
    kind: str,
    state: str,
    sandbox_line: str,
) -> None:
    """Do `what` until line number `line` (from 1) of the journal; 0 is never.

    Parameters
    ----------
    ending
        How it ends there.
    line
        Counts the lines that this process writes.
    what
        `live` or `recover`.
    kind
        Name of the kind.
    state, sandbox_line
        The folder for the journal, and the sandbox's description.
    """
    os.environ.update({STATE_DIR: state, SHARED: sandbox_line})
    lines = itertools.count(1)

    def deadly(path: Any, record: dict[str, Any]) -> None:
        number = next(lines)
        if (ending, number) == ("full disk", line):
            fill(path.stat().st_size + TORN)
        if (ending, number) == ("before", line):
            os.kill(os.getpid(), signal.SIGKILL)
        append(path, record)
        if (ending, number) == ("after", line):
            os.kill(os.getpid(), signal.SIGKILL)

    journal._append = deadly
    botocore.endpoint.time = SimpleNamespace(sleep=lambda seconds: clock().sleep(seconds))
    with virtual_clock():
        try:
            what(kind)
        except LabkitError as error:
            print(error, file=sys.stderr)
            sys.exit(NO_ROOM if "Make room on the disk" in str(error) else 1)


def fill(size: int) -> None:
    """Let no file of this process grow beyond `size` bytes: the system itself refuses the write."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if line_of_a_sandbox := os.environ.get(SHARED):
    warm(line_of_a_sandbox)
