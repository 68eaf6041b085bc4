"""Step Functions, held to AWS: definitions, histories, the role, Express beside Standard."""

from __future__ import annotations

from labkit.sandbox.upstream.when_loaded import when_loaded


def install() -> None:
    """Put every part of this package into MiniStack."""
    when_loaded("ministack.services.stepfunctions", _install)


def _install() -> None:
    from labkit.sandbox.services.stepfunctions import (
        definitions,
        executions,
        express,
        roles,
    )

    for part in (definitions, executions, express, roles):
        part.install()
