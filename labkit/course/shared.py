"""A course that many learners read and none can change, as in a class or in a container."""

from __future__ import annotations

import os
from pathlib import Path

SHARED_COURSE = "LABKIT_CLASS_COURSE"
"""Environment variable that names it."""
SHARED_PARTS = ("lessons", "notebooks", "docs", "requirements.lock")
"""What a learner's course folder takes from it; `solutions` stays out."""


def take_course(folder: Path) -> None:
    """Link the shared parts of the course into the learner's folder, where that is another one."""
    shared = os.environ.get(SHARED_COURSE)
    if not shared or Path(shared) == folder:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for part in SHARED_PARTS:
        link, source = folder / part, Path(shared) / part
        if link.is_symlink() and link.readlink() != source:
            link.unlink()
        if not link.exists() and source.exists():
            link.symlink_to(source)
