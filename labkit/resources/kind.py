"""What labkit has to know about one kind of resource, and the little that is the same for all."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, cast

from labkit.resources.billing import Billing

T = TypeVar("T")

GetClient = Callable[[str], Any]
"""Gives the boto3 client of a service."""

Send = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Sends an operation of a kind's service with its parameters, and returns AWS's answer."""


def value_at(params: Mapping[str, Any], path: str) -> Any:
    """Return a parameter, or one within others (``pipeline.name``); None where there is none."""
    found: Any = params
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


@dataclass(frozen=True)
class Create:
    """An operation that creates a resource of a kind.

    Attributes
    ----------
    operation
        As the API names it, such as ``CreateQueue``.
    name
        Parameter with the resource's name, or the path to it (``pipeline.name``); None where it
        has none.
    id
        JMESPath of the id in the answer; None where the name is the id.
    tags
        Parameter that takes tags, or the path to it; None where there is none.
    longest
        Characters that AWS takes in the name.
    within
        Parameter and kind of a resource that has to be the run's.
    resource_type
        For EC2, whose ``TagSpecifications`` say what each list of tags is for: the type's name.
    changes
        Parameter that, when true, makes the call change what is there already.
    creates_if
        Parameter and the one value of it with which the call creates something.
    upserts
        Whether the same call sent once more succeeds, and sets again all that it set.
    """

    operation: str
    name: str | None
    id: str | None
    tags: str | None
    longest: int = 64
    within: tuple[str, str] | None = None
    resource_type: str | None = None
    changes: str | None = None
    creates_if: tuple[str, str] | None = None
    upserts: bool = False

    def name_in(self, params: Mapping[str, Any]) -> Any:
        """Return the name that a call gives; empty where there is none to give."""
        return value_at(params, self.name) if self.name else ""

    def only_changes(self, params: Mapping[str, Any]) -> bool:
        """Tell whether a call with these parameters changes what is there already."""
        if self.creates_if is not None:
            parameter, value = self.creates_if
            return params.get(parameter) != value
        return self.changes is not None and bool(params.get(self.changes))

    def how_to_create(self) -> str:
        """Say how a call that can change something, too, is written to create it."""
        if self.creates_if is not None:
            parameter, value = self.creates_if
            return f'write {parameter}="{value}"'
        return f"leave {self.changes} out"


@dataclass(frozen=True)
class Exists:
    """How AWS refuses a part that is there already.

    Attributes
    ----------
    code
        The error's code.
    says
        Words of its message, where AWS uses the code for other refusals, too.
    """

    code: str
    says: str = ""

    def is_meant_by(self, code: str, message: str) -> bool:
        """Tell whether an answer says that the part is there already."""
        return code == self.code and re.search(self.says, message, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Found:
    """A resource as AWS shows it now.

    Attributes
    ----------
    id, name
        As in the journal.
    tags
        Its tags; None for a kind that cannot carry any.
    """

    id: str
    name: str
    tags: Mapping[str, str] | None


def each(value: T, *operations: str) -> Mapping[str, T]:
    """Return a mapping from each operation to `value`."""
    return MappingProxyType(dict.fromkeys(operations, value))


class Kind(ABC):
    """One kind of resource: subclass it in a file of ``kinds``, and everything else follows.

    A subclass says what creates it and its parts, how to read, list, quiet, delete and put it back,
    and how AWS bills it. Journal, tags, teardown, inventory, reaper and costs are generic.
    """

    name: ClassVar[str]
    """As people read it, such as ``SQS queue``."""
    service: ClassVar[str]
    """boto3's name of the service."""
    in_arns: ClassVar[str] = ""
    """How ARNs and IAM's actions call the service, where that is not boto3's name for it."""
    creates: ClassVar[tuple[Create, ...]]
    parts: ClassVar[Mapping[str, str]] = each("")
    """Operations that add something which goes with it → the parameter that names it; one within
    another, here and below, by its path (``pipeline.name``)."""
    exists: ClassVar[Mapping[str, Exists]] = MappingProxyType({})
    """Operations that add a part, and refuse one that is there already → how AWS says so."""
    restores: ClassVar[tuple[str, ...]] = ()
    """Parameters of its creation that `restore` brings back."""
    harmless: ClassVar[Mapping[str, str]] = each("")
    """Operations around it that leave nothing behind → why."""
    deletes: ClassVar[Mapping[str, str]] = each("")
    """Operations that delete it → the parameter that names it."""
    addresses: ClassVar[Mapping[str, str]] = each("")
    """Operations that change it, and whose first required parameter names a part of it → the
    parameter that names it."""
    after: ClassVar[tuple[str, ...]] = ()
    """Names of the kinds that have to be gone before it."""
    needed_by: ClassVar[tuple[str, ...]] = ()
    """Those of them that need it until they are gone: where one could not go, it stays."""
    missing: ClassVar[frozenset[str]]
    """Error codes that say: there is no such thing."""
    busy: ClassVar[frozenset[str]] = frozenset()
    """Error codes that say: not now. The deletion is tried again."""
    deletion_timeout_s: ClassVar[float] = 60.0
    """Longest wait until its deletion is taken, and as long again until it is gone, in seconds."""
    comes_back: ClassVar[bool] = False
    """Whether others make it anew after it was deleted, as Lambda does a log group with lines that
    it still held: what is there then is deleted once more."""
    pace_s: ClassVar[float] = 1.0
    """Pause after AWS turned a deletion away, in seconds."""
    misses: ClassVar[int] = 1
    """How often in a row it has to be missing before it counts as gone."""
    visible_within_s: ClassVar[float] = 2.0
    """Time that AWS may take to show a new one, in seconds; until then a miss says nothing. Most
    services promise no read after write; SQS names one second (CreateQueue), doubled here."""
    billing: ClassVar[Billing]
    """What AWS bills of it."""

    @abstractmethod
    def read(self, get_client: GetClient, resource_id: str) -> Found:
        """Return it with its tags; raise AWS's error when it is missing."""

    @abstractmethod
    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        """Return the ids of all whose name, or owner's name, holds `marker`."""

    @abstractmethod
    def delete(self, get_client: GetClient, resource_id: str) -> None:
        """Send its deletion, having first taken away what AWS wants gone before."""

    def deletion_failure(self, get_client: GetClient, resource_id: str) -> str:
        """Return why AWS has given up a deletion that it had taken; empty while it has not."""
        return ""

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:  # noqa: B027
        """Stop it from making other resources; most kinds make none."""

    def identify(self, given: str) -> str:
        """Return the id in whichever form the API takes it (an ARN for a name, say)."""
        return given

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Return kind and name of what AWS will make alongside, given the create's parameters."""
        return ()

    def implied_by_part(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Return kind and name of what AWS will make alongside a part, given its parameters."""
        return ()

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        """Return kind and name of what AWS made alongside, for when no journal knows it."""
        return ()

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        """Return the ids of what a part belongs to that no create call gave an id for."""
        return ()

    def leaves(self, params: Mapping[str, Any]) -> str:
        """Say what a change or deletion with these parameters would leave behind; usually ""."""
        return ""

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:  # noqa: B027
        """Give it the settings of its creation again; most kinds are not changed by lessons.

        Parameters
        ----------
        send
            Sends operations of its service.
        params, answer
            The call that created it, and what AWS answered.
        """

    def stored_bytes(self, get_client: GetClient, resource_id: str) -> float:
        """Return how much it stores now, for a kind whose `billing` has a price for that."""
        raise NotImplementedError(self.name)

    def goes_last(self, name: str) -> bool:
        """Tell whether one of this name has to stay until everything else of its run is gone."""
        return False

    def look(self, get_client: GetClient, resource_id: str) -> Found | None:
        """Return it, or None when AWS says that there is no such thing."""
        from botocore.exceptions import ClientError

        try:
            return self.read(get_client, resource_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in self.missing:
                return None
            raise

    def find(self, get_client: GetClient, marker: str) -> Iterator[Found]:
        """Yield every one that `candidates` names and that is still there."""
        for resource_id in self.candidates(get_client, marker):
            found = self.look(get_client, resource_id)
            if found is not None:
                yield found


def pages(client: Any, operation: str, items: str, **params: Any) -> Iterator[Any]:
    """Yield the items of a paginated listing.

    Parameters
    ----------
    client
        A boto3 client.
    operation
        The method, such as ``list_roles``.
    items
        JMESPath of the items in a page.
    """
    for page in client.get_paginator(operation).paginate(**params).search(items):
        if page is not None:
            yield page


def tag_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return a mapping for the ``[{"Key": …, "Value": …}]`` of many services, or ``key``…"""
    pairs = ({word.lower(): text for word, text in tag.items()} for tag in tags)
    return {tag["key"]: tag["value"] for tag in pairs}


def no_such(resource_id: str) -> Exception:
    """Make the error that a listing stands for which does not hold what was asked for.

    Its code is ``labkit.NotFound``.
    """
    from botocore.exceptions import ClientError

    error = {"Code": "labkit.NotFound", "Message": f"there is no {resource_id}"}
    return cast(Exception, ClientError({"Error": error}, "Describe"))


def not_now(reason: str) -> Exception:
    """Make the error that stands for a state in which AWS would refuse a deletion.

    Its code is ``labkit.Busy``.
    """
    from botocore.exceptions import ClientError

    error = {"Code": "labkit.Busy", "Message": reason}
    return cast(Exception, ClientError({"Error": error}, "Delete"))
