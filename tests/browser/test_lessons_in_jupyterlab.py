"""Solved lessons run to their end from "Run All"; a learner's edition stops at its first stub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labkit.polling import wait_until
from tests.browser.conftest import PROJECT, JupyterLab

SOLUTIONS = sorted(path.name for path in (PROJECT / "solutions").glob("*.ipynb"))
ARTEFACTS = PROJECT / "out" / "browser"
MINUTE = 60_000  # ms, as Playwright counts

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_solved_lesson_runs_from_run_all(jupyter_lab: JupyterLab, pages: Page, name: str) -> None:
    cells = run_all(jupyter_lab, pages, f"solutions/{name}")

    assert errors(cells) == []
    assert checks(cells) != []
    assert all("passed" in text for text in checks(cells))
    assert "nothing left" in text_of(cells[-1])


def test_learner_edition_stops_at_the_first_exercise(jupyter_lab: JupyterLab, pages: Page) -> None:
    cells = run_all(jupyter_lab, pages, f"notebooks/{SOLUTIONS[0]}")

    assert [error["ename"] for error in errors(cells)] == ["NotAttempted"]


def run_all(jupyter_lab: JupyterLab, page: Page, notebook: str) -> list[dict[str, Any]]:
    """Open a notebook, choose Run All Cells, wait for its end, save; return its code cells."""
    page.goto(jupyter_lab.address(notebook))
    # Before the kernel has answered, JupyterLab takes the command and does nothing.
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=MINUTE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(FINISHED, timeout=4 * MINUTE, polling=250)
    photograph(page, Path(notebook))
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


def photograph(page: Page, notebook: Path) -> None:
    """Keep a picture of the last figure, else of the end; lesson 09's is docs/lesson.png."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    figures = page.locator(".jp-NotebookPanel:visible .jp-OutputArea img[alt]")
    if figures.count():
        figures.last.scroll_into_view_if_needed()
    page.screenshot(path=ARTEFACTS / f"{notebook.parent.name}-{notebook.stem}.png")


def errors(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]


def checks(cells: list[dict[str, Any]]) -> list[str]:
    """Return what each cell that calls lab.check showed."""
    return [text_of(c) for c in cells if "".join(c["source"]).startswith("lab.check(")]


def text_of(cell: dict[str, Any]) -> str:
    texts = [o.get("data", {}).get("text/plain", o.get("text", "")) for o in cell["outputs"]]
    return "\n".join("".join(text) for text in texts)
