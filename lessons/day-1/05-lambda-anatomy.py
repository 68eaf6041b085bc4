# ---
# labkit:
#   lesson: "05"
#   slug: lambda-anatomy
#   title: "Anatomy of a Lambda function"
#   minutes: 25
#   day: 1
#   block: Serverless
#   question: "You hand AWS a piece of code. What decides how fast it runs, how long it may run, and who hears of a failure?"
#   goals:
#     - create a function with boto3, step by step, and see what it sees
#     - measure how memory buys CPU
#     - let API Gateway give up on a function that works on, and make their time-outs agree
#     - call it in three ways, and see who hears of a failure in each
#     - say what a function in a VPC can reach, and what it cannot
#     - "extra: choose a memory size with its price in view; compare Lambda with a server"
#   creates:
#     - up to 4 IAM roles
#     - up to 5 Lambda functions with their log groups, one of them attached to the default VPC
#     - 1 SQS queue
#     - 1 API Gateway REST API with one stage
#   cost: >-
#     Under one US cent in an account of your own: some hundred short calls. (The network interface of
#     the attached function costs nothing; Lambda removes it itself, up to 20 minutes after the function.)
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer memory sizes, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("lambda-anatomy", target=target, region=region)
lab

# %% [markdown]
# > **The claim.** *Upload the code and it runs. More memory makes it faster, because CPU grows in proportion.
# > Lambda's time-out is 15 minutes, API Gateway's 30 seconds, so look at both. It runs in a VPC of its own; to
# > reach a database in yours, attach it. High availability and security are none of your concern.*
#
# We build one function and try each sentence on it. One of them is false and one is imprecise.

# %%
import json

iam = lab.client("iam")
awslambda = lab.client("lambda")
apigateway = lab.client("apigateway")
ec2 = lab.client("ec2")
logs = lab.client("logs")

# %% [markdown] tags=["instructor-notes"]
# - Before the first cell: which of the five sentences is false, which imprecise? Take a show of hands, and
#   ask again at the end. ("None of your concern" is false; "30 seconds" is imprecise.)
# - The tuning cells run for a minute or so. Start them, then ask for the prediction of section 2 aloud: most
#   get the duration right (1769/256 times as long) and the price wrong.
# - A machine that does something else besides (a video call) has a right end that lies too high. Say so before
#   somebody asks: the size that needs a whole CPU is the one that does not get it.
# - Section 3 is the one not to miss. Stop at "the order is cooked" and let somebody tell what the customer does
#   next. Then ask what an alarm on the function's errors would have said.
# - Exercise 4 (extra) goes wrong at the public subnet. Do not give it away: lesson 01 has the rule.
# - Section 4: ask who would have noticed the lost receipt. That is what destinations are for.

# %% [markdown]
# ## 1 · Four parts
#
# A function consists of **code** (a zip file), a **handler** (which function in which file), a **role** (what
# it may do) and a **configuration** (runtime, memory, timeout). `%%function_file` writes the rest of its cell to
# a file, which `lab.zip` packs later. This function looks around:

# %% function_file="anatomy.py"
import os
import platform

BORN_IN = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]  # outside the handler: runs once per environment


def handler(event, context):
    """Tell what a function sees of itself."""
    return {
        "event": event,
        "request_id": context.aws_request_id,
        "memory_mb": int(context.memory_limit_in_mb),
        "milliseconds_left": context.get_remaining_time_in_millis(),
        "environment": BORN_IN,
        "python": platform.python_version(),
        "variables": sorted(name for name in os.environ if name.startswith("AWS_")),
    }


# %% [markdown]
# The role says *who may take it* (the Lambda service) and *what it may do* (write logs). In lesson 08 you write
# one yourself. `lab.name` adds this run's number to a name, which keeps it apart from everybody else's.

# %%
from labkit.labs.builders import LOGGING_POLICY, service_role

role_arn = service_role(lab, "anatomy-role", "lambda.amazonaws.com", LOGGING_POLICY)

# %% [markdown]
# ### Exercise 1 · Put it together
#
# Create the function `lab.name("anatomy")` from `lab.zip("anatomy.py")`: runtime `python3.13`, the role above,
# **256 MB**, a timeout of **10 s**, and the right handler. Then wait until it is active
# (`get_waiter("function_active_v2")`).

# %% exercise="create-function"
### BEGIN SOLUTION
awslambda.create_function(
    FunctionName=lab.name("anatomy"),
    Role=role_arn,
    Runtime="python3.13",
    Handler="anatomy.handler",
    Code={"ZipFile": lab.zip("anatomy.py")},
    MemorySize=256,
    Timeout=10,
)
awslambda.get_waiter("function_active_v2").wait(FunctionName=lab.name("anatomy"))
### END SOLUTION

# %%
lab.check("create-function")

# %% tags=["exercise-definition"]
import json

from labkit.course.exercises import Exercise, NotYet


class CreateFunction(Exercise):
    id = "create-function"
    title = "Put it together"
    minutes = 4
    hints = (
        "Each of the four parts is one parameter or two of one call. `awslambda.create_function?` lists them.",
        "`awslambda.create_function(FunctionName=…, Role=…, Runtime=…, Handler=…, Code=…, MemorySize=…, "
        "Timeout=…)`; memory in MB, timeout in seconds.",
        'The code: `Code={"ZipFile": lab.zip("anatomy.py")}`. The role: `role_arn`. The handler: '
        "`anatomy.handler`, without `.py`.",
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        name = lab.name("anatomy")
        self.wait(
            lambda: awslambda.get_function_configuration(FunctionName=name)["State"] != "Pending",
            seconds=60,
            what=f"the function {name} to become Active",
        )
        answer = awslambda.invoke(FunctionName=name, Payload=b"{}")
        told = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise NotYet(
                "an answer",
                f"{told.get('errorType')}: {told.get('errorMessage')}",
                "update_function_configuration(FunctionName=…, Handler='anatomy.handler')",
            )
        config = awslambda.get_function_configuration(FunctionName=name)
        found = (config["MemorySize"], config["Timeout"])
        if found != (256, 10):
            raise NotYet(
                "256 MB and 10 s",
                f"{found[0]} MB and {found[1]} s",
                "update_function_configuration(FunctionName=…, MemorySize=256, Timeout=10)",
            )
        return (
            f"{config['Runtime']}, {found[0]} MB, {found[1]} s, {config['CodeSize']} bytes of code"
        )


# %% wrong="create-function" expect="256 MB and 10 s"
awslambda.create_function(
    FunctionName=lab.name("anatomy"),
    Role=role_arn,
    Runtime="python3.13",
    Handler="anatomy.handler",
    Code={"ZipFile": lab.zip("anatomy.py")},
)

# %% wrong="create-function" expect="HandlerNotFound"
awslambda.create_function(
    FunctionName=lab.name("anatomy"),
    Role=role_arn,
    Runtime="python3.13",
    Handler="anatomy.main",
    Code={"ZipFile": lab.zip("anatomy.py")},
    MemorySize=256,
    Timeout=10,
)

# %%
answer = awslambda.invoke(
    FunctionName=lab.name("anatomy"), Payload=json.dumps({"dish": "bibimbap"}), LogType="Tail"
)
seen = json.loads(answer["Payload"].read())
seen

# %% [markdown]
# `event` is what the caller sent, `context` what Lambda knows about this call. The time that is left counts
# down from the timeout. `environment` tells which *execution environment* ran it: a small machine of its own, with
# your code loaded, which Lambda keeps for later calls. (The sandbox runs every Python function with this machine's
# own Python.)
#
# What Lambda writes about the call itself, and bills by:

# %%
from base64 import b64decode

print(b64decode(answer["LogResult"]).decode())

# %% [markdown]
# ## 2 · Memory buys CPU
#
# Memory is the only size that changes what a function can do in a second (`/tmp` has one too, and holds more
# files). **1,769 MB are one vCPU**; below it a function gets its share of one, memory ÷ 1769.
#
# > **Predict.** A function that only computes takes 30 ms with 1,769 MB. How long with 256 MB? And what happens
# > to the *price*, which is duration × memory?

# %% function_file="cook.py"
import time

import execution_environment


def handler(event, context):
    execution_environment.report()
    total = sum(n * n for n in range(event["work"]))  # computes
    time.sleep(event.get("wait_s", 0))  # waits: for a kitchen, a database, a partner
    return total


# %%
from labkit.labs.functions import deploy

deploy(lab, "cook", "cook.py")

# %% [markdown]
# `tune` goes through all sizes again and again, in random order. It measures *warm* calls, which find an
# environment that is there already.

# %% wait="25"
from labkit.labs.functions.tuning import tune

sizes = [512, 1769] if quick else [128, 256, 512, 1024, 1769, 3008]
blocks, calls = (6, 1) if quick else (10, 2)
cook = lab.name("cook")
computing = tune(awslambda, cook, {"work": 1_000_000}, sizes, blocks=blocks, calls=calls)

# %%
from labkit.labs.functions.memory_curve import memory_curve

memory_curve(computing)

# %% [markdown]
# Half the memory, twice the time, as far as one vCPU. Beyond it one thread gains nothing. So the claim is right up
# to a limit. (A sandbox on macOS cannot hold a process to its share: there the line is level.)

# %% [markdown] tags=["extra"]
# ### What a size costs
#
# Twice as fast at twice the price per ms is **the same price**, until the line levels off. For a
# function that only computes, 1,769 MB should cost what 128 MB do. (If yours cost more: a whole CPU has to be
# free for that size, and your machine had other work.)
#
# Most functions do not only compute. This one also *waits* 40 ms for somebody else:

# %%
mixed = tune(
    awslambda, cook, {"work": 1_000_000, "wait_s": 0.04}, sizes, blocks=blocks, calls=calls, seed=2
)
print(mixed)
memory_curve(mixed)

# %% [markdown]
# No CPU makes waiting shorter, but it is billed at the price of the memory. Where the curve bends depends on the
# mix, so it is measured, not guessed. Move the two parts:

# %%
from labkit.labs.functions import memory_figure
from labkit.show.sliders import explore

explore(memory_figure, computes_ms=(0, 1000, 10), waits_ms=(0, 1000, 10))

# %% [markdown]
# #### Exercise 3 · Choose
#
# From `mixed.curve` (columns `memory_mb`, `duration_ms`, `usd_per_million`), find the **cheapest** size whose
# median duration is at most **three times that of the fastest** size. Put it into `chosen_mb`, in MB.

# %% exercise="choose-memory"
### BEGIN SOLUTION
fast_enough = mixed.curve[mixed.curve["duration_ms"] <= 3 * mixed.curve["duration_ms"].min()]
chosen_mb = int(fast_enough.sort_values("usd_per_million")["memory_mb"].iloc[0])
### END SOLUTION

# %%
lab.check("choose-memory", answer=(mixed.curve, chosen_mb))


# %% tags=["exercise-definition"]
class ChooseMemory(Exercise):
    id = "choose-memory"
    title = "Choose"
    hints = (
        "Two steps: first what is fast enough, then what is cheapest of that.",
        'First keep what is fast enough: `mixed.curve["duration_ms"] <= 3 * '
        'mixed.curve["duration_ms"].min()`.',
        'Of those rows the one with the lowest price: `.sort_values("usd_per_million")["memory_mb"].iloc[0]`.',
    )

    def check(self, lab):
        curve, chosen = self.answer
        rows = curve.set_index("memory_mb")
        if chosen not in rows.index:
            raise NotYet(f"one of the sizes {list(rows.index)}", repr(chosen), self.hints[1])
        limit = 3 * rows["duration_ms"].min()
        fast = rows[rows["duration_ms"] <= limit]
        if chosen not in fast.index:
            raise NotYet(
                f"at most three times the fastest, {limit:.0f} ms",
                f"{chosen} MB: {rows.loc[chosen, 'duration_ms']:.0f} ms",
                self.hints[0],
            )
        if rows.loc[chosen, "usd_per_million"] > fast["usd_per_million"].min():
            raise NotYet(
                "the cheapest of those that are fast enough",
                f"{chosen} MB: {rows.loc[chosen, 'usd_per_million']:.2f} USD per million",
                self.hints[1],
            )
        return f"{chosen} MB: {rows.loc[chosen, 'usd_per_million']:.2f} USD per million calls"


# %% wrong="choose-memory" expect="three times the fastest"
slow = mixed.curve.assign(duration_ms=[1000.0, *mixed.curve["duration_ms"][1:]])
mixed = type(mixed)(mixed.frame, slow, mixed.goal, mixed.best_mb, mixed.rivals_mb)
chosen_mb = int(mixed.curve["memory_mb"].iloc[0])

# %% [markdown]
# ## 3 · Two time-outs
#
# Lambda lets a function run for up to **900 s**. (One kind may run longer: on *Managed Instances* asynchronous
# calls and most polled ones may take 5,400 s.) A REST API of API Gateway waits **29 s** for it, unless the quota
# was raised, which Regional and private REST APIs allow since June 2024. (The notes say 30, and that is the
# imprecise sentence: 30 s is the limit of API Gateway's other kind, the HTTP API.) Neither knows of the other.
#
# We shrink both: a function with a timeout of 10 s, behind an API that waits **2 s**.

# %% function_file="slow.py"
import json
import time


def handler(event, context):
    time.sleep(json.loads(event["body"])["seconds"])
    print("the order is cooked")
    return {"statusCode": 201, "body": json.dumps({"status": "cooked"})}


# %%
from labkit.labs.functions import rest_api

deploy(lab, "slow", "slow.py", timeout_s=10)
api_id, resource_id, url = rest_api(lab, lab.name("slow"), wait_ms=2000)
url

# %% [markdown]
# (`rest_api` is the code that you write yourself in lesson 08; `rest_api??` shows it.)
#
# > **Predict.** An order that takes 4 s. What is the customer told, and when? What does the function do after
# > that?

# %%
from datetime import UTC, datetime

import requests

from labkit import wait_until


def order(seconds):
    return requests.post(url, json={"seconds": seconds}, timeout=30)


wait_until(lambda: order(0).status_code == 201, seconds=60)  # a new stage takes a moment
began = datetime.now(UTC)
gave_up = order(4)
gave_up.status_code, gave_up.json(), f"after {gave_up.elapsed.total_seconds():.1f} s"

# %%
from labkit.measure.platform_logs import invocations, read_log_events

group = f"/aws/lambda/{lab.name('slow')}"


def long_calls():
    """Rows of the calls that ran for a second or more, as far as the log has been delivered."""
    calls = invocations(read_log_events(logs, group, start=began))
    return calls[calls["duration_ms"] >= 1000]


wait_until(lambda: len(long_calls()) == 1, seconds=60)
long_calls()[["request_id", "duration_ms", "billed_ms", "status"]]

# %% [markdown]
# The customer was told *504* after 2 s, and will order again. The function never heard of it: it worked on for its
# 4 s, **cooked the order**, ended without an error, and is billed in full.

# %% [markdown]
# ### Exercise 2 · Make them agree
#
# Change the **function** (`lab.name("slow")`) so that no call can run on after its customer was sent away. Mind
# that API Gateway's clock starts before the function's does.

# %% exercise="agree"
### BEGIN SOLUTION
awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=1)
awslambda.get_waiter("function_updated_v2").wait(FunctionName=lab.name("slow"))
### END SOLUTION

# %%
lab.check("agree")


# %% tags=["exercise-definition"]
class Agree(Exercise):
    id = "agree"
    title = "Make them agree"
    minutes = 4
    hints = (
        "Which of the two has to give up first?",
        "A function's `Timeout` is in whole seconds, and API Gateway waits 2 s. With the same number the customer "
        "may still be sent away first.",
        '`awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=1)`, then the waiter '
        "`function_updated_v2`.",
    )

    def check(self, lab):
        apigateway = lab.client("apigateway")
        pages = apigateway.get_paginator("get_rest_apis").paginate()
        mine = [a for page in pages for a in page["items"] if a["name"] == lab.name("api")]
        if not mine:
            raise NotYet("the API " + lab.name("api"), "none", "run the cell that creates it")
        root = apigateway.get_resources(restApiId=mine[0]["id"])["items"][0]["id"]
        integration = apigateway.get_integration(
            restApiId=mine[0]["id"], resourceId=root, httpMethod="POST"
        )
        config = lab.client("lambda").get_function_configuration(FunctionName=lab.name("slow"))
        waits_ms, runs_s = integration["timeoutInMillis"], config["Timeout"]
        if waits_ms != 2000:
            raise NotYet(
                "the API as it was, 2,000 ms", f"{waits_ms:,} ms", "change the function instead"
            )
        if runs_s * 1000 >= waits_ms:
            raise NotYet(
                "a function that ends before API Gateway gives up, after 2 s",
                f"a timeout of {runs_s} s",
                self.hints[1],
            )
        return f"the function ends after {runs_s} s, API Gateway waits for {waits_ms / 1000:g} s"


# %% wrong="agree" expect="a timeout of 29 s"
awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=29)

# %% wrong="agree" expect="a timeout of 2 s"
awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=2)

# %% wrong="agree" expect="change the function"
apigateway.update_integration(
    restApiId=api_id,
    resourceId=resource_id,
    httpMethod="POST",
    patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "10000"}],
)

# %%
awslambda.get_waiter("function_updated_v2").wait(FunctionName=lab.name("slow"))
cut_short = order(4)
cut_short.status_code, cut_short.json(), f"after {cut_short.elapsed.total_seconds():.1f} s"

# %% [markdown]
# The customer still gets an error, but another one. **504** meant: API Gateway gave up, and the function may have
# worked on. **502** means: the function ended, and its answer was an error. Now both sides agree that nothing was
# cooked, the log says *timeout*, an alarm can see it, and less is billed. (A function that is cut off in the middle
# may leave its work half done.) What takes longer than a customer waits belongs behind a **queue** (lesson 09).

# %% [markdown] tags=["extra"]
# ### Ask for more?
#
# Both limits, one step too far:

# %%
try:
    apigateway.update_integration(
        restApiId=api_id,
        resourceId=resource_id,
        httpMethod="POST",
        patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "30000"}],
    )
except apigateway.exceptions.BadRequestException as refused:
    print(refused.response["Error"]["Message"])

# %%
try:
    awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=901)
except awslambda.exceptions.ClientError as refused:
    print(refused.response["Error"]["Message"])

# %% [markdown]
# API Gateway's limit is a quota, and more can be asked for. What lasts longer than a function may is cut into
# steps. (Lambda's own *durable functions* are such steps: one execution may last a year, and each call of the
# function as long as any other.)

# %% [markdown]
# ## 4 · Three ways of calling
#
# Until now you waited for the answer: that is a **synchronous** call. There are two more ways. They differ in who
# hears of a failure.


# %% function_file="receipt.py"
def handler(event, context):
    """Print a receipt, if there is paper."""
    if event.get("error"):
        raise RuntimeError("no paper")
    return {"printed": event["orderId"]}


# %%
receipt = deploy(lab, "receipt", "receipt.py")
broken = json.dumps({"orderId": "ord-7", "error": True})
answer = awslambda.invoke(FunctionName=receipt, Payload=broken)
answer["StatusCode"], answer["FunctionError"], json.loads(answer["Payload"].read())["errorMessage"]

# %% [markdown]
# The caller is told, and has to deal with it. (The status is 200: the *call* worked, the function failed.)
#
# An **asynchronous** call (`InvocationType="Event"`) only hands the event over. So the failure needs a place to go:
# a **destination**, here a queue. Lambda sends to it in the function's name, so its role has to allow it.

# %%
sqs = lab.client("sqs")
failed_url = sqs.create_queue(QueueName=lab.name("failed"))["QueueUrl"]
failed = sqs.get_queue_attributes(QueueUrl=failed_url, AttributeNames=["QueueArn"])["Attributes"]
send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failed["QueueArn"]}
iam.put_role_policy(
    RoleName=lab.name("role"),
    PolicyName="send-failed",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [send]}),
)
awslambda.put_function_event_invoke_config(
    FunctionName=receipt,
    MaximumRetryAttempts=0,  # the default is two more attempts, after one and two minutes
    DestinationConfig={"OnFailure": {"Destination": failed["QueueArn"]}},
)["MaximumRetryAttempts"]

# %%
answer = awslambda.invoke(FunctionName=receipt, Payload=broken, InvocationType="Event")
answer["StatusCode"], answer["Payload"].read()

# %%
from labkit.labs.delivery import take_one

letter = json.loads(take_one(sqs, failed_url)["Body"])
letter["requestContext"]["condition"], letter["requestPayload"], letter["responsePayload"]

# %% [markdown]
# **202** and nothing else: the caller never hears of it. Without the destination nobody would. (An event that AWS
# cannot hand over at all, because a function is throttled, is kept for up to six hours.)
#
# The third way: Lambda **polls** a queue or a stream and calls your function with what it finds. You build that in
# lesson 09.
#
# | | synchronous | asynchronous | polled |
# |---|---|---|---|
# | who calls so | API Gateway, your code | S3, SNS, EventBridge | SQS, Kinesis, DynamoDB Streams |
# | the caller gets | the answer, or the error | 202 | nothing: there is no caller |
# | after an error | the caller decides | two more attempts, then the destination | the message is seen again |

# %% [markdown]
# ## 5 · In a VPC
#
# A function always runs in a VPC that **Lambda** owns: it reaches the internet and AWS's services, and nothing
# of yours that has no public address. To reach a database in your VPC, *attach* it: Lambda puts a network
# interface into subnets that you name, and **all** its traffic goes out there.
#
# An attached function has a *private* IPv4 address, and only that, in a public subnet too. So an internet gateway
# is no use to it; a **NAT gateway** is. S3 and DynamoDB can be had without internet, through a **gateway
# endpoint**. (In dual-stack subnets a function may also be allowed outbound IPv6: `Ipv6AllowedForDualStack`.)
# So attach only what needs your network, and count the NAT gateway's price in (lesson 02).

# %% [markdown] tags=["extra"]
# ### Attach one
#
# We take the Region's default VPC, so that nothing has to be built.

# %%
subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
vpc_id = subnets[0]["VpcId"]
group_id = next(g["GroupId"] for g in groups["SecurityGroups"] if g["VpcId"] == vpc_id)
[(subnet["SubnetId"], subnet["CidrBlock"]) for subnet in subnets[:2]]

# %%
from labkit.labs.functions import network_role

attached = awslambda.create_function(
    FunctionName=lab.name("attached"),
    Role=network_role(lab),
    Runtime="python3.13",
    Handler="anatomy.handler",
    Code={"ZipFile": lab.zip("anatomy.py")},
    VpcConfig={
        "SubnetIds": [subnet["SubnetId"] for subnet in subnets[:2]],
        "SecurityGroupIds": [group_id],
    },
)
attached["State"], attached["VpcConfig"]["SubnetIds"]

# %%
awslambda.get_waiter("function_active_v2").wait(FunctionName=lab.name("attached"))
awslambda.get_function_configuration(FunctionName=lab.name("attached"))["State"]

# %% [markdown]
# `Pending` is when Lambda makes the interface: on AWS a minute or so, once per combination of subnet and security
# group, shared by all functions that use it (it used to be at the cold start; that is long over). Its role
# needs permission for that.
#
# **What is real here, and what is not:** the sandbox keeps this configuration and returns it, but its functions
# are processes on your machine. They are *not* in any network of the VPC, so there is nothing to be measured.
# What follows is reasoning from routes, as in lesson 01.

# %% [markdown]
# #### Exercise 4 · What can it reach?
#
# In `reach`, give for each place the set of what a function can reach from there: `"database"` (one in your
# VPC), `"S3"` (the service), `"internet"` (a partner's public API), for example `{"database", "S3"}`. Security
# groups let everything pass, and all of it is IPv4.

# %%
places = [
    "not attached",
    "public subnet, route to an internet gateway",
    "private subnet, route to a NAT gateway",
    "isolated subnet, no route out",
    "isolated subnet, gateway endpoint for S3",
]

# %% exercise="reach"
# reach = {"not attached": {...}, "public subnet, route to an internet gateway": {...}, ...}
### BEGIN SOLUTION
reach = {
    "not attached": {"S3", "internet"},
    "public subnet, route to an internet gateway": {"database"},
    "private subnet, route to a NAT gateway": {"database", "S3", "internet"},
    "isolated subnet, no route out": {"database"},
    "isolated subnet, gateway endpoint for S3": {"database", "S3"},
}
### END SOLUTION

# %%
lab.check("reach", answer=reach)


# %% tags=["exercise-definition"]
class Reach(Exercise):
    id = "reach"
    title = "What can it reach?"
    hints = (
        "For each place ask: which address has the function there, and which routes has its subnet?",
        'Start with `reach = {"not attached": {…}, "public subnet, route to an internet gateway": {…}, "private '
        'subnet, route to a NAT gateway": {…}, "isolated subnet, no route out": {…}, "isolated subnet, gateway '
        'endpoint for S3": {…}}`; each value is a set of `"database"`, `"S3"`, `"internet"`.',
        "An internet gateway serves interfaces with a public address, and an attached function has none. S3 has "
        "public addresses: without an endpoint it is as far away as the internet.",
    )
    truth = {
        "not attached": {"S3", "internet"},
        "public subnet, route to an internet gateway": {"database"},
        "private subnet, route to a NAT gateway": {"database", "S3", "internet"},
        "isolated subnet, no route out": {"database"},
        "isolated subnet, gateway endpoint for S3": {"database", "S3"},
    }
    why = {
        "not attached": "it runs in Lambda's own VPC: everything public, nothing of yours",
        "public subnet, route to an internet gateway": "it has no public address, so the gateway "
        "does not carry its packets",
        "private subnet, route to a NAT gateway": "NAT lends it a public address on the way out",
        "isolated subnet, no route out": "without a route there is only the VPC itself",
        "isolated subnet, gateway endpoint for S3": "the endpoint is a route to S3 and to nothing else",
    }

    def check(self, lab):
        if not isinstance(self.answer, dict):
            raise NotYet("a dictionary", type(self.answer).__name__, self.hints[0])
        for place, truth in self.truth.items():
            found = self.answer.get(place)
            if not isinstance(found, set | frozenset | list | tuple):
                raise NotYet(f"an entry for {place!r}", str(sorted(self.answer)), self.hints[0])
            if set(found) != truth:
                raise NotYet(
                    f"the right set for {place!r}", str(sorted(found)), f"think: {self.why[place]}"
                )
        return "attaching gives you the database and takes away the internet"


# %% wrong="reach" expect="no public address"
reach = {
    "not attached": {"S3", "internet"},
    "public subnet, route to an internet gateway": {"database", "S3", "internet"},
    "private subnet, route to a NAT gateway": {"database", "S3", "internet"},
    "isolated subnet, no route out": {"database"},
    "isolated subnet, gateway endpoint for S3": {"database", "S3"},
}

# %% [markdown]
# The second line is what surprises people: put a function into a public subnet, and it loses the internet.

# %% [markdown] tags=["extra"]
# ## 6 · Lambda, or a server?
#
# > **The claim.** *You pay only for what you use, so serverless is useful when traffic is not always high.*
#
# It is arithmetic. A server costs the same every month; a function costs by the call. You give the server's
# price, since it depends on what you need.

# %%
import pandas as pd

from labkit.prices import price
from labkit.show.tables import table

call_s, memory_gb, server_usd = 0.1, 0.5, 60.0
request = price("lambda-request", lab.region).amount
gb_second = price("lambda-x86-gb-second", lab.region).amount
call_usd = request + call_s * memory_gb * gb_second
break_even = server_usd / call_usd
rows = [(f"{share:.0%}", share * break_even, share * server_usd) for share in (0.1, 1.0, 5.0)]
rows = [
    (share, f"{calls:,.0f}", f"${usd:,.2f}", f"${server_usd:,.2f}") for share, calls, usd in rows
]
table(
    pd.DataFrame(rows, columns=["of the break-even", "calls a month", "Lambda", "a server"]),
    f"Calls of {call_s * 1000:.0f} ms with {memory_gb * 1024:.0f} MB, without free tiers",
)

# %% [markdown]
# True, then: below the break-even Lambda is cheaper, and at no traffic it costs nothing. Above it a busy server is
# cheaper, if one is enough and somebody looks after it. Change the three numbers to yours.

# %% [markdown] tags=["extra"]
# ## 7 · "High availability and security: none of your concern"
#
# This is the **false** one. Lambda runs in several Availability Zones and replaces broken machines; that part is
# true. But look at what your function told us in section 1:

# %%
[name for name in seen["variables"] if "KEY" in name or "TOKEN" in name]

# %% [markdown]
# The role's credentials are in the environment of every line of code that you put into the package, each
# dependency included. What can be done with them is up to your role. Ours:

# %%
asked = ["logs:PutLogEvents", "s3:GetObject", "dynamodb:DeleteTable"]
told = iam.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=asked)
{one["EvalActionName"]: one["EvalDecision"] for one in told["EvaluationResults"]}

# %% [markdown]
# | AWS does | yours to do |
# |---|---|
# | several Availability Zones, healthy hosts | subnets in at least two of them, if you attach; the database's own availability |
# | isolation between functions, patches of runtime and system | the role's permissions; your code and its dependencies; moving off retired runtimes |
# | retries of asynchronous calls: two after the function's own error, up to six hours after throttling | what happens after that; handlers that may run twice without harm |
# | scaling up to your limit | the limit (lesson 07); everything behind the function |

# %% [markdown]
# ## Recap
#
# - **The answer.** Memory decides how much CPU it has. Its timeout decides how long it may run, and the caller may
#   give up earlier without telling it. A synchronous caller hears of a failure; an asynchronous one does not, so the
#   function needs a destination.
# - Code, handler, role, configuration: four parts, and each can be wrong on its own.
# - **Memory is CPU**, m/1769 of one, up to 1 for one thread. Computing costs the same at any size below it;
#   waiting costs more with each MB.
# - API Gateway gives up **without telling the function**. Keep the function's timeout below the caller's patience.
# - **Attached to a VPC** a function reaches what the subnet's routes reach, and has no public address.
# - "High availability and security are none of your concern" is the false sentence. The platform is AWS's; the
#   role, the code and its dependencies are yours. (Section 7 shows it.)

# %% [markdown]
# ## Going further
#
# - `tune(..., goal="balanced")` weighs speed and price alike. Try a payload of yours.
# - "Upload the code and it runs" is true, but the first call waits: lesson 06.
# - Lambda Managed Instances (EC2 capacity, several requests per environment, up to 32,768 MB) follow other rules
#   than the ones measured here. So do **Web Functions**, which serve HTTP themselves; the functions of this course
#   are event functions.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
