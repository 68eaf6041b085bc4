"""SNS: what AWS refuses of subscriptions and messages is, and a delivery asks whom it reaches."""

from __future__ import annotations

from collections.abc import Awaitable

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Provider, around, instead, operation
from labkit.sandbox.services.sns import delivery, filter_policies, rules
from labkit.sandbox.upstream.sns import sns


class Sns(Provider):
    """SNS."""

    hooks = (
        around(sns, "_deliver_to_sqs", delivery.to_queue),
        instead(sns, "_deliver_to_lambda", delivery.to_function),
        instead(sns, "_matches_filter_policy", filter_policies.matches),
    )

    @operation("Subscribe")
    def subscribe(self, request: Request) -> Awaitable[Response]:
        """Subscribe, with a filter policy that can be read."""
        rules.check_subscription(request.parameters)
        return request.forward()

    @operation("SetSubscriptionAttributes")
    def set_subscription_attributes(self, request: Request) -> Awaitable[Response]:
        """Change a subscription, to a filter policy that can be read."""
        rules.check_attribute(request.parameters)
        return request.forward()

    @operation("Publish")
    def publish(self, request: Request) -> Awaitable[Response]:
        """Publish a message that says something."""
        rules.check_message(request.parameters)
        return request.forward()


PROVIDER = Sns()
