# ---
# labkit:
#   lesson: "09"
#   slug: delivery-queue
#   title: "Delivery service 2: a queue for the rush"
#   minutes: 35
#   day: 1
#   block: Serverless
#   question: >-
#     At lunch time more orders come than the kitchen can cook. How do you turn nobody away, and lose nothing?
#   goals:
#     - see what a rush does to an API that works on each order while the customer waits
#     - put an SQS queue between API Gateway and Lambda, and meet every permission that makes it work
#     - repair a mapping template that loses half an order at an ampersand
#     - watch the queue absorb the same rush, and count that nothing was lost
#   creates:
#     - 2 IAM roles
#     - 1 Lambda function with its log group
#     - 1 API Gateway REST API with one stage
#     - 1 SQS queue and 1 event source mapping
#   cost: >-
#     Under one US cent in an account of your own: a few hundred requests, and nothing that is billed by
#     the hour. (An event source mapping polls for as long as it exists, and polls are SQS requests:
#     do not leave it lying about.)
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: a shorter rush, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("delivery-queue", target=target, region=region)
lab

# %% [markdown]
# Lesson 08 ended with API Gateway in front of a function. Now the function also asks the kitchen, which
# takes 0.3 s to answer.

# %% function_file="order.py"
import json
import time

KITCHEN_S = 0.3


def handler(event, context):
    """Work on one order while the customer waits."""
    order = json.loads(event["body"])
    log("order.received", order, context)
    time.sleep(KITCHEN_S)
    log("order.processed", order, context)
    body = {"orderId": order["orderId"], "status": "cooking"}
    return {"statusCode": 201, "body": json.dumps(body)}


def log(event, order, context):
    line = {"event": event, "orderId": order["orderId"], "requestId": context.aws_request_id}
    print(json.dumps(line))


# %% [markdown]
# `order_api` builds what you built by hand in lesson 08 (read it with `order_api??`).

# %%
import json

from labkit import wait_until
from labkit.labs.delivery import order_api, orders, place
from labkit.measure.load import steady

service = order_api(lab, "order.py", timeout_s=10)
service.url

# %%
iam = lab.client("iam")
sqs = lab.client("sqs")
awslambda = lab.client("lambda")
apigateway = lab.client("apigateway")
logs = lab.client("logs")

# %% [markdown] tags=["instructor-notes"]
# - Who ran out of time in lesson 08 loses nothing: `order_api` builds its service.
# - Let them say a number before the rush. Most say "all are served, only later": that is the queue,
#   and there is none yet.
# - The half order at the ampersand is the moment to stop and look together. "Accepted" was a lie.
# - Two roles meet at the queue. Draw them: who may send, who may receive, who calls whom.

# %% [markdown]
# ## 1 · The rush, without a queue
#
# Kitchens are finite. Two orders at a time are all that ours can take, so we cap the function:
# **reserved concurrency** 2 means two execution environments and no more.
#
# (Where an account's limit is so low that Lambda refuses that, the limit itself does the capping.)

# %%
limits = awslambda.get_account_settings()["AccountLimit"]
if limits["UnreservedConcurrentExecutions"] >= 102:
    awslambda.put_function_concurrency(
        FunctionName=service.function_name, ReservedConcurrentExecutions=2
    )
limits["ConcurrentExecutions"]

# %% [markdown]
# Lunch time: orders arrive at a fixed rate, whether or not earlier ones were answered. That is
# what customers do.
#
# > **Predict.** Each order needs 0.3 s, two at a time. How many orders per second can be served? What
# > will the others see?

# %%
RATE_PER_S = 12
rush = orders(24 if quick else 60, seed=9)
arrivals = steady(rate_per_s=RATE_PER_S, seconds=len(rush) / RATE_PER_S)

# %% wait="5"
without_queue = place(service.url, rush, at_s=arrivals)
without_queue["status"].value_counts().rename_axis("status").to_frame("orders")

# %% [markdown]
# Two environments ÷ 0.3 s make about 6.7 orders per second; 12 came. Lambda refused the rest with a
# 429, and behind a REST proxy integration the customer sees that as a **500**. Nobody kept those
# orders: if the customer does not tap again, they are gone.

# %% [markdown]
# ## 2 · A queue
#
# Instead of asking the kitchen while the customer waits, write the order down, say *accepted*, and let
# the kitchen take orders from the pile at its own pace:

# %%
from labkit.labs.delivery import service_drawing

service_drawing("09")

# %% [markdown]
# ### Exercise 1 · Create the queue
#
# Create the queue `lab.name("orders")` and keep its URL in `queue_url`. One attribute matters: the
# **visibility timeout**, the time for which a message that was handed out stays hidden from others. Our
# function may take 10 s for an order, and Lambda may have to try a call again when the function is busy.
# Choose a timeout so that no order is cooked twice only because it took its time.

# %% exercise="orders-queue"
### BEGIN SOLUTION
queue_url = sqs.create_queue(
    QueueName=lab.name("orders"), Attributes={"VisibilityTimeout": str(6 * 10)}
)["QueueUrl"]
### END SOLUTION

# %%
lab.check("orders-queue")

# %% tags=["exercise-definition"]
import contextlib
import json
import time

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.builders import LOGGING_POLICY
from labkit.labs.role_policies import attached, grants

FUNCTION_TIMEOUT_S = 10
RECOMMENDED_VISIBILITY = (
    6  # times the function's timeout: docs.aws.amazon.com, services-sqs-configure
)


class OrdersQueue(Exercise):
    id = "orders-queue"
    title = "Create the queue"
    minutes = 4
    hints = (
        "What becomes of a message whose consumer takes longer than the timeout? And what if Lambda finds the "
        "function busy and calls again, several times?",
        "Lambda refuses less than the function's timeout. AWS's guide for queues before functions recommends a "
        "multiple of it: one time to run, and five more for calls that have to be repeated.",
        '`queue_url = sqs.create_queue(QueueName=lab.name("orders"), '
        'Attributes={"VisibilityTimeout": "60"})["QueueUrl"]`: six times 10 s, as a string.',
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        url = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        seconds = int(attributes["VisibilityTimeout"])
        if seconds < FUNCTION_TIMEOUT_S * RECOMMENDED_VISIBILITY:
            raise NotYet(
                f"a visibility timeout of at least {FUNCTION_TIMEOUT_S * RECOMMENDED_VISIBILITY} s",
                f"{seconds} s",
                "AWS advises six times the function's timeout, which is 10 s. The queue is there: change it with "
                "`sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={'VisibilityTimeout': '60'})`",
            )
        if seconds > 10 * FUNCTION_TIMEOUT_S * RECOMMENDED_VISIBILITY:
            raise NotYet(
                "a visibility timeout that is not that long",
                f"{seconds:,} s: a failed order would come back only then",
                "six times the function's timeout",
            )
        if attributes.get("FifoQueue") == "true":
            raise NotYet("a standard queue", "a FIFO queue", "leave FifoQueue out")
        return f"orders stay hidden for {seconds} s while the kitchen works on them"


# %% wrong="orders-queue" expect="at least 60 s"
queue_url = sqs.create_queue(QueueName=lab.name("orders"))["QueueUrl"]

# %% wrong="orders-queue" expect="not that long"
queue_url = sqs.create_queue(
    QueueName=lab.name("orders"), Attributes={"VisibilityTimeout": "43200"}
)["QueueUrl"]

# %% [markdown]
# ## 3 · API Gateway writes to the queue
#
# API Gateway can call SQS itself, without a function in between. Then *it* needs an identity: a role
# that the service `apigateway.amazonaws.com` may take, allowed to send to this one queue.

# %% [markdown]
# ### Exercise 2 · The integration role
#
# Two documents make the role `lab.name("api-role")`: *who* may take it, and *what* it may do. The cell below
# has both, with three blanks. Fill them in: this one service, one action, this one queue.

# %%
answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
queue_arn = answer["Attributes"]["QueueArn"]
queue_arn

# %% exercise="integration-role"
who, action, resource = "", "", ""
### BEGIN SOLUTION
who, action, resource = "apigateway.amazonaws.com", "sqs:SendMessage", queue_arn
### END SOLUTION
trust = {"Effect": "Allow", "Principal": {"Service": who}, "Action": "sts:AssumeRole"}
send = {"Effect": "Allow", "Action": action, "Resource": resource}


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


role = iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=document(trust))
api_role_arn = role["Role"]["Arn"]
_ = iam.put_role_policy(
    RoleName=lab.name("api-role"), PolicyName="send-orders", PolicyDocument=document(send)
)

# %%
lab.check("integration-role")


# %% tags=["exercise-definition"]
class IntegrationRole(Exercise):
    id = "integration-role"
    title = "The integration role"
    minutes = 4
    hints = (
        "Who calls SQS here: a function, a user, or a service of AWS? And what is the name of the one operation "
        "by which a message gets into a queue?",
        "Services are named like hosts, `….amazonaws.com`; actions like `sqs:` and the operation. The resource "
        "is not every queue: the cell above has asked for an ARN.",
        '`who, action, resource = "apigateway.amazonaws.com", "sqs:SendMessage", queue_arn`',
    )

    def check(self, lab):
        iam = lab.client("iam")
        role = iam.get_role(RoleName=lab.name("api-role"))["Role"]
        self.expect_trust(role["AssumeRolePolicyDocument"])
        queue = queue_arn_of(lab)
        if not allowed(iam, role["Arn"], "sqs:SendMessage", queue):
            written = [
                f"{one.action} on {one.resource}" for one in grants(iam, lab.name("api-role"))
            ]
            raise NotYet(
                f"sqs:SendMessage allowed on {queue}",
                ", ".join(written) or "a role that may do nothing",
                "correct `action` and `resource`, and run the cell again",
            )
        expect_no_more(iam, lab.name("api-role"), {"sqs:SendMessage"}, queue)
        if more := attached(iam, lab.name("api-role")):
            raise NotYet("no policy beside yours", ", ".join(more), "detach_role_policy(…)")

    def expect_trust(self, trust):
        statements = trust["Statement"]
        for one in statements if isinstance(statements, list) else [statements]:
            if one.get("Principal") != {"Service": "apigateway.amazonaws.com"}:
                raise NotYet(
                    "trust in apigateway.amazonaws.com, and in nobody else",
                    json.dumps(one.get("Principal")),
                    "iam.update_assume_role_policy(RoleName=…, PolicyDocument=json.dumps(trust))",
                )


def allowed(iam, role_arn, action, resource):
    """Ask IAM's own simulator whether the role may do it."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource]
    )
    return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


def expect_no_more(iam, role_name, actions, queue):
    """Let a role's own policies grant these actions on this queue, and nothing else."""
    for one in grants(iam, role_name):
        if one.resource != queue:
            raise NotYet(
                "permission on this queue only",
                f"{one.policy} allows {one.action} on {one.resource}",
                'put queue_arn in "Resource", without a *',
            )
        if one.action.lower() not in {action.lower() for action in actions}:
            raise NotYet(
                f"nothing but {', '.join(sorted(actions))}",
                f"{one.policy} allows {one.action}",
                'let "Action" name what is needed, and nothing more',
            )


def queue_arn_of(lab):
    sqs = lab.client("sqs")
    url = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]


# %% wrong="integration-role" expect="apigateway.amazonaws.com"
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=json.dumps(trust))

# %% wrong="integration-role" expect="nobody else"
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["apigateway.amazonaws.com", "lambda.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    },
}
iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=json.dumps(trust))

# %% wrong="integration-role" expect="orders*"
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=json.dumps(trust))
send = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn + "*"},
}
iam.put_role_policy(
    RoleName=lab.name("api-role"), PolicyName="send-orders", PolicyDocument=json.dumps(send)
)

# %% wrong="integration-role" expect="allows sqs:Se*"
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=json.dumps(trust))
send = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sqs:Se*", "Resource": queue_arn},
}
iam.put_role_policy(
    RoleName=lab.name("api-role"), PolicyName="send-orders", PolicyDocument=json.dumps(send)
)

# %% wrong="integration-role" expect="this queue only"
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
send = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
}
iam.create_role(RoleName=lab.name("api-role"), AssumeRolePolicyDocument=json.dumps(trust))
iam.put_role_policy(
    RoleName=lab.name("api-role"), PolicyName="send-orders", PolicyDocument=json.dumps(send)
)

# %% [markdown]
# Now the integration. First the statuses that a customer may see: **202 Accepted** says *written down*.

# %%
post = {"restApiId": service.rest_api_id, "resourceId": service.resource_id, "httpMethod": "POST"}
for status in ("202", "500"):
    apigateway.put_method_response(**post, statusCode=status)

# %% [markdown]
# SQS does not understand an order; it understands a *form*: `Action=SendMessage&MessageBody=…`. A
# **mapping template** makes the one into the other.


# %%
def send_to_queue(template):
    """Integrate POST /order with the queue, through this mapping template."""
    apigateway.put_integration(
        **post,
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{lab.region}:sqs:path/{lab.account}/{lab.name('orders')}",
        credentials=api_role_arn,
        passthroughBehavior="NEVER",
        requestParameters={
            "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
        },
        requestTemplates={"application/json": template},
    )


# %% [markdown]
# The answer of SQS is mapped back. A mapping without a pattern matches *everything*: with the first one
# alone, a customer would be told *accepted* even when SQS had refused.


# %%
def map_answers():
    """Answer 202 when SQS took the message, 500 when it did not."""
    apigateway.put_integration_response(
        **post, statusCode="202", responseTemplates={"application/json": '{"status": "accepted"}'}
    )
    apigateway.put_integration_response(
        **post,
        statusCode="500",
        selectionPattern=r"[345]\d{2}",
        responseTemplates={"application/json": '{"message": "the order was not written down"}'},
    )


# %%
def integrate_queue(template):
    """Let POST /order write to the queue, and deploy that."""
    send_to_queue(template)
    map_answers()
    apigateway.create_deployment(restApiId=service.rest_api_id, stageName="prod")


# %% [markdown]
# This is a template that many examples on the web have:

# %%
integrate_queue("Action=SendMessage&MessageBody=$input.body")

# %% [markdown]
# A customer orders fish & chips:

# %%
import requests

fish = orders(1, seed=9)[0] | {"orderId": "ord-fish", "note": "Fish & Chips, extra vinegar"}
answer = wait_until(  # a deployment takes a moment: 201 would still be the function's answer
    lambda: (r := requests.post(service.url, json=fish, timeout=30)).status_code != 201 and r,
    seconds=60,
)
answer.status_code, answer.json()

# %% [markdown]
# > **Predict.** What is in the queue now?

# %%
found = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=10).get("Messages", [])
for message in found:
    print(message["Body"])
    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])

# %% [markdown]
# The order ends at the ampersand. In a form, `&` starts the next field, so what follows is taken for a
# parameter of its own. (And the `+` in the time has become a space.) The customer was told *accepted*,
# and half a message is worse than none: this one will fail in the kitchen.

# %% [markdown]
# ### Exercise 3 · Mend the template
#
# Call `integrate_queue` with a template that brings every order through whole. The template language has
# `$util` with six functions: `escapeJavaScript`, `parseJson`, `urlEncode`, `urlDecode`, `base64Encode` and
# `base64Decode`. What does the text of a form field need?

# %% exercise="mapping-template"
### BEGIN SOLUTION
integrate_queue("Action=SendMessage&MessageBody=$util.urlEncode($input.body)")
### END SOLUTION

# %%
lab.check("mapping-template")


# %% tags=["exercise-definition"]
class MappingTemplate(Exercise):
    id = "mapping-template"
    title = "Mend the template"
    minutes = 4
    hints = (
        "Which characters have a meaning of their own in a form? They have to be written another way, and SQS "
        "has to turn them back.",
        "The function wraps the body: `$util.….($input.body)`; the rest of the template stays as it is.",
        '`integrate_queue("Action=SendMessage&MessageBody=$util.urlEncode($input.body)")`',
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        queue = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
        number = f"ord-check-{time.time_ns()}"
        sent = {"orderId": number, "totalKRW": 1, "note": '"불닭" & 치즈 = 100% +α; a\\b'}
        taken(sqs, queue)  # what earlier tries have left
        (answer,) = self.wait(
            lambda: [r for r in [self.posted(lab, sent)] if r.status_code != 201],
            seconds=60,
            what="the deployment to answer for the queue, and not 201 for the function",
        )
        if answer.status_code != 202:
            raise NotYet("status 202", f"{answer.status_code} {answer.text}", self.hints[0])
        bodies = self.wait(
            lambda: taken(sqs, queue, wait_s=2),
            seconds=10,
            what="a test order to arrive in the queue",
            next_step=self.hints[1],
            seen=lambda: "the API said 202, but no message came",
        )
        with contextlib.suppress(ValueError):
            if json.loads(bodies[-1]) == sent:
                return 'an order with ", &, =, % and + in it arrives whole'
        raise NotYet(
            f"the whole order, {json.dumps(sent, ensure_ascii=False)}",
            f"the message {bodies[-1]!r}",
            self.hints[0],
        )

    def posted(self, lab, sent):
        import requests

        return requests.post(self.url(lab), json=sent, timeout=30)

    def url(self, lab):
        pages = lab.client("apigateway").get_paginator("get_rest_apis").paginate()
        api = next(a for page in pages for a in page["items"] if a["name"] == lab.name("delivery"))
        return lab.invoke_url(api["id"], "prod") + "/order"


def taken(sqs, queue, wait_s=0):
    """Take messages off a queue, and return their bodies."""
    answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait_s, MaxNumberOfMessages=10)
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in answer.get("Messages", [])]


# %% wrong="mapping-template" expect="the message 'an order'"
integrate_queue("Action=SendMessage&MessageBody=an order")

# %% wrong="mapping-template" expect="the whole order"
integrate_queue("Action=SendMessage&MessageBody=$input.json('$')")

# %% wrong="mapping-template" expect="status 202"
integrate_queue("MessageBody=$util.urlEncode($input.body)")

# %% [markdown]
# ## 4 · The function takes from the queue
#
# An **event source mapping** polls the queue and calls the function with up to `BatchSize` messages in
# `event["Records"]`. The function no longer answers a customer: to return is success, and the messages
# are deleted for it.

# %% function_file="worker.py"
import json
import time

KITCHEN_S = 0.3


def handler(event, context):
    """Work on the orders of one batch."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        log("order.received", order, context, record["attributes"])
        time.sleep(KITCHEN_S)
        log("order.processed", order, context, record["attributes"])


def log(event, order, context, attributes):
    line = {"event": event, "orderId": order["orderId"], "requestId": context.aws_request_id}
    print(json.dumps(line | {"attributes": attributes}))


# %%
awslambda.update_function_code(FunctionName=service.function_name, ZipFile=lab.zip("worker.py"))
awslambda.get_waiter("function_updated_v2").wait(FunctionName=service.function_name)
awslambda.update_function_configuration(
    FunctionName=service.function_name, Handler="worker.handler"
)
awslambda.get_waiter("function_updated_v2").wait(FunctionName=service.function_name)

# %% [markdown]
# Who needs a permission? Nobody *pushes* to the function any more: Lambda **pulls**, with the
# function's own role. Try it with the role as it is:

# %%
from botocore.exceptions import ClientError

trigger = {
    "EventSourceArn": queue_arn,
    "FunctionName": service.function_name,
    "BatchSize": 1,
    "ScalingConfig": {"MaximumConcurrency": 2},
}
try:
    awslambda.create_event_source_mapping(**trigger)
except ClientError as error:
    print(error)

# %% [markdown]
# Refused at once, and the sentence names what is missing. `MaximumConcurrency` 2 is the kitchen's limit
# again; on the mapping it *slows the polling down*, where reserved concurrency would refuse calls.

# %% [markdown]
# ### Exercise 4 · Permission and trigger
#
# Three things to do. The refusal names one of the **three actions** that the function's role needs on the
# queue: to receive, to delete what is done, and to read the queue's attributes. Fill them in, and put the policy on
# the role `service.role_name` (`iam.put_role_policy` and `document`, as in exercise 2). Then remove the cap of
# section 1 (`awslambda.delete_function_concurrency`), and create the mapping with `**trigger`. (On AWS a new policy takes some seconds: if the mapping is still refused, run the cell again.)

# %% exercise="queue-trigger"
receive = {"Effect": "Allow", "Action": [], "Resource": queue_arn}
### BEGIN SOLUTION
receive["Action"] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=document(receive)
)
awslambda.delete_function_concurrency(FunctionName=service.function_name)
mapping = awslambda.create_event_source_mapping(**trigger)
### END SOLUTION

# %%
lab.check("queue-trigger")


# %% tags=["exercise-definition"]
class QueueTrigger(Exercise):
    id = "queue-trigger"
    title = "Permission and trigger"
    minutes = 5
    hints = (
        "Actions are named after the operations of the API: which three calls does somebody make who takes "
        "messages from a queue and asks how it is set up?",
        "`iam.put_role_policy(RoleName=service.role_name, PolicyName=…, PolicyDocument=document(receive))` "
        "gives the policy; the cap has a call of its own, and so has the mapping.",
        '`receive["Action"] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]`, then '
        "`put_role_policy`, `awslambda.delete_function_concurrency(FunctionName=service.function_name)` and "
        "`awslambda.create_event_source_mapping(**trigger)`.",
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        mappings = awslambda.list_event_source_mappings(FunctionName=lab.name("order"))
        mapping = next(iter(mappings["EventSourceMappings"]), None)
        if mapping is None:
            raise NotYet(
                "an event source mapping", "none", "create_event_source_mapping(**trigger)"
            )
        self.expect_grant(lab)
        if (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency") != 2:
            raise NotYet(
                "MaximumConcurrency 2",
                str(mapping.get("ScalingConfig")),
                "update_event_source_mapping(UUID=…, ScalingConfig={'MaximumConcurrency': 2})",
            )
        answer = awslambda.get_function_concurrency(FunctionName=lab.name("order"))
        if "ReservedConcurrentExecutions" in answer:
            raise NotYet(
                "no reserved concurrency",
                str(answer["ReservedConcurrentExecutions"]),
                "awslambda.delete_function_concurrency(FunctionName=service.function_name)",
            )
        self.wait(
            lambda: awslambda.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled",
            seconds=60,
            what="the mapping to be Enabled",
        )
        return "Lambda polls the queue and calls the function, two at a time"

    def expect_grant(self, lab):
        """Let the function's role have the three actions on the queue, and no more."""
        iam = lab.client("iam")
        config = lab.client("lambda").get_function_configuration(FunctionName=lab.name("order"))
        queue, needed = queue_arn_of(lab), ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        for action in needed:
            if not allowed(iam, config["Role"], f"sqs:{action}", queue):
                raise NotYet(f"sqs:{action} on the queue allowed", "not allowed", self.hints[0])
        role_name = config["Role"].rpartition("/")[2]
        expect_no_more(iam, role_name, {f"sqs:{action}" for action in needed}, queue)
        if more := [arn for arn in attached(iam, role_name) if arn != LOGGING_POLICY]:
            raise NotYet(
                "permission on this queue only",
                f"{more[0].rpartition('/')[2]}, which allows it on every queue",
                "detach_role_policy(…), then a policy of your own that names the queue",
            )


# %% wrong="queue-trigger" expect="an event source mapping"
receive = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": queue_arn},
}
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=json.dumps(receive)
)

# %% wrong="queue-trigger" expect="allows sqs:*"
receive = {"Effect": "Allow", "Action": "sqs:*", "Resource": queue_arn}
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=document(receive)
)
awslambda.delete_function_concurrency(FunctionName=service.function_name)
awslambda.create_event_source_mapping(**trigger)

# %% wrong="queue-trigger" expect="on this queue only"
actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
receive = {"Effect": "Allow", "Action": actions, "Resource": "*"}
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=document(receive)
)
awslambda.delete_function_concurrency(FunctionName=service.function_name)
awslambda.create_event_source_mapping(**trigger)

# %% wrong="queue-trigger" expect="on every queue"
actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
receive = {"Effect": "Allow", "Action": actions, "Resource": queue_arn}
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=document(receive)
)
iam.attach_role_policy(
    RoleName=service.role_name,
    PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
)
awslambda.delete_function_concurrency(FunctionName=service.function_name)
awslambda.create_event_source_mapping(**trigger)

# %% wrong="queue-trigger" expect="no reserved concurrency"
actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
receive = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": actions, "Resource": queue_arn},
}
iam.put_role_policy(
    RoleName=service.role_name, PolicyName="take-orders", PolicyDocument=json.dumps(receive)
)
awslambda.create_event_source_mapping(**trigger)

# %% [markdown]
# Here is what you have built, as it is now. Place an order with its buttons; click a part for its last log
# lines. Leave the map open, and scroll back to it during the rush below.

# %%
from labkit.labs.delivery import DeliveryMap

DeliveryMap(lab)

# %% [markdown]
# ## 5 · The same rush, with the queue
#
# The same orders at the same rate. A sampler reads the queue's depth all the while.
#
# > **Predict.** How many customers will be turned away? How long will the last order wait?

# %%
from labkit.measure.platform_logs import invocations, read_log_events
from labkit.measure.queue_depth import QueueSampler

queued_rush = [o | {"orderId": "q-" + o["orderId"]} for o in rush]
group = f"/aws/lambda/{service.function_name}"


def all_processed(events):
    lines = [one["message"] for one in events if '"q-' in one["message"]]
    return sum('"order.processed"' in line for line in lines) == len(queued_rush)


# %% wait="11"
with QueueSampler(sqs, {"orders": queue_url}) as depth:
    with_queue = place(service.url, queued_rush, at_s=arrivals)
    first = with_queue["sent_at"].min()
    events = read_log_events(logs, group, start=first, until=all_processed)
with_queue["status"].value_counts().rename_axis("status").to_frame("orders")

# %% [markdown]
# Every customer got a 202. The pile grew during the rush, and was worked off afterwards:

# %%
from labkit.labs.delivery.before_after import before_after
from labkit.measure.queue_depth import concurrency
from labkit.show.queue_figure import queue_depth

queue_depth(depth.frame, concurrency(invocations(events)))

# %%
before_after(without_queue, with_queue)

# %% [markdown]
# ### What the customer pays
#
# A queue does not make the kitchen faster. It changes what the customer waits *for*: the answer is
# quick, the food is not. (The row *max* below holds the longest wait: is it what you predicted?)

# %%
from labkit.labs.delivery import ledger

book = ledger(with_queue, events)
book[["wait_for_answer_ms", "wait_for_kitchen_ms"]].describe().loc[["min", "50%", "max"]].round()

# %% [markdown]
# ### Nothing was lost
#
# The book, order by order: what the customer was told, and where the order ended.

# %%
book.groupby(["status", "ended"], dropna=False).size().to_frame("orders")

# %% [markdown]
# ## Recap
#
# - **The answer.** Write the order down in a **queue** and say *accepted*; the kitchen takes orders at its own
#   pace. Nobody is turned away, and every order is in the book.
# - Synchronous work fails *at the customer* when demand passes capacity; a queue turns the excess into
#   **waiting time**.
# - Two identities: API Gateway's **role** may send; the function's **role** may receive, delete and
#   read attributes. The function needs no resource-based policy any more, because Lambda pulls.
# - Form-encode what goes into a form: `$util.urlEncode`.
# - An integration response without a pattern matches *everything*, errors too.
# - Cap a queue's consumer with **MaximumConcurrency** on the mapping.

# %% [markdown]
# ## Going further
#
# - `BatchSize` 10 with `MaximumBatchingWindowInSeconds` 1: fewer calls for the same orders. What does
#   it do to the wait of the first order?
# - HTTP APIs have a ready-made `SQS-SendMessage` integration, without a template.
# - What if an order makes the function fail? Lesson 10.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
