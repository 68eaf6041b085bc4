"""Faults to be found: each is one change of the service by ordinary API calls, and can be undone.

None of them says what it is where a learner looks first: what it does shows in logs, metrics and
traces.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from labkit.labs.lab_run import LabRun
from labkit.labs.observability.watched_service import (
    MAY_KEEP,
    TIMEOUT_S,
    WatchedService,
    let_keep,
    set_up,
    variables,
)
from labkit.polling import wait_until

WHERE = ("front", "queue", "kitchen", "saga")
"""Parts of the service in which a fault may be."""
WHAT = ("error", "no permission", "slow", "stopped", "throttled", "timeout")
"""What may be wrong there."""
DIAGNOSIS = "diagnosis.json"
"""Where a learner's diagnosis is written, in `lab.folder`."""
SHORT_TIMEOUT_S = 1
SLOW_COOK_S = 1.4
SLOW_COURIER_S = 2.5

Change = Callable[[LabRun, WatchedService], None]
Look = Callable[[LabRun, WatchedService], bool]


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes
    ----------
    where, what
        The right diagnosis: of `WHERE` and `WHAT`.
    story
        What has happened, told when it is over.
    seen
        By which means it shows.
    make, undo
        Bring it in, and take it out.
    is_there
        Tells by AWS's API whether it is there.
    """

    where: str
    what: str
    story: str
    seen: str
    make: Change
    undo: Change
    is_there: Look


def inject(lab: LabRun, service: WatchedService, fault: Fault | None = None) -> None:
    """Bring in one fault, drawn by chance, and say nothing."""
    mend(lab, service)
    drawn = fault or random.choice(FAULTS)
    drawn.make(lab, service)


def mend(lab: LabRun, service: WatchedService) -> None:
    """Take every fault out that is there."""
    for fault in FAULTS:
        if fault.is_there(lab, service):
            fault.undo(lab, service)


def report(lab: LabRun, where: str, what: str) -> None:
    """Write a diagnosis down: where it is, and what.

    Raises
    ------
    ValueError
        If it names no such place or cause.
    """
    if where not in WHERE or what not in WHAT:
        raise ValueError(
            f"where is one of {', '.join(WHERE)}; what is one of {', '.join(WHAT)}. "
            "Nothing was written."
        )
    text = json.dumps({"where": where, "what": what})
    (lab.folder / DIAGNOSIS).write_text(text, encoding="utf-8")


def reveal(lab: LabRun, service: WatchedService) -> Fault | None:
    """Return the fault that is there; None if there is none."""
    return next((fault for fault in FAULTS if fault.is_there(lab, service)), None)


def _with_variable(function: str, name: str, value: str) -> tuple[Change, Change, Look]:
    def make(lab: LabRun, service: WatchedService) -> None:
        changed = variables(lab, function) | {name: value}
        set_up(lab, function, Environment={"Variables": changed})

    def undo(lab: LabRun, service: WatchedService) -> None:
        left = {k: v for k, v in variables(lab, function).items() if k != name}
        set_up(lab, function, Environment={"Variables": left})

    def is_there(lab: LabRun, service: WatchedService) -> bool:
        return name in variables(lab, function)

    return make, undo, is_there


def _forbid(lab: LabRun, service: WatchedService) -> None:
    lab.client("iam").delete_role_policy(RoleName=lab.name("kitchen-role"), PolicyName=MAY_KEEP)


def _allow(lab: LabRun, service: WatchedService) -> None:
    let_keep(lab, service.table)


def _is_forbidden(lab: LabRun, service: WatchedService) -> bool:
    found = lab.client("iam").list_role_policies(RoleName=lab.name("kitchen-role"))
    return MAY_KEEP not in found["PolicyNames"]


def _throttle(lab: LabRun, service: WatchedService) -> None:
    lab.client("lambda").put_function_concurrency(
        FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=0
    )


def _unthrottle(lab: LabRun, service: WatchedService) -> None:
    lab.client("lambda").delete_function_concurrency(FunctionName=lab.name("kitchen"))


def _is_throttled(lab: LabRun, service: WatchedService) -> bool:
    found = lab.client("lambda").get_function_concurrency(FunctionName=lab.name("kitchen"))
    return bool(found.get("ReservedConcurrentExecutions") == 0)


def _hurry(lab: LabRun, service: WatchedService) -> None:
    changed = variables(lab, "kitchen") | {"COOK_S": str(SLOW_COOK_S)}
    set_up(lab, "kitchen", Timeout=SHORT_TIMEOUT_S, Environment={"Variables": changed})


def _unhurry(lab: LabRun, service: WatchedService) -> None:
    left = {k: v for k, v in variables(lab, "kitchen").items() if k != "COOK_S"}
    set_up(lab, "kitchen", Timeout=TIMEOUT_S, Environment={"Variables": left})


def _is_hurried(lab: LabRun, service: WatchedService) -> bool:
    found = lab.client("lambda").get_function_configuration(FunctionName=lab.name("kitchen"))
    return bool(found["Timeout"] == SHORT_TIMEOUT_S)


def _stop(lab: LabRun, service: WatchedService) -> None:
    _set_mapping(lab, service, enabled=False)


def _start(lab: LabRun, service: WatchedService) -> None:
    _set_mapping(lab, service, enabled=True)


def _is_stopped(lab: LabRun, service: WatchedService) -> bool:
    mapping = lab.client("lambda").get_event_source_mapping(UUID=service.mapping_id)
    return mapping["State"] in ("Disabled", "Disabling")


def _set_mapping(lab: LabRun, service: WatchedService, *, enabled: bool) -> None:
    awslambda, uuid = lab.client("lambda"), service.mapping_id
    wanted = "Enabled" if enabled else "Disabled"
    awslambda.update_event_source_mapping(UUID=uuid, Enabled=enabled)
    wait_until(
        lambda: awslambda.get_event_source_mapping(UUID=uuid)["State"] == wanted,
        seconds=120,
        what=f"the event source mapping to be {wanted}",
    )


FAULTS = (
    Fault(
        "front",
        "error",
        "A check of the orders' notes went in: a note without a full stop is refused with an "
        "exception, and the customer gets a 502.",
        "5XXError of the API; ValueError in the log of front; a fault at front in the traces",
        *_with_variable("front", "MENU", "strict"),
    ),
    Fault(
        "queue",
        "stopped",
        "Somebody has disabled the event source mapping: nobody takes orders out of the queue.",
        "the age of the oldest message grows, no message is in flight, the kitchen is not called",
        _stop,
        _start,
        _is_stopped,
    ),
    Fault(
        "kitchen",
        "throttled",
        "The kitchen's reserved concurrency is 0: each call of it is refused.",
        "Throttles of the kitchen; the age of the oldest message grows; no line in its log",
        _throttle,
        _unthrottle,
        _is_throttled,
    ),
    Fault(
        "kitchen",
        "no permission",
        "The kitchen's role has lost dynamodb:PutItem: every order ends among the dead letters.",
        "Errors of the kitchen; AccessDeniedException in the message of an error in its log; a "
        "fault at DynamoDB in a trace",
        _forbid,
        _allow,
        _is_forbidden,
    ),
    Fault(
        "kitchen",
        "timeout",
        "Cooking takes longer, and the kitchen's timeout went down to 1 s: Lambda ends each call.",
        "Errors of the kitchen; status timeout in its log; a segment that ends at 1 s",
        _hurry,
        _unhurry,
        _is_hurried,
    ),
    Fault(
        "saga",
        "slow",
        "The courier service answers slowly: the step dispatch takes seconds.",
        "in the trace dispatch is the longest bar; Duration of steps",
        *_with_variable("steps", "COURIER_S", str(SLOW_COURIER_S)),
    ),
    Fault(
        "saga",
        "error",
        "The bank refuses every card: the saga fails at its first step.",
        "Errors of steps; CardDeclined in its log; a fault at charge in the traces",
        *_with_variable("steps", "BANK", "closed"),
    ),
)
"""Seven faults, four places, six causes."""
