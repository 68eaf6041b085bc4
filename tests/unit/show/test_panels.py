"""Panels: what they say in HTML and as text, the teardown they start, and their contrast."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from ipywidgets import widgets

from labkit.course.dashboard import LivePanel, replace_live
from labkit.polling import wait_until
from labkit.show.panels import EnvironmentPanel, ProgressPanel, ResourcesPanel, Standing
from labkit.show.panels.environment import Fact
from labkit.show.panels.frame import sign
from labkit.show.panels.look import LEAST_CONTRAST, PAIRS, contrast
from labkit.show.panels.resources import NOTHING
from labkit.show.panels.ticker import Ticker


@pytest.mark.parametrize("pair", PAIRS)
def test_text_has_enough_contrast(pair: tuple[str, str]) -> None:
    assert contrast(*pair) >= LEAST_CONTRAST


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48)]
)
def test_contrast_is_as_wcag_defines_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_a_state_is_never_a_colour_alone() -> None:
    signs = {re.sub("<[^>]*>", "", sign(mood, "x")) for mood in ("good", "warn", "bad", "none")}
    assert len(signs) == 4


def test_progress_in_words() -> None:
    panel = ProgressPanel(
        [
            Standing("08-api", "The <API>", 3, 3, True, 31.6, 35),
            Standing("09-queue", "The queue", 1, 4, True, 5.2, 35),
            Standing("10-dead", "Dead letters", 0, 4, False, 0.0, 35),
        ]
    )
    assert repr(panel).splitlines() == [
        "Progress",
        "08-api    done             32 of 35 min",
        "09-queue  1 of 4 solved    5 of 35 min",
        "10-dead   not begun        35 min",
    ]
    assert "08 The &lt;API&gt;" in panel._repr_html_()
    assert "✔ done" in panel._repr_html_()


def test_the_environment_with_advice() -> None:
    panel = EnvironmentPanel([Fact("Target", "not reachable", "bad", "start it with make lab")])
    assert repr(panel) == "Environment\nTarget  not reachable (start it with make lab)"
    assert "⚠ not reachable" in panel.html()


def test_without_a_run_the_resources_panel_says_so(state: Path) -> None:
    assert NOTHING in repr(ResourcesPanel())
    assert NOTHING in ResourcesPanel()._repr_html_()


def test_a_ticker_goes_on_after_an_error_and_stops_when_told() -> None:
    calls, errors = threading.Semaphore(0), []

    def work() -> None:
        calls.release()
        raise ValueError("once more")

    ticker = Ticker(work, every_s=0.01, failed=errors.append)
    ticker.start()
    for _ in range(3):
        assert calls.acquire(timeout=5)
    ticker.stop()
    assert not ticker.running
    counted = len(errors)
    assert counted >= 3
    assert not any(thread.name == "labkit-ticker" for thread in threading.enumerate())


def test_a_ticker_hurries() -> None:
    calls = threading.Semaphore(0)
    ticker = Ticker(calls.release, every_s=3600, failed=lambda error: None)
    ticker.start()
    assert calls.acquire(timeout=5)
    ticker.hurry()
    assert calls.acquire(timeout=5)
    ticker.stop()


@pytest.mark.parametrize(("reader", "place"), [("standings", 1), ("facts", 2)])
def test_what_a_panel_cannot_read_is_said_in_it(
    reader: str, place: int, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise OSError("Too many open files")

    monkeypatch.setattr("labkit.course.dashboard.front_end", lambda: True)
    monkeypatch.setattr("labkit.course.dashboard.facts", list)
    monkeypatch.setattr(f"labkit.course.dashboard.{reader}", unreadable)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(state))
    view = LivePanel()._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    panel = widgets.widget._instances[view["model_id"]].children[place]
    wait_until(lambda: "Too many open files" in panel.value, seconds=5)
    replace_live([])


def test_a_panel_that_is_shown_again_leaves_no_thread_behind(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.course.dashboard.front_end", lambda: True)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(state))
    monkeypatch.setattr("labkit.course.dashboard.facts", list)
    for _ in range(3):
        LivePanel()._repr_mimebundle_()
    running = [one for one in threading.enumerate() if one.name == "labkit-ticker"]
    replace_live([])
    assert len(running) == 2
    wait_until(lambda: not any(one.is_alive() for one in running), seconds=5)
