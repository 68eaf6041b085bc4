"""The wildcards of policies: a star for any characters, a question mark for one."""

from __future__ import annotations

import functools
import re

from labkit.sandbox.languages.wildcards import between_stars


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """Return the regular expression, for a match from the beginning."""
    pieces = [
        "".join("." if character == "?" else re.escape(character) for character in piece)
        for piece in pattern.split("*")
    ]
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)
    return re.compile(between_stars(pieces) + r"\Z", flags)
