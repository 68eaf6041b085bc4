"""MiniStack's Budgets."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

budgets = UpstreamModule(
    "ministack.services.budgets",
    {
        "_create_budget": "(data)",
        "_delete_budget": "(data)",
    },
)
