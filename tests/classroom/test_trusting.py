"""A class whose learners trust each other: no rooms, and that is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labkit.classroom.keeper import Keeper
from labkit.classroom.running import read
from labkit.polling import wait_until
from tests.classroom.hub_class import PROXY, Browser, Served, left_behind, make_class, serving

pytestmark = pytest.mark.timeout(600)


def test_learners_who_trust_each_other_are_one_user_of_the_host(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert PROXY.exists(), "make test-class installs the proxy"
    folder = make_class(tmp_path_factory.mktemp("trusting") / "class", ["Kim"])
    with serving(folder, "--trust-each-other") as served:
        assert "each can read and change everything of every other" in served.said()
        kim = Browser(served, "learner-01")
        assert kim.join().ok
        code = "import os, boto3; from labkit.aws.embedded import sandbox; print(sandbox().lives())"
        assert kim.run(code).strip() == "True"
        home = kim.run("import os; print(os.path.expanduser('~'))").strip()
        assert home == str(folder.home("learner-01"))
        assert kim.run("print(open('kept', 'w').write('words'))").strip() == "5"
        _stop_idle(served, kim)
    assert left_behind(folder) == []


def _stop_idle(served: Served, kim: Browser) -> None:
    """Stop who has not worked for some time; what was saved is there after the next start."""
    running = read(served.folder)
    assert running is not None
    keeper, now = Keeper(running), datetime.now(UTC)
    assert keeper.stop_idle(1, now) == []
    assert keeper.stop_idle(1, now + timedelta(hours=2)) == ["learner-01"]
    wait_until(lambda: keeper.ready() == set(), 60, "the server's end")
    keeper.start("learner-01")
    wait_until(lambda: keeper.ready() == {"learner-01"}, 120, "the server")
    kim.kernel = ""
    assert kim.run("print(open('kept').read())").strip() == "words"
