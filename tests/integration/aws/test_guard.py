"""The guard before an account: the sandbox plays the account, reached as boto3 reaches AWS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from labkit.aws import guard
from labkit.aws.consent import CONSENT
from labkit.aws.embedded import Sandbox
from labkit.aws.opening import open_target
from labkit.aws.targets import EmbeddedTarget
from labkit.errors import LabkitError, Refused
from labkit.lab import Lab
from labkit.resources import runs
from tests.support import samples, shared_samples
from tests.support.account import ACCOUNT, REGION, consent, settings
from tests.support.census import census
from tests.support.fault_proxy import json_error, proxy_for
from tests.support.virtual_clock import virtual_clock


def test_a_prepared_account_is_worked_in_and_left_clean(account: Callable[[str], Any]) -> None:
    before = census(account)
    lab = Lab("delivery-queue", target="aws", region=REGION)
    assert (lab.account, lab.region, lab.target.name) == (ACCOUNT, REGION, "aws")
    samples.queue(lab)
    shared_samples.role(lab)
    assert len(census(account) - before) == 2
    with virtual_clock():
        [report] = runs.teardown_all(progress=False)
    assert report.clean, str(report)
    assert census(account) == before


@pytest.mark.usefixtures("account")
def test_an_account_that_is_not_listed(tmp_path: Path) -> None:
    settings(tmp_path, accounts=["999999999999"], regions=[REGION])
    with pytest.raises(Refused, match='not in the list "accounts"'):
        Lab("delivery-queue", target="aws", region=REGION)


@pytest.mark.usefixtures("account")
def test_a_region_that_is_not_listed(tmp_path: Path) -> None:
    settings(tmp_path, accounts=[ACCOUNT], regions=["us-east-1"])
    with pytest.raises(Refused, match="region is not in the list"):
        Lab("delivery-queue", target="aws", region=REGION)


@pytest.mark.usefixtures("account")
def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / guard.SETTINGS).write_text("[aws\n")
    with pytest.raises(Refused, match="could not be"):
        Lab("delivery-queue", target="aws", region=REGION)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[aws\n", "labkit.toml could not be read"),
        ("aws = 5\n", "labkit.toml could not be read"),
        ('[aws]\ncap_usd = "five"\n', "has to be a number, and is 'five'"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_settings_that_cannot_be_read_are_a_sentence_in_the_sandbox_too(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / guard.SETTINGS).write_text(text)
    with pytest.raises(Refused, match=said):
        Lab("delivery-queue")


def test_an_account_without_consent(account: Callable[[str], Any]) -> None:
    account("ssm").delete_parameter(Name=CONSENT)
    with pytest.raises(Refused, match="its owner has not consented"):
        Lab("delivery-queue", target="aws", region=REGION)


def test_a_consent_that_has_ended_or_says_nothing(account: Callable[[str], Any]) -> None:
    consent(account, until=date(2026, 1, 1))
    with pytest.raises(Refused, match="consent ended on 2026-01-01"):
        Lab("delivery-queue", target="aws", region=REGION)
    account("ssm").put_parameter(Name=CONSENT, Value="yes", Overwrite=True)
    with pytest.raises(Refused, match="has to hold JSON"):
        Lab("delivery-queue", target="aws", region=REGION)


def test_an_account_that_looks_like_production(account: Callable[[str], Any]) -> None:
    account("iam").create_account_alias(AccountAlias="shop-prod-eu")
    with pytest.raises(Refused, match="looks like production"):
        Lab("delivery-queue", target="aws", region=REGION)


@pytest.mark.usefixtures("account")
def test_the_root_user_is_refused(sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox["secret_access_key"])
    with pytest.raises(Refused, match="root user"):
        Lab("delivery-queue", target="aws", region=REGION)


@pytest.mark.usefixtures("account")
def test_an_alias_that_cannot_be_read(
    sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy_for(sandbox["endpoint"]) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        target = open_target("aws", REGION)
        no = json_error(403, "AccessDenied", "no")
        proxy.fault = lambda seen: no if b"ListAccountAliases" in seen.body else None
        with pytest.raises(Refused, match="could not be"):
            guard.admit(target)


@pytest.mark.usefixtures("account")
def test_a_session_without_a_token_only_reads(tmp_path: Path) -> None:
    client = open_target("aws", REGION).session.client("sqs")
    assert client.list_queues().get("QueueUrls", []) == []
    with pytest.raises(Refused, match="may only read"):
        client.create_queue(QueueName="orders")


def test_credentials_that_change_are_looked_at_again(
    account: Callable[[str], Any], sandbox: dict[str, Any]
) -> None:
    lab = Lab("delivery-queue", target="aws", region=REGION)
    credentials = lab.target.session._session.get_credentials()
    credentials.access_key = sandbox["account"]
    credentials.secret_key = sandbox["secret_access_key"]
    with pytest.raises(Refused, match="the credentials were switched"):
        samples.queue(lab)
    assert account("sqs").list_queues().get("QueueUrls", []) == []


@pytest.mark.usefixtures("account")
def test_another_accounts_run_is_not_torn_down(
    sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab("delivery-queue", target="aws", region=REGION)
    samples.queue(lab)
    mine = dict(lab.target.session.get_credentials().get_frozen_credentials()._asdict())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox["account"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox["secret_access_key"])
    [report] = runs.teardown_all(progress=False)
    assert [item.outcome for item in report.items] == ["blocked"]
    assert f"account {ACCOUNT}" in report.items[0].why
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", mine["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", mine["secret_key"])
    with virtual_clock():
        [report] = runs.teardown_all(progress=False)
    assert report.clean


def test_an_embedded_target_is_on_this_machine(sandbox: dict[str, Any]) -> None:
    far = Sandbox.from_json(sandbox | {"endpoint": "http://sqs.us-east-1.amazonaws.com"})
    with pytest.raises(LabkitError, match="not on this machine"):
        guard.admit(EmbeddedTarget(far, "us-east-1"))
