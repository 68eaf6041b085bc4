"""Solved lessons run to their end from "Run All", and their exported pages can be read by all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from labkit.polling import wait_until
from tests.accessibility import problems
from tests.browser.conftest import PROJECT, JupyterLab
from tests.browser.jupyterlab import MINUTE, choose, open_notebook, photograph

SOLUTIONS = sorted(
    path.name for path in (PROJECT / "solutions" / "day-1").glob("*-delivery-*.ipynb")
)
"""Those with widgets and figures of all kinds; papermill runs every lesson (tests/lessons)."""

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.slow
def test_solved_lesson_runs_from_run_all(jupyter_lab: JupyterLab, pages: Page, name: str) -> None:
    notebook = copied(jupyter_lab, f"solutions/day-1/{name}")
    cells = run_all(jupyter_lab, pages, notebook)

    assert errors(cells) == []
    assert checks(cells) != []
    assert all("passed" in text for text in checks(cells))
    assert "nothing left" in text_of(cells[-1])
    assert problems(exported(jupyter_lab, notebook)) == []


def test_learner_edition_stops_at_the_first_exercise(jupyter_lab: JupyterLab, pages: Page) -> None:
    cells = run_all(jupyter_lab, pages, copied(jupyter_lab, f"notebooks/day-1/{SOLUTIONS[0]}"))

    assert [error["ename"] for error in errors(cells)] == ["NotAttempted"]


def copied(jupyter_lab: JupyterLab, notebook: str) -> str:
    """Copy one of the course's own, which are not to be saved, to where it can be."""
    place = f"my-lessons/tried/{notebook}"
    (jupyter_lab.course / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(jupyter_lab.course / notebook, jupyter_lab.course / place)
    return place


def run_all(jupyter_lab: JupyterLab, page: Page, notebook: str) -> list[dict[str, Any]]:
    """Open a notebook, choose Run All Cells, wait for its end, save; return its code cells."""
    open_notebook(jupyter_lab, page, notebook)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(FINISHED, timeout=4 * MINUTE, polling=250)
    show_last_figure(page)
    photograph(page, notebook.replace("/", "-"))
    page.keyboard.press("Control+s")
    return wait_until(lambda: saved(jupyter_lab.course / notebook), seconds=30)


def saved(path: Path) -> list[dict[str, Any]]:
    """Return the code cells of a notebook on disk, once it was saved whole, with its outputs."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except ValueError:  # caught in the middle of being written
        return []
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return code if any(cell["execution_count"] for cell in code) else []


FINISHED = """() => {
    const panel = [...document.querySelectorAll('.jp-NotebookPanel')].find(p => p.offsetParent);
    const status = panel.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status;
    const prompts = [...panel.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
    const counts = prompts.map(p => p.textContent);
    return status === 'idle' && counts.length > 0 && /\\d/.test(counts[0])
        && !counts.some(c => c.includes('*'));
}"""


def exported(jupyter_lab: JupyterLab, notebook: str) -> str:
    """Return the page that JupyterLab's "Save and Export Notebook As HTML" gives."""
    address = f"{jupyter_lab.url}/nbconvert/html/{jupyter_lab.path(notebook)}"
    return requests.get(address, params={"token": jupyter_lab.token}, timeout=60).text


def show_last_figure(page: Page) -> None:
    """Scroll to the last figure, if there is one."""
    figures = page.locator(".jp-NotebookPanel:visible .jp-OutputArea img[alt]")
    if figures.count():
        figures.last.scroll_into_view_if_needed()


def errors(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]


def checks(cells: list[dict[str, Any]]) -> list[str]:
    """Return what each cell that calls lab.check showed."""
    return [text_of(c) for c in cells if "".join(c["source"]).startswith("lab.check(")]


def text_of(cell: dict[str, Any]) -> str:
    texts = [o.get("data", {}).get("text/plain", o.get("text", "")) for o in cell["outputs"]]
    return "\n".join("".join(text) for text in texts)
