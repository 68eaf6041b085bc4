"""Building the two editions: stubs, stable ids and bytes, differences, and rules for lessons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.course.build import Edition, build, differences, render
from labkit.course.cells import LessonError
from labkit.course.lesson import read_lesson
from tests.support.course_samples import SAMPLE, write_course

NOTEBOOK = "day-1/01-greeting.ipynb"


def cells(folder: Path, edition: Edition, source: str = SAMPLE) -> list[dict[str, Any]]:
    """Render one edition and return its cells, each source as one string."""
    notebook = json.loads(render(read_lesson(write_course(folder, source)), edition))
    return [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]


def sources(folder: Path, edition: Edition) -> str:
    return "\n\n".join(cell["source"] for cell in cells(folder, edition))


def test_the_learner_gets_a_stub_at_the_indentation_of_the_solution(tmp_path: Path) -> None:
    text = sources(tmp_path, Edition.LEARNER)
    assert (
        "%%function_file greeting.py\n"
        "def hello(name):\n"
        '    """Greet."""\n'
        "    # Your code here: Write the greeting\n"
        '    lab.todo("greeting-file")'
    ) in text
    assert 'start = 40\n# Your code here: A number\nlab.todo("number")' in text
    assert "start + 2" not in text


def test_the_solved_edition_holds_the_solution_without_markers(tmp_path: Path) -> None:
    text = sources(tmp_path, Edition.SOLVED)
    assert 'def hello(name):\n    """Greet."""\n    return f"안녕, {name}"' in text
    assert "start = 40\nnumber = start + 2" in text
    assert "lab.todo" not in text


@pytest.mark.parametrize("edition", Edition)
def test_no_edition_holds_definitions_wrong_answers_or_markers(
    tmp_path: Path, edition: Edition
) -> None:
    text = sources(tmp_path, edition)
    assert "class GreetingFile" not in text
    assert 'return "hello"' not in text
    assert "SOLUTION" not in text


@pytest.mark.parametrize("edition", Edition)
def test_a_notebook_is_valid_has_no_outputs_and_names_its_lesson(
    tmp_path: Path, edition: Edition
) -> None:
    text = render(read_lesson(write_course(tmp_path)), edition)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert code[0].metadata.tags == ["parameters"]
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.labkit.slug == "greeting"
    assert notebook.metadata.labkit.edition == edition.value


def test_the_same_lesson_gives_the_same_bytes(tmp_path: Path) -> None:
    lesson = read_lesson(write_course(tmp_path))
    assert render(lesson, Edition.SOLVED) == render(lesson, Edition.SOLVED)


def test_editing_one_cell_changes_no_other_cells_id(tmp_path: Path) -> None:
    before = cells(tmp_path, Edition.SOLVED)
    inserted = SAMPLE.replace(
        "# %% [markdown]\n# ## A file", "# %%\nnew = 1\n\n# %% [markdown]\n# ## A file"
    )
    edited = inserted.replace("start + 2", "2 + start").replace("and a name", "and one name")
    after = {cell["id"]: cell["source"] for cell in cells(tmp_path, Edition.SOLVED, edited)}
    assert [cell["id"] for cell in before if cell["id"] not in after] == []
    assert len(after) == len(before) + 1


def test_equal_cells_have_ids_of_their_own(tmp_path: Path) -> None:
    twice = SAMPLE + "\n# %%\n1 + 1\n\n# %%\n1 + 1\n"
    ids = [cell["id"] for cell in cells(tmp_path, Edition.LEARNER, twice)]
    assert len(set(ids)) == len(ids)


def test_both_editions_share_ids(tmp_path: Path) -> None:
    learner = [cell["id"] for cell in cells(tmp_path, Edition.LEARNER)]
    assert learner == [cell["id"] for cell in cells(tmp_path, Edition.SOLVED)]


def test_a_fresh_build_differs_in_nothing(tmp_path: Path) -> None:
    write_course(tmp_path)
    assert len(build(tmp_path)) == 2
    assert differences(tmp_path) == []


def test_each_difference_is_one_line(tmp_path: Path) -> None:
    path = write_course(tmp_path)
    build(tmp_path)
    path.write_text(SAMPLE.replace("start + 2", "2 + start"), encoding="utf-8")
    (tmp_path / "notebooks" / NOTEBOOK).unlink()
    (tmp_path / "notebooks" / "99-gone.ipynb").write_text("{}", encoding="utf-8")
    missing, changed, orphan = differences(tmp_path)
    assert missing == f"notebooks/{NOTEBOOK} is missing: run labkit build."
    assert changed == f"solutions/{NOTEBOOK} differs from its lesson (cell 7): run labkit build."
    assert orphan == "notebooks/99-gone.ipynb has no lesson: delete it."


def test_a_notebook_with_outputs_differs(tmp_path: Path) -> None:
    write_course(tmp_path)
    build(tmp_path)
    path = tmp_path / "solutions" / NOTEBOOK
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["execution_count"] = 1
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert len(differences(tmp_path)) == 1


def test_a_build_removes_what_it_built_for_a_lesson_that_is_gone(tmp_path: Path) -> None:
    path = write_course(tmp_path)
    build(tmp_path)
    own = tmp_path / "notebooks" / "mine.ipynb"
    own.write_text('{"cells": [], "metadata": {}}', encoding="utf-8")
    path.unlink()
    build(tmp_path)
    assert not (tmp_path / "notebooks" / NOTEBOOK).exists()
    assert own.exists()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('tags=["parameters"]', "", "one cell with the tag 'parameters', not 0"),
        ("quick = False", "", "does not set 'quick'"),
        ("# ## A file", "# # A file", "the title comes from the front matter"),
        ("    ### END SOLUTION\n", "", "has no ### END SOLUTION"),
        ("    ### BEGIN SOLUTION\n", "", "does not follow its counterpart"),
        (
            "### BEGIN SOLUTION\nnumber = start + 2\n### END SOLUTION",
            "number = 42",
            "the cell of exercise 'number' has no solution region",
        ),
        ('exercise="number"', 'exercise="numbre"', "Did you mean 'number'?"),
        ('lab.check("number", answer=number)', 'lab.check("nmber")', "Did you mean 'number'?"),
        ('lab.check("number", answer=number)', "number", 'no cell calls lab.check("number")'),
        ('wrong="greeting-file" expect="안녕"', 'wrong="greeting-file"', "go together"),
        ("json.dumps", "jsn.dumps", "nothing defines the name 'jsn'"),
        ("class Number(Exercise):", "class Number(Exercise", "was never closed"),
        ('    id = "number"\n', "", "the exercise Number needs an id"),
        ("`return f…`", "return f(…)", "hint 2 of 'greeting-file' has code without backticks"),
        ('    id = "number"\n', '    id = "greeting-file"\n', "two exercises have the id"),
    ],
)
def test_a_lesson_that_breaks_a_rule_is_not_built(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in SAMPLE
    write_course(tmp_path, SAMPLE.replace(before, after))
    with pytest.raises(LessonError) as refused:
        build(tmp_path)
    assert message in str(refused.value)
    assert "lessons/day-1/01-greeting.py:" in str(refused.value)
    assert not (tmp_path / "notebooks").exists()


def test_cells_must_be_short_by_the_median(tmp_path: Path) -> None:
    long = "\n".join(f"x{n} = {n}" for n in range(11))
    write_course(tmp_path, SAMPLE + f"\n# %%\n{long}\n" * 8)
    with pytest.raises(LessonError, match="half of the code cells have more than 11 lines"):
        build(tmp_path)
