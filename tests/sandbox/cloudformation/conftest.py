"""What the tests of CloudFormation share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.cloudformation.stack import Stack
from tests.sandbox.conftest import Aws


@pytest.fixture
def stack(aws: Aws) -> Iterator[Stack]:
    """A stack of this test's own, deleted afterwards."""
    stack = Stack(aws)
    yield stack
    stack.delete()
