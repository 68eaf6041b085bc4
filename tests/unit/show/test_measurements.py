"""Figures of measured calls: what they say in words, and what they refuse to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labkit.labs.functions.memory_curve import memory_curve
from labkit.labs.functions.plausibility import plausibility
from labkit.labs.functions.published import SOURCES, published
from labkit.labs.functions.tuning import recommend
from labkit.measure.calls import call_frame
from labkit.measure.designs import Design
from labkit.measure.statistics import TooFewSamples
from labkit.show.measurements import (
    block_slopes,
    concurrency_and_limits,
    distribution,
    environments,
    waterfall,
)
from labkit.show.measurements.phases import spans
from labkit.show.picture import Picture
from labkit.show.style import WIDTH_IN

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
SHOWN_PX = 100 * WIDTH_IN


def call(sent_s: float, client_ms: float, duration_ms: float | None, **more: Any) -> dict[str, Any]:
    sent = NOON + timedelta(seconds=sent_s)
    row = {"sent_at": sent, "client_ms": client_ms, "duration_ms": duration_ms}
    row |= {"received_at": sent + timedelta(milliseconds=client_ms), "status": "success"}
    return row | more


def throttled(sent_s: float) -> dict[str, Any]:
    return call(sent_s, 5, None, status="throttled", error_type="CallerRateLimitExceeded")


CALLS = call_frame(
    [
        call(0.0, 400, 200, init_ms=100, environment="a"),
        call(0.1, 420, 200, init_ms=110, environment="b"),
        call(0.6, 210, 200, environment="a"),
        throttled(0.65),
        throttled(0.66),
        call(0.9, 205, 190, environment="a"),
    ]
)


def shown(figure: Picture) -> str:
    """Return a figure's words, once it is known to be a picture of the right width."""
    assert figure.png.startswith(b"\x89PNG")
    assert figure.size[0] == pytest.approx(SHOWN_PX, abs=1)
    return figure.alt


def test_a_waterfall_shows_a_call_whose_phases_add_up() -> None:
    assert shown(waterfall(CALLS)) == (
        "cold (n = 2): 400 ms waited: 100 ms INIT, 200 ms handler, 100 ms unreported. "
        "warm (n = 2): 205 ms waited: 0 ms INIT, 190 ms handler, 15 ms unreported."
    )


def test_a_waterfall_of_throttled_calls_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="No call has a report"):
        waterfall(call_frame([throttled(0)]))


def test_a_distribution_names_each_group_with_its_size() -> None:
    assert shown(distribution(CALLS, "client_ms", "start")) == (
        "cold: 2 calls, median 410 ms, from 400 to 420 ms. "
        "warm: 2 calls, median 207.5 ms, from 205 to 210 ms. "
        "throttled: 2 calls, median 5 ms, from 5 to 5 ms."
    )


def test_a_distribution_of_too_many_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="6 groups have a value; this figure shows 1 to 5"):
        distribution(CALLS.assign(each=range(6)), "client_ms", "each")


def test_environments_have_a_lane_each() -> None:
    assert shown(environments(CALLS)) == (
        "4 calls ran in 2 environments: 2 cold, 2 warm. 2 calls were throttled."
    )
    with pytest.raises(ValueError, match="probe in the function"):
        environments(CALLS.assign(environment=pd.Series(dtype="string")))


def test_an_environment_runs_one_call_at_a_time() -> None:
    overlapping = call_frame(
        [call(0, 400, 200, environment="a"), call(0.1, 450, 200, environment="a")]
    )
    when = spans(overlapping)
    assert when["ended_at"].iloc[0] == when["started_at"].iloc[1]
    assert when["ended_at"].iloc[1] == overlapping["received_at"].iloc[1]


def test_an_initialisation_ahead_of_the_call_is_drawn_where_it_was() -> None:
    ahead = call(60, 210, 200, init_ms=100, initialized_at=NOON, environment="a")
    when = spans(call_frame([ahead])).iloc[0]
    assert when["init_end"] == NOON
    assert (when["init_end"] - when["init_at"]).total_seconds() == pytest.approx(0.1)


def test_concurrency_is_set_against_its_limits() -> None:
    limits = {"reserved concurrency": 2, "a queue's ramp": lambda s: 5 + 5 * s}
    assert shown(concurrency_and_limits(CALLS, limits)) == (
        "At most 2 calls ran at once (limits: reserved concurrency: 2); 2 calls were throttled."
    )


def test_a_memory_curve_says_what_it_recommends() -> None:
    rows = []
    for block in range(8):
        for memory, ms in ((128, 1000 + block), (512, 260 + block), (1769, 100 + block)):
            row = call(len(rows), ms + 5, ms, memory_mb=memory, billed_ms=ms, block=block)
            rows.append(row)
    words = shown(memory_curve(recommend(call_frame(rows), goal="fastest")))
    assert "512 MB: 263.5 ms" in words
    assert words.endswith(
        "Fastest: 1769 MB, 103.5 ms and 3.18 USD per million calls. It is the best in 100% of the "
        "resampled experiments."
    )
    few = [row for row in rows if row["block"] < 3]
    assert "too few to recommend" in shown(memory_curve(recommend(call_frame(few))))


def test_slopes_compare_each_arm_with_the_first_of_the_design() -> None:
    design = Design({"imports": ["part", "all"]}, blocks=6, seed=1, again=False)
    rows = [
        call(n, 10.0 * (t.block + 1) * (2 if t.arm == "all" else 1), 1, block=t.block, arm=t.arm)
        for n, t in enumerate(design.trials())
    ]
    frame = call_frame(rows)
    frame["arm"] = pd.Categorical(frame["arm"], categories=design.arms)
    assert shown(block_slopes(frame, "client_ms")) == (
        "6 blocks. part: median 35; all: median 70. Within blocks, against part: all × 2.00 "
        "(2.00 to 2.00)."
    )
    assert "too few blocks" in shown(block_slopes(frame[frame["block"] < 5], "client_ms"))


def test_a_card_says_whether_and_where() -> None:
    random = np.random.default_rng(1)
    words = shown(plausibility(84 * np.exp(0.1 * random.standard_normal(40)), "aws"))
    assert "Measured on AWS." in words
    assert "times that of python3.13 on AWS: plausible." in words
    slow = shown(plausibility([200.0 + n for n in range(10)], "local"))
    assert "the embedded sandbox" in slow
    assert "above its p99, so look for a reason" in slow


def test_a_card_refuses_what_it_cannot_judge() -> None:
    with pytest.raises(TooFewSamples):
        plausibility([80.0, 90.0], "local")
    with pytest.raises(ValueError, match=r"No distribution of init_ms is known for python2\.7"):
        plausibility([80.0] * 10, "local", runtime="python2.7")


def test_every_published_number_has_a_known_source() -> None:
    for measure in ("init_ms", "cold_client_ms", "warm_client_ms"):
        known = published(measure)
        assert set(known["source"]) <= set(SOURCES)
        whole = known.dropna(subset=["p50", "p99"])
        assert (whole["p50"] < whole["p99"]).all()
        assert known[["p50", "mean"]].notna().any(axis=1).all()
