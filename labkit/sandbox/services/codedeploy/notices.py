"""What EventBridge is told of a deployment.

Source: CodeDeploy User Guide, "Monitoring deployments with Amazon CloudWatch Events" ("CodeDeploy
Deployment State-change Notification").
"""

from __future__ import annotations

import json

from labkit.sandbox.services.codedeploy.records import Deployment
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.events import eventbridge

STATES = {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}
"""What a deployment's last status is called in an event."""


async def tell(deployment: Deployment, state: str = "") -> None:
    """Put an event about a deployment's state on the default bus."""
    info = deployment.info
    account, region = deployment.place
    arn = f"arn:aws:codedeploy:{region}:{account}"
    group = f"{info['applicationName']}/{info['deploymentGroupName']}"
    detail = {
        "region": region,
        "deploymentId": deployment.id,
        "application": info["applicationName"],
        "deploymentGroup": info["deploymentGroupName"],
        "state": state or STATES[info["status"]],
    }
    entry = {
        "Source": "aws.codedeploy",
        "DetailType": "CodeDeploy Deployment State-change Notification",
        "Detail": json.dumps(detail),
        "Resources": [
            f"{arn}:application:{info['applicationName']}",
            f"{arn}:deploymentgroup:{group}",
        ],
    }
    with responses.request_scope(account, region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
