"""The start page and the workspace: what a newcomer sees first, and what the next day keeps."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from labkit.course.build import build
from labkit.course.lesson import Lesson, read_lesson
from labkit.course.places import COPIES
from labkit.course.roots import LEARNERS, WHOLE
from labkit.course.start_page import START_PAGE, write_start_page
from labkit.course.workspace import PANEL, SIDEBARS, prepare, workspaces
from labkit.errors import LabkitError
from tests.support.course_samples import write_course

PROJECT = Path(__file__).resolve().parents[3]
SOLUTION = "안녕, {name}"
"""Of the sample lesson's exercise."""


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Lesson]:
    """A built course of one lesson, with a state folder of its own."""
    path = write_course(tmp_path)
    build(tmp_path)
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    return [read_lesson(path)]


def solve(tmp_path: Path, *exercises: str) -> None:
    progress = tmp_path / "state" / "progress" / "greeting.jsonl"
    progress.parent.mkdir(parents=True, exist_ok=True)
    event = {"at": "", "lesson": "greeting", "event": "check", "outcome": "passed"}
    lines = [json.dumps(event | {"exercise": name}) + "\n" for name in exercises]
    progress.write_text("".join(lines))


def layout() -> dict[str, Any]:
    (saved,) = workspaces().glob("*.jupyterlab-workspace")
    content: dict[str, Any] = json.loads(saved.read_text(encoding="utf-8"))
    return content


def test_the_page_says_what_there_is_and_where_to_begin(
    lessons: list[Lesson], tmp_path: Path
) -> None:
    text = write_start_page(tmp_path, lessons).read_text(encoding="utf-8")
    for part in (
        "Begin with [01 · A greeting](day-1/01-greeting.ipynb)",
        "10:00–10:05",
        "- write a file",
        "**Creates** nothing. **Cost:** Nothing.",
    ):
        assert part in text


def test_the_page_says_nothing_that_a_day_changes(lessons: list[Lesson], tmp_path: Path) -> None:
    """The sidebars say it: the page is written at the start, and progress goes on after it."""
    before = write_start_page(tmp_path, lessons).read_text(encoding="utf-8")
    solve(tmp_path, "number", "greeting-file")
    assert write_start_page(tmp_path, lessons).read_text(encoding="utf-8") == before


def test_an_unchanged_page_is_not_written_again(lessons: list[Lesson], tmp_path: Path) -> None:
    first = write_start_page(tmp_path, lessons).stat()
    again = write_start_page(tmp_path, lessons).stat()
    assert (first.st_ino, first.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)


def test_the_first_start_makes_copies_and_workspace(lessons: list[Lesson], tmp_path: Path) -> None:
    assert prepare(tmp_path, lessons) == "/lab/workspaces/labkit"
    places = layout()["data"]["layout-restorer:data"]
    assert places["main"]["dock"]["widgets"] == [
        f"markdownviewer-widget:{START_PAGE}",
        "notebook:day-1/01-greeting.ipynb",
    ]
    assert (places["left"]["current"], places["right"]["current"]) == SIDEBARS
    for name in (START_PAGE, "day-1/01-greeting.ipynb"):
        assert (tmp_path / COPIES / name).is_file()


def test_the_learners_folder_has_what_the_start_page_names_and_no_solution(
    lessons: list[Lesson], tmp_path: Path
) -> None:
    build(tmp_path)
    shutil.copytree(PROJECT / "docs", tmp_path / "docs")
    prepare(tmp_path, lessons)
    mine = LEARNERS.folder(tmp_path)
    page = (mine / START_PAGE).read_text(encoding="utf-8")
    named = [one for one in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in one]
    assert {"day-1/01-greeting.ipynb", "docs/terms.md"} <= set(named)
    assert [one for one in named if not (mine / one).is_file()] == []
    texts = [one for one in mine.rglob("*") if one.is_file()]
    assert (tmp_path / "solutions" / "day-1" / "01-greeting.ipynb").read_text().count(SOLUTION)
    assert [one for one in texts if SOLUTION in one.read_text(encoding="utf-8")] == []


def test_authors_see_the_whole_course_in_a_workspace_of_its_own(
    lessons: list[Lesson], tmp_path: Path
) -> None:
    prepare(tmp_path, lessons)
    assert prepare(tmp_path, lessons, WHOLE) == "/lab/workspaces/labkit-solutions"
    saved = [one.read_text(encoding="utf-8") for one in workspaces().iterdir()]
    assert sum(f'"notebook:{COPIES}/day-1/01-greeting.ipynb"' in one for one in saved) == 1
    assert prepare(tmp_path, lessons, WHOLE) == WHOLE.address
    assert sorted(one.read_text(encoding="utf-8") for one in workspaces().iterdir()) == sorted(
        saved
    )


def test_a_layout_of_the_time_when_all_was_shown_begins_anew(
    lessons: list[Lesson], tmp_path: Path
) -> None:
    prepare(tmp_path, lessons)
    (saved,) = workspaces().glob("*.jupyterlab-workspace")
    earlier = {"notebook:my-lessons/day-1/01-greeting.ipynb": {}}
    saved.write_text(json.dumps(layout() | {"data": earlier}), encoding="utf-8")
    prepare(tmp_path, lessons)
    assert "notebook:day-1/01-greeting.ipynb" in layout()["data"]


def test_an_earlier_layout_with_the_panel_begins_anew(
    lessons: list[Lesson], tmp_path: Path
) -> None:
    prepare(tmp_path, lessons)
    (saved,) = workspaces().glob("*.jupyterlab-workspace")
    (tmp_path / COPIES / PANEL).write_text("{}")
    earlier = {f"notebook:{COPIES}/{PANEL}": {}}
    saved.write_text(json.dumps(layout() | {"data": earlier}), encoding="utf-8")
    prepare(tmp_path, lessons)
    assert not (tmp_path / COPIES / PANEL).exists()
    assert PANEL not in json.dumps(layout())
    assert "layout-restorer:data" in layout()["data"]


def test_the_next_start_keeps_the_learners_layout(lessons: list[Lesson], tmp_path: Path) -> None:
    prepare(tmp_path, lessons)
    (saved,) = workspaces().glob("*.jupyterlab-workspace")
    mine = layout() | {"data": {"mine": True}}
    saved.write_text(json.dumps(mine), encoding="utf-8")
    prepare(tmp_path, lessons)
    assert layout()["data"] == {"mine": True}


def test_without_notebooks_it_says_how_to_make_them(lessons: list[Lesson], tmp_path: Path) -> None:
    (tmp_path / "notebooks" / "day-1" / "01-greeting.ipynb").unlink()
    with pytest.raises(LabkitError, match="`labkit build` makes them"):
        prepare(tmp_path, lessons)
