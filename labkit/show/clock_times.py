"""Shows the times in a data frame as a clock does: a cell's table is to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

OF_ONE_DAY = "%H:%M:%S.%f"
OF_SEVERAL_DAYS = "%Y-%m-%d %H:%M:%S.%f"
MISSING = "–"


def show_clock_times(shell: Any) -> None:
    """Make an IPython shell show data frames so; only the display changes."""
    formatter = shell.display_formatter.formatters["text/html"]
    for module in ("pandas", "pandas.core.frame"):  # its home by version; it is not imported here
        formatter.for_type_by_name(module, "DataFrame", as_html)


def as_html(frame: pd.DataFrame) -> Any:
    """Return a frame's table; times with a zone (UTC, in labkit) to the millisecond, without it."""
    shown: Any = frame.copy()
    if frame.columns.is_unique:
        for name in frame.select_dtypes("datetimetz").columns:
            shown[name] = _read(frame[name])
    return shown._repr_html_()


def _read(times: pd.Series[Any]) -> Any:
    days = times.dropna().dt.date.nunique()
    written = times.dt.strftime(OF_ONE_DAY if days <= 1 else OF_SEVERAL_DAYS)
    return written.str[:-3].fillna(MISSING)
