"""Where the course is, and whose notebook this process runs; light enough for any program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

COPIES = "my-lessons"
"""The folder of the learner's copies, a folder for each day in it; git does not see it."""
LEARNER = "notebooks"
SOLVED = "solutions"
"""The folders of both editions, in git."""

PAGES = "docs"
"""The folder of the course's pages, in git."""

NOTEBOOK = "JPY_SESSION_NAME"
"""Environment variable in which Jupyter's server tells a kernel the path of its notebook."""


def course_folder() -> Path:
    """Return the folder that holds lessons/, notebooks/ and solutions/.

    It is ``LABKIT_COURSE_DIR`` where that is set, else the parent of the labkit package, which
    is the project in an editable install.
    """
    named = os.environ.get("LABKIT_COURSE_DIR")
    return Path(named) if named else Path(__file__).resolve().parents[2]


def edition() -> str | None:
    """Return ``solutions`` where this process runs a solved notebook, else None.

    What runs there is not the learner's work: it has a run and a progress of its own. Kernels that
    Jupyter's server did not start are known by the folder they are in.
    """
    notebook = os.environ.get(NOTEBOOK)
    if notebook is None and "ipykernel" not in sys.modules:
        return None
    here = Path(notebook or Path.cwd()).resolve()
    solved = (course_folder() / SOLVED).resolve()
    return SOLVED if solved in (here, *here.parents) else None
