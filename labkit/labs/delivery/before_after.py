"""What customers were told, and how long they waited for it, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREY, PURPLE, VERMILLION, panels, style
from labkit.show.words import count, duration


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
