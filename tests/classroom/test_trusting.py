"""A class whose learners trust each other: no rooms, and that is said."""

from __future__ import annotations

import pytest

from tests.classroom.hub_class import PROXY, Browser, left_behind, make_class, serving

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
    assert left_behind(folder) == []
