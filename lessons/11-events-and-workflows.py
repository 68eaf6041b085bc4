# ---
# labkit:
#   lesson: "11"
#   slug: events-and-workflows
#   title: "Events and workflows"
#   minutes: 50
#   day: 2
#   block: Serverless
#   goals:
#     - announce an order once on SNS, and let each reader have a copy, or only what it asks for
#     - route events by what they say with EventBridge, and keep those that cannot be delivered
#     - lead an order through three steps with Step Functions, with retries and with compensation
#     - measure and price the routes, and say when to choose which
#   creates:
#     - 3 SNS topics and 9 SQS queues
#     - 2 EventBridge event buses with 3 rules, and 1 schedule
#     - 1 Lambda function with its log group
#     - 2 state machines
#     - 3 IAM roles
#   cost: >-
#     Under one US cent in an account of your own: some hundred requests and state transitions, and
#     nothing that is billed by the hour.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer measured messages, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("events-and-workflows", target=target, region=region)
lab

# %% [markdown]
# Lessons 08 to 10 brought an order in: API Gateway, a queue, a function, dead letters. Now the order is
# accepted, and others want to know: the kitchen, the people who write receipts, somebody who looks after
# big orders. And the order itself has steps to go through, any of which may fail.
#
# Two ways of working together, and this lesson has both: to announce with SNS and EventBridge, to
# conduct with Step Functions.
#
# ```text
#   announce   order service ── "order accepted" ──▶ who wants to know
#   conduct    conductor ── "reserve!" ── "charge!" ── "dispatch!" ──▶
# ```

# %%
import json

import pandas as pd

from labkit.labs.delivery import orders, take_all, take_one
from labkit.labs.events import announcement

sns = lab.client("sns")
sqs = lab.client("sqs")
events = lab.client("events")

# %% [markdown] tags=["instructor-notes"]
# - Sections 1 and 2 are quick if queue policies sit; they are what goes wrong at work. Let somebody
#   explain at the board who says yes to whom: the topic pushes, so the *queue* has to say yes.
# - "Published, message id received, nothing arrived" deserves a minute of silence. Then ask how
#   they would find that in production (a DLQ on the subscription, `NumberOfNotificationsFailed`).
# - Section 3 is the heart: the half-done order. Ask who pays for it before Retry and Catch are shown.
# - A saga is no transaction: between charge and refund the customer *is* charged. Say it aloud.
# - Who is late: `lab.solve` for exercises 1 and 2, and take part again from section 3.

# %% [markdown]
# ## 1 · SNS: say it once
#
# An announcement tells what others need and no more: it goes further than you think. So ours leaves
# the customer out.

# %%
stream = [announcement(order) for order in orders(20, seed=11)]
stream[0]

# %% [markdown]
# A **topic** is where you publish. Whoever wants a copy *subscribes*: here two queues, one for the
# kitchen, one for receipts. `RawMessageDelivery` hands on the message as it is; without it, each comes
# in an envelope of SNS's own.

# %%
topic_arn = sns.create_topic(Name=lab.name("orders"))["TopicArn"]


def create_queue(name):
    """Create a queue; return its URL and its ARN."""
    url = sqs.create_queue(QueueName=lab.name(name))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, answer["Attributes"]["QueueArn"]


# %%
kitchen_url, kitchen_arn = create_queue("kitchen")
receipts_url, receipts_arn = create_queue("receipts")
readers = {"kitchen": kitchen_url, "receipts": receipts_url}

# %%
subscriptions = {
    arn: sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    for arn in (kitchen_arn, receipts_arn)
}

# %% [markdown]
# > **Predict.** Topic, queues, subscriptions: all there. We publish one order. How many messages will
# > be in each queue?

# %%
sns.publish(TopicArn=topic_arn, Message=json.dumps(stream[0]))["MessageId"]

# %%
{name: len(messages) for name, messages in take_all(sqs, readers).items()}

# %% [markdown]
# Published, acknowledged with a number, and gone. Nobody was told: not you, not the kitchen. (On AWS
# the topic's metric `NumberOfNotificationsFailed` counts it. A refusal is not tried again: without a
# dead-letter queue of the *subscription* the message is lost.)
#
# SNS **pushes**: the queue has to let it in. That is said in the queue's own **resource policy**, and a
# new queue has none.
#
# ### Exercise 1 · Let the topic in
#
# Give both queues a policy: the service `sns.amazonaws.com` may `sqs:SendMessage` to *this queue*
# (`Resource`), and only on behalf of *this topic* (`Condition`, `ArnEquals`, `aws:SourceArn`). Set it
# with `sqs.set_queue_attributes(QueueUrl=…, Attributes={"Policy": …})`; policies are JSON in a string.

# %% exercise="queue-policy"
### BEGIN SOLUTION
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
### END SOLUTION

# %%
lab.check("queue-policy")

# %% tags=["exercise-definition"]
import json
from fnmatch import fnmatchcase

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.workflows.executions import attempts, execute


class QueuePolicy(Exercise):
    id = "queue-policy"
    title = "Let the topic in"
    hints = (
        "One statement per queue: Effect, Principal, Action, Resource, Condition.",
        '`"Principal": {"Service": "sns.amazonaws.com"}`, `"Resource": arn` (the queue\'s own), '
        '`"Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}}`.',
        '`sqs.set_queue_attributes(QueueUrl=kitchen_url, Attributes={"Policy": json.dumps({"Version": '
        '"2012-10-17", "Statement": [statement]})})`, and the same for the receipts.',
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        topic = f"arn:aws:sns:{lab.region}:{lab.account}:{lab.name('orders')}"
        names = ("kitchen", "receipts")
        queues = {n: sqs.get_queue_url(QueueName=lab.name(n))["QueueUrl"] for n in names}
        for name, url in queues.items():
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            self.expect_policy(name, answer, topic)
        told = json.dumps({"orderId": "ord-check", "totalKRW": 99_999})

        def arrived():
            lab.client("sns").publish(TopicArn=topic, Message=told)
            return all(self.took(sqs, url) for url in queues.values())

        self.wait(arrived, seconds=90, what="a published order to arrive in both queues")
        return "a published order arrives in both queues"

    def took(self, sqs, url):
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def expect_policy(self, name, attributes, topic):
        policy = json.loads(attributes.get("Policy") or "{}")
        if not policy:
            raise NotYet(f"a policy on the queue {name}", "none", "set_queue_attributes(…)")
        statements = policy["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if not fnmatchcase(attributes["QueueArn"], str(statement.get("Resource"))):
                raise NotYet(
                    f"the queue {name} as Resource in its own policy",
                    str(statement.get("Resource")),
                    "each queue's policy names that queue",
                )
            principal = json.dumps(statement.get("Principal"))
            if "sns.amazonaws.com" not in principal and '"*"' not in principal:
                raise NotYet("the principal sns.amazonaws.com", principal, self.hints[1])
            if topic not in json.dumps(statement.get("Condition", {})):
                raise NotYet(
                    f"only this topic in the condition of the queue {name}",
                    "topics of any account may send to it",
                    'add "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}}',
                )


# %% wrong="queue-policy" expect="only this topic"
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% wrong="queue-policy" expect="names that queue"
for url in (kitchen_url, receipts_url):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": kitchen_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% [markdown]
# ### Only what one asks for
#
# Receipts are written by hand for big orders alone. The sender need not know: a **filter policy** on the
# subscription chooses. With the scope `MessageBody` it looks into the message (by default it looks at
# message *attributes*). The receipts subscribe anew, with a filter:

# %%
receipts_filter = {"totalKRW": [{"numeric": [">=", 30_000]}]}
sns.unsubscribe(SubscriptionArn=subscriptions[receipts_arn])
subscriptions[receipts_arn] = sns.subscribe(
    TopicArn=topic_arn,
    Protocol="sqs",
    Endpoint=receipts_arn,
    Attributes={
        "RawMessageDelivery": "true",
        "FilterPolicyScope": "MessageBody",
        "FilterPolicy": json.dumps(receipts_filter),
    },
    ReturnSubscriptionArn=True,
)["SubscriptionArn"]

# %% [markdown]
# > **Predict.** The next cell counts the big orders among our 20; the one after it announces all 20. How
# > many messages will the kitchen have, and how many the receipts?

# %%
sum(order["totalKRW"] >= 30_000 for order in stream)

# %%
for order in stream:
    sns.publish(TopicArn=topic_arn, Message=json.dumps(order))
got = {name: len(messages) for name, messages in take_all(sqs, readers).items()}

# %%
from labkit.labs.events.event_flow import event_flow

fan_out = pd.DataFrame(
    [
        {"choice": "no filter", "target": "kitchen", "arrived": got["kitchen"]},
        {"choice": "total ≥ 30,000 KRW", "target": "receipts", "arrived": got["receipts"]},
    ]
)
event_flow(fan_out, "topic", announced=len(stream))

# %% [markdown]
# One call for each order, two readers, and neither knows of the other: that is **fan-out**. (On AWS a
# new filter policy may take up to 15 minutes to hold: the receipts may get all 20 at first. Run the two
# cells above again later.)
#
# ## 2 · EventBridge: route by what it says
#
# A topic has one subject. A **bus** takes events of every kind; **rules** pick from it by pattern, and each
# rule has up to five targets. Every event says where it comes from (`source`), what kind it is
# (`detail-type`) and what happened (`detail`).

# %%
bus = lab.name("delivery")
events.create_event_bus(Name=bus)


def event(kind, detail):
    """Make one entry for put_events."""
    told = json.dumps(detail)
    return {"EventBusName": bus, "Source": "delivery", "DetailType": kind, "Detail": told}


# %% [markdown]
# A pattern has the event's own shape. Where the event has a value, the pattern has a **list** of what
# may be there: `"region": ["seoul", "busan"]`, or a test like `{"numeric": [">=", 10]}`. What the pattern
# does not mention may be anything.
#
# ### Exercise 2 · Big orders in Seoul
#
# Put into `big_in_seoul` the pattern for events of the kind `order.accepted` from the source `delivery`
# whose `region` is `seoul` and whose `totalKRW` is at least 30,000. It is a dictionary with the keys
# `source`, `detail-type` and `detail`.

# %% exercise="event-pattern"
### BEGIN SOLUTION
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": ["order.accepted"],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]},
}
### END SOLUTION

# %%
lab.check("event-pattern", answer=big_in_seoul)


# %% tags=["exercise-definition"]
class EventPattern(Exercise):
    id = "event-pattern"
    title = "Big orders in Seoul"
    hints = (
        'Two keys match the envelope: `"source": ["delivery"]`, `"detail-type": ["order.accepted"]`.',
        'The others are inside `"detail"`: `{"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]}`.',
    )

    SAMPLES = (
        (True, "order.accepted", "seoul", 30_000, "delivery"),
        (True, "order.accepted", "seoul", 95_000, "delivery"),
        (False, "order.accepted", "seoul", 29_999, "delivery"),
        (False, "order.accepted", "busan", 95_000, "delivery"),
        (False, "payment.failed", "seoul", 95_000, "delivery"),
        (False, "order.accepted", "seoul", 95_000, "somebody else"),
    )

    def check(self, lab):
        if not isinstance(self.answer, dict):
            raise NotYet("a dictionary", repr(self.answer), self.hints[0])
        for expected, kind, region, total, source in self.SAMPLES:
            words = f"{kind} from {source}, region {region}, {total:,} KRW"
            sample = {
                "id": "1",
                "account": lab.account,
                "region": lab.region,
                "time": "2026-03-06T09:30:00Z",
                "resources": [],
                "source": source,
                "detail-type": kind,
                "detail": {"orderId": "ord-check", "region": region, "totalKRW": total},
            }
            if self.matches(lab, sample) != expected:
                raise NotYet(
                    f"{'a match' if expected else 'no match'} for {words}",
                    "no match" if expected else "a match",
                    self.hints[0]
                    if kind == "payment.failed" or source != "delivery"
                    else self.hints[1],
                )
        return "it matches big orders in Seoul, and nothing else"

    def matches(self, lab, sample):
        events = lab.client("events")
        try:
            answer = events.test_event_pattern(
                EventPattern=json.dumps(self.answer), Event=json.dumps(sample)
            )
        except events.exceptions.InvalidEventPatternException as error:
            raise NotYet(
                "a pattern that EventBridge can read",
                error.response["Error"]["Message"],
                'every value is a list: "region": ["seoul"]',
            ) from None
        return answer["Result"]


# %% wrong="event-pattern" expect="every value is a list"
big_in_seoul = {
    "source": "delivery",
    "detail-type": "order.accepted",
    "detail": {"region": "seoul", "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="a match for order.accepted from delivery, region seoul, 30,000 KRW"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": ["order.accepted"],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">", 30_000]}]},
}

# %% wrong="event-pattern" expect="no match for payment.failed"
big_in_seoul = {
    "source": ["delivery"],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% [markdown]
# Your pattern makes a rule, and its target is a queue for the people who look after big orders. The
# queue's policy is the one of exercise 1, with `events.amazonaws.com` and the rule's ARN;
# `open_queue` writes it (read it with `open_queue??`).

# %%
from labkit.labs.events import open_queue

rule_arn = events.put_rule(
    Name=lab.name("big"), EventBusName=bus, EventPattern=json.dumps(big_in_seoul)
)["RuleArn"]
care = open_queue(lab, "care", "events.amazonaws.com", rule_arn)
events.put_targets(
    Rule=lab.name("big"), EventBusName=bus, Targets=[{"Id": "care", "Arn": care.arn}]
)["FailedEntryCount"]

# %% [markdown]
# (0 entries failed: the *call* was good. It says nothing of what will arrive.)
#
# The second rule is for failed payments, wherever they happen. People will read these, so an **input
# transformer** makes a sentence of each event: paths pick values, the template puts them in place.

# %%
failed_rule_arn = events.put_rule(
    Name=lab.name("failed"),
    EventBusName=bus,
    EventPattern=json.dumps({"source": ["delivery"], "detail-type": ["payment.failed"]}),
)["RuleArn"]
sentence = {
    "InputPathsMap": {"order": "$.detail.orderId", "won": "$.detail.totalKRW"},
    "InputTemplate": '"Order <order>: payment of <won> KRW failed, please call."',
}

# %% [markdown]
# And its target gets a **dead-letter queue of its own**, for events that cannot be delivered. The queue
# `alerts` below has no policy: we have learnt nothing from section 1.
#
# > **Predict.** A payment fails. What will be in `alerts`, and what in the dead-letter queue?

# %%
alerts_url, alerts_arn = create_queue("alerts")
undelivered = open_queue(lab, "undelivered", "events.amazonaws.com", failed_rule_arn)
alert_target = {
    "Id": "alerts",
    "Arn": alerts_arn,
    "InputTransformer": sentence,
    "DeadLetterConfig": {"Arn": undelivered.arn},
}
events.put_targets(Rule=lab.name("failed"), EventBusName=bus, Targets=[alert_target])[
    "FailedEntryCount"
]

# %%
events.put_events(Entries=[event("payment.failed", stream[0])])["FailedEntryCount"]

# %%
letter = take_one(sqs, undelivered.url)
alerts = take_all(sqs, {"alerts": alerts_url})["alerts"]
{"alerts": len(alerts), "the dead letter": json.loads(letter["Body"])["detail"]["orderId"]}

# %%
{name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}

# %% [markdown]
# This time nothing is lost, and the letter says **why** it came: no permission. (A target that is only
# slow or busy is tried again, by default for 24 hours and up to 185 times. What trying again cannot mend
# goes to the dead letters at once.) Mend the cause, and put the event on the bus again, as it was:

# %%
from labkit.labs.events import queue_policy

let_in = queue_policy(alerts_arn, "events.amazonaws.com", failed_rule_arn)
sqs.set_queue_attributes(QueueUrl=alerts_url, Attributes={"Policy": let_in})
undone = json.loads(letter["Body"])
events.put_events(Entries=[event(undone["detail-type"], undone["detail"])])["FailedEntryCount"]

# %%
take_one(sqs, alerts_url)["Body"]

# %% [markdown]
# Now all of it: 20 accepted orders and 4 failed payments go on one bus.
#
# > **Predict.** How many reach `care`? How many reach nobody?

# %%
accepted = [event("order.accepted", order) for order in stream]
failed = [event("payment.failed", order) for order in stream[:4]]
entries = accepted + failed
for first in range(0, len(entries), 10):  # put_events takes ten at most
    events.put_events(Entries=entries[first : first + 10])

# %%
found = take_all(sqs, {"care": care.url, "alerts": alerts_url})
routed = pd.DataFrame(
    [
        {
            "choice": "accepted, in Seoul,\ntotal ≥ 30,000 KRW",
            "target": "care",
            "arrived": len(found["care"]),
        },
        {
            "choice": "payment.failed → one sentence",
            "target": "alerts",
            "arrived": len(found["alerts"]),
        },
    ]
)
event_flow(routed, "bus", announced=len(entries))

# %% [markdown]
# The rest of the 24 reached nobody: an event that no rule matches goes nowhere, without a word. That is
# what makes it easy to add a reader later, and easy to lose one by a typo in a pattern. (On AWS a queue's
# new policy may take a minute to hold, a new rule some seconds: if fewer than expected came, run the two
# cells again.)
#
# ### On time
#
# A customer orders now for later. **EventBridge Scheduler** sends a message once, at a set time (`at(…)`), or
# again and again (`rate(…)`, `cron(…)`). It does not rely on the queue's policy: it takes a **role**.

# %%
from labkit.labs.builders import service_role

iam = lab.client("iam")
scheduler_role = service_role(lab, "scheduler-role", "scheduler.amazonaws.com")
send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": kitchen_arn}
iam.put_role_policy(
    RoleName=lab.name("scheduler-role"),
    PolicyName="send-orders",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [send]}),
)

# %%
from datetime import UTC, datetime, timedelta

ahead_s = 2 if lab.target.name == "local" else 30  # on AWS a new role takes some seconds to hold
at = datetime.now(UTC) + timedelta(seconds=ahead_s)
lab.client("scheduler").create_schedule(
    Name=lab.name("preorder"),
    ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
    FlexibleTimeWindow={"Mode": "OFF"},
    Target={"Arn": kitchen_arn, "RoleArn": scheduler_role, "Input": json.dumps(stream[1])},
    ActionAfterCompletion="DELETE",
)
f"due at {at:%H:%M:%S} UTC"


# %%
message = take_one(sqs, kitchen_url)
came = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
f"in the kitchen's queue at {came:%H:%M:%S} UTC"

# %% [markdown]
# (The sandbox looks once a second. AWS promises the minute, not the second.)
#
# ## 3 · Step Functions: one conductor
#
# Announcing is enough where nobody waits for anybody. An order is different: reserve a place in the
# kitchen, charge the card, send a courier, *in this order*, and if one step fails the earlier ones have to
# be undone. Here is a function that does one step at a time, and can fail in four ways:

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
from labkit.labs.builders import LOGGING_POLICY, function

steps_role = service_role(lab, "steps-role", "lambda.amazonaws.com", LOGGING_POLICY)
steps_arn = function(lab, "steps", steps_role, lab.zip("steps.py"), "steps.handler")

# %% [markdown]
# The **state machine** needs a role too: it invokes the function, and at the end it announces the order
# on our topic.

# %%
saga_role = service_role(lab, "saga-role", "states.amazonaws.com")
allowed = [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": steps_arn},
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn},
]
iam.put_role_policy(
    RoleName=lab.name("saga-role"),
    PolicyName="conduct",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
)


# %% [markdown]
# A machine is a JSON document (*Amazon States Language*). `step` writes one **Task**. A key that ends in
# `.$` is no text but a *path* to a value: `$` is what the state got, the order; `$$` is what Step Functions
# knows of the run, here how often the state was tried again. `ResultPath` null says: hand on the order as it
# came.


# %%
def step(name, **more):
    """Write a state that lets the function do one step of the order."""
    payload = {"step": name, "order.$": "$", "attempt.$": "$$.State.RetryCount"}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": steps_arn, "Payload": payload},
        "ResultPath": None,
        **more,
    }


# %% [markdown]
# The last state needs no function: Step Functions calls SNS itself. `States.JsonToString` makes a text of the
# order.

# %%
announce = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": topic_arn, "Message.$": "States.JsonToString($)"},
    "End": True,
}
saga = {
    "StartAt": "Reserve",
    "States": {
        "Reserve": step("reserve", Next="Charge"),
        "Charge": step("charge", Next="Dispatch"),
        "Dispatch": step("dispatch", Next="Announce"),
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
# Four states, one after the other; the last one announced the order on our topic, and section 1 takes it
# from there. Who announces need not know who listens; who conducts has to know every step.
#
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
#
# ### Exercise 3 · Try again, by name
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
class RetryByName(Exercise):
    id = "retry-by-name"
    title = "Try again, by name"
    hints = (
        '`saga["States"]["Charge"]["Retry"] = [{…}]`, then `update_saga()`.',
        '`"ErrorEquals": ["CardNetworkBusy"]`: the name of the exception\'s class, in a list.',
        '`"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2`.',
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
        return f"through at attempt {tries}; a declined card is asked once"


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
#
# ### Exercise 4 · Undo
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
# A `Catch` is a list, too: `[{"ErrorEquals": […], "Next": …, "ResultPath": "$.error"}]`. Mind the last:
# without it the *error* takes the place of the order, and `Release` would not know what to release.

# %% exercise="compensation"
### BEGIN SOLUTION
saga["States"] |= {
    "Refund": step("refund", Next="Release"),
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
saga["States"]["Charge"]["Catch"] = [
    {"ErrorEquals": ["CardDeclined"], "ResultPath": "$.error", "Next": "Release"}
]
saga["States"]["Dispatch"]["Catch"] = [
    {"ErrorEquals": ["NoCourier"], "ResultPath": "$.error", "Next": "Refund"}
]
update_saga()
### END SOLUTION

# %%
lab.check("compensation")


# %% tags=["exercise-definition"]
class Compensation(Exercise):
    id = "compensation"
    title = "Undo"
    hints = (
        'First the states: `saga["States"] |= {"Refund": step("refund", Next="Release"), …}`.',
        '`saga["States"]["Charge"]["Catch"] = [{"ErrorEquals": ["CardDeclined"], "ResultPath": "$.error", '
        '"Next": "Release"}]`; for Dispatch `NoCourier` and `Refund`.',
        '`"Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"}`, '
        "and at the end `update_saga()`.",
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
                '"ResultPath": "$.error" in the Catch puts the error beside the order',
            )
        if run.path != path:
            raise NotYet(f"{trouble} to go {' → '.join(path)}", " → ".join(run.path), self.hints[1])
        if run.error != "OrderCancelled":
            raise NotYet(f"{trouble} to end as OrderCancelled", run.error, self.hints[2])


# %% wrong="compensation" expect="ResultPath"
saga["States"] |= {
    "Refund": step("refund", Next="Release"),
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
saga["States"]["Charge"]["Catch"] = [{"ErrorEquals": ["CardDeclined"], "Next": "Release"}]
saga["States"]["Dispatch"]["Catch"] = [{"ErrorEquals": ["NoCourier"], "Next": "Refund"}]
update_saga()

# %% wrong="compensation" expect="Dispatch → Refund → Release"
saga["States"] |= {
    "Release": step("release", Next="Cancelled"),
    "Cancelled": {"Type": "Fail", "Error": "OrderCancelled", "Cause": "everything is undone"},
}
for state, error in (("Charge", "CardDeclined"), ("Dispatch", "NoCourier")):
    saga["States"][state]["Catch"] = [
        {"ErrorEquals": [error], "ResultPath": "$.error", "Next": "Release"}
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
#
# ### Several restaurants: Map
#
# A party orders from three restaurants at once. A **Map** state runs the same states for each item of a
# list, side by side; it succeeds if all do. `ItemsPath` says where the list is, `ItemSelector` what each run
# gets, `ItemProcessor` what it runs.

# %%
saga["States"]["Reserve"] = {
    "Type": "Map",
    "ItemsPath": "$.restaurants",
    "ItemSelector": {
        "orderId.$": "$.orderId",
        "closed.$": "$.closed",
        "restaurant.$": "$$.Map.Item.Value",
    },
    "ItemProcessor": {
        "StartAt": "ReserveOne",
        "States": {"ReserveOne": step("reserve", End=True)},
    },
    "ResultPath": None,
    "Catch": [{"ErrorEquals": ["KitchenClosed"], "ResultPath": "$.error", "Next": "Release"}],
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
#
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
#
# ### Express beside Standard
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
#
# ## 4 · When to choose which
#
# > **Predict.** Four routes from an announcement to a waiting reader: the queue alone, SNS before it,
# > EventBridge before it, and SNS with a FIFO topic and queue. We announce numbered messages, the first
# > of them *twice*, as an app does that got no answer. Which routes keep the order? Which give it once?

# %%
from labkit.labs.events import compare_routes, message_routes
from labkit.show.tables import table

measured = compare_routes(lab, message_routes(lab), messages=10 if quick else 40)
table(measured, "From the call until a waiting reader held the message")

# %% [markdown]
# How far to trust that table:
#
# - **Copies**: the same on AWS. Only FIFO recognises a repeated message, by its deduplication id, for
#   five minutes.
# - **In order**: the sandbox keeps the order because of how it is built. AWS promises it for FIFO alone,
#   within a message group; the others do their best.
# - **Milliseconds**: your machine's, where all services are one process. On AWS, others measured medians of
#   16 ms (SQS), 73 ms (SNS) and 148 ms (EventBridge), each until a function ran (Ireland, 2022–23,
#   bitesizedserverless.com).
#
# And retries? When a queue *refused*, SNS and EventBridge did not try again: the first order of section 1
# is lost, the failed payment became a dead letter at once. The saga tried again as often as you had written
# and as was needed:

# %%
int((attempts(retried.events)["attempt"] > 1).sum())

# %% [markdown]
# What AWS documents, beside it:
#
# | | SNS | EventBridge | Step Functions |
# |---|---|---|---|
# | who decides | each subscriber | rules on the bus | the machine |
# | how often | at least once | at least once | Standard: exactly once; Express: at most once if synchronous, else at least once |
# | order | FIFO topics only | no | as written |
# | a target that is down | tried for 23 days | tried for 24 hours | your `Retry` |
# | a target that refuses | dead letters, or lost | dead letters, or lost | your `Catch` |
# | what happened? | delivery logs, if on | metrics, archive; logs, if on | Standard: history for 90 days; Express: logs, if on |
#
# (Developer Guides of SNS: *message delivery retries*; EventBridge: *retry policy and dead-letter
# queues*; Step Functions: *choosing workflow type*.)
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
# - **SNS**: the same message to many, at once, cheaply; filters are enough.
# - **EventBridge**: many kinds of events, readers you do not know yet, routing by content, schedules.
# - **Standard**: steps that depend on one another, cost money, take long, or must happen once.
# - **Express**: the same for short and frequent work that may be repeated without harm.
#
# ## Recap
#
# - Whoever is **pushed** to has to agree: the queue's policy names the service *and* the topic or rule.
# - SNS copies; a **filter policy** leaves out. EventBridge **routes**; a pattern's values are lists.
# - A refusal is not tried again. A **dead-letter queue** on the subscription or target keeps the event
#   and says why.
# - **Retry** what passes, by name, with back-off. **Catch** what does not, and undo in reverse order.
# - Compensations are idempotent, and a Standard execution's **name** is what makes an order happen once.
#
# ## Going further
#
# - Subscribe the receipts with a `RedrivePolicy`, take their queue's policy away, and find the letter.
# - `JitterStrategy: FULL` and `MaxDelaySeconds` in the `Retry`: why do a thousand machines need them?
# - AWS recommends **JSONata** for new machines. Rewrite `step` with `"QueryLanguage": "JSONata"` and
#   `Arguments` instead of `Parameters`.
# - EventBridge can **archive** a bus and **replay** a day: what would your kitchen do with yesterday's
#   orders?
# - EventBridge has a second kind of custom bus now (`eventbridgev2` in boto3); the kind of this lesson, with
#   rules and targets, AWS calls *Classic*. The new one keeps its events for 1 to 365 days, can deliver those
#   of a group in order, and recognises a repeated one for five minutes. It gives a target up after 5
#   attempts or 5 minutes, unless told otherwise. The sandbox does not have it.
# - The wait for a human, a machine that calls back after an hour: `.waitForTaskToken`.
#
# ## Clean up

# %%
lab.teardown()
