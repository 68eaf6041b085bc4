"""What a browser test does in JupyterLab: find a cell, write into it, run it, see what it shows."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PROJECT, JupyterLab

ARTEFACTS = PROJECT / "out" / "browser"
MINUTE = 60_000  # ms, as Playwright counts


def open_notebook(jupyter_lab: JupyterLab, page: Page, notebook: str) -> Locator:
    """Open a notebook, wait until its kernel has answered, and return its panel."""
    page.goto(jupyter_lab.address(notebook))
    wait_for_kernel(page)
    return page.locator(".jp-NotebookPanel:visible")


def wait_for_kernel(page: Page) -> None:
    # Before the kernel has answered, JupyterLab takes a command and does nothing.
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=MINUTE)


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def code_cell(panel: Locator, text: str) -> Locator:
    """Return the first code cell that holds a text."""
    return panel.locator(".jp-CodeCell").filter(has_text=text).first


def run(page: Page, cell: Locator) -> Locator:
    """Run one cell, wait for its end, and return its output."""
    prompt = cell.locator(".jp-InputArea-prompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    ended = re.compile(r"\[\d+\]:")
    expect(prompt).not_to_have_text(before, timeout=MINUTE)
    expect(prompt).to_have_text(ended, timeout=MINUTE)
    return cell.locator(".jp-OutputArea")


def write(page: Page, cell: Locator, source: str) -> None:
    """Replace what is in a cell."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def photograph(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / Path(name).with_suffix(".png"))
