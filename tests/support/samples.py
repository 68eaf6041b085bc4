"""One small resource of each kind, made through a lab's clients as a learner would make it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.lab import Lab
from labkit.resources.kinds.scheduler import EXPIRY
from tests.support.clients import plain_clients
from tests.support.delivery_samples import (
    build_project,
    codedeploy_application,
    deployment_configuration,
    oidc_provider,
    pipeline,
    report_group,
    stack,
)
from tests.support.network_samples import (
    auto_scaling_group,
    db_cluster,
    db_proxy,
    db_subnet_group,
    elastic_ip,
    internet_gateway,
    launch_template,
    load_balancer,
    nat_gateway,
    network_acl,
    network_interface,
    route_table,
    security_group,
    single_database,
    subnet,
    target_group,
    vpc,
    vpc_endpoint,
)
from tests.support.shared_samples import GRANT, TRUST, bucket, role, secret, until


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
    "CodeBuild report group": report_group,
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
