"""What a run costs: before it, so far, and if it were forgotten for a month; never a guess."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from labkit import prices
from labkit.prices import HOURS_A_MONTH, Sheet
from labkit.resources.hourly import HourlyCost, kind_in, priced, priced_item
from labkit.resources.journal import Journal
from labkit.resources.kind import GetClient
from labkit.resources.rows import as_html
from labkit.resources.usage import Use, uncounted, used

COLUMNS = ("kind", "name", "how much", "USD", "price")

COUNTED = re.compile(r"(?P<count>\d+) (?P<what>.+)")
"""A line of a lesson's front matter: ``2 Lambda functions with their log groups``."""


@dataclass(frozen=True)
class Cost:
    """What several resources cost together.

    Attributes
    ----------
    lines
        One for each resource.
    region
        Whose prices these are.
    real
        False in the sandbox, where nothing costs anything: what it would have cost.
    uses
        What was used of what is billed by use; None where nobody has looked.
    uncounted
        What of the use is not among them.
    planned
        True for what is still to be created.
    """

    lines: Sequence[HourlyCost]
    region: str
    real: bool
    uses: Sequence[Use] | None = None
    uncounted: Sequence[str] = ()
    planned: bool = False

    @property
    def usd(self) -> float:
        """The known part of the cost by the hour, so far, in USD."""
        return sum(line.usd or 0.0 for line in self.lines)

    @property
    def usd_by_use(self) -> float:
        """The known part of the cost by use, so far, in USD: an estimate."""
        return sum(use.usd or 0.0 for use in self.uses or ())

    @property
    def usd_a_month(self) -> float:
        """The known part, if all of it were forgotten for a month of 730 hours, in USD."""
        return sum(line.usd_an_hour or 0.0 for line in self.lines) * HOURS_A_MONTH

    @property
    def unknown(self) -> list[str]:
        """Kinds of which a price is not known."""
        hourly = {line.kind for line in self.lines if line.usd_an_hour is None}
        return sorted(hourly | {use.kind for use in self.uses or () if use.usd is None})

    @property
    def summary(self) -> str:
        """The cost in a few sentences."""
        verb = ("will " if self.planned else "") + "cost" if self.real else "would have cost"
        when = "" if self.planned else " so far"
        said = [
            f"By the hour, this {verb} USD {self.usd:.2f} in {self.region}{when}; forgotten for a "
            f"month, USD {self.usd_a_month:,.2f}."
        ]
        if self.uses is None:
            said.append("Requests and data come on top.")
        else:
            said.append(f"Requests and data: about USD {_amount(self.usd_by_use)}, by the metrics.")
        if self.uncounted:
            said.append(f"Not among them: {', '.join(self.uncounted)}.")
        if self.unknown:
            said.append(
                f"Not counted, because the price sheet holds no price: {', '.join(self.unknown)}."
            )
        return " ".join(said)

    def as_json(self) -> dict[str, Any]:
        """Return the cost for ``json.dumps``; what is not known is null."""
        lines = [asdict(line) | {"usd": line.usd} for line in self.lines]
        uses = None if self.uses is None else [asdict(use) for use in self.uses]
        known = {"usd": self.usd, "usd_a_month": self.usd_a_month, "unknown": self.unknown}
        where = {"region": self.region, "real": self.real, "planned": self.planned}
        by_use = {"usd_by_use": self.usd_by_use, "uncounted": list(self.uncounted)}
        return where | {"lines": lines, "uses": uses} | by_use | known

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        hourly: list[tuple[HourlyCost | Use, str]] = [(one, f"{one.hours} h") for one in self.lines]
        by_use = [(one, str(one.used or "unknown")) for one in self.uses or ()]
        return [
            (one.kind, one.name, amount, _amount(one.usd), one.basis)
            for one, amount in hourly + by_use
        ]

    def __repr__(self) -> str:
        rows = (
            f"{kind}  {name}\n    {amount}, USD {usd}: {basis}"
            for kind, name, amount, usd, basis in self._rows()
        )
        return "\n".join([*rows, self.summary])

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.summary)}</p>{as_html(COLUMNS, self._rows())}"


def running(
    journal: Journal,
    now: datetime,
    sheet: Sheet | None = None,
    get_client: GetClient | None = None,
) -> Cost:
    """Price what a run holds or held, from its journal.

    Parameters
    ----------
    journal
        The run's journal. What may exist, and was never answered, counts as if it did.
    now
        Until when, UTC.
    sheet
        Prices; by default labkit's own.
    get_client
        Gives the client of a service, to read what was used; without, only hours are counted.
    """
    sheet, region = sheet or prices.load(), journal.run.region
    items = (priced_item(item, now, region, sheet) for item in journal.items())
    lines = [line for line in items if line is not None]
    real = journal.run.target == "aws"
    if get_client is None:
        return Cost(lines, region, real)
    uses = used(journal, get_client, now, sheet)
    return Cost(lines, region, real, uses, uncounted(journal, uses))


def estimate(
    creates: Iterable[str], hours: int, region: str, real: bool, sheet: Sheet | None = None
) -> Cost:
    """Price what a lesson says that it creates.

    Parameters
    ----------
    creates
        Lines such as ``1 NAT gateway``, as in the lesson's front matter.
    hours
        How long the lesson lasts, in started hours.
    region
        Whose prices.
    real
        Whether it is an account.
    sheet
        Prices; by default labkit's own.
    """
    sheet = sheet or prices.load()
    lines = []
    for text in creates:
        counted = COUNTED.match(text.strip())
        kind = kind_in(counted["what"]) if counted else None
        line = priced(kind, "", hours, region, sheet) if kind else None
        if counted and line:
            lines += [line] * int(counted["count"])
    return Cost(lines, region, real, planned=True)


def _amount(usd: float | None) -> str:
    """Write an amount in USD; one below a cent with enough places to be seen."""
    if usd is None:
        return "unknown"
    return f"{usd:.2f}" if usd == 0 or usd >= 0.01 else f"{usd:.6f}"
