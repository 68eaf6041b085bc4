"""Frames in files: what comes back, and what is said of files and columns that cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.measure.calls import CALL_COLUMNS
from labkit.measure.designs import Design, Experiment
from labkit.measure.frames import typed_frame
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
    path = save(frame, tmp_path / "calls.json", target="local")
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert b"File too large" in ran.stderr
    pd.testing.assert_frame_equal(load(path), frame)
    assert list(tmp_path.iterdir()) == [path]


def test_a_frame_comes_back_with_its_types_its_design_and_where_it_was_measured(
    tmp_path: Path,
) -> None:
    frame = experiment()
    again = load(save(frame, tmp_path / "calls.json", target="local", note="first try"))
    pd.testing.assert_frame_equal(again, frame)
    assert again.attrs["design"] == frame.attrs["design"]
    assert again.attrs["measured"]["target"] == "local"
    assert again.attrs["measured"]["note"] == "first try"
    assert again.attrs["measured"]["cpus"] >= 1
    assert "measured" not in frame.attrs


@pytest.mark.parametrize("rows", [[], [{}, {"answer": "서울 \u2028", "memory_mb": 128}]])
def test_calls_come_back_whatever_is_missing(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    frame = typed_frame(rows, CALL_COLUMNS)
    pd.testing.assert_frame_equal(load(save(frame, tmp_path / "f.json", target="local")), frame)


def test_every_value_comes_back_as_it_was(tmp_path: Path) -> None:
    moment = pd.Timestamp("2026-03-06 12:00:00.123456", tz="UTC")
    frame = pd.DataFrame(
        {
            "number": [0.1 + 0.2, np.inf, np.nan],
            "whole": [1, 2, 2**53 + 1],
            "count": pd.array([1, None, 2**62], dtype="Int64"),
            "flag": pd.array([True, None, False], dtype="boolean"),
            "sure": [True, False, True],
            "text": ["a", None, "c"],
            "at": pd.Series(
                [moment, None, moment + pd.Timedelta(days=1)], dtype="datetime64[us, UTC]"
            ),
            "local": pd.Series([moment, moment, None]).dt.tz_convert("Asia/Seoul"),
            "lasted": pd.to_timedelta([1, None, 90_000], unit="s"),
            "size": pd.Categorical(["m", None, "s"], ["s", "m", "l"], ordered=True),
            "any": [[128, 512], {"x": 1}, None],
        }
    )
    again = load(save(frame, tmp_path / "f.json", target="aws", region="eu-west-1"))
    pd.testing.assert_frame_equal(again, frame)


def test_a_type_that_would_be_lost_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": [1 + 2j]})
    with pytest.raises(LabkitError, match=r"'size' is of type complex.*Nothing was written"):
        save(frame, tmp_path / "f.json", target="local")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PAR1\x15\x04", "pip install pyarrow"),
        (b"\x89PNG", "holds no frame"),
        (b"[1]", "holds no frame"),
        (b'{"format": "another"}', "holds no frame"),
    ],
)
def test_another_file_is_named_for_what_it_is(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(LabkitError, match=said):
        load(tmp_path / "f")
