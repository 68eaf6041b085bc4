"""Tells from which execution of which cell a call comes: one may be executed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class CellExecutions:
    """Counts the cells that one kernel runs; outside IPython all is one execution.

    Attributes
    ----------
    number
        Of the cell's execution that is under way; each has its own.
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
