"""The `pattern` of a model's JSON Schema, and the properties of `patternProperties`."""

from __future__ import annotations

import functools
import logging

from labkit.sandbox.languages.regular_expressions import (
    Expression,
    ExpressionError,
    SlowExpressionError,
)

LOG = logging.getLogger(__name__)


def is_in(pattern: str, text: str) -> bool | None:
    """Tell whether a text has a pattern in it; None if that is no expression.

    A text that takes too long to match is taken for one that does not.
    """
    try:
        return _expression(pattern).search(text) is not None
    except SlowExpressionError as error:
        LOG.warning("a request's body was refused: %s", error)
        return False
    except ExpressionError:
        return None


@functools.lru_cache(maxsize=256)
def _expression(pattern: str) -> Expression:
    return Expression(pattern)
