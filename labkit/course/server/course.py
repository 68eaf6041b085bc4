"""The course on Jupyter's server: what there is to show, and who is told when it changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.course.places import COPIES, LEARNER, SOLVED
from labkit.course.progress import LessonProgress, ProgressEvent
from labkit.course.server import snapshot
from labkit.course.server.described import DESCRIPTION, is_stale, read_description
from labkit.course.server.environment import environment
from labkit.course.server.errands import Errand

PACKAGE = "labkit.course.server"

Classroom = Callable[[], dict[str, Any] | None]
"""Gives what a class adds: ``{"hand": URL below the server's base, "raised": bool}``; else None."""


def no_classroom() -> None:
    """Say that there is no class."""
    return


@dataclass
class Course:
    """The course of one server.

    Attributes
    ----------
    folder
        Of the course.
    root
        What JupyterLab's paths are relative to.
    tell
        Is called whenever something that is shown has changed.
    classroom
        See `Classroom`.
    """

    folder: Path
    root: Path
    tell: Callable[[], None]
    classroom: Classroom = no_classroom
    looking: Errand = field(default_factory=lambda: Errand([f"{PACKAGE}.looking"]))
    describing: Errand = field(default_factory=lambda: Errand([f"{PACKAGE}.description"]))
    teardowns: dict[str, Errand] = field(default_factory=dict)
    _seen: Any = None

    @property
    def description(self) -> Path:
        """Where the course's description is."""
        return self.folder / COPIES / DESCRIPTION

    def described(self) -> list[dict[str, Any]]:
        """Return the lessons, each with the paths under which JupyterLab opens it."""
        places = {"path": COPIES, "solved": SOLVED, "edition": LEARNER}
        return [
            lesson | {key: self._path(place, lesson["notebook"]) for key, place in places.items()}
            for lesson in read_description(self.description)
        ]

    def state(self) -> dict[str, Any]:
        """Return what changes: progress, results, runs, the doctor's findings."""
        lessons = read_description(self.description)
        return {
            "version": self._version(),
            **snapshot.lessons(lessons),
            "runs": snapshot.runs(),
            "teardowns": {run: job.as_json() for run, job in self.teardowns.items()},
            "environment": environment(self.looking.result),
            "doctor": self.looking.as_json(),
            "classroom": self.classroom(),
        }

    def watch(self) -> None:
        """Look whether anything has changed, and tell; called every second or so."""
        placed = environment(self.looking.result)
        seen = (snapshot.stamp(), self._version(), placed, self.classroom())
        if seen != self._seen:
            self._seen = seen
            self.tell()

    def refresh(self) -> None:
        """Have the description written anew if a lesson is newer."""
        if not self.describing.running and is_stale(self.description, self.folder / "lessons"):
            self.describing.start(self.tell)

    def look(self) -> None:
        """Let the doctor look, unless it does."""
        if not self.looking.running:
            self.looking.start(self.tell)

    def tear_down(self, run: str) -> None:
        """Tear down a run, unless that is under way."""
        job = self.teardowns.setdefault(run, Errand([f"{PACKAGE}.tear_down", run]))
        if not job.running:
            job.start(self.tell)

    def hint(self, slug: str, exercise: str) -> bool:
        """Note that the learner asked for a hint; False if there is no such exercise."""
        known = {one["slug"]: one for one in read_description(self.description)}
        if slug not in known or exercise not in [one["id"] for one in known[slug]["exercises"]]:
            return False
        LessonProgress(slug).append(ProgressEvent.now(slug, exercise, "hint"))
        self.tell()
        return True

    def _version(self) -> int:
        """Return a number that changes with the description."""
        try:
            return self.description.stat().st_mtime_ns // 1_000_000  # JavaScript has 53 bits
        except OSError:
            return 0

    def _path(self, folder: str, notebook: str) -> str | None:
        """Return JupyterLab's path of a notebook; None if it has none or there is none."""
        path = self.folder / folder / notebook
        below = Path(os.path.relpath(path, self.root))
        return below.as_posix() if path.exists() and ".." not in below.parts else None
