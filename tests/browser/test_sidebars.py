"""The course's sidebars: buttons, a reload, a second tab, a restart, solutions, the teardown.

One learner goes through lesson 00; each test begins where the one before it ended.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import JupyterLab
from tests.browser.jupyterlab import MINUTE, code_cell, open_notebook, photograph, run

pytestmark = pytest.mark.timeout(300)

NAME = "day-1/00-first-order.ipynb"
EXERCISE = "Order something"


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def bar(page: Page) -> Locator:
    """What stands below the exercise's own cell."""
    return page.get_by_role("group", name=f"Exercise: {EXERCISE}")


def test_a_solved_notebook_is_neither_saved_nor_progress(
    authors_lab: JupyterLab, pages: Page
) -> None:
    solved = authors_lab.course / "solutions" / NAME
    before = solved.read_bytes()
    panel = open_notebook(authors_lab, pages, f"solutions/{NAME}")
    run(pages, code_cell(panel, "target = None"))
    run(pages, code_cell(panel, "from labkit import Lab"))
    expect(panel.get_by_role("note")).to_contain_text("it runs, and is never saved")
    expect(panel.get_by_role("note")).to_be_in_viewport(ratio=1)
    expect(region(pages, "Open lesson")).to_contain_text("does not count as your progress")
    course = region(pages, "Course")
    expect(course.get_by_role("button", name=re.compile("00 · "))).to_contain_text("not begun")
    pages.keyboard.press("Control+s")
    assert solved.read_bytes() == before


def test_hint_check_and_solve_finish_the_lesson(jupyter_lab: JupyterLab, pages: Page) -> None:
    panel = open_notebook(jupyter_lab, pages, f"my-lessons/{NAME}")
    exercises = region(pages, "Exercises")
    exercises.get_by_role("button", name=re.compile(f"^{EXERCISE}")).click()
    bar(pages).get_by_role("button", name=f"Hint 1 of 3: {EXERCISE}").click()
    expect(exercises.get_by_role("list", name=f"Hints: {EXERCISE}")).to_be_visible()
    expect(bar(pages).get_by_role("list", name=f"Hints: {EXERCISE}")).to_be_visible()
    bar(pages).get_by_role("button", name=f"Check: {EXERCISE}").click()
    pages.get_by_role("button", name="Run them").click()
    expect(bar(pages)).to_contain_text("not yet", timeout=2 * MINUTE)
    expect(exercises).to_contain_text("expected")
    code_cell(panel, 'lab.check("').click()
    pages.keyboard.press("Escape")
    pages.keyboard.press("b")  # a cell of the learner's own, below
    pages.keyboard.press("Enter")
    pages.keyboard.insert_text("6 * 7")
    exercises.get_by_role("button", name=f"Solve: {EXERCISE}").click()
    pages.get_by_role("button", name="Solve it").click()
    expect(bar(pages)).to_contain_text("passed", timeout=MINUTE)
    card = pages.locator(".labkit-Card")
    expect(card).to_contain_text("the lesson goes on below")
    run(pages, code_cell(panel, "6 * 7"))
    expect(card).to_contain_text("Lesson 00 is finished")
    expect(card).to_be_in_viewport(ratio=1)  # what the header above the cells cuts off is not
    expect(card.get_by_role("button", name="Next lesson")).to_contain_text("01 · ")
    for place in (exercises, bar(pages)):
        hints = place.get_by_role("list", name=f"Hints: {EXERCISE}")
        expect(hints).to_be_hidden()
        place.get_by_text("The hint", exact=True).click()
        expect(hints).to_be_visible()
    photograph(pages, "lesson-finished")


def test_a_reload_and_a_second_tab_show_the_same(jupyter_lab: JupyterLab, pages: Page) -> None:
    pages.keyboard.press("Control+s")
    pages.reload()
    expect(bar(pages)).to_contain_text("passed", timeout=MINUTE)
    expect(region(pages, "Resources and cost")).to_contain_text("first-order in the sandbox")
    tab = pages.context.new_page()
    try:
        tab.goto(f"{jupyter_lab.url}/?token={jupyter_lab.token}")
        begun = region(tab, "Course").get_by_role("button", name=re.compile("00 · "))
        expect(begun).to_contain_text("done", timeout=MINUTE)
        expect(tab.locator(".jp-NotebookPanel:visible")).to_be_visible(timeout=MINUTE)
    finally:
        tab.close()


def test_after_a_restart_check_runs_what_is_above(jupyter_lab: JupyterLab, pages: Page) -> None:
    panel = open_notebook(jupyter_lab, pages, f"my-lessons/{NAME}")
    pages.get_by_role("menuitem", name="Kernel", exact=True).click()
    pages.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    with pages.expect_response(re.compile("/api/kernels/[^/]+/restart")):
        pages.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(region(pages, "Resources and cost")).to_contain_text("first-order in the sandbox")
    region(pages, "Exercises").get_by_role("button", name=f"Check: {EXERCISE}").click()
    pages.get_by_role("button", name="Run them").click()
    expect(panel).to_contain_text("Going on with this lesson's run", timeout=2 * MINUTE)


def test_the_teardown_says_what_came_of_it(jupyter_lab: JupyterLab, pages: Page) -> None:
    shown = region(pages, "Resources and cost")
    # Another lesson's run may be there, too.
    ours = shown.locator("[data-run]").filter(has_text="first-order")
    ours.get_by_text("What exists").click()
    expect(shown).to_contain_text("Lambda function")
    shown.get_by_role("button", name="Tear down first-order", exact=True).click()
    shown.get_by_role("button", name="No, keep it").click()
    expect(shown).to_contain_text("Lambda function")
    shown.get_by_role("button", name="Tear down first-order", exact=True).click()
    shown.get_by_role("button", name="Yes, delete all of it").click()
    expect(shown).to_contain_text("nothing left", timeout=2 * MINUTE)
    expect(shown).to_contain_text("Nothing of this lesson is there")
    photograph(pages, "torn-down")


def test_check_offers_to_run_what_was_left_out_above(jupyter_lab: JupyterLab, pages: Page) -> None:
    panel = open_notebook(jupyter_lab, pages, "my-lessons/day-1/08-delivery-order-api.ipynb")
    run(pages, code_cell(panel, "target = None"))
    run(pages, code_cell(panel, "from labkit import Lab"))
    exercises = region(pages, "Exercises")
    exercises.get_by_role("button", name="Check: Write the handler").click()
    asked = pages.get_by_role("dialog")
    expect(asked).to_contain_text("4 cells above this exercise did not run yet")
    asked.get_by_role("button", name="Go on without").click()
    expect(exercises).to_contain_text("write your code in the cell above", timeout=MINUTE)
    expect(panel.locator(".jp-CodeCell").nth(2).locator(".jp-InputPrompt")).to_have_text("[ ]:")
    exercises.get_by_role("button", name="Check: Write the handler").click()
    asked.get_by_role("button", name="Run them").click()
    expect(panel.locator(".jp-CodeCell").nth(2).locator(".jp-InputPrompt")).to_have_text(
        re.compile(r"\[\d+\]:"), timeout=MINUTE
    )


def test_without_an_answer_there_is_no_error_of_a_check(
    jupyter_lab: JupyterLab, pages: Page
) -> None:
    panel = open_notebook(jupyter_lab, pages, "my-lessons/day-2/12-events.ipynb")
    run(pages, code_cell(panel, "target = None"))
    run(pages, code_cell(panel, "from labkit import Lab"))
    exercises = region(pages, "Exercises")
    exercises.get_by_role("button", name="Check: Big orders in Seoul").click()
    pages.get_by_role("button", name="Go on without").click()
    expect(exercises).to_contain_text("There is no answer to check yet", timeout=MINUTE)
    expect(panel.get_by_text("NameError")).to_have_count(0)
