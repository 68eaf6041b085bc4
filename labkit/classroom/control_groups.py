"""Control groups: the memory, CPU and processes that one learner's room may take."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labkit.classroom.class_settings import Settings

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000
"""The CPU controller's default period. Source: kernel, Documentation/scheduler/sched-bwc.rst."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class ControlGroup:
    """A control group, which under version 1 is a folder in each controller's tree.

    Attributes
    ----------
    folders
        By controller; under version 2 all are the same one.
    """

    folders: Mapping[str, Path]

    def join_files(self) -> list[Path]:
        """Return the files into which a process writes its number to be held."""
        return [folder / "cgroup.procs" for folder in dict.fromkeys(self.folders.values())]

    def memory_mb(self) -> float:
        """Return the memory that the group takes now, without the page cache, in MB."""
        counts = self._counts("memory.stat")
        return sum(counts.get(key, 0) for key in ("anon", "shmem", "rss")) / MEGABYTE

    def killed(self) -> int:
        """Return how many processes were killed because the memory was used up."""
        counts = self._counts("memory.events") or self._counts("memory.oom_control")
        return counts.get("oom_kill", 0)

    def _counts(self, name: str) -> dict[str, int]:
        """Read a file of names and numbers; nothing where there is none."""
        folder = self.folders.get("memory")
        if folder is None or not (folder / name).exists():
            return {}
        pairs = (line.split() for line in (folder / name).read_text().splitlines())
        return {key: int(number) for key, number in pairs}

    def remove(self) -> None:
        """Take the group away, if nothing runs in it any more."""
        for folder in self.folders.values():
            with suppress(OSError):
                folder.rmdir()


def held(root: Path = ROOT) -> set[str]:
    """Return which controllers there are to hold learners with: memory, cpu, pids."""
    wanted = {"memory", "cpu", "pids"}
    if (root / "cgroup.controllers").exists():
        return wanted & set((root / "cgroup.controllers").read_text().split())
    return {name for name in wanted if (root / name / "tasks").exists()}


def make(settings: Settings, name: str, root: Path = ROOT) -> ControlGroup:
    """Make a learner's group, or set the limits of one that is there."""
    if (root / "cgroup.controllers").exists():
        return _version_2(settings, name, root)
    folders = {one: root / one / settings.bridge / name for one in sorted(held(root))}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    _set(folders, "memory", "memory.limit_in_bytes", _bytes(settings))
    _set(folders, "memory", "memory.memsw.limit_in_bytes", _bytes(settings))
    _set(folders, "cpu", "cpu.cfs_period_us", PERIOD_US)
    _set(folders, "cpu", "cpu.cfs_quota_us", int(settings.cpus * PERIOD_US) or -1)
    _set(folders, "pids", "pids.max", settings.processes or "max")
    return ControlGroup(folders)


def group(settings: Settings, name: str, root: Path = ROOT) -> ControlGroup:
    """Return a learner's group as it is, to look at; it may not be there."""
    if (root / "cgroup.controllers").exists():
        folders = [one for one in root.rglob(f"{settings.bridge}/{name}") if one.is_dir()][:1]
        return ControlGroup(dict.fromkeys(("memory", "cpu", "pids"), folders[0]) if folders else {})
    return ControlGroup({one: root / one / settings.bridge / name for one in sorted(held(root))})


def _version_2(settings: Settings, name: str, root: Path) -> ControlGroup:
    """Make a group of version 2 beside the hub's own, whose tree systemd delegates to it."""
    base = _own_tree(root)
    controllers = sorted(held(base))
    for tree in (base, base / settings.bridge):
        tree.mkdir(exist_ok=True)
        for one in controllers:
            with suppress(OSError):
                (tree / "cgroup.subtree_control").write_text(f"+{one}")
    folder = base / settings.bridge / name
    folder.mkdir(exist_ok=True)
    folders = dict.fromkeys(controllers, folder)
    _set(folders, "memory", "memory.max", _bytes(settings))
    _set(folders, "memory", "memory.swap.max", 0)
    quota = int(settings.cpus * PERIOD_US) or "max"
    _set(folders, "cpu", "cpu.max", f"{quota} {PERIOD_US}")
    _set(folders, "pids", "pids.max", settings.processes or "max")
    return ControlGroup(folders)


def _own_tree(root: Path) -> Path:
    """Return this process's own tree, and step into a leaf of it.

    A tree that has groups with limits must not have processes of its own.

    Source: kernel, Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint".
    """
    path = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2]
    own = root / path.lstrip("/")
    if own.name == "hub" or own == root:
        return own.parent if own.name == "hub" else own
    leaf = own / "hub"
    leaf.mkdir(exist_ok=True)
    for number in (own / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (leaf / "cgroup.procs").write_text(number)
    return own


def _bytes(settings: Settings) -> int | str:
    return settings.memory_mb * MEGABYTE if settings.memory_mb else _unlimited()


def _unlimited() -> int | str:
    return "max" if (ROOT / "cgroup.controllers").exists() else -1


def _set(folders: Mapping[str, Path], controller: str, name: str, value: object) -> None:
    """Write one limit; a kernel without swap accounting lacks its file."""
    folder = folders.get(controller)
    if folder is not None and (folder / name).exists():
        (folder / name).write_text(f"{value}")


def join(files: Sequence[Path]) -> None:
    """Put this process, and all that it starts, under the limits."""
    for file in files:
        file.write_text(f"{os.getpid()}")
