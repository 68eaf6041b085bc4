"""The states of a machine: the fields of each type, in both query languages, and their values.

Source: Amazon States Language specification, "State Types" and "Appendix B"; Step Functions
Developer Guide, "Transforming data with JSONata in Step Functions".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.definitions import (
    errors_handled,
    fields,
    resources,
    rules,
)
from labkit.sandbox.services.stepfunctions.definitions.problems import Problem
from labkit.sandbox.services.stepfunctions.language import jsonata
from labkit.sandbox.services.stepfunctions.language.scope import JSONATA, JSONPATH

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
TERMINAL = ("Fail", "Succeed")

COMMON = {"Comment", "QueryLanguage", "Type"}
LEADS_ON = {"End", "Next"}

_HANDLED = {"Assign", "Catch", "Retry"}
_SHAPED = {"InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector"}
_MAP = {"ItemBatcher", "ItemProcessor", "ItemReader", "ItemSelector", "Iterator", "Label",
        "MaxConcurrency", "ResultWriter", "ToleratedFailureCount",
        "ToleratedFailurePercentage"}  # fmt: skip

FIELDS: dict[str, dict[str, set[str]]] = {
    JSONPATH: {
        "Task": _HANDLED | _SHAPED | LEADS_ON | {"Credentials", "HeartbeatSeconds", "Resource",
                 "HeartbeatSecondsPath", "TimeoutSeconds", "TimeoutSecondsPath"},
        "Wait": LEADS_ON | {"Assign", "InputPath", "OutputPath", "Seconds", "SecondsPath",
                            "Timestamp", "TimestampPath"},
        "Pass": LEADS_ON | _SHAPED - {"ResultSelector"} | {"Assign", "Result"},
        "Succeed": {"InputPath", "OutputPath"},
        "Fail": {"Cause", "CausePath", "Error", "ErrorPath"},
        "Choice": {"Assign", "Choices", "Default", "InputPath", "OutputPath"},
        "Parallel": _HANDLED | _SHAPED | LEADS_ON | {"Branches"},
        "Map": _HANDLED | _SHAPED | LEADS_ON | _MAP | {"ItemsPath", "MaxConcurrencyPath",
                "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"},
    },
    JSONATA: {
        "Task": _HANDLED | LEADS_ON | {"Arguments", "Credentials", "HeartbeatSeconds", "Output",
                                       "Resource", "TimeoutSeconds"},
        "Wait": LEADS_ON | {"Assign", "Output", "Seconds", "Timestamp"},
        "Pass": LEADS_ON | {"Assign", "Output"},
        "Succeed": {"Output"},
        "Fail": {"Cause", "Error"},
        "Choice": {"Assign", "Choices", "Default", "Output"},
        "Parallel": _HANDLED | LEADS_ON | {"Arguments", "Branches", "Output"},
        "Map": _HANDLED | LEADS_ON | _MAP | {"Items", "Output"},
    },
}  # fmt: skip
"""The fields of each type of state, by query language."""

TYPED = {"Branches": list, "Catch": list, "Choices": list, "Comment": str, "Default": str,
         "End": bool, "Label": str, "Next": str, "Resource": str, "Retry": list}  # fmt: skip

PATHS = ("ItemsPath", "MaxConcurrencyPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath",
         "HeartbeatSecondsPath", "ToleratedFailureCountPath",
         "ToleratedFailurePercentagePath")  # fmt: skip

TEMPLATES = ("ItemSelector", "Parameters", "ResultSelector")

NUMBERS = {
    "HeartbeatSeconds": (1, fields.MOST), "MaxConcurrency": (0, fields.MOST),
    "Seconds": (0, fields.MOST), "TimeoutSeconds": (1, fields.MOST),
    "ToleratedFailureCount": (0, fields.MOST),
}  # fmt: skip
"""Whole numbers, and their ranges."""

ALTERNATIVES = (
    ("Cause", "CausePath"), ("Error", "ErrorPath"), ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"), ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"), ("ItemProcessor", "Iterator"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("ItemSelector", "Parameters"),
)  # fmt: skip
"""Fields of which a state has one at most."""

BATCHES = {"MaxInputBytesPerBatch", "MaxItemsPerBatch"}

MODES = {"Mode": ("INLINE", "DISTRIBUTED"), "ExecutionType": ("STANDARD", "EXPRESS")}
"""How a Map's iterations can be run."""

WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")

State = dict[str, Any]
Machine = Callable[..., Iterator[Problem]]


def problems(
    state: State, where: str, machine: Machine, *, express: bool, language: str, whole: str
) -> Iterator[Problem]:
    """Yield what is wrong with a state.

    Parameters
    ----------
    where
        Its path.
    machine
        Yields what is wrong with a machine inside it; `machines.problems`, which tells of the
        other parameters.
    """
    if "Type" not in state:
        yield fields.missing("Type", where)
        return
    kind = state["Type"]
    if kind not in TYPES:
        yield fields.one_of("Type", TYPES, where)
        return
    own = state.get("QueryLanguage", language)
    if own not in (JSONATA, JSONPATH):
        yield fields.one_of("QueryLanguage", [JSONPATH, JSONATA], where)
        return
    if own == JSONPATH and whole == JSONATA:
        text = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        yield Problem(text, where)
    yield from fields.unknown(state, COMMON | FIELDS[own][kind], where)
    yield from fields.of_type(state, TYPED, where)
    yield from _values(state, where, own)
    yield from _end(state, where)
    yield from _own(state, where, own, express)
    inner = functools.partial(machine, language=own, whole=whole)
    yield from _inner(state, where, inner, express)


def _values(state: State, where: str, language: str) -> Iterator[Problem]:
    expressions = language == JSONATA
    for name, (least, most) in NUMBERS.items():
        if name in state:
            yield from fields.number(
                state, name, where, least=least, most=most, expressions=expressions
            )
    if "ToleratedFailurePercentage" in state:
        yield from fields.number(
            state, "ToleratedFailurePercentage", where,
            least=0, most=100, whole=False, expressions=expressions,
        )  # fmt: skip
    yield from fields.assigned(state, where, language)
    for names in ALTERNATIVES:
        yield from fields.at_most_one(state, names, where)
    if not expressions:
        yield from _paths(state, where)
    for name in ("Retry", "Catch"):
        if isinstance(state.get(name), list):
            yield from errors_handled.problems(name, state[name], f"{where}/{name}", language)


def _paths(state: State, where: str) -> Iterator[Problem]:
    for name in PATHS:
        if name in state:
            yield from fields.path(state, name, where)
    for name in ("CausePath", "ErrorPath"):
        if name in state:
            yield from fields.path(state, name, where, calls=True)
    for name in ("InputPath", "OutputPath"):
        if state.get(name) is not None:
            yield from fields.path(state, name, where, calls=True)
    if state.get("ResultPath") is not None:
        yield from fields.reference_path(state, "ResultPath", where)
    for name in TEMPLATES:
        if name in state:
            yield from fields.template(state[name], f"{where}/{name}")


def _end(state: State, where: str) -> Iterator[Problem]:
    if state["Type"] in ("Choice", *TERMINAL):
        return
    if bool(state.get("End")) == ("Next" in state):
        text = "These fields are required but exactly one must be given: [End, Next]"
        yield Problem(text, where)


def _own(state: State, where: str, language: str, express: bool) -> Iterator[Problem]:
    """Yield what is wrong with what only states of this type have."""
    match state["Type"]:
        case "Task":
            yield from resources.problems(state, where, express=express)
        case "Wait":
            yield from _wait(state, where, language)
        case "Choice":
            yield from _choices(state, where, language)
        case "Fail":
            yield from fields.of_type(state, {"Cause": str, "Error": str}, where)
        case "Map":
            yield from _map(state, where, language)


def _wait(state: State, where: str, language: str) -> Iterator[Problem]:
    given = [name for name in WAITS if name in state]
    if len(given) != 1:
        known = [name for name in WAITS if name in FIELDS[language]["Wait"]]
        text = f"These fields are required but exactly one must be given: [{', '.join(known)}]"
        yield Problem(text, where)
    timestamp = state.get("Timestamp")
    if "Timestamp" in state and not (language == JSONATA and jsonata.is_expression(timestamp)):
        yield from fields.timestamp(state, "Timestamp", where)


def _map(state: State, where: str, language: str) -> Iterator[Problem]:
    expressions = language == JSONATA
    items = state.get("Items", [])
    if not isinstance(items, dict | list) and not jsonata.is_expression(items):
        yield Problem("Expected value of type Array", f"{where}/Items")
    yield from fields.of_type(state, {"ItemBatcher": dict, "ItemReader": dict}, where)
    batcher = state.get("ItemBatcher")
    if isinstance(batcher, dict):
        for name in BATCHES & batcher.keys():
            place = f"{where}/ItemBatcher"
            yield from fields.number(batcher, name, place, least=1, expressions=expressions)


def _processor(processor: State, where: str) -> Iterator[Problem]:
    """Yield what is wrong with how a Map's iterations are run."""
    yield from fields.of_type(processor, {"ProcessorConfig": dict}, where)
    config = processor.get("ProcessorConfig")
    if isinstance(config, dict):
        for name, values in MODES.items():
            if config.get(name, values[0]) not in values:
                yield fields.one_of(name, values, f"{where}/ProcessorConfig")


def _choices(state: State, where: str, language: str) -> Iterator[Problem]:
    if "Choices" not in state:
        yield fields.missing("Choices", where)
    elif isinstance(state["Choices"], list):
        if not state["Choices"]:
            yield Problem("Value cannot be empty", f"{where}/Choices")
        for number, rule in enumerate(state["Choices"]):
            yield from rules.problems(rule, f"{where}/Choices[{number}]", language)


def _inner(state: State, where: str, machine: Machine, express: bool) -> Iterator[Problem]:
    """Yield what is wrong with the machines inside a Parallel or Map state."""
    if state["Type"] == "Parallel":
        yield from _branches(state, where, machine, express)
    elif state["Type"] == "Map":
        name = "Iterator" if "Iterator" in state else "ItemProcessor"
        if name not in state:
            yield fields.missing(name, where)
        elif not isinstance(state[name], dict):
            yield Problem("Expected value of type Object", f"{where}/{name}")
        else:
            yield from _processor(state[name], f"{where}/{name}")
            inside = express or _runs_express(state[name])
            yield from machine(state[name], f"{where}/{name}", express=inside)


def _branches(state: State, where: str, machine: Machine, express: bool) -> Iterator[Problem]:
    branches = state.get("Branches")
    if branches is None:
        yield fields.missing("Branches", where)
        return
    if not branches:
        yield Problem("Value cannot be empty", f"{where}/Branches")
    for number, branch in enumerate(branches if isinstance(branches, list) else []):
        place = f"{where}/Branches[{number}]"
        if not isinstance(branch, dict):
            yield Problem("Expected value of type Object", place)
        else:
            yield from machine(branch, place, express=express)


def _runs_express(processor: State) -> bool:
    """Tell whether the iterations of a Map are Express executions."""
    config = processor.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS"
