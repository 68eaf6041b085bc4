"""A map of a VPC: subnets by Availability Zone, what they route to, and paths as arrows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.patheffects import withStroke

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, GREY, VERMILLION, panels, style

ROW, GAP, TOP = 19.0, 5.0, 17.0
"""Heights in the map's own units: a subnet, the space between two, the strip of the internet."""
WIDTH, RIGHT = 100.0, 80.0
"""The whole map, and where the VPC ends if there are services beside it."""

Point = tuple[float, float]


@dataclass(frozen=True)
class SubnetBox:
    """A subnet on the map.

    Attributes
    ----------
    id, name, cidr, zone : str
    public : bool
    routes : tuple of str
        A line each, such as ``"0.0.0.0/0 → igw"``.
    nats : tuple of str
        Ids of NAT gateways in it.
    acl : str
        Its network ACL in words; empty for the VPC's default one.
    """

    id: str
    name: str
    cidr: str
    zone: str
    public: bool
    routes: tuple[str, ...] = ()
    nats: tuple[str, ...] = ()
    acl: str = ""


@dataclass(frozen=True)
class PathArrow:
    """A path on the map: the ids of what it passes, whether it arrives, and its words."""

    stops: tuple[str, ...]
    arrives: bool
    words: str


@dataclass(frozen=True)
class NetworkMap:
    """What is drawn.

    Attributes
    ----------
    vpc : str
        Name or id, with its CIDR blocks.
    subnets : tuple of SubnetBox
    internet_gateways : tuple of str
        Ids.
    endpoints : tuple of (str, str)
        Id and service.
    """

    vpc: str
    subnets: tuple[SubnetBox, ...]
    internet_gateways: tuple[str, ...] = ()
    endpoints: tuple[tuple[str, str], ...] = ()

    @property
    def gateways_and_endpoints(self) -> set[str]:
        """Ids of all that is drawn as a pill and may be new."""
        nats = {nat for subnet in self.subnets for nat in subnet.nats}
        return {*self.internet_gateways, *nats, *(endpoint for endpoint, _ in self.endpoints)}


def network_map(
    drawn: NetworkMap, arrows: Sequence[PathArrow] = (), before: NetworkMap | None = None
) -> Picture:
    """Draw a VPC.

    Parameters
    ----------
    drawn : NetworkMap
    arrows : sequence of PathArrow
    before : NetworkMap, optional
        What is not in it is drawn as new.

    Returns
    -------
    Picture
    """
    zones = sorted({subnet.zone for subnet in drawn.subnets})
    rows = max([1, *(sum(s.zone == zone for s in drawn.subnets) for zone in zones)])
    height = TOP + 8 + rows * (ROW + GAP) + 3
    with style():
        figure, (axis,) = panels(1, 0.052 * height)
        axis.set(xlim=(0, WIDTH), ylim=(0, height))
        axis.axis("off")
        canvas = _Canvas(axis, drawn, before, height)
        canvas.draw(zones)
        canvas.services(stop for arrow in arrows for stop in arrow.stops)
        for number, arrow in enumerate(arrows):
            canvas.arrow(arrow, number)
        return picture(figure, _words(drawn, arrows, before))


class _Canvas:
    """Places things, and remembers where they are."""

    def __init__(
        self, axis: Axes, drawn: NetworkMap, before: NetworkMap | None, height: float
    ) -> None:
        self.axis, self.drawn, self.before, self.height = axis, drawn, before, height
        self.places: dict[str, Point] = {}
        self.top = height - TOP
        self.right = RIGHT if drawn.endpoints else WIDTH - 1

    def draw(self, zones: Sequence[str]) -> None:
        self._box((1, 1), self.right - 1, self.top - 1, BLACK, "white", 1.4)
        first, *more = self.drawn.vpc.split(", ")
        lines = [first, *more[:2], *([f"and {len(more) - 2} more"] if len(more) > 2 else [])]
        for up, text in enumerate(reversed(lines)):  # left of the way that all arrows take
            self._text((1.5, self.top + 2.6 + 3.6 * up), text, weight="bold")
        self._pill("internet", (self.right / 2, self.height - 4), "internet", GREY)
        for number, gateway in enumerate(self.drawn.internet_gateways):
            spot = (self.right / 2 + 26 * number, self.top)
            self._pill(gateway, spot, "internet gateway", BLUE)
        for number, zone in enumerate(zones):
            self._zone(zone, number, len(zones))
        services = list(dict.fromkeys(service for _, service in self.drawn.endpoints))
        for number, (endpoint, service) in enumerate(self.drawn.endpoints):
            y = self.top - 12 - 9 * number
            self._pill(endpoint, (RIGHT, y), "endpoint", GREEN)
            self.places.setdefault(service, (WIDTH - 5, y))
        for service in services:
            self._pill(service, self.places[service], service, GREY)

    def services(self, stops: Iterable[str]) -> None:
        """Place the services without an endpoint, which are reached as the internet is."""
        unknown = [stop for stop in dict.fromkeys(stops) if stop not in self.places]
        for number, service in enumerate(unknown, start=1):
            x = self.right / 2 + 18 * number
            self._pill(service, (x, self.height - 4), service, GREY)

    def _zone(self, zone: str, number: int, zones: int) -> None:
        width = (self.right - (13 if self.drawn.endpoints else 4)) / zones
        left = 2 + number * width
        self.axis.add_patch(
            Rectangle(
                (left + 0.6, 2.2),
                width - 1.8,
                self.top - 9,
                fill=False,
                edgecolor=GREY,
                linestyle="--",
                linewidth=0.9,
            )
        )
        inset = 1.8 if number == 0 else 10  # arrows to the gateway pass between two zones
        self._text((left + inset, self.top - 9.5), zone, colour=GREY)
        own = [subnet for subnet in self.drawn.subnets if subnet.zone == zone]
        for row, subnet in enumerate(sorted(own, key=lambda one: (not one.public, one.name))):
            bottom = self.top - 11.5 - (row + 1) * ROW - row * GAP
            self._subnet(subnet, (left + 2, bottom), width - 5)

    def _subnet(self, subnet: SubnetBox, corner: Point, width: float) -> None:
        x, y = corner
        self.places[subnet.id] = (x + width * 0.72, y + ROW - 3.5)
        colour, fill = (BLUE, "#E3F0F9") if subnet.public else (GREEN, "#E4F4EE")
        new = self.before is not None and subnet not in self.before.subnets
        self._box(corner, width, ROW, VERMILLION if new else colour, fill, 2.2 if new else 1.0)
        kind = "public" if subnet.public else "private"
        self._text((x + 1, y + ROW - 3.3), subnet.name or subnet.id, weight="bold")
        self._text((x + 1, y + ROW - 7.2), f"{subnet.cidr} · {kind}")
        for line, text in enumerate([*subnet.routes[:2], *([subnet.acl] if subnet.acl else [])]):
            self._text((x + 1, y + ROW - 11 - 3.4 * line), text, size=7.5)
        for number, nat in enumerate(subnet.nats):
            self._pill(nat, (x + width - 8 - 9 * number, y + 3), "NAT", BLUE)

    def _box(
        self, corner: Point, width: float, height: float, edge: str, fill: str, line: float
    ) -> None:
        self.axis.add_patch(
            Rectangle(corner, width, height, edgecolor=edge, facecolor=fill, linewidth=line)
        )

    def _pill(self, key: str, spot: Point, text: str, colour: str) -> None:
        self.places[key] = spot
        wide = 2.4 + 1.25 * len(text)
        new = self.before is not None and self._is_new(key)
        self.axis.add_patch(
            FancyBboxPatch(
                (spot[0] - wide / 2, spot[1] - 2.2),
                wide,
                4.4,
                boxstyle="round,pad=0.3",
                facecolor=colour,
                edgecolor=VERMILLION if new else colour,
                linewidth=2.2,
                zorder=4,
            )
        )
        self.axis.text(*spot, text, color="white", ha="center", va="center", fontsize=8.5, zorder=8)

    def _is_new(self, key: str) -> bool:
        return (
            self.before is not None
            and key in self.drawn.gateways_and_endpoints
            and key not in self.before.gateways_and_endpoints
        )

    def _text(
        self, spot: Point, text: str, weight: str = "normal", colour: str = BLACK, size: float = 8.5
    ) -> None:
        drawn = self.axis.text(*spot, text, weight=weight, color=colour, va="center", fontsize=size)
        drawn.set(zorder=7, path_effects=[withStroke(linewidth=2.5, foreground="white")])

    def arrow(self, arrow: PathArrow, number: int) -> None:
        colour, dashes = (GREEN, "-") if arrow.arrives else (VERMILLION, "--")
        shift = 1.6 * number
        spots = [
            (x + shift, y)
            for x, y in (self.places[one] for one in arrow.stops if one in self.places)
        ]
        for start, end in pairwise(spots):
            self.axis.add_patch(
                FancyArrowPatch(
                    start,
                    end,
                    arrowstyle="-|>",
                    mutation_scale=12,
                    shrinkA=11,
                    shrinkB=12,
                    color=colour,
                    linestyle=dashes,
                    linewidth=1.7,
                    zorder=6,
                    connectionstyle="arc3,rad=0.06",
                )
            )
        if not arrow.arrives and spots:
            x, y = spots[-1]
            self.axis.plot(x, y - 4.5, "X", color=VERMILLION, markersize=10, zorder=7)


def _words(drawn: NetworkMap, arrows: Iterable[PathArrow], before: NetworkMap | None) -> str:
    """Say the map in sentences."""
    sentences = [f"Map of {drawn.vpc}."]
    for subnet in drawn.subnets:
        kind = "public" if subnet.public else "private"
        routes = "; ".join(subnet.routes) or "no route out"
        nat = " It holds a NAT gateway." if subnet.nats else ""
        acl = f" {subnet.acl}." if subnet.acl else ""
        new = " (new or changed)" if before is not None and subnet not in before.subnets else ""
        sentences.append(
            f"{subnet.name or subnet.id}{new} in {subnet.zone}, {subnet.cidr}, {kind}: "
            f"{routes}.{nat}{acl}"
        )
    sentences += [f"Endpoint for {service}." for _, service in drawn.endpoints]
    if not drawn.internet_gateways:
        sentences.append("No internet gateway.")
    return " ".join([*sentences, *(arrow.words for arrow in arrows)])
