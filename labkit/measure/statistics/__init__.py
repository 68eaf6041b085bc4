"""Estimates with their uncertainty: quantiles, shares, ratios; refused where n is too small."""

from __future__ import annotations

from labkit.measure.statistics.blocks import (
    FEWEST_BLOCKS,
    block_ratios,
    bootstrap_tails,
    median_of_blocks,
    paired_ratio,
    resampled_medians,
    whole_blocks,
)
from labkit.measure.statistics.intervals import (
    Interval,
    TooFewSamples,
    ecdf,
    minimum_samples,
    quantile_interval,
    require_samples,
    share,
)
from labkit.measure.statistics.summary import summarise

__all__ = [
    "FEWEST_BLOCKS",
    "Interval",
    "TooFewSamples",
    "block_ratios",
    "bootstrap_tails",
    "ecdf",
    "median_of_blocks",
    "minimum_samples",
    "paired_ratio",
    "quantile_interval",
    "require_samples",
    "resampled_medians",
    "share",
    "summarise",
    "whole_blocks",
]
