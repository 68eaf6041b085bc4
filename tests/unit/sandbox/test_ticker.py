"""Entries that come due: one that cannot be read, or takes long, stops nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable

from labkit.sandbox.languages.schedule_expressions import UTC
from labkit.sandbox.services.scheduler.ticker import Entry, Ticker

MIDNIGHT = 1_767_225_600.0
"""2026-01-01T00:00:00Z, in seconds since 1970."""

WAIT_SECONDS = 10


def entry(
    name: str, fire: Callable[[float], None], expression: str = "rate(1 minute)", **more: object
) -> Entry:
    """An entry of an account of its own."""
    return Entry(key=name, account=name, expression=expression, zone=UTC, fire=fire, **more)  # type: ignore[arg-type]


class Fired:
    """Notes the times at which something was due."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._done = threading.Semaphore(0)

    def __call__(self, due: float) -> None:
        self.times.append(due)
        self._done.release()

    def wait(self) -> None:
        """Return when it was called once more."""
        assert self._done.acquire(timeout=WAIT_SECONDS)


def test_an_entry_that_cannot_be_read_stops_no_other() -> None:
    fired = Fired()

    def read(one: str) -> Entry:
        if one == "corrupt":
            raise KeyError(one)
        return entry(one, fired, "cron(61 9 * * ? *)" if one == "bad" else "rate(1 minute)")

    ticker = Ticker("test", lambda: ["corrupt", "bad", "good"], read)
    ticker.tick(MIDNIGHT)
    ticker.tick(MIDNIGHT + 60)
    fired.wait()
    assert fired.times == [MIDNIGHT + 60]


def test_an_account_whose_call_takes_long_delays_no_other() -> None:
    fired, go_on = Fired(), threading.Event()
    entries = [entry("slow", lambda due: go_on.wait(WAIT_SECONDS) and None), entry("quick", fired)]
    ticker = Ticker("test", lambda: entries, lambda one: one)
    for minute in range(3):
        ticker.tick(MIDNIGHT + 60 * minute)
    fired.wait()
    fired.wait()
    go_on.set()
    assert fired.times == [MIDNIGHT + 60, MIDNIGHT + 120]


def test_a_call_that_fails_is_followed_by_the_next() -> None:
    fired = Fired()

    def fire(due: float) -> None:
        fired(due)
        raise RuntimeError("no target")

    ticker = Ticker("test", lambda: [entry("one", fire)], lambda one: one)
    for minute in range(3):
        ticker.tick(MIDNIGHT + 60 * minute)
    fired.wait()
    fired.wait()


def test_times_that_pass_while_it_is_off_have_passed() -> None:
    fired = Fired()
    states = iter([True, False, False, True, True])
    ticker = Ticker("test", lambda: [next(states)], lambda on: entry("one", fired, enabled=on))
    for seconds in (0, 60, 120, 150, 180):
        ticker.tick(MIDNIGHT + seconds)
    fired.wait()
    assert fired.times == [MIDNIGHT + 180]


def test_one_time_is_once_also_if_it_has_passed() -> None:
    fired = Fired()
    once = entry("one", fired, "at(2025-12-31T00:00:00)", since=0)
    ticker = Ticker("test", lambda: [once], lambda one: one)
    for seconds in range(3):
        ticker.tick(MIDNIGHT + seconds)
    fired.wait()
    assert fired.times == [MIDNIGHT - 86_400]


def test_nothing_is_due_after_its_end() -> None:
    fired = Fired()
    ended = entry("one", fired, ends=MIDNIGHT + 90)
    ticker = Ticker("test", lambda: [ended], lambda one: one)
    for minute in range(4):
        ticker.tick(MIDNIGHT + 60 * minute)
    fired.wait()
    assert fired.times == [MIDNIGHT + 60]
