"""The Lambda lessons' models, sources and figures: known values, and laws that must hold."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from labkit.labs import functions
from labkit.labs.functions import models
from labkit.measure.load import poisson
from labkit.show.picture import Picture

FIGURES = (
    functions.arrivals_figure,
    functions.backlog_figure,
    functions.memory_figure,
    functions.provisioned_figure,
    functions.scale_out_figure,
)


def test_computing_scales_to_one_vcpu_and_waiting_not_at_all() -> None:
    memory = np.array([884.5, 1769.0, 3538.0])
    assert models.duration_ms(memory, computes_ms=30, waits_ms=0) == pytest.approx([60, 30, 30])
    assert models.duration_ms(memory, computes_ms=0, waits_ms=20) == pytest.approx([20, 20, 20])


def test_the_number_under_way_is_poisson_as_arrivals_show() -> None:
    arrivals = poisson(rate_per_s=8, seconds=2000, seed=3)
    looks = np.arange(10.0, 1990.0, 0.25)
    under_way = np.searchsorted(arrivals, looks) - np.searchsorted(arrivals, looks - 0.5)
    table = models.busy_distribution(models.concurrency(8, 0.5)).set_index("calls")
    for calls in range(10):
        assert np.mean(under_way == calls) == pytest.approx(
            table.loc[calls, "probability"], abs=0.02
        )
    assert np.mean(under_way <= models.enough_for(4, 0.99)) >= 0.985
    assert np.mean(under_way <= models.enough_for(4, 0.99) - 1) < 0.99


def test_provisioned_and_on_demand_cost_the_same_at_sixty_percent() -> None:
    month = models.provisioned_month(512, 2, np.array([0.0, 0.6, 1.0]))
    assert month["on_demand_usd"].iloc[0] == 0
    assert month["provisioned_usd"].iloc[0] == pytest.approx(0.0000041667 * 730 * 3600)
    assert month["provisioned_usd"].iloc[1] == pytest.approx(
        month["on_demand_usd"].iloc[1], rel=0.001
    )
    assert month["provisioned_usd"].iloc[2] < month["on_demand_usd"].iloc[2]


@pytest.mark.parametrize(
    ("messages", "seconds_each", "maximum", "expected_s"),
    [
        (100, 1.0, 2, 50.0),  # two at once: a hundred in fifty seconds
        (100, 1.0, 5, 20.0),
        (1000, 0.5, 1250, 13.18),  # 5 s + 2.5 s² = 1000 × 0.5
    ],
)
def test_a_queue_drains_as_fast_as_its_ramp_lets_it(
    messages: int, seconds_each: float, maximum: int, expected_s: float
) -> None:
    backlog = models.drain(messages, seconds_each, maximum)
    assert backlog.empty_s == pytest.approx(expected_s, abs=0.3)
    assert backlog.frame["waiting"].iloc[[0, -1]].tolist() == [messages, 0]
    assert backlog.frame["concurrency"].max() <= maximum


def test_scaling_out_begins_at_a_thousand_and_ends_at_the_limit() -> None:
    frame = models.scale_out(rate_per_s=2000, duration_s=1.0, limit=1500, seconds=30)
    assert frame["allowed"].iloc[0] == 1000
    assert frame.loc[np.isclose(frame["seconds"], 2.0), "allowed"].item() == pytest.approx(1200)
    assert frame["allowed"].max() == 1500
    assert frame["wanted"].max() == 2000


def test_an_importing_function_times_its_import() -> None:
    source = functions.importing("import colorsys")
    assert "import colorsys" in source
    compile(source, "importing.py", "exec")


def test_many_functions_are_that_many() -> None:
    module: dict[str, Callable[[dict[str, int]], dict[str, int]]] = {}
    exec(compile(functions.many_functions(50), "steps.py", "exec"), module)
    assert sum(name.startswith("step_") for name in module) == 50
    assert module["step_7"]({"total": 1}) == {"total": 8, "step": 7}


def test_padding_stays_as_large_as_it_is() -> None:
    padded = functions.padding(0.5)
    assert len(padded) == 500_000
    assert padded == functions.padding(0.5)
    assert len(zlib.compress(padded)) > 0.99 * len(padded)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_each_figure_stands_without_sliders_and_says_what_it_shows(
    figure: Callable[[], Picture],
) -> None:
    assert all(
        parameter.default is not parameter.empty
        for parameter in inspect.signature(figure).parameters.values()
    )
    shown = figure()
    assert shown.png.startswith(b"\x89PNG")
    assert any(character.isdigit() for character in shown.alt)
