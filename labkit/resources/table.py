"""The table of what a run holds: what the journal knows, as AWS shows it now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from labkit.resources.errors import code_of
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient
from labkit.resources.kinds import KINDS

if TYPE_CHECKING:
    import pandas as pd

WORKERS = 8
COLUMNS = ("kind", "name", "id", "state", "created_at")


def resources(journal: Journal, get_client: GetClient) -> pd.DataFrame:
    """Return one row for each resource that is not known to be gone.

    Parameters
    ----------
    journal
        The run's journal.
    get_client
        Gives the client of a service.

    Returns
    -------
    pandas.DataFrame
        Columns `kind`, `name`, `id`, `state` (``live``, ``deleting``, ``missing``, ``maybe``: its
        creation was never answered, ``unknown``: it could not be read) and `created_at` (UTC).
    """
    import pandas as pd

    items = journal.open_items()
    with ThreadPoolExecutor(WORKERS) as pool:
        states = list(pool.map(lambda item: _state(item, get_client), items))
    rows = [
        (item.kind, item.name, item.id or "", state, item.created_at)
        for item, state in zip(items, states, strict=True)
        if not (item.implied and state == "missing")
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(created_at=pd.to_datetime(frame["created_at"], utc=True))


def _state(item: Item, get_client: GetClient) -> str:
    if item.id is None:
        return "maybe"
    try:
        found = KINDS[item.kind].look(get_client, item.id)
    except Exception as error:
        return f"unknown ({code_of(error)})"
    if found is None:
        return "missing"
    return item.state
