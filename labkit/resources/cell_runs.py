"""Tells which run of which cell a call comes from, so that a cell run again is known as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class CellRuns:
    """Counts the cells that one kernel runs; outside IPython all is one run.

    Attributes
    ----------
    number
        Of the cell's run that is under way; each run has its own.
    cell
        The frontend's name of the cell; "" where it gives none.
    """

    number: int = 0
    cell: str = ""

    def listen(self, shell: Any) -> None:
        """Follow the cells that an IPython shell runs."""
        shell.events.register("pre_run_cell", self._next)

    def _next(self, info: Any) -> None:
        self.number += 1
        self.cell = getattr(info, "cell_id", None) or ""
