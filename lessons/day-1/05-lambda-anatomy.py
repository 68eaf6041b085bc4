# ---
# labkit:
#   lesson: "05"
#   slug: lambda-anatomy
#   title: "Anatomy of a Lambda function"
#   minutes: 25
#   day: 1
#   block: Serverless
#   goals:
#     - create a function with boto3, step by step, and see what it sees
#     - measure how memory buys CPU, and choose a size with its price in view
#     - let API Gateway give up on a function that works on, and make their time-outs agree
#     - say what a function in a VPC can reach, and what it cannot
#   creates:
#     - 3 IAM roles
#     - 4 Lambda functions with their log groups, one of them attached to the default VPC
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
# What the bootcamp's notes say about Lambda: *upload the code and it runs, at any time. More memory makes
# it faster, because CPU grows in proportion. Lambda's time-out is 15 minutes, API Gateway's 30 seconds, so
# look at both. It runs in a VPC of its own; to reach a database in yours, attach it. High availability and
# security are none of your concern.*
#
# We build one function and try each sentence on it. One of them is false and one is imprecise.
#
# All measuring cells together take about a minute and a half (with `quick = True` about 25 seconds).

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
# - Exercise 4 goes wrong at the public subnet. Do not give it away: lesson 01 has the rule.
# - Who is late: leave out the second tuning; section 3 needs only `deploy` and `rest_api`.

# %% [markdown]
# ## 1 · Four parts
#
# A function consists of **code** (a zip file), a **handler** (which function in which file), a **role** (what
# it may do) and a **configuration** (runtime, memory, timeout). The code first. `%%function_file` writes the rest
# of its cell to a file in this run's folder, from which `lab.zip` packs it later. This function looks around:

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
# The role: *who may take it* (the Lambda service) and *what it may do* (write logs). `lab.name` adds this run's
# number to a name, which keeps it apart from everybody else's.

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
role = iam.create_role(
    RoleName=lab.name("anatomy-role"), AssumeRolePolicyDocument=json.dumps(trust)
)["Role"]
iam.attach_role_policy(
    RoleName=lab.name("anatomy-role"),
    PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
)

# %% [markdown]
# ### Exercise 1 · Put it together
#
# Create the function `lab.name("anatomy")` from `lab.zip("anatomy.py")`: runtime `python3.13`, the role above,
# **256 MB**, a timeout of **10 s**, and the handler in the form `file.function`. Then wait until it is active
# (`get_waiter("function_active_v2")`).

# %% exercise="create-function"
### BEGIN SOLUTION
awslambda.create_function(
    FunctionName=lab.name("anatomy"),
    Role=role["Arn"],
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
    hints = (
        "`awslambda.create_function(FunctionName=…, Role=…, Runtime=…, Handler=…, Code=…, MemorySize=…, "
        "Timeout=…)`; memory in MB, timeout in seconds.",
        'The code: `Code={"ZipFile": lab.zip("anatomy.py")}`. The role: `role["Arn"]`. The handler: '
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
    Role=role["Arn"],
    Runtime="python3.13",
    Handler="anatomy.handler",
    Code={"ZipFile": lab.zip("anatomy.py")},
)

# %% wrong="create-function" expect="HandlerNotFound"
awslambda.create_function(
    FunctionName=lab.name("anatomy"),
    Role=role["Arn"],
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
# your code loaded, which Lambda keeps for later calls. (`python` need not be 3.13 here: the sandbox runs every
# Python function with this machine's own Python.) Keep the list of variables in mind for section 5.
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
# `tune` goes through all sizes again and again. Each round is a *block*, in a random order of its own. It measures
# *warm* calls, which find an environment that is there already. Afterwards the function has its own memory back.

# %%
from labkit.labs.functions.tuning import tune

sizes = [512, 1769] if quick else [128, 256, 512, 1024, 1769, 3008]
blocks = 6 if quick else 10
cook = lab.name("cook")
computing = tune(awslambda, cook, {"work": 1_000_000}, sizes, blocks=blocks, calls=2)

# %%
from labkit.labs.functions.memory_curve import memory_curve

memory_curve(computing)

# %%
curve = computing.curve.set_index("memory_mb")["duration_ms"].to_frame()
curve["× the time at 1769 MB"] = curve["duration_ms"] / curve.loc[1769, "duration_ms"]
curve["1769/m"] = (1769 / curve.index).to_numpy().clip(min=1)
curve.round(2)

# %%
print(computing)

# %% [markdown]
# Half the memory, twice the time, as far as one vCPU. Beyond it one thread gains nothing: a second vCPU needs
# a second thread. So the note is right up to a limit. (A sandbox on macOS cannot hold a process to its share:
# there the line is level.)
#
# And the price? Twice as fast at twice the price per ms is **the same price**, until the line levels off. For a
# function that only computes, 1,769 MB should cost what 128 MB do. (If yours cost more: a whole CPU has to be
# free for that size, and your machine had other work.) So chance decides which of these sizes comes out cheapest.
# The recommendation says how far: `tune` draws blocks at random from those that it measured, as if the experiment
# had been done again (*resampling*), and tells in how many such experiments a size wins, and which others it cannot
# rule out.
#
# Most functions do not only compute. This one also *waits* 40 ms for somebody else:

# %%
mixed = tune(
    awslambda, cook, {"work": 1_000_000, "wait_s": 0.04}, sizes, blocks=blocks, calls=2, seed=2
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
# ### Exercise 2 · Choose
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
# Lambda lets a function run for up to **900 s**. A REST API of API Gateway waits **29 s** for it, unless the quota
# was raised, which Regional and private REST APIs allow since June 2024. (The notes say 30, and that is the
# imprecise sentence: 30 s is the limit of API Gateway's other kind, the HTTP API.) Nobody tells either about the
# other.
#
# To see it without waiting half a minute, we shrink both: a function with a timeout of 10 s, behind an API that
# waits **2 s**.

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

# %%
for event in read_log_events(logs, group)[-4:]:
    print(event["message"].rstrip())

# %% [markdown]
# The customer was told *504, Endpoint request timed out* after 2 s, and will order again. The function never
# heard of it: it worked on for its 4 s, **cooked the order**, ended without an error, and is billed in full. In
# its metrics everything looks fine.
#
# ### Exercise 3 · Make them agree
#
# Change the **function** (`lab.name("slow")`) so that no call can run on after its customer was sent away.

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
    hints = (
        "A function's `Timeout` is in whole seconds. API Gateway waits 2 s.",
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
        if runs_s * 1000 > waits_ms:
            raise NotYet(
                "a function that ends before API Gateway gives up, after 2 s",
                f"a timeout of {runs_s} s",
                self.hints[1],
            )
        return f"the function ends after {runs_s} s, API Gateway waits for {waits_ms / 1000:g} s"


# %% wrong="agree" expect="a timeout of 29 s"
awslambda.update_function_configuration(FunctionName=lab.name("slow"), Timeout=29)

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

# %%
wait_until(lambda: len(long_calls()) == 2, seconds=60)
long_calls()[["request_id", "duration_ms", "billed_ms", "status"]]

# %% [markdown]
# Now the customer still gets an error (502), but the two sides *agree* that nothing was cooked, the log says
# *timeout*, an alarm can see it, and little more than a second is billed instead of four. (Our function cooks at
# its very end. One that is cut off in the middle may leave its work half done.) What really takes longer than a
# customer waits belongs behind a **queue** (lesson 09).
#
# And simply to ask for more, of API Gateway or of Lambda?

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
# API Gateway's limit is a quota, and more can be asked for; Lambda's 900 s are fixed. What lasts longer is cut into
# steps, or is no function. (Lambda's own *durable functions* are such steps: together they may last a year, and
# each call at most 900 s.)
#
# ## 4 · In a VPC
#
# A function always runs in a VPC that **Lambda** owns: it reaches the internet and AWS's services, and nothing
# of yours that has no public address. To reach a database in your VPC, *attach* it: Lambda puts a network
# interface into subnets that you name, and **all** its traffic goes out there. We attach one to the Region's
# default VPC, so that nothing has to be built.

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
#
# An attached function has a *private* address, and only that, in a public subnet too. So an internet gateway
# is no use to it; a **NAT gateway** is. S3 and DynamoDB can be had without internet, through a **gateway
# endpoint**.
#
# ### Exercise 4 · What can it reach?
#
# In `reach`, give for each place the set of what a function can reach from there: `"database"` (one in your
# VPC), `"S3"` (the service), `"internet"` (a partner's public API), for example `{"database", "S3"}`. Security
# groups let everything pass.

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
            if found is None:
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
# The second line is what surprises people: put a function into a public subnet, and it loses the internet. So
# attach only what needs your network, and count the NAT gateway's price in (lesson 02).
#
# ## 5 · "High availability and security: none of your concern"
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
told = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=asked)
{one["EvalActionName"]: one["EvalDecision"] for one in told["EvaluationResults"]}

# %% [markdown]
# | AWS does | yours to do |
# |---|---|
# | several Availability Zones, healthy hosts | subnets in at least two of them, if you attach; the database's own availability |
# | isolation between functions, patches of runtime and system | the role's permissions; your code and its dependencies; moving off retired runtimes |
# | retries of asynchronous calls: two after the function's own error, up to six hours after throttling | what happens after that; handlers that may run twice without harm |
# | scaling up to your limit | the limit (lesson 07); everything behind the function |
#
# ## Recap
#
# - Code, handler, role, configuration: four parts, and each can be wrong on its own.
# - **Memory is CPU**, m/1769 of one, up to 1 for one thread. Computing costs the same at any size below it;
#   waiting costs more with each MB.
# - API Gateway gives up **without telling the function**. Keep the function's timeout below the caller's patience.
# - **Attached to a VPC** a function reaches what the subnet's routes reach, and has no public address.
# - Availability and security are *shared*: the platform is AWS's, the role and the code are yours.
#
# ## Going further
#
# - `tune(..., goal="balanced")` weighs speed and price alike. Try a payload of yours.
# - "Upload the code and it runs" is true, but the first call waits: lesson 06.
# - Lambda Managed Instances (EC2 capacity, several requests per environment, up to 32,768 MB) follow other rules
#   than the ones measured here.
#
# ## Clean up

# %%
lab.teardown()
