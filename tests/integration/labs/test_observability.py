"""Lesson 15's faults: each is found by the means that the lesson teaches, and mended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from labkit import Lab, wait_until
from labkit.course.lesson import lesson_paths, read_lesson
from labkit.labs.delivery import orders
from labkit.labs.observability import ask, place_some, series, trace_of
from labkit.labs.observability.faults import FAULTS, Fault, inject, mend, reveal
from labkit.labs.observability.watched_service import WatchedService, set_up, watched_service

pytestmark = pytest.mark.slow

ORDERS = 3
FAULTY = """fields errorType, errorMessage, record.status as ended
| filter log_level = "ERROR" or ended = "timeout" """
SIGNS = ("AccessDeniedException", "CardDeclined", "timeout", "ValueError")
SLOW_S, OLD_S = 1.0, 6.0
"""What is a slow step, and an old message, in seconds."""


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[Lab, WatchedService]]:
    """The lesson's service, with its module and JSON logs."""
    lesson = read_lesson(next(path for path in lesson_paths() if path.stem.startswith("15")))
    source = next(c.source for c in lesson.cells if "def span(" in c.source)
    with Lab("observability", run="new") as lab:
        (lab.folder / "watch.py").write_text(source, encoding="utf-8")
        service = watched_service(lab)
        for name in service.groups:
            set_up(lab, name, LoggingConfig={"LogFormat": "JSON"})
        place_some(service.url, orders(1))  # every function has begun once
        yield lab, service
        assert lab.teardown(progress=False).clean


def metric(lab: Lab, space: str, name: str, since: dt.datetime, **by: str) -> float:
    """The largest sum of a second of a metric since a time; 0 without data."""
    dimensions = [{"Name": key, "Value": value} for key, value in by.items()]
    what = {"Namespace": space, "MetricName": name, "Dimensions": dimensions}
    query = {"Id": "m", "MetricStat": {"Metric": what, "Period": 1, "Stat": "Maximum"}}
    minutes = (dt.datetime.now(dt.UTC) - since).total_seconds() / 60
    found = series(lab.client("cloudwatch"), [query], minutes)
    return float(found["value"].max()) if len(found) else 0.0


def diagnosis(
    lab: Lab, service: WatchedService, fault: Fault, since: dt.datetime
) -> tuple[str, str]:
    """What one sees from the outside to the inside, as the lesson's hints say."""
    placed = place_some(service.url, orders(ORDERS, seed=FAULTS.index(fault)), gap_s=0.05)
    kitchen = {"FunctionName": lab.name("kitchen")}

    def kinds(group: str) -> set[str]:
        minutes = (dt.datetime.now(dt.UTC) - since).total_seconds() / 60
        asked = {"until": lambda _: True, "minutes": minutes}
        rows = ask(lab.client("logs"), [service.groups[group]], FAULTY, **asked)
        told = " ".join(str(value) for column in rows for value in rows[column])
        return {sign for sign in SIGNS if sign in told}

    def look() -> tuple[str, str] | None:
        if (placed["status"] == 502).any():
            return ("front", "error") if "ValueError" in kinds("front") else None
        if metric(lab, "AWS/Lambda", "Throttles", since, **kitchen):
            return "kitchen", "throttled"
        if "AccessDeniedException" in kinds("kitchen"):
            return "kitchen", "no permission"
        if "timeout" in kinds("kitchen"):
            return "kitchen", "timeout"
        if "CardDeclined" in kinds("steps"):
            return "saga", "error"
        queue = {"QueueName": service.queue}
        waits = metric(lab, "AWS/SQS", "ApproximateAgeOfOldestMessage", since, **queue)
        taken = metric(lab, "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", since, **queue)
        if waits > OLD_S and not taken:
            return "queue", "stopped"
        return slow_part()

    def slow_part() -> tuple[str, str] | None:
        xray = lab.client("xray")
        try:
            trace = trace_of(xray, placed["trace"].iloc[-1], [lab.name("saga")], seconds=0.2)
        except Exception:
            return None
        steps = trace[trace["name"] == "dispatch"]
        slow = (steps["end_s"] - steps["start_s"] > SLOW_S).any()
        return ("saga", "slow") if slow else None

    return wait_until(look, 60, "a diagnosis", longest_pause_s=0.5)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.where}-{fault.what}")
def test_a_fault_is_found_by_what_the_lesson_teaches(
    watched: tuple[Lab, WatchedService], fault: Fault
) -> None:
    lab, service = watched
    since = dt.datetime.now(dt.UTC)
    inject(lab, service, fault)
    assert reveal(lab, service) is fault
    assert diagnosis(lab, service, fault, since) == (fault.where, fault.what)
    mend(lab, service)
    assert reveal(lab, service) is None
    (well,) = place_some(service.url, orders(1, seed=99)).to_dict("records")
    assert well["status"] == 202
    trace_of(lab.client("xray"), well["trace"], [lab.name("kitchen"), lab.name("saga")], 120)
