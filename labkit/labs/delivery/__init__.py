"""The delivery lessons: orders, placing them, what became of each, earlier lessons' services."""

from __future__ import annotations

from labkit.labs.delivery.eight_orders import EightOrders
from labkit.labs.delivery.handler_tests import run_tests
from labkit.labs.delivery.kept_orders import (
    let_write,
    orders_table,
    plain,
    powertools_layer,
    table,
    wait_until_active,
)
from labkit.labs.delivery.live_map import DeliveryMap
from labkit.labs.delivery.messages import receive_all, take_all, take_one
from labkit.labs.delivery.order_journey import journey
from labkit.labs.delivery.order_ledger import ledger
from labkit.labs.delivery.order_lines import order_lines
from labkit.labs.delivery.order_stream import orders
from labkit.labs.delivery.placing import place, post_order
from labkit.labs.delivery.service import order_api, queued_order_service
from labkit.labs.delivery.service_drawing import service_drawing
from labkit.labs.delivery.whole_service import whole_service

__all__ = [
    "DeliveryMap",
    "EightOrders",
    "journey",
    "ledger",
    "let_write",
    "order_api",
    "order_lines",
    "orders",
    "orders_table",
    "place",
    "plain",
    "post_order",
    "powertools_layer",
    "queued_order_service",
    "receive_all",
    "run_tests",
    "service_drawing",
    "table",
    "take_all",
    "take_one",
    "wait_until_active",
    "whole_service",
]
