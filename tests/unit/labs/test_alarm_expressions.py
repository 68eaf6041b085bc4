"""What an expression of metric math says for one moment's metrics."""

from __future__ import annotations

import math

import pytest

from labkit.labs.observability.alarm_expressions import computed

METRICS = {"all": 200.0, "bad": 10.0}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("100 * bad / all", 5),
        ("(bad/all)*100", 5),
        ("bad / all", 0.05),
        ("IF(all > 0, 100 * bad / all, 0)", 5),
        ("IF(all > 0 AND bad > 20, 1, -1)", -1),
        ("IF(all < 1 || bad >= 10, 1, 0)", 1),
        ("100 * FILL(bad, 0) / FILL(all, REPEAT)", 5),
        ("100 * SUM([bad]) / SUM([all])", 5),
        ("100 * (all - bad) / all", 95),
        ("MAX(bad, 3) ^ 2", 100),
    ],
)
def test_it_computes_as_cloudwatch_does(expression: str, value: float) -> None:
    assert computed(expression, METRICS) == value


def test_a_division_by_zero_is_no_number() -> None:
    assert math.isnan(computed("bad / all", {"all": 0, "bad": 0}))


@pytest.mark.parametrize("expression", ["bad /", "other / all", "SEARCH('x', 'Sum')", "__import__"])
def test_what_it_does_not_know_it_says(expression: str) -> None:
    with pytest.raises(ValueError, match=r"computed"):
        computed(expression, METRICS)
