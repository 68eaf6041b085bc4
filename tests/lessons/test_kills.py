"""A kernel that is killed in mid-lesson costs its learner a restart, and nothing else.

These take half of a lesson more than the gates do, so only `make gates` asks for them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from jupyter_core.utils import run_sync

from labkit.aws.embedded import sandbox
from labkit.course.build import Edition
from labkit.course.cards import CheckOutcome
from labkit.course.lesson import PARAMETERS, Lesson, lesson_paths, read_lesson
from labkit.course.progress import read_events
from labkit.course.smoke import scratch
from tests.lessons.walk import (
    SET_PARAMETERS,
    client_in,
    error_of,
    kernel_environment,
    notebook_of,
)

SHARE = float(os.environ.get("LABKIT_TEST_KILLS", "0"))
"""After which share of a lesson's cells its kernel is killed; 0: these tests are left out."""

LESSONS = [pytest.param(read_lesson(path), id=path.stem) for path in lesson_paths()]


@pytest.mark.skipif(not SHARE, reason="make gates kills kernels")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_whose_kernel_was_killed_reaches_its_end_from_the_top(lesson: Lesson) -> None:
    with scratch.scratch_folder() as (folder, _):
        assert run(lesson, folder, SHARE) == []
        assert run(lesson, folder, 1) == []
        events = read_events(folder / "results.jsonl")
        passed = {one.exercise for one in events if one.outcome == CheckOutcome.PASSED}
        assert passed == set(lesson.exercises)
        assert scratch.not_torn_down(folder) == []


def run(lesson: Lesson, folder: Path, share: float) -> list[str]:
    """Run the first cells of a solved lesson in a new kernel, then kill it.

    Returns
    -------
    list of str
        What the cells raised.
    """
    notebook = nbformat.read(notebook_of(lesson, Edition.SOLVED), as_version=4)
    client = client_in(folder, notebook)
    outlives_it = {"LABKIT_SANDBOX": json.dumps(sandbox().as_json())}
    wrong = []
    with client.setup_kernel(cwd=str(folder), env=kernel_environment(folder) | outlives_it):
        for position in range(round(len(notebook.cells) * share)):
            cell = notebook.cells[position]
            if PARAMETERS in cell.metadata.get("tags", []):
                cell.source += f"\n{SET_PARAMETERS}"
            client.execute_cell(cell, position)
            wrong += [f"cell {position}: {error}" for error in [error_of(cell)] if error]
        run_sync(client.km.signal_kernel)(9)
    return wrong
