"""What a run costs: before it, so far, and if it were forgotten for a month; never a guess."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from labkit import prices
from labkit.errors import Refused
from labkit.prices import HOURS_A_MONTH, MissingPriceError, Sheet
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient
from labkit.resources.usage import Use, used

CAP_USD = 5.0
"""What a run in an account may come to until it expires, unless ``labkit.toml`` says otherwise."""

BY_THE_HOUR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "NAT gateway": ("nat-gateway-hour",),
        "Elastic IP": ("public-ipv4-hour",),
        "VPC endpoint": ("interface-endpoint-hour",),
        "load balancer": ("alb-hour", "nlb-hour"),
    }
)
"""Kinds that AWS bills as long as they are there → items of the price sheet, of which the dearest
counts. An interface endpoint is billed for each zone, and a gateway endpoint not at all: one zone
is assumed."""

WITHOUT_PRICE = frozenset(
    [
        "Auto Scaling group",
        "CloudWatch alarm",
        "CloudWatch dashboard",
        "DB cluster",
        "DB instance",
        "DB proxy",
        "composite alarm",
        "secret",
    ]
)
"""Kinds that AWS bills as long as they are there, for which the sheet holds no price."""

BY_USE = frozenset(
    [
        "CloudFormation stack",
        "DynamoDB table",
        "EventBridge event bus",
        "EventBridge rule",
        "HTTP API",
        "Lambda event source mapping",
        "Lambda function",
        "Lambda layer version",
        "REST API",
        "S3 bucket",
        "SNS topic",
        "SQS queue",
        "SSM parameter",
        "log group",
        "schedule",
        "state machine",
    ]
)
"""Kinds that cost nothing by being there, but by requests, data, or what is in them."""

COUNTED = re.compile(r"(?P<count>\d+) (?P<what>.+)")
"""A line of a lesson's front matter: ``2 Lambda functions with their log groups``."""


COLUMNS = ("kind", "name", "how much", "USD", "price")


@dataclass(frozen=True)
class Line:
    """What one resource costs by being there.

    Attributes
    ----------
    kind, name
        As in the journal; no name in an estimate.
    hours
        Started hours, each of which AWS bills in full.
    usd_an_hour
        None where it is not known.
    basis
        The price, or why there is none.
    """

    kind: str
    name: str
    hours: int
    usd_an_hour: float | None
    basis: str

    @property
    def usd(self) -> float | None:
        """What the hours cost; None where that is not known."""
        return None if self.usd_an_hour is None else self.usd_an_hour * self.hours


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
    planned
        True for what is still to be created.
    """

    lines: Sequence[Line]
    region: str
    real: bool
    uses: Sequence[Use] | None = None
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
        """The cost in one sentence or two."""
        verb = ("will " if self.planned else "") + "cost" if self.real else "would have cost"
        when = "" if self.planned else " so far"
        said = (
            f"By the hour, this {verb} USD {self.usd:.2f} in {self.region}{when}; forgotten for a "
            f"month, USD {self.usd_a_month:,.2f}. "
        )
        if self.uses is None:
            said += "Requests and data come on top."
        else:
            said += f"Requests and data: about USD {_amount(self.usd_by_use)}, by the metrics."
        if self.unknown:
            said += (
                f" Not counted, because the price sheet holds no price: {', '.join(self.unknown)}."
            )
        return said

    def as_json(self) -> dict[str, Any]:
        """Return the cost for ``json.dumps``; what is not known is null."""
        lines = [asdict(line) | {"usd": line.usd} for line in self.lines]
        uses = None if self.uses is None else [asdict(use) for use in self.uses]
        known = {"usd": self.usd, "usd_a_month": self.usd_a_month, "unknown": self.unknown}
        where = {"region": self.region, "real": self.real, "planned": self.planned}
        return where | {"lines": lines, "uses": uses, "usd_by_use": self.usd_by_use} | known

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        hourly = [
            (line.kind, line.name, f"{line.hours} h", _amount(line.usd), line.basis)
            for line in self.lines
        ]
        by_use = [
            (use.kind, use.name, str(use.used or "unknown"), _amount(use.usd), use.basis)
            for use in self.uses or ()
        ]
        return hourly + by_use

    def __repr__(self) -> str:
        rows = [COLUMNS, *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
        table = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*(table if len(rows) > 1 else []), self.summary])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{text}</th>" for text in COLUMNS)
        rows = self._rows()
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p>{html.escape(self.summary)}</p>{table if rows else ''}"


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
    sheet = sheet or prices.load()
    lines = [
        line
        for item in journal.items()
        for line in [_line(item.kind, item.name, _hours(item, now), journal.run.region, sheet)]
        if line is not None
    ]
    uses = used(journal, get_client, now, sheet) if get_client else None
    return Cost(lines, journal.run.region, journal.run.target == "aws", uses)


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
        kind = _kind_in(counted["what"]) if counted else None
        line = kind and _line(kind, "", hours, region, sheet)
        if counted and line:
            lines += [line] * int(counted["count"])
    return Cost(lines, region, real, planned=True)


def require_room(
    journal: Journal, kind: str, now: datetime, cap_usd: float, sheet: Sheet | None = None
) -> None:
    """Refuse one more resource that would lift the run above its cap before it expires.

    Parameters
    ----------
    journal
        The run's journal.
    kind
        Name of the kind that is about to be created.
    now
        UTC.
    cap_usd
        The cap for the whole run, in USD.
    sheet
        Prices; by default labkit's own.

    Raises
    ------
    Refused
        When the known part of the cost would exceed the cap.
    """
    run = journal.run
    new = _line(kind, "", 1, run.region, sheet or prices.load()) if kind in BY_THE_HOUR else None
    if new is None or new.usd_an_hour is None or run.expires_at is None:
        return
    hours = _until(run.expires_at, now)
    whole = _whole(journal, now, hours, sheet) + new.usd_an_hour * hours
    if whole > cap_usd:
        raise Refused(
            f"Nothing was created: with this {kind} ({new.basis}) the run could cost USD "
            f"{whole:.2f} until it expires in {hours} h, and its cap is USD {cap_usd:.2f}. "
            'Tear down what is not needed, or raise "cap_usd" in labkit.toml.'
        )


def require_room_until(
    journal: Journal, end: datetime, now: datetime, cap_usd: float, sheet: Sheet | None = None
) -> None:
    """Refuse to let a run go on until a time at which it would have passed its cap.

    Parameters
    ----------
    journal
        The run's journal.
    end, now
        UTC.
    cap_usd
        The cap for the whole run, in USD.
    sheet
        Prices; by default labkit's own.

    Raises
    ------
    Refused
        When the known part of the cost would exceed the cap.
    """
    hours = _until(end, now)
    whole = _whole(journal, now, hours, sheet)
    if whole > cap_usd:
        raise Refused(
            f"The run was not renewed: it could cost USD {whole:.2f} in the next {hours} h, and "
            f"its cap is USD {cap_usd:.2f}. Tear down what is not needed, give it fewer hours, or "
            'raise "cap_usd" in labkit.toml.'
        )


def _until(end: datetime, now: datetime) -> int:
    """Return the started hours until then."""
    return math.ceil(max(0.0, (end - now).total_seconds()) / 3600)


def _whole(journal: Journal, now: datetime, hours: int, sheet: Sheet | None) -> float:
    """Return what a run costs by the hour if all that is there stays so many hours, in USD."""
    so_far = running(journal, now, sheet)
    hourly = {line.kind: line.usd_an_hour or 0.0 for line in so_far.lines}
    return so_far.usd + sum(hourly.get(item.kind, 0.0) for item in journal.open_items()) * hours


def _amount(usd: float | None) -> str:
    """Write an amount in USD; one below a cent with enough places to be seen."""
    if usd is None:
        return "unknown"
    return f"{usd:.2f}" if usd == 0 or usd >= 0.01 else f"{usd:.6f}"


def _hours(item: Item, now: datetime) -> int:
    until = item.gone_at or now
    return max(1, math.ceil((until - item.intended_at).total_seconds() / 3600))


def _line(kind: str, name: str, hours: int, region: str, sheet: Sheet) -> Line | None:
    """Price a resource; None for a kind that costs nothing by being there."""
    if kind in WITHOUT_PRICE:
        return Line(kind, name, hours, None, "the price sheet has no such price")
    if kind not in BY_THE_HOUR:
        return None
    found = []
    for item in BY_THE_HOUR[kind]:
        try:
            found.append(sheet.price(item, region))
        except MissingPriceError:
            continue
    if not found:
        return Line(kind, name, hours, None, f"the price sheet has no price for {region}")
    dearest = max(found, key=lambda price: price.amount / price.per)
    return Line(kind, name, hours, dearest.amount / dearest.per, str(dearest))


def _kind_in(text: str) -> str | None:
    """Return the kind that a line of a front matter begins with, the longest name first."""
    known = sorted({*BY_THE_HOUR, *WITHOUT_PRICE, *BY_USE}, key=len, reverse=True)
    wanted = text.lower()
    return next((kind for kind in known if wanted.startswith(kind.lower())), None)
