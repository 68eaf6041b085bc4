"""How deep queues were, and how many invocations worked on them, over time."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREEN, ORANGE, panels, style
from labkit.show.words import count, duration

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
