"""Retriers and catchers of a state.

Source: Amazon States Language specification, "Errors", "Retrying after error" and "Fallback
States".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.definitions import fields
from labkit.sandbox.services.stepfunctions.definitions.problems import Problem
from labkit.sandbox.services.stepfunctions.language.scope import JSONATA

ALL = "States.ALL"

RETRIER = {"BackoffRate", "Comment", "ErrorEquals", "IntervalSeconds", "JitterStrategy",
           "MaxAttempts", "MaxDelaySeconds"}  # fmt: skip
CATCHER = {"Assign", "Comment", "ErrorEquals", "Next"}
JITTER = ("FULL", "NONE")
"""An interval of 0 is taken: the specification asks for a positive one, and what AWS does with 0 is
not known."""

Entry = dict[str, Any]


def problems(name: str, entries: list[Any], where: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with `Retry` or `Catch`."""
    for number, entry in enumerate(entries):
        place = f"{where}[{number}]"
        if not isinstance(entry, dict):
            yield Problem("Expected value of type Object", place)
            continue
        yield from _errors(entry, place, last=number == len(entries) - 1)
        yield from _retrier(entry, place) if name == "Retry" else _catcher(entry, place, language)


def _errors(entry: Entry, where: str, *, last: bool) -> Iterator[Problem]:
    if "ErrorEquals" not in entry:
        yield fields.missing("ErrorEquals", where)
        return
    names = entry["ErrorEquals"]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        yield Problem("Expected value of type Array", f"{where}/ErrorEquals")
    elif not names:
        yield Problem("Value cannot be empty", f"{where}/ErrorEquals")
    elif ALL in names and (len(names) > 1 or not last):
        text = f"'{ALL}' must be the only error of the last entry"
        yield Problem(text, f"{where}/ErrorEquals")


def _retrier(entry: Entry, where: str) -> Iterator[Problem]:
    yield from fields.unknown(entry, RETRIER, where)
    for name, least in (("IntervalSeconds", 0), ("MaxAttempts", 0), ("MaxDelaySeconds", 1)):
        if name in entry:
            yield from fields.number(entry, name, where, least=least)
    if "BackoffRate" in entry:
        yield from fields.number(entry, "BackoffRate", where, least=1, whole=False)
    if entry.get("JitterStrategy", "NONE") not in JITTER:
        yield fields.one_of("JitterStrategy", JITTER, where)


def _catcher(entry: Entry, where: str, language: str) -> Iterator[Problem]:
    known = CATCHER | ({"Output"} if language == JSONATA else {"ResultPath"})
    yield from fields.unknown(entry, known, where)
    if "Next" not in entry:
        yield fields.missing("Next", where)
    yield from fields.of_type(entry, {"Next": str}, where)
    yield from fields.assigned(entry, where, language)
    if language != JSONATA and entry.get("ResultPath") is not None and "ResultPath" in entry:
        yield from fields.reference_path(entry, "ResultPath", where)
