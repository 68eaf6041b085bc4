"""The terminal of `labkit lab` shows the banner and the address, and no word of Jupyter's own."""

from __future__ import annotations

import re
import uuid

import pytest
import requests
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser.conftest import JupyterLab, running_lab
from tests.browser.jupyterlab import MINUTE, code_cell, open_notebook, run, wait_for_kernel, write

pytestmark = pytest.mark.timeout(300)

TALK = """import threading, time

def talk():
    while True:
        print("still here", flush=True)
        time.sleep(0.0003)

threading.Thread(target=talk, daemon=True).start()"""

LEFT = 6
"""How often the page is left. Nearly each time, Jupyter had something to say of it."""


def test_opening_running_and_saving_a_lesson_leaves_the_terminal_alone(
    tmp_path_factory: pytest.TempPathFactory, pages: Page
) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    with running_lab(tmp_path_factory.mktemp("quiet")) as lab:
        pages.on("console", hear)
        at_first = lab.said
        go_through(lab, pages)
        pages.remove_listener("console", hear)
        assert lab.said == at_first
    assert "labkit doctor" in at_first
    assert not re.search(r"\[[WE] |WARNING|Error", at_first)
    assert not complaints


def go_through(lab: JupyterLab, page: Page) -> None:
    """Open two lessons, run and save, and come back after a reload and with another kernel."""
    panel = open_notebook(lab, page, "my-lessons/day-1/00-first-order.ipynb")
    run(page, code_cell(panel, "target = None"))
    run(page, code_cell(panel, "from labkit import Lab"))
    shown = run(page, code_cell(panel, "service_drawing("))
    expect(shown.get_by_role("img")).to_be_visible(timeout=MINUTE)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saving completed")).to_be_visible(timeout=MINUTE)
    page.reload()
    wait_for_kernel(page)
    expect(panel.get_by_role("img").first).to_be_visible(timeout=MINUTE)
    reload_while_the_kernel_talks(page, panel)
    open_notebook(lab, page, "my-lessons/day-1/01-network-paths.ipynb")
    gone = f"{lab.url}/api/kernels/{uuid.uuid4()}"  # as a tab asks that was left open yesterday
    token = {"Authorization": f"token {lab.token}"}
    assert requests.get(gone, headers=token, timeout=30).status_code == 404
    assert requests.get(f"{gone}/channels", headers=token, timeout=30).status_code >= 400


def reload_while_the_kernel_talks(page: Page, panel: Locator) -> None:
    """Leave the page and come back, again and again, while output comes that nobody takes."""
    cell = code_cell(panel, "target = None")
    write(page, cell, TALK)
    run(page, panel.locator(".jp-CodeCell").first)
    address = page.url
    for _ in range(LEFT):
        page.goto("about:blank")
        page.goto(address)
        wait_for_kernel(page)
