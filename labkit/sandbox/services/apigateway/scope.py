"""An unsigned call finds the API of whichever account owns it.

On AWS an API's id is part of its host name and unique, so a call needs no signature to say whose
API it is. MiniStack looks in one account only; the seam is its look-up.
Source: API Gateway Developer Guide, "Invoking a REST API".
"""

from __future__ import annotations

from ministack.core.responses import get_account_id
from ministack.services import apigateway_v1

from labkit.sandbox.upstream import seams


def install() -> None:
    """Take the look-up that every part of MiniStack's data plane uses."""
    seams.replace(apigateway_v1.__name__, "find_api_scope", owner_of, like="(api_id)")


def owner_of(api_id: str) -> tuple[str, str] | None:
    """Return the account and region that own `api_id`, the caller's own account first."""
    caller = get_account_id()
    owners = [
        (account, region)
        for (account, region, known), _ in apigateway_v1._rest_apis.all_items()
        if known == api_id
    ]
    return min(owners, key=lambda owner: owner[0] != caller, default=None)
