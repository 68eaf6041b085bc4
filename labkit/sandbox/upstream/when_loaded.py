"""Taking seams in a module as soon as it is loaded, whoever loads it.

MiniStack loads a service when its first request comes, or when another service, a thread or a stack
calls it in process. Loading all of them at the start would take longer than the sandbox may take to
be healthy. So a finder stands first in `sys.meta_path`: a module in which seams are taken is given
to nobody before they are. The start compares the files that are loaded later with those that the
seams were written against, which takes a few milliseconds. Where they differ it loads each of these
modules there and then, and the first seam that has moved ends the start.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

LOADED_LATER = (
    "ministack.services.cloudformation.changesets",
    "ministack.services.cloudformation.engine",
    "ministack.services.cloudformation.handlers",
    "ministack.services.cloudformation.provisioners",
    "ministack.services.cloudformation.stacks",
    "ministack.services.dynamodb",
    "ministack.services.pipes",
    "ministack.services.s3",
    "ministack.services.sns",
    "ministack.services.stepfunctions",
    "moto.autoscaling.models",
    "moto.autoscaling.urls",
    "moto.ec2.models.nat_gateways",
    "moto.ec2.models.network_acls",
    "moto.ec2.models.route_tables",
    "moto.ec2.models.vpcs",
    "moto.elbv2.models",
)
"""The upstream modules in which seams are taken after the start."""

DIGEST = "b0987aa25a315848a79b8de79dcab5af466d7ede1761060d2fd8051bef26267e"
"""SHA-256 of the files of `LOADED_LATER`, in the versions of `seams.UPSTREAM`."""

Install = Callable[[], None]

_waiting: dict[str, list[Install]] = {}


def when_loaded(module: str, install: Install) -> None:
    """Call `install` once `module` is loaded, before anybody gets it; at once if it is loaded.

    Parameters
    ----------
    module
        A module or package of MiniStack or moto; of a package, all that it imports is loaded then.
    install
        Takes the seams. If it raises, the import fails with that, and the next one tries again.
    """
    if _is_loaded(module):
        install()
    else:
        _waiting.setdefault(module, []).append(install)
        if _FINDER not in sys.meta_path:
            sys.meta_path.insert(0, _FINDER)


def check() -> None:
    """Make sure of the seams that are taken later.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If one has moved; the message names it and the version that it was found in.
    """
    if digest() != DIGEST:
        for module in list(_waiting):
            importlib.import_module(module)


def digest() -> str:
    """Return the SHA-256 of the files of `LOADED_LATER`; empty if one is missing."""
    found = hashlib.sha256()
    try:
        for module in LOADED_LATER:
            found.update(_file(module).read_bytes())
    except FileNotFoundError:
        return ""
    return found.hexdigest()


class _Finder(MetaPathFinder):
    """Finds the modules that are waited for, and has them loaded by `_Loader`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _waiting:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Takes a module's seams as the last step of its loading, within the lock of its import."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for install in _waiting[self.name]:
            install()
        del _waiting[self.name]


_FINDER = _Finder()


def _is_loaded(module: str) -> bool:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return spec is not None and not getattr(spec, "_initializing", False)


def _file(module: str) -> Path:
    """Return the file of an upstream module, which is not imported for that."""
    package, *names = module.split(".")
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*names)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
