"""Forcing cold starts, and proving that they were cold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pandas as pd

from labkit.errors import LabkitError

NONCE = "LABKIT_COLD_START"
"""Environment variable of the function whose only use is to have a new value each time."""

LOOK_EVERY_S, LOOKS = 0.25, 1200
"""Together 300 s, as botocore's own waiter, which looks once a second and would take up most of an
experiment's time."""


def force_cold(lambda_client: Any, function_name: str, **configuration: Any) -> None:
    """Have the next call meet a new execution environment.

    Sets an environment variable to a value that it never had, and waits until calls meet the new
    configuration: while an update is in progress they still meet the old one.

    Parameters
    ----------
    lambda_client : boto3 Lambda client
    function_name : str
    **configuration
        What else to change in the same update, as ``update_function_configuration`` takes it, for
        example ``MemorySize=512``. An ``Environment`` is added to what the function has.

    Raises
    ------
    LabkitError
        If the update fails or does not end.
    """
    variables = _variables(lambda_client.get_function_configuration(FunctionName=function_name))
    variables |= configuration.pop("Environment", {}).get("Variables", {})
    _update(
        lambda_client,
        function_name,
        Environment={"Variables": variables | {NONCE: uuid.uuid4().hex}},
        **configuration,
    )


@contextmanager
def restored_afterwards(lambda_client: Any, function_name: str) -> Iterator[dict[str, Any]]:
    """Give the function back its memory and environment variables when the block ends.

    Yields
    ------
    dict
        The configuration as it was.
    """
    before = lambda_client.get_function_configuration(FunctionName=function_name)
    try:
        yield before
    finally:
        _update(
            lambda_client,
            function_name,
            MemorySize=before["MemorySize"],
            Environment={"Variables": _variables(before)},
        )


def _variables(configuration: dict[str, Any]) -> dict[str, str]:
    return dict(configuration.get("Environment", {}).get("Variables", {}))


def _update(lambda_client: Any, function_name: str, **configuration: Any) -> None:
    """Change the configuration between two waits: one update refuses another while it runs."""
    from botocore.exceptions import WaiterError

    with suppress(WaiterError):  # an earlier update that failed does not stand in this one's way
        _wait_for_update(lambda_client, function_name)
    lambda_client.update_function_configuration(FunctionName=function_name, **configuration)
    try:
        _wait_for_update(lambda_client, function_name)
    except WaiterError as error:
        found = error.last_response.get("Configuration", {})
        raise LabkitError(
            f"The update of {function_name} did not succeed: "
            f"{found.get('LastUpdateStatusReason') or found.get('LastUpdateStatus') or error}. "
            "Calls meet the old configuration, so nothing was measured with the new one."
        ) from error


def _wait_for_update(lambda_client: Any, function_name: str) -> None:
    lambda_client.get_waiter("function_updated_v2").wait(
        FunctionName=function_name,
        WaiterConfig={"Delay": LOOK_EVERY_S, "MaxAttempts": LOOKS},
    )


def proof_of_cold(calls: pd.DataFrame) -> pd.DataFrame:
    """Show for each call what speaks for a cold start, and whether all of it does.

    Parameters
    ----------
    calls : pandas.DataFrame
        As `labkit.measure.calls.call_frame` gives it, of functions that hold a probe
        (`labkit.measure.probes`).

    Returns
    -------
    pandas.DataFrame
        One row per call, the same index:

        ======================= ============================================================
        init_reported           the report names an Init Duration
        new_instance            no earlier call of the frame was answered by this instance
        initialized_after_sent  it was initialised after the call had been sent
        proven                  all three
        start, evidence         of the call
        ======================= ============================================================
    """
    proof = pd.DataFrame(
        {
            "init_reported": calls["init_ms"].notna(),
            "new_instance": calls["instance"].notna() & ~calls["instance"].duplicated(),
            "initialized_after_sent": (calls["initialized_at"] >= calls["sent_at"]).astype(bool),
        }
    )
    proof["proven"] = proof.all(axis=1)
    return proof.join(calls[["start", "evidence"]])
