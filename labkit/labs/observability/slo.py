"""A service level objective: how much of its error budget is left, and how fast it burns.

Source: Google SRE Workbook, "Alerting on SLOs"; CloudWatch, "Service level objectives" (burn rate =
share of what is bad ÷ share that may be bad).
"""

from __future__ import annotations

import pandas as pd

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREY, VERMILLION, panels, style

LOWEST = -1.6
"""What is drawn of a budget that is overspent; the words tell all."""


def burn_rate(bad: float, total: float, goal: float) -> float:
    """Return how many times faster than allowed the error budget is used up.

    Parameters
    ----------
    bad, total : float
        How many were bad, and how many there were.
    goal : float
        The share that has to be good, below 1.

    Raises
    ------
    ValueError
        If `goal` is not between 0 and 1.
    """
    if not 0 < goal < 1:
        raise ValueError(f"a goal is a share between 0 and 1, not {goal}")
    return bad / total / (1 - goal) if total else 0.0


def budget(frame: pd.DataFrame, goal: float) -> pd.DataFrame:
    """Return what is left of the error budget after each period.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``at``, ``bad`` and ``total`` of each period.
    goal : float
        The share that has to be good.

    Returns
    -------
    pandas.DataFrame
        ``at``; ``left``, as a share of the budget of all that came (1 at first; below 0 when more
        was bad than may be); ``burn``, of the period alone.
    """
    ordered = frame.sort_values("at")
    allowed = (1 - goal) * ordered["total"].sum()
    left = 1 - ordered["bad"].cumsum() / allowed if allowed else ordered["bad"] * 0 + 1
    burn = [
        burn_rate(bad, total, goal)
        for bad, total in zip(ordered["bad"], ordered["total"], strict=True)
    ]
    return pd.DataFrame({"at": ordered["at"], "left": left, "burn": burn})


def burn_down(frame: pd.DataFrame, goal: float) -> Picture:
    """Draw what is left of the error budget, period by period.

    Parameters
    ----------
    frame, goal
        As for `budget`.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no period.
    """
    if frame.empty:
        raise ValueError("There is no period yet, so there is no budget to draw.")
    found = budget(frame, goal)
    seconds = (found["at"] - found["at"].iloc[0]).dt.total_seconds()
    with style():
        figure, (axis,) = panels(1, 2.5)
        axis.step(
            [-1.0, *seconds],
            [1.0, *found["left"].clip(lower=LOWEST)],
            where="post",
            color=BLUE,
            marker="o",
        )
        axis.axhline(0, color=VERMILLION, linestyle="--")
        axis.annotate(
            "nothing left", (0.99, 0), xycoords=("axes fraction", "data"), ha="right",
            va="bottom", color=VERMILLION,
        )  # fmt: skip
        lowest = max(LOWEST, min(-0.15, found["left"].min() - 0.1))
        axis.set_ylim(lowest, 1.15)
        axis.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axis.set_ylabel("error budget left", color=BLACK)
        axis.set_xlabel("seconds since the first period")
        axis.grid(visible=True, color=GREY, alpha=0.25)
        return picture(figure, _words(found, frame, goal))


def _words(found: pd.DataFrame, frame: pd.DataFrame, goal: float) -> str:
    bad, total = frame["bad"].sum(), frame["total"].sum()
    return (
        f"The error budget of a goal of {goal:.1%}, after {len(found)} periods: "
        f"{found['left'].iloc[-1]:.0%} is left. {bad:.0f} of {total:.0f} were bad, which burns it "
        f"{burn_rate(bad, total, goal):.1f} times as fast as allowed."
    )
