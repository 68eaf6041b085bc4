"""Published measurements of AWS Lambda, to set one's own beside: ``published.csv``, its sources."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

SOURCES = {
    "lambda-perf": "maxday/lambda-perf, 30 days to 2026-08-22, 128 to 1024 MB, n ≈ 280 each",
    "cebert": "cebert/aws-lambda-performance-benchmarks, November 2025, means",
    "adriantanasa": "gist adriantanasa/d9cb9f73, Node.js 18, means",
    "STeLLAR": "Ustiugov et al., Analyzing Tail Latency in Serverless Clouds with STeLLAR, "
    "IISWC 2021",
}


def published(measure: str = "init_ms") -> pd.DataFrame:
    """Return the published distributions of one measure.

    Parameters
    ----------
    measure : str
        "init_ms" (Init Duration), "cold_client_ms" or "warm_client_ms" (what a caller waited).

    Returns
    -------
    pandas.DataFrame
        One row per distribution: ``runtime``, ``package`` (zip or image), ``architecture``,
        ``content`` of the function, ``p50``, ``p95``, ``p99``, ``mean`` (ms, missing where not
        published), ``note``, ``source`` (a key of `SOURCES`). Where a source gives a range over
        memory sizes, its upper end; the note has both.
    """
    with files("labkit.labs.functions").joinpath("published.csv").open(encoding="utf-8") as lines:
        frame = pd.read_csv(lines)
    chosen = frame[frame["measure"] == measure]
    return chosen.drop(columns="measure").reset_index(drop=True)
