"""What the policies that labkit publishes allow for one kind of resource's service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Right:
    """What a service adds to a statement; what the statement says else is in ``policies/base``.

    Attributes
    ----------
    policy, sid
        The policy, and the statement of it.
    actions
        As IAM names them.
    resources
        Patterns of ARNs; none where the statement is about all.
    passed_to
        Service principals to which learners may hand a role.
    """

    policy: str
    sid: str
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    passed_to: tuple[str, ...] = ()
