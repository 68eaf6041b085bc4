"""Attributes that `Fn::GetAtt` gives of a resource beside those that its handler tells.

For some types, CloudFormation gives every property that a resource has; MiniStack refuses it.
Source: the types are those of CloudFormation's own linter (cfn-lint, which takes every property of
theirs for an attribute); `AWS::SNS::Topic` and `AWS::SSM::Parameter` as AWS answers.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.cloudformation.handling import Handlers, Properties

TYPES = frozenset(
    (
        *("AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance", "AWS::EC2::SecurityGroup"),
        *("AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        *("AWS::Events::EventBus", "AWS::RDS::DBInstance", "AWS::RDS::DBParameterGroup"),
        *("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SSM::Parameter"),
    )
)
"""Types of which every property is an attribute."""


def with_properties(handlers: Handlers) -> Handlers:
    """Return handlers whose attributes hold the resource's properties, too."""

    def create(logical_id: str, properties: Properties, *more: Any) -> Any:
        physical_id, attributes = handlers["create"](logical_id, properties, *more)
        return physical_id, _written(properties) | (attributes or {})

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        updated_id, attributes = handlers["update"](physical_id, old, new, *more)
        return updated_id, _written(new) | (attributes or {})

    return handlers | {"create": create} | ({"update": update} if "update" in handlers else {})


def _written(properties: Properties) -> Properties:
    """Return properties as attributes have them: truth values are texts."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in properties.items()
    }
