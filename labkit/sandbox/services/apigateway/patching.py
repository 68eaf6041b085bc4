"""Patch operations: what a path leads to is changed as its kind asks, or the patch is refused.

MiniStack stores whatever text a patch has wherever its path leads, so that from then on no client
can read the API. AWS takes a truth that is none as false, and a number that is none not at all.
Source: API Gateway API Reference, "Patch operations" and PatchOperation; the texts as AWS answers
them.
"""

from __future__ import annotations

import copy
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound
from labkit.sandbox.services.apigateway.patch_paths import (
    LIST,
    NAMED,
    NAMELESS,
    NUMBER,
    RATE,
    TRUTH,
    UPDATES,
    Path,
    Update,
)

Patch = dict[str, Any]
Members = dict[str, Any]

BAD_REQUEST = "BadRequestException"


def apply(operation: str, patches: list[Patch], record: Members) -> None:
    """Change a record as patches ask, all of them or none.

    Parameters
    ----------
    operation
        The update, for example ``UpdateMethod``.
    patches
        Its patch operations.
    record
        What they change, members by their names in the API.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    update, changed = UPDATES[operation], copy.deepcopy(record)
    for patch in patches:
        path, parts = _target(update, patch)
        _apply(path, parts, patch, changed)
    record.clear()
    record.update(changed)


def bad_request(text: str) -> AwsError:
    """Return the refusal of a request that is not as it has to be."""
    return AwsError(text, BAD_REQUEST)


def parts_of(path: str) -> list[str]:
    """Return the parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]


def converted(kind: str, value: Any, path: str) -> Any:
    """Return a patch's value as what it changes has it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it has to be a number and is none.
    """
    if kind == TRUTH:
        return str(value).lower() == "true"
    if kind in (NUMBER, RATE):
        try:
            return int(value) if kind == NUMBER else float(value)
        except (TypeError, ValueError):
            raise bad_request(
                f"Invalid patch value '{value or ''}' for {path}: it has to be a number"
            ) from None
    return value


def _target(update: Update, patch: Patch) -> tuple[Path, list[str]]:
    """Return the path of an update that a patch is about, and its parts."""
    op, given = patch.get("op"), patch.get("path")
    parts = parts_of(given) if given else []
    path = next((one for one in update.paths if _leads(one.path, parts)), None)
    if path is not None and op in path.operations:
        return path, parts
    if update.named:
        choices = [one.path for one in update.paths if op in one.operations]
        choice = f"Must be one of: [{', '.join(choices)}]" if choices else NO_CHOICE
        raise bad_request(NAMED.format(path=given, op=op, choice=choice))
    if path is None or not update.operations_named:
        raise bad_request(NAMELESS.format(path=given or "null"))
    raise bad_request(
        f"Invalid patch operation specified. Must be one of: [{', '.join(path.operations)}]"
    )


NO_CHOICE = "Please choose supported operations"


def _leads(path: str, parts: list[str]) -> bool:
    wanted = path.strip("/").split("/")
    return len(wanted) == len(parts) and all(
        one in ("*", part) for one, part in zip(wanted, parts, strict=True)
    )


def _apply(path: Path, parts: list[str], patch: Patch, record: Members) -> None:
    op, value = patch["op"], patch.get("value")
    *before, last = parts
    if path.among == LIST:
        _change_list(record, path, parts, op, value)
        return
    holder = record
    for name in before:
        if not isinstance(holder.get(name), dict):
            holder[name] = {}
        holder = holder[name]
    if path.among:
        if op != "add" and last not in holder and path.missing:
            raise ResourceNotFound(path.missing, "NotFoundException")
        if op != "remove" and not value:
            raise bad_request(f"Invalid null or empty value in {before[-1]}")
    if op == "remove":
        holder.pop(last, None)
        if before and not holder:
            record.pop(before[0])
    else:
        holder[last] = converted(path.kind, value, patch["path"])


def _change_list(record: Members, path: Path, parts: list[str], op: str, value: Any) -> None:
    """Change a list: by the value, or by the path's last part where the path has one for it."""
    by_part = path.path.endswith("/*")
    *before, last = parts if by_part else [*parts, value]
    *way, name = before
    holder = record
    for one in way:
        holder = holder.setdefault(one, {})
    held: list[Any] = list(holder.get(name) or [])
    wanted = value if by_part and op == "replace" else last
    if op in ("remove", "replace") and last in held:
        held.remove(last)
    if op != "remove" and wanted not in held:
        held.append(wanted)
    holder[name] = held
