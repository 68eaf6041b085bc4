"""How many resources a run holds, in the same words wherever that is said."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.resources.journal import Item


def in_words(items: Sequence[Item]) -> str:
    """Count resources; those that AWS makes by itself alongside are counted apart.

    Of these the journal knows which there may be: a log group is made with its first line.

    Parameters
    ----------
    items
        From `Journal.open_items`.

    Examples
    --------
    ``3 resources, and up to 1 that AWS makes beside them as they are used (log group)``
    """
    beside = [item.kind for item in items if item.implied]
    made = len(items) - len(beside)
    said = f"{made} resource{'' if made == 1 else 's'}"
    if not beside:
        return said
    kinds = ", ".join(
        kind if beside.count(kind) == 1 else f"{kind}s" for kind in dict.fromkeys(beside)
    )
    return f"{said}, and up to {len(beside)} that AWS makes beside them as they are used ({kinds})"
