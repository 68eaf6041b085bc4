"""Numbers as people write them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Write a duration with its unit: "under 1 ms", "45 ms", "1.25 s", "12.5 s", "3 min 5 s"."""
    if seconds < 0.001:
        return "under 1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def count(n: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: "1 order", "2 orders"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def money(usd: float) -> str:
    """Write an amount of USD: "$0", "$9.49", "$108.66", "$1,234"."""
    if usd == 0 or abs(usd) >= 1000:
        return f"${usd:,.0f}"
    return f"${usd:,.2f}"
