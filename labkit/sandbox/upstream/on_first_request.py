"""Taking a service's seams when its first request comes, as MiniStack loads it only then.

Loading every service at the start would take longer than the sandbox may take to be healthy. So the
start compares the files that are loaded later with those that the seams in them were written
against, which takes a few milliseconds. Where they differ it takes every seam there and then, and
the first one that has moved ends the start.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from labkit.sandbox.upstream import seams

LOADED_LATER = (
    "ministack.services.cloudformation.changesets",
    "ministack.services.cloudformation.engine",
    "ministack.services.cloudformation.handlers",
    "ministack.services.cloudformation.provisioners",
    "ministack.services.cloudformation.stacks",
    "ministack.services.s3",
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

DIGEST = "29544bb04878bf2effe57409f29dd3b336b96c8e5c70d29c3fc21cffabedf766"
"""SHA-256 of the files of `LOADED_LATER`, in the versions of `seams.UPSTREAM`."""

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]
Install = Callable[[], None]

_waiting: list[Install] = []


def on_first_request(service: str, install: Install) -> None:
    """Call `install` before the first request to `service`, one of MiniStack's names.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If MiniStack has no such service any more.
    """
    install_once = later(install)

    async def handle(*request: Any) -> Response:
        install_once()
        return await upstream(*request)

    upstream: Handler = seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, handle)


def later(install: Install) -> Install:
    """Return what calls `install` the first time that it is called itself."""
    install_once = functools.cache(install)
    _waiting.append(install_once)
    return install_once


def check() -> None:
    """Make sure of the seams that are taken later.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If one has moved; the message names it and the version that it was found in.
    """
    if digest() != DIGEST:
        for install_once in reversed(_waiting):  # as requests do: what came last stands in front
            install_once()


def digest() -> str:
    """Return the SHA-256 of the files of `LOADED_LATER`; empty if one is missing."""
    found = hashlib.sha256()
    try:
        for module in LOADED_LATER:
            found.update(_file(module).read_bytes())
    except FileNotFoundError:
        return ""
    return found.hexdigest()


def _file(module: str) -> Path:
    """Return the file of an upstream module, which is not imported for that."""
    package, *names = module.split(".")
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*names)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
