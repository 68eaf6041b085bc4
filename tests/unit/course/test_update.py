"""The learner's copies: made once, merged with a new course cell by cell, never overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_core.paths import jupyter_data_dir
from nbformat.sign import NotebookNotary

from labkit.cli import main
from labkit.course.build import build
from labkit.course.copies import BASES, COPIES
from labkit.course.update import copy_missing, merge, outdated, update
from labkit.errors import LabkitError
from tests.support.course_samples import SAMPLE, write_course

NAME = "day-1/01-greeting.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A built course, with the learner's copy of its lesson."""
    write_course(tmp_path)
    build(tmp_path)
    copy_missing(tmp_path)
    return tmp_path


def cell(name: str, source: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "cell_type": "code", "source": source} | more


def sources(cells: list[dict[str, Any]]) -> list[str]:
    return ["".join(one["source"]) for one in cells]


def change(course: Path, old: str, new: str) -> None:
    """Give the course a new version of its lesson."""
    assert old in SAMPLE
    write_course(course, SAMPLE.replace(old, new))
    build(course)


def edit(course: Path, old: str, new: str) -> None:
    """Write into the learner's copy, as JupyterLab saves it: a cell's source in lines."""
    path = course / COPIES / NAME
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for one in notebook["cells"]:
        one["source"] = "".join(one["source"]).replace(old, new).splitlines(keepends=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def copied(course: Path) -> str:
    notebook = json.loads((course / COPIES / NAME).read_text(encoding="utf-8"))
    return "\n".join(sources(notebook["cells"]))


def test_copies_are_made_once_and_then_left_alone(course: Path) -> None:
    edit(course, "A greeting", "My greeting")
    assert copy_missing(course) == []
    assert "My greeting" in copied(course)


def test_an_untouched_copy_becomes_the_courses(course: Path) -> None:
    change(course, "Write `greeting.py`", "Please write `greeting.py`")
    assert outdated(course) == ["01-greeting"]
    (done,) = update(course)
    assert (done.outcome, done.kept) == ("updated", ())
    assert "Please write" in copied(course)
    assert outdated(course) == []
    assert [str(one) for one in update(course)] == ["01-greeting: up to date"]


def test_what_the_learner_wrote_stays_and_is_named(course: Path) -> None:
    edit(course, "import json", "import json  # mine")
    change(course, "import json\n\nlab = make_lab()", "import json\n\nlab = make_lab(1)")
    (done,) = update(course)
    assert done.outcome == "merged"
    assert str(done).splitlines() == [
        "01-greeting: merged",
        "    kept yours: cell 3, import json  # mine",
        "    the course's are in notebooks/day-1/01-greeting.ipynb",
    ]
    assert "import json  # mine\n\nlab = make_lab()" in copied(course)


def test_a_touched_cell_that_the_course_left_alone_is_not_mentioned(course: Path) -> None:
    edit(course, "import json", "import json  # mine")
    change(course, "Write `greeting.py`", "Please write `greeting.py`")
    (done,) = update(course)
    assert (done.outcome, done.kept) == ("updated", ())
    assert "# mine" in copied(course)
    assert "Please write" in copied(course)


def test_a_copy_that_is_no_notebook_is_left_as_it_is(course: Path) -> None:
    (course / COPIES / NAME).write_text("{", encoding="utf-8")
    change(course, "Write `greeting.py`", "Please write `greeting.py`")
    (done,) = update(course)
    assert done.outcome == "unreadable"
    assert (course / COPIES / NAME).read_text(encoding="utf-8") == "{"


def test_without_its_base_every_difference_counts_as_the_learners(course: Path) -> None:
    edit(course, "import json", "import json  # mine")
    (course / COPIES / BASES / NAME).unlink()
    (done,) = update(course)
    assert done.kept == ("cell 3, import json  # mine",)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    write_course(tmp_path)
    build(tmp_path)
    (tmp_path / COPIES).write_text("a file where the folder should be")
    with pytest.raises(LabkitError, match=r"01-greeting\.ipynb could not be written"):
        copy_missing(tmp_path)


def test_cells_that_a_learner_added_follow_the_one_they_followed() -> None:
    base = [cell("a", "1"), cell("b", "2")]
    mine = [cell("a", "1"), cell("note", "mine"), cell("more", "too"), cell("b", "2")]
    theirs = [cell("new", "0"), cell("a", "1"), cell("b", "2!")]
    merged, kept = merge(base, mine, theirs)
    assert sources(merged) == ["0", "1", "mine", "too", "2!"]
    assert kept == []


def test_a_cell_that_a_learner_deleted_stays_deleted() -> None:
    base = [cell("a", "1"), cell("b", "2")]
    assert merge(base, [cell("a", "1")], [cell("a", "1"), cell("b", "2!")])[0] == [cell("a", "1")]


def test_a_cell_that_the_course_took_out_stays_only_if_it_was_touched() -> None:
    base = [cell("a", "1"), cell("b", "2")]
    merged, kept = merge(base, [cell("a", "mine"), cell("b", "2")], [])
    assert sources(merged) == ["mine"]
    assert kept == ["cell 1, mine"]


def test_the_same_change_on_both_sides_needs_no_word() -> None:
    merged, kept = merge([cell("a", "1")], [cell("a", "2")], [cell("a", "2")])
    assert (sources(merged), kept) == (["2"], [])


def test_cells_that_share_an_id_or_have_none_are_all_kept() -> None:
    """Some editors drop the ids of cells, and a pasted cell may have that of the one it is of."""
    base = [cell("a", "1"), cell("b", "2")]
    pasted = [cell("a", "mine"), cell("a", "mine too"), cell("b", "2")]
    merged, kept = merge(base, pasted, [cell("a", "1"), cell("b", "2!")])
    assert sources(merged) == ["mine", "mine too", "2!"]
    assert kept == []
    assert len({one["id"] for one in merged}) == 3
    bare = [{"cell_type": "code", "source": text} for text in ("mine", "mine too")]
    merged, _ = merge(base, bare, base)
    assert sources(merged) == ["mine", "mine too"]


def test_outputs_stay_where_the_text_is_unchanged() -> None:
    mine = cell("a", "1", outputs=["one"])
    assert merge([cell("a", "1")], [mine], [cell("a", "1", outputs=[])])[0] == [mine]


@pytest.mark.parametrize("trusted", [True, False])
def test_outputs_that_jupyter_trusted_stay_trusted_and_no_others(
    course: Path, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    path = course / COPIES / NAME
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    data = {"text/html": "<b>8 meals</b>"}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    code[0]["outputs"] = [shown]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    if trusted:
        signatures().sign(nbformat.read(path, as_version=4))
    change(course, "A greeting", "A better greeting")
    update(course)
    assert "A better greeting" in copied(course)
    assert "8 meals" in path.read_text(encoding="utf-8")
    assert signatures().check_signature(nbformat.read(path, as_version=4)) is trusted


def signatures() -> Any:
    """What Jupyter has signed."""
    Path(jupyter_data_dir()).mkdir(exist_ok=True)
    return NotebookNotary()


def test_the_command_says_what_it_did(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(course))
    (course / COPIES / NAME).unlink()
    assert main(["update"]) == 0
    assert capsys.readouterr().out == "01-greeting: copied\n"
