# ---
# labkit:
#   lesson: "13"
#   slug: workflows
#   title: "Workflows"
#   minutes: 30
#   day: 2
#   block: Data and events
#   formerly: 11-events-and-workflows
#   question: >-
#     Reserve, charge, dispatch: what if the second step fails when the first is done?
#   goals:
#     - lead an order through three steps with Step Functions, with retries and with compensation
#     - run steps side by side, and say what a compensation has to stand
#   creates:
#     - 1 SNS topic and 1 DynamoDB table
#     - 1 Lambda function with its log group
#     - 2 state machines
#     - 2 IAM roles
#   cost: >-
#     Under one US cent in an account of your own: some hundred requests and state transitions, and
#     nothing that is billed by the hour.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # this lesson is the same either way

# %%
from labkit import Lab

lab = Lab("workflows", target=target, region=region)
lab

# %%
import json

import pandas as pd

from labkit.labs.delivery import orders, orders_table, plain
from labkit.labs.events import announcement

iam = lab.client("iam")
topic_arn = lab.client("sns").create_topic(Name=lab.name("orders"))["TopicArn"]
table_name = orders_table(lab)  # the table of lesson 11
stream = [announcement(order) for order in orders(20, seed=11)]

# %% [markdown] tags=["instructor-notes"]
# - The heart is the half-done order. Ask who pays for it before Retry and Catch are shown.
# - A saga is no transaction: between charge and refund the customer *is* charged. Say it aloud.
# - Who is late: `lab.solve` for exercise 1.

# %% [markdown]
# ## 1 · Step Functions: one conductor
#
# To announce an order is enough where nobody waits for anybody. The order itself is different: reserve a place in the
# kitchen, charge the card, send a courier, *in this order*, and if one step fails the earlier ones have to
# be undone. That is the work of a **workflow**.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("13")

# %% [markdown]
# Here is a function that does one step at a time, and can fail in four ways:

# %% function_file="steps.py"
import json
import time

WORK_S = 0.2


class CardNetworkBusy(Exception):
    """Nothing has happened yet: trying again may help."""


class CardDeclined(Exception):
    """The bank said no: trying again will not help."""


class NoCourier(Exception):
    """Nobody is free to ride."""


class KitchenClosed(Exception):
    """Nobody is there to cook."""


def handler(event, context):
    """Do one step of an order; `attempt` is 0 at first, 1 when it is tried again, and so on."""
    step, order, attempt = event["step"], event["order"], event["attempt"]
    time.sleep(WORK_S)
    if step == "charge" and attempt < order.get("busy", 0):
        raise CardNetworkBusy("no answer from the card network")
    if step == "charge" and order.get("declined"):
        raise CardDeclined("the bank refused the card")
    if step == "dispatch" and order.get("no_courier"):
        raise NoCourier("no courier within 5 km")
    if step == "reserve" and order.get("restaurant") in order.get("closed", []):
        raise KitchenClosed(f"{order['restaurant']} has closed")
    line = {"event": f"order.{step}", "orderId": order["orderId"]}
    print(json.dumps(line | {"requestId": context.aws_request_id}))


# %%
from labkit.labs.builders import LOGGING_POLICY, function, service_role

steps_role = service_role(lab, "steps-role", "lambda.amazonaws.com", LOGGING_POLICY)
steps_arn = function(lab, "steps", steps_role, lab.zip("steps.py"), "steps.handler")

# %% [markdown]
# The **state machine** needs a role too: it invokes the function, and at the end it notes in the table that the
# order is on its way, and announces it on our topic.

# %%
saga_role = service_role(lab, "saga-role", "states.amazonaws.com")
allowed = [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": steps_arn},
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn},
    {
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": f"arn:aws:dynamodb:{lab.region}:{lab.account}:table/{table_name}",
    },
]
iam.put_role_policy(
    RoleName=lab.name("saga-role"),
    PolicyName="conduct",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
)


# %% [markdown]
# A machine is a JSON document (*Amazon States Language*). `step` writes one **Task**. What stands between `{%`
# and `%}` is **JSONata**, the language that AWS recommends for new machines: `$states.input` is what the state
# got, the order; `$states.context` is what Step Functions knows of the run, here how often the state was tried
# again. `Output` says what the next state gets: the order, as it came.


# %%
ORDER = "{% $states.input %}"


def step(name, **more):
    """Write a state that lets the function do one step of the order."""
    tried = "{% $states.context.State.RetryCount %}"
    payload = {"step": name, "order": ORDER, "attempt": tried}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": steps_arn, "Payload": payload},
        "Output": ORDER,
        **more,
    }


# %% [markdown]
# The last two states need no function: Step Functions calls DynamoDB and SNS itself. `$string` makes a text of
# the order.

# %%
note = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:updateItem",
    "Arguments": {
        "TableName": table_name,
        "Key": {"orderId": {"S": "{% $states.input.orderId %}"}},
        "UpdateExpression": "SET progress = :now",
        "ExpressionAttributeValues": {":now": {"S": "on its way"}},
    },
    "Output": ORDER,
    "Next": "Announce",
}
announce = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Arguments": {"TopicArn": topic_arn, "Message": "{% $string($states.input) %}"},
    "End": True,
}

# %%
saga = {
    "QueryLanguage": "JSONata",
    "StartAt": "Reserve",
    "States": {
        "Reserve": step("reserve", Next="Charge"),
        "Charge": step("charge", Next="Dispatch"),
        "Dispatch": step("dispatch", Next="Note"),
        "Note": note,
        "Announce": announce,
    },
}

# %%
stepfunctions = lab.client("stepfunctions")
saga_arn = stepfunctions.create_state_machine(
    name=lab.name("saga"), definition=json.dumps(saga), roleArn=saga_role
)["stateMachineArn"]

# %% [markdown]
# An **execution** is one order's way through it. `conduct` starts one and waits for its end; the history
# that Step Functions kept says what happened.

# %%
from labkit.labs.workflows.executions import attempts, execute, states_entered
from labkit.labs.workflows.state_graph import state_graph


def conduct(order, **troubles):
    """Lead one order through the machine; `troubles` say what will go wrong."""
    return execute(stepfunctions, saga_arn, order | troubles)


def graph(run):
    return state_graph(saga, states_entered(run.events), attempts(run.events))


# %%
good = conduct(stream[2])
graph(good)

# %% [markdown]
# Five states, one after the other. The order in the table knows it, too:

# %%
found = lab.client("dynamodb").get_item(
    TableName=table_name, Key={"orderId": {"S": stream[2]["orderId"]}}
)
plain(found["Item"])

# %% [markdown]
# Who announces need not know who listens; who conducts has to know every step.

# %% [markdown]
# ### Half done
#
# > **Predict.** The next order meets a card network that is busy: the first two attempts to charge fail,
# > the third would succeed. How does the execution end? What has happened in the kitchen by then?

# %%
half = conduct(stream[3], busy=2)
half.status, half.error

# %%
graph(half)

# %% [markdown]
# The kitchen holds a place for an order that nobody will pay for or fetch. One hiccup, and the order is
# *half done*: worse than refused. Two remedies, for two kinds of failure.

# %% [markdown]
# ### Exercise 1 · Try again, by name
#
# A busy network passes. Give the state `Charge` a **`Retry`**: for the error `CardNetworkBusy` (the
# exception's class name), up to 3 more attempts, the first after 1 second, each later pause twice as long
# (**back-off**). Only for this error: whoever goes on asking a bank that has said *no* is blocked.
#
# `saga["States"]["Charge"]["Retry"]` is a list of dictionaries with `ErrorEquals` (a list),
# `IntervalSeconds`, `MaxAttempts` and `BackoffRate`. `update_saga()` then hands the changed document over.


# %%
def update_saga():
    """Give the state machine the definition as it is now."""
    stepfunctions.update_state_machine(stateMachineArn=saga_arn, definition=json.dumps(saga))


# %% exercise="retry-by-name"
### BEGIN SOLUTION
saga["States"]["Charge"]["Retry"] = [
    {
        "ErrorEquals": ["CardNetworkBusy"],
        "IntervalSeconds": 1,
        "MaxAttempts": 3,
        "BackoffRate": 2,
    }
]
update_saga()
### END SOLUTION

# %%
lab.check("retry-by-name")


# %% tags=["exercise-definition"]
import json

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.workflows.executions import attempts, execute


class RetryByName(Exercise):
    id = "retry-by-name"
    title = "Try again, by name"
    minutes = 5
    hints = (
        "Which of the two errors may pass by itself: a busy network, or a declined card? The retrier has to name that "
        "one alone.",
        "`ErrorEquals` is a list with the name of the exception's class. Three more keys say how long the first "
        "pause is, how many attempts there are, and how the pauses grow.",
        '`saga["States"]["Charge"]["Retry"] = [{"ErrorEquals": ["CardNetworkBusy"], "IntervalSeconds": 1, '
        '"MaxAttempts": 3, "BackoffRate": 2}]`, then `update_saga()`',
    )

    def check(self, lab):
        stepfunctions = lab.client("stepfunctions")
        arn = machine_arn(lab)
        text = stepfunctions.describe_state_machine(stateMachineArn=arn)["definition"]
        retry = json.loads(text)["States"]["Charge"].get("Retry")
        if not retry:
            raise NotYet("a Retry in the state Charge", "none", self.hints[0])
        declined = execute(stepfunctions, arn, probe(declined=True))
        tries = len(charges(declined))
        if tries > 1:
            raise NotYet("one attempt only for a declined card", f"{tries} attempts", self.hints[1])
        if any(retrier.get("BackoffRate", 2.0) <= 1 for retrier in retry):
            raise NotYet(
                "a back-off: each pause longer than the one before",
                "pauses of the same length",
                '"BackoffRate": 2',
            )
        busy = execute(stepfunctions, arn, probe(busy=2))
        tries = len(charges(busy))
        if busy.status != "SUCCEEDED":
            raise NotYet(
                "an order that meets a busy network twice to go through",
                f"{busy.status} with {busy.error} after {tries} attempt{'s'[: tries != 1]}",
                self.hints[1] if tries == 1 else self.hints[2],
            )
        self.expect_as_asked(retry)
        return f"through at attempt {tries}; a declined card is asked once"

    def expect_as_asked(self, retry):
        """Let it name this error alone, and try three times more, the first after a second."""
        names = [name for retrier in retry for name in retrier["ErrorEquals"]]
        if names != ["CardNetworkBusy"]:
            raise NotYet("CardNetworkBusy, and no other error", ", ".join(names), self.hints[0])
        for key, wanted in (("MaxAttempts", 3), ("IntervalSeconds", 1), ("BackoffRate", 2)):
            if retry[0].get(key, wanted) != wanted:
                raise NotYet(f"{key} {wanted}", f"{retry[0][key]}", self.hints[2])


def machine_arn(lab):
    """Return the ARN of the lesson's Standard machine."""
    return f"arn:aws:states:{lab.region}:{lab.account}:stateMachine:{lab.name('saga')}"


def probe(**troubles):
    """Make an order to try a machine with."""
    return {"orderId": "ord-check", "totalKRW": 1} | troubles


def charges(run):
    """Return the attempts to charge in an execution."""
    return attempts(run.events).query("state == 'Charge'")


# %% wrong="retry-by-name" expect="declined card"
saga["States"]["Charge"]["Retry"] = [
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2}
]
update_saga()

# %% wrong="retry-by-name" expect="after 1 attempt"
saga["States"]["Charge"]["Retry"] = [
    {"ErrorEquals": ["CardNetworkBusyException"], "MaxAttempts": 3, "BackoffRate": 2}
]
update_saga()

# %% wrong="retry-by-name" expect="MaxAttempts 3"
saga["States"]["Charge"]["Retry"] = [{"ErrorEquals": ["CardNetworkBusy"], "MaxAttempts": 1000}]
update_saga()

# %% wrong="retry-by-name" expect="no other error"
saga["States"]["Charge"]["Retry"] = [{"ErrorEquals": ["CardNetworkBusy", "States.Timeout"]}]
update_saga()

# %% wrong="retry-by-name" expect="pauses of the same length"
saga["States"]["Charge"]["Retry"] = [
    {"ErrorEquals": ["CardNetworkBusy"], "MaxAttempts": 3, "BackoffRate": 1}
]
update_saga()

# %% [markdown]
# The same order once more, this time over time:
#
# > **Predict.** Three attempts, two pauses. How long will the pauses be?

# %%
from labkit.labs.workflows.execution_timeline import execution_timeline

retried = conduct(stream[3], busy=2)
execution_timeline(states_entered(retried.events), attempts(retried.events))

# %% [markdown]
# One second, then two. The machine waited, not the function: nobody paid for computing in the pauses. (On
# AWS add the names of Lambda's own passing troubles to a second retrier: `Lambda.ServiceException`,
# `Lambda.AWSLambdaException`, `Lambda.SdkClientException`, `Lambda.TooManyRequestsException`.)

# %% [markdown]
# ### Exercise 2 · Undo
#
# A declined card does not pass, and no courier is no courier. Then what is done has to be **undone**, the
# last step first: that is a **saga**, and the steps that undo are its *compensations*.
#
# - add three states to `saga["States"]`: `Refund` (`step("refund", Next="Release")`), `Release`
#   (`step("release", Next="Cancelled")`) and `Cancelled`, of the type `Fail` with the `Error`
#   `OrderCancelled`
# - give `Charge` a **`Catch`**: `CardDeclined` goes to `Release` (nothing was charged yet)
# - give `Dispatch` a `Catch`: `NoCourier` goes to `Refund`, and from there to `Release`
#
# A `Catch` is a list, too: `[{"ErrorEquals": […], "Next": …, "Output": WITH_ERROR}]`. Mind the last: without
# it the *error* takes the place of the order, and `Release` would not know what to release.

# %%
WITH_ERROR = "{% $merge([$states.input, {'error': $states.errorOutput}]) %}"

# %% exercise="compensation"
### BEGIN SOLUTION
saga["States"] |= {
    "Refund": step("refund", Next="Release"),
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
saga["States"]["Charge"]["Catch"] = [
    {"ErrorEquals": ["CardDeclined"], "Output": WITH_ERROR, "Next": "Release"}
]
saga["States"]["Dispatch"]["Catch"] = [
    {"ErrorEquals": ["NoCourier"], "Output": WITH_ERROR, "Next": "Refund"}
]
update_saga()
### END SOLUTION

# %%
lab.check("compensation")


# %% tags=["exercise-definition"]
class Compensation(Exercise):
    id = "compensation"
    title = "Undo"
    minutes = 5
    hints = (
        "Go from the end: what has happened when the courier is missing, and in which order do you take it back? And "
        "when the card is declined?",
        "First the three states, then a `Catch` for `Charge` and one for `Dispatch`: each names its error, where "
        "to go, and what to hand on.",
        '`saga["States"] |= {"Refund": step("refund", Next="Release"), "Release": step("release", '
        'Next="Cancelled"), "Cancelled": {"Type": "Fail", "Error": "OrderCancelled"}}`. The `Catch` of `Charge`: '
        '`[{"ErrorEquals": ["CardDeclined"], "Output": WITH_ERROR, "Next": "Release"}]`; that of `Dispatch` leads '
        "`NoCourier` to `Refund`. Then `update_saga()`.",
    )

    def check(self, lab):
        stepfunctions = lab.client("stepfunctions")
        arn = machine_arn(lab)
        declined = execute(stepfunctions, arn, probe(declined=True))
        self.expect(declined, "a declined card", ["Reserve", "Charge", "Release", "Cancelled"])
        nobody = execute(stepfunctions, arn, probe(no_courier=True))
        undone = ["Reserve", "Charge", "Dispatch", "Refund", "Release", "Cancelled"]
        self.expect(nobody, "an order without a courier", undone)
        return "a declined card: released; no courier: refunded, then released"

    def expect(self, run, trouble, path):
        if run.error == "KeyError":
            raise NotYet(
                f"the order in the states that undo {trouble}",
                "KeyError: the error has taken the order's place",
                '"Output": WITH_ERROR in the Catch puts the error beside the order',
            )
        if run.path != path:
            raise NotYet(f"{trouble} to go {' → '.join(path)}", " → ".join(run.path), self.hints[1])
        if (did := steps_of(run)) != [state.lower() for state in path[:-1]]:
            raise NotYet(
                f"{trouble} to have the function do {', '.join(path[:-1]).lower()}",
                ", ".join(did),
                'the state Refund does `step("refund", …)`, Release does `step("release", …)`',
            )
        if run.error != "OrderCancelled":
            raise NotYet(f"{trouble} to end as OrderCancelled", run.error, self.hints[2])


def steps_of(run):
    """Return the steps that the function was asked for, in order."""
    asked = [event.get("taskScheduledEventDetails") for event in run.events]
    return [json.loads(one["parameters"])["Payload"]["step"] for one in asked if one]


# %% wrong="compensation" expect="WITH_ERROR"
saga["States"] |= {
    "Refund": step("refund", Next="Release"),
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
saga["States"]["Charge"]["Catch"] = [{"ErrorEquals": ["CardDeclined"], "Next": "Release"}]
saga["States"]["Dispatch"]["Catch"] = [{"ErrorEquals": ["NoCourier"], "Next": "Refund"}]
update_saga()

# %% wrong="compensation" expect="reserve, charge, dispatch, release, release"
saga["States"] |= {
    "Refund": step("release", Next="Release"),
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
saga["States"]["Charge"]["Catch"] = [
    {"ErrorEquals": ["CardDeclined"], "Output": WITH_ERROR, "Next": "Release"}
]
saga["States"]["Dispatch"]["Catch"] = [
    {"ErrorEquals": ["NoCourier"], "Output": WITH_ERROR, "Next": "Refund"}
]
update_saga()

# %% wrong="compensation" expect="Dispatch → Refund → Release"
saga["States"] |= {
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
for state, error in (("Charge", "CardDeclined"), ("Dispatch", "NoCourier")):
    saga["States"][state]["Catch"] = [
        {"ErrorEquals": [error], "Output": WITH_ERROR, "Next": "Release"}
    ]
update_saga()

# %% [markdown]
# > **Predict.** No courier for the next order. Which states will it pass, and in which order?

# %%
nobody = conduct(stream[4], no_courier=True)
graph(nobody)

# %% [markdown]
# Down the left side it did, up the right side it undid. Go through it event by event:

# %%
from labkit.show.sliders import explore

seen_all = len(nobody.events)


def replay(events_seen=seen_all):
    """Draw how far the execution was after so many events of its history."""
    seen = nobody.events[:events_seen]
    return state_graph(saga, states_entered(seen), attempts(seen))


explore(replay, events_seen=(2, seen_all, 1))

# %% [markdown]
# A saga is no transaction. Between `Charge` and `Refund` the customer *was* charged, and could see it.
# What a database would hide, a saga makes good afterwards.

# %% [markdown]
# ### Several restaurants: Map
#
# A party orders from three restaurants at once. A **Map** state runs the same states for each item of a
# list, side by side; it succeeds if all do. `Items` is the list, `ItemSelector` what each run gets,
# `ItemProcessor` what it runs.

# %%
saga["States"]["Reserve"] = {
    "Type": "Map",
    "Items": "{% $states.input.restaurants %}",
    "ItemSelector": {
        "orderId": "{% $states.input.orderId %}",
        "closed": "{% $states.input.closed %}",
        "restaurant": "{% $states.context.Map.Item.Value %}",
    },
    "ItemProcessor": {
        "StartAt": "ReserveOne",
        "States": {"ReserveOne": step("reserve", End=True)},
    },
    "Output": ORDER,
    "Catch": [{"ErrorEquals": ["KitchenClosed"], "Output": WITH_ERROR, "Next": "Release"}],
    "Next": "Charge",
}
update_saga()

# %%
kitchens = list(dict.fromkeys(order["restaurant"] for order in stream))[:3]
party = {"orderId": "ord-party", "totalKRW": 87_000, "restaurants": kitchens, "closed": []}

# %% [markdown]
# > **Predict.** Each reservation takes 0.2 s. How long will three take?

# %%
together = conduct(party)
execution_timeline(states_entered(together.events), attempts(together.events))

# %% [markdown]
# Side by side, and the state ends with the last of them. (Some take longer: each needs an execution
# environment of its own, and new ones had to start. Lesson 06.)
#
# > **Predict.** Now one of the three kitchens has closed. What becomes of the other two reservations?

# %%
closed = conduct(party, orderId="ord-closed", closed=kitchens[1:2])
graph(closed)

# %% [markdown]
# `Release` undoes *whatever was reserved*, for the whole order. It cannot know how far the others had come:
# the first iteration that fails ends those that still run, but a function that was called goes on, and
# nobody hears how it ended. So a compensation has to stand being called for something that never happened,
# and being called twice: it has to be **idempotent**.

# %% [markdown] tags=["extra"]
# ### Nothing is half done
#
# Do not believe it: count. The function's log, order by order:

# %%
from labkit.labs.delivery import order_lines
from labkit.measure.platform_logs import read_log_events

watched = {
    stream[2]["orderId"]: "nothing",
    stream[3]["orderId"]: "a busy network, twice",
    stream[4]["orderId"]: "no courier",
    "ord-party": "three open kitchens",
    "ord-closed": "one kitchen of three closed",
}


def counted(log):
    """Count what the function logged for each order that we watch."""
    lines = order_lines(log)
    lines = lines[lines["order_id"].isin(watched)]
    lines = lines.assign(step=lines["event"].str.removeprefix("order."))
    return lines.groupby(["order_id", "step"]).size().unstack(fill_value=0)


log = read_log_events(
    lab.client("logs"),
    f"/aws/lambda/{lab.name('steps')}",
    until=lambda seen: len(counted(seen)) == len(watched),
)
account = counted(log)[["reserve", "charge", "dispatch", "refund", "release"]].loc[list(watched)]
account.assign(met=list(watched.values()))

# %% [markdown]
# Read each row from left to right: whatever was charged was either dispatched or refunded. One row shows
# what the retry mended: the order that met a busy network was reserved *twice*, because its first
# execution died half done, before you had given it a remedy. That first place is still held. Who will
# release it?

# %% [markdown] tags=["extra"]
# ## 2 · Express beside Standard
#
# The same document can be an **Express** machine. It keeps no history, may last five minutes at most, and
# can answer its caller directly:

# %%
express_arn = stepfunctions.create_state_machine(
    name=lab.name("express"), definition=json.dumps(saga), roleArn=saga_role, type="EXPRESS"
)["stateMachineArn"]

# %%
quick_order = party | {"orderId": "ord-express"}
answer = stepfunctions.start_sync_execution(
    stateMachineArn=express_arn, name="ord-express", input=json.dumps(quick_order)
)
express_s = (answer["stopDate"] - answer["startDate"]).total_seconds()
answer["status"], answer["billingDetails"]

# %% [markdown]
# An impatient app sends the same order *again*, under the same name.
#
# > **Predict.** What does each of the two machines do?

# %%
again = stepfunctions.start_sync_execution(
    stateMachineArn=express_arn, name="ord-express", input=json.dumps(quick_order)
)
watched = {"ord-express": "the same name, twice"}
log = read_log_events(
    lab.client("logs"),
    f"/aws/lambda/{lab.name('steps')}",
    until=lambda seen: counted(seen).get("charge", pd.Series([0])).sum() >= 2,
)
again["status"], counted(log)["charge"].to_dict()

# %%
from botocore.exceptions import ClientError

once = party | {"orderId": "ord-once"}
execute(stepfunctions, saga_arn, once, name="ord-once")
try:
    stepfunctions.start_execution(stateMachineArn=saga_arn, name="ord-once", input=json.dumps(once))
except ClientError as error:
    print(error)

# %% [markdown]
# Express did it all again: the card is charged **twice**. Standard knows the name, and refuses: give an
# execution its order's number, and an order is conducted **once**. (While the first one still runs and
# the input is the same, AWS answers with that one instead of refusing; names are kept for 90 days.)

# %% [markdown]
# ### When to choose which
#
# What AWS documents (Step Functions Developer Guide, *choosing workflow type*):
#
# | | Standard | Express |
# |---|---|---|
# | how often a state runs | exactly once | at most once if synchronous, else at least once |
# | what happened? | history for 90 days | logs, if on |
#
# And the money. What did one party take?

# %%
from labkit.labs.workflows.executions import transitions

party_transitions = transitions(together.events)
measured_s = round(express_s, 1)
party_transitions, measured_s

# %%
from labkit.labs.costs.bill_figures import cost_stack
from labkit.labs.costs.messaging import REGION, per_million


def a_million_orders(transitions=party_transitions, seconds=measured_s):
    costs = per_million(transitions, seconds)
    return cost_stack(costs, f"A million orders a month, {REGION}, without free tiers")


explore(a_million_orders, transitions=(2, 40, 1), seconds=(0.1, 50.0, 0.1))

# %% [markdown]
# A Standard machine costs by the *step*, an Express one by the *second*. Move the sliders: they are far
# apart. Where do they meet?

# %%
from labkit.labs.costs.messaging import express_pays_until_s

f"{party_transitions} transitions: Express is cheaper up to {express_pays_until_s(party_transitions):,.0f} s"

# %% [markdown]
# (At the price of the first 1,000 GB-hours a month; beyond them Express gets cheaper. N. Virginia, because
# the price sheet has a source for each of these prices there; a transition in Seoul costs 8 % more.
# `labkit.prices.table()` shows sources and dates. Functions cost the same on every route.)
#
# So:
#
# - **Standard**: steps that depend on one another, cost money, take long, or must happen once.
# - **Express**: the same for short and frequent work that may be repeated without harm.

# %% [markdown]
# ## Recap
#
# - **The answer.** Then the first has to be undone. A workflow knows how far an order has come: it tries again
#   what may pass, and undoes the rest, the last step first.
# - **Retry** what passes, by name, with back-off. **Catch** what does not, and undo in reverse order.
# - Compensations are idempotent, and a Standard execution's **name** is what makes an order happen once.

# %% [markdown]
# ## Going further
#
# - `JitterStrategy: FULL` and `MaxDelaySeconds` in the `Retry`: why do a thousand machines need them?
# - Older machines are written in **JSONPath**: `Parameters`, `ResultPath`, keys that end in `.$`. You will read
#   it at work; both run, and one machine may have states of either.
# - The wait for a human, a machine that calls back after an hour: `.waitForTaskToken`.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
