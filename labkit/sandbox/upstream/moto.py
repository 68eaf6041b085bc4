"""moto: what stands behind EC2, Auto Scaling, RDS and Elastic Load Balancing."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

ec2_models = UpstreamModule("moto.ec2.models", {"ec2_backends": "BackendDict"})
