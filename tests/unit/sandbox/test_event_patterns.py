"""Event patterns: what matches, what does not, and what is no pattern.

Expected values: EventBridge User Guide, "Comparison operators for use in event patterns"; SNS
Developer Guide, "Filter policies"; answers of AWS that others have recorded.
"""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.languages.event_patterns import compile_pattern
from labkit.sandbox.languages.pattern_operators import PatternError

ORDER = {
    "source": "shop",
    "resources": ["arn:1", "arn:2"],
    "detail": {
        "dish": "Bibimbap",
        "krw": 12000,
        "paid": True,
        "note": None,
        "empty": [],
        "ip": "10.0.0.7",
        "state.status": "cooking",
        "text": '{"dish": "hidden"}',
        "items": [{"name": "tea", "n": 2}, {"name": "cake", "n": 1}],
    },
}


@pytest.mark.parametrize(
    ("detail", "matches"),
    [
        ({"dish": ["Bibimbap", "Kimchi"]}, True),
        ({"dish": ["bibimbap"]}, False),
        ({"krw": [12000]}, True),
        ({"krw": [12000.0]}, True),
        ({"krw": ["12000"]}, False),
        ({"paid": [True]}, True),
        ({"paid": [1]}, False),
        ({"note": [None]}, True),
        ({"note": ["null"]}, False),
        ({"missing": [None]}, False),
        ({"empty": [None]}, False),
        ({"dish": [{"prefix": "Bib"}]}, True),
        ({"dish": [{"prefix": {"equals-ignore-case": "BIB"}}]}, True),
        ({"dish": [{"suffix": "bap"}]}, True),
        ({"dish": [{"suffix": {"equals-ignore-case": "BAP"}}]}, True),
        ({"krw": [{"prefix": "12"}]}, False),
        ({"dish": [{"equals-ignore-case": "BIBIMBAP"}]}, True),
        ({"dish": [{"wildcard": "B*b*p"}]}, True),
        ({"dish": [{"wildcard": "b*"}]}, False),
        ({"krw": [{"numeric": [">", 0, "<=", 12000]}]}, True),
        ({"krw": [{"numeric": ["=", 12000.0]}]}, True),
        ({"paid": [{"numeric": [">", 0]}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"dish": [{"cidr": "10.0.0.0/24"}]}, False),
        ({"dish": [{"anything-but": "Kimchi"}]}, True),
        ({"dish": [{"anything-but": ["Kimchi", "Bibimbap"]}]}, False),
        ({"krw": [{"anything-but": [1, 2]}]}, True),
        ({"note": [{"anything-but": "Kimchi"}]}, True),
        ({"missing": [{"anything-but": "Kimchi"}]}, False),
        ({"dish": [{"anything-but": {"prefix": ["Bi", "Ki"]}}]}, False),
        ({"krw": [{"anything-but": {"suffix": "bap"}}]}, True),
        ({"dish": [{"anything-but": {"wildcard": "*x*"}}]}, True),
        ({"dish": [{"anything-but": {"equals-ignore-case": "bibimbap"}}]}, False),
        ({"dish": [{"exists": True}]}, True),
        ({"items": [{"exists": True}]}, False),
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        ({"dish": [{"exists": False}]}, False),
        ({"dish": ["Kimchi", {"exists": False}]}, False),
        ({"state": {"status": ["cooking"]}}, True),
        ({"state.status": ["cooking"]}, True),
        ({"text": {"dish": ["hidden"]}}, False),
        ({"items": {"name": ["cake"]}}, True),
        ({"items": {"name": ["tea"], "n": [2]}}, True),
        ({"items": {"name": ["tea"], "n": [1]}}, False),
        ({"$or": [{"dish": ["Kimchi"]}, {"krw": [{"numeric": [">", 10000]}]}]}, True),
        ({"$or": [{"dish": ["Kimchi"]}, {"krw": [1]}]}, False),
        ({"paid": [True], "$or": [{"dish": ["Kimchi"]}, {"dish": ["Bibimbap"]}]}, True),
        ({"paid": [False], "$or": [{"dish": ["Kimchi"]}, {"dish": ["Bibimbap"]}]}, False),
    ],
)
def test_what_matches(detail: dict[str, Any], matches: bool) -> None:
    assert compile_pattern({"detail": detail}).matches(ORDER) is matches


@pytest.mark.parametrize(("arn", "matches"), [("arn:2", True), ("arn:3", False)])
def test_one_element_of_an_array_is_enough(arn: str, matches: bool) -> None:
    assert compile_pattern({"resources": [arn]}).matches(ORDER) is matches
    refused = [{"anything-but": ["arn:1"]}]
    assert compile_pattern({"resources": refused}).matches(ORDER)


def test_a_star_can_stand_for_itself() -> None:
    pattern = compile_pattern({"text": [{"wildcard": r"a\*b\\*"}]})
    assert pattern.matches({"text": r"a*b\c"})
    assert not pattern.matches({"text": r"aXb\c"})


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ([], "Filter is not an object"),
        ({}, "Empty objects are not allowed"),
        ({"a": {}}, "Empty objects are not allowed"),
        ({"a": []}, "Empty arrays are not allowed"),
        ({"a": "x"}, '"a" must be an object or an array'),
        ({"a": 1}, '"a" must be an object or an array'),
        ({"a": [{"EXISTS": True}]}, "Unrecognized match type EXISTS"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key allowed in match expression"),
        ({"a": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"suffix": ["x"]}]}, "suffix match pattern must be a string"),
        ({"a": [{"wildcard": 1}]}, "wildcard match pattern must be a string"),
        ({"a": [{"wildcard": "a**"}]}, "Consecutive wildcard characters at pos 2"),
        ({"a": [{"wildcard": "*:*:*:*:*:bus/*"}]}, "Rule is too complex"),
        ({"a": [{"anything-but": None}]}, "Value of anything-but must be an array or single"),
        ({"a": [{"anything-but": ["x", None]}]}, "Inside anything but list"),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"a": [{"anything-but": {"cidr": "x"}}]}, "Unsupported anything-but pattern: cidr"),
        ({"a": [{"numeric": 1}]}, "Value of numeric must be an array."),
        ({"a": [{"numeric": [">", 0, ">", 1]}]}, "Bad numeric range operator: >"),
        ({"a": [{"numeric": [">", 5, "<", 1]}]}, "Bottom must be less than top"),
        ({"a": [{"numeric": [">"]}]}, "Value of > must be numeric"),
        ({"a": [{"numeric": ["<", 9, ">", 1]}]}, "Too many elements in numeric expression"),
        ({"a": [{"numeric": [">", 1, 9]}]}, "Bad value in numeric range: 9"),
        (
            {"a": [{"numeric": [">", 1, "<", 9, "<", 10]}]},
            "Too many terms in numeric range expression",
        ),
        ({"a": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator: ~"),
        ({"a": [{"cidr": "10.0.0.0"}]}, "Malformed CIDR, one '/' required"),
        ({"a": [{"cidr": "x.y/8"}]}, "Nonstandard IP address: x.y"),
        ({"a": [{"cidr": "10.0.0.0/x"}]}, "Malformed CIDR, mask bits must be an integer"),
    ],
)
def test_what_is_no_pattern(pattern: Any, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert str(caught.value).startswith(reason)
