"""The first gates: the editions are what their source says, and the solved one passes."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from labkit.aws.trace import TRACE
from labkit.course.accessibility import problems
from labkit.course.build import Edition, differences
from labkit.course.lesson import Lesson, course_folder
from labkit.course.smoke.reports import Report
from tests.lessons import recorded_calls
from tests.lessons.course import LESSONS, TIMEOUT, smoked

pytestmark = TIMEOUT


def test_the_editions_are_built_from_their_lessons() -> None:
    assert differences(course_folder()) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_lesson_passes_leaves_nothing_and_calls_what_aws_allows(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRACE, str(tmp_path / "calls.jsonl"))
    report = smoked(lesson, Edition.SOLVED)
    assert report.details == []
    assert report.passed
    calls = recorded_calls.read(tmp_path / "calls.jsonl")
    assert len(calls) > 10
    assert recorded_calls.problems(calls) == []
    assert problems(exported(report)) == []


def exported(report: Report) -> str:
    """Return the executed notebook as nbconvert's page, as `labkit lab` sets it up."""
    notebook = nbformat.reads(report.executed, as_version=4)
    exporter = HTMLExporter(exclude_anchor_links=True)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": report.lesson}})
    return str(page)
