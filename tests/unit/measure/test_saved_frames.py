"""Frames in files: what comes back, and what is said where no Parquet can be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from labkit.measure.designs import Design, Experiment
from labkit.measure.saved_frames import load, save


def experiment() -> pd.DataFrame:
    def trial(factors: Any) -> dict[str, Any]:
        return {"sent_at": pd.Timestamp.now("UTC"), "client_ms": 5.0, "status": "success"}

    return Experiment(Design({"memory_mb": [128, 512]}, 2, 1), trial).run(progress=False)


FULL_DISK = """\
import resource, sys

import pandas as pd

from labkit.measure.saved_frames import load, save

frame = load(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
save(pd.concat([frame] * 100), sys.argv[1], target="local")
"""


def test_what_was_saved_before_outlives_a_full_disk(tmp_path: Path) -> None:
    frame = experiment()
    path = save(frame, tmp_path / "calls.parquet", target="local")
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert b"File too large" in ran.stderr
    pd.testing.assert_frame_equal(load(path), frame)
    assert list(tmp_path.iterdir()) == [path]


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
