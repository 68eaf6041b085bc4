"""The environments of every function version: who is free, who is busy, who has to go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from labkit.sandbox.process import loop
from labkit.sandbox.services.lambda_.concurrency import ScalingRate
from labkit.sandbox.services.lambda_.environments.environment import Environment
from labkit.sandbox.services.lambda_.versions import FunctionVersion

PROVISIONED = "provisioned-concurrency"
"""The initialisation type of provisioned environments, as functions see it."""

Key = tuple[str, str, str, str]
"""Account, region, function name, version."""


@dataclass
class Group:
    """The environments of one function version, those of its newest configuration only.

    Attributes
    ----------
    fingerprint
        The configuration and code that a new environment gets.
    free
        Environments that wait for a call, the most recently used one last.
    provisioned
        The provisioned environments, free and busy.
    """

    fingerprint: str
    free: list[Environment] = field(default_factory=list)
    provisioned: list[Environment] = field(default_factory=list)


class Pool:
    """Lends environments to calls and ends those that nobody needs.

    Parameters
    ----------
    create
        Makes an environment of a version with an initialisation type; it starts no process.
    idle_seconds
        How long an on-demand environment may stay unused.
    scaling
        How fast a function may get new ones.
    """

    def __init__(
        self,
        create: Callable[[FunctionVersion, str], Environment],
        idle_seconds: float,
        scaling: ScalingRate,
    ) -> None:
        self._create = create
        self._scaling = scaling
        self._idle_seconds = idle_seconds
        self._groups: dict[Key, Group] = {}
        self._lock = threading.Lock()
        self._reclaiming = False

    async def acquire(self, version: FunctionVersion) -> Environment:
        """Lend an environment of `version`: a free provisioned one, the last used one, or a new.

        Raises
        ------
        ThrottledError
            If the function may not get a new one yet.
        """
        with self._lock:
            group = self._group(version)
            environment = _pick(group.free)
        if environment is None:
            self._scaling.take(version.account, version.region, version.name)
            environment = await asyncio.to_thread(self._create, version, "on-demand")
        return environment

    def release(self, environment: Environment) -> None:
        """Take an environment back; it ends if its function has changed or gone meanwhile."""
        environment.last_used = time.monotonic()
        with self._lock:
            group = self._groups.get(environment.version.key)
            wanted = group is not None and _belongs(environment, group)
            if group is not None and wanted:
                environment.rest()
                group.free.append(environment)
        if not wanted:
            _close([environment])
        elif not self._reclaiming:
            self._reclaiming = True
            loop.start(self._reclaim_idle())

    def provision(self, version: FunctionVersion, count: int) -> list[Environment]:
        """Make `count` provisioned environments instead of those there are.

        They serve once their maker has initialised and released them.
        """
        environments = [self._create(version, PROVISIONED) for _ in range(count)]
        with self._lock:
            group = self._group(version)
            unwanted = [e for e in group.free if e.initialization_type == PROVISIONED]
            group.free = [e for e in group.free if e not in unwanted]
            group.provisioned = environments
        _close(unwanted)
        return environments

    def provisioned(self, version: FunctionVersion) -> int:
        """Return how many provisioned environments `version` has, free or busy."""
        with self._lock:
            return len(self._group(version).provisioned)

    def discard(self, account: str, region: str, name: str, version: str | None = None) -> None:
        """End the environments of a function, or of one version; busy ones end after their call."""
        with self._lock:
            keys = [
                key
                for key in self._groups
                if key[:3] == (account, region, name) and version in (None, key[3])
            ]
            groups = [self._groups.pop(key) for key in keys]
        for group in groups:
            _close(group.free)

    def _group(self, version: FunctionVersion) -> Group:
        """Return the group of `version`; one of an older configuration is replaced."""
        group = self._groups.get(version.key)
        if group is None or group.fingerprint != version.fingerprint:
            if group is not None:
                _close(group.free)
            group = self._groups[version.key] = Group(version.fingerprint)
        return group

    async def _reclaim_idle(self) -> None:
        """End what has been unused for too long, until there is nothing that may become so."""
        while (seconds := self._until_the_next_expires()) is not None:
            await asyncio.sleep(seconds)
            with self._lock:
                expired = list(self._take_expired(time.monotonic() - self._idle_seconds))
            _close(expired)

    def _until_the_next_expires(self) -> float | None:
        """Return the seconds until an environment may have to go; None, and no more, if none is."""
        with self._lock:
            used = [e.last_used for group in self._groups.values() for e in _reclaimable(group)]
            self._reclaiming = bool(used)
        return max(0.0, min(used) + self._idle_seconds - time.monotonic()) if used else None

    def _take_expired(self, before: float) -> Iterator[Environment]:
        for group in self._groups.values():
            for environment in _reclaimable(group):
                if environment.last_used <= before:
                    group.free.remove(environment)
                    yield environment


def _belongs(environment: Environment, group: Group) -> bool:
    """Tell whether `environment` still has a place: right configuration, and not withdrawn."""
    if environment.version.fingerprint != group.fingerprint:
        return False
    return environment.initialization_type != PROVISIONED or environment in group.provisioned


def _pick(free: list[Environment]) -> Environment | None:
    """Take the most recently used provisioned environment, or else the most recently used one."""
    for environment in reversed(free):
        if environment.initialization_type == PROVISIONED:
            free.remove(environment)
            return environment
    return free.pop() if free else None


def _reclaimable(group: Group) -> list[Environment]:
    return [e for e in group.free if e.initialization_type != PROVISIONED]


def _close(environments: list[Environment]) -> None:
    for environment in environments:
        loop.start(environment.close())
