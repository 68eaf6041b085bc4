"""The folder for what must outlive a process: journals, work folders, progress."""

from __future__ import annotations

import os
from pathlib import Path

STATE_DIR = "LABKIT_STATE_DIR"
"""Environment variable that names another folder."""


def state_dir() -> Path:
    """Return the folder: ``LABKIT_STATE_DIR``, else where this system keeps a user's state."""
    chosen = os.environ.get(STATE_DIR)
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_state_dir("labkit", appauthor=False))
