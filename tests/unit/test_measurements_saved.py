"""Frames in files: what comes back, and what is said where no Parquet can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from labkit.measure.designs import Design, Experiment
from labkit.measure.storage import load, save


def experiment() -> pd.DataFrame:
    def trial(factors: Any) -> dict[str, Any]:
        return {"sent_at": pd.Timestamp.now("UTC"), "client_ms": 5.0, "status": "success"}

    return Experiment(Design({"memory_mb": [128, 512]}, 2, 1), trial).run(progress=False)


def test_a_frame_comes_back_with_its_types_its_design_and_where_it_was_measured(
    tmp_path: Path,
) -> None:
    frame = experiment()
    again = load(save(frame, tmp_path / "calls.parquet", target="local", note="first try"))
    pd.testing.assert_frame_equal(again, frame)
    assert again.attrs["design"] == frame.attrs["design"]
    assert again.attrs["measured"]["target"] == "local"
    assert again.attrs["measured"]["note"] == "first try"
    assert again.attrs["measured"]["cpus"] >= 1
    assert "measured" not in frame.attrs
