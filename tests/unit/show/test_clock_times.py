"""Times of a data frame are shown as a clock does, and stay what they are."""

from __future__ import annotations

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from labkit.show.clock_times import show_clock_times


def shown(frame: pd.DataFrame) -> str:
    shell = InteractiveShell()
    show_clock_times(shell)
    return str(shell.display_formatter.format(frame)[0]["text/html"])


def test_times_of_one_day_are_shown_without_it() -> None:
    times = pd.to_datetime(["2026-11-30 13:54:48.361", None], utc=True)
    frame = pd.DataFrame({"at": times, "tries": [1, 2]})
    text = shown(frame)
    assert "<td>13:54:48.361</td>" in text
    assert "<td>–</td>" in text
    assert "2026" not in text
    assert list(frame["at"]) == list(times)


def test_times_of_several_days_are_shown_with_them() -> None:
    times = pd.to_datetime(["2026-11-30 23:59:59.9", "2026-12-01 00:00:00.1"], utc=True)
    text = shown(pd.DataFrame({"at": times}))
    assert "<td>2026-11-30 23:59:59.900</td>" in text
    assert "<td>2026-12-01 00:00:00.100</td>" in text


def test_other_frames_are_shown_as_ever() -> None:
    frame = pd.DataFrame({"orders": [1]})
    assert shown(frame) == frame._repr_html_()  # type: ignore[operator]
