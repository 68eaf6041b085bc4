"""One small resource of each kind, made through a lab's clients as a learner would make it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.lab import Lab
from labkit.polling import wait_until

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
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
    wait_until(lambda: state_of(awslambda, name) == "Active", seconds=20)
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
}
"""For each kind a function that makes one, with what it needs, and returns the journalled id."""
