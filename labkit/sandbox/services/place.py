"""An account and a Region: what a service keeps in one is not seen from another."""

from __future__ import annotations

from labkit.sandbox.upstream.app import responses

Place = tuple[str, str]
"""An account and a Region."""


def here() -> Place:
    """Return the account and the Region of the request in hand."""
    return responses.get_account_id(), responses.get_region()
