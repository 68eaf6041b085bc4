"""Listens to a boto3 client's events: what creates something is tagged and journalled first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

import jmespath

from labkit.clock import clock
from labkit.errors import Refused
from labkit.resources.cap import CAP_USD, Cap
from labkit.resources.classification import (
    Adds,
    Changes,
    Creates,
    Deletes,
    Passes,
    Refuses,
    classify,
)
from labkit.resources.journal import Journal
from labkit.resources.kind import Create, GetClient, Kind, value_at
from labkit.resources.kinds import KINDS
from labkit.resources.lock import is_held
from labkit.resources.own_only import OwnOnly
from labkit.resources.run import TAG_PREFIX, new_id

UNDER_WAY = "labkit_under_way"
"""Key in botocore's request context."""

NOT_ANSWERED_BY_AWS = 408
"""HTTP status "request timeout": the one client error that leaves open what was done."""


@dataclass(frozen=True)
class _Creation:
    op: str
    kind: Kind
    create: Create
    name: str
    implied: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Deletion:
    op: str


class Recorder:
    """Journals what the clients of one run create.

    A call that creates something is refused, before anything is sent, when its name lacks the run's
    number, when it adds to something that is not the run's, or when no kind covers it.

    Parameters
    ----------
    journal
        The run's journal.
    cap_usd
        What a run in an account may cost until it expires, in USD.
    """

    def __init__(self, journal: Journal, cap_usd: float = CAP_USD) -> None:
        self._journal = journal
        self._cap = Cap(journal, cap_usd)
        self._own_only = OwnOnly(journal)

    def attach(self, client: Any) -> None:
        """Listen to a client's events."""
        events, get_client = client.meta.events, client.labkit_conduct.clients
        events.register("provide-client-params", partial(self._prepare, get_client))
        events.register("before-call", self._intend)
        events.register("after-call", self._settle)
        events.register("after-call-error", self._lose)

    def _prepare(
        self,
        get_client: GetClient,
        params: dict[str, Any],
        model: Any,
        context: dict[str, Any],
        **_: Any,
    ) -> Any:
        does = classify(model.service_model.service_name, model.name)
        match does:
            case Passes():
                return None
            case Refuses(why):
                raise Refused(f"{model.name} was not sent: {why}. Nothing was created or changed.")
            case Adds(kind, parameter):
                self._require_part(kind, parameter, params, model, get_client)
                self._note_implied(kind, params)
                return None
            case Deletes(kind, parameter):
                self._require_change(params, model, get_client)
                item = self._own_only.item(kind, value_at(params, parameter))
                if item is not None:
                    context[UNDER_WAY] = _Deletion(item.op)
                return None
            case Changes():
                self._require_change(params, model, get_client)
                return None
            case Creates(kind, create):
                return self._prepare_create(kind, create, params, model, context)
        assert_never(does)

    def _prepare_create(
        self,
        kind: Kind,
        create: Create,
        params: dict[str, Any],
        model: Any,
        context: dict[str, Any],
    ) -> dict[str, Any] | None:
        self._require_open(model.name)
        if context.get("is_presign_request"):
            raise Refused(
                f"A presigned {model.name} would be sent behind labkit's back: it was not signed."
            )
        name = create.name_in(params)
        if create.only_changes(params):
            if isinstance(name, str) and self._own_only.item(kind, name) is None:
                raise Refused(
                    f"{model.name} was not sent: so it changes a {kind.name}, and none of the name "
                    f"{name} was created in this run. To create one, {create.how_to_create()}."
                )
            return None
        if not isinstance(name, str):
            return self._leave_to_botocore(create, model)
        if create.name is not None:
            self._require_name(create, name, model.name)
        if create.within is not None:
            parameter, owner = create.within
            self._require_given(KINDS[owner], parameter, params, model)
        if self._journal.run.target == "aws":
            self._cap.require_room(kind.name, clock().now())
        marker = self._journal.run.marker
        implied = tuple(pair for pair in kind.implied(params) if marker in pair[1])
        creation = _Creation(new_id(), kind, create, name, implied)
        context[UNDER_WAY] = creation
        return self._tagged(creation, params, model)

    @staticmethod
    def _leave_to_botocore(create: Create, model: Any) -> None:
        """Let botocore say in its own words that a name is missing or no string."""
        first = str(create.name).partition(".")[0]
        if first not in model.input_shape.required_members:
            raise Refused(f"{model.name} was not sent: give it {create.name}=lab.name(...).")

    def _tagged(self, creation: _Creation, params: dict[str, Any], model: Any) -> dict[str, Any]:
        create = creation.create
        if create.tags is None:
            return params
        tags = self._journal.run.tags(creation.op)
        return _with_tags(
            params, create.tags.split("."), model.input_shape, tags, create.resource_type
        )

    def _intend(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        under_way = context.get(UNDER_WAY)
        if isinstance(under_way, _Creation):
            self._journal.intend(
                under_way.kind.name, under_way.name, model.name, under_way.implied, under_way.op
            )

    def _settle(
        self, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> None:
        under_way, status = context.get(UNDER_WAY), http_response.status_code
        if isinstance(under_way, _Deletion) and status < 300:
            self._journal.deleting(under_way.op)
        elif isinstance(under_way, _Creation) and status < 300:
            self._journal.created(under_way.op, _id_of(under_way, parsed))
        elif isinstance(under_way, _Creation) and _refused_for_certain(status, parsed):
            self._journal.refused(under_way.op, parsed.get("Error", {}).get("Code", str(status)))
        else:
            self._lose(context)

    def _lose(self, context: dict[str, Any], **_: Any) -> None:
        if isinstance(under_way := context.get(UNDER_WAY), _Creation):
            self._journal.unanswered(under_way.op)

    def _require_given(
        self, kind: Kind, parameter: str, params: dict[str, Any], model: Any
    ) -> None:
        """Refuse a call that does not say in what of the run's it makes something."""
        given = value_at(params, parameter)
        if isinstance(given, str):
            self._own_only.require(kind, given, model.name)
        elif given is None and parameter not in model.input_shape.required_members:
            raise Refused(
                f"{model.name} was not sent: without {parameter} it would add to something that "
                f"was not created in this run. Give it the {kind.name} of this run."
            )

    def _require_part(
        self,
        kind: Kind,
        parameter: str,
        params: dict[str, Any],
        model: Any,
        get_client: GetClient,
    ) -> None:
        """Let a call add only to what is the run's, by whichever of its parameters it says so."""
        self._require_open(model.name)
        given = value_at(params, parameter)
        if given is not None:
            if isinstance(given, str):
                self._own_only.require_whole(kind, given, model.name)
        elif parameter not in model.input_shape.required_members:
            self._own_only.require_addressed(params, model, get_client)

    def _note_implied(self, kind: Kind, params: dict[str, Any]) -> None:
        known = {(item.kind, item.name) for item in self._journal.open_items()}
        for pair in kind.implied_by_part(params):
            if pair not in known:
                self._journal.imply(*pair)

    def _require_change(self, params: dict[str, Any], model: Any, get_client: GetClient) -> None:
        """Let a change pass only where it is about something of the run's, and leaves nothing."""
        service = model.service_model.service_name
        for kind in (kind for kind in KINDS.values() if kind.service == service):
            if left := kind.leaves(params):
                raise Refused(
                    f"{model.name} was not sent: it would leave behind {left}. labkit could not "
                    "take that away."
                )
        if any(text.startswith(TAG_PREFIX) for text in _strings(params)):
            raise Refused(
                f"{model.name} was not sent: it names one of the tags {TAG_PREFIX}…, by which the "
                "teardown knows what is its own. Use other tags."
            )
        self._own_only.require_addressed(params, model, get_client)

    def _require_name(self, create: Create, name: str, operation: str) -> None:
        if self._journal.run.marker not in name:
            raise Refused(
                f'{operation} was not sent: the name "{name}" lacks this run\'s number. Write '
                f'{create.name}=lab.name("{_logical(name)}"), so that it stays apart from '
                "everybody else's and labkit can find it again."
            )
        if len(name) > create.longest:
            raise Refused(
                f'{operation} was not sent: "{name}" has {len(name)} characters, and AWS takes '
                f"{create.longest}. Choose a shorter one for lab.name(...)."
            )

    def _require_open(self, operation: str) -> None:
        if self._journal.closed:
            raise Refused(
                f"{operation} was not sent: this run has been torn down. Run the lesson's first "
                "cell again to start a new one."
            )
        if is_held(self._journal.path):
            raise Refused(
                f"{operation} was not sent: a teardown of this run is under way. Wait for it to "
                "end, then run the lesson's first cell again."
            )


def _refused_for_certain(status: int, parsed: dict[str, Any]) -> bool:
    """Tell whether nothing came of a call.

    Not so when botocore sent it more than once: an attempt whose answer was lost may have been the
    one that created what the last attempt found there already.
    """
    retried = parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    return 400 <= status < 500 and status != NOT_ANSWERED_BY_AWS and not retried


def _id_of(creation: _Creation, parsed: dict[str, Any]) -> str:
    if creation.create.id is None:
        return creation.name
    return str(jmespath.search(creation.create.id, parsed))


def _with_tags(
    params: dict[str, Any],
    path: list[str],
    shape: Any,
    tags: dict[str, str],
    resource_type: str | None,
) -> dict[str, Any]:
    """Add tags to what a call gives at a path; where that is of a wrong type, botocore says so."""
    parameter, *inner = path
    given, member = params.get(parameter), shape.members[parameter]
    both: Any
    if inner:
        within = given if isinstance(given, dict) else {}
        both = _with_tags(within, inner, member, tags, resource_type)
    elif member.type_name == "list":
        own, pairs = given if isinstance(given, list) else [], _pairs(tags, member)
        both = _specified(own, resource_type, pairs) if resource_type else [*own, *pairs]
    else:
        both = given | tags if isinstance(given, dict) else tags
    misplaced = given is not None and not isinstance(given, type(both))
    return params if misplaced else params | {parameter: both}


def _pairs(tags: dict[str, str], shape: Any) -> list[dict[str, str]]:
    """Return tags as a list, with the words of this service: ``Key``, or ``key``."""
    words = ("key", "value") if "key" in shape.member.members else ("Key", "Value")
    return [dict(zip(words, pair, strict=True)) for pair in tags.items()]


def _strings(value: Any) -> Iterator[str]:
    """Yield every text in a call's parameters, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _specified(given: list[Any], resource_type: str, pairs: list[dict[str, str]]) -> list[Any]:
    """Add tags to EC2's tag specifications, of which a call takes one for each type."""
    for place, one in enumerate(given):
        if isinstance(one, dict) and one.get("ResourceType") == resource_type:
            specified = one | {"Tags": [*one.get("Tags", []), *pairs]}
            return [*given[:place], specified, *given[place + 1 :]]
    return [*given, {"ResourceType": resource_type, "Tags": pairs}]


def _logical(name: str) -> str:
    """Return what to suggest for a name: the last part of one that another run's number is in."""
    return name.rpartition("/")[2].rpartition("-")[2] if name.startswith("lk-") else name
