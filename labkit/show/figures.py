"""The figures of the lessons: each takes a tidy frame and gives a picture with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, panels, style
from labkit.show.timeline import timeline
from labkit.show.words import count, duration

__all__ = ["before_after", "concurrency", "queue_depth", "timeline"]

PANEL_IN = 1.75


def queue_depth(depth: pd.DataFrame, concurrency: pd.DataFrame | None = None) -> Picture:
    """Draw how many messages were in each queue, and below how many invocations ran.

    Parameters
    ----------
    depth : pandas.DataFrame
        `QueueSampler.frame`: ``at``, ``elapsed_s``, ``queue``, ``visible``, ``in_flight``.
    concurrency : pandas.DataFrame, optional
        As `labkit.measure.queue_depth.concurrency` returns it: ``at``, ``running``.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no sample.
    """
    if depth.empty:
        raise ValueError(
            "There is no sample of the queue's depth: nothing was sampled, or all failed."
        )
    queues = list(dict.fromkeys(depth["queue"]))
    origin = (depth["at"] - pd.to_timedelta(depth["elapsed_s"], unit="s")).iloc[0]
    with style():
        number = len(queues) + (concurrency is not None)
        figure, axes = panels(number, 0.9 + PANEL_IN * number)
        sentences = []
        for axis, queue in zip(axes, queues, strict=False):
            samples = depth[depth["queue"] == queue]
            _draw_depth(axis, queue, samples)
            sentences.append(_depth_sentence(queue, samples))
        if concurrency is not None:
            _draw_running(axes[-1], concurrency, origin)
            sentences.append(_running_sentence(concurrency))
        axes[-1].set_xlabel("seconds")
        axes[-1].set_xlim(left=0, right=depth["elapsed_s"].max())
        figure.legend(handles=axes[0].get_lines(), loc="outside lower center", ncols=2)
        return picture(figure, " ".join(sentences))


def _draw_depth(axis: Axes, queue: str, samples: pd.DataFrame) -> None:
    lines = (("visible", BLUE, "-"), ("in_flight", ORANGE, "--"))
    for column, colour, dashes in lines:
        axis.step(
            samples["elapsed_s"],
            samples[column].astype(float),
            where="post",
            color=colour,
            linestyle=dashes,
            label=column.replace("_", " "),
        )
    axis.set_title(f"Queue: {queue}")
    axis.set_ylabel("messages")
    _count_from_zero(axis, samples[["visible", "in_flight"]].to_numpy().max())


def _depth_sentence(queue: str, samples: pd.DataFrame) -> str:
    last = samples.iloc[-1]
    return (
        f"Queue {queue}, watched for {duration(samples['elapsed_s'].max())}: at most "
        f"{count(samples['visible'].max(), 'message')} visible and "
        f"{samples['in_flight'].max()} in flight; "
        f"at the end {last['visible']} visible and {last['in_flight']} in flight."
    )


def concurrency(running: pd.DataFrame) -> Picture:
    """Draw how many invocations ran at the same time.

    Parameters
    ----------
    running : pandas.DataFrame
        As `labkit.measure.queue_depth.concurrency` returns it: ``at``, ``running``.

    Returns
    -------
    Picture
    """
    with style():
        figure, (axis,) = panels(1, 0.6 + PANEL_IN)
        _draw_running(axis, running, running["at"].min())
        axis.set_xlabel("seconds since the first invocation")
        return picture(figure, _running_sentence(running))


def _draw_running(axis: Axes, running: pd.DataFrame, origin: pd.Timestamp) -> None:
    seconds = (running["at"] - origin).dt.total_seconds().tolist()
    counts = running["running"].astype(float).tolist()
    seconds, counts = [*seconds[:1], *seconds], [*[0.0][: len(counts)], *counts]
    axis.fill_between(seconds, counts, step="post", color=GREEN, alpha=0.35, linewidth=0)
    axis.step(seconds, counts, where="post", color=GREEN, linewidth=1.0)
    axis.set_title("Invocations running at once")
    axis.set_ylabel("invocations")
    _count_from_zero(axis, running["running"].max())


def _running_sentence(running: pd.DataFrame) -> str:
    if running.empty:
        return "No invocation ran."
    length = (running["at"].max() - running["at"].min()).total_seconds()
    most = count(int(running["running"].max()), "invocation")
    return f"At most {most} ran at the same time, within {duration(length)}."


def _count_from_zero(axis: Axes, most: float) -> None:
    """Let a count's axis begin at 0 and have ticks at whole numbers only."""
    top = max(1.0, float(most)) * 1.12
    axis.set_ylim(-0.03 * top, top)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


@dataclass(frozen=True)
class _Answer:
    """A kind of answer: how it is called, and how it is drawn."""

    words: str
    marker: str
    colour: str


_ANSWERS = {
    2: _Answer("accepted (2xx)", "o", BLUE),
    4: _Answer("refused (4xx)", "^", PURPLE),
    5: _Answer("failed (5xx)", "X", VERMILLION),
    0: _Answer("no answer", "s", GREY),
}


def before_after(
    before: pd.DataFrame,
    after: pd.DataFrame,
    labels: tuple[str, str] = ("Without a queue", "With a queue"),
) -> Picture:
    """Compare what customers were told, and how long they waited for it, before and after a change.

    Parameters
    ----------
    before, after : pandas.DataFrame
        As `labkit.labs.delivery.place` returns them: ``intended_at``, ``latency_ms``, ``status``.
    labels : tuple of str
        What to call the two.

    Returns
    -------
    Picture
    """
    frames = dict(zip(labels, (before, after), strict=True))
    with style():
        figure, axes = panels(2, 3.6, columns=2)
        for axis, (label, frame) in zip(axes, frames.items(), strict=True):
            _draw_answers(axis, frame)
            axis.set_title(f"{label}\n")
            axis.text(0, 1.02, _told(frame), transform=axis.transAxes, fontsize=9, va="bottom")
            axis.set_xlabel("seconds since the first order")
        axes[0].set_ylabel("wait for the answer (ms)")
        _wait_scale(axes[0], frames)
        kinds = set(_kind(pd.concat(frames.values())))
        handles = [_handle(answer) for kind, answer in _ANSWERS.items() if kind in kinds]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        return picture(figure, " ".join(_wait_sentence(*item) for item in frames.items()))


def _kind(frame: pd.DataFrame) -> pd.Series[int]:
    """Class the answers by the first digit of their status; 0 without an answer."""
    return (frame["status"].astype("Float64").fillna(0) // 100).astype(int)


def _draw_answers(axis: Axes, frame: pd.DataFrame) -> None:
    seconds = (frame["intended_at"] - frame["intended_at"].min()).dt.total_seconds()
    for kind, answer in _ANSWERS.items():
        of_kind = _kind(frame) == kind
        axis.plot(
            seconds[of_kind],
            frame.loc[of_kind, "latency_ms"],
            linestyle="",
            marker=answer.marker,
            color=answer.colour,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.5,
        )


def _wait_scale(axis: Axes, frames: Mapping[str, pd.DataFrame]) -> None:
    """Use a logarithmic scale where the waits differ more than twentyfold."""
    waits = pd.concat([frame["latency_ms"].dropna() for frame in frames.values()])
    if not waits.empty and waits.max() > 20 * waits.min() > 0:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(lambda wait, _: f"{wait:,g}")
    else:
        axis.set_ylim(bottom=0)


def _handle(answer: _Answer) -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=answer.marker, color=answer.colour, label=answer.words
    )


def _told(frame: pd.DataFrame) -> str:
    kinds = _kind(frame).value_counts()
    parts = [f"{kinds[kind]} {answer.words}" for kind, answer in _ANSWERS.items() if kind in kinds]
    return ", ".join(parts)


def _wait_sentence(label: str, frame: pd.DataFrame) -> str:
    kinds = _kind(frame)
    parts = []
    for kind, answer in _ANSWERS.items():
        waits = frame.loc[kinds == kind, "latency_ms"]
        if len(waits):
            median = waits.median() / 1000
            wait = "" if pd.isna(median) else f", median wait {duration(median)}"
            parts.append(f"{len(waits)} {answer.words}{wait}")
    return f"{label}: {count(len(frame), 'order')}; {'; '.join(parts)}."
