"""One small resource of each kind, made through a lab's clients as a learner would make it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from labkit.lab import Lab
from labkit.resources.kinds.scheduler import EXPIRY
from tests.support.clients import plain_clients

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Service": [
                        "codebuild.amazonaws.com",
                        "codedeploy.amazonaws.com",
                        "codepipeline.amazonaws.com",
                        "lambda.amazonaws.com",
                        "scheduler.amazonaws.com",
                        "states.amazonaws.com",
                    ]
                },
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"}],
    }
)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what the sandbox does, by the real clock whatever the one in use."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def role(lab: Lab, name: str = "role") -> str:
    """Make a role that a function may take, with an inline policy; return its ARN."""
    iam = lab.client("iam")
    made = iam.create_role(RoleName=lab.name(name), AssumeRolePolicyDocument=TRUST)["Role"]
    iam.put_role_policy(RoleName=lab.name(name), PolicyName="grant", PolicyDocument=GRANT)
    return str(made["Arn"])


def policy(lab: Lab) -> str:
    """Make a managed policy with two versions, attached to a role; return its ARN."""
    iam = lab.client("iam")
    made = iam.create_policy(PolicyName=lab.name("policy"), PolicyDocument=GRANT)["Policy"]
    iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=GRANT, SetAsDefault=True)
    role(lab, "policy-role")
    iam.attach_role_policy(RoleName=lab.name("policy-role"), PolicyArn=made["Arn"])
    return str(made["Arn"])


def code(lab: Lab) -> dict[str, bytes]:
    """Return the code of a function that prints a line."""
    source = "def handler(event, context):\n    print('hello')\n    return event\n"
    (lab.folder / "hello.py").write_text(source)
    return {"ZipFile": lab.zip("hello.py")}


def function(lab: Lab) -> str:
    """Make a function and call it, so that Lambda makes its log group; return its name."""
    awslambda, name = lab.client("lambda"), lab.name("function")
    awslambda.create_function(
        FunctionName=name,
        Role=role(lab, "function-role"),
        Runtime="python3.13",
        Handler="hello.handler",
        Code=code(lab),
    )
    until(lambda: state_of(awslambda, name) == "Active")
    awslambda.invoke(FunctionName=name, Payload=b"{}")
    awslambda.publish_version(FunctionName=name)
    return name


def state_of(awslambda: Any, name: str) -> str:
    """Return a function's state (boto3's waiter would look only once a second)."""
    return str(awslambda.get_function_configuration(FunctionName=name)["State"])


def queue(lab: Lab) -> str:
    """Make a queue with a message; return its URL."""
    sqs = lab.client("sqs")
    url: str = sqs.create_queue(QueueName=lab.name("queue"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="an order")
    return url


def mapping(lab: Lab) -> str:
    """Make a trigger between a queue and a function; return its UUID."""
    name = function(lab)
    queue(lab)
    source = f"arn:aws:sqs:{lab.region}:{lab.account}:{lab.name('queue')}"
    made = lab.client("lambda").create_event_source_mapping(
        FunctionName=name, EventSourceArn=source
    )
    return str(made["UUID"])


def layer(lab: Lab) -> str:
    """Make a layer version; return its ARN."""
    made = lab.client("lambda").publish_layer_version(
        LayerName=lab.name("layer"), Content=code(lab)
    )
    return str(made["LayerVersionArn"])


def rest_api(lab: Lab) -> str:
    """Make an API with a method, deployed; return its id."""
    apigateway = lab.client("apigateway")
    api = apigateway.create_rest_api(name=lab.name("api"))["id"]
    root = apigateway.get_resources(restApiId=api)["items"][0]["id"]
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    apigateway.put_method(**where, authorizationType="NONE")
    apigateway.put_integration(**where, type="MOCK")
    apigateway.create_deployment(restApiId=api, stageName="prod")
    return str(api)


def log_group(lab: Lab) -> str:
    """Make a log group; return its name."""
    lab.client("logs").create_log_group(logGroupName=f"/orders/{lab.name('group')}")
    return f"/orders/{lab.name('group')}"


def alarm(lab: Lab) -> str:
    """Make an alarm; return its name."""
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName=lab.name("alarm"),
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    return lab.name("alarm")


def topic(lab: Lab) -> str:
    """Make a topic; return its ARN."""
    return str(lab.client("sns").create_topic(Name=lab.name("topic"))["TopicArn"])


def vpc(lab: Lab) -> str:
    """Make a VPC with a second CIDR block; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.associate_vpc_cidr_block(VpcId=made, CidrBlock="100.64.0.0/16")
    return made


def subnet(lab: Lab, vpc_id: str | None = None, third: int = 0) -> str:
    """Make a subnet, in a VPC of its own unless one is given; return its id."""
    made = lab.client("ec2").create_subnet(
        VpcId=vpc_id or vpc(lab),
        CidrBlock=f"10.0.{third}.0/24",
        AvailabilityZone=lab.region + "ac"[third % 2],
    )
    return str(made["Subnet"]["SubnetId"])


def internet_gateway(lab: Lab, vpc_id: str | None = None) -> str:
    """Make an internet gateway that is attached; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc_id or vpc(lab))
    return made


def route_table(lab: Lab) -> str:
    """Make a route table with a route and a subnet; return its id."""
    ec2, vpc_id = lab.client("ec2"), vpc(lab)
    made: str = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    gateway = internet_gateway(lab, vpc_id)
    ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=made, SubnetId=subnet(lab, vpc_id))
    return made


def elastic_ip(lab: Lab) -> str:
    """Make an Elastic IP address; return its allocation id."""
    return str(lab.client("ec2").allocate_address(Domain="vpc")["AllocationId"])


def nat_gateway(lab: Lab) -> str:
    """Make a NAT gateway with its address; return its id."""
    vpc_id = vpc(lab)
    internet_gateway(lab, vpc_id)
    made = lab.client("ec2").create_nat_gateway(
        SubnetId=subnet(lab, vpc_id), AllocationId=elastic_ip(lab)
    )
    return str(made["NatGateway"]["NatGatewayId"])


def vpc_endpoint(lab: Lab) -> str:
    """Make an interface endpoint with a security group; return its id."""
    vpc_id = vpc(lab)
    made = lab.client("ec2").create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{lab.region}.logs",
        SubnetIds=[subnet(lab, vpc_id)],
        SecurityGroupIds=[security_group(lab, vpc_id)],
        PrivateDnsEnabled=False,
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def security_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a security group that lets its own members in; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_security_group(
        GroupName=lab.name("group"), Description="sample", VpcId=vpc_id or vpc(lab)
    )["GroupId"]
    members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[members])
    return made


def network_acl(lab: Lab) -> str:
    """Make a network ACL that a subnet uses; return its id."""
    ec2, vpc_id = lab.client("ec2"), vpc(lab)
    made: str = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    subnet_id = subnet(lab, vpc_id)
    in_use = {"Name": "association.subnet-id", "Values": [subnet_id]}
    [acl] = ec2.describe_network_acls(Filters=[in_use])["NetworkAcls"]
    [association] = [one for one in acl["Associations"] if one["SubnetId"] == subnet_id]
    ec2.replace_network_acl_association(
        NetworkAclId=made, AssociationId=association["NetworkAclAssociationId"]
    )
    return made


def launch_template(lab: Lab) -> str:
    """Make a launch template; return its id."""
    ec2 = lab.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.create_launch_template(
        LaunchTemplateName=lab.name("template"),
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"},
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def auto_scaling_group(lab: Lab) -> str:
    """Make a group of one instance, with a warm pool; return its name."""
    autoscaling, name = lab.client("autoscaling"), lab.name("fleet")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateId": launch_template(lab), "Version": "$Latest"},
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        VPCZoneIdentifier=subnet(lab),
    )
    autoscaling.put_warm_pool(AutoScalingGroupName=name, MinSize=1)
    return name


def load_balancer(lab: Lab) -> str:
    """Make a network load balancer with a listener; return its ARN."""
    elbv2, vpc_id = lab.client("elbv2"), vpc(lab)
    internet_gateway(lab, vpc_id)
    made: str = elbv2.create_load_balancer(
        Name=lab.name("nlb"), Type="network", Subnets=[subnet(lab, vpc_id)]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    forward = {"Type": "forward", "TargetGroupArn": target_group(lab, vpc_id)}
    elbv2.create_listener(LoadBalancerArn=made, Protocol="TCP", Port=80, DefaultActions=[forward])
    return made


def target_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a target group; return its ARN."""
    made = lab.client("elbv2").create_target_group(
        Name=lab.name("tg"), Protocol="TCP", Port=80, VpcId=vpc_id or vpc(lab)
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def bucket(lab: Lab) -> str:
    """Make a bucket with versions of an object, a delete marker and half an upload."""
    s3, name = lab.client("s3"), lab.name("bucket")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": lab.region})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=name, Key="order", Body=body)
    s3.delete_object(Bucket=name, Key="order")
    s3.create_multipart_upload(Bucket=name, Key="big")
    return name


def network_interface(lab: Lab) -> str:
    """Make a network interface; return its id."""
    made = lab.client("ec2").create_network_interface(SubnetId=subnet(lab))
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def db_subnet_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a group of two subnets in two zones; return its name."""
    inside = vpc_id or vpc(lab)
    made = lab.client("rds").create_db_subnet_group(
        DBSubnetGroupName=lab.name("subnets"),
        DBSubnetGroupDescription="sample",
        SubnetIds=[subnet(lab, inside, third) for third in (0, 1)],
    )
    return str(made["DBSubnetGroup"]["DBSubnetGroupName"])


def db_instance(lab: Lab, **settings: Any) -> str:
    """Make a database; return its name."""
    made = lab.client("rds").create_db_instance(
        DBInstanceIdentifier=lab.name("db"),
        DBInstanceClass="db.t3.micro",
        **settings,
    )
    return str(made["DBInstance"]["DBInstanceIdentifier"])


def single_database(lab: Lab) -> str:
    """Make a protected database in subnets of its own; return its name."""
    return db_instance(
        lab,
        Engine="postgres",
        DBSubnetGroupName=db_subnet_group(lab),
        DeletionProtection=True,
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="at-least-8",
    )


def db_cluster(lab: Lab) -> str:
    """Make a protected cluster with a database in it; return its name."""
    made = lab.client("rds").create_db_cluster(
        DBClusterIdentifier=lab.name("cluster"),
        Engine="aurora-postgresql",
        DBSubnetGroupName=db_subnet_group(lab),
        MasterUsername="owner",
        MasterUserPassword="at-least-8",
        DeletionProtection=True,
    )
    name = str(made["DBCluster"]["DBClusterIdentifier"])
    db_instance(lab, Engine="aurora-postgresql", DBClusterIdentifier=name)
    return name


def db_proxy(lab: Lab) -> str:
    """Make a proxy before nothing yet, with the secret that it may read; return its name."""
    inside = vpc(lab)
    made = lab.client("rds").create_db_proxy(
        DBProxyName=lab.name("proxy"),
        EngineFamily="POSTGRESQL",
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": secret(lab)}],
        RoleArn=role(lab, "proxy-role"),
        VpcSubnetIds=[subnet(lab, inside, third) for third in (0, 1)],
    )
    return str(made["DBProxy"]["DBProxyName"])


def usage_plan(lab: Lab) -> str:
    """Make a usage plan for a deployed API, with a key; return its id."""
    apigateway, api = lab.client("apigateway"), rest_api(lab)
    made: str = apigateway.create_usage_plan(
        name=lab.name("plan"), apiStages=[{"apiId": api, "stage": "prod"}]
    )["id"]
    apigateway.create_usage_plan_key(usagePlanId=made, keyId=api_key(lab), keyType="API_KEY")
    return made


def api_key(lab: Lab) -> str:
    """Make an API key; return its id."""
    return str(lab.client("apigateway").create_api_key(name=lab.name("key"), enabled=True)["id"])


def http_api(lab: Lab) -> str:
    """Make an HTTP API with a route and a stage; return its id."""
    client = lab.client("apigatewayv2")
    made: str = client.create_api(Name=lab.name("http"), ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=made,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://example.com",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    client.create_route(ApiId=made, RouteKey="GET /", Target=f"integrations/{integration}")
    client.create_stage(ApiId=made, StageName="prod")
    return made


def composite_alarm(lab: Lab) -> str:
    """Make an alarm over another one; return its name."""
    rule = f"ALARM({alarm(lab)})"
    lab.client("cloudwatch").put_composite_alarm(AlarmName=lab.name("all"), AlarmRule=rule)
    return lab.name("all")


def dashboard(lab: Lab) -> str:
    """Make a dashboard of one line of text; return its name."""
    text = {"type": "text", "properties": {"markdown": "orders"}, "width": 3, "height": 3}
    body = json.dumps({"widgets": [text]})
    lab.client("cloudwatch").put_dashboard(DashboardName=lab.name("board"), DashboardBody=body)
    return lab.name("board")


def event_bus(lab: Lab) -> str:
    """Make an event bus; return its name."""
    lab.client("events").create_event_bus(Name=lab.name("bus"))
    return lab.name("bus")


def rule(lab: Lab) -> str:
    """Make a rule with a target on a bus of its own; return its ARN."""
    events, where = lab.client("events"), {"EventBusName": event_bus(lab)}
    made: str = events.put_rule(
        Name=lab.name("rule"), EventPattern=json.dumps({"source": ["shop"]}), **where
    )["RuleArn"]
    target = {"Id": "topic", "Arn": topic(lab)}
    events.put_targets(Rule=lab.name("rule"), Targets=[target], **where)
    return made


def schedule_group(lab: Lab) -> str:
    """Make a schedule group; return its name."""
    lab.client("scheduler").create_schedule_group(Name=lab.name("group"))
    return lab.name("group")


def schedule(lab: Lab) -> str:
    """Make a schedule in a group of its own; return its ARN."""
    made = lab.client("scheduler").create_schedule(
        Name=lab.name("nightly"),
        GroupName=schedule_group(lab),
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": topic(lab), "RoleArn": role(lab, "scheduler-role")},
    )
    return str(made["ScheduleArn"])


def switch(lab: Lab) -> None:
    """Make the schedule that ends a run in a prepared account; here it may call nothing."""
    iam = plain_clients(lab.target.sandbox.as_json())("iam")  # type: ignore[union-attr]
    of_account = {"RoleName": "labkit-switch-sample"}
    role = iam.create_role(**of_account, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    nothing = f"arn:aws:sqs:{lab.region}:{lab.account}:labkit-nothing"
    lab.client("scheduler").create_schedule(
        Name=lab.name(EXPIRY),
        ScheduleExpression="at(2026-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": nothing, "RoleArn": role, "Input": json.dumps({"run": lab.run_id})},
    )
    iam.delete_role(**of_account)


def state_machine(lab: Lab) -> str:
    """Make a state machine with an execution that waits for ten minutes; return its ARN."""
    client = lab.client("stepfunctions")
    states = {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}
    made: str = client.create_state_machine(
        name=lab.name("machine"),
        definition=json.dumps({"StartAt": "Wait", "States": states}),
        roleArn=role(lab, "machine-role"),
    )["stateMachineArn"]
    client.start_execution(stateMachineArn=made)
    return made


def table(lab: Lab) -> str:
    """Make a table with an item, protected against deletion; return its name."""
    dynamodb, name = lab.client("dynamodb"), lab.name("orders")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    until(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    dynamodb.put_item(TableName=name, Item={"order": {"S": "1"}})
    return name


def parameter(lab: Lab) -> str:
    """Make a parameter with two versions; return its name."""
    ssm, name = lab.client("ssm"), f"/shop/{lab.name('limit')}"
    ssm.put_parameter(Name=name, Value="10", Type="String")
    ssm.put_parameter(Name=name, Value="20", Type="String", Overwrite=True)
    return name


def stream(lab: Lab) -> str:
    """Make a stream with a record and a consumer; return its name."""
    kinesis, name = lab.client("kinesis"), lab.name("clicks")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    until(lambda: status_of_stream(kinesis, name) == "ACTIVE")
    kinesis.put_record(StreamName=name, Data=b"click", PartitionKey="page")
    kinesis.register_stream_consumer(StreamARN=summary["StreamARN"], ConsumerName="courier")
    return name


def status_of_stream(kinesis: Any, name: str) -> str:
    """Return a stream's status."""
    return str(
        kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"]
    )


def secret(lab: Lab) -> str:
    """Make a secret; return its ARN."""
    made = lab.client("secretsmanager").create_secret(Name=lab.name("key"), SecretString="hush")
    return str(made["ARN"])


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


def build_project(lab: Lab) -> str:
    """Make a project and a build of it, which is over; return the project's name."""
    codebuild, name = lab.client("codebuild"), lab.name("project")
    spec = "version: 0.2\nphases:\n  build:\n    commands: [echo built]\n"
    codebuild.create_project(
        name=name, source={"type": "NO_SOURCE", "buildspec": spec},
        artifacts={"type": "NO_ARTIFACTS"}, serviceRole=role(lab),
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                     "computeType": "BUILD_GENERAL1_SMALL"},
    )  # fmt: skip
    build = codebuild.start_build(projectName=name)["build"]["id"]
    until(lambda: codebuild.batch_get_builds(ids=[build])["builds"][0]["buildComplete"])
    return name


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


def sampling_rule(lab: Lab) -> str:
    """Make a rule by which everything of one service is traced; return its name."""
    name = lab.name("all")
    everything = dict.fromkeys(("ResourceARN", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
    rule = {"RuleName": name, "Priority": 1, "FixedRate": 1.0, "ReservoirSize": 0, "Version": 1}
    lab.client("xray").create_sampling_rule(
        SamplingRule=everything | rule | {"ServiceName": f"{name}/prod"}
    )
    return name


SAMPLES: dict[str, Callable[[Lab], str]] = {
    "IAM role": lambda lab: role(lab).rpartition("/")[2],
    "IAM policy": policy,
    "Lambda function": function,
    "Lambda event source mapping": mapping,
    "Lambda layer version": layer,
    "SQS queue": queue,
    "REST API": rest_api,
    "log group": log_group,
    "CloudWatch alarm": alarm,
    "SNS topic": topic,
    "usage plan": usage_plan,
    "API key": api_key,
    "HTTP API": http_api,
    "composite alarm": composite_alarm,
    "CloudWatch dashboard": dashboard,
    "EventBridge event bus": event_bus,
    "EventBridge rule": rule,
    "schedule group": schedule_group,
    "schedule": schedule,
    "state machine": state_machine,
    "DynamoDB table": table,
    "SSM parameter": parameter,
    "Kinesis stream": stream,
    "secret": secret,
    "CloudFormation stack": stack,
    "OIDC provider": oidc_provider,
    "CodeDeploy application": codedeploy_application,
    "deployment configuration": deployment_configuration,
    "CodeBuild project": build_project,
    "pipeline": pipeline,
    "sampling rule": sampling_rule,
    "VPC": vpc,
    "subnet": subnet,
    "internet gateway": internet_gateway,
    "route table": route_table,
    "NAT gateway": nat_gateway,
    "Elastic IP": elastic_ip,
    "VPC endpoint": vpc_endpoint,
    "network interface": network_interface,
    "security group": security_group,
    "network ACL": network_acl,
    "launch template": launch_template,
    "Auto Scaling group": auto_scaling_group,
    "load balancer": load_balancer,
    "target group": target_group,
    "DB subnet group": db_subnet_group,
    "DB instance": single_database,
    "DB cluster": db_cluster,
    "DB proxy": db_proxy,
    "S3 bucket": bucket,
}
"""For each kind a function that makes one, with what it needs, and returns the journalled id."""
