"""JSONPath as Jayway reads it: definite paths fail where they find nothing, others give lists."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.languages.json_path import (
    NothingFoundError,
    PathSyntaxError,
    compile_path,
)

DOCUMENT = {
    "users": [{"year": 1997, "name": "Kim"}, {"year": 2000, "name": "Lee"}],
    "a": {"b": [3, 1, 2]},
    "dash-ed": 1,
    "null": None,
    "주문": "order",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DOCUMENT),
        ("$.a.b[0]", 3),
        ("$['a']['b'][-1]", 2),
        ("$.dash-ed", 1),
        ("$.주문", "order"),
        ("$.null", None),
        ("$.users[?(@.year==1997)].name", ["Kim"]),
        ("$.users[?(@.year > 1990 && @.name == 'Lee')].year", [2000]),
        ("$.users[?(@.name == 'nobody')]", []),
        ("$.users[?(@.name =~ /k.m/i)].year", [1997]),
        ("$.users[?(@.name =~ /ee/)].year", []),
        ("$.users[*].name", ["Kim", "Lee"]),
        ("$..year", [1997, 2000]),
        ("$.a.b[1:]", [1, 2]),
        ("$.a.b[-2:]", [1, 2]),
        ("$.a.b[0,2]", [3, 2]),
        ("$.a.*", [[3, 1, 2]]),
        ("$.a.b.length()", 3),
        ("$.a.b.max()", 3.0),
        ("$.a.b.sum()", 6.0),
        ("$.a.keys()", ["b"]),
    ],
)
def test_what_a_path_finds(path: str, expected: Any) -> None:
    assert compile_path(path).find(DOCUMENT) == expected


@pytest.mark.parametrize("path", ["$.nope", "$.a.nope.deeper", "$.a.b[9]", "$.users.name"])
def test_a_definite_path_that_finds_nothing_fails(path: str) -> None:
    assert compile_path(path).get(DOCUMENT) is None
    with pytest.raises(NothingFoundError, match="No results for path"):
        compile_path(path).find(DOCUMENT)


@pytest.mark.parametrize("path", ["", "a.b", "$.", "$.a[", "$.users[?", "$.a b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathSyntaxError, match="Invalid path"):
        compile_path(path)


def test_an_expression_that_takes_too_long_finds_nothing() -> None:
    document = [{"name": "a" * 60 + "c"}]
    with pytest.raises(NothingFoundError, match="takes too long to match"):
        compile_path("$[?(@.name =~ /(?:a|a)+b/)]").find(document)


@pytest.mark.parametrize("function", ["match", "search"])
def test_functions_that_jayway_has_not_are_refused(function: str) -> None:
    with pytest.raises(PathSyntaxError):
        compile_path(f"$.users[?{function}(@.name, 'K.m')]")
