"""``%%function_file``, stubs and ``lab.solve``, in a real IPython kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.course.build import build
from labkit.course.magics import NotWritten, write_function_file
from labkit.errors import NotAttempted
from tests.unit.course_kernel import KERNEL_SAMPLE, SETUP, notebook_of, run_notebook, texts
from tests.unit.course_samples import FolderLab, write_course


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


def test_the_learners_edition_ends_not_attempted_at_the_first_exercise(tmp_path: Path) -> None:
    write_course(tmp_path, KERNEL_SAMPLE)
    learner = next(path for path in build(tmp_path) if path.parent.parent.name == "notebooks")
    outputs = texts(run_notebook(learner, tmp_path))
    stopped = [text for text in outputs if text]
    assert len(stopped) == 1
    assert stopped[0].startswith("NotAttempted: “Write the greeting” is still to do.")


def test_solving_and_refusals_in_a_kernel(tmp_path: Path) -> None:
    write_course(tmp_path, KERNEL_SAMPLE)
    notebook = run_notebook(
        notebook_of(
            tmp_path,
            SETUP,
            'lab.solve("greeting-file")',
            'lab.solve("number")',
            "number",
            "start = 0\nnumber = 1\nlab.check('number', answer=number)",
            "%%function_file broken.py\ndef handler(:\n",
        ),
        tmp_path,
    )
    _, greeting, solved, number, wrong, broken = texts(notebook)
    assert greeting.startswith("greeting.py written, 3 lines.\n✔ passed · Write the greeting")
    assert solved == "✔ passed · A number"
    assert number == "42"
    assert wrong.startswith("… not yet · A number")
    assert broken.startswith("NotWritten: line 2 of this cell does not compile")
    assert not (tmp_path / "broken.py").exists()


def test_solving_before_the_cells_it_builds_on_says_what_to_run(tmp_path: Path) -> None:
    needs = KERNEL_SAMPLE.replace("number = start + 2", "number = start + two")
    write_course(tmp_path, needs.replace("# ## A file", "# ## Another file"))
    outputs = texts(run_notebook(notebook_of(tmp_path, SETUP, 'lab.solve("number")'), tmp_path))
    assert "⚠ error · A number" in outputs[-1]
    assert "the solution stopped: NameError: name 'two' is not defined" in outputs[-1]
    assert "run them from the top" in outputs[-1]
