"""An account for each learner, from a list that an instructor writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.classroom.account_list import ACCOUNTS, ROLE, account_of, read_accounts
from labkit.classroom.folder import ClassFolder
from labkit.errors import LabkitError

KIM, LEE = "111122223333", "444455556666"


def write(folder: ClassFolder, *lines: str) -> None:
    (folder.path / ACCOUNTS).write_text("\n".join(["who,account,role", *lines, ""]))


def test_each_learner_has_the_account_and_role_of_their_line(folder: ClassFolder) -> None:
    write(folder, f"learner-01,{KIM},", f"learner-02,{LEE},path/Admin")
    found = read_accounts(folder)
    assert found["learner-01"].role_arn == f"arn:aws:iam::{KIM}:role/{ROLE}"
    assert found["learner-02"].role_arn == f"arn:aws:iam::{LEE}:role/path/Admin"
    assert account_of(folder, "learner-02") == LEE


def test_a_list_without_roles_means_the_role_of_organizations(folder: ClassFolder) -> None:
    (folder.path / ACCOUNTS).write_text(f"who,account\nlearner-01,{KIM}\n")
    assert read_accounts(folder)["learner-01"].role == ROLE


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["learner-01,1111,"], r"accounts\.csv:2: needs who,account,role"),
        ([",111122223333,"], "needs who,account,role"),
        ([f"learner-09,{KIM},"], "Nobody in this class is called 'learner-09'"),
        ([f"learner-01,{KIM},", f"learner-01,{LEE},"], ":3: .* stands there twice"),
        ([f"learner-01,{KIM},", f"learner-02,{KIM},"], ":3: .* stands there twice"),
        ([f"learner-01,{KIM},arn:aws:iam::{KIM}:role/x"], "a role's name, not its ARN"),
    ],
)
def test_a_wrong_line_is_named(folder: ClassFolder, lines: list[str], said: str) -> None:
    write(folder, *lines)
    with pytest.raises(LabkitError, match=said):
        read_accounts(folder)


def test_who_has_no_account_is_said(folder: ClassFolder) -> None:
    with pytest.raises(LabkitError, match="No account is named for learner-01"):
        account_of(folder, "learner-01")
    write(folder, f"learner-01,{KIM},")
    with pytest.raises(LabkitError, match="needs a line `learner-02,NUMBER`"):
        account_of(folder, "learner-02")


def test_without_a_list_all_share_the_account_of_the_settings(folder: ClassFolder) -> None:
    shared = replace(folder, settings=replace(folder.settings, account=KIM))
    assert {account_of(shared, one.who) for one in shared.learners} == {KIM}
