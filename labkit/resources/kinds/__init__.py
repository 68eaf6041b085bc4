"""Every kind of resource that labkit can create and take away again, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labkit.resources.kind import Kind
from labkit.resources.kinds import apigateway, awslambda, cloudwatch, iam, logs, sns, sqs

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            iam.Role(),
            iam.ManagedPolicy(),
            awslambda.Function(),
            awslambda.EventSourceMapping(),
            awslambda.LayerVersion(),
            sqs.Queue(),
            apigateway.RestApi(),
            logs.LogGroup(),
            cloudwatch.Alarm(),
            sns.Topic(),
        )
    }
)
