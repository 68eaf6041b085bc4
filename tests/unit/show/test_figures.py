"""Figures: what they say, their size, their style."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from labkit.labs.delivery.before_after import before_after
from labkit.labs.delivery.journey_timeline import timeline
from labkit.labs.delivery.time_scale import CUT, time_scale
from labkit.show.picture import Picture, picture
from labkit.show.queue_figure import queue_depth
from labkit.show.style import WIDTH_IN, style
from labkit.show.words import count, duration

NOON = pd.Timestamp(datetime(2026, 3, 6, 12, 0, tzinfo=UTC))


def at(seconds: float) -> pd.Timestamp:
    return NOON + pd.Timedelta(seconds=seconds)


def moments(*rows: tuple[str, str, float, str, str], order_id: str = "ord-1") -> pd.DataFrame:
    columns = ["service", "event", "at", "request_id", "detail"]
    frame = pd.DataFrame(list(rows), columns=columns)
    return frame.assign(order_id=order_id, at=[at(seconds) for seconds in frame["at"]])


TWO_TRIES = moments(
    ("customer", "sent", 0.0, "", ""),
    ("SQS queue", "enqueued", 0.01, "", ""),
    ("customer", "answered", 0.045, "", "202"),
    ("SQS queue", "received", 0.51, "", ""),
    ("Lambda", "INIT_START", 0.52, "a", ""),
    ("Lambda", "START", 0.63, "a", ""),
    ("Lambda", "order.received", 0.64, "a", ""),
    ("Lambda", "order.failed", 0.93, "a", ""),
    ("Lambda", "END", 0.93, "a", "error"),
    ("Lambda", "START", 6.63, "b", ""),
    ("Lambda", "END", 6.93, "b", "error"),
    ("dead letters", "seen", 12.9, "", ""),
)


def test_a_timeline_tells_the_journey_in_order() -> None:
    assert timeline(TWO_TRIES).alt == (
        "Journey of order ord-1. customer: answered 202 after 45 ms; SQS queue: waited 500 ms; "
        "Lambda: try 1: init 110 ms, ran 300 ms; SQS queue: back in the queue 5.70 s; "
        "Lambda: try 2: ran 300 ms; SQS queue: back in the queue 5.97 s; "
        "dead letters: seen after 12.9 s."
    )


def test_a_redriven_order_waits_among_the_dead_letters() -> None:
    redriven = moments(("SQS queue", "enqueued", 20.0, "", ""))
    alt = timeline(pd.concat([TWO_TRIES, redriven])).alt
    assert "dead letters: redriven 7.10 s later" in alt


def test_an_order_on_its_way_has_a_timeline() -> None:
    unanswered = moments(("customer", "sent", 0.0, "", ""), ("Lambda", "START", 0.1, "a", ""))
    assert timeline(unanswered).alt == "Journey of order ord-1. Lambda: still running."


def test_a_timeline_is_drawn_for_a_few_orders_only() -> None:
    many = pd.concat(
        [moments(*[("customer", "sent", 0.0, "", "")], order_id=f"{n}") for n in "abcde"]
    )
    with pytest.raises(ValueError, match=r"follows 5 orders.*order_ids"):
        timeline(many)
    with pytest.raises(ValueError, match="follows 0 orders"):
        timeline(many.iloc[:0])


def test_depth_and_concurrency_are_told_with_their_extremes() -> None:
    depth = pd.DataFrame(
        {
            "at": [at(1.0), at(1.0), at(2.0), at(2.0)],
            "elapsed_s": [0.0, 0.0, 1.0, 1.0],
            "queue": ["orders", "dead letters"] * 2,
            "visible": pd.array([34, 0, 0, 1], dtype="Int64"),
            "in_flight": pd.array([0, 0, 2, 0], dtype="Int64"),
        }
    )
    running = pd.DataFrame({"at": [at(1.2), at(1.5), at(1.9)], "running": [1, 2, 0]})
    assert queue_depth(depth, running).alt == (
        "Queue orders, watched for 1.00 s: at most 34 messages visible and 2 in flight; "
        "at the end 0 visible and 2 in flight. "
        "Queue dead letters, watched for 1.00 s: at most 1 message visible and 0 in flight; "
        "at the end 1 visible and 0 in flight. "
        "At most 2 invocations ran at the same time, within 700 ms."
    )
    assert queue_depth(depth, running.iloc[:0]).alt.endswith("No invocation ran.")
    with pytest.raises(ValueError, match="no sample"):
        queue_depth(depth.iloc[:0])


def placed(statuses: list[int | None], waits_ms: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "intended_at": [at(n / 10) for n in range(len(statuses))],
            "latency_ms": pd.Series(waits_ms, dtype="float64"),
            "status": pd.array(statuses, dtype="Int64"),
        }
    )


def test_before_and_after_are_told_with_what_customers_heard() -> None:
    before = placed([201, 500, 429, None], [300.0, 5.0, 4.0, 30_000.0])
    after = placed([202, 202, 202, None], [10.0, 12.0, 14.0, None])
    assert before_after(before, after, labels=("Alone", "Queued")).alt == (
        "Alone: 4 orders; 1 accepted (2xx), median wait 300 ms; 1 refused (4xx), median wait 4 ms; "
        "1 failed (5xx), median wait 5 ms; 1 no answer, median wait 30.0 s. "
        "Queued: 4 orders; 3 accepted (2xx), median wait 12 ms; 1 no answer."
    )


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "under 1 ms"),
        (0.0452, "45 ms"),
        (1.254, "1.25 s"),
        (12.54, "12.5 s"),
        (185, "3 min 5 s"),
    ],
)
def test_durations_are_written_with_the_unit_that_fits(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_one_is_singular() -> None:
    assert [count(n, "reply", "replies") for n in (0, 1, 1200)] == [
        "0 replies",
        "1 reply",
        "1,200 replies",
    ]


def text_figure(text: str) -> Figure:
    with style():
        figure = Figure(figsize=(WIDTH_IN, 2))
        figure.text(0.1, 0.5, text)
    return figure


def test_a_picture_is_shown_at_half_of_its_pixels() -> None:
    shown = picture(text_figure("x"), "x")
    assert shown.size == (700, 200)
    data, metadata = shown._repr_mimebundle_()
    assert 'width="700" style="max-width: 100%' in data["text/html"]
    assert metadata["image/png"] == {"width": 700, "height": 200, "alt": "x"}
    assert repr(shown) == "Picture(alt='x')"


def test_korean_text_is_drawn_where_there_is_a_font_and_never_warned_about() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        korean, tofu = (picture(text_figure(t), t).png for t in ("떡볶이", "\U000e0123" * 3))
    if any("CJK" in name for name in font_manager.get_font_names()):
        assert korean != tofu


def test_the_style_leaves_other_figures_alone() -> None:
    before = dict(mpl.rcParams)
    timeline(TWO_TRIES)
    assert dict(mpl.rcParams) == before


def test_every_colour_stands_out_from_white() -> None:
    """Contrast of 3 to 1 for what carries meaning by more than its text (WCAG 2.2, 1.4.11)."""
    from labkit.show import style as module

    for name in ("BLACK", "GREEN", "BLUE", "VERMILLION", "GREY"):
        assert contrast_to_white(getattr(module, name)) >= 3, name


def contrast_to_white(colour: str) -> float:
    channels = [int(part, 16) / 255 for part in re.findall("..", colour[1:])]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)


def test_a_picture_is_a_value() -> None:
    assert Picture(b"png", "words") == Picture(b"png", "words")


class TestTimeScale:
    """Long pauses in which nothing happens are cut short; all else keeps its proportions."""

    def test_a_learners_pause_is_cut_and_named(self) -> None:
        scale = time_scale([0, 0.5, 6.8, 7, 760, 761])
        assert scale.pauses == ((7, 760),)
        assert scale.place(7) == 7
        assert scale.place(760) == pytest.approx(7 + CUT * 8)
        assert scale.place(761) - scale.place(760) == pytest.approx(1)
        assert scale.unit == "minutes:seconds"

    def test_several_pauses_are_cut(self) -> None:
        assert time_scale([0, 1, 301, 302, 902, 904]).pauses == ((1, 301), (302, 902))

    def test_what_the_service_takes_is_not_cut(self) -> None:
        assert time_scale([0, 6, 12, 18]).pauses == ()
        assert time_scale([0, 0.2, 14.9]).pauses == ()
        assert time_scale(range(0, 300, 20)).pauses == ()

    def test_a_journey_without_length_has_a_scale(self) -> None:
        scale = time_scale([0.0])
        assert scale.width > 0
        assert scale.unit == "milliseconds"

    def test_the_timeline_of_a_redriven_order_says_nothing_else(self) -> None:
        redriven = moments(("SQS queue", "enqueued", 900.0, "", ""))
        assert "redriven 14 min 47 s later" in timeline(pd.concat([TWO_TRIES, redriven])).alt
