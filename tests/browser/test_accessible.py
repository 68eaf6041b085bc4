"""The sidebars for everybody: names, contrast, keyboard, zoom; light and dark, 800 to 2,560 px."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.audit import cut_off, nameless, walk_with_tab, weak_contrasts
from tests.browser.conftest import JupyterLab, running_lab
from tests.browser.jupyterlab import (
    MINUTE,
    code_cell,
    open_notebook,
    photograph,
    run,
    wait_for_kernel,
)

pytestmark = pytest.mark.timeout(300)

NOTEBOOK = "my-lessons/day-1/00-first-order.ipynb"
EXERCISE = "Order something"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
USUAL: ViewportSize = {"width": 1400, "height": 900}
WIDTHS = {800: 600, 1024: 700, 1440: 900, 2560: 1440}
"""Widths of windows in px, each with a height."""
ZOOMED: ViewportSize = {"width": 720, "height": 450}
"""What a window of 1440 x 900 has left at 200 %."""


@pytest.fixture(scope="module")
def jupyter_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """One of its own: hints and themes stay with a server, and other tests count the hints."""
    with running_lab(tmp_path_factory.mktemp("accessible")) as lab:
        yield lab


@pytest.fixture(scope="module")
def opened(jupyter_lab: JupyterLab, pages: Page) -> Iterator[Page]:
    """Lesson 00, with resources, a hint and a check that did not pass, all folds open."""
    panel = open_notebook(jupyter_lab, pages, NOTEBOOK)
    for text in ("target = None", "from labkit import Lab", "%%function_file", "whole_service(lab"):
        run(pages, code_cell(panel, text))
    exercises = region(pages, "Exercises")
    exercises.get_by_role("button", name=re.compile("^Hint 1")).click()
    exercises.get_by_role("button", name=f"Check: {EXERCISE}").click()
    pages.get_by_role("button", name="Go on without").click()  # not every cell above has run
    expect(exercises).to_contain_text("expected", timeout=2 * MINUTE)
    yield pages
    set_theme(jupyter_lab, pages, "light")
    pages.set_viewport_size(USUAL)


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def parts(page: Page) -> dict[str, Locator]:
    """What the extension draws, by where it is."""
    return {
        "left": page.locator("#labkit-course"),
        "right": page.locator("#labkit-lesson"),
        "cell": page.locator(".labkit-CellBar"),
        "status bar": page.locator(".labkit-Where"),
    }


def set_theme(jupyter_lab: JupyterLab, page: Page, theme: str) -> None:
    """Choose a theme in the settings, as the menu does, and wait until it is shown."""
    page.set_viewport_size(USUAL)
    plugin = f"{jupyter_lab.url}/lab/api/settings/@jupyterlab/apputils-extension:themes"
    body = {"raw": f'{{"theme": "{THEMES[theme]}"}}'}
    token = {"Authorization": f"token {jupyter_lab.token}"}
    assert requests.put(plugin, json=body, headers=token, timeout=30).ok
    page.reload()
    light = str(theme == "light").lower()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light, timeout=MINUTE)
    expect(parts(page)["right"]).to_contain_text("Lessons can run", timeout=MINUTE)
    wait_for_kernel(page)  # a notebook that is just being opened takes the focus
    show(page)


def show(page: Page) -> None:
    """Have both sidebars open, and all that can be unfolded on the right."""
    for name in ("Course", "Open lesson"):
        if not region(page, name).is_visible():
            page.get_by_role("tab", name=name, exact=True).click()
    folded = region(page, "Open lesson").locator("details:not([open]) > summary")
    while folded.count():
        folded.first.click()


@pytest.mark.parametrize("theme", THEMES)
def test_every_control_has_a_name_and_every_text_a_contrast(
    jupyter_lab: JupyterLab, opened: Page, theme: str
) -> None:
    set_theme(jupyter_lab, opened, theme)
    opened.get_by_role("button", name=re.compile("^Tear down first-order")).click()
    code_cell(opened.locator(".jp-NotebookPanel:visible"), "lab.todo").scroll_into_view_if_needed()
    expect(parts(opened)["cell"].first).to_be_visible()
    faults = {
        where: [*nameless(part.first), *weak_contrasts(part.first)]
        for where, part in parts(opened).items()
    }
    photograph(opened, f"accessible-{theme}")
    assert {where: found for where, found in faults.items() if found} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("home", ["labkit-course", "labkit-lesson"])
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(
    jupyter_lab: JupyterLab, opened: Page, home: str, theme: str
) -> None:
    set_theme(jupyter_lab, opened, theme)
    controls = opened.locator(f"#{home} :is(button:enabled, summary, input)")
    reached, unseen = walk_with_tab(opened, controls.first, home)
    assert unseen == []
    assert len(reached) == controls.count() - 1, reached  # the first has the focus already


def test_a_question_in_place_keeps_the_keyboard_where_it_is(opened: Page) -> None:
    asks = opened.get_by_role("button", name=re.compile("^Tear down first-order"))
    asks.focus()
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="Yes, delete all of it")).to_be_focused()
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")  # no, keep it
    expect(asks).to_be_focused()


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_cut_off_from_800_to_2560_px_or_at_200_percent(
    jupyter_lab: JupyterLab, opened: Page, theme: str
) -> None:
    faults = {}
    set_theme(jupyter_lab, opened, theme)
    sizes = [ViewportSize(width=wide, height=high) for wide, high in WIDTHS.items()]
    for size in (*sizes, ZOOMED):
        opened.set_viewport_size(size)
        for where in ("left", "right"):
            part = parts(opened)[where]
            if part.is_visible():
                faults[f"{where} at {size['width']}"] = cut_off(part)
        panel = opened.locator(".jp-NotebookPanel:visible").bounding_box()
        assert panel is not None
        faults[f"notebook at {size['width']}"] = [] if panel["width"] > 200 else [str(panel)]
        bar = opened.locator("#jp-main-statusbar")
        room = bar.evaluate("one => one.clientWidth - one.scrollWidth")
        faults[f"status bar at {size['width']}"] = [] if room >= 0 else [f"{-room} px too wide"]
        photograph(opened, f"width-{theme}-{size['width']}")
    assert {where: found for where, found in faults.items() if found} == {}


def test_a_long_word_widens_neither_the_sidebar_nor_what_is_below_a_cell(opened: Page) -> None:
    opened.set_viewport_size(ViewportSize(width=1024, height=700))
    show(opened)
    word = "create_event_source_mapping(**trigger)" * 3
    found = region(opened, "Exercises").locator("dd").first
    found.evaluate("(one, word) => one.textContent = word", word)
    bar = parts(opened)["cell"].first
    bar.scroll_into_view_if_needed()
    hint = bar.locator(".labkit-Hints p").first
    hint.evaluate("(one, word) => one.innerHTML = `<code>${word}</code>`", word)
    for part in (parts(opened)["right"], bar):
        assert part.evaluate("one => one.clientWidth - one.scrollWidth") >= 0
