"""Takes a whole run away: quiet first, then in reverse order of need, and counted at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from labkit.aws.limits import Limits
from labkit.clock import clock
from labkit.resources.inventory import survey
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient
from labkit.resources.kinds import KINDS
from labkit.resources.lock import only_one
from labkit.resources.pacing import Pacer
from labkit.resources.removal import NEVER_MADE, Remover
from labkit.resources.report import Left, Removal, TeardownReport

WORKERS = 4
"""Items that are taken away at a time."""

ROUNDS = 3
"""How often what the inventory finds is taken away: a log group may come back once."""

SHOW_EVERY_S = 0.25
"""How often the progress bar says what is waited for, in seconds."""

DELAY_S = 0.5
"""A teardown that is over sooner shows no bar."""


def teardown(
    journal: Journal, get_client: GetClient, limits: Limits, progress: bool = True
) -> TeardownReport:
    """Delete everything of a run, and prove it by two inventories with a pause between them.

    It can be interrupted (Ctrl-C) and called again: it goes on where it stopped. Called after the
    end it only looks, unless something has come back.

    Parameters
    ----------
    journal
        The run's journal.
    get_client
        Gives clients that the guard lets pass, and that nobody records.
    limits
        How fast the target takes calls, and how far apart its inventories have to be.
    progress
        Whether to show a progress bar with what is waited for.
    """
    with only_one(journal.path, print if progress else lambda _: None):
        return _teardown(journal, get_client, limits, progress)


def _teardown(
    journal: Journal, get_client: GetClient, limits: Limits, progress: bool
) -> TeardownReport:
    outcomes: dict[str, Removal] = {}
    left: list[Left] = []
    for _ in range(ROUNDS):
        outcomes |= _remove_all(journal, get_client, limits, progress)
        left = survey(journal, get_client, limits.inventory_everywhere)
        if not left and outcomes:
            clock().sleep(limits.inventories_apart_s)
            left = survey(journal, get_client, limits.inventory_everywhere)
        if not _adopt(journal, left):
            break
    shown = [one for one in outcomes.values() if one.why != NEVER_MADE]
    remaining = _left(journal, left, outcomes)
    report = TeardownReport(journal.run.id, journal.run.lesson, shown, remaining)
    if report.clean:
        journal.close("each item is gone, and the inventory shows nothing")
    return report


def _remove_all(
    journal: Journal, get_client: GetClient, limits: Limits, progress: bool
) -> dict[str, Removal]:
    items = journal.open_items()
    stop = threading.Event()
    pacer = Pacer(journal.run.account, journal.run.region, limits)
    with _bar(len(items), progress) as show:
        waiting: dict[str, str] = {}

        def tell(item: Item, what: str) -> None:
            waiting[item.op] = f"{item.kind} {item.name}: {what}"

        remover = Remover(journal, get_client, stop, tell, pacer)
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                list(pool.map(remover.quiesce, items))
                last = [item for item in items if KINDS[item.kind].goes_last(item.name)]
                first = [item for item in items if item not in last]
                outcomes = _in_order(first, remover, pool, lambda done: show(done, waiting))
                if any(outcome.outcome != "gone" for outcome in outcomes.values()):
                    return outcomes | {item.op: _kept(item) for item in last}
                return outcomes | _in_order(last, remover, pool, lambda _: None)
            except KeyboardInterrupt as interrupt:
                interrupt.add_note("The teardown was interrupted. Start it again and it goes on.")
                raise
            finally:
                stop.set()  # whatever ended it: no item goes on waiting


def _in_order(
    items: Sequence[Item],
    remover: Remover,
    pool: ThreadPoolExecutor,
    show: Callable[[set[str]], None],
) -> dict[str, Removal]:
    """Take each item away as soon as none is left of the kinds that have to go before it."""
    outcomes: dict[str, Removal] = {}
    queued = list(items)
    running: dict[Future[Removal], Item] = {}
    while queued or running:
        unfinished = {item.kind for item in (*queued, *running.values())}
        ready = [item for item in queued if not unfinished & set(KINDS[item.kind].after)]
        queued = [item for item in queued if item not in ready]
        for item in ready:
            if user := _user(item, outcomes):
                outcomes[item.op] = _needed(item, user)
            else:
                running[pool.submit(remover.remove, item)] = item
        for future in wait(running, SHOW_EVERY_S, FIRST_COMPLETED).done:
            outcomes[running.pop(future).op] = future.result()
        show(set(outcomes))
    return outcomes


def _user(item: Item, outcomes: Mapping[str, Removal]) -> Removal | None:
    """Return what could not go and never can without this item; None where there is none."""
    return next(
        (
            one
            for one in outcomes.values()
            if one.kind in KINDS[item.kind].needed_by and one.outcome not in ("gone", "foreign")
        ),
        None,
    )


def _needed(item: Item, user: Removal) -> Removal:
    why = f"it stays until the {user.kind} {user.name} is gone, which could not go without it"
    return Removal(item.kind, item.name, item.id or "", "pending", why)


def _kept(item: Item) -> Removal:
    why = "it stays until everything else is gone: it ends the run if nobody else does"
    return Removal(item.kind, item.name, item.id or "", "pending", why)


def _adopt(journal: Journal, left: Sequence[Left]) -> bool:
    """Put on record what the inventory found and the journal lacks; tell if there was any."""
    on_record = {(item.kind, item.id) for item in journal.open_items()}
    unknown = [one for one in left if one.id and (one.kind, one.id) not in on_record]
    for one in unknown:
        journal.adopt(one.kind, one.name, one.id)
    return bool(unknown)


def _left(journal: Journal, left: Sequence[Left], outcomes: dict[str, Removal]) -> list[Left]:
    """Add what the journal knows and no listing shows."""
    listed = {(one.kind, one.id) for one in left}
    unlisted = [
        Left(item.kind, item.name, item.id or "", outcomes[item.op].why)
        for item in journal.open_items()
        if item.op in outcomes and (item.kind, item.id) not in listed
    ]
    return [*left, *unlisted]


@contextmanager
def _bar(total: int, wanted: bool) -> Iterator[Callable[[set[str], dict[str, str]], None]]:
    from tqdm.auto import tqdm

    with tqdm(total=total, disable=not wanted, desc="teardown", leave=False, delay=DELAY_S) as bar:

        def show(done: set[str], waiting: dict[str, str]) -> None:
            bar.update(len(done) - bar.n)
            now = [what for op, what in waiting.items() if op not in done]
            bar.set_postfix_str("; ".join(now), refresh=bar.format_dict["elapsed"] > DELAY_S)

        yield show
