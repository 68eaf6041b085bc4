"""A storm against a real PostgreSQL and PgBouncer where they are, and the recorded run."""

from __future__ import annotations

import pytest

from labkit.labs.databases import DatabaseMissing, recorded, small_database, storm
from labkit.labs.databases.server import programs
from labkit.labs.databases.storm import COLUMNS


def installed() -> bool:
    try:
        programs()
    except DatabaseMissing:
        return False
    return True


needs_servers = pytest.mark.skipif(not installed(), reason="PostgreSQL or PgBouncer is missing")


@needs_servers
def test_a_pool_serves_all_whom_the_database_alone_refuses() -> None:
    with small_database(max_connections=5) as alone:
        refused = storm(alone, clients=10, query_s=1.5)
    with small_database(max_connections=5, pool=2) as pooled:
        served = storm(pooled, clients=10, query_s=0.2)
    assert 0 < refused["served"].sum() < 10
    assert refused.query("not served")["error"].str.contains("connection|clients").all()
    assert served["served"].all()


def test_the_recorded_run_says_that_it_is_one() -> None:
    frame = recorded("psql not found")
    assert list(frame.columns) == COLUMNS
    assert frame.attrs["recorded"] == "psql not found"
    served = frame.groupby("remedy", sort=False)["served"].sum()
    assert served["20 connections"] < served["scaled up: 40"] < 60
    assert served["20, behind a proxy"] == 60


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.labs.databases.server._find", lambda name: None)
    with pytest.raises(DatabaseMissing, match="apt install postgresql pgbouncer"):
        programs()
