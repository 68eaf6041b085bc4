"""Does one step of the saga: charges the card, or sends a courier."""

import os
import time

from watch import say, span

WORK_S = 0.1


class CardDeclined(Exception):
    """The bank said no."""


def handler(event, context):
    step, order = event["step"], event["order"]
    say(f"order.{step}", order)
    with span(step, order):
        time.sleep(float(os.environ.get("COURIER_S", WORK_S)) if step == "dispatch" else WORK_S)
        if step == "charge" and os.environ.get("BANK") == "closed":
            raise CardDeclined("the bank refused the card")
