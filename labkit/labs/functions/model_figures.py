"""Figures of the models, each with defaults for every parameter, so that sliders can move them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from labkit.labs.functions import models
from labkit.labs.functions.memory_curve import ONE_VCPU_MB
from labkit.labs.functions.tuning import usd_per_million
from labkit.show.measurements.ticks import log_ticks
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREY, ORANGE, VERMILLION, panels, style
from labkit.show.words import duration

MEMORIES_MB = np.geomspace(128, 10_240, 200)
SHARES = (0.5, 0.99, 0.999)


def memory_figure(computes_ms: float = 200, waits_ms: float = 100) -> Picture:
    """Draw duration and price by memory for a function that computes and waits.

    Parameters
    ----------
    computes_ms : float
        CPU time on one vCPU.
    waits_ms : float
        What no CPU makes shorter.
    """
    predicted = models.duration_ms(MEMORIES_MB, computes_ms, waits_ms)
    prices = usd_per_million(np.ceil(predicted), MEMORIES_MB)
    cheapest = int(np.argmin(prices))
    with style():
        figure, (speed, price) = panels(2, 4.4)
        speed.plot(MEMORIES_MB, predicted, color=BLUE)
        speed.set_yscale("log")
        log_ticks(speed.yaxis)
        speed.set_ylabel("ms")
        speed.set_title(f"Duration: {computes_ms:g} ms on one vCPU, and {waits_ms:g} ms of waiting")
        price.plot(MEMORIES_MB, prices, color=BLUE)
        price.plot(MEMORIES_MB[cheapest], prices[cheapest], "o", color=VERMILLION, markersize=8)
        price.set_ylim(0, min(float(prices.max()), 6 * float(prices.min())) * 1.05)
        price.set_ylabel("USD")
        price.set_title("Price of a million calls (the dot is the cheapest)")
        for axis in (speed, price):
            axis.axvline(ONE_VCPU_MB, color=GREY, linestyle=":")
        price.set_xscale("log")
        log_ticks(price.xaxis)
        price.set_xlabel("memory (MB); dotted: 1,769 MB, one vCPU")
        at_cheapest = f"{MEMORIES_MB[cheapest]:,.0f} MB"
        return picture(
            figure,
            f"{computes_ms:g} ms of computing and {waits_ms:g} ms of waiting: from "
            f"{predicted[0]:,.0f} ms at 128 MB to {predicted[-1]:,.0f} ms at 10,240 MB. Cheapest "
            f"at {at_cheapest}, {prices[cheapest]:,.2f} USD per million calls.",
        )


def provisioned_figure(memory_mb: int = 512, environments: int = 2) -> Picture:
    """Draw what provisioned concurrency costs a month, by how busy it is, beside on demand."""
    month = models.provisioned_month(memory_mb, environments, np.linspace(0, 1, 201))
    cheaper = month.loc[month["provisioned_usd"] <= month["on_demand_usd"], "busy"]
    crossing = float(cheaper.iloc[0])
    with style():
        figure, (axis,) = panels(1, 3.2)
        axis.plot(100 * month["busy"], month["on_demand_usd"], color=BLUE, label="on demand")
        axis.plot(
            100 * month["busy"],
            month["provisioned_usd"],
            color=ORANGE,
            linestyle="--",
            label="provisioned",
        )
        axis.axvline(100 * crossing, color=GREY, linestyle=":", label=f"even at {crossing:.0%}")
        axis.set_ylim(bottom=0)
        axis.set_xlabel("how busy the environments are (% of the time)")
        axis.set_ylabel("USD a month")
        axis.set_title(f"{environments} × {memory_mb:,} MB for a month, us-east-1")
        figure.legend(loc="outside lower center", ncols=3)
        idle = month["provisioned_usd"].iloc[0]
        return picture(
            figure,
            f"{environments} environments of {memory_mb:,} MB: provisioned they cost "
            f"{idle:,.2f} USD a month when never called; both ways cost the same when they are "
            f"busy {crossing:.0%} of the time.",
        )


def arrivals_figure(rate_per_s: float = 8.0, seconds_each: float = 0.5) -> Picture:
    """Draw how many calls are under way at once when independent customers call."""
    mean = models.concurrency(rate_per_s, seconds_each)
    table = models.busy_distribution(mean)
    enough = [models.enough_for(mean, share) for share in SHARES]
    with style():
        figure, (axis,) = panels(1, 3.2)
        axis.bar(table["calls"], 100 * table["probability"], color=BLUE, width=0.8)
        axis.axvline(mean, color=BLACK, linestyle="--", label=f"mean: rate × duration = {mean:g}")
        axis.axvline(
            enough[1] + 0.5,
            color=VERMILLION,
            linestyle=":",
            label=f"{enough[1]} are enough 99 % of the time",
        )
        axis.set_xlim(-0.5, max(enough[2] + 1.5, 3))
        axis.set_xlabel("calls under way at once")
        axis.set_ylabel("% of the time")
        axis.set_title(f"{rate_per_s:g} calls per second, {seconds_each:g} s each, at random times")
        figure.legend(loc="outside lower center", ncols=2)
        said = ", ".join(
            f"{n} for {100 * share:g} %" for n, share in zip(enough, SHARES, strict=True)
        )
        return picture(
            figure,
            f"{rate_per_s:g} calls per second of {seconds_each:g} s: {mean:g} under way on "
            f"average. Enough for this share of the time: {said}.",
        )


def scale_out_figure(
    rate_per_s: int = 2000, seconds_each: float = 1.0, limit: int = 3000
) -> Picture:
    """Draw a sudden load against what Lambda may start, by its documented rules."""
    frame = models.scale_out(rate_per_s, seconds_each, limit, seconds=30.0)
    short = (frame["wanted"] - frame["allowed"]).clip(lower=0)
    turned_away = frame.loc[short > 0, "seconds"]
    with style():
        figure, (axis,) = panels(1, 3.2)
        axis.plot(frame["seconds"], frame["wanted"], color=BLUE, label="wanted: rate × duration")
        axis.plot(
            frame["seconds"],
            frame["allowed"],
            color=BLACK,
            linestyle="--",
            label="allowed: 1,000, +1,000 per 10 s, up to the limit",
        )
        axis.fill_between(
            frame["seconds"],
            frame["allowed"],
            frame["wanted"],
            where=list(short > 0),
            color=VERMILLION,
            alpha=0.35,
            linewidth=0,
            label="turned away",
        )
        axis.set_ylim(bottom=0)
        axis.set_xlim(0, 30)
        axis.set_xlabel("seconds since the load began")
        axis.set_ylabel("concurrent calls")
        axis.set_title(f"{rate_per_s:,} calls per second of {seconds_each:g} s, limit {limit:,}")
        figure.legend(loc="outside lower center", ncols=2)
        told = (
            f"throttled from {turned_away.iloc[0]:.1f} s to {turned_away.iloc[-1]:.1f} s"
            if len(turned_away)
            else "nothing throttled"
        )
        return picture(
            figure,
            f"{rate_per_s:,} calls per second of {seconds_each:g} s want "
            f"{frame['wanted'].max():,.0f} environments; with a limit of {limit:,}: {told}.",
        )


def backlog_figure(
    messages: int = 50_000, seconds_each: float = 0.5, maximum: int = models.MOST_POLLERS
) -> Picture:
    """Draw how a full queue drains, by the documented ramp of an SQS event source mapping."""
    backlog = models.drain(messages, seconds_each, maximum)
    with style():
        figure, (running, waiting) = panels(2, 4.0)
        _line(running, backlog, "concurrency", "invocations at once")
        _line(waiting, backlog, "waiting", "messages")
        running.set_title(f"Event source mapping, maximum {maximum:,}")
        waiting.set_title(f"Queue of {messages:,} messages, {seconds_each:g} s each")
        waiting.set_xlabel("seconds")
        waiting.yaxis.set_major_formatter("{x:,.0f}")
        most = backlog.frame["concurrency"].max()
        return picture(
            figure,
            f"{messages:,} messages of {seconds_each:g} s are worked through in "
            f"{duration(backlog.empty_s)}, with at most {most:,.0f} invocations at once.",
        )


def _line(axis: Axes, backlog: models.Backlog, column: str, label: str) -> None:
    axis.plot(backlog.frame["seconds"], backlog.frame[column], color=BLUE)
    axis.set_ylabel(label)
    axis.set_ylim(bottom=0)
    axis.set_xlim(left=0)
