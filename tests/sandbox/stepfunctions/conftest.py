"""What every test of Step Functions needs."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.stepfunctions.machines import Machines


@pytest.fixture
def machines(aws: Aws) -> Machines:
    """State machines with a role that allows everything."""
    return Machines(aws)
