"""The files of upstream that are loaded later, compared with those that ours was written against.

Loading every service at the start would take longer than the sandbox may take to be healthy, and
reading the files takes a few milliseconds. Where one differs it is loaded there and then, and the
first name in it that has moved ends the start.

``python -m labkit.sandbox.upstream.digests [module …]`` writes `digests.json` anew, of the modules
in it, of those that this package declares, and of those that are named.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import pkgutil
import sys
from pathlib import Path

from labkit.sandbox.upstream import module

RECORD = Path(__file__).with_name("digests.json")


def recorded() -> dict[str, str]:
    """Return the SHA-256 of each module's file, in the versions of `seams.UPSTREAM`."""
    found: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def check() -> None:
    """Make sure of the names that are taken and used later.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If one has moved; the message names it and the version that it was found in.
    """
    known = {module.name_of(one): one for one in module.declared()}
    for name, expected in recorded().items():
        if name not in sys.modules and digest(name) != expected:
            importlib.import_module(name)
            if name in known:
                module.check(known[name])


def digest(name: str) -> str:
    """Return the SHA-256 of a module's file, which is not imported for that; empty if missing."""
    path = _file(name)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def write(more: list[str]) -> None:
    """Write the record anew."""
    package = importlib.import_module("labkit.sandbox.upstream")
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
    names = {*recorded(), *more, *map(module.name_of, module.declared())}
    text = json.dumps({name: digest(name) for name in sorted(names)}, indent=2)
    RECORD.write_text(text + "\n", encoding="utf-8")


def _file(name: str) -> Path:
    package, *names = name.split(".")
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*names)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


if __name__ == "__main__":
    write(sys.argv[1:])
