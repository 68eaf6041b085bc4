"""``%%function_file``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.course.magics import NotWritten, write_function_file
from labkit.errors import NotAttempted
from tests.support.course_samples import FolderLab, write_course


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderLab:
    """A learner of the sample course, with an empty folder."""
    write_course(tmp_path)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "run").mkdir()
    return FolderLab(tmp_path / "run")


def test_the_cells_text_becomes_the_file(lab: FolderLab) -> None:
    assert (
        write_function_file(lab, "src/order.py", "x = '안녕'\n") == "src/order.py written, 1 lines."
    )
    assert (lab.folder / "src/order.py").read_text(encoding="utf-8") == "x = '안녕'\n"


def test_text_that_does_not_compile_is_not_written(lab: FolderLab) -> None:
    cell = "def handler(event, context):\n    return {\n"
    with pytest.raises(NotWritten) as refused:
        write_function_file(lab, "order.py", cell)
    assert str(refused.value).startswith(
        "line 3 of this cell does not compile: '{' was never closed. order.py was not written."
    )
    assert list(lab.folder.iterdir()) == []
    write_function_file(lab, "order.py --anyway", cell)
    assert (lab.folder / "order.py").read_text(encoding="utf-8") == cell


def test_a_file_that_is_not_python_is_not_compiled(lab: FolderLab) -> None:
    write_function_file(lab, "template.yaml", "Resources: {\n")
    assert (lab.folder / "template.yaml").exists()


def test_a_stub_is_not_written(lab: FolderLab) -> None:
    stub = 'def hello(name):\n    lab.todo("greeting-file")\n'
    with pytest.raises(NotAttempted, match="Write the greeting"):
        write_function_file(lab, "greeting.py", stub)
    assert list(lab.folder.iterdir()) == []


@pytest.mark.parametrize("line", ["", "one.py two.py", "--anyways", "../up.py", "/tmp/up.py"])
def test_a_line_that_names_no_file_of_the_run_is_refused(lab: FolderLab, line: str) -> None:
    with pytest.raises(NotWritten, match="othing was written"):
        write_function_file(lab, line, "x = 1\n")
    assert list(lab.folder.iterdir()) == []
