"""An instructor and three learners on one hub, in real browsers, at the beginning of lesson 08."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from labkit.classroom.invitations import instructors_link, links
from labkit.classroom.ledger import FILE
from labkit.polling import wait_until
from tests.accessibility import problems
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.jupyterlab import ARTEFACTS, MINUTE, code_cell, run, write
from tests.browser.test_learners_day import HANDLER
from tests.classroom.hub_class import Served

pytestmark = pytest.mark.timeout(1200)

LESSON = "day-1/08-delivery-order-api.ipynb"
WRONG = HANDLER.replace("reply(400", "reply(500")
SOON_MS = 5_000
"""What the class is promised: news within five seconds."""


@dataclass
class Room:
    """The pages of a class: the instructor's, and each learner's by pseudonym."""

    served: Served
    view: Page
    learners: dict[str, Page]

    def row(self, who: str) -> object:
        return self.view.locator(f'tr[data-who="{who}"]')


@pytest.fixture(scope="module")
def room(served: Served) -> Iterator[Room]:
    """Let the instructor and all learners in, each in a browser of their own."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *QUIET]
        )
        view = _join(chromium, instructors_link(served.folder), "Open the class view")
        expect(view.locator("#rows tr")).to_have_count(3, timeout=MINUTE)
        found = links(served.folder)
        pages = {who: _join(chromium, found[who], "Join the class") for who in found}
        yield Room(served, view, pages)
        chromium.close()


def _join(chromium: Browser, link: str, button: str) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(link)
    page.get_by_role("button", name=button).click(timeout=MINUTE)
    return page


def test_the_class_works_through_a_part_of_lesson_08(room: Room) -> None:
    answers = {"learner-01": "Share", "learner-02": "Share", "learner-03": "Do not share"}
    for who, answer in answers.items():
        page = room.learners[who]
        expect(page.locator(".jp-Dialog")).to_contain_text(
            "Share your progress", timeout=2 * MINUTE
        )
        if who == "learner-01":
            _photograph(page, "class-consent")
        page.get_by_role("button", name=answer, exact=True).click()
    for who, page in room.learners.items():
        _open_lesson(room, page, who)
    _handler(room.learners["learner-01"], HANDLER)
    checked = _check(room.learners["learner-01"])
    assert "passed" in checked
    expect(room.row("learner-01").locator(".mark.at")).to_contain_text("1/", timeout=SOON_MS)
    expect(room.row("learner-03")).to_contain_text("Private")


def test_one_is_stuck_and_the_view_says_so_within_five_seconds(room: Room) -> None:
    page = room.learners["learner-02"]
    _handler(page, WRONG)
    for _ in range(3):
        assert "not yet" in _check(page)
    began = time.monotonic()
    expect(room.row("learner-02").locator(".state")).to_contain_text("Stuck", timeout=SOON_MS)
    print(f"stuck shown after {time.monotonic() - began:.1f} s")
    assert room.view.locator("#rows tr").first.get_attribute("data-who") == "learner-02"


def test_the_exercise_over_the_class_names_the_mistake(room: Room) -> None:
    view = room.view
    view.locator("#exercise").select_option("delivery-order-api order-handler")
    facts = view.locator("#exercise-facts")
    expect(facts).to_contain_text("1 of 2 who share have passed", timeout=SOON_MS)
    expect(facts).to_contain_text("4 checks")


def test_a_hand_is_seen_also_of_one_who_shares_nothing(room: Room) -> None:
    room.learners["learner-03"].get_by_role("button", name="Raise hand").click()
    expect(room.row("learner-03")).to_contain_text("Hand up", timeout=SOON_MS)
    assert room.view.locator("#rows tr").first.get_attribute("data-who") == "learner-03"
    _photograph_view(room.view)
    room.row("learner-03").get_by_role("button", name="Hand down").click()
    expect(room.row("learner-03")).not_to_contain_text("Hand up", timeout=SOON_MS)
    expect(room.learners["learner-03"].get_by_role("button", name="Raise hand")).to_be_visible(
        timeout=2 * SOON_MS
    )


def test_the_view_is_worked_by_the_keyboard_and_shows_one_learner(room: Room) -> None:
    view = room.view
    view.locator("h1").click()
    view.keyboard.press("s")
    expect(view.locator("#rows tr").first).to_have_attribute("data-who", "learner-01")
    view.keyboard.press("j")
    expect(view.locator("#rows tr.chosen")).to_have_attribute("data-who", "learner-01")
    view.keyboard.press("j")
    view.keyboard.press("k")
    view.keyboard.press("Enter")
    page = view.locator("#learner")
    expect(page.locator("h2")).to_have_text("Kim (learner-01)")
    expect(page.locator("tbody tr").filter(has_text="check passed")).to_have_count(1)
    view.keyboard.press("Escape")
    expect(page).to_be_hidden()
    view.keyboard.press("s")
    expect(view.locator("#rows tr").first).to_have_attribute("data-who", "learner-02")


def test_the_class_is_exported_as_the_view_shows_it(room: Room) -> None:
    answer = room.view.context.request.get(f"{room.served.url}/services/class/class.csv")
    lines = {one["who"]: one for one in csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff")))}
    assert [lines[f"learner-0{n}"]["state"] for n in (1, 2, 3)] == ["working", "stuck", "private"]
    assert lines["learner-01"]["08-delivery-order-api"].startswith("1/")
    assert lines["learner-03"]["08-delivery-order-api"] == ""


def test_the_page_holds_what_screen_readers_need(room: Room) -> None:
    assert [str(one) for one in problems(room.view.content())] == []


def test_a_kernel_that_dies_is_shown(room: Room) -> None:
    page = room.learners["learner-01"]
    cell = code_cell(page.locator(".jp-NotebookPanel:visible"), "target = None")
    write(page, cell, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    page.keyboard.press("Control+Enter")
    expect(room.row("learner-01").locator(".alarm")).to_contain_text(
        "1 kernel died", timeout=3 * SOON_MS
    )


def test_a_note_reaches_everybody(room: Room) -> None:
    room.view.keyboard.press("n")
    room.view.keyboard.type("We go on with 09 at 14:40")
    room.view.keyboard.press("Enter")
    for page in room.learners.values():
        expect(page.get_by_text("We go on with 09 at 14:40").first).to_be_visible(timeout=SOON_MS)
    _photograph(room.learners["learner-01"], "class-note")


def test_the_hub_is_killed_and_nobody_loses_a_line(room: Room) -> None:
    page = room.learners["learner-02"]
    kernel = run(
        page, code_cell(page.locator(".jp-NotebookPanel:visible"), "import json\n")
    ).count()
    assert kernel
    room.served.kill("hub")
    assert "not yet" in _check(page)  # while the hub is away or coming back
    _handler(page, HANDLER)
    assert "passed" in _check(page)
    wait_until(lambda: _told(room.served, "learner-02") == _written(room.served, "learner-02"), 60)
    expect(room.row("learner-02").locator(".mark.at")).to_contain_text("1/", timeout=2 * SOON_MS)
    home = room.served.folder.home("learner-02")
    saved = home / "course" / "my-lessons" / LESSON
    page.keyboard.press("Control+s")
    wait_until(lambda: "this is no order" in saved.read_text(encoding="utf-8"), 30, "the save")


def _open_lesson(room: Room, page: Page, who: str) -> None:
    page.goto(f"{room.served.url}/user/{who}/lab/workspaces/eight/tree/{LESSON}")
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=3 * MINUTE)
    panel = page.locator(".jp-NotebookPanel:visible")
    for text in ("target = None", "from labkit import Lab", 'lab.client("apigateway")'):
        run(page, code_cell(panel, text))


def _handler(page: Page, source: str) -> None:
    cell = code_cell(page.locator(".jp-NotebookPanel:visible"), "%%function_file order.py")
    write(page, cell, source)
    run(page, cell)


def _check(page: Page) -> str:
    cell = code_cell(page.locator(".jp-NotebookPanel:visible"), 'lab.check("order-handler")')
    return run(page, cell).inner_text()


def _written(served: Served, who: str) -> list[tuple[str, str]]:
    """Return time and event of each line of a learner's progress."""
    files = (served.folder.home(who) / "state" / "progress").glob("*.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return sorted((line["at"], line["event"]) for line in lines)


def _told(served: Served, who: str) -> list[tuple[str, str]]:
    """Return the same of what the class view has on disk."""
    with sqlite3.connect(served.folder.private / FILE) as database:
        rows = database.execute("SELECT event FROM events WHERE who = ?", (who,)).fetchall()
    events = [json.loads(row[0]) for row in rows]
    return sorted((one["at"], one["event"]) for one in events if "hand" not in one["event"])


def _photograph(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def _photograph_view(view: Page) -> None:
    """Take the view at both widths, light and dark, and as a projector shows it."""
    for scheme in ("light", "dark"):
        view.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in (1280, 390):
            view.set_viewport_size({"width": width, "height": 900})
            overflow = view.evaluate("document.documentElement.scrollWidth > innerWidth")
            _photograph(view, f"class-view-{scheme}-{width}")
            assert not overflow, f"the page is wider than {width} px"
    view.set_viewport_size({"width": 1280, "height": 900})
    view.emulate_media(color_scheme="light")
    view.keyboard.press("p")
    names = view.locator("#learners").is_visible()
    _photograph(view, "class-view-projector")
    view.keyboard.press("p")
    assert not names
