"""Stubs, refusals and ``lab.solve`` in a real IPython kernel."""

from __future__ import annotations

import json
from pathlib import Path

from labkit.course.build import build
from tests.support.course_kernel import KERNEL_SAMPLE, SETUP, notebook_of, run_notebook, texts
from tests.support.course_samples import write_course


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
    (recorded,) = (tmp_path / "state").glob("progress/*.jsonl")
    *_, last = map(json.loads, recorded.read_text(encoding="utf-8").splitlines())
    assert (last["event"], last["outcome"]) == ("solve stopped", "error")
