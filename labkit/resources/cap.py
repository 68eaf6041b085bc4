"""Holds a run in an account to what it may cost until it ends, before anything is created."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labkit import prices
from labkit.errors import Refused
from labkit.prices import Sheet
from labkit.resources.cost import running
from labkit.resources.hourly import priced, started_hours
from labkit.resources.journal import Journal

CAP_USD = 5.0
"""What a run in an account may come to until it expires, unless ``labkit.toml`` says otherwise."""


@dataclass(frozen=True)
class Cap:
    """What a run may cost by the hour, as far as prices are known.

    Attributes
    ----------
    journal
        The run's journal.
    usd
        For the whole run, in USD.
    sheet
        Prices; None for labkit's own.
    """

    journal: Journal
    usd: float
    sheet: Sheet | None = None

    def require_room(self, kind: str, now: datetime) -> None:
        """Refuse one more resource of a kind that would lift the run above its cap.

        Raises
        ------
        Refused
            When the run could pass its cap before it expires.
        """
        run, sheet = self.journal.run, self.sheet or prices.load()
        new = priced(kind, "", 1, run.region, sheet)
        if new is None or new.usd_an_hour is None or run.expires_at is None:
            return
        hours = started_hours(now, run.expires_at)
        whole = self._until(now, hours) + new.usd_an_hour * hours
        if whole > self.usd:
            raise Refused(
                f"Nothing was created: with this {kind} ({new.basis}) the run could cost USD "
                f"{whole:.2f} until it expires in {hours} h, and its cap is USD {self.usd:.2f}. "
                'Tear down what is not needed, or raise "cap_usd" in labkit.toml.'
            )

    def require_room_until(self, end: datetime, now: datetime) -> None:
        """Refuse to let the run go on until a time at which it would have passed its cap.

        Raises
        ------
        Refused
            When the run could pass its cap by then.
        """
        hours = started_hours(now, end)
        whole = self._until(now, hours)
        if whole > self.usd:
            raise Refused(
                f"The run was not renewed: it could cost USD {whole:.2f} in the next {hours} h, "
                f"and its cap is USD {self.usd:.2f}. Tear down what is not needed, give it fewer "
                'hours, or raise "cap_usd" in labkit.toml.'
            )

    def _until(self, now: datetime, hours: int) -> float:
        """Return what the run costs if all that is there stays so many hours, in USD."""
        so_far = running(self.journal, now, self.sheet)
        hourly = {one.kind: one.usd_an_hour or 0.0 for one in so_far.lines}
        there = self.journal.open_items()
        return so_far.usd + sum(hourly.get(item.kind, 0.0) for item in there) * hours
