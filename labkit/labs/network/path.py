"""The ends of a connection, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.prices import Sheet, Unit, load

DEFAULT_GROUP = ("default",)


@dataclass(frozen=True)
class Server:
    """An instance that could be in a subnet.

    Attributes
    ----------
    subnet : str
        Id or Name of its subnet.
    groups : tuple of str
        Ids of its security groups; by default the VPC's default group, as AWS does it.
    public_ip : bool or None
        Whether it has a public address; None for what the subnet gives by itself.
    """

    subnet: str
    groups: tuple[str, ...] = DEFAULT_GROUP
    public_ip: bool | None = None

    def __str__(self) -> str:
        return self.subnet


@dataclass(frozen=True)
class Internet:
    """Any server on the internet."""

    def __str__(self) -> str:
        return "internet"


@dataclass(frozen=True)
class Service:
    """An AWS service in the VPC's Region, such as ``Service("s3")``."""

    name: str

    def __str__(self) -> str:
        return self.name


End = Server | Internet | Service


@dataclass(frozen=True)
class NetworkPath:
    """What became of a connection.

    Attributes
    ----------
    source, destination : Server, Internet or Service
    stops : tuple of str
        What it passed: ids of subnets, gateways and endpoints, ``"internet"``, a service's name.
    way : str
        In words.
    refused : str or None
        What stopped it; None if it arrives and answers come back.
    charges : tuple of (str, int)
        Items of the price sheet that a GB from source to destination is charged, and how often.
    """

    source: End
    destination: End
    stops: tuple[str, ...]
    way: str
    refused: str | None = None
    charges: tuple[tuple[str, int], ...] = ()

    @property
    def reaches(self) -> bool:
        """Whether it arrives."""
        return self.refused is None

    def usd_per_gb(self, region: str, prices: Sheet | None = None) -> float | None:
        """Price a GB on this way, hours of gateways and endpoints apart.

        Returns
        -------
        float or None
            USD; None where nothing arrives.

        Raises
        ------
        labkit.prices.MissingPriceError
            If a price is not in the sheet.
        """
        if not self.reaches:
            return None
        sheet = prices or load()
        return sum(times * sheet.price(item, region).each(Unit.GB) for item, times in self.charges)
