"""Reading lessons: front matter, cells with their lines, names, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.course.cells import LessonError
from labkit.course.lesson import (
    course_folder,
    find_lesson,
    lesson_paths,
    read_lesson,
)
from labkit.errors import LabkitError
from tests.support.course_samples import SAMPLE, write_course


def test_each_cell_knows_the_line_at_which_it_stands(tmp_path: Path) -> None:
    path = write_course(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    code = [cell for cell in read_lesson(path).cells if cell.kind == "code"]
    assert len(code) == 9
    for cell in code:
        assert lines[cell.line - 1] == cell.source.splitlines()[0]


def test_a_marker_inside_a_string_begins_no_cell(tmp_path: Path) -> None:
    inside = 'text = """\n# %% no cell\n"""\n\n# %%\nafter = 1\n'
    path = write_course(tmp_path, SAMPLE + "\n# %%\n" + inside)
    lines = path.read_text(encoding="utf-8").splitlines()
    last = read_lesson(path).cells[-1]
    assert last.source == "after = 1"
    assert lines[last.line - 1] == "after = 1"


def test_a_file_that_is_no_python_stands_behind_comment_signs(tmp_path: Path) -> None:
    cell = '\n# %% function_file="queue.yaml"\n# Queue:\n#   # the default\n#\n#   Type: x\n'
    path = write_course(tmp_path, SAMPLE + cell)
    assert read_lesson(path).cells[-1].source == "Queue:\n  # the default\n\n  Type: x"


def test_front_matter_becomes_the_title_cell(tmp_path: Path) -> None:
    title = read_lesson(write_course(tmp_path)).title_cell.source
    assert title.startswith("# A greeting\n")
    assert "Lesson 01 · 5 minutes · Day 1, Samples" in title
    assert "- write a file" in title
    assert "**Cost:** Nothing." in title


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("#   minutes: 5\n", "", "01-greeting.py:1: front matter: 'minutes' is missing"),
        ("- write a file", "- write: a file", "'goals' must be a list of texts"),
        ("minutes: 5", "minutes: five", "'minutes' must be an int"),
        ("#   day: 1\n", "#   day: 1\n#   dya: 1\n", "'dya' is unknown"),
        ("slug: greeting", "slug: farewell", "make 01-farewell.py, not this name"),
        ("# labkit:", "# labkid:", "no labkit section"),
        ('exercise="number"', 'excercise="number"', "Did you mean 'exercise'?"),
    ],
)
def test_a_wrong_lesson_is_refused_with_its_place(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    path = write_course(tmp_path, SAMPLE.replace(before, after))
    with pytest.raises(LessonError) as refused:
        read_lesson(path)
    assert message in str(refused.value)


def test_a_file_without_front_matter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match="must begin with front matter"):
        read_lesson(write_course(tmp_path, "# %%\n1 + 1\n"))


@pytest.mark.parametrize("name", ["01", "greeting", "01-greeting"])
def test_a_lesson_is_found_by_number_slug_or_both(tmp_path: Path, name: str) -> None:
    path = write_course(tmp_path)
    assert find_lesson(name, tmp_path) == path


def test_an_unknown_lesson_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write_course(tmp_path)
    with pytest.raises(LabkitError, match=r"no lesson 'greetings'\. Did you mean 'greeting'"):
        find_lesson("greetings", tmp_path)
    with pytest.raises(LabkitError, match="There are: 01-greeting"):
        find_lesson("xyz", tmp_path)


def test_the_readme_lists_every_lesson() -> None:
    readme = (course_folder() / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d\d) \|", readme, re.MULTILINE)
    assert listed == [path.stem[:2] for path in lesson_paths()]


def test_reading_lessons_builds_no_parsers_of_addresses() -> None:
    """They take a second of CPU, in each kernel; see `labkit.course`."""
    code = "import sys, labkit.course.lesson; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
