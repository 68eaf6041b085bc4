"""Says how something that is there differs from what a call asks for, and what changes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Any

from labkit.aws.operations import only_reads, only_removes, verb
from labkit.aws.surroundings import core_session
from labkit.resources.classification import Adds, Creates
from labkit.resources.kind import Send, value_at
from labkit.resources.recorded_calls import RecordedCall, is_secret

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_CODE = re.compile(r"Already(Exist|Associated)|NameExists|Duplicate")
_WORDS = re.compile(r"already (exist|has|associated)", re.IGNORECASE)
"""How services say that there is such a thing: Lambda ``Function already exist``, API Gateway
``Another resource with the same parent already has this name``, DynamoDB ``Table already exists``
under the code for what is in use."""

SECRET = b""
"""Stands for a value that is not shown."""

LONGEST = 60
LONGEST_ARGUMENT = 90
"""Characters of a value that are shown, and of one in a call that is to be copied."""

BEFORE = 20
"""Of them what is alike and stands before what is not."""

Change = tuple[str, dict[str, Any]]
"""An operation, and its parameters."""


def is_said(does: Creates | Adds, error: ClientError) -> bool:
    """Tell whether AWS refused a call because there is such a thing."""
    said = error.response["Error"]
    code, message = said["Code"], said.get("Message", "")
    exists = does.kind.exists.get(error.operation_name) if isinstance(does, Adds) else None
    if exists:
        return exists.is_meant_by(code, message)
    return bool(_CODE.search(code) or _WORDS.search(message))


def nearest(
    answers: list[RecordedCall], call: RecordedCall, does: Creates | Adds
) -> RecordedCall | None:
    """Return the answer to the call that is likest to this one, of those about the same thing.

    Where a call says by itself which part it adds, that is the newest about the part: AWS took it
    only because what an earlier one had added was gone.
    """
    name = does.create.name if isinstance(does, Creates) else does.parameter
    named = value_at(call.params, name) if name else None
    same = [one for one in answers if name is None or value_at(one.params, name) == named]
    keys = _identity(call)
    same = [one for one in same if all(one.params.get(k) == call.params.get(k) for k in keys)]
    if isinstance(does, Adds) and keys and keys == _asked_to_remove(call):
        return next(iter(same), None)
    return max(same, key=lambda one: _alike(one, call), default=None)


@dataclass(frozen=True)
class Difference:
    """What of a thing is not as a call asks for it.

    Attributes
    ----------
    now, asked
        The settings that differ, in words: as they are, and as the call wants them.
    calls
        What changes them, as one writes it in a cell.
    can_be_changed
        Whether its kind can do so by itself.
    """

    now: str = ""
    asked: str = ""
    calls: tuple[str, ...] = ()
    can_be_changed: bool = False

    def __bool__(self) -> bool:
        return bool(self.asked or self.calls)

    @classmethod
    def of(
        cls,
        does: Creates,
        call: RecordedCall,
        earlier: RecordedCall,
        send: Send,
        params: dict[str, Any],
    ) -> Difference:
        """Compare what is there with what a call asks for."""
        trial = _Trial(send)
        does.kind.restore(trial, params, earlier.answer)
        settings = [pair for change in trial.changes for pair in _settings(call, *change)]
        others = [
            name
            for name in _unlike(call, earlier)
            if name not in does.kind.restores and not trial.will_have(name, params.get(name))
        ]
        asked = dict(settings)
        now = {name: value for name in asked if (value := trial.now(name)) is not None}
        by_hand = _recorded(call, earlier, others)
        return cls(
            _listed(now, asked, by_hand.now),
            _listed(asked, now, by_hand.asked),
            (*(_written(call, *change) for change in trial.changes), *by_hand.calls),
            can_be_changed=not others,
        )


def part(call: RecordedCall, earlier: RecordedCall) -> Difference:
    """Compare a part that a call would add with the one that an earlier call added."""
    return _recorded(call, earlier, _unlike(call, earlier))


def explained(error: ClientError, differs: Difference, earlier: RecordedCall) -> ClientError:
    """Add to AWS's refusal what is there, what differs, and what changes it."""
    since = f" at {earlier.at.astimezone():%H:%M}" if earlier.at else ""
    lines = [f"It is there already: this run made it{since}."]
    if differs.now:
        lines.append(f"It has {differs.now}.")
    lines.append(f"This call asks for {differs.asked}, but a create changes nothing.")
    if differs.calls:
        lines += ["What changes it:", *(f"    {one}" for one in differs.calls)]
    lines.append("Or start over: lab.teardown(), then the lesson's first cell.")
    error.add_note("\n".join(lines))
    return error


def read_again(
    does: Creates, earlier: RecordedCall, send: Send, params: dict[str, Any]
) -> dict[str, Any]:
    """Return an earlier answer with what it says of the thing brought up to date."""
    trial = _Trial(send)
    does.kind.restore(trial, params, earlier.answer)
    answer = dict(earlier.answer)
    for found in trial.found:
        answer |= {
            name: found[name] for name in answer if name in found and name != "ResponseMetadata"
        }
    return answer


class _Trial:
    """Sends what only reads, and notes what would have been changed."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.found: list[dict[str, Any]] = []
        self.changes: list[Change] = []

    def __call__(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if only_reads(operation):
            self.found.append(self._send(operation, params))
            return self.found[-1]
        if not only_removes(operation):  # what was added to it later is no difference
            self.changes.append((operation, params))
        return {}

    def will_have(self, name: str, asked: Any) -> bool:
        """Whether a setting, as it is or after the changes, is what a call asks for."""
        later = [params[name] for _, params in self.changes if name in params]
        now = self.now(name)
        if isinstance(asked, dict) and isinstance(now, dict):
            later = [now | one for one in later if isinstance(one, dict)] or [now]
            return bool(asked.items() <= later[-1].items())
        return bool(asked == (later[-1] if later else now))

    def now(self, name: str) -> Any:
        """Return how a setting is, as far as that was read."""
        return next((value for found in self.found for value in _values(found, name)), None)


def _values(found: Any, name: str) -> Iterator[Any]:
    if isinstance(found, Mapping):
        if name in found:
            yield found[name]
        for inner in found.values():
            yield from _values(inner, name)


def _settings(
    call: RecordedCall, operation: str, params: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield what a changing call sets, without what only says of which thing."""
    identifying = {*_model(call.service).operation_model(operation).input_shape.required_members}
    for name, value in params.items():
        if isinstance(value, dict) and name == "Attributes":
            yield from value.items()
        elif name not in identifying - {"PolicyDocument"}:
            yield name, value if not is_secret(name) else SECRET


def _unlike(call: RecordedCall, earlier: RecordedCall) -> list[str]:
    """Return the parameters in which two calls differ."""
    names = {**earlier.params, **call.params}
    return [name for name in names if earlier.params.get(name) != call.params.get(name)]


def _recorded(call: RecordedCall, earlier: RecordedCall, names: list[str]) -> Difference:
    """Compare two calls by what they ask for, where nothing reads what is there."""
    if not names:
        return Difference()
    was = {name: earlier.params[name] for name in names if name in earlier.params}
    asked = {name: call.params[name] for name in names if name in call.params}
    without = [f"no {name}" for name in names if name not in asked]
    return Difference(
        _listed(was, asked), _listed(asked, was, *without), tuple(_counterpart(call, names))
    )


def _listed(settings: Mapping[str, Any], others: Mapping[str, Any], *more: str) -> str:
    """Write settings as Python does, long ones where they part from the others; and more after."""
    written = (
        f"{name}={_shown(SECRET) if is_secret(name) else _parted(value, others.get(name))}"
        for name, value in settings.items()
    )
    return ", ".join([*written, *filter(None, more)])


def _parted(value: Any, other: Any) -> str:
    """Return a value as Python writes it; of a long one, what is unlike the other."""
    text = _shown(value, sys.maxsize)
    if len(text) <= LONGEST:
        return text
    pairs = zip(text, _shown(other, sys.maxsize), strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: eq(*pair), pairs))
    start = max(0, min(alike - BEFORE, len(text) - LONGEST))
    end = start + LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def one_more(does: Creates, call: RecordedCall, earlier_id: Any) -> str:
    """Say that there are two of a kind now, and which call takes the first away."""
    removes = _removes(call)
    text = f"{call.operation}: that is one more {does.kind.name}; {earlier_id} is still there."
    if removes:
        required = _model(call.service).operation_model(removes).input_shape.required_members
        away = _written(call, removes, dict.fromkeys(required[:1], earlier_id))
        text += f" This takes it away: {away}"
    return text


UPDATES = ("Update{}", "Modify{}", "Replace{}", "Set{}Attributes")
TAKES_AWAY = {
    "Add": "Remove",
    "Associate": "Disassociate",
    "Attach": "Detach",
    "Authorize": "Revoke",
    "Create": "Delete",
    "Publish": "Delete",
    "Put": "Delete",
}
"""How AWS names the operations that change what one operation made, or take it away."""


def _counterpart(call: RecordedCall, names: list[str]) -> Iterator[str]:
    """Yield the call that changes settings of what another call made, or takes it away."""
    model = _model(call.service)
    noun = call.operation.removeprefix(verb(call.operation))
    for pattern in UPDATES:
        operation = pattern.format(noun)
        if operation in model.operation_names:
            members = model.operation_model(operation).input_shape.members
            if {"patchOperations", "Attributes"} & members.keys() or members.keys() >= {*names}:
                yield _written(call, operation, call.params, only=names)
                return
    if removes := _removes(call):
        yield f"{_written(call, removes, call.params)}, then this cell again"


def _removes(call: RecordedCall) -> str:
    """Return the operation that takes away what a call's operation makes, if there is one."""
    first = verb(call.operation)
    removes = TAKES_AWAY.get(first, "") + call.operation.removeprefix(first)
    return removes if removes in _model(call.service).operation_names else ""


def _identity(call: RecordedCall) -> set[str]:
    """Return the parameters by which AWS knows what a call adds: those that take it away."""
    return _asked_to_remove(call) & call.params.keys()


def _asked_to_remove(call: RecordedCall) -> set[str]:
    """Return the parameters that are needed to take away what a call adds."""
    if not (removes := _removes(call)):
        return set()
    return {*_model(call.service).operation_model(removes).input_shape.required_members}


def _written(
    call: RecordedCall,
    operation: str,
    params: Mapping[str, Any],
    only: list[str] | None = None,
) -> str:
    """Return a call as one writes it in a cell, with an ellipsis for what is long or unknown.

    Of the parameters it has those that the operation requires, and `only` those beside them.
    """
    from botocore import xform_name

    shape = _model(call.service).operation_model(operation).input_shape
    wanted = {*shape.required_members, *(params if only is None else only)}
    words = dict.fromkeys(shape.required_members, "…") | {
        name: _shown(SECRET if is_secret(name) else params[name], LONGEST_ARGUMENT, "…")
        for name in shape.members
        if name in params and name in wanted
    }
    if "patchOperations" in shape.members:
        words["patchOperations"] = "[…]"
    written = ", ".join(f"{name}={value}" for name, value in words.items())
    return f'lab.client("{call.service}").{xform_name(operation)}({written})'


def _shown(value: Any, longest: int = LONGEST, instead: str = "") -> str:
    """Return a value as Python writes it; a name of the run's as `lab.name` gives it."""
    if isinstance(value, bytes | bytearray):  # code, or what is secret
        return "…"
    if isinstance(value, str) and (named := _NAME.fullmatch(value)):
        return f'lab.name("{named[1]}")'
    text = repr(value)
    return text if len(text) <= longest else instead or f"{text[: longest - 1]}…"


_NAME = re.compile(r"lk-[a-z0-9]+-[0-9a-f]{6}-[0-9a-f]{8}-(.+)")
"""What `Run.name` makes."""


def _alike(one: RecordedCall, call: RecordedCall) -> int:
    """Count the parameters that two calls have in common."""
    return sum(one.params.get(name) == value for name, value in call.params.items())


@cache
def _model(service: str) -> Any:
    """Return botocore's model of a service."""
    return core_session().get_service_model(service)
