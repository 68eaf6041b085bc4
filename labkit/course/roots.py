"""What JupyterLab shows of the course's folder: the learner's own part, or all of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labkit.course.places import COPIES


@dataclass(frozen=True)
class Root:
    """A folder that JupyterLab shows, with a workspace of its own: paths in it are relative to it.

    Attributes
    ----------
    name
        In the course's folder; "" is that itself.
    workspace
        Name of the workspace.
    """

    name: str
    workspace: str

    @property
    def address(self) -> str:
        """The path of JupyterLab's address that opens the workspace."""
        return f"/lab/workspaces/{self.workspace}"

    def folder(self, course: Path) -> Path:
        """Return where it is."""
        return course / self.name

    def path(self, of_learner: str | Path) -> str:
        """Return JupyterLab's path of what is at a place in the learner's folder."""
        return (Path(COPIES) / of_learner).relative_to(self.name).as_posix()


LEARNERS = Root(COPIES, "labkit")
"""The learner's notebooks and the pages that they read: no solution is in it."""
WHOLE = Root("", "labkit-solutions")
"""For authors and instructors: ``lessons/``, ``notebooks/`` and ``solutions/``, too."""
