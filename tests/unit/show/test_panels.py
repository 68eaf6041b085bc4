"""The ticker beside live figures, and the contrast of their colours."""

from __future__ import annotations

import threading

import pytest

from labkit.show.panels.look import DARK, LEAST_CONTRAST, PAIRS, PANEL_CSS, contrast
from labkit.show.panels.ticker import Ticker


@pytest.mark.parametrize("pair", PAIRS)
def test_text_has_enough_contrast(pair: tuple[str, str]) -> None:
    assert contrast(*pair) >= LEAST_CONTRAST


@pytest.mark.parametrize("pair", PAIRS)
def test_text_has_enough_contrast_in_the_dark(pair: tuple[str, str]) -> None:
    assert contrast(*(DARK[colour] for colour in pair)) >= LEAST_CONTRAST


def test_a_panel_in_the_dark_theme_is_dark() -> None:
    rule = '[data-jp-theme-light="false"] .labkit-panel { color: #E6E6E6; background: #111111;'
    assert rule in PANEL_CSS


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48)]
)
def test_contrast_is_as_wcag_defines_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


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
