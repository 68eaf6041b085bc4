"""The metadata service over real HTTP: tokens, no notice, notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests

from labkit.labs.spot import MetadataService, interrupted
from labkit.labs.spot.metadata import ACTION_PATH, NOTICE_S, TOKEN_HEADER, TOKEN_PATH, TTL_HEADER
from labkit.polling import wait_until


def ask(service: MetadataService, token: str | None) -> requests.Response:
    headers = {TOKEN_HEADER: token} if token else {}
    return requests.get(service.url + ACTION_PATH, headers=headers, timeout=5)


def test_without_a_token_nothing_is_told() -> None:
    with MetadataService() as service:
        service.interrupt()
        assert ask(service, None).status_code == 401
        assert ask(service, "guessed").status_code == 401
        for lifetime in (None, "0", "21601", "soon"):
            asked = requests.put(service.url + TOKEN_PATH, headers={TTL_HEADER: lifetime})
            assert asked.status_code == 400


def token(service: MetadataService, lifetime_s: int = 21_600) -> str:
    headers = {TTL_HEADER: str(lifetime_s)}
    return requests.put(service.url + TOKEN_PATH, headers=headers, timeout=5).text


def test_a_token_lives_as_long_as_was_asked_for() -> None:
    with MetadataService(speed=100_000) as service:
        assert ask(service, token(service, 1)).status_code == 401
    with MetadataService() as service:
        assert ask(service, token(service)).status_code == 404


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_notice_comes_two_minutes_before_the_end(speed: float) -> None:
    with MetadataService(speed) as service:
        ours = token(service)
        assert ask(service, ours).status_code == 404
        before = service.now()
        ends = service.interrupt()
        notice = ask(service, ours).json()
    assert (ends - before).total_seconds() >= NOTICE_S
    assert notice["action"] == "terminate"
    told = datetime.strptime(notice["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert told == ends.replace(microsecond=0)


def test_its_clock_runs_at_its_speed() -> None:
    slow, fast = MetadataService(1.0), MetadataService(1000.0)
    with slow, fast:
        first = slow.now(), fast.now()
        while slow.now() == first[0]:
            pass
        passed = slow.now() - first[0], fast.now() - first[1]
    assert passed[1] > passed[0]


def drain(url: str, stop: Callable[[], None], finish: Callable[[], None]) -> None:
    headers = {TOKEN_HEADER: requests.put(url + TOKEN_PATH, headers={TTL_HEADER: "21600"}).text}

    def noticed() -> bool:
        return requests.get(url + ACTION_PATH, headers=headers).status_code == 200

    wait_until(noticed, 30, longest_pause_s=0.02)
    stop()
    finish()


def test_orders_under_way_are_lost_unless_somebody_listens() -> None:
    """An order every 5 s that takes 30 s: six are under way at any time.

    From the notice a drain has 90 s of the instance's clock to stop in: here 0.9 s.
    """
    unheard, drained = interrupted(speed=300), interrupted(drain, speed=100)
    assert unheard.lost == 6
    assert drained.lost == 0
    assert drained.taken == drained.finished < unheard.taken
