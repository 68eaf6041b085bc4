"""Step Functions, held to AWS: definitions, histories, the role, Express beside Standard."""

from __future__ import annotations

from labkit.sandbox.upstream.on_first_request import on_first_request


def install() -> None:
    """Put every part of this package into MiniStack."""
    on_first_request("states", _install)


def _install() -> None:
    from labkit.sandbox.services.stepfunctions import (
        definitions,
        executions,
        express,
        history,
        roles,
        side_by_side,
    )

    for part in (definitions, executions, side_by_side, express, history, roles):
        part.install()
