"""Patterns with stars, as regular expressions that never try a place twice.

A plain `.*` for each star takes a time that grows with the power of the stars: with thirty of them,
one policy would stop the server for every account. What stands between two stars has a fixed
length, so its first place is as good as any later one.
"""

from __future__ import annotations

from collections.abc import Sequence


def between_stars(pieces: Sequence[str]) -> str:
    """Return the regular expression of a pattern, for a full match with `re.DOTALL`.

    Parameters
    ----------
    pieces
        What stands before, between and after the stars: regular expressions of fixed lengths.
    """
    first, *others = pieces
    if not others:
        return first
    *inner, last = others
    return first + "".join(f"(?>.*?{piece})" for piece in inner if piece) + f".*{last}"
