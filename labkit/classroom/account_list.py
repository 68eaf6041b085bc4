"""`accounts.csv` of a class folder: an account for each learner, and the role that enters it.

AWS Organizations and Innovation Sandbox on AWS make such accounts; labkit makes none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from labkit.classroom.class_settings import ACCOUNT
from labkit.classroom.folder import ClassFolder
from labkit.errors import LabkitError

ACCOUNTS = "accounts.csv"
ROLE = "OrganizationAccountAccessRole"
"""What AWS Organizations makes in an account that it creates, unless told otherwise.

Source: Organizations API Reference, CreateAccount, RoleName."""


@dataclass(frozen=True)
class ListedAccount:
    """One line of the list.

    Attributes
    ----------
    account
        Its number, 12 digits.
    role
        Name, with its path, of the role that the instructor assumes there.
    """

    who: str
    account: str
    role: str = ROLE

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account}:role/{self.role}"


def read_accounts(folder: ClassFolder) -> dict[str, ListedAccount]:
    """Return each learner's account; empty for a class that shares one.

    Raises
    ------
    LabkitError
        A line is none, names nobody of the class, or a learner or account stands there twice.
    """
    path = folder.path / ACCOUNTS
    if not path.exists():
        return {}
    found: dict[str, ListedAccount] = {}
    for line, row in enumerate(csv.DictReader(_text(path).splitlines()), 2):
        one = _listed(row, f"{path}:{line}")
        folder.learner(one.who)
        if one.who in found or one.account in {other.account for other in found.values()}:
            raise LabkitError(f"{path}:{line}: {one.who} or {one.account} stands there twice.")
        found[one.who] = one
    return found


def account_of(folder: ClassFolder, who: str) -> str:
    """Return the number of the account that a learner works in.

    Raises
    ------
    LabkitError
        Neither the list nor the settings say it.
    """
    listed = read_accounts(folder)
    account = listed[who].account if who in listed else ("" if listed else folder.settings.account)
    if not account:
        raise LabkitError(
            f"No account is named for {who}: {ACCOUNTS} needs a line `{who},NUMBER`, or "
            "class.toml an account that all share."
        )
    return account


def _listed(row: dict[str, str | None], where: str) -> ListedAccount:
    who, account = (row.get("who") or "").strip(), (row.get("account") or "").strip()
    role = (row.get("role") or ROLE).strip()
    if not who or not ACCOUNT.fullmatch(account):
        raise LabkitError(f"{where}: needs who,account,role, the account with 12 digits.")
    if ":" in role:
        raise LabkitError(f"{where}: {role!r} has to be a role's name, not its ARN.")
    return ListedAccount(who, account, role)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabkitError(f"{path} cannot be read ({error}); nothing was done.") from error
