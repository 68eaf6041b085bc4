"""Takes away one item: looks whose it is, deletes it, and waits until AWS shows it no longer."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until
from labkit.resources.errors import is_denied, is_throttled
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import Found, GetClient, Kind
from labkit.resources.kinds import KINDS
from labkit.resources.ownership import Implied, is_own
from labkit.resources.pacing import Pacer
from labkit.resources.report import Removal, RemovalOutcome
from labkit.resources.run import OP_TAG, RUN_TAG

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

NEVER_MADE = "AWS had not made it"
"""Evidence for what AWS makes by itself only when it is needed, such as a function's log group."""

Tell = Callable[[Item, str], None]
"""Is told what an item is waiting for."""


class Interrupted(Exception):
    """The teardown was told to stop."""


DELETED_AGAIN = 2
"""How often a deletion that AWS has given up is asked for anew."""


class _Denied(Exception):
    """Somebody else has to act before the item can go."""


class Remover:
    """Takes away the items of one run, one call of `remove` each; several threads may call it.

    Parameters
    ----------
    journal
        The run's journal.
    get_client
        Gives clients that the guard lets pass.
    stop
        When set, waits end and items stay ``pending``.
    tell
        Is told what an item is waiting for.
    pacer
        Keeps deletions apart where the target takes only so many.
    """

    def __init__(
        self,
        journal: Journal,
        get_client: GetClient,
        stop: threading.Event,
        tell: Tell,
        pacer: Pacer,
    ) -> None:
        self._journal = journal
        self._get_client = get_client
        self._stop = stop
        self._tell = tell
        self._pacer = pacer
        self._implied = Implied(journal)

    def remove(self, item: Item) -> Removal:
        """Take the item away, and return what became of it; its errors stop no other item."""
        kind = KINDS[item.kind]
        try:
            return self._remove(kind, item)
        except Interrupted:
            return _outcome(item, "pending", "interrupted; the next teardown goes on")
        except NotInTime:
            return _outcome(
                item, "pending", f"AWS still shows it after {kind.deletion_timeout_s:g} s"
            )
        except _Denied as error:
            return _outcome(item, "blocked", str(error))
        except LabkitError:
            raise  # the journal cannot be written: no item may go on
        except Exception as error:
            return _outcome(item, "blocked" if is_denied(error) else "failed", str(error))

    def quiesce(self, item: Item) -> None:
        """Stop the item from making others, if it is there and the run's own."""
        kind = KINDS[item.kind]
        if type(kind).quiesce is Kind.quiesce:
            return
        try:
            if item.id is not None and self._owned(kind.look(self._get_client, item.id)):
                kind.quiesce(self._get_client, item.id)
        except Exception:
            return  # its removal meets the same, and says so

    def _remove(self, kind: Kind, item: Item) -> Removal:
        found = self._settle(kind, item)
        if found is None:
            evidence = NEVER_MADE if item.implied else "there was no such thing (any more)"
            self._journal.gone(item.op, evidence)
            return _outcome(item, "gone", evidence)
        if not self._owned(found):
            return _outcome(
                item,
                "foreign",
                "it does not bear this run's tag, so it was not touched. If it is yours, give it "
                f"back the tag {RUN_TAG}={self._journal.run.id}, or delete it by hand",
            )
        if item.id is None:
            self._journal.created(item.op, found.id)
        self._journal.deleting(item.op)
        self._delete(kind, item, found.id)
        self._wait_until_gone(kind, item, found.id)
        evidence = "AWS shows it no longer"
        self._journal.gone(item.op, evidence)
        return _outcome(item, "gone", evidence, found.id)

    def _owned(self, found: Found | None) -> bool:
        return found is not None and is_own(found, self._journal.run, self._implied)

    def _settle(self, kind: Kind, item: Item) -> Found | None:
        """Look for the item for as long as AWS may take to show what was just created."""
        since = item.created_at or item.intended_at
        age_s = (clock().now() - since).total_seconds()
        expected = not item.implied and item.state != "deleting"
        wait_s = max(0.0, kind.visible_within_s - age_s) if expected else 0.0
        try:
            return wait_until(lambda: self._look(kind, item), min(wait_s, kind.visible_within_s))
        except NotInTime:
            return None

    def _look(self, kind: Kind, item: Item) -> Found | None:
        self._check_stop()
        if item.id is not None:
            return kind.look(self._get_client, item.id)
        for found in kind.find(self._get_client, self._journal.run.marker):
            if _made_by(item, found):
                return found
        return None

    def _delete(self, kind: Kind, item: Item, resource_id: str) -> None:
        from botocore.exceptions import ClientError

        self._take_turn(kind, item)
        deadline = clock().monotonic() + kind.deletion_timeout_s
        while True:
            self._tell(item, "being deleted")
            try:
                return kind.delete(self._get_client, resource_id)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in kind.missing:
                    return None
                if code not in kind.busy and not is_throttled(error):
                    raise
                if clock().monotonic() > deadline:
                    raise _Denied(str(error)) from error
                pause = _pause_s(kind, error)
                self._tell(item, f"AWS says {code}; next try in {pause:.0f} s")
                clock().wait(self._stop, pause)
                self._take_turn(kind, item)

    def _take_turn(self, kind: Kind, item: Item) -> None:
        """Wait until the account may send the kind's deletion, where AWS limits that."""
        for operation in kind.deletes:
            seconds = self._pacer.turn_in(kind.service, operation)
            if seconds:
                apart = self._pacer.apart_s(kind.service, operation)
                self._tell(
                    item,
                    f"queued: the account may send one {operation} per {apart:g} s, and this one's "
                    f"turn is in {seconds:.0f} s",
                )
                clock().wait(self._stop, seconds)
        self._check_stop()

    def _wait_until_gone(self, kind: Kind, item: Item, resource_id: str) -> None:
        self._tell(item, "waiting until AWS shows it no longer")
        tries = iter(range(DELETED_AGAIN))

        def gone() -> bool:
            if self._missing(kind, item, resource_id):
                return True
            if why := kind.deletion_failure(self._get_client, resource_id):
                if next(tries, None) is None:
                    raise _Denied(why)
                self._delete(kind, item, resource_id)
            return False

        wait_until(gone, kind.deletion_timeout_s, what=f"{item.name} to be gone")

    def _missing(self, kind: Kind, item: Item, resource_id: str) -> bool:
        for miss in range(kind.misses):
            if miss:
                clock().wait(self._stop, self._pacer.limits.looks_apart_s)
            self._check_stop()
            if kind.look(self._get_client, resource_id) is not None:
                if kind.comes_back:
                    self._delete(kind, item, resource_id)
                return False
        return True

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Interrupted


def _pause_s(kind: Kind, error: ClientError) -> float:
    """Return how long to wait after AWS turned a deletion away, in seconds.

    What AWS itself asks for, if it does, else the kind's pace; and up to a fifth more, so that the
    learners of one account do not all come back at once.
    """
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    asked = str(headers.get("retry-after", ""))
    pace = max(kind.pace_s, float(asked)) if asked.isdecimal() else kind.pace_s
    return pace * random.uniform(1.0, 1.2)


def _made_by(item: Item, found: Found) -> bool:
    tagged = found.tags is not None and found.tags.get(OP_TAG) == item.op
    return tagged or (item.name != "" and found.name == item.name)


def _outcome(item: Item, outcome: RemovalOutcome, why: str, resource_id: str = "") -> Removal:
    return Removal(item.kind, item.name, resource_id or item.id or "", outcome, why)
