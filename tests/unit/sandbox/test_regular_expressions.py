"""Regular expressions of learners: they match as Python's do, and they end."""

from __future__ import annotations

import time

import pytest

from labkit.sandbox.languages.regular_expressions import (
    COMES_BACK,
    SECONDS,
    Expression,
    ExpressionError,
    SlowExpressionError,
)

ENDLESS, TEXT = "(a|a)+b", "a" * 60 + "c"


def test_it_finds_matches_and_groups() -> None:
    expression = Expression(r"order (?P<number>\d+)(, (\w+))?")
    found = expression.search("an order 17, rice")
    assert (found["number"], found[3]) == ("17", "rice")
    assert (expression.groups, expression.groupindex) == (3, {"number": 1})
    assert expression.search("an order") is None
    assert expression.fullmatch("order 5")
    assert not expression.fullmatch("order 5!")


def test_it_splits_and_replaces() -> None:
    comma = Expression(", *")
    assert comma.split("a, b,c") == ["a", "b", "c"]
    assert comma.split("a, b,c", 1) == ["a", "b,c"]
    assert comma.sub(lambda match: f"<{match[0]}>", "a, b,c") == "a<, >b<,>c"
    assert comma.sub(";", "a, b,c", 1) == "a;b,c"
    assert [found.start() for found in comma.finditer("a, b,c")] == [1, 4]


def test_its_flags() -> None:
    assert Expression("RICE", ignore_case=True).search("rice")
    assert not Expression("RICE").search("rice")
    assert Expression("a.b", dot_all=True).search("a\nb")
    assert not Expression("a.b").search("a\nb")
    assert Expression("^b", multiline=True).search("a\nb")
    assert not Expression("^b").search("a\nb")


@pytest.mark.parametrize("wrong", ["(", "a**", "[b", "(?P<a>x)(?P<a"])
def test_what_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(wrong)


@pytest.mark.parametrize("method", ["search", "fullmatch", "split", "finditer"])
def test_a_match_without_end_is_given_up_and_not_begun_again(method: str) -> None:
    expression = Expression(ENDLESS)
    for _ in range(100):
        with pytest.raises(SlowExpressionError, match="takes too long"):
            getattr(expression, method)(TEXT)


def test_a_replacement_without_end_is_given_up_too() -> None:
    with pytest.raises(SlowExpressionError):
        Expression(ENDLESS).sub("", TEXT)


def test_an_expression_is_matched_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    expression = Expression(ENDLESS)
    with pytest.raises(SlowExpressionError):
        expression.search(TEXT)
    with pytest.raises(SlowExpressionError):
        expression.search("aab")
    later = time.monotonic() + SECONDS / COMES_BACK
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert expression.search("aab")
