"""Input transformers of targets: what is read from an event, and the text that is made of it.

Source: EventBridge User Guide, "Amazon EventBridge input transformation"; how values are written is
as AWS's answers show it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from labkit.sandbox.languages.json_path import PathSyntaxError, compile_path

PLACEHOLDER = re.compile(r"<([^<>]*)>")
STRING_OR_PLACEHOLDER = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]*>')

RESERVED = (
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time",
    "aws.events.event", "aws.events.event.json",
)  # fmt: skip
"""Names that EventBridge knows by itself."""

Data = dict[str, Any]


class UnusableError(ValueError):
    """A template that makes no JSON of an event; nothing is delivered."""


def problem(target: Data) -> str | None:
    """Return why a target's input is refused; None if it is not."""
    ways = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    who = target.get("Id")
    if len(ways) > 1:
        return (
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {who}."
        )
    if "Input" in ways and not _is_json(target["Input"]):
        return f"JSON syntax error in input for target {who}."
    if "InputPath" in ways and not is_path(target["InputPath"]):
        return f"Parameter InputPath is not valid for target {who}."
    return (
        _transformer_problem(target["InputTransformer"], who)
        if ways[-1:] == ["InputTransformer"]
        else None
    )


def _transformer_problem(transformer: Data, who: Any) -> str | None:
    known = transformer.get("InputPathsMap") or {}
    for name, path in known.items():
        if name.startswith("AWS") or not is_path(path):
            return f"InputPathsMap for target {who} contains an invalid entry {name}."
    for name in PLACEHOLDER.findall(transformer.get("InputTemplate") or ""):
        if name not in known and name not in RESERVED:
            return f"InputTemplate for target {who} contains invalid placeholder {name}."
    return None


def is_path(text: Any) -> bool:
    """Tell whether a text is a path into an event."""
    try:
        compile_path(str(text))
    except PathSyntaxError:
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def transformed(transformer: Data, rule: Data, view: Any) -> str:
    """Return what a target gets of an event.

    Parameters
    ----------
    transformer
        As PutTargets takes it.
    rule
        The rule that the event has matched.
    view
        The event as targets get it.

    Raises
    ------
    UnusableError
        If the template would make no JSON of it.
    """
    event = view.event_with_detail()
    values = _reserved(rule, event, view.envelope())
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found = compile_path(path).get(event)
        values.setdefault(name, "" if found is None else found)
    return rendered(transformer.get("InputTemplate") or "", values)


def _reserved(rule: Data, event: Data, envelope: Data) -> Data:
    names = {"detail-type": "detailType"}
    return {
        "aws.events.rule-arn": rule.get("Arn", ""),
        "aws.events.rule-name": rule.get("Name", ""),
        "aws.events.event.ingestion-time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "aws.events.event": {names.get(k, k): v for k, v in envelope.items()},
        "aws.events.event.json": event,
    }


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template: as text, where it is a text; else as JSON, where texts get quotes.

    Raises
    ------
    UnusableError
        If an object or a list stands within a text of a JSON template.
    """
    stripped = template.strip()
    if '"' not in template or re.fullmatch(r'"(?:\\.|[^"\\])*"', stripped, re.DOTALL):
        return PLACEHOLDER.sub(lambda found: _plain(found, values), template)

    def fill(found: re.Match[str]) -> str:
        token = found[0]
        if token.startswith('"'):
            return PLACEHOLDER.sub(lambda inner: _within(inner, values), token)
        name = token[1:-1]
        return token if name not in values else _compact(values[name])

    return STRING_OR_PLACEHOLDER.sub(fill, template)


def _plain(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """Return a value within a text: an object or list loses its quotation marks."""
    if found[1] not in values:
        return found[0]
    value = values[found[1]]
    return value if isinstance(value, str) else _compact(value).replace('"', "")


def _within(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """Return a value within a text of a JSON template."""
    value = values.get(found[1])
    if isinstance(value, dict | list):
        raise UnusableError(f"{found[0]} is no text")
    return _plain(found, values)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
