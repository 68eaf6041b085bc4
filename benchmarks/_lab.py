"""A lab of its own for benchmarks: a sandbox and a state folder that are gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from labkit import Lab
from labkit.course.lesson import lesson_paths, read_lesson
from labkit.state import STATE_DIR


@contextmanager
def own_lab(name: str) -> Iterator[Lab]:
    """Give a lab in the sandbox, and tear it down."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[STATE_DIR] = folder
        lab = Lab(name, target="local", run="new")
        try:
            yield lab
        finally:
            lab.teardown(progress=False)


def write_functions(lab: Lab, number: str) -> None:
    """Write the functions' sources of a lesson, as solved, into the lab's folder."""
    (path,) = (path for path in lesson_paths() if path.name.startswith(f"{number}-"))
    for cell in read_lesson(path).cells:
        if cell.function_file and cell.wrong is None:
            (lab.folder / cell.function_file).write_text(cell.source, encoding="utf-8")
