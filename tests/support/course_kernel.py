"""Runs notebooks of the sample course in a real IPython kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from tests.support.course_samples import SAMPLE

SETUP = """\
from pathlib import Path

from tests.support.course_samples import FolderLab
from labkit.course import magics

lab = FolderLab(Path.cwd())
magics.register(lab)"""

KERNEL_SAMPLE = SAMPLE.replace("lab = make_lab()", SETUP)


def environment(folder: Path) -> dict[str, str]:
    """Return variables for a course in `folder` whose kernels find the sample's helpers."""
    return os.environ | {
        "LABKIT_COURSE_DIR": str(folder),
        "LABKIT_STATE_DIR": str(folder / "state"),
    }


def run_notebook(path: Path, folder: Path) -> Any:
    """Run a notebook with papermill and return it with its outputs, errors included."""
    executed = folder / "executed.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", str(path), str(executed)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        check=False,
    )
    return nbformat.read(executed, as_version=4)


def notebook_of(folder: Path, *sources: str) -> Path:
    """Write a notebook of these code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def texts(notebook: Any) -> list[str]:
    """Return each code cell's output as text: printed, shown plainly, or the error's sentence."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(map(_text, cell.outputs)) for cell in code]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return str(output.data["text/plain"])
