"""An API to try, and a function behind it."""

from __future__ import annotations

import pytest

from tests.sandbox.delivery import Account, Api

GATEWAY = "apigateway.amazonaws.com"
INTERNAL = {"message": "Internal server error"}


@pytest.fixture
def api(account: Account) -> Api:
    """An empty REST API."""
    return Api(account)
