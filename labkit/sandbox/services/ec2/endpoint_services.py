"""The services that a VPC endpoint can lead to, by region.

moto asks all its services for theirs, which needs packages that the sandbox has no use for; here
its list of names suffices. A service with a gateway endpoint is listed once for each type, as AWS
lists it.
Source: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink" and "Gateway
endpoints".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.moto import base_backend, vpcs

GATEWAY_SERVICES = ("s3", "dynamodb")
"""The services that have gateway endpoints. Source: AWS PrivateLink Guide."""

ACROSS_REGIONS = (
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "iam",
    "kinesis-firehose",
    "kinesisanalytics",
    "kms",
    "lambda",
    "route53",
    "s3",
)
"""AWS's own services that an interface endpoint reaches in another region.
Source: AWS PrivateLink Guide, "AWS services that support cross-Region access", Nov 2025."""


def settle(backend: Any) -> None:
    """Put the services of the backend's region into moto's table, if they are not there yet."""
    table = vpcs.DEFAULT_VPC_ENDPOINT_SERVICES
    if backend.region_name not in table:
        table[backend.region_name] = _services(backend)


def exists(name: str, backend: Any) -> bool:
    """Tell whether `name` is a service of the backend's region, AWS's own or an account's."""
    found = backend.describe_vpc_endpoint_services([], [], 0, None, backend.region_name)
    return name in found["serviceNames"]


def exists_across_regions(name: str) -> bool:
    """Tell whether AWS's service `name` of another region can be reached from here."""
    parts = name.split(".", 3)
    return name.startswith("com.amazonaws.") and parts[-1] in ACROSS_REGIONS


def _services(backend: Any) -> list[dict[str, Any]]:
    region = backend.region_name
    zones = [zone.name for zone in backend.describe_availability_zones()]
    plain = vpcs.AWS_ENDPOINT_SERVICES
    covered = vpcs.COVERED_ENDPOINT_SERVICES
    services = []
    for name in sorted({*plain, *covered}):
        made = base_backend.BaseBackend.default_vpc_endpoint_service_factory(region, zones, name)
        if name in GATEWAY_SERVICES:
            gateway = base_backend.BaseBackend.default_vpc_endpoint_service_factory
            made += gateway(region, zones, name, "Gateway", private_dns_names=False)
        services += made
    return services
