"""Auto Scaling groups, as moto has them."""

from __future__ import annotations

from labkit.sandbox.moto_services import Call, Response


def prepare() -> None:
    """Take no seam."""


def answer(call: Call) -> Response:
    """Answer a call of Auto Scaling by moto."""
    return call.ask()
