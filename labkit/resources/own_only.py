"""Lets a call change only what a run created: asks whose the resource is that the call is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labkit.errors import Refused
from labkit.resources.addressed import addressed
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient, Kind
from labkit.resources.kinds import KINDS

BY_HANDLE = frozenset(
    [("logs", "CancelExportTask"), ("logs", "StopQuery"), ("sqs", "CancelMessageMoveTask")]
)
"""Calls that end what the caller began, by a handle that says nothing of the resource."""

ACCOUNT = re.compile(r"(?<=[:/])\d{12}(?=[:/])")


class OwnOnly:
    """Tells what is a run's own, and refuses calls on anything else.

    Parameters
    ----------
    journal
        The run's journal.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def item(self, kind: Kind, given: Any) -> Item | None:
        """Return what the run has on record of a kind under a name, an id or an ARN."""
        if not isinstance(given, str):
            return None
        wanted = kind.identify(given)
        for item in self._journal.open_items():
            known = item.name if item.id is None else kind.identify(item.id)
            if item.kind == kind.name and wanted == known:
                return item
        return None

    def require(self, kind: Kind, given: str, operation: str) -> None:
        """Refuse an operation that adds to something which the run did not create."""
        if self.item(kind, given) is None:
            raise Refused(
                f"{operation} was not sent: the {kind.name} {given} was not created in this run, "
                "and labkit adds only to what is its own. Has the cell that creates it been run? "
                "lab.resources() lists what there is."
            )

    def require_whole(self, kind: Kind, given: str, operation: str) -> None:
        """Refuse a part of something that neither the run nor one of its stacks created.

        What a stack of the run made is on no record and goes with the stack: its name tells.
        """
        if self._is_elsewhere(given) or not self._is_named_as_own(given):
            self.require(kind, given, operation)

    def require_addressed(
        self, params: Mapping[str, Any], model: Any, get_client: GetClient
    ) -> None:
        """Refuse a change of anything but what the run created.

        Parameters
        ----------
        params, model
            The call, and botocore's model of its operation.
        get_client
            Gives the client of a service: what a part such as an instance belongs to is asked.
        """
        service = model.service_model.service_name
        if (service, model.name) in BY_HANDLE:
            return
        named = addressed(model, params)
        strangers = [text for text in named if not self._is_own(service, text, get_client)]
        if strangers:
            raise Refused(
                f"{model.name} was not sent: {strangers[0]} was not created in this run, and "
                "labkit changes only what is its own. lab.resources() lists what there is."
            )
        if not named:
            raise Refused(
                f"{model.name} was not sent: nothing that it names was created in this run, and "
                "labkit changes only what is its own. lab.resources() lists what there is."
            )

    def _is_own(self, service: str, text: str, get_client: GetClient) -> bool:
        known = {word for item in self._journal.items() for word in (item.id, item.name) if word}
        if self._is_elsewhere(text):
            return False
        return (
            text in known
            or self._is_part_of(text, known, service)
            or self._is_named_as_own(text)
            or self._is_found_in(text, known, get_client)
        )

    def _is_elsewhere(self, text: str) -> bool:
        """Tell whether a text is an ARN or URL of another account."""
        return any(number != self._journal.run.account for number in ACCOUNT.findall(text))

    def _is_part_of(self, text: str, known: set[str], service: str) -> bool:
        """Tell whether a text is an ARN or URL of something known, or a part of it."""
        if not text.startswith(("arn:", "http")):
            kinds = [kind for kind in KINDS.values() if kind.service == service]
            return any(kind.identify(text) in known for kind in kinds)
        words = "|".join(re.escape(word.strip("/")) for word in known)
        return bool(known) and re.search(rf"[:/]({words})([:/]|$)", text) is not None

    def _is_named_as_own(self, text: str) -> bool:
        """Tell whether a name, or one in an ARN, begins as the run's names do.

        What a stack of the run makes is named so and on no record; and what a lesson takes away
        to be sure that it is not there may never have been made.
        """
        first = self._journal.run.name("x").removesuffix("x")
        return any(part.startswith(first) for part in re.split(r"[:/]", text))

    def _is_found_in(self, text: str, known: set[str], get_client: GetClient) -> bool:
        """Ask AWS what a part belongs to that no create call gave an id for."""
        own = known | {self._journal.run.id}
        return any(
            whole in own for kind in KINDS.values() for whole in kind.wholes(get_client, text)
        )
