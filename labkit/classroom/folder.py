"""The class folder: its settings, its roster, and where its files are."""

from __future__ import annotations

import csv
import io
import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, get_type_hints

from labkit.errors import LabkitError

SETTINGS = "class.toml"
ROSTER = "roster.csv"
INSTRUCTOR = "instructor"
"""The instructor's user name; no learner can have it."""
MOST_LEARNERS = 250
"""A /24 network has 254 addresses, one of which is the hub's. More learners: deploy/kubernetes."""
MOST_USERS = MOST_LEARNERS + 1
"""The instructor is one, too."""
INSTRUCTORS_NUMBER = 252
"""The instructor has a room, too, to show things in."""
LINKS_LAST = timedelta(days=3)
LOOPBACK = "127.0.0.1"
NETWORKS = IPv4Network("10.213.0.0/16")
"""Each class takes a /24 of it for its rooms, on a bridge of this host that routes nowhere."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
"""What may stand in a JupyterHub user name and in a host name alike."""
_ADDRESS = re.compile(r"\S+:[0-9]{1,5}")


@dataclass(frozen=True)
class Learner:
    """One line of the roster.

    Attributes
    ----------
    who
        The pseudonym: user name, and all that events carry.
    name
        Who that is, for the instructor; may be empty.
    number
        From 1: the learner's address and user id follow from it, so it never changes.
    generation
        How often the invitation was renewed; earlier links no longer work.
    """

    who: str
    name: str
    number: int
    generation: int = 0

    @property
    def shown(self) -> str:
        """The name, or the pseudonym of somebody without one."""
        return self.name or self.who


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


@dataclass(frozen=True)
class ClassFolder:
    """A class on disk. `path` is for its owner alone: it holds the secret and the roster."""

    path: Path
    settings: Settings
    learners: tuple[Learner, ...] = field(default=())

    @property
    def private(self) -> Path:
        """Secrets, databases and logs."""
        return self.path / "private"

    @property
    def homes(self) -> Path:
        """A folder for each learner."""
        return self.path / "learners"

    def home(self, who: str) -> Path:
        """Return the home of one learner."""
        return self.homes / who

    def log(self, name: str) -> Path:
        """Return where a program writes its log."""
        return self.private / "logs" / f"{name}.log"

    @property
    def secret(self) -> bytes:
        """What signs the invitations."""
        return _read(self.private / "secret").strip().encode()

    @property
    def everyone(self) -> tuple[Learner, ...]:
        """The learners, and the instructor: whoever can have a server."""
        return (*self.learners, Learner(INSTRUCTOR, "Instructor", INSTRUCTORS_NUMBER))

    def learner(self, who: str) -> Learner:
        """Find a learner, or the instructor, by pseudonym.

        Raises
        ------
        LabkitError
            Nobody is called so.
        """
        for one in self.everyone:
            if one.who == who:
                return one
        raise LabkitError(f"Nobody in this class is called {who!r}; {ROSTER} lists who is.")


def new_class(
    path: Path,
    name: str,
    names: Sequence[str],
    url: str | None = None,
    today: date | None = None,
) -> ClassFolder:
    """Make a class folder.

    Parameters
    ----------
    names
        A name for each learner; empty for one who is known by the pseudonym alone.
    url
        Where learners' browsers will find it; by default on this computer alone.

    Raises
    ------
    LabkitError
        The folder exists already, there are too many learners, or it cannot be written.
    """
    if path.exists():
        raise LabkitError(f"{path} exists already; nothing was changed. Name another folder.")
    if not 0 < len(names) <= MOST_LEARNERS:
        raise LabkitError(
            f"A class on one host has 1 to {MOST_LEARNERS} learners, not {len(names)}; nothing was "
            "made. deploy/kubernetes is for more."
        )
    now = datetime.now(UTC).replace(microsecond=0)
    settings = _defaults(name, url, now, today or now.date())
    width = max(2, len(str(len(names))))
    learners = tuple(
        Learner(f"learner-{number:0{width}}", shown.strip(), number)
        for number, shown in enumerate(names, 1)
    )
    try:
        path.mkdir(parents=True, mode=0o700)
        made = ClassFolder(path, settings, learners)
        for folder in (made.private, made.homes, made.private / "logs"):
            folder.mkdir(mode=0o700)
        write_private(made.private / "secret", secrets.token_hex(32) + "\n")
        write_private(path / SETTINGS, as_toml(settings))
        write_roster(made)
    except OSError as error:
        raise LabkitError(f"{path} could not be made ({error.strerror}).") from error
    return made


def open_class(path: Path) -> ClassFolder:
    """Read a class folder.

    Raises
    ------
    LabkitError
        It is none, or its settings or roster cannot be read; the message names the line.
    """
    file = path / SETTINGS
    try:
        found = tomllib.loads(_read(file))
        settings = _settings(found)
    except (ValueError, TypeError) as error:
        raise LabkitError(f"{file} cannot be used: {error}.") from error
    return ClassFolder(path.resolve(), settings, tuple(_roster(path / ROSTER)))


def write_roster(folder: ClassFolder) -> None:
    """Write the roster, whole or not at all."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("who", "name", "number", "generation"))
    rows.writerows((one.who, one.name, one.number, one.generation) for one in folder.learners)
    write_private(folder.path / ROSTER, out.getvalue())


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


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
'''


def _defaults(name: str, url: str | None, now: datetime, today: date) -> Settings:
    """Return the settings of a new class."""
    word = secrets.token_hex(4)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:20].strip("-") or "class"
    settings = Settings(
        id=f"{slug}-{word}",
        name=name,
        expires=now + LINKS_LAST,
        keep_until=today + timedelta(days=30),
        network=list(NETWORKS.subnets(new_prefix=24))[int(word[:2], 16)],
    )
    return replace(settings, url=url) if url else settings


def _settings(found: dict[str, Any]) -> Settings:
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
    if not _NAME.fullmatch(settings.id):
        raise ValueError(f"id {settings.id!r} is not of a-z, 0-9 and -, at most 30 of them")
    if settings.network.prefixlen > 24:
        raise ValueError(f"network {settings.network} is smaller than a /24: rooms need 254")
    if not _ADDRESS.fullmatch(settings.bind):
        raise ValueError(f"bind {settings.bind!r} needs an address and a port, as 127.0.0.1:8000")
    if below := [name for name, limit in settings.limits.items() if limit < 0]:
        raise ValueError(f"the limit of {', '.join(below)} is below 0")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise ValueError("tls_cert and tls_key go together")
    if settings.expires.tzinfo is None:
        raise ValueError("expires needs a time zone, such as the Z in 2026-06-15T18:00:00Z")
    return settings


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


def _roster(path: Path) -> list[Learner]:
    """Read the roster.

    Raises
    ------
    LabkitError
        It has a line that is none, or a name twice.
    """
    found: list[Learner] = []
    for line, row in enumerate(csv.DictReader(_read(path).splitlines()), 2):
        try:
            one = Learner(
                row["who"], row["name"] or "", int(row["number"]), int(row["generation"] or 0)
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LabkitError(f"{path}:{line}: needs who,name,number,generation.") from error
        if not _NAME.fullmatch(one.who) or one.who == INSTRUCTOR:
            raise LabkitError(f"{path}:{line}: {one.who!r} cannot be a learner's pseudonym.")
        if not 1 <= one.number <= MOST_LEARNERS:
            raise LabkitError(f"{path}:{line}: the number must be 1 to {MOST_LEARNERS}.")
        if one.who in {other.who for other in found} or one.number in {o.number for o in found}:
            raise LabkitError(f"{path}:{line}: {one.who} or {one.number} stands there twice.")
        found.append(one)
    return found


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 0x20 or letter in '"\\\x7f' else letter
        for letter in text
    )
    return f'"{escaped}"'


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabkitError(
            f"{path} cannot be read ({error.strerror}). `labkit class new` makes a class folder."
        ) from error
