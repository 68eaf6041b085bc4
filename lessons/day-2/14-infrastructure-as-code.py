# ---
# labkit:
#   lesson: "14"
#   slug: infrastructure-as-code
#   title: "Infrastructure as code: the delivery service as a template"
#   minutes: 45
#   day: 2
#   block: Operations
#   question: >-
#     Who could build the delivery service again next month, exactly so, and say what has changed since?
#   goals:
#     - write the delivery service as a SAM template, and check it before AWS sees it
#     - deploy it by a change set that you have read, and watch CloudFormation build it
#     - find what somebody changed by hand, and put it right
#     - see what a failed update, and a failed creation, leave behind - and what a failed script does
#   creates:
#     - 2 CloudFormation stacks, each of 1 function with its role and log group, 1 REST API with its role, 2 queues, 1 table and 1 event source mapping
#     - the same service twice by a script, once of it only half
#   cost: >-
#     Under one US cent in an account of your own: some requests, and nothing that is billed by the hour.
#     CloudFormation itself costs nothing for resources of AWS.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer orders, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("infrastructure-as-code", target=target, region=region)
lab

# %% [markdown]
# In lessons 08 to 11 you built the delivery service call by call. It works, but only you know how.
#
# **Infrastructure as code** writes down *what there shall be*, and leaves it to a program to get there.
# On AWS that program is **CloudFormation**: it takes a *template*, a text, and makes a *stack* of it, a
# group of resources that are created, changed and deleted together.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("14")

# %%
import time

import pandas as pd
from botocore.exceptions import ClientError

from labkit import wait_until
from labkit.labs.stacks import boundary, changes, differences, join, lint
from labkit.labs.stacks.stack_events import operations, stack_events
from labkit.labs.stacks.stack_gantt import stack_gantt
from labkit.show.tables import table

cloudformation = lab.client("cloudformation")
sqs = lab.client("sqs")
awslambda = lab.client("lambda")
logs = lab.client("logs")

# %% [markdown] tags=["instructor-notes"]
# - Ask at the start how long each would need to build lesson 10's service again by hand. Come back to
#   the number in section 6.
# - Section 4 surprises most: nearly all say that the same template, deployed again, undoes a change
#   made by hand. It does nothing at all.
# - "What is left?" is the question of section 6. Let them count before they look.
# - Who is late: `lab.solve("queues")`, then sections 2 and 5; section 3 can be read at home.
# - A stack does what its *caller* may do. Who tries other templates here meets the student policy in
#   the stack's events, not in the call.

# %% [markdown]
# ## 1 · The service as a text
#
# A template is one file. Here it is written in five sections, so that each can be talked about; in the
# end they are put together. First the head:
#
# - `Transform` says that this is a **SAM** template: it may use short forms for serverless services,
#   which AWS expands to plain CloudFormation.
# - `Parameters` are what differs from stack to stack. They have defaults.
# - `Conditions` are names for questions about the parameters.

# %% function_file="head.yaml"
# AWSTemplateFormatVersion: "2010-09-09"
# Transform: AWS::Serverless-2016-10-31
# Description: The delivery service - an API writes orders to a queue, a function works on them.
#
# Parameters:
#   Boundary: {Type: String, Default: ""}
#   VisibilitySeconds: {Type: Number, Default: 30}
#   TimeoutSeconds: {Type: Number, Default: 5}
#   Concurrency: {Type: Number, Default: 0}
#
# Conditions:
#   HasBoundary: !Not [!Equals [!Ref Boundary, ""]]
#   Reserve: !Not [!Equals [!Ref Concurrency, 0]]
#
# Resources:

# %% [markdown]
# What follows are the **resources**. Each has a name of its own in the template (its *logical id*), a
# `Type`, and `Properties`. The real names are CloudFormation's business: it makes them from the stack's
# name, the logical id and some random letters. So the template must never *write* a name or an ARN; it
# **refers**:
#
# | in the template | stands for |
# |---|---|
# | `!Ref VisibilitySeconds` | the value of a parameter |
# | `!Ref Orders` | a resource's main identifier: for a queue its URL, for a function its name |
# | `!GetAtt Orders.Arn` | one of its attributes |
# | `!Sub "${AWS::StackName}-x"` | a text with such things in it |
#
# References do more than save typing: from them CloudFormation learns what has to be there first.

# %% [markdown]
# ### Exercise 1 · The queues
#
# Complete the properties of `Orders`:
#
# - its `VisibilityTimeout` is the parameter `VisibilitySeconds`
# - its `RedrivePolicy` sends an order to `DeadLetters` after **5** attempts. The keys are those of lesson
#   10, `deadLetterTargetArn` and `maxReceiveCount`, written as YAML: two lines, indented below
#   `RedrivePolicy:`

# %% function_file="queues.yaml" exercise="queues"
#   DeadLetters:
#     Type: AWS::SQS::Queue
#
#   Orders:
#     Type: AWS::SQS::Queue
#     Properties:
#       ### BEGIN SOLUTION
#       VisibilityTimeout: !Ref VisibilitySeconds
#       RedrivePolicy:
#         deadLetterTargetArn: !GetAtt DeadLetters.Arn
#         maxReceiveCount: 5
#       ### END SOLUTION

# %%
lab.check("queues")

# %% tags=["exercise-definition"]
from labkit.course.exercises import Exercise, NotYet
from labkit.labs.stacks import changes, differences, resources_in
from labkit.labs.stacks.stack_events import stack_events


class Queues(Exercise):
    id = "queues"
    title = "The queues"
    minutes = 4
    hints = (
        "Two properties, below each other. One is a number that each stack may choose; the other has two keys of its "
        "own.",
        "A parameter is written `!Ref Name`; an attribute of another resource `!GetAtt Name.Attribute`. Keys that "
        "belong to `RedrivePolicy:` stand below it, two spaces further in.",
        "`VisibilityTimeout: !Ref VisibilitySeconds`, `RedrivePolicy:` alone on its line, and below it "
        "`deadLetterTargetArn: !GetAtt DeadLetters.Arn` and `maxReceiveCount: 5`.",
    )

    def check(self, lab):
        orders = self.orders(lab)
        if orders.get("VisibilityTimeout") != {"Ref": "VisibilitySeconds"}:
            raise NotYet(
                "VisibilityTimeout: !Ref VisibilitySeconds",
                str(orders.get("VisibilityTimeout", "no VisibilityTimeout")),
                "refer to the parameter, so that each stack can have its own value",
            )
        policy = orders.get("RedrivePolicy") or {}
        if not isinstance(policy, dict) or "deadLetterTargetArn" not in policy:
            raise NotYet("a RedrivePolicy with two keys", str(policy or "none"), self.hints[1])
        dead = policy["deadLetterTargetArn"]
        if dead == {"Ref": "DeadLetters"}:
            raise NotYet(
                "the ARN of DeadLetters",
                "!Ref DeadLetters, which is a queue's URL",
                "!GetAtt DeadLetters.Arn",
            )
        if dead != {"Fn::GetAtt": ["DeadLetters", "Arn"]}:
            raise NotYet("the ARN of DeadLetters, by reference", str(dead), self.hints[2])
        if int(policy.get("maxReceiveCount", 0)) != 5:
            raise NotYet("maxReceiveCount: 5", str(policy.get("maxReceiveCount")), self.hints[2])
        return "refused orders go to DeadLetters, whatever its name will be"

    def orders(self, lab):
        """Return the properties of Orders in the learner's section."""
        source = self.written(lab, "queues.yaml")
        try:
            found = resources_in("Resources:\n" + source.read_text(encoding="utf-8"))
        except ValueError as error:
            raise NotYet("YAML", str(error), "count the spaces at the left") from error
        return (found.get("Orders") or {}).get("Properties") or {}


# %% wrong="queues" expect="a queue's URL" function_file="queues.yaml"
#   DeadLetters:
#     Type: AWS::SQS::Queue
#
#   Orders:
#     Type: AWS::SQS::Queue
#     Properties:
#       VisibilityTimeout: !Ref VisibilitySeconds
#       RedrivePolicy:
#         deadLetterTargetArn: !Ref DeadLetters
#         maxReceiveCount: 5

# %% wrong="queues" expect="refer to the parameter" function_file="queues.yaml"
#   DeadLetters:
#     Type: AWS::SQS::Queue
#
#   Orders:
#     Type: AWS::SQS::Queue
#     Properties:
#       VisibilityTimeout: 30
#       RedrivePolicy:
#         deadLetterTargetArn: !GetAtt DeadLetters.Arn
#         maxReceiveCount: 5

# %% wrong="queues" expect="a RedrivePolicy with two keys" function_file="queues.yaml"
#   DeadLetters:
#     Type: AWS::SQS::Queue
#
#   Orders:
#     Type: AWS::SQS::Queue
#     Properties:
#       VisibilityTimeout: !Ref VisibilitySeconds
#       deadLetterTargetArn: !GetAtt DeadLetters.Arn
#       maxReceiveCount: 5

# %% [markdown]
# The function. `AWS::Serverless::Function` is one of SAM's short forms: it stands for the function *and*
# its role, and each entry under `Events` for what calls it. The code is in the template itself
# (`InlineCode`, for a function of some lines); a bigger one lies in S3, and `CodeUri` says where.
#
# `!If [HasBoundary, …]` sets a property on one condition. In a class account, every role that a
# learner makes must carry a **permissions boundary**. On your boto3 calls labkit put it by itself;
# these roles are made by CloudFormation, so the template has to say it.

# %% function_file="function.yaml"
#   Worker:
#     Type: AWS::Serverless::Function
#     Properties:
#       Runtime: python3.13
#       Handler: index.handler
#       InlineCode: |
#         import json, os
#         import boto3
#
#         kept = boto3.resource("dynamodb").Table(os.environ["ORDERS"])
#
#         def handler(event, context):
#             for record in event["Records"]:
#                 order = json.loads(record["body"])
#                 kept.put_item(Item={"orderId": order["orderId"], "totalKRW": order["totalKRW"]})
#                 print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))
#       Timeout: !Ref TimeoutSeconds
#       ReservedConcurrentExecutions: !If [Reserve, !Ref Concurrency, !Ref AWS::NoValue]
#       PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
#       LoggingConfig: {LogGroup: !Ref WorkerLog}
#       Environment: {Variables: {ORDERS: !Ref Kept}}
#       Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Kept}}]
#       Events:
#         FromTheQueue:
#           Type: SQS
#           Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}
#
#   WorkerLog:
#     Type: AWS::Logs::LogGroup
#     Properties:
#       LogGroupName: !Sub /aws/lambda/${AWS::StackName}
#       RetentionInDays: 7

# %% [markdown]
# Why the log group? Lambda would make one by itself at the first call. But what nobody wrote down
# belongs to no stack: it would stay when the stack is deleted, and keep its lines for ever.
#
# The API, with the integration of lesson 09: role, mapping template and answers are what you typed
# there, as text. (A definition in *OpenAPI*, the common language for HTTP APIs.)

# %% function_file="api.yaml"
#   Api:
#     Type: AWS::Serverless::Api
#     Properties:
#       StageName: prod
#       OpenApiVersion: 3.0.1
#       EndpointConfiguration: {Type: REGIONAL}
#       DefinitionBody:
#         openapi: 3.0.1
#         info: {title: delivery, version: "1"}
#         paths:
#           /order:
#             post:
#               responses: {"202": {description: written down}, "500": {description: not}}
#               x-amazon-apigateway-integration:
#                 type: aws
#                 httpMethod: POST
#                 uri: !Sub "arn:aws:apigateway:${AWS::Region}:sqs:path/\
#                   ${AWS::AccountId}/${Orders.QueueName}"
#                 credentials: !GetAtt ApiRole.Arn
#                 passthroughBehavior: never
#                 requestParameters:
#                   integration.request.header.Content-Type: "'application/x-www-form-urlencoded'"
#                 requestTemplates:
#                   application/json: Action=SendMessage&MessageBody=$util.urlEncode($input.body)
#                 responses:
#                   default: {statusCode: "202"}
#                   "[345]\\d{2}": {statusCode: "500"}

# %% function_file="api-role.yaml"
#   ApiRole:
#     Type: AWS::IAM::Role
#     Properties:
#       PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
#       AssumeRolePolicyDocument:
#         Version: "2012-10-17"
#         Statement:
#           Effect: Allow
#           Principal: {Service: apigateway.amazonaws.com}
#           Action: sts:AssumeRole
#       Policies:
#         - PolicyName: send-orders
#           PolicyDocument:
#             Version: "2012-10-17"
#             Statement: {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Orders.Arn}
#
# Outputs:
#   ApiId: {Value: !Ref Api}
#   QueueUrl: {Value: !Ref Orders}
#   WorkerName: {Value: !Ref Worker}

# %% [markdown]
# ### Exercise 2 · Build it yourself: the table
#
# The worker keeps each order in a table (`!Ref Kept` above), and the table is missing. Nobody shows you how this
# time, and the hints do not hold the answer: find the resource type in CloudFormation's reference, and write it as
# you wrote the queues.
#
# - its logical id is `Kept`; the key is `orderId`, a text
# - on demand, as in lesson 11
# - items go by themselves after the time in `expiresAt`
# - no name: that is CloudFormation's business

# %% function_file="table.yaml" exercise="table-on-your-own"
#   ### BEGIN SOLUTION
#   Kept:
#     Type: AWS::DynamoDB::Table
#     Properties:
#       BillingMode: PAY_PER_REQUEST
#       AttributeDefinitions: [{AttributeName: orderId, AttributeType: S}]
#       KeySchema: [{AttributeName: orderId, KeyType: HASH}]
#       TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
#   ### END SOLUTION

# %%
lab.check("table-on-your-own")


# %% tags=["exercise-definition"]
class TableOnYourOwn(Exercise):
    id = "table-on-your-own"
    title = "Build it yourself: the table"
    minutes = 7
    hints = (
        "Look for *AWS::DynamoDB::Table* in the CloudFormation Template Reference. Its properties are called like "
        "the arguments of `create_table` in lesson 11.",
        "Time to live is no argument of `create_table`, but it is a property of the resource: look for a name that "
        "ends in `Specification`.",
        "A list in YAML has one `- ` for each entry, or stands in brackets; a dictionary in braces may stand on one "
        "line. What you have so far, `print(resources_in(…))` of `labkit.labs.stacks` reads for you.",
    )

    def check(self, lab):
        source = self.written(lab, "table.yaml")
        try:
            found = resources_in("Resources:\n" + source.read_text(encoding="utf-8"))
        except ValueError as error:
            raise NotYet("YAML", str(error), "count the spaces at the left") from error
        kept = found.get("Kept")
        if not kept or kept.get("Type") != "AWS::DynamoDB::Table":
            there = ", ".join(f"{name}: {one.get('Type')}" for name, one in found.items())
            raise NotYet("a table with the logical id Kept", there or "no resource", self.hints[0])
        properties = kept.get("Properties") or {}
        if "TableName" in properties:
            raise NotYet(
                "no name", "TableName", "leave it out: then two stacks can live side by side"
            )
        expected = {
            "KeySchema": [{"AttributeName": "orderId", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "orderId", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        }
        for name, value in expected.items():
            if properties.get(name) != value:
                raise NotYet(
                    f"{name} for what the task asks",
                    str(properties.get(name, "no such property")),
                    self.hints[1] if name.startswith("Time") else self.hints[0],
                )
        return "a table on demand, whatever its name will be"


# %% wrong="table-on-your-own" expect="no name" function_file="table.yaml"
#   Kept:
#     Type: AWS::DynamoDB::Table
#     Properties:
#       TableName: orders
#       BillingMode: PAY_PER_REQUEST
#       AttributeDefinitions: [{AttributeName: orderId, AttributeType: S}]
#       KeySchema: [{AttributeName: orderId, KeyType: HASH}]

# %% wrong="table-on-your-own" expect="TimeToLiveSpecification" function_file="table.yaml"
#   Kept:
#     Type: AWS::DynamoDB::Table
#     Properties:
#       BillingMode: PAY_PER_REQUEST
#       AttributeDefinitions: [{AttributeName: orderId, AttributeType: S}]
#       KeySchema: [{AttributeName: orderId, KeyType: HASH}]

# %% [markdown]
# `Outputs` are what a stack tells the world: here the names that nobody could know before.

# %%
SECTIONS = ("head.yaml", "queues.yaml", "table.yaml", "function.yaml", "api.yaml", "api-role.yaml")
template = join(lab, *SECTIONS)
(lab.folder / "delivery.yaml").write_text(template, encoding="utf-8")
f"{len(template.splitlines())} lines, {len(template):,} characters"

# %% [markdown] tags=["extra"]
# ### Look before AWS does
#
# **cfn-lint** knows every resource type's properties, and reads a template in a second, offline. Give it
# something to find: a property misspelt, a number out of range, a reference to nothing.
#
# > **Predict.** The next cell makes four mistakes. The last one reserves all the concurrency that most
# > accounts have. Which of the four can a program find that sees nothing but the text?

# %%
mistaken = (
    template.replace("VisibilityTimeout:", "VisibilityTimout:")
    .replace("!GetAtt DeadLetters.Arn", "!GetAtt DeadLetter.Arn")
    .replace("Runtime: python3.13", "Runtime: python3.13\n      MemorySize: 64")
    .replace("Default: 0}", "Default: 1000}")
)
table(lint(mistaken, lab.region), "What cfn-lint finds in a template with four mistakes")

# %%
table(lint(template, lab.region), "What cfn-lint finds in yours")

# %% [markdown]
# Three of four: a property that does not exist, a reference to nothing, a number out of range. Whether
# 1,000 concurrent calls are too many depends on the *account*, and the text does not know it. Keep that
# in mind for section 5. In your own template there is nothing to find.

# %% [markdown]
# ## 2 · Read, then deploy
#
# CloudFormation can say first what it would do: a **change set** is a plan, made by AWS, that nobody has
# executed yet. For a new stack the plan is to add everything. `plan` asks for one and waits until it is
# there:

# %%
STACK = lab.name("delivery")
cloudformation.delete_stack(StackName=STACK)  # there is none yet, unless you run this again
gone = cloudformation.get_waiter("stack_delete_complete")
gone.wait(StackName=STACK, WaiterConfig={"Delay": 2, "MaxAttempts": 450})
given = [{"ParameterKey": "Boundary", "ParameterValue": boundary(lab)}]


def plan(name, **request):
    """Have CloudFormation make a change set of the stack; return it once it is there."""
    what = {"StackName": STACK, "ChangeSetName": name}
    cloudformation.create_change_set(**what, **request)

    def made():
        answer = cloudformation.describe_change_set(**what)
        return answer if answer["Status"] in ("CREATE_COMPLETE", "FAILED") else None

    return wait_until(made, seconds=300, what=f"the change set {name}")


# %% [markdown]
# The template makes IAM roles, so AWS wants to hear that you know. First we do not say so:

# %%
try:
    plan("first", ChangeSetType="CREATE", TemplateBody=template, Parameters=given)
except ClientError as error:
    print(error)

# %% [markdown]
# The word that it wants is a *capability*:

# %%
first = plan(
    "first",
    ChangeSetType="CREATE",
    TemplateBody=template,
    Parameters=given,
    Capabilities=["CAPABILITY_IAM"],
)
changes(first)[["resource", "type", "action"]]

# %% [markdown]
# You wrote seven resources; the **transform** made more of them: `Worker` became a function, its role and
# an event source mapping, `Api` a REST API, a deployment and a stage. Nothing of it exists yet:

# %%
stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
stack["StackStatus"]

# %% [markdown]
# > **Predict.** In which order will the eleven be made? Which of them *must* wait for which? (Look for
# > `!Ref` and `!GetAtt`.)


# %%
def settled(name):
    """Wait until CloudFormation has nothing under way with a stack; return its status."""

    def status():
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if found.endswith("IN_PROGRESS") else found

    return wait_until(status, seconds=900, what=f"the stack {name}")


# %%
started = time.monotonic()
cloudformation.execute_change_set(StackName=STACK, ChangeSetName="first")
status, stack_seconds = settled(STACK), time.monotonic() - started
status

# %% [markdown]
# Every step left an **event**. From when to when was CloudFormation busy with which resource? The numbers
# are the order in which it began:

# %%
events = stack_events(cloudformation, STACK)
stack_gantt(operations(events))

# %% [markdown]
# Queues before what names their ARN; roles before what runs as them; the mapping last, when function and
# queue are *ready*: CloudFormation waits until a function is `Active`. (In the sandbox resources come
# one after the other and in milliseconds. AWS makes at the same time what does not depend on each other,
# and takes a minute or two.)

# %% [markdown]
# ### It works
#
# The outputs say where. Place some orders:

# %%
stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
outputs

# %%
from labkit.labs.delivery import orders, place
from labkit.measure.load import steady

url = lab.invoke_url(outputs["ApiId"], "prod") + "/order"
dinner = orders(3 if quick else 10, seed=12)
place(url, dinner, at_s=steady(5, len(dinner) / 5))[["order_id", "status", "latency_ms"]].round(1)

# %%
from labkit.measure.platform_logs import read_log_events


def processed(events):
    return {o["orderId"] for o in dinner if any(o["orderId"] in e["message"] for e in events)}


found = read_log_events(
    logs, f"/aws/lambda/{STACK}", until=lambda seen: len(processed(seen)) == len(dinner)
)
f"{len(processed(found))} of {len(dinner)} orders were worked on"

# %% [markdown]
# ## 3 · A change, read first
#
# An update is a template, or parameters, that differ from what the stack has. Two wishes came in. The
# kitchen wants 60 s before an order is handed out again; somebody else finds that the queue should have
# a *nice name*.
#
# > **Predict.** One of the two would throw away every order that is waiting. Which, and why?

# %%
same = [{"ParameterKey": "Boundary", "UsePreviousValue": True}]
longer = plan(
    "longer",
    UsePreviousTemplate=True,
    Parameters=[*same, {"ParameterKey": "VisibilitySeconds", "ParameterValue": "60"}],
    Capabilities=["CAPABILITY_IAM"],
)
changes(longer)[["resource", "action", "replacement", "because"]]

# %%
nice_name = "      QueueName: !Sub ${AWS::StackName}-nice\n"
renamed_template = template.replace("      VisibilityT", f"{nice_name}      VisibilityT")
renamed = plan(
    "renamed",
    TemplateBody=renamed_template,
    Parameters=same,
    Capabilities=["CAPABILITY_IAM"],
)
changes(renamed)[["resource", "action", "replacement", "because"]]

# %% [markdown]
# The column to read is **replacement**. `False`: changed in place. `True`: CloudFormation makes a *new*
# one and deletes the old, with all that is in it; a queue cannot be renamed. `Conditional`: it refers to
# something that changes, and only during the change will CloudFormation know whether it has to follow.

# %% [markdown] tags=["extra"]
# ### Exercise 5 · What would be lost?
#
# Let a program read it, as a pipeline would: collect in `lost` the logical ids of all resources that
# the change set `renamed` would certainly **replace**. (`renamed["Changes"]` is a list; each entry has a
# `ResourceChange` with `LogicalResourceId`, `Action`, `Replacement`.)

# %% exercise="replaced"
### BEGIN SOLUTION
lost = [
    change["ResourceChange"]["LogicalResourceId"]
    for change in renamed["Changes"]
    if change["ResourceChange"].get("Replacement") == "True"
]
### END SOLUTION
lost

# %%
lab.check("replaced", answer=(renamed, lost))


# %% tags=["exercise-definition"]
class Replaced(Exercise):
    id = "replaced"
    title = "What would be lost?"
    minutes = 4
    hints = (
        'Go through `renamed["Changes"]`; of each, `change["ResourceChange"]`.',
        'Keep those whose `Replacement` is the *text* `"True"`: '
        '`change["ResourceChange"].get("Replacement") == "True"`. An `Add` has none, so use `.get`.',
    )

    def check(self, lab):
        change_set, lost = self.answer
        read = changes(change_set)
        certain = set(read.loc[read["replacement"].eq("True").fillna(False), "resource"])
        answered = set(lost or [])
        if answered == certain:
            return "a pipeline that stops here loses no order"
        if answered == set(read["resource"]):
            raise NotYet(
                "only what is replaced",
                "everything that changes",
                'look at ["ResourceChange"]["Replacement"]',
            )
        if answered > certain:
            raise NotYet(
                "only what is certainly replaced",
                f"also {', '.join(sorted(answered - certain))}, which is Conditional or False",
                self.hints[1],
            )
        raise NotYet(f"{len(certain)} logical ids", repr(lost), self.hints[0])


# %% wrong="replaced" expect="everything that changes"
lost = [change["ResourceChange"]["LogicalResourceId"] for change in renamed["Changes"]]

# %% wrong="replaced" expect="Conditional or False"
lost = [
    change["ResourceChange"]["LogicalResourceId"]
    for change in renamed["Changes"]
    if change["ResourceChange"]["Replacement"] != "False"
]

# %% wrong="replaced" expect="logical ids"
lost = [
    change["ResourceChange"]["LogicalResourceId"]
    for change in renamed["Changes"]
    if change["ResourceChange"].get("Replacement") is True
]

# %% [markdown]
# ### One wish is granted
#
# So the first wish is granted, and the second is not. (To execute one change set discards the others:
# they were plans for a stack that is no more.)

# %%
cloudformation.execute_change_set(StackName=STACK, ChangeSetName="longer")
settled(STACK)


# %%
def visibility():
    """The visibility timeout that the queue really has, in seconds."""
    answer = sqs.get_queue_attributes(
        QueueUrl=outputs["QueueUrl"], AttributeNames=["VisibilityTimeout"]
    )
    return int(answer["Attributes"]["VisibilityTimeout"])


visibility()

# %% [markdown]
# ## 4 · Drift
#
# Night, an incident, somebody in the console: *just set it to 10 s, now*. It helps, and next morning
# nobody remembers.

# %%
sqs.set_queue_attributes(QueueUrl=outputs["QueueUrl"], Attributes={"VisibilityTimeout": "10"})

# %% [markdown]
# > **Predict.** Does the stack know? And what will happen if we deploy the same template again: does
# > that put it right?
#
# (`CAPABILITY_AUTO_EXPAND`: without a change set, AWS also wants to hear that you know of the transform.)

# %%
try:
    cloudformation.update_stack(
        StackName=STACK,
        UsePreviousTemplate=True,
        Parameters=[*same, {"ParameterKey": "VisibilitySeconds", "UsePreviousValue": True}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    print(settled(STACK))
except ClientError as error:
    print(error)
visibility()

# %% [markdown]
# The queue keeps its 10 s. CloudFormation compares the new template with the *last template*, not with
# the world, and the two are equal. The difference between template and world is called **drift**, and it
# is looked for only when you ask:

# %%
detection = cloudformation.detect_stack_drift(StackName=STACK)["StackDriftDetectionId"]


def detected():
    """How the detection ended; None as long as it goes on."""
    answer = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    return answer if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS" else None


wait_until(detected, seconds=300, what="the drift detection")["StackDriftStatus"]

# %%
differences(cloudformation.describe_stack_resource_drifts(StackName=STACK))

# %% [markdown]
# ### Exercise 3 · Put it right
#
# Bring template and world together again. There are two honest ways; take either:
#
# - **undo** the change: set the queue to what the template says
# - **adopt** it: update the stack, so that the template says what the queue has (with the parameter
#   `VisibilitySeconds`, as in section 3)

# %% exercise="drift"
### BEGIN SOLUTION
sqs.set_queue_attributes(QueueUrl=outputs["QueueUrl"], Attributes={"VisibilityTimeout": "60"})
### END SOLUTION

# %%
lab.check("drift")


# %% tags=["exercise-definition"]
class Drift(Exercise):
    id = "drift"
    title = "Put it right"
    minutes = 4
    hints = (
        "The table above says what the template expects; "
        '`sqs.set_queue_attributes(QueueUrl=outputs["QueueUrl"], Attributes={"VisibilityTimeout": …})` sets it.',
        'Attribute values are strings: `"60"`.',
        'To adopt it instead: `plan("adopt", …)` with the arguments of the change set `longer` and the value '
        '`"10"`, then `cloudformation.execute_change_set(StackName=STACK, ChangeSetName="adopt")` and '
        "`settled(STACK)`.",
    )

    def check(self, lab):
        drift = lab.client("cloudformation").detect_stack_resource_drift(
            StackName=lab.name("delivery"), LogicalResourceId="Orders"
        )["StackResourceDrift"]
        if drift["StackResourceDriftStatus"] == "IN_SYNC":
            return "template and world agree"
        told = [
            f"{one.property} is {one.in_world}, the template says {one.in_template}"
            for one in differences({"StackResourceDrifts": [drift]}).itertuples()
        ]
        raise NotYet("a queue that is IN_SYNC", "; ".join(told), self.hints[0])


# %% wrong="drift" expect="the template says 60"
sqs.set_queue_attributes(QueueUrl=outputs["QueueUrl"], Attributes={"VisibilityTimeout": "30"})

# %% wrong="drift" expect="is 10"
longer = plan(
    "again",
    UsePreviousTemplate=True,
    Parameters=[*same, {"ParameterKey": "VisibilitySeconds", "ParameterValue": "60"}],
    Capabilities=["CAPABILITY_IAM"],
)

# %% [markdown]
# ## 5 · An update that fails
#
# Black Friday is near. The template is right, cfn-lint is content, and the plan looks harmless: 90 s of
# visibility, and for the function *all* of the account's concurrency.

# %%
everything = awslambda.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
friday = plan(
    "friday",
    UsePreviousTemplate=True,
    Parameters=[
        *same,
        {"ParameterKey": "VisibilitySeconds", "ParameterValue": "90"},
        {"ParameterKey": "Concurrency", "ParameterValue": str(everything)},
    ],
    Capabilities=["CAPABILITY_IAM"],
)
changes(friday)[["resource", "action", "replacement", "because"]]

# %% [markdown]
# > **Predict.** Lambda keeps 100 of the account's concurrency unreserved (lesson 07), so it will refuse.
# > What will be the queue's visibility timeout afterwards: 90 s, or what it was?

# %%
before = visibility()
until_now = stack_events(cloudformation, STACK)["at"].max()
cloudformation.execute_change_set(StackName=STACK, ChangeSetName="friday")
status, after = settled(STACK), visibility()
status, before, after

# %% [markdown]
# **Rolled back.** The queue had been changed already, or was about to be, and is again what it was.
# A stack is all or nothing. But why did it fail? The status does not say; the events do:

# %%
failed = stack_events(cloudformation, STACK, since=until_now)
failed[["logical_id", "status"]]

# %%
stack_gantt(operations(failed))

# %% [markdown] tags=["extra"]
# ### Exercise 4 · Why?
#
# A failed operation may leave dozens of events, and most are consequences. The **cause** is the *first*
# event whose status ends in `_FAILED`. Find it in the frame `failed`, which is in the order of time and
# has a column `reason` too. Keep that event's logical id and reason: `cause = (logical id, reason)`.

# %% exercise="cause"
### BEGIN SOLUTION
first_failure = failed[failed["status"].str.endswith("_FAILED")].iloc[0]
cause = (first_failure["logical_id"], first_failure["reason"])
### END SOLUTION
cause

# %%
lab.check("cause", answer=(failed, cause))


# %% tags=["exercise-definition"]
class Cause(Exercise):
    id = "cause"
    title = "Why?"
    minutes = 4
    hints = (
        '`failed["status"].str.endswith("_FAILED")` is true in the rows that failed.',
        'With `.iloc[0]` you get the first of them: `row = failed[…].iloc[0]`, then `row["logical_id"]`.',
    )

    def check(self, lab):
        events, cause = self.answer
        first = events[events["status"].str.endswith("_FAILED")].iloc[0]
        if not isinstance(cause, tuple) or len(cause) != 2:
            raise NotYet("a logical id and a reason", repr(cause), self.hints[1])
        if cause[0] == lab.name("delivery"):
            raise NotYet(
                "the resource that failed", "the stack itself, which only follows", self.hints[0]
            )
        if cause[0] != first["logical_id"]:
            raise NotYet(
                f"the first that failed, at {first['at']:%H:%M:%S}", cause[0], self.hints[1]
            )
        if cause[1] != first["reason"]:
            raise NotYet("its reason, as CloudFormation gives it", repr(cause[1]), self.hints[1])
        return f"{cause[0]} was refused, and all the rest followed"


# %% wrong="cause" expect="the stack itself"
last = failed.iloc[-1]
cause = (last["logical_id"], last["reason"])

# %% wrong="cause" expect="the first that failed"
first_event = failed[failed["type"] == "AWS::SQS::Queue"].iloc[0]
cause = (first_event["logical_id"], first_event["reason"])

# %% wrong="cause" expect="a logical id and a reason"
cause = failed[failed["status"].str.endswith("_FAILED")].iloc[0]["reason"]

# %% [markdown]
# The reason is Lambda's own sentence, passed on. No lint could know it: it depends on the account.
#
# (AWS itself checks a few things before it begins: a property that does not exist, or a name that is
# taken, stops the operation; some exceeded quotas become warnings of the change set, which
# `describe_events` shows. The sandbox does not do this, and no such check knows every rule of every service.)

# %% [markdown]
# ## 6 · The same with a script
#
# `queued_order_service` builds the same service with boto3: it is what you did in lessons 08 and 09,
# made into functions. (Read it with `queued_order_service??`. `Under` puts a word before its names, so
# that it can build twice.) How many lines does each need, and how long does it take?

# %% function_file="worker.py"
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))


# %%
from labkit.labs.delivery import queued_order_service
from labkit.labs.stacks import Under, code_lines

started = time.monotonic()
queued_order_service(Under(lab, "whole"), "worker.py", timeout_s=5, visibility_s=30)
script_seconds = time.monotonic() - started

# %% [markdown] tags=["extra"]
# ### Both fail
#
# And now both make the same mistake. The function may run for 60 s, the queue hands a message out
# again after 30: Lambda refuses such a mapping, and it is the *last* step.
#
# > **Predict.** What will be there afterwards, of the script's resources, and of the stack's?

# %%
try:
    queued_order_service(Under(lab, "half"), "worker.py", timeout_s=60, visibility_s=30)
except ClientError as error:
    print(error)

# %%
HALF_STACK = lab.name("half-stack")
cloudformation.create_stack(
    StackName=HALF_STACK,
    TemplateBody=template,
    Parameters=[*given, {"ParameterKey": "TimeoutSeconds", "ParameterValue": "60"}],
    Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
)
settled(HALF_STACK)

# %%
half = stack_events(cloudformation, HALF_STACK)
print(half[half["status"].str.endswith("_FAILED")].iloc[0]["reason"])
stack_gantt(operations(half))

# %% [markdown]
# Created in order, taken back in reverse, to the first queue. What stays is a stack without resources,
# `ROLLBACK_COMPLETE`: all that can be done with it is to read its events and to delete it. And the script?


# %%
def left_of(word):
    """What of this run is still there under a name with this word in it, stacks aside."""
    there = lab.resources()
    mine = there["name"].str.contains(word) & (there["kind"] != "CloudFormation stack")
    return there.loc[mine, ["kind", "name"]]


left_of("-half-")

# %% [markdown]
# All of it is still there: an API that accepts orders, a queue that takes them, a function that nobody
# will ever call. Customers would be told *accepted*. Can it just be run again, with the number mended?

# %%
try:
    queued_order_service(Under(lab, "half"), "worker.py", timeout_s=5, visibility_s=30)
except ClientError as error:
    print(error)

# %% [markdown]
# No. The script takes what is there for what it wants: the function exists, so it only gives it the code,
# and the 60 s stay. To do better it would have to compare each property with what there is, and to
# undo what it began, in the right order: that is a program named CloudFormation.

# %%
template_lines = [line for line in template.splitlines() if line.strip()]
half_resources = cloudformation.list_stack_resources(StackName=HALF_STACK)
stack_left = [
    one
    for one in half_resources["StackResourceSummaries"]
    if one["ResourceStatus"] != "DELETE_COMPLETE"
]

# %%
compared = pd.DataFrame(
    [
        ("lines", code_lines(queued_order_service), len(template_lines)),
        ("seconds to build it", round(script_seconds, 1), round(stack_seconds, 1)),
        ("resources left by the failure", len(left_of("-half-")), len(stack_left)),
        ("to change something", "compare each property", "a change set"),
        ("changes by others", "nothing tells", "drift detection"),
    ],
    columns=["what", "script (boto3)", "stack (SAM)"],
)
table(compared, "The same service, by a script and as a stack")

# %% [markdown]
# (The template has a dead-letter queue, a table and a log group more than the script. The seconds are those of
# your target just now. On AWS both take longer: the stack goes on only when each resource is ready.)
#
# A script is not wrong: it can loop, ask, and be run step by step, and you saw in lessons 08 to 10 how
# much it teaches. But what shall *stay* is better written down than done.

# %% [markdown] tags=["extra"]
# ## 7 · The SAM CLI
#
# What you did with boto3, AWS's **SAM CLI** does in one command: it packs code, makes the change set,
# shows it, executes it and waits. It is a program of its own, and the doctor says whether this machine has
# it:

# %%
lab.doctor()

# %% [markdown]
# It looks at the same template, with cfn-lint inside:

# %%
from labkit.labs.stacks import sam

print(sam(lab, "validate", "--lint", "--template", "delivery.yaml", "--region", lab.region))

# %% [markdown]
# And it deploys the same text to the same stack. (It adds a note of its own to each resource, under
# `Metadata`, so its change set is not empty. What really exists is not touched: look at its events.)
#
# One trap: `sam deploy` sets the stack's tags to what it is told, none by default. labkit knows its stacks
# by their tags, so it is told to keep them.

# %%
tags = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Tags"]
print(
    sam(
        lab,
        "deploy",
        *("--template-file", "delivery.yaml", "--stack-name", STACK, "--region", lab.region),
        *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"),
        *("--no-fail-on-empty-changeset", "--tags", *(f"{t['Key']}={t['Value']}" for t in tags)),
    )
)

# %% [markdown]
# ## 8 · Delete
#
# One call takes the stack away, in reverse order of need.
#
# > **Predict.** An order is waiting in the queue. Is anybody asked about it?

# %%
stack_id = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
until_now = stack_events(cloudformation, STACK)["at"].max()
cloudformation.delete_stack(StackName=STACK)
settled(stack_id)  # a deleted stack is known by its id only: its name is free again

# %%
stack_gantt(operations(stack_events(cloudformation, stack_id, since=until_now)))

# %% [markdown]
# Nobody is asked: with the queue go its messages, with the log group its lines. For what must outlive its
# stack, a resource can say `DeletionPolicy: Retain`.

# %% [markdown]
# ## Recap
#
# - **The answer.** Whoever has the template. It says what there shall be, a change set says what would change, and
#   drift detection says what somebody changed by hand.
# - A template says **what there shall be**; references say what depends on what; the real names are
#   CloudFormation's.
# - Lint finds what the *text* gets wrong, a **change set** says what an update would do (read the column
#   *replacement*), and only the account knows what is refused in the end.
# - A failed update is **rolled back**, a failed creation too; the cause is the *first* `_FAILED` event.
# - **Drift** is found only when asked for, and the same template does not undo it.
# - A stack does what its caller may do: CloudFormation uses *your* rights, or those of a role that you
#   pass to it.

# %% [markdown]
# ## Going further
#
# - `create_change_set(..., DeploymentMode="REVERT_DRIFT")` makes a change set that compares with the
#   world too, and puts drift right. (New on AWS; the sandbox does not have it.)
# - Put `DeletionPolicy: Retain` on `DeadLetters`, deploy and delete. Who deletes the queue then? (labkit's
#   teardown finds it, by its name.)
# - `RoleARN` in `create_stack` gives the stack a role of its own: then whoever may update the stack needs
#   fewer rights than the stack has. That is powerful, and a way around somebody's limits.
# - AWS CDK and Pulumi write templates, or do without, in a programming language. What you read here, change
#   sets, events, drift, is below CDK as well.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
