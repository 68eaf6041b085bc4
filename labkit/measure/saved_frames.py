"""Frames in files, with their design and where they were measured, to compare runs.

A file is JSON: anybody can read it, and what reads it comes with Python.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from labkit.errors import LabkitError

FORMAT = "labkit frame 1"


def save(
    frame: pd.DataFrame, path: Path | str, target: str, region: str | None = None, **notes: Any
) -> Path:
    """Write a frame to a file of JSON, whole or not at all: what was there stays until then.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of numbers, texts, flags, times and what JSON has; its index is not kept. Its ``attrs`` are
        saved with it, and with them the design of an experiment.
    path : path
        Where to, for example ``calls.json``; its folder has to exist.
    target, region : str
        What was measured: "local" or "aws", and the region.
    **notes
        More to remember, JSON-serialisable.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    LabkitError
        If a column is of a type that would not come back as it is; nothing was written.
    """
    measured = {**_environment(), "target": target, **notes}
    if region is not None:
        measured["region"] = region
    content = {
        "format": FORMAT,
        "attrs": {**frame.attrs, "measured": measured},
        "columns": [_described(frame[name]) for name in frame.columns],
    }
    file = Path(path)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(content, ensure_ascii=False, default=_plain), encoding="utf-8")
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

    Raises
    ------
    LabkitError
        If the file holds no frame, or one in Parquet, as labkit once wrote them.
    """
    file = Path(path)
    content = file.read_bytes()
    if content.startswith(b"PAR1"):
        raise LabkitError(
            f"{file} is a Parquet file, as an earlier labkit wrote. This one reads JSON only. With "
            f"`pip install pyarrow`, pandas.read_parquet({str(file)!r}) reads it; save(...) then "
            "writes it anew."
        )
    try:
        saved = json.loads(content)
        if saved["format"] != FORMAT:
            raise ValueError(saved["format"])
    except (ValueError, KeyError, TypeError):
        raise LabkitError(f"{file} holds no frame that labkit saved.") from None
    series = {column["name"]: _series(column) for column in saved["columns"]}
    frame = pd.DataFrame(series)
    frame.attrs = saved["attrs"]
    return frame


def _described(column: pd.Series[Any]) -> dict[str, Any]:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = pd.Series(column.cat.codes, name=column.name)
        categories = _described(pd.Series(dtype.categories, name=column.name))
        return _described(codes) | {"categories": categories, "ordered": dtype.ordered}
    return {"name": column.name, "type": _type_name(column), "values": _values(column)}


def _type_name(column: pd.Series[Any]) -> str:
    dtype = column.dtype
    known = (
        types.is_numeric_dtype(dtype)
        or types.is_object_dtype(dtype)
        or isinstance(dtype, pd.StringDtype)
        or _is_time(column)
    )
    if not known or types.is_complex_dtype(dtype):
        raise LabkitError(
            f"Column {column.name!r} is of type {dtype}, which would not come back as it is. "
            "Nothing was written: convert the column, to text for example, and save again."
        )
    return str(dtype)


def _is_time(column: pd.Series[Any]) -> bool:
    return types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column)


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column's values as JSON has them: None for what is missing, times in ISO 8601."""
    if types.is_object_dtype(column.dtype):
        return column.tolist()
    missing = column.isna()
    text = _is_time(column)
    return [
        None if gone else value.isoformat() if text else _plain(value)
        for value, gone in zip(column, missing, strict=True)
    ]


def _plain(value: Any) -> Any:
    """Return a number of numpy's as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _series(column: dict[str, Any]) -> pd.Series[Any]:
    values, kind = column["values"], column["type"]
    if "categories" in column:
        categories = pd.Index(_series(column["categories"]))
        codes = pd.Categorical.from_codes(values, categories, ordered=column["ordered"])
        return pd.Series(codes)
    if kind.startswith("datetime64"):
        values = pd.to_datetime(values, format="ISO8601", utc="," in kind)
    elif kind.startswith("timedelta64"):
        values = pd.to_timedelta(values)
    series: pd.Series[Any] = pd.Series(values, dtype=kind)
    return series


def _environment() -> dict[str, Any]:
    return {
        "saved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "labkit": version("labkit"),
        "boto3": version("boto3"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
    }
