"""What an account allows, beside what a class of so many learners takes of it."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.aws.clients import Clients
from labkit.aws.policies import STUDENT
from labkit.course.doctor.account import concurrency, network
from labkit.course.doctor.findings import Finding, fine, warning

POLICIES_EACH = len(STUDENT) + 1
"""Those that a learner's role has, and the boundary of the roles that the learner makes."""
ROLES_EACH = 12
"""A learner's own, and those that lessons of one day make."""
DELETED_EVERY_S = 30
"""API Gateway deletes one REST API of an account in so many seconds.

Source: API Gateway Developer Guide, "Amazon API Gateway quotas"."""


def shared(clients: Clients, learners: int) -> Iterator[Finding]:
    """Compare the quotas of an account that so many learners share."""
    yield from concurrency(clients, learners)
    yield from network(clients, learners)
    yield from _identities(clients, learners)
    waits = learners * DELETED_EVERY_S / 60
    yield fine("REST APIs", f"after lesson 08 {learners} teardowns take up to {waits:g} minutes")


def own(clients: Clients) -> Iterator[Finding]:
    """Compare the quotas of one learner's own account."""
    yield from concurrency(clients)
    yield from network(clients)


def _identities(clients: Clients, learners: int) -> Iterator[Finding]:
    """Compare roles and policies with the account's own quotas, as IAM itself tells them."""
    summary = clients("iam").get_account_summary()["SummaryMap"]
    for name, each in (("Policies", POLICIES_EACH), ("Roles", ROLES_EACH)):
        used, quota, wanted = summary[name], summary[f"{name}Quota"], learners * each
        found = f"{used} of {quota} there; {learners} learners make up to {wanted}"
        if used + wanted > quota:
            yield warning(f"IAM: {name}", found, "Ask Service Quotas for more (IAM).")
        else:
            yield fine(f"IAM: {name}", found)
