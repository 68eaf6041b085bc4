"""Randomised complete blocks, and experiments that can be stopped and taken up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.measure.designs import Design, Experiment, a_a_check
from labkit.measure.statistics import paired_ratio

FACTORS = {"memory_mb": [128, 512], "imports": ["all", "part"]}


def simulated(effect: float, seed: int, again_differs: float = 1.0) -> Any:
    """Return a trial whose times drift, and in which importing all takes `effect` times as long."""
    random = np.random.default_rng(seed)
    made: list[str] = []

    def trial(factors: Mapping[str, Any]) -> dict[str, Any]:
        drift = 1 + len(made) / 20
        made.append(factors["imports"])
        first = made[-2:-1] != [factors["imports"]]
        ms = 80 * drift * (effect if factors["imports"] == "all" else 1)
        ms *= np.exp(0.03 * random.standard_normal()) * (1 if first else again_differs)
        sent = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(made))
        return {"sent_at": sent, "client_ms": ms + 9, "duration_ms": 1.0, "init_ms": ms}

    return trial


def test_every_arm_comes_once_in_every_block() -> None:
    design = Design(FACTORS, blocks=20, seed=1)
    trials = list(design.trials())
    assert len(design.arms) == 5
    for block in range(20):
        assert Counter(t.arm for t in trials if t.block == block) == Counter(design.arms)


def test_the_seed_fixes_the_order_and_every_place_is_taken() -> None:
    orders = [[t.arm for t in Design(FACTORS, 30, seed).trials()] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    places = {(t.arm, t.position) for t in Design(FACTORS, 30, 1).trials()}
    assert len(places) == 25


def test_a_design_without_a_level_is_refused() -> None:
    with pytest.raises(LabkitError, match="Nothing was measured"):
        Design({"memory_mb": []}, blocks=3, seed=1)


def test_blocks_find_an_effect_through_a_drift_that_is_larger() -> None:
    frame = Experiment(Design({"imports": ["all", "part"]}, 30, 1), simulated(1.2, 1)).run(False)
    assert 1.2 in paired_ratio(frame, "init_ms", "arm", of="all", to="part")
    assert 1 in a_a_check(frame, "init_ms")
    assert list(frame["arm"].cat.categories) == ["all", "part", "all (again)"]
    assert frame.attrs["design"]["seed"] == 1


def test_an_a_a_check_shows_when_the_measuring_itself_makes_a_difference() -> None:
    rows = []
    for block in range(10):
        for arm, ms in (("x", 100 + block), ("x (again)", 80 + block)):
            rows.append({"block": block, "arm": arm, "init_ms": ms})
    assert 1 not in a_a_check(pd.DataFrame(rows), "init_ms")


def test_an_a_a_check_needs_an_arm_measured_twice() -> None:
    frame = Experiment(Design(FACTORS, 6, 1, again=False), simulated(1, 1)).run(progress=False)
    with pytest.raises(LabkitError, match="again=True"):
        a_a_check(frame, "init_ms")


def test_what_was_measured_is_kept_and_the_rest_can_follow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measure = simulated(1, 1)
    interrupted = iter([False] * 7 + [True])

    def trial(factors: Mapping[str, Any]) -> list[dict[str, Any]]:
        if next(interrupted, False):
            raise KeyboardInterrupt
        return [measure(factors), measure(factors)]

    experiment = Experiment(Design(FACTORS, 3, 1), trial)
    assert len(experiment.run(progress=False)) == 14
    assert "7 of 15 trials were made" in capsys.readouterr().out
    whole = experiment.run(progress=False)
    assert len(whole) == 30
    assert not whole.duplicated(["block", "position", "sent_at"]).any()


def test_an_experiment_that_has_not_begun_has_an_empty_frame() -> None:
    frame = Experiment(Design(FACTORS, 3, 1), simulated(1, 1)).frame
    assert frame.empty
    assert "start" in frame
