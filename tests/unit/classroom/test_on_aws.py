"""A class that works in accounts: what each server gets, and how its keys are renewed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labkit import clock
from labkit.classroom.class_settings import as_toml
from labkit.classroom.folder import SETTINGS, ClassFolder, open_class
from labkit.classroom.on_aws import CONFIG, allow_account, environment
from labkit.classroom.view.renewing import RenewedSessions, sessions_of
from labkit.errors import LabkitError

ACCOUNT = "111122223333"
NOW = datetime(2026, 6, 13, 10, 0, tzinfo=UTC)


@pytest.fixture
def on_aws(folder: ClassFolder) -> ClassFolder:
    """Make a class that shares one account."""
    changed = replace(folder.settings, target="aws", region="ap-northeast-2", account=ACCOUNT)
    (folder.path / SETTINGS).write_text(as_toml(changed), encoding="utf-8")
    return open_class(folder.path)


def test_a_class_in_sandboxes_gets_nothing_of_it(folder: ClassFolder) -> None:
    assert environment(folder, folder.learners[0], "http://10.213.1.1:1") == {}
    with pytest.raises(LabkitError, match="no keys of AWS"):
        sessions_of(folder).of("learner-01")


def test_each_server_gets_its_learners_owner_and_the_way_out(on_aws: ClassFolder) -> None:
    first, second, _ = (environment(on_aws, one, "http://proxy:1") for one in on_aws.learners)
    assert first["LABKIT_TARGET"] == "aws"
    assert first["HTTPS_PROXY"] == "http://proxy:1"
    assert first["LABKIT_OWNER"] != second["LABKIT_OWNER"]
    assert first["LABKIT_BOUNDARY"].endswith(first["LABKIT_OWNER"])
    assert "credential_process" in Path(first["AWS_CONFIG_FILE"]).read_text()
    assert not [name for name in first if "SECRET" in name or "KEY" in name]


def test_without_a_room_no_proxy_is_named(on_aws: ClassFolder) -> None:
    assert "HTTPS_PROXY" not in environment(on_aws, on_aws.learners[0], None)


def test_a_learner_without_an_account_is_named_and_an_instructor_goes_without(
    on_aws: ClassFolder,
) -> None:
    nobodys = replace(on_aws, settings=replace(on_aws.settings, account=""))
    with pytest.raises(LabkitError, match="No account is named for learner-01"):
        environment(nobodys, nobodys.learners[0], None)
    assert environment(nobodys, nobodys.learner("instructor"), None) == {}


def test_the_guard_admits_the_classs_account_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("LABKIT_CLASS_ACCOUNT", raising=False)
    allow_account()
    assert not (tmp_path / "state").exists()
    monkeypatch.setenv("LABKIT_CLASS_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("AWS_REGION", "ap-northeast-2")
    allow_account()
    said = tomllib.loads((tmp_path / "state" / "labkit.toml").read_text())
    assert said == {"aws": {"accounts": [ACCOUNT], "regions": ["ap-northeast-2"]}}


class StandingClock(clock.Clock):
    """A clock that a test moves."""

    at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def moved() -> Iterator[StandingClock]:
    """Put a clock in place that stands at ten."""
    standing = StandingClock()
    before = clock.use(standing)
    yield standing
    clock.use(before)


def begun(began: list[str]) -> Any:
    def begin(who: str) -> dict[str, Any]:
        began.append(who)
        ends = clock.clock().now() + timedelta(hours=1)
        number = len(began)
        keys = {name: f"{name}-{number}" for name in ("AccessKeyId", "SecretAccessKey")}
        return keys | {"SessionToken": f"token-{number}", "Expiration": ends}

    return begin


def test_a_session_is_kept_and_renewed_before_it_ends(moved: StandingClock) -> None:
    began: list[str] = []
    sessions = RenewedSessions(begun(began))
    first = sessions.of("learner-01")
    assert first["Version"] == 1
    assert first["Expiration"] == "2026-06-13T11:00:00+00:00"
    moved.at = NOW + timedelta(minutes=39)
    assert sessions.of("learner-01") == first
    moved.at = NOW + timedelta(minutes=41)  # SDKs would ask again in four minutes
    assert sessions.of("learner-01")["AccessKeyId"] == "AccessKeyId-2"
    assert began == ["learner-01"] * 2


def test_each_learner_has_a_session_of_their_own(moved: StandingClock) -> None:
    began: list[str] = []
    sessions = RenewedSessions(begun(began))
    assert sessions.of("learner-01") != sessions.of("learner-02")
    assert began == ["learner-01", "learner-02"]


def test_the_config_is_what_botocore_reads() -> None:
    from botocore.configloader import load_config

    found = load_config(str(CONFIG))["profiles"]["default"]
    assert found == {"credential_process": "python -m labkit.classroom.credentials"}
