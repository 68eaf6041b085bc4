"""Storms against a real PostgreSQL and PgBouncer where they are, and the recorded run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labkit.labs.databases import DatabaseMissing, recorded, remedies, small_databases, storm
from labkit.labs.databases.programs import programs
from labkit.labs.databases.remedies import ALONE, PROXY, REPLICA, SCALED_UP
from labkit.labs.databases.storm import COLUMNS
from labkit.labs.databases.storm_figure import states, storms


def installed() -> bool:
    try:
        programs()
    except DatabaseMissing:
        return False
    return True


needs_servers = pytest.mark.skipif(not installed(), reason="PostgreSQL or PgBouncer is missing")


@needs_servers
def test_what_one_small_database_refuses_a_pool_and_a_replica_serve() -> None:
    """Three clients fit in; in the last storm two come to each, and one may still be leaving."""
    with small_databases() as databases, databases.serving(max_connections=6) as small:
        refused = storm([small], clients=6, query_s=1.5)
        with databases.proxy(small, pool=2) as proxy:
            waiting = storm([proxy], clients=4, query_s=0.2)
        with databases.replica(small, max_connections=6) as replica:
            spread = storm([small, replica], clients=4, query_s=1.5)
    assert list(refused.columns) == COLUMNS
    assert 0 < refused["served"].sum() < 4 == len(spread)
    assert refused.query("not served")["error"].str.contains("connection|clients").all()
    assert waiting["served"].all()
    assert spread["served"].all()


def test_the_recorded_run_says_that_it_is_one() -> None:
    run = recorded("psql not found")
    assert run.source == "psql not found"
    served = run.storms.groupby("remedy", sort=False)["served"].sum()
    assert list(served.index) == [ALONE, SCALED_UP, PROXY, REPLICA]
    assert served[ALONE] < served[REPLICA] < served[PROXY] == 60
    assert served[ALONE] < served[SCALED_UP] < 60
    assert "read-only" in run.replica_refuses


def test_without_the_programs_the_lesson_shows_the_recorded_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.labs.databases.programs._find", lambda name: None)
    with pytest.raises(DatabaseMissing, match="apt install postgresql pgbouncer"):
        programs()
    assert remedies(40).source.startswith("A recorded run, not yours: initdb")


STORM = pd.DataFrame(
    {
        "remedy": "two at a time",
        "served": [True, True, True, False],
        "began_s": [0.0, 0.0, 1.0, np.nan],
        "ended_s": [1.0, 1.5, 2.0, 0.5],
    }
)


def test_every_client_is_in_one_state_at_every_time() -> None:
    counts = pd.DataFrame(states(STORM, np.array([0.0, 0.5, 1.0, 1.5, 2.0])))
    assert counts["in its query"].tolist() == [2, 2, 2, 1, 0]
    assert counts["waiting"].tolist() == [2, 1, 0, 0, 0]
    assert counts["answered"].tolist() == [0, 0, 1, 2, 3]
    assert counts["refused"].tolist() == [0, 1, 1, 1, 1]
    assert (counts.sum(axis=1) == len(STORM)).all()


def test_the_figure_of_storms_says_its_numbers() -> None:
    picture = storms(STORM)
    assert picture.alt == (
        "two at a time: 3 of 4 clients served, 1 refused; at most 2 queries at once, the longest "
        "wait 1.0 s, the last answer after 2.0 s."
    )
