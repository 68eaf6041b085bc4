"""Copies whose lesson moved, was renumbered or was divided: brought over, and nothing lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labkit.course.build import build
from labkit.course.copies import BASES, COPIES, EARLIER, write_both
from labkit.course.lesson import read_lesson
from labkit.course.moves import new_places
from labkit.course.status import standings
from labkit.course.update import copy_missing, update
from labkit.course.workspace import prepare, workspaces
from tests.support.course_samples import SAMPLE, write_course

FLAT = Path("01-greeting.ipynb")
NOW = Path("day-1/01-greeting.ipynb")
FILE, NUMBER = "greeting-file", "number"

_FIRST, _, _SECOND = SAMPLE.partition('# %% exercise="number"')
_HEAD = _FIRST[: _FIRST.index("# %% [markdown]")]


def head(text: str, number: str, slug: str) -> str:
    text = text.replace('lesson: "01"', f'lesson: "{number}"')
    return text.replace("slug: greeting", f"slug: {slug}\n#   formerly: 01-greeting")


PART_1 = head(_FIRST, "01", "hello")
PART_2 = head(
    _HEAD
    + '# %% exercise="number"'
    + _SECOND.replace(
        "class Number(", "from labkit.course.exercises import Exercise, NotYet\n\n\nclass Number("
    ),
    "02",
    "count",
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A built course, with a copy and its base where copies lay before there were days."""
    write_course(tmp_path)
    build(tmp_path)
    text = (tmp_path / "notebooks" / NOW).read_text(encoding="utf-8")
    write_both(tmp_path, FLAT, text)
    return tmp_path


def notebook(course: Path, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((course / COPIES / path).read_text(encoding="utf-8"))
    return found


def texts(course: Path, path: Path) -> str:
    return "\n\n".join("".join(cell["source"]) for cell in notebook(course, path)["cells"])


def write(course: Path, path: Path, **added: str) -> None:
    """Let the learner change cells: what each argument says goes in place of a cell's text.

    `after_…` adds a cell behind the one with that text instead.
    """
    content = notebook(course, path)
    cells = []
    for cell in content["cells"]:
        cells.append(cell)
        for marker, text in added.items():
            if marker.removeprefix("after_") not in "".join(cell["source"]):
                continue
            if marker.startswith("after_"):
                cells.append({"cell_type": "code", "id": marker, "source": text, "metadata": {}})
            else:
                cell["source"] = text
                cell["outputs"] = ["an output"]
    (course / COPIES / path).write_text(json.dumps(content | {"cells": cells}), encoding="utf-8")


def divide(course: Path) -> None:
    """Put two lessons in place of the course's one."""
    for path in (course / "lessons").rglob("*.py"):
        path.unlink()
    write_course(course, PART_1, "01-hello.py")
    write_course(course, PART_2, "02-count.py")
    build(course)


def test_a_flat_copy_goes_into_its_days_folder_with_its_base(course: Path) -> None:
    write(course, FLAT, make_lab="import json  # mine", after_make_lab="my_own = 1")
    before = (course / COPIES / FLAT).read_bytes()
    prepare(course, [read_lesson(course / "lessons" / "day-1" / "01-greeting.py")])
    assert (course / COPIES / NOW).read_bytes() == before
    assert not (course / COPIES / FLAT).exists()
    assert (course / COPIES / BASES / NOW).exists()
    assert not (course / COPIES / BASES / FLAT).exists()


def test_the_update_says_where_the_copy_is_now(course: Path) -> None:
    write(course, FLAT, after_make_lab="my_own = 1")
    (done,) = update(course)
    assert str(done).splitlines() == [
        "01-greeting: up to date",
        f"    your copy was {COPIES}/{FLAT}; it is {COPIES}/{NOW} now",
    ]
    assert "my_own = 1" in texts(course, NOW)
    assert [str(one) for one in update(course)] == ["01-greeting: up to date"]


def test_a_copy_of_a_renumbered_lesson_follows_it(course: Path) -> None:
    write(course, FLAT, after_make_lab="my_own = 1")
    (course / "lessons" / "day-1" / "01-greeting.py").unlink()
    write_course(course, SAMPLE.replace('lesson: "01"', 'lesson: "07"'), "07-greeting.py")
    build(course)
    (done,) = update(course)
    assert done.came_from == FLAT
    assert "my_own = 1" in texts(course, Path("day-1/07-greeting.ipynb"))
    assert not (course / COPIES / FLAT).exists()


def test_a_copy_whose_place_is_taken_stays_where_it_is(course: Path) -> None:
    copy_missing(course)
    write(course, FLAT, after_make_lab="the_old_one = 1")
    (done,) = update(course)
    assert done.came_from is None
    assert "the_old_one" in texts(course, FLAT)
    assert "the_old_one" not in texts(course, NOW)


def test_a_divided_copy_gives_each_part_its_cells_and_is_kept_whole(course: Path) -> None:
    write(
        course,
        FLAT,
        **{
            f'lab.todo("{FILE}")': "%%function_file greeting.py\nmy_greeting = 1",
            f'lab.todo("{NUMBER}")': "my_number = 42",
            "after_make_lab": "after_the_head = 1",
            f'after_lab.check("{NUMBER}"': "at_the_end = 1",
        },
    )
    whole = (course / COPIES / FLAT).read_bytes()
    divide(course)
    one, two = update(course)
    first = texts(course, Path("day-1/01-hello.ipynb"))
    second = texts(course, Path("day-1/02-count.ipynb"))
    own = {
        "my_greeting = 1": (True, False),
        "after_the_head = 1": (True, False),
        f'lab.check("{FILE}")': (True, False),
        "lab = make_lab()": (True, True),
        "my_number = 42": (False, True),
        "at_the_end = 1": (False, True),
        f'lab.check("{NUMBER}"': (False, True),
    }
    assert {text: (text in first, text in second) for text in own} == own
    assert (course / COPIES / EARLIER / FLAT).read_bytes() == whole
    assert not (course / COPIES / FLAT).exists()
    assert f"your copy as it was: {COPIES}/{EARLIER}/{FLAT}" in str(one)
    assert "an output" in json.dumps(notebook(course, Path("day-1/02-count.ipynb")))
    assert [again.outcome for again in update(course)] == ["up to date", "up to date"]
    assert two.came_from == FLAT


def test_an_untouched_divided_copy_is_the_courses(course: Path) -> None:
    divide(course)
    update(course)
    for name in ("01-hello", "02-count"):
        theirs = json.loads((course / "notebooks" / "day-1" / f"{name}.ipynb").read_text())
        assert notebook(course, Path(f"day-1/{name}.ipynb"))["cells"] == theirs["cells"]


def test_a_divided_copy_that_is_no_notebook_is_left_as_it_is(course: Path) -> None:
    (course / COPIES / FLAT).write_text("{", encoding="utf-8")
    divide(course)
    update(course)
    assert (course / COPIES / FLAT).read_text(encoding="utf-8") == "{"


def test_a_notebook_of_the_learners_own_is_no_copy(course: Path) -> None:
    own = course / COPIES / "99-notes.ipynb"
    own.write_text("mine", encoding="utf-8")
    assert Path("99-notes.ipynb") not in new_places(course)
    update(course)
    assert own.read_text(encoding="utf-8") == "mine"


def test_what_was_solved_in_a_divided_lesson_counts_in_its_parts(course: Path, state: Path) -> None:
    divide(course)
    progress = state / "progress" / "greeting.jsonl"
    progress.parent.mkdir(parents=True)
    event = {"at": "", "lesson": "greeting", "event": "check", "outcome": "passed"}
    progress.write_text(json.dumps(event | {"exercise": NUMBER}) + "\n", encoding="utf-8")
    lessons = [read_lesson(path) for path in sorted((course / "lessons").rglob("*.py"))]
    assert [(one.solved, one.begun) for one in standings(lessons)] == [(0, False), (1, True)]


def test_the_saved_layout_opens_the_copy_where_it_is_now(course: Path) -> None:
    lessons = [read_lesson(course / "lessons" / "day-1" / "01-greeting.py")]
    prepare(course, lessons)
    (saved,) = workspaces().glob("*.jupyterlab-workspace")
    old = re.sub(re.escape(str(NOW)), str(FLAT), saved.read_text())
    saved.write_text(old, encoding="utf-8")
    (course / COPIES / NOW).replace(course / COPIES / FLAT)
    prepare(course, lessons)
    text = saved.read_text(encoding="utf-8")
    assert (f':{NOW}"' in text, f'"{NOW}"' in text) == (True, True)
    assert not re.search(rf'[:"]{re.escape(str(FLAT))}"', text)
