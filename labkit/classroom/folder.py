"""The class folder: its settings, its roster, and where its files are."""

from __future__ import annotations

import csv
import io
import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from labkit.classroom.class_settings import NAME, NETWORKS, Settings, as_toml, read_settings
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
        settings = read_settings(found)
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
        if not NAME.fullmatch(one.who) or one.who == INSTRUCTOR:
            raise LabkitError(f"{path}:{line}: {one.who!r} cannot be a learner's pseudonym.")
        if not 1 <= one.number <= MOST_LEARNERS:
            raise LabkitError(f"{path}:{line}: the number must be 1 to {MOST_LEARNERS}.")
        if one.who in {other.who for other in found} or one.number in {o.number for o in found}:
            raise LabkitError(f"{path}:{line}: {one.who} or {one.number} stands there twice.")
        found.append(one)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabkitError(
            f"{path} cannot be read ({error.strerror}). `labkit class new` makes a class folder."
        ) from error
