"""The CI/CD lesson: a service under a pipeline, deployments watched, tokens of a workflow's run."""

from __future__ import annotations

from labkit.labs.deployments.deployment_timeline import deployment_timeline
from labkit.labs.deployments.deployment_watch import DeploymentWatch
from labkit.labs.deployments.first_version import first_version
from labkit.labs.deployments.order_counts import kept_orders, met_versions
from labkit.labs.deployments.pipeline import DeliveryPipeline, delivery_pipeline
from labkit.labs.deployments.pipeline_graph import pipeline_graph
from labkit.labs.deployments.pipeline_roles import role_table
from labkit.labs.deployments.release import Release, Releases
from labkit.labs.deployments.tokens import GitHubRuns
from labkit.labs.deployments.trust import lets_in
from labkit.labs.deployments.working_copy import WorkingCopy

__all__ = [
    "DeliveryPipeline",
    "DeploymentWatch",
    "GitHubRuns",
    "Release",
    "Releases",
    "WorkingCopy",
    "delivery_pipeline",
    "deployment_timeline",
    "first_version",
    "kept_orders",
    "lets_in",
    "met_versions",
    "pipeline_graph",
    "role_table",
]
