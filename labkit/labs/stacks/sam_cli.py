"""AWS's SAM CLI, where it is installed, at the lesson's own target."""

from __future__ import annotations

import shutil
import subprocess

from labkit.aws.tools import environment
from labkit.labs.lab_run import LabRun

ABSENT = (
    "The SAM CLI is not installed, so nothing was run and nothing is missed: it does what you did "
    "above. `pipx install aws-sam-cli` brings it."
)
LONGEST_S = 900.0
"""For one command, in seconds; most of it is AWS's own time."""


def sam(lab: LabRun, *arguments: str) -> str:
    """Run ``sam`` in the run's folder, at the run's target, and return what it writes.

    Parameters
    ----------
    *arguments
        For example ``"validate", "--lint"``.

    Returns
    -------
    str
        Its output, errors included; without a SAM CLI on this machine, a sentence that says so.
    """
    program = shutil.which("sam")
    if program is None:
        return ABSENT
    done = subprocess.run(
        [program, *arguments],
        cwd=lab.folder,
        env=environment(lab.target) | {"SAM_CLI_TELEMETRY": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    return done.stdout
