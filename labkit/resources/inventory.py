"""Counts what AWS still shows of a run, by asking each service, whatever the journal says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from labkit.resources.journal import Journal
from labkit.resources.kind import GetClient, Kind
from labkit.resources.kinds import KINDS
from labkit.resources.ownership import Implied, is_own
from labkit.resources.report import Left

WORKERS = 4
"""Listings at a time."""

MAKES_ANYTHING = "cloudformation"


def survey(journal: Journal, get_client: GetClient, everywhere: bool) -> list[Left]:
    """List every kind of resource by the run's number, and look at each id on record.

    Parameters
    ----------
    journal
        The run's journal.
    get_client
        Gives the client of a service.
    everywhere
        Whether to ask every service, or only those to which the run sent something. A stack makes
        things in any service, so after one every service is asked.

    Returns
    -------
    list of Left
        What bears the run's tag, or its exact name, and is still there. A kind that could not be
        listed counts as left, without an id: nothing is known about it.
    """
    items = journal.items()
    implied = Implied(journal)

    def survey_kind(kind: Kind) -> list[Left]:
        known = {item.id for item in items if item.kind == kind.name and item.id}
        try:
            listed = {found.id: found for found in kind.find(get_client, journal.run.marker)}
            unlisted = (kind.look(get_client, one) for one in known - set(listed))
            return [
                Left(kind.name, found.name, found.id, "the service still shows it")
                for found in (*listed.values(), *unlisted)
                if found is not None and is_own(found, journal.run, implied)
            ]
        except Exception as error:
            return [Left(kind.name, "", "", f"could not be listed, so it is unknown: {error}")]

    services = {KINDS[item.kind].service for item in items}
    asked = [
        kind
        for kind in KINDS.values()
        if everywhere or MAKES_ANYTHING in services or kind.service in services
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        return [left for kind in pool.map(survey_kind, asked) for left in kind]
