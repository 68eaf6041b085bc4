"""A Logs Insights query: commands between pipes, each taking rows from the one before.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labkit.sandbox.services.logs.log_expressions import Evaluate, Expression, Reader
from labkit.sandbox.services.logs.log_records import Record
from labkit.sandbox.services.logs.log_values import (
    TIME,
    MalformedQueryError,
    as_text,
    compile_regex,
    sort_key,
)

MOST_ROWS = 10_000
"""Rows that a query returns, and its default (CloudWatch Logs quotas)."""

POINTER = "@ptr"

NOT_HERE = frozenset(
    ("anomaly", "diff", "filterindex", "join", "lookup", "pattern", "source", "unmask", "unnest")
)
"""Commands of Logs Insights that are refused."""

_COMMAND = re.compile(r"\s*([a-zA-Z]+)\s*(.*)", re.DOTALL)
_BETWEEN_PIPES = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'
         |(?i:\blike|=~|\bparse(?:\s+(?:@?[\w.]+|`[^`]+`))?)\s*/(?:[^/\\]|\\.)*/
         |[^|])+""",
    re.VERBOSE,
)
_PARSE = re.compile(
    r"""(?:(?:(?P<field>@?[\w.]+)|`(?P<quoted>[^`]+)`)\s+)?
        (?:/(?P<regex>(?:[^/\\]|\\.)*)/
          |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)')
        (?:\s+(?i:as)\s+(?P<names>.+))?$""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Rows:
    """What one command hands to the next.

    Attributes
    ----------
    records
        The rows.
    columns
        The columns to show; empty means the default ones.
    sorted
        Whether the query ordered them, or counted them: then the newest does not go first.
    grouped
        Whether the rows are groups of events.
    deduplicated
        Whether duplicates were taken away, after which the language allows `limit` alone.
    matched
        How many events the filters let through.
    """

    records: list[Record]
    columns: list[str] = field(default_factory=list)
    sorted: bool = False
    grouped: bool = False
    deduplicated: bool = False
    limit: int = MOST_ROWS
    matched: int = 0


def run(query: str, records: list[Record]) -> tuple[list[list[tuple[str, str]]], int]:
    """Run a query over the records of its log groups.

    Parameters
    ----------
    query
        The query's text.
    records
        Every event with its fields, oldest first.

    Returns
    -------
    rows, matched
        Each row's columns and texts, without those that it has not; how many events matched.

    Raises
    ------
    MalformedQueryError
        The query cannot be run.
    """
    rows = Rows(records, matched=len(records))
    for text in _commands(query):
        found = _COMMAND.fullmatch(text)
        command = _COMMANDS.get(found[1].lower()) if found else None
        if found is None or command is None:
            raise MalformedQueryError(_no_command(text, found[1] if found else ""))
        if rows.deduplicated and command is not _limit:
            raise MalformedQueryError(f"after dedup only limit may come, not {found[1]}")
        command(rows, found[2].strip())
    if not rows.sorted and not rows.grouped:
        rows.records.reverse()
    columns = rows.columns or [TIME, "@message"]
    pointer = [] if rows.grouped else [POINTER]
    shown = [
        [(name, as_text(record[name])) for name in (*columns, *pointer) if _has(record, name)]
        for record in rows.records[: rows.limit]
    ]
    return shown, rows.matched


def _no_command(text: str, name: str) -> str:
    if name.lower() in NOT_HERE:
        return f"the sandbox does not know the command {name} of Logs Insights"
    return f"there is no command {text!r}"


def _has(record: Record, name: str) -> bool:
    return record.get(name) is not None


def _commands(query: str) -> list[str]:
    """Split a query at its pipes, outside quotes and patterns; lines with # are comments."""
    text = re.sub(r"(?m)^\s*#.*$", "", query)
    parts = list(_BETWEEN_PIPES.finditer(text))
    for before, after in itertools.pairwise(parts):
        if after.start() - before.end() > 1 or (after is not parts[-1] and not after[0].strip()):
            raise MalformedQueryError("there is no command between two pipes")
    return [part[0].strip() for part in parts if part[0].strip()]


def _read(text: str) -> Reader:
    if not text:
        raise MalformedQueryError("a command lacks what it is about")
    return Reader(text)


def _ended(reader: Reader, text: str) -> None:
    if not reader.at_end:
        raise MalformedQueryError(f"the end of {text!r} cannot be read")


def _fields(rows: Rows, text: str) -> None:
    reader = _read(text)
    for name, expression in reader.list_of():
        get = expression.one()
        if name not in rows.columns:
            rows.columns.append(name)
        for record in rows.records:
            if (value := get(record)) is not None:
                record[name] = value
    _ended(reader, text)


def _display(rows: Rows, text: str) -> None:
    rows.columns = []
    _fields(rows, text)


def _filter(rows: Rows, text: str) -> None:
    reader = _read(text)
    holds = reader.expression().one()
    _ended(reader, text)
    rows.records = [record for record in rows.records if holds(record)]
    if not rows.grouped:
        rows.matched = len(rows.records)


def _parse(rows: Rows, text: str) -> None:
    found = _PARSE.fullmatch(text)
    if not found:
        raise MalformedQueryError(f"parse {text} cannot be read")
    name = found["field"] or found["quoted"] or "@message"
    names = [part.strip(" \t\n`") for part in (found["names"] or "").split(",") if part.strip()]
    if found["regex"] is not None:
        pattern = compile_regex(found["regex"])
        names = names or list(pattern.groupindex)
    else:
        glob = found["double"] if found["double"] is not None else found["single"]
        pattern = compile_regex(_expression(re.sub(r"\\(.)", r"\1", glob)))
    if len(names) != pattern.groups:
        raise MalformedQueryError(f"parse finds {pattern.groups} fields and names {len(names)}")
    for record in rows.records:
        if match := pattern.search(as_text(record.get(name)).rstrip("\n")):
            record.update(
                {key: value for key, value in zip(names, match.groups(), strict=True) if value}
            )


def _expression(glob: str) -> str:
    """Return the regular expression of a text whose stars are its groups.

    What stands between two stars is looked for once: its first place is as good as a later one.
    """
    first, *others = map(re.escape, glob.split("*"))
    groups = [f"(?>(.*?){piece})" for piece in others]
    if glob.endswith("*"):
        groups[-1] = "(.*?)$"
    return "".join((first, *groups))


def _stats(rows: Rows, text: str) -> None:
    reader = _read(text)
    columns = reader.list_of()
    groups = reader.list_of() if reader.word("by") else []
    _ended(reader, text)
    keys = [(name, expression.one()) for name, expression in groups]
    _check_columns(columns, {name for name, _ in keys})
    by_key: dict[tuple[str, ...], list[Record]] = {} if keys else {(): []}
    for record in rows.records:
        key = tuple(as_text(get(record)) for _, get in keys)
        by_key.setdefault(key, []).append(record)
    counted = []
    for key, records in by_key.items():
        row: Record = {name: text for (name, _), text in zip(keys, key, strict=True) if text}
        for name, expression in columns:
            if (value := expression.group()(records, row)) is not None:
                row[name] = value
        counted.append(row)
    rows.records, rows.grouped = counted, True
    rows.columns = [*(name for name, _ in keys), *(name for name, _ in columns)]


def _check_columns(columns: list[tuple[str, Expression]], told: set[str]) -> None:
    """Refuse a column of `stats` that is no aggregate, and not of the group's earlier columns."""
    for name, expression in columns:
        if strangers := expression.fields - told:
            raise MalformedQueryError(f"{min(strangers)} in stats is no aggregate")
        told.add(name)


def _sort(rows: Rows, text: str) -> None:
    reader = _read(text)
    reader.word("by")
    orders: list[tuple[Evaluate, bool]] = []
    while not orders or reader.word(","):
        get = reader.expression().one()
        orders.append((get, reader.word("asc", "desc") == "desc"))
    _ended(reader, text)
    for get, descending in reversed(orders):
        values = {id(record): get(record) for record in rows.records}
        rows.records.sort(key=lambda one: sort_key(values[id(one)]), reverse=descending)
    rows.sorted = True


def _limit(rows: Rows, text: str) -> None:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROWS:
        raise MalformedQueryError(f"limit takes a number from 1 to {MOST_ROWS}")
    rows.limit = int(text)


def _dedup(rows: Rows, text: str) -> None:
    reader = _read(text)
    columns = reader.list_of()
    _ended(reader, text)
    if not rows.sorted:
        rows.records.reverse()
        rows.sorted = True
    seen: set[tuple[str, ...]] = set()
    kept = []
    for record in rows.records:
        values = [record.get(name) for name, _ in columns]
        key = tuple(map(as_text, values))
        if None in values or key not in seen:
            kept.append(record)
        seen.add(key)
    rows.records, rows.deduplicated = kept, True


_COMMANDS: Mapping[str, Callable[[Rows, str], None]] = {
    "dedup": _dedup,
    "display": _display,
    "fields": _fields,
    "filter": _filter,
    "limit": _limit,
    "parse": _parse,
    "sort": _sort,
    "stats": _stats,
}
