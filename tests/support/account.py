"""An account that the sandbox plays: its number, and what an instructor prepares in it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from labkit.aws import guard
from labkit.aws.consent import CONSENT, Consent
from labkit.resources.lock import is_locked
from labkit.state import state_dir

REGION = "eu-west-1"
ACCOUNT = "444455556666"


def consent(owner: Callable[[str], Any], until: date) -> None:
    text = Consent(until).as_text()
    owner("ssm").put_parameter(Name=CONSENT, Value=text, Type="String", Overwrite=True)


def end_watchdogs() -> None:
    """End what outlives the kernels that tests only pretend to be."""
    for file in state_dir().glob("runs/*/*.watchdog"):
        if is_locked(file):
            os.kill(int(file.read_text()), signal.SIGTERM)


def settings(folder: Path, **lists: list[str]) -> None:
    lines = [f"{name} = {json.dumps(values)}" for name, values in lists.items()]
    (folder / guard.SETTINGS).write_text("[aws]\n" + "\n".join(lines))
