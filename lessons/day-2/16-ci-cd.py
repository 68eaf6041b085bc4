# ---
# labkit:
#   lesson: "16"
#   slug: ci-cd
#   title: "CI/CD: a bad version that rolls itself back"
#   minutes: 50
#   day: 2
#   block: Operations
#   question: >-
#     How does a change reach all customers, if you cannot know beforehand that it is good?
#   goals:
#     - test the worker on your desk, and the running service by what customers rely on
#     - lead a change through a pipeline - source, test, change set, canary, full
#     - let an alarm stop a bad version and bring the old one back, with no order lost
#     - change the shape of stored data in steps, because a canary does not see everything
#     - say who may deploy, down to one branch of one repository
#   creates:
#     - 1 CloudFormation stack with 2 functions, 1 REST API, 2 queues, 1 table, 1 alarm, 1 CodeDeploy application and 4 roles
#     - 1 pipeline with its CodeBuild project, its report group, its S3 bucket and 3 roles
#     - 1 OIDC provider with 1 role
#   cost: >-
#     Some US cents in an account of your own: a build minute is billed, and each minute of the pipeline's
#     actions. CodeDeploy asks nothing for Lambda.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: the last release goes to all at once, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("ci-cd", target=target, region=region)
lab

# %% [markdown]
# In lesson 14 a template became a stack, by hand. At work nobody does that by hand twenty times a day.
# **Continuous integration** (CI) tests each change as soon as somebody hands it in. **Continuous delivery**
# (CD) brings what has passed to the customers. Between the two stands a **pipeline**.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("16")

# %% [markdown] tags=["instructor-notes"]
# - Ask first: "who has been called at night because of a release?" The story of section 4 is theirs.
# - Section 4 is what people came for. Open the map of section 3 beside it, and do not say what will happen.
# - Section 5 is the one to discuss: the release was green, and the data is wrong.
# - Who is late: `lab.solve("worker-test")` and `lab.solve("version-alarm")`; then everything runs up to section 5.
# - A minute of CodeDeploy takes 2 s in the sandbox. In an account section 3 takes some seven minutes, and so does
#   section 5; section 4 takes as long as the alarm needs.

# %% [markdown]
# ## 1 · On the desk
#
# The worker of lesson 11, in three functions, so that each can be tested alone: `item` says what is kept of
# an order.

# %% function_file="worker.py"
import functools
import json
import os

import boto3


@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS"])


def item(order):
    """Return what is kept of an order."""
    return {"orderId": order["orderId"], "totalKRW": order["totalKRW"]}


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table().put_item(Item=item(order))
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))


# %% [markdown]
# A **unit test** calls such a function without AWS. Where the handler asks for the table it gets a **fake**:
# a class with the one method that the handler uses. (`monkeypatch` is pytest's; it puts the fake in the place of
# `worker.table` for one test.)

# %% [markdown]
# ### Exercise 1 · The test that matters
#
# An order that could not be kept must come back. So the handler has to *fail* when the table refuses: only then
# does the queue give the order out again. Complete the second test: with `FakeTable(refuses=True)` the
# handler has to raise, and must not say `order.processed`. (`pytest.raises(RuntimeError)` is a block that
# demands the error; `capsys.readouterr().out` is what was printed.)

# %% function_file="test_worker.py" exercise="worker-test"
import json

import pytest
import worker

ORDER = {"orderId": "o-1", "totalKRW": 9500, "coupon": "WELCOME"}
EVENT = {"Records": [{"body": json.dumps(ORDER)}]}


class FakeTable:
    def __init__(self, refuses=False):
        self.kept, self.refuses = [], refuses

    def put_item(self, **given):
        if self.refuses:
            raise RuntimeError("the table refuses")
        self.kept.append(given["Item"])


def test_an_order_is_kept(monkeypatch, capsys):
    table = FakeTable()
    monkeypatch.setattr(worker, "table", lambda: table)
    worker.handler(EVENT, None)
    assert table.kept[0]["orderId"] == "o-1"
    assert "order.processed" in capsys.readouterr().out


def test_an_order_that_cannot_be_kept_comes_back(monkeypatch, capsys):
    ### BEGIN SOLUTION
    monkeypatch.setattr(worker, "table", lambda: FakeTable(refuses=True))
    with pytest.raises(RuntimeError):
        worker.handler(EVENT, None)
    assert "order.processed" not in capsys.readouterr().out
    ### END SOLUTION


# %%
from labkit.labs.delivery import run_tests

run_tests(lab.folder / "test_worker.py", lab.folder / "worker.py")

# %%
lab.check("worker-test")

# %% tags=["exercise-definition"]
from labkit.course.exercises import Exercise, NotYet
from labkit.labs.delivery import run_tests
from labkit.labs.stacks import resources_in


class WorkerTest(Exercise):
    id = "worker-test"
    title = "The test that matters"
    minutes = 5
    hints = (
        "Three things, as in the test above: put a fake in the table's place, call the handler, say what has to be so "
        "afterwards. Here the call itself stands in a block that demands an error.",
        "`with pytest.raises(RuntimeError):` and, indented below it, the call. After the block: what was printed must "
        "*not* contain the words.",
        '`monkeypatch.setattr(worker, "table", lambda: FakeTable(refuses=True))`; `with pytest.raises(RuntimeError):` '
        'and below it `worker.handler(EVENT, None)`; `assert "order.processed" not in capsys.readouterr().out`.',
    )

    PUT = "        table().put_item(Item=item(order))\n"
    SAY = '        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))\n'
    CAUGHT = "        try:\n    " + PUT + "        except Exception as error:\n            "

    def check(self, lab):
        tests, worker = self.written(lab, "test_worker.py"), self.written(lab, "worker.py")
        outcomes = self.outcomes(tests, worker)
        if len(outcomes) < 2:
            raise NotYet("two tests", str(len(outcomes)), "their names begin with test_")
        for name, outcome in outcomes.items():
            if outcome != "passed":
                raise NotYet(f"{name} to pass with the worker", outcome, self.hints[0])
        source = worker.read_text(encoding="utf-8")
        mistakes = {
            "hides the table's refusal": source.replace(
                self.PUT, self.CAUGHT + "print(error)\n            continue\n"
            ),
            "says `order.processed` before the order is kept": source.replace(
                self.PUT + self.SAY, self.SAY + self.PUT
            ),
        }
        for mistake, wrong in mistakes.items():
            if set(self.outcomes(tests, worker, wrong).values()) == {"passed"}:
                raise NotYet(
                    f"a test that notices a worker which {mistake}",
                    "all tests pass with it",
                    self.hints[1],
                )
        return f"your tests let the worker pass, and stop {len(mistakes)} wrong ones"

    def outcomes(self, tests, tested, source=None):
        frame = run_tests(tests, tested, source)
        return dict(zip(frame["test"], frame["outcome"], strict=True))


# %% wrong="worker-test" expect="hides the table's refusal" function_file="test_worker.py"
import contextlib
import json

import worker

ORDER = {"orderId": "o-1", "totalKRW": 9500, "coupon": "WELCOME"}
EVENT = {"Records": [{"body": json.dumps(ORDER)}]}


class FakeTable:
    def __init__(self, refuses=False):
        self.kept, self.refuses = [], refuses

    def put_item(self, **given):
        if self.refuses:
            raise RuntimeError("the table refuses")
        self.kept.append(given["Item"])


def test_an_order_is_kept(monkeypatch):
    table = FakeTable()
    monkeypatch.setattr(worker, "table", lambda: table)
    worker.handler(EVENT, None)
    assert table.kept[0]["orderId"] == "o-1"


def test_an_order_that_cannot_be_kept_comes_back(monkeypatch):
    monkeypatch.setattr(worker, "table", lambda: FakeTable(refuses=True))
    with contextlib.suppress(RuntimeError):
        worker.handler(EVENT, None)


# %% wrong="worker-test" expect="before the order is kept" function_file="test_worker.py"
import json

import pytest
import worker

ORDER = {"orderId": "o-1", "totalKRW": 9500, "coupon": "WELCOME"}
EVENT = {"Records": [{"body": json.dumps(ORDER)}]}


class FakeTable:
    def __init__(self, refuses=False):
        self.kept, self.refuses = [], refuses

    def put_item(self, **given):
        if self.refuses:
            raise RuntimeError("the table refuses")
        self.kept.append(given["Item"])


def test_an_order_is_kept(monkeypatch):
    table = FakeTable()
    monkeypatch.setattr(worker, "table", lambda: table)
    worker.handler(EVENT, None)
    assert table.kept[0]["orderId"] == "o-1"


def test_an_order_that_cannot_be_kept_comes_back(monkeypatch):
    monkeypatch.setattr(worker, "table", lambda: FakeTable(refuses=True))
    with pytest.raises(RuntimeError):
        worker.handler(EVENT, None)


# %% [markdown]
# ## 2 · Ten percent first
#
# Tests know what you thought of. So a new version first meets only a few customers, and an alarm watches it: a
# **canary**. (Miners took canaries along: the bird fell silent before the air killed people.) For that, three
# things of Lambda come together:
#
# - a **version** is a copy of the function that never changes again. It has a number.
# - an **alias** is a name for a version. Whoever calls the alias `live` meets the version that it names, or two
#   versions, each by its **weight**.
# - **CodeDeploy** changes the weights step by step, and back if an alarm goes off.
#
# In the template that is these lines of the worker's properties. SAM makes the version, the alias, the CodeDeploy
# application and its deployment group of them.

# %% function_file="deployment.yaml"
#       AutoPublishAlias: live
#       DeploymentPreference:
#         Type: Canary10Percent5Minutes
#         Role: !GetAtt ShiftRole.Arn
#         Alarms: [!Ref WorkerErrors]
#         Hooks: {PreTraffic: !Ref Check, PostTraffic: !Ref Check}

# %% [markdown]
# `Canary10Percent5Minutes`: 10 % of the calls for five minutes, then all. (The sandbox takes 2 s for a minute
# here.) The **hooks** are functions that CodeDeploy calls before it shifts the first call, and after the last
# one. `Check` calls the new version with an empty batch of orders, and tells CodeDeploy what came of it. So a
# version that does not even start is stopped before any customer meets it:

# %%
from labkit.labs.deployments.working_copy import CHECK

print(CHECK)

# %% [markdown]
# ### Exercise 2 · Whom does the alarm watch?
#
# The alarm `WorkerErrors` is to stop the deployment when the *new* version fails. Lambda counts `Errors` under
# several sets of dimensions. The set that tells versions behind an alias apart has three of them:
#
# | dimension | value |
# |---|---|
# | `FunctionName` | the worker's name |
# | `Resource` | the name of what was called: the worker's name, a colon, the alias |
# | `ExecutedVersion` | the number of the version that ran |
#
# Complete `Dimensions`, a list of three entries `{Name: …, Value: …}`. `!Ref Worker` is the worker's name,
# `!Sub "${Worker}-x"` puts it into a text, and the number of the version that is being published is
# `!GetAtt Worker.Version.Version`.

# %% function_file="alarm.yaml" exercise="version-alarm"
#   WorkerErrors:
#     Type: AWS::CloudWatch::Alarm
#     Properties:
#       Namespace: AWS/Lambda
#       MetricName: Errors
#       Statistic: Sum
#       Period: 60
#       EvaluationPeriods: 1
#       Threshold: 0
#       ComparisonOperator: GreaterThanThreshold
#       TreatMissingData: notBreaching
#       ### BEGIN SOLUTION
#       Dimensions:
#         - {Name: FunctionName, Value: !Ref Worker}
#         - {Name: Resource, Value: !Sub "${Worker}:live"}
#         - {Name: ExecutedVersion, Value: !GetAtt Worker.Version.Version}
#       ### END SOLUTION

# %%
lab.check("version-alarm")


# %% tags=["exercise-definition"]
class VersionAlarm(Exercise):
    id = "version-alarm"
    title = "Whom does the alarm watch?"
    minutes = 6
    hints = (
        "Three lines below `Dimensions:`, two spaces further in, each beginning with `- `.",
        'The second value is a text with the worker\'s name in it: `!Sub "${Worker}:live"`.',
        "`- {Name: FunctionName, Value: !Ref Worker}`, `- {Name: Resource, Value: …}`, and the last line is `- {Name: "
        "ExecutedVersion, Value: !GetAtt Worker.Version.Version}`.",
    )

    NAME = ({"Ref": "Worker"}, {"Fn::Sub": "${Worker}"})
    RESOURCE = (
        {"Fn::Sub": "${Worker}:live"},
        {"Fn::Join": [":", [{"Ref": "Worker"}, "live"]]},
        {"Fn::Join": ["", [{"Ref": "Worker"}, ":live"]]},
    )
    VERSION = (
        {"Fn::GetAtt": ["Worker", "Version.Version"]},
        {"Fn::GetAtt": ["Worker.Version", "Version"]},
        {"Fn::GetAtt": "Worker.Version.Version"},
        {"Fn::Sub": "${Worker.Version.Version}"},
    )

    def check(self, lab):
        source = self.written(lab, "alarm.yaml")
        try:
            found = resources_in("Resources:\n" + source.read_text(encoding="utf-8"))
        except ValueError as error:
            raise NotYet("YAML", str(error), "count the spaces at the left") from error
        given = (found.get("WorkerErrors") or {}).get("Properties") or {}
        values = {
            one.get("Name"): one.get("Value")
            for one in given.get("Dimensions") or []
            if isinstance(one, dict)
        }
        if "ExecutedVersion" not in values:
            raise NotYet(
                "a dimension for the version that ran",
                ", ".join(map(str, values)) or "no dimensions",
                "without it the old version's errors would stop a good release, and at 10 % the new one's "
                "drown in a rate over all calls",
            )
        self._compare("FunctionName", values, self.NAME, self.hints[0])
        self._compare("Resource", values, self.RESOURCE, self.hints[1])
        self._compare("ExecutedVersion", values, self.VERSION, self.hints[2])
        if extra := values.keys() - {"FunctionName", "Resource", "ExecutedVersion"}:
            raise NotYet(
                "these three dimensions", f"also {', '.join(extra)}", "no metric has that set"
            )
        return "each release gets an alarm on its own version"

    def _compare(self, name, values, right, step):
        if values.get(name) not in right:
            raise NotYet(f"the right value of {name}", str(values.get(name, "nothing")), step)


# %% wrong="version-alarm" expect="the version that ran" function_file="alarm.yaml"
#   WorkerErrors:
#     Type: AWS::CloudWatch::Alarm
#     Properties:
#       Namespace: AWS/Lambda
#       MetricName: Errors
#       Statistic: Sum
#       Period: 60
#       EvaluationPeriods: 1
#       Threshold: 0
#       ComparisonOperator: GreaterThanThreshold
#       Dimensions:
#         - {Name: FunctionName, Value: !Ref Worker}

# %% wrong="version-alarm" expect="the right value of Resource" function_file="alarm.yaml"
#   WorkerErrors:
#     Type: AWS::CloudWatch::Alarm
#     Properties:
#       Namespace: AWS/Lambda
#       MetricName: Errors
#       Statistic: Sum
#       Period: 60
#       EvaluationPeriods: 1
#       Threshold: 0
#       ComparisonOperator: GreaterThanThreshold
#       Dimensions:
#         - {Name: FunctionName, Value: !Ref Worker}
#         - {Name: Resource, Value: live}
#         - {Name: ExecutedVersion, Value: !GetAtt Worker.Version.Version}

# %% wrong="version-alarm" expect="the right value of ExecutedVersion" function_file="alarm.yaml"
#   WorkerErrors:
#     Type: AWS::CloudWatch::Alarm
#     Properties:
#       Namespace: AWS/Lambda
#       MetricName: Errors
#       Statistic: Sum
#       Period: 60
#       EvaluationPeriods: 1
#       Threshold: 0
#       ComparisonOperator: GreaterThanThreshold
#       Dimensions:
#         - {Name: FunctionName, Value: !Ref Worker}
#         - {Name: Resource, Value: !Sub "${Worker}:live"}
#         - {Name: ExecutedVersion, Value: "2"}

# %% [markdown]
# ### The first version, by hand
#
# A pipeline changes a stack that is there, so the first version goes out by hand. The **working copy** is the
# folder that a team has in its repository: lesson 14's template with your two sections in it, code, tests, and
# what the build has to do.

# %%
from labkit.labs.deployments import WorkingCopy, first_version
from labkit.labs.stacks import boundary

copy = WorkingCopy(lab, deployment="deployment.yaml", alarm="alarm.yaml")
copy.take(lab.folder / "worker.py", "src/worker.py")
copy.take(lab.folder / "test_worker.py", "tests/test_worker.py")
STACK = lab.name("delivery")
first_version(lab, copy, STACK, Boundary=boundary(lab))

# %%
[stack] = lab.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
outputs

# %% [markdown]
# Unit tests know nothing of the API in front. A **contract test** asks the *running* service for what its
# customers rely on, and nothing else: which answers to which requests, never how it is built.

# %% function_file="test_contract.py"
import os

import requests

URL = os.environ["ORDER_URL"]


def test_an_order_is_accepted():
    answer = requests.post(URL, json={"orderId": "contract-1", "totalKRW": 0}, timeout=30)
    assert answer.status_code == 202


def test_what_is_no_json_is_refused():
    headers = {"Content-Type": "text/plain"}
    answer = requests.post(URL, data="two chickens", headers=headers, timeout=30)
    assert answer.status_code == 415


# %%
url = lab.invoke_url(outputs["ApiId"], "prod") + "/order"
run_tests(lab.folder / "test_contract.py", environment={"ORDER_URL": url})

# %% [markdown]
# ## 3 · The pipeline
#
# Nobody deploys from a laptop any more. A change is handed in, here as a .zip file in a bucket, and a **pipeline**
# of CodePipeline does the rest:
#
# | stage | what happens | by |
# |---|---|---|
# | source | fetches the version of the file that was handed in | S3 |
# | test | runs your tests in a machine of its own, then puts the code into the bucket | CodeBuild |
# | deploy | makes a change set, then executes it: canary, then full | CloudFormation, CodeDeploy |
#
# *Deploy* is one stage, because a stage works for one change at a time: nobody can put another change set in the
# place of yours between its two actions. And *canary* and *full* are one action, because they are one deployment
# of CodeDeploy. It ends with all calls on the new version, or with none. The graph of a release draws them apart.
#
# What the build does is a file of the working copy, too. pytest writes its results in the format JUnit XML, and
# `reports` makes a **test report** of them:

# %%
print(copy.read("buildspec.yml"))

# %% [markdown]
# Each of the three services works with a role of its own. This is what they may *change*; nobody may do all of it:

# %%
from labkit.labs.deployments import delivery_pipeline, role_table

pipeline = delivery_pipeline(lab, STACK)
role_table()

# %% [markdown]
# Now a change. The shop wants to sell abroad, so an amount shall have a currency: `total` and `currency` take the
# place of `totalKRW`.

# %%
source = copy.read("src/worker.py")
abroad = source.replace(
    '"totalKRW": order["totalKRW"]}', '"total": order["totalKRW"], "currency": "KRW"}'
)
copy.write("src/worker.py", abroad)

# %% [markdown]
# `ship` puts the working copy into the bucket and starts the pipeline. As soon as the new version gets its share,
# customers order, 15 a second, until the pipeline is done; then it waits until each accepted order is in the table.
# The map shows your service meanwhile: watch which version meets the orders.
#
# > **Predict.** The shift lasts five minutes (here 10 s). Of the first 100 orders, how many will meet version 2?

# %%
from labkit.labs.delivery import DeliveryMap

DeliveryMap(lab)

# %% wait="17"
from labkit.labs.deployments import Releases

releases = Releases(lab, pipeline, outputs)
good = releases.ship(copy)
good.graph()

# %% [markdown]
# The stage *test* has left a report. AWS keeps it for 30 days:

# %%
import pandas as pd

codebuild = lab.client("codebuild")
reports = codebuild.list_reports_for_report_group(
    reportGroupArn=pipeline.report_group, sortOrder="DESCENDING"
)["reports"]
cases = codebuild.describe_test_cases(reportArn=reports[0])["testCases"]
pd.DataFrame(cases)[["name", "status", "durationInNanoSeconds"]]

# %%
good.timeline()

# %% [markdown]
# At the top is what CodeDeploy *wanted*, in the middle what the orders *met*, below what CodeDeploy did and what
# the alarm said. For five (short) minutes one order in ten met version 2. The alarm stayed quiet, so at the end
# the alias named version 2, and the hook was called once more.

# %% [markdown]
# ## 4 · A bad version
#
# Next wish: coupons. The tests pass, of course: their order has a coupon.

# %%
coupons = abroad.replace('"currency": "KRW"}', '"currency": "KRW", "coupon": order["coupon"]}')
copy.write("src/worker.py", coupons)
run_tests(lab.folder / "test_worker.py", copy.folder / "src/worker.py")

# %% [markdown]
# But tonight nobody orders with one.
#
# > **Predict.** How many of the next 100 orders will fail at their first try? And how many will be lost in the end?

# %% wait="20"
bad = releases.ship(copy)
bad.graph()

# %%
bad.timeline()

# %%
from labkit.labs.deployments import kept_orders

kept = kept_orders(lab, outputs["TableName"])
first_tries = bad.met["outcome"].eq("failed").sum()
f"{len(bad.accepted)} orders accepted, {first_tries} tries failed, {len(bad.accepted & kept)} orders kept"

# %% [markdown]
# About one in ten failed, for as long as the alarm needed. Then CodeDeploy stopped the deployment and began
# another, which gave all calls to version 2 again. CloudFormation saw its alias fail, and took the whole update
# back. Nobody had to wake up.
#
# And no order was lost. A failed order stayed in the queue, hidden for its visibility timeout, and met the old
# version at its next try. Canary *and* queue did that together: behind a synchronous API each of those customers
# would have seen an error.
#
# What failed is written down, for the morning:

# %%
bad.events.loc[bad.events["why"].notna(), ["deployment", "event", "status", "why"]].head(2)

# %% [markdown]
# **And if it is interrupted?** Pipeline and deployment do not run in this notebook. Kill the kernel in mid-shift:
# the release goes on to its end, all calls on the new version or all on the old one. Then run the lesson from the
# top. An alarm that is red *before* the shift ends the deployment before one call has moved. And
# `lab.teardown()` in mid-shift deletes the service, shift and all.

# %% [markdown]
# ## 5 · What a canary does not see
#
# Next morning, accounting. Their program is another team's, and adds up what came in:


# %%
def items():
    """Everything in the table."""
    dynamodb = lab.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=outputs["TableName"])
    return [item for page in pages for item in page["Items"]]


def takings():
    """Accounting's program: what came in, in won."""
    return sum(int(item["totalKRW"]["N"]) for item in items())


try:
    takings()
except KeyError as error:
    print(f"KeyError: {error}")

# %% [markdown]
# > **Predict.** Which test, which stage, or which alarm should have seen that?
#
# The release of section 3 was green in each stage. No call of the worker failed, so no alarm could go off: what it
# broke was a *reader* of its data. And going back to version 1 helps nobody:

# %%
without = [item for item in items() if "totalKRW" not in item]
f"{len(without)} of {len(items())} items have no totalKRW, whichever version runs now"

# %% [markdown]
# An alias moves back in a second. Data does not. So a change of the *shape* of data goes in steps, each of which
# can be taken back alone. The method is called **expand and contract**:
#
# 1. **expand**: write the new shape *beside* the old one. All readers go on.
# 2. **migrate**: fill the new shape into old items, and move the readers, one after the other.
# 3. **contract**: when nobody reads the old shape any more, stop writing it.

# %% [markdown]
# ### Exercise 3 · Expand
#
# Write the worker again so that both old and new readers are content: what it keeps has `orderId`, `totalKRW`, and
# beside it `total` and `currency`.

# %% function_file="worker.py" exercise="expand"
import functools
import json
import os

import boto3


@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS"])


def item(order):
    """Return what is kept of an order."""
    ### BEGIN SOLUTION
    old = {"orderId": order["orderId"], "totalKRW": order["totalKRW"]}
    return old | {"total": order["totalKRW"], "currency": "KRW"}
    ### END SOLUTION


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table().put_item(Item=item(order))
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))


# %%
lab.check("expand")


# %% tags=["exercise-definition"]
class Expand(Exercise):
    id = "expand"
    title = "Expand"
    minutes = 5
    hints = (
        "Nothing is renamed in this step. What was there stays there, and something is added.",
        "Four keys in one dictionary. Two of them have the same value, the order's `totalKRW`.",
        '`return {"orderId": …, "totalKRW": …, "total": …, "currency": "KRW"}`',
    )

    READERS = """
import worker

KEPT = worker.item({"orderId": "o-1", "totalKRW": 9500, "note": ""})


def test_the_old_reader():
    assert KEPT.get("orderId") == "o-1"
    assert KEPT.get("totalKRW") == 9500


def test_the_new_reader():
    assert KEPT.get("orderId") == "o-1"
    assert KEPT.get("total") == 9500
    assert KEPT.get("currency") == "KRW"
"""

    def check(self, lab):
        worker = self.written(lab, "worker.py")
        readers = lab.folder / "test_readers.py"
        readers.write_text(self.READERS, encoding="utf-8")
        outcomes = run_tests(readers, worker)
        found = dict(zip(outcomes["test"], outcomes["outcome"], strict=True))
        for test, reader, keys in (
            ("test_the_old_reader", "accounting", "totalKRW"),
            ("test_the_new_reader", "the shop abroad", "total and currency"),
        ):
            if (outcome := found.get(test, next(iter(found.values())))) != "passed":
                raise NotYet(f"{reader} to find {keys}", outcome, self.hints[0])
        return "old and new readers find what they need"


# %% wrong="expand" expect="accounting to find totalKRW" function_file="worker.py"
import functools
import json
import os

import boto3


@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS"])


def item(order):
    return {"orderId": order["orderId"], "total": order["totalKRW"], "currency": "KRW"}


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table().put_item(Item=item(order))
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))


# %% wrong="expand" expect="the shop abroad to find total" function_file="worker.py"
import functools
import json
import os

import boto3


@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS"])


def item(order):
    return {"orderId": order["orderId"], "totalKRW": order["totalKRW"], "currency": "KRW"}


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table().put_item(Item=item(order))
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))


# %% [markdown]
# It goes out as any other change, and then the items of last night get what they lack:

# %% wait="17"
copy.take(lab.folder / "worker.py", "src/worker.py")
if quick:
    at_once = copy.read("template.yaml").replace("Canary10Percent5Minutes", "AllAtOnce")
    copy.write("template.yaml", at_once)
expanded = releases.ship(copy)
expanded.status

# %%
dynamodb = lab.client("dynamodb")
for item in items():
    if "totalKRW" not in item:
        dynamodb.update_item(
            TableName=outputs["TableName"],
            Key={"orderId": item["orderId"]},
            UpdateExpression="SET totalKRW = :won",
            ExpressionAttributeValues={":won": item["total"]},
        )
f"{takings():,} won in {len(items())} orders"

# %% [markdown]
# Accounting is back. The third step may wait a month, and nobody will notice it: that is the point.

# %% [markdown]
# ## 6 · Who may deploy?
#
# Whoever may write `source.zip` may run code with the worker's role. In section 3 that was you. At work it is a
# workflow that runs when somebody merges, on GitHub for instance. It needs rights in the account, but no
# password: keys that never change are found, copied and leaked.
#
# Instead GitHub signs a **token** for each run of a workflow, good for minutes, which says what runs. AWS gives
# a role's credentials for it, if the role trusts it (**OIDC**, OpenID Connect). The account knows GitHub as an
# **identity provider**:

# %%
from labkit.labs.deployments import GitHubRuns

iam = lab.client("iam")
github = GitHubRuns(lab)
provider = github.provider()
provider

# %% [markdown]
# What runs is in the token's claim `sub`. New repositories have their numbers in it, so that a name that was given
# up cannot be taken by somebody else:

# %%
REPOSITORY = "repo:delivery@41/orders@77"
runs = {
    "our main branch": f"{REPOSITORY}:ref:refs/heads/main",
    "a branch of ours": f"{REPOSITORY}:ref:refs/heads/try-this",
    "a pull request": f"{REPOSITORY}:pull_request",
    "somebody else": "repo:delivery-fans@99/orders@1:ref:refs/heads/main",
}

# %%
import json

HOST = "token.actions.githubusercontent.com"


def trust(condition):
    """A trust policy for runs of workflows that meet a condition."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


found_on_the_web = {
    "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
    "StringLike": {f"{HOST}:sub": "repo:delivery*"},
}
DEPLOYER = lab.name("deployer")
made = iam.create_role(RoleName=DEPLOYER, AssumeRolePolicyDocument=trust(found_on_the_web))
deployer = made["Role"]["Arn"]

# %% [markdown]
# > **Predict.** Who of the four gets the role's credentials?

# %%
github.tried(deployer, runs)

# %% [markdown]
# All four. A pull request runs code that nobody has read yet, and `repo:delivery*` matches each organisation whose
# name *begins* so. (Locally the kit signs these tokens itself. In an account only GitHub can: there you see
# `InvalidIdentityToken` four times, and the next exercise is checked by what your policy says.)

# %% [markdown]
# ### Exercise 4 · One branch of one repository
#
# Give the role a condition that lets in runs of our main branch alone. Keep the condition on `aud`.

# %% exercise="who-may-deploy"
### BEGIN SOLUTION
only_main = {
    "StringEquals": {
        f"{HOST}:aud": "sts.amazonaws.com",
        f"{HOST}:sub": f"{REPOSITORY}:ref:refs/heads/main",
    }
}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(only_main))
### END SOLUTION

# %%
lab.check("who-may-deploy")

# %% tags=["exercise-definition"]
from labkit.labs.deployments import lets_in


class WhoMayDeploy(Exercise):
    id = "who-may-deploy"
    title = "One branch of one repository"
    minutes = 5
    hints = (
        "A text is compared with `StringEquals`; two keys below one operator must both be met.",
        'The value of `sub` is in `runs`, under "our main branch". Put the new condition into `trust(…)`, and that into '
        "`iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=…)`.",
        '`trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": …}})`',
    )

    HOST = "token.actions.githubusercontent.com"
    OURS = "repo:delivery@41/orders@77"
    OTHERS = {
        "another branch of ours": f"{OURS}:ref:refs/heads/try-this",
        "a branch whose name begins with main": f"{OURS}:ref:refs/heads/main-2",
        "a pull request": f"{OURS}:pull_request",
        "a tag": f"{OURS}:ref:refs/tags/main",
        "somebody else's main": "repo:delivery-fans@99/orders@1:ref:refs/heads/main",
        "another repository of ours": "repo:delivery@41/menu@78:ref:refs/heads/main",
        "a repository made anew under our name": "repo:delivery@41/orders@78:ref:refs/heads/main",
        "anybody's repository": "repo:somebody@99/orders@77:ref:refs/heads/main",
        "our name in other hands": "repo:delivery@99/orders@1:ref:refs/heads/main",
    }

    def check(self, lab):
        role = lab.client("iam").get_role(RoleName=lab.name("deployer"))["Role"]
        policy = role["AssumeRolePolicyDocument"]
        try:
            if not self.let_in(policy, f"{self.OURS}:ref:refs/heads/main"):
                raise NotYet("our main branch to be let in", "it is refused", self.hints[1])
            for who, sub in self.OTHERS.items():
                if self.let_in(policy, sub):
                    raise NotYet(f"{who} to be refused", f"let in with {sub}", self.hints[0])
            if self.let_in(policy, f"{self.OURS}:ref:refs/heads/main", "https://example.com"):
                raise NotYet(
                    "a token for somebody else to be refused",
                    "let in with any audience",
                    f'keep the condition on "{self.HOST}:aud"',
                )
        except ValueError as error:
            raise NotYet("StringEquals or StringLike", str(error), self.hints[0]) from error
        return "a run of main is let in, and nobody else"

    def let_in(self, policy, sub, audience="sts.amazonaws.com"):
        return lets_in(policy, {f"{self.HOST}:sub": sub, f"{self.HOST}:aud": audience})


# %% wrong="who-may-deploy" expect="our main branch to be let in"
without_numbers = {
    "StringEquals": {
        f"{HOST}:aud": "sts.amazonaws.com",
        f"{HOST}:sub": "repo:delivery/orders:ref:refs/heads/main",
    }
}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(without_numbers))

# %% wrong="who-may-deploy" expect="another branch of ours to be refused"
any_branch = {
    "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
    "StringLike": {f"{HOST}:sub": f"{REPOSITORY}:*"},
}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(any_branch))

# %% wrong="who-may-deploy" expect="another repository of ours to be refused"
any_repository = {
    "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
    "StringLike": {f"{HOST}:sub": "repo:delivery@41/*:ref:refs/heads/main"},
}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(any_repository))

# %% wrong="who-may-deploy" expect="anybody's repository to be refused"
any_owner = {
    "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
    "StringLike": {f"{HOST}:sub": "repo:*/orders@77:ref:refs/heads/main"},
}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(any_owner))

# %% wrong="who-may-deploy" expect="a token for somebody else"
no_audience = {"StringEquals": {f"{HOST}:sub": f"{REPOSITORY}:ref:refs/heads/main"}}
iam.update_assume_role_policy(RoleName=DEPLOYER, PolicyDocument=trust(no_audience))

# %%
github.tried(deployer, runs)

# %% [markdown]
# The role itself needs one right more: to write `source.zip` into the bucket. All else is the business of the
# pipeline's three roles. Who may *change the pipeline*, or hand it other roles (`iam:PassRole`), may do
# all that they may.

# %% [markdown] tags=["extra"]
# ## 7 · Where this goes at work
#
# **A workflow on GitHub.** What CodePipeline does here, a workflow can begin. This one hands a change in:
#
# ```yaml
# permissions:
#   id-token: write   # without it there is no token
#   contents: read
# jobs:
#   hand-in:
#     runs-on: ubuntu-latest
#     environment: prod
#     steps:
#       - uses: actions/checkout@v6
#       - uses: aws-actions/configure-aws-credentials@v6
#         with:
#           role-to-assume: arn:aws:iam::<account>:role/deployer
#           aws-region: ap-northeast-2
#       - run: zip -r source.zip . && aws s3 cp source.zip s3://<bucket>/
# ```
#
# With `environment: prod` the claim is another one, `…:environment:prod`, and the trust policy has to say
# that. For a workflow that is really used look at `.github/workflows/ci.yml` in this kit's repository: lint,
# types and every test on each change; and at `drift.yml`, which once a week asks what tomorrow's packages break.
# What can be asked in a second is asked before each commit: `.pre-commit-config.yaml`.
#
# **Approvals.** An action of the category `Approval` holds the pipeline until somebody answers, for seven days
# unless you say otherwise. It fits before the change set is executed: then a person reads what would change, as
# you did in lesson 14.
#
# **Several accounts.** A test account and a production account, each with a stack of the same template. The
# pipeline lives in an account of its own. In each of the two there is a role that it may assume. The artifacts are
# encrypted with a KMS key that all of them may use.
#
# **`sam pipeline init --bootstrap`** makes such roles and buckets, and a pipeline for one of five CI systems. Read
# the trust policy that it writes for GitHub before you use it. Its operator is `ForAllValues:StringLike`, which is
# also true if the token has *no* such claim. And its `sub` has no numbers, so runs of new repositories are refused.

# %% [markdown]
# ## Recap
#
# - **The answer.** Step by step, each with a way back: tests on the desk, tests in the pipeline, ten percent of the
#   calls under an alarm, then all. What cannot be known beforehand is found out on few, and undone by itself.
# - A unit test asks a function, a contract test asks the running service.
# - The alarm watches the **version's own** errors: dimensions `Resource` and `ExecutedVersion`.
# - A rolled-back release loses no order, if a failed order goes back into a queue.
# - A canary sees calls that fail. It does not see data that others can no longer read: **expand and contract**.
# - Who may deploy is a question of roles: one for each service, and a token's `sub` down to the branch.

# %% [markdown]
# ## Going further
#
# - Hand in a version whose first line is `import nothing_of_that_name`, together with a test that does not import
#   it. Where does it end, and who met it?
# - `Linear10PercentEvery1Minute` instead of the canary: what is better, and what worse?
# - Set the alarm off by hand with `set_alarm_state` *before* you ship. What does CodeDeploy do, and how fast?
# - A feature flag (AWS AppConfig) separates *deployed* from *switched on*. What would section 4 have been with one?

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
