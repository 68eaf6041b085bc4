"""What `class.toml` says, and how it is written and read."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from ipaddress import IPv4Network
from typing import Any, get_type_hints

LOOPBACK = "127.0.0.1"
NETWORKS = IPv4Network("10.213.0.0/16")
"""Each class takes a /24 of it for its rooms, on a bridge of this host that routes nowhere."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
"""What may stand in a JupyterHub user name and in a host name alike."""
ACCOUNT = re.compile(r"[0-9]{12}")
AWS = "aws"
TARGETS = ("local", AWS)
_ADDRESS = re.compile(r"\S+:[0-9]{1,5}")


@dataclass(frozen=True)
class Settings:
    """What `class.toml` says.

    Attributes
    ----------
    id
        Short and unique; signs invitations, and names the bridge.
    name
        What people read.
    expires
        When the invitations end, in UTC.
    keep_until
        The day after which `labkit class forget` is due; learners are told it.
    network
        The rooms' network.
    start, end
        When a day begins and ends, in the host's own time.
    url
        Where learners' browsers find the class.
    bind
        Address and port on which the proxy listens, with a colon between.
    tls_cert, tls_key
        Files, both or none.
    memory_mb, cpus, disk_mb, processes
        The most that a learner's room takes; 0: not held. Threads count as processes, and a rush of
        lesson 07 has hundreds in the sandbox.
    cull_after_h
        Hours without work after which a server is stopped outside the day; 0: never.
    target, region
        Where lessons run: ``local`` in each learner's sandbox, ``aws`` in accounts, in that Region.
    account
        The account that all share, 12 digits; empty where `accounts.csv` names one for each.
    """

    id: str
    name: str
    expires: datetime
    keep_until: date
    network: IPv4Network
    start: time = time(10, 0)
    end: time = time(17, 0)
    url: str = "http://127.0.0.1:8000"
    bind: str = "127.0.0.1:8000"
    tls_cert: str = ""
    tls_key: str = ""
    memory_mb: int = 1536
    cpus: float = 1.0
    disk_mb: int = 2048
    processes: int = 4096
    cull_after_h: float = 0.0
    target: str = "local"
    region: str = ""
    account: str = ""

    @property
    def limits(self) -> dict[str, float]:
        """What is held of a learner's room, by the name of its control group's controller."""
        return {"memory": self.memory_mb, "cpu": self.cpus, "pids": self.processes}

    @property
    def local(self) -> bool:
        """Whether this host alone can reach the proxy."""
        return self.bind.startswith((LOOPBACK, "localhost"))

    @property
    def bridge(self) -> str:
        """The name of the rooms' bridge; Linux takes 15 characters."""
        return f"lk-{self.id[-8:]}"

    @property
    def hub_address(self) -> str:
        """The host's address on the bridge, where rooms find hub and view."""
        return str(self.network[1])


def as_toml(settings: Settings) -> str:
    """Return `class.toml`, with a line on each setting that people change."""
    return f'''# A class of labkit. `labkit class serve FOLDER` reads this when it starts.
id = "{settings.id}"
name = {_quoted(settings.name)}
expires = {settings.expires:%Y-%m-%dT%H:%M:%SZ}     # when the invitation links end
keep_until = {settings.keep_until}            # learners are told; `labkit class forget` deletes
network = "{settings.network}"        # of the rooms, on this host alone

start = {settings.start:%H:%M}:00                     # of a day; everybody is started before it
end = {settings.end:%H:%M}:00
cull_after_h = {settings.cull_after_h:g}      # hours idle, outside the day; 0: nobody is stopped

url = {_quoted(settings.url)}   # where learners' browsers find it
bind = "{settings.bind}"         # where the proxy listens; "0.0.0.0:443" lets others in
tls_cert = {_quoted(settings.tls_cert)}          # files; without them everything goes unencrypted
tls_key = {_quoted(settings.tls_key)}

memory_mb = {settings.memory_mb}                  # the most that a learner takes; 0: not held
cpus = {settings.cpus:g}
disk_mb = {settings.disk_mb}
processes = {settings.processes}

target = "{settings.target}"                # "aws": lessons run in accounts (docs/aws.md)
region = "{settings.region}"                     # in which they run there
account = "{settings.account}"                    # that all share; empty: accounts.csv has them
'''


def read_settings(found: dict[str, Any]) -> Settings:
    """Check the keys and values of a file.

    Raises
    ------
    ValueError
        Something is unknown, missing or not of its kind.
    """
    known = {one.name for one in fields(Settings)}
    if unknown := sorted(found.keys() - known):
        raise ValueError(f"it does not know {', '.join(unknown)}")
    found = found | {"network": IPv4Network(found.get("network", ""))}
    for name, value in found.items():
        _expect_kind(name, value)
    settings = Settings(**found)
    if not NAME.fullmatch(settings.id):
        raise ValueError(f"id {settings.id!r} is not of a-z, 0-9 and -, at most 30 of them")
    if settings.network.prefixlen > 24:
        raise ValueError(f"network {settings.network} is smaller than a /24: rooms need 254")
    if not _ADDRESS.fullmatch(settings.bind):
        raise ValueError(f"bind {settings.bind!r} needs an address and a port, as 127.0.0.1:8000")
    if below := [name for name, limit in settings.limits.items() if limit < 0]:
        raise ValueError(f"the limit of {', '.join(below)} is below 0")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise ValueError("tls_cert and tls_key go together")
    _expect_target(settings)
    if settings.expires.tzinfo is None:
        raise ValueError("expires needs a time zone, such as the Z in 2026-06-15T18:00:00Z")
    return settings


def _expect_target(settings: Settings) -> None:
    """Raise ValueError unless it says where lessons run."""
    if settings.target not in TARGETS:
        raise ValueError(f"target {settings.target!r} is none of {', '.join(TARGETS)}")
    if settings.target == AWS and not settings.region:
        raise ValueError(f'target = "{AWS}" needs a region')
    if settings.account and not ACCOUNT.fullmatch(settings.account):
        raise ValueError(f"account {settings.account!r} is not of 12 digits")


_KINDS = get_type_hints(Settings)
_WORDS = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    datetime: "a date with a time",
    date: "a date",
    time: "a time of day, such as 10:00:00",
    IPv4Network: "a network",
}


def _expect_kind(name: str, value: object) -> None:
    """Raise ValueError unless a setting's value is of its kind."""
    kind = _KINDS[name]
    taken = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, taken):
        raise ValueError(f"{name} needs {_WORDS[kind]}, and is {value!r}")


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 0x20 or letter in '"\\\x7f' else letter
        for letter in text
    )
    return f'"{escaped}"'
