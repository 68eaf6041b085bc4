"""What a smoke run is to do: one self-contained job for each lesson, checked before any starts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from labkit.aws import guard
from labkit.course.build import Edition
from labkit.course.lesson import (
    PARAMETERS,
    Lesson,
    course_folder,
    find_lesson,
    lesson_paths,
    nearest,
    read_lesson,
)
from labkit.errors import LabkitError

CELL_S = {"local": 300, "aws": 1800}
"""Seconds that one cell may take. A NAT gateway or a database takes AWS minutes to make, and as
many to delete; the sandbox has no such waits."""

OWN_OPTIONS = {"target": "--target", "quick": "--quick or --full"}
"""Parameters that options of the command set."""


@dataclass(frozen=True)
class Job:
    """One lesson to run, with all that it takes: a worker elsewhere needs nothing but labkit.

    Attributes
    ----------
    lesson
        Number and slug.
    folder
        Folder of its day, such as ``"day-1"``.
    edition
        Folder of the edition, ``"solutions"`` or ``"notebooks"``.
    source
        Text of the lesson's file, where its exercises are.
    notebook
        Text of the edition's notebook.
    exercises
        Ids of the lesson's exercises, in its order.
    parameters
        What papermill sets.
    cell_s
        Seconds that one cell may take.
    settings
        Text of the caller's ``labkit.toml``, for a run in an account.
    """

    lesson: str
    folder: str
    edition: str
    source: str
    notebook: str
    exercises: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cell_s: int = CELL_S["local"]
    settings: str = ""

    def to_json(self) -> str:
        """Return what `from_json` takes."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a job."""
        fields = json.loads(text)
        return cls(**fields | {"exercises": tuple(fields["exercises"])})


@dataclass(frozen=True)
class SmokeOptions:
    """How lessons are run; see `labkit smoke --help`.

    Attributes
    ----------
    lessons
        Numbers or slugs; none means all.
    edition
        Which edition.
    target
        ``"local"`` or ``"aws"``.
    quick
        Whether lessons take their shorter way.
    parameters
        More papermill parameters, by name.
    cell_s
        Seconds that one cell may take; None takes the target's bound of `CELL_S`.
    core
        Whether sections marked extra are left out.
    """

    lessons: Sequence[str] = ()
    edition: Edition = Edition.SOLVED
    target: str = "local"
    quick: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cell_s: int | None = None
    core: bool = False


def plan(options: SmokeOptions) -> list[Job]:
    """Return a job for each lesson, in the course's order.

    Raises
    ------
    LabkitError
        A lesson or a parameter is unknown, or a lesson was not built; nothing was run.
    """
    folder = course_folder()
    paths = sorted({find_lesson(name, folder) for name in options.lessons}) or lesson_paths(folder)
    return [_job(read_lesson(path), options) for path in paths]


def longest_first(jobs: Sequence[Job]) -> list[Job]:
    """Put the jobs with the most code cells first, so that no long one begins when all others end.

    How long a lesson takes is not known beforehand; in the smoke runs of the first ten lessons this
    order came within 5 % of the best one.
    """
    return sorted(jobs, key=lambda job: job.notebook.count('"cell_type": "code"'), reverse=True)


def parse_parameters(words: Sequence[str]) -> dict[str, Any]:
    """Read ``name=value`` words; a value is YAML, so that ``3``, ``true`` and ``[1, 2]`` work.

    Raises
    ------
    LabkitError
        A word has no ``=``, or its value is no YAML.
    """
    parameters = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise LabkitError(f"-p {word}: write -p NAME=VALUE. Nothing was run.")
        try:
            parameters[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise LabkitError(f"-p {word}: the value cannot be read. Nothing was run.") from None
    return parameters


def _job(lesson: Lesson, options: SmokeOptions) -> Job:
    notebook = course_folder() / options.edition.value / lesson.notebook
    if not notebook.exists():
        raise LabkitError(f"{notebook} is missing: run labkit build first. Nothing was run.")
    _expect_known(lesson, options.parameters)
    text = notebook.read_text(encoding="utf-8")
    return Job(
        lesson=lesson.name,
        folder=lesson.folder,
        edition=options.edition.value,
        source=lesson.path.read_text(encoding="utf-8"),
        notebook=_core_of(text) if options.core else text,
        exercises=lesson.core_exercises if options.core else lesson.exercises,
        parameters={"target": options.target, "quick": options.quick, **options.parameters},
        cell_s=options.cell_s or CELL_S[options.target],
        settings=_settings() if options.target == "aws" else "",
    )


def _core_of(text: str) -> str:
    """Return a notebook without the cells of its extra sections."""
    notebook = json.loads(text)
    cells = notebook["cells"]
    core = [one for one in cells if not one["metadata"].get("labkit", {}).get("extra")]
    return json.dumps(notebook | {"cells": core}, ensure_ascii=False)


def _expect_known(lesson: Lesson, given: Mapping[str, Any]) -> None:
    cells = [cell for cell in lesson.cells if PARAMETERS in cell.tags]
    known = {
        node.id: None
        for cell in cells
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name)
    }
    for name in given:
        if name in OWN_OPTIONS:
            raise LabkitError(f"-p {name}: {OWN_OPTIONS[name]} sets it. Nothing was run.")
        if name not in known:
            raise LabkitError(
                f"Lesson {lesson.name} has no parameter {name!r}. {nearest(name, known)} "
                "Nothing was run."
            )


def _settings() -> str:
    file = guard.settings_file()
    return file.read_text(encoding="utf-8") if file else ""


def lay_out(job: Job, folder: Path) -> None:
    """Write a job's files as a course of one lesson."""
    for name, text in {
        f"lessons/{job.folder}/{job.lesson}.py": job.source,
        f"{job.edition}/{job.folder}/{job.lesson}.ipynb": job.notebook,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
