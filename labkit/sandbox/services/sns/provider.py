"""SNS: topics, subscriptions and messages are the sandbox's own; mobile push is MiniStack's."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Provider, instead, operation
from labkit.sandbox.services.sns import (
    arns,
    phones,
    policies,
    publishing,
    subscriptions,
    topics,
)
from labkit.sandbox.upstream.sns import sns

Data = dict[str, Any]


class Sns(Provider):
    """SNS."""

    hooks = (
        instead(sns, "publish_internal", publishing.from_service),
        instead(sns, "_fanout", publishing.fan_out),
    )

    @operation("CreateTopic")
    def create_topic(self, request: Request) -> Data:
        """Make a topic, or find the same one."""
        return {"TopicArn": topics.create(request)}

    @operation("DeleteTopic")
    def delete_topic(self, request: Request) -> None:
        """Delete a topic with its subscriptions."""
        arns.check(request.parameters["TopicArn"])
        topics.delete(request.parameters["TopicArn"])

    @operation("ListTopics")
    def list_topics(self, request: Request) -> Data:
        """List an account's topics."""
        return topics.listed(request.parameters.get("NextToken"))

    @operation("GetTopicAttributes")
    def get_topic_attributes(self, request: Request) -> Data:
        """Show a topic."""
        return {"Attributes": topics.attributes_of(arns.topic(request.parameters["TopicArn"]))}

    @operation("SetTopicAttributes")
    def set_topic_attributes(self, request: Request) -> None:
        """Change a topic."""
        given = request.parameters
        topic = arns.topic(given["TopicArn"])
        topics.change(topic, given["AttributeName"], given.get("AttributeValue") or "")

    @operation("AddPermission")
    def add_permission(self, request: Request) -> None:
        """Let accounts do something with a topic."""
        given = request.parameters
        topic = arns.topic(given["TopicArn"])
        policies.allow(topic, given["Label"], given["AWSAccountId"], given["ActionName"])

    @operation("RemovePermission")
    def remove_permission(self, request: Request) -> None:
        """Take such a permission back."""
        topic = arns.topic(request.parameters["TopicArn"])
        policies.withdraw(topic, request.parameters["Label"])

    @operation("GetDataProtectionPolicy")
    def get_data_protection_policy(self, request: Request) -> Data:
        """Show a topic's data protection policy, which does nothing here."""
        topic = arns.topic(request.parameters["ResourceArn"], "ResourceArn")
        return {"DataProtectionPolicy": topic.get("data_protection_policy", "")}

    @operation("PutDataProtectionPolicy")
    def put_data_protection_policy(self, request: Request) -> None:
        """Keep a topic's data protection policy."""
        given = request.parameters
        topic = arns.topic(given["ResourceArn"], "ResourceArn")
        topic["data_protection_policy"] = given["DataProtectionPolicy"]

    @operation("TagResource")
    def tag_resource(self, request: Request) -> None:
        """Put tags on a topic."""
        topic = arns.tagged(request.parameters["ResourceArn"])
        topics.add_tags(topic, request.parameters["Tags"])

    @operation("UntagResource")
    def untag_resource(self, request: Request) -> None:
        """Take tags off a topic."""
        topic = arns.tagged(request.parameters["ResourceArn"])
        for key in request.parameters["TagKeys"]:
            topic["tags"].pop(key, None)

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Request) -> Data:
        """List a topic's tags."""
        topic = arns.tagged(request.parameters["ResourceArn"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in topic["tags"].items()]}

    @operation("Subscribe")
    def subscribe(self, request: Request) -> Data:
        """Subscribe an endpoint."""
        return {"SubscriptionArn": subscriptions.subscribe(request)}

    @operation("ConfirmSubscription")
    def confirm_subscription(self, request: Request) -> Data:
        """Confirm a subscription by its token."""
        given = request.parameters
        signed = request.caller is not None
        arn = subscriptions.confirm(given["TopicArn"], given["Token"], signed=signed)
        return {"SubscriptionArn": arn}

    @operation("Unsubscribe")
    def unsubscribe(self, request: Request) -> None:
        """End a subscription."""
        subscriptions.unsubscribe(request.parameters.get("SubscriptionArn"))

    @operation("GetSubscriptionAttributes")
    def get_subscription_attributes(self, request: Request) -> Data:
        """Show a subscription."""
        one = arns.subscription(request.parameters["SubscriptionArn"])
        return {"Attributes": subscriptions.attributes_of(one)}

    @operation("SetSubscriptionAttributes")
    def set_subscription_attributes(self, request: Request) -> None:
        """Change a subscription."""
        given = request.parameters
        value = given.get("AttributeValue") or ""
        subscriptions.change(given["SubscriptionArn"], given["AttributeName"], value)

    @operation("ListSubscriptions")
    def list_subscriptions(self, request: Request) -> Data:
        """List all subscriptions of an account's topics."""
        return subscriptions.listed(None, request.parameters.get("NextToken"))

    @operation("ListSubscriptionsByTopic")
    def list_subscriptions_by_topic(self, request: Request) -> Data:
        """List a topic's subscriptions."""
        given = request.parameters
        return subscriptions.listed(given["TopicArn"], given.get("NextToken"))

    @operation("Publish")
    async def publish(self, request: Request) -> Data | Response:
        """Publish a message; one to a phone or a device goes nowhere."""
        given = request.parameters
        if "PhoneNumber" in given:
            return phones.published(given)
        if given.get("TargetArn") in sns._platform_endpoints:
            return await request.forward()
        return publishing.publish(request)

    @operation("PublishBatch")
    def publish_batch(self, request: Request) -> Data:
        """Publish up to ten messages."""
        return publishing.publish_batch(request)


PROVIDER = Sns()
