"""The regular expressions of JSONata, `/pattern/flags`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jsonata.regex_engine import RegexFlags

from labkit.sandbox.languages.regular_expressions import Expression


class JsonataExpression(Expression):
    """A regular expression whose templates are refused in Python's own words.

    The engine reads in them which group is missing, and leaves that out, as JSONata does.
    """

    def sub(self, new: str | Callable[[Any], str], text: str, count: int = 0) -> str:
        """Replace the matches in a text, as `Expression` does.

        Raises
        ------
        re.error
            If a template names a group that there is not.
        """
        if isinstance(new, str):
            re.sub("()" * self.groups, new, "")
        return super().sub(new, text, count)


def regular_expression(pattern: str, flags: RegexFlags) -> JsonataExpression:
    """Read a regular expression, as the engine asks for it."""
    return JsonataExpression(pattern, ignore_case=flags.case_insensitive, multiline=flags.multiline)
