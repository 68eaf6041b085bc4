"""Patterns with stars: what they match, and that no text keeps them busy."""

from __future__ import annotations

import re
from fnmatch import translate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.sandbox.languages.wildcards import between_stars
from labkit.sandbox.services.iam import wildcards


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text."""
    pieces = [re.escape(piece) for piece in pattern.split("*")]
    return re.fullmatch(between_stars(pieces), text, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a\nb", True),
        ("a*", "a", True),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("ab*ba", "aba", False),
        ("a**b", "a-b", True),
        ("a.c", "abc", False),
        ("*aab*", "aaab", True),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_it_finds_what_pythons_own_patterns_find(pattern: str, text: str) -> None:
    assert matches(pattern, text) is (re.fullmatch(translate(pattern), text) is not None)


@given(st.text("ab*?", max_size=8), st.text("aAb", max_size=12), st.booleans())
def test_policies_have_a_question_mark_for_one_character(
    pattern: str, text: str, ignore_case: bool
) -> None:
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    expected = re.fullmatch(translate(pattern), text, flags) is not None
    assert (wildcards.compiled(pattern, ignore_case).match(text) is not None) is expected


def test_a_policy_takes_a_bracket_for_what_it_is() -> None:
    assert wildcards.compiled("a[bc]?", False).match("a[bc]d")
    assert not wildcards.compiled("a[bc]", False).match("ab")


def test_a_line_end_is_a_character_like_others() -> None:
    assert not wildcards.compiled("a", False).match("a\n")
    assert wildcards.compiled("a*", False).match("a\n")


def test_no_text_keeps_a_pattern_busy() -> None:
    """With a plain `.*` for each star, this would not end."""
    assert not matches("*a" * 60 + "b", "a" * 2000)
    assert not wildcards.compiled("*a" * 60 + "b", True).match("a" * 2000)
