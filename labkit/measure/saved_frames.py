"""Frames in files, with their design and where they were measured, to compare runs."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd


def save(
    frame: pd.DataFrame, path: Path | str, target: str, region: str | None = None, **notes: Any
) -> Path:
    """Write a frame to a Parquet file, whole or not at all: what was there stays until then.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its ``attrs`` are saved with it, and with them the design of an experiment.
    path : path
        Where to; its folder has to exist.
    target, region : str
        What was measured: "local" or "aws", and the region.
    **notes
        More to remember, JSON-serialisable.

    Returns
    -------
    pathlib.Path
        The file.
    """
    marked = frame.copy()
    marked.attrs = {**frame.attrs, "measured": {**_environment(), "target": target, **notes}}
    if region is not None:
        marked.attrs["measured"]["region"] = region
    file = Path(path)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        marked.to_parquet(draft, engine="pyarrow", index=False)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file


def load(path: Path | str) -> pd.DataFrame:
    """Read a frame that `save` wrote.

    Returns
    -------
    pandas.DataFrame
        The frame with its types; ``attrs["design"]`` and ``attrs["measured"]`` say how and where
        it was measured.
    """
    return pd.read_parquet(path, engine="pyarrow")


def _environment() -> dict[str, Any]:
    return {
        "saved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "labkit": version("labkit"),
        "boto3": version("boto3"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
    }
