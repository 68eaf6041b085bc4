"""SNS: topics, subscriptions, filter policies and deliveries."""

from __future__ import annotations

from labkit.sandbox.upstream.when_loaded import when_loaded


def install() -> None:
    """Put every part of this room into MiniStack."""
    when_loaded("ministack.services.sns", _install)


def _install() -> None:
    from labkit.sandbox.services.sns import delivery, filter_policies, rules

    for part in (rules, filter_policies, delivery):
        part.install()
