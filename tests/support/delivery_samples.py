"""One of each kind that delivers others: stacks, builds, deployments, pipelines."""

from __future__ import annotations

import json
from typing import Any

from labkit.lab import Lab
from tests.support.shared_samples import bucket, role, until


def stack(lab: Lab) -> str:
    """Make a stack of one queue; return its id."""
    queue_in_it = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": lab.name("stacked")}}
    template = json.dumps({"Resources": {"Queue": queue_in_it}})
    client = lab.client("cloudformation")
    made: str = client.create_stack(StackName=lab.name("stack"), TemplateBody=template)["StackId"]
    until(lambda: status_of(client, made) == "CREATE_COMPLETE")
    return made


def status_of(cloudformation: Any, stack_id: str) -> str:
    """Return a stack's status."""
    [described] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    return str(described["StackStatus"])


def oidc_provider(lab: Lab) -> str:
    """Make a provider of an issuer; return its ARN."""
    made = lab.client("iam").create_open_id_connect_provider(
        Url=f"https://{lab.name('token')}.example.com", ClientIDList=["sts.amazonaws.com"]
    )
    return str(made["OpenIDConnectProviderArn"])


def codedeploy_application(lab: Lab) -> str:
    """Make an application with a deployment group; return its name."""
    codedeploy, name = lab.client("codedeploy"), lab.name("application")
    codedeploy.create_application(applicationName=name, computePlatform="Lambda")
    codedeploy.create_deployment_group(
        applicationName=name, deploymentGroupName="group", serviceRoleArn=role(lab),
        deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce",
    )  # fmt: skip
    return name


def deployment_configuration(lab: Lab) -> str:
    """Make a deployment configuration; return its name."""
    shift = {"canaryPercentage": 10, "canaryInterval": 1}
    lab.client("codedeploy").create_deployment_config(
        deploymentConfigName=lab.name("canary"), computePlatform="Lambda",
        trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": shift},
    )  # fmt: skip
    return lab.name("canary")


BUILD = "version: 0.2\nphases:\n  build:\n    commands: [echo built]\n"
TESTS = """\
version: 0.2
phases:
  build:
    commands: ["echo '<testsuite><testcase name=\\"a\\"/></testsuite>' > report.xml"]
reports:
  tests:
    files: [report.xml]
"""


def build_project(lab: Lab, spec: str = BUILD, service_role: str = "") -> str:
    """Make a project and a build of it, which is over; return the project's name."""
    codebuild, name = lab.client("codebuild"), lab.name("project")
    codebuild.create_project(
        name=name, source={"type": "NO_SOURCE", "buildspec": spec},
        artifacts={"type": "NO_ARTIFACTS"}, serviceRole=service_role or role(lab),
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                     "computeType": "BUILD_GENERAL1_SMALL"},
    )  # fmt: skip
    build = codebuild.start_build(projectName=name)["build"]["id"]
    until(lambda: codebuild.batch_get_builds(ids=[build])["builds"][0]["buildComplete"])
    return name


def report_group(lab: Lab) -> str:
    """Make a report group, and a build that puts a report into it; return the group's ARN."""
    codebuild = lab.client("codebuild")
    name = f"{lab.name('project')}-tests"  # as CodeBuild names it after the project and the report
    group = codebuild.create_report_group(
        name=name, type="TEST", exportConfig={"exportConfigType": "NO_EXPORT"}
    )["reportGroup"]["arn"]
    service_role = role(lab)
    rights = ("CreateReport", "UpdateReport", "BatchPutTestCases")
    statement = {
        "Effect": "Allow",
        "Action": [f"codebuild:{one}" for one in rights],
        "Resource": group,
    }
    lab.client("iam").put_role_policy(
        RoleName=lab.name("role"), PolicyName="report",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    build_project(lab, TESTS, service_role)
    assert codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"]
    return str(group)


def pipeline(lab: Lab) -> str:
    """Make a pipeline that waits for an approval; return its name."""
    bucket_name, name = bucket(lab), lab.name("pipeline")
    s3 = lab.client("s3")
    s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket_name, Key="source.zip", Body=b"source")

    def action(of: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": of, "actionTypeId": kind} | more

    fetched = {
        "S3Bucket": bucket_name,
        "S3ObjectKey": "source.zip",
        "PollForSourceChanges": "false",
    }
    lab.client("codepipeline").create_pipeline(
        pipeline={
            "name": name,
            "roleArn": role(lab),
            "artifactStore": {"type": "S3", "location": bucket_name},
            "stages": [
                {"name": "source", "actions": [
                    action("fetch", "Source", "S3", configuration=fetched,
                           outputArtifacts=[{"name": "Source"}])]},
                {"name": "approve", "actions": [action("approve", "Approval", "Manual")]},
            ],
        }
    )  # fmt: skip
    return name
