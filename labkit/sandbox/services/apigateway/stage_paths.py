"""The paths of a stage's patch operations, and what AWS says of others.

Source: API Gateway API Reference, "Patch operations" (Stage) and MethodSetting; the texts as AWS
answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.apigateway.patch_paths import TEXT, TRUTH
from labkit.sandbox.services.apigateway.patching import bad_request

KINDS = {
    "deploymentId": TEXT,
    "description": TEXT,
    "cacheClusterEnabled": TRUTH,
    "cacheClusterSize": TEXT,
    "clientCertificateId": TEXT,
    "documentationVersion": TEXT,
    "tracingEnabled": TRUTH,
}
"""What a stage's own paths lead to."""

IN_MAPS = ("variables", "accessLogSettings")
"""What has members that a path can name."""

OF_A_METHOD = (
    *("metrics/enabled", "logging/dataTrace", "logging/loglevel", "throttling/burstLimit"),
    *("throttling/rateLimit", "caching/ttlInSeconds", "caching/enabled", "caching/dataEncrypted"),
    *("caching/requireAuthorizationForCacheControl",),
    *("caching/unauthorizedCacheControlHeaderStrategy",),
)

_METHOD = "/{resourcePath}/{httpMethod}/"
CHOICES = (
    "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, "
    "/accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, "
    + "".join(f"{_METHOD}{one}, " for one in OF_A_METHOD[:3])
    + "".join(f"{_METHOD}{one}" for one in OF_A_METHOD[3:6])
    + ", "
    + "".join(f"{_METHOD}{one}, " for one in OF_A_METHOD[6:])
    + "".join(f"/*/*/{one}, " for one in OF_A_METHOD[:3])
    + "".join(f"/*/*/{one} " for one in OF_A_METHOD[3:5])
    + "".join(f"/*/*/{one}, " for one in OF_A_METHOD[5:])
    + "/variables/{variable_name}, /tracingEnabled"
)
"""The paths that AWS names, punctuated as AWS does."""


def unknown(path: Any) -> AwsError:
    """Return the refusal of a path that a stage does not have."""
    return bad_request(f"Invalid method setting path: {path}. Must be one of: [{CHOICES}]")


def no_setting(of_what: str) -> AwsError:
    """Return the refusal to remove what is not there."""
    return bad_request(
        f"Cannot remove method setting {of_what} because there is no method setting for this "
        "method "
    )
