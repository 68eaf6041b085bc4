"""Experiments as randomised complete blocks: every arm once per block, shuffled, again and again.

What drifts during the measuring (the machine, the hour, AWS) then meets all arms alike. One arm
measured today and another tomorrow would differ even if they were the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from labkit.errors import LabkitError
from labkit.measure.calls import call_frame
from labkit.measure.statistics import FEWEST_BLOCKS, Interval, paired_ratio

Factors = Mapping[str, Any]
Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]

AGAIN = " (again)"
"""Ends the name of the arm that is measured twice: see `Design.again`."""


@dataclass(frozen=True)
class Trial:
    """One trial of a design: in which block, at which place in it, and what to set."""

    block: int
    position: int
    arm: str
    factors: Factors


@dataclass(frozen=True)
class Design:
    """Randomised complete blocks over the combinations of some factors.

    Parameters
    ----------
    factors : mapping of str to sequence
        Name of each factor → its levels. Each combination is an arm.
    blocks : int
        How often each arm is tried.
    seed : int
        The same seed gives the same order.
    again : bool
        Try the first arm twice in each block, the second time under a name that ends in
        "(again)": an A/A check. Two arms that are the same have to come out the same.

    Examples
    --------
    >>> design = Design({"memory_mb": [128, 512]}, blocks=2, seed=2)
    >>> design.arms
    ['128', '512', '128 (again)']
    >>> [trial.arm for trial in design.trials() if trial.block == 0]
    ['128 (again)', '128', '512']
    """

    factors: Mapping[str, Sequence[Any]]
    blocks: int
    seed: int
    again: bool = True

    def __post_init__(self) -> None:
        if self.blocks < 1 or not self.factors or not all(self.factors.values()):
            raise LabkitError(
                "A design needs at least one block, one factor, and a level for each factor. "
                "Nothing was measured."
            )

    @property
    def arms(self) -> list[str]:
        """Names of the arms, in the order in which the levels were given."""
        return list(self._arms())

    def trials(self) -> Iterator[Trial]:
        """Give all trials in the order in which to make them."""
        arms = list(self._arms().items())
        random = np.random.default_rng(self.seed)
        for block in range(self.blocks):
            for position, chosen in enumerate(random.permutation(len(arms))):
                arm, factors = arms[chosen]
                yield Trial(block, position, arm, factors)

    def describe(self) -> dict[str, Any]:
        """Return the design as JSON-serialisable values, to be saved with what was measured."""
        described = asdict(self)
        described["factors"] = {name: list(levels) for name, levels in self.factors.items()}
        return described

    def _arms(self) -> dict[str, Factors]:
        combinations = [
            dict(zip(self.factors, levels, strict=True))
            for levels in product(*self.factors.values())
        ]
        arms: dict[str, Factors] = {
            _arm_name(combination): combination for combination in combinations
        }
        if self.again:
            first = next(iter(arms))
            arms[first + AGAIN] = arms[first]
        return arms


def _arm_name(factors: Factors) -> str:
    if len(factors) == 1:
        return str(next(iter(factors.values())))
    return ", ".join(f"{name} {level}" for name, level in factors.items())


@dataclass
class Experiment:
    """A design being carried out.

    Interrupt `run` at any time: what was measured is in `frame`, and `run` again goes on from
    there.

    Parameters
    ----------
    design : Design
    trial : callable
        Gets the factors of one trial, sets them, measures, and returns one row of
        `labkit.measure.calls.measured_call`, or several.

    Examples
    --------
    >>> def trial(factors):  # doctest: +SKIP
    ...     force_cold(lambda_, functions[factors["imports"]])
    ...     return measured_call(lambda_, functions[factors["imports"]])
    >>> design = Design({"imports": ["all", "part"]}, blocks=30, seed=1)
    >>> frame = Experiment(design, trial).run()  # doctest: +SKIP
    """

    design: Design
    trial: Callable[[Factors], Rows]
    rows: list[dict[str, Any]] = field(default_factory=list, repr=False)
    done: int = 0

    def run(self, progress: bool = True) -> pd.DataFrame:
        """Make the trials that are still to be made.

        Parameters
        ----------
        progress : bool
            Show a progress bar with the time left.

        Returns
        -------
        pandas.DataFrame
            `frame`.
        """
        trials = list(self.design.trials())
        bar = tqdm(
            total=len(trials), initial=self.done, disable=not progress, leave=False, unit="trial"
        )
        try:
            with bar:
                for trial in trials[self.done :]:
                    self._measure(trial)
                    bar.update()
        except KeyboardInterrupt:
            print(
                f"Stopped: {self.done} of {len(trials)} trials were made; they are kept in .frame, "
                "and .run() goes on."
            )
        return self.frame

    @property
    def frame(self) -> pd.DataFrame:
        """What was measured so far.

        Returns
        -------
        pandas.DataFrame
            As `labkit.measure.calls.call_frame` gives it, with ``block``, ``position`` (in the
            block), ``arm`` (its name; arms sort as designed) and a column per factor; the design
            in ``attrs["design"]``.
        """
        frame = call_frame(self.rows)
        if self.rows:
            frame["arm"] = pd.Categorical(frame["arm"], categories=self.design.arms)
        frame.attrs["design"] = self.design.describe()
        return frame

    def _measure(self, trial: Trial) -> None:
        measured = self.trial(trial.factors)
        where = {"block": trial.block, "position": trial.position, "arm": trial.arm}
        for row in [measured] if isinstance(measured, Mapping) else measured:
            self.rows.append({**row, **where, **trial.factors})
        self.done += 1


def a_a_check(frame: pd.DataFrame, value: str) -> Interval:
    """Compare the arm that was measured twice with itself.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of an `Experiment` whose design says ``again=True``.
    value : str
        Column to compare.

    Returns
    -------
    Interval
        Ratio of the two. 1 lies outside it once in twenty times by chance; else the measuring
        itself makes a difference, and no other comparison in this frame can be trusted.

    Raises
    ------
    LabkitError
        If no arm was measured twice.
    TooFewSamples
        With fewer than six whole blocks.
    """
    again = [arm for arm in frame["arm"].unique() if str(arm).endswith(AGAIN)]
    if not again:
        raise LabkitError(
            "No arm was measured twice, so there is nothing to check. Use Design(..., again=True), "
            f"with at least {FEWEST_BLOCKS} blocks."
        )
    return paired_ratio(frame, value, "arm", of=again[0], to=again[0].removesuffix(AGAIN))
