# ---
# labkit:
#   lesson: "12"
#   slug: events
#   title: "Events"
#   minutes: 30
#   day: 2
#   block: Data and events
#   formerly: 11-events-and-workflows
#   question: >-
#     An order is kept. How do all who should know of it hear of it, when the sender does not know them?
#   goals:
#     - announce an order once on SNS, and let each reader have a copy, or only what it asks for
#     - route events by what they say with EventBridge, and keep those that cannot be delivered
#     - measure the routes, and say when to choose which
#   creates:
#     - 3 SNS topics and 9 SQS queues
#     - 2 EventBridge event buses with 3 rules, and 1 schedule
#     - 1 IAM role
#   cost: >-
#     Under one US cent in an account of your own: some hundred requests, and nothing that is billed
#     by the hour.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer measured messages, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("events", target=target, region=region)
lab

# %% [markdown]
# Lessons 08 to 11 brought an order in and kept it in a table. Now others want to know: the kitchen, the people
# who write receipts, somebody who looks after big orders. The order service announces it, with SNS and with
# EventBridge.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("12")

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
# - Who is late: `lab.solve` for exercise 1, and take part again from section 2.

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

# %% [markdown]
# ### Exercise 1 · Let the topic in
#
# The cell below writes a policy for each queue, with four blanks. Fill them in: *who* may do *what* with *this*
# queue, and on behalf of which topic only?

# %% exercise="queue-policy"
who, action, on_behalf_of = "", "", ""


def resource(queue_arn):
    return ""


### BEGIN SOLUTION
who, action, on_behalf_of = "sns.amazonaws.com", "sqs:SendMessage", topic_arn


def resource(queue_arn):
    return queue_arn


### END SOLUTION
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": who},
        "Action": action,
        "Resource": resource(arn),
        "Condition": {"ArnEquals": {"aws:SourceArn": on_behalf_of}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

# %%
lab.check("queue-policy")

# %% tags=["exercise-definition"]
import json
import time

from labkit.course.exercises import Exercise, NotYet


class QueuePolicy(Exercise):
    id = "queue-policy"
    title = "Let the topic in"
    minutes = 5
    hints = (
        "Who pushes here: you, the topic, or a service of AWS? And what would happen if any topic of any account "
        "could do it?",
        "The principal is the service, `….amazonaws.com`; the action is the one by which a message gets into a "
        "queue; each queue's policy names that queue alone, and the condition names the topic's ARN.",
        '`who, action, on_behalf_of = "sns.amazonaws.com", "sqs:SendMessage", topic_arn`; `resource` returns '
        "the queue's ARN that it is given.",
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        topic = f"arn:aws:sns:{lab.region}:{lab.account}:{lab.name('orders')}"
        names = ("kitchen", "receipts")
        queues = {n: sqs.get_queue_url(QueueName=lab.name(n))["QueueUrl"] for n in names}
        for name, url in queues.items():
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            self.expect_policy(name, answer, topic)
        number = f"ord-check-{time.time_ns()}"
        told = json.dumps({"orderId": number, "totalKRW": 99_999})
        lab.client("sns").publish(TopicArn=topic, Message=told)
        missing = set(queues)

        def arrived():
            for name in sorted(missing):
                if any(number in text for text in self.took(sqs, queues[name])):
                    missing.discard(name)
            return not missing

        self.wait(
            arrived,
            seconds=90,
            what="a published order to arrive in both queues",
            seen=lambda: f"nothing in {' and '.join(sorted(missing))}",
        )
        return "a published order arrives in both queues"

    def took(self, sqs, url):
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def expect_policy(self, name, attributes, topic):
        policy = json.loads(attributes.get("Policy") or "{}")
        if not policy:
            raise NotYet(f"a policy on the queue {name}", "none", "set_queue_attributes(…)")
        statements = policy["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            self.expect_statement(name, statement, attributes["QueueArn"], topic)

    def expect_statement(self, name, statement, queue, topic):
        principal = statement.get("Principal")
        if principal != {"Service": "sns.amazonaws.com"}:
            raise NotYet("the principal sns.amazonaws.com", json.dumps(principal), self.hints[1])
        if statement.get("Action") not in ("sqs:SendMessage", ["sqs:SendMessage"]):
            found = json.dumps(statement.get("Action"))
            raise NotYet("the one action sqs:SendMessage", found, self.hints[1])
        if statement.get("Resource") not in (queue, [queue]):
            raise NotYet(
                f"the queue {name} as Resource in its own policy",
                str(statement.get("Resource")),
                "each queue's policy names that queue",
            )
        condition = statement.get("Condition", {})
        if other := condition.keys() - {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}:
            raise NotYet("the operator ArnEquals", ", ".join(sorted(other)), self.hints[1])
        asked = condition.values()
        arns = [arn for one in asked for key, arn in one.items() if key.lower() == "aws:sourcearn"]
        if arns not in ([topic], [[topic]]):
            raise NotYet(
                f"only this topic in the condition of the queue {name}",
                f"{arns[0]} may send to it" if arns else "topics of any account may send to it",
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

# %% wrong="queue-policy" expect="the one action"
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% wrong="queue-policy" expect="names that queue"
for url in (kitchen_url, receipts_url):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% wrong="queue-policy" expect="may send to it"
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": topic_arn.rpartition(":")[0] + ":*"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% wrong="queue-policy" expect="the operator ArnEquals"
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEqualsIfExists": {"aws:SourceArn": topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

# %% wrong="queue-policy" expect="the principal"
for url, arn in ((kitchen_url, kitchen_arn), (receipts_url, receipts_arn)):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
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

# %% [markdown]
# ## 2 · EventBridge: route by what it says
#
# A topic has one subject. A **bus** takes events of every kind; **rules** pick from it by pattern, and each
# rule has up to five targets. Every event says where it comes from (`source`), what kind it is
# (`detail-type`) and what happened (`detail`).
#
# (AWS calls this kind of bus *Custom Event Bus - Classic* now; its guide treats it together with the `default`
# bus of every account. For new applications the guide says to start with the new *Custom Event Bus*,
# `eventbridgev2` in boto3: consumers subscribe by themselves, and the bus keeps events for replay. Patterns
# look the same. The sandbox does not have it.)

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

# %% [markdown]
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
    minutes = 4
    hints = (
        "A pattern has the event's own shape. Which of the four things that you ask for stand in the envelope, and "
        "which in the detail?",
        'Every value is a list: `"source": ["delivery"]`. A number is tested by `{"numeric": [">=", …]}`, '
        "inside a list, too.",
        '`{"source": ["delivery"], "detail-type": ["order.accepted"], "detail": {"region": ["seoul"], '
        '"totalKRW": [{"numeric": [">=", 30_000]}]}}`',
    )

    SAMPLES = (
        (True, "order.accepted", "seoul", 30_000, "delivery"),
        (True, "order.accepted", "seoul", 95_000, "delivery"),
        (False, "order.accepted", "seoul", 29_999, "delivery"),
        (False, "order.accepted", "busan", 95_000, "delivery"),
        (True, "order.accepted", "seoul", 2_000_000, "delivery"),
        (False, "order.accepted", "seoul-south", 95_000, "delivery"),
        (False, "order.accepted", "new-seoul", 95_000, "delivery"),
        (False, "payment.failed", "seoul", 95_000, "delivery"),
        (False, "order.cancelled", "seoul", 95_000, "delivery"),
        (False, "payment.accepted", "seoul", 95_000, "delivery"),
        (False, "order.accepted", "seoul", 95_000, "somebody else"),
        (False, "order.accepted", "seoul", 95_000, "delivery-test"),
        (False, "order.accepted", "seoul", 95_000, "test-delivery"),
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
                    if kind != "order.accepted" or source != "delivery"
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

# %% wrong="event-pattern" expect="region seoul-south"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": ["order.accepted"],
    "detail": {"region": [{"prefix": "seoul"}], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="no match for order.cancelled"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": [{"prefix": "order."}],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="from delivery-test"
big_in_seoul = {
    "source": [{"prefix": "delivery"}],
    "detail-type": ["order.accepted"],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="no match for order.accepted from delivery, region new-seoul"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": ["order.accepted"],
    "detail": {"region": [{"suffix": "seoul"}], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="no match for payment.accepted"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": [{"wildcard": "*.accepted"}],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000]}]},
}

# %% wrong="event-pattern" expect="a match for order.accepted from delivery, region seoul, 2,000,000 KRW"
big_in_seoul = {
    "source": ["delivery"],
    "detail-type": ["order.accepted"],
    "detail": {"region": ["seoul"], "totalKRW": [{"numeric": [">=", 30_000, "<", 100_000]}]},
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

# %% [markdown]
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

# %% [markdown] tags=["extra"]
# ## 3 · Four routes, measured
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

# %% [markdown]
# ## 4 · When to choose which
#
# When a queue *refused*, SNS and EventBridge did not try again: the first order of section 1
# is lost, the failed payment became a dead letter at once. What AWS documents:
#
# | | SNS | EventBridge |
# |---|---|---|
# | who decides | each subscriber | rules on the bus |
# | how often | at least once | at least once |
# | order | FIFO topics only | no |
# | a target that is down | tried for 23 days | tried for 24 hours |
# | a target that refuses | dead letters, or lost | dead letters, or lost |
# | what happened? | delivery logs, if on | metrics, archive; logs, if on |
#
# (Developer Guides of SNS: *message delivery retries*; EventBridge: *retry policy and dead-letter
# queues*.)
#
# So:
#
# - **SNS**: the same message to many, at once, cheaply; filters are enough.
# - **EventBridge**: many kinds of events, readers you do not know yet, routing by content, schedules.

# %% [markdown]
# ## Recap
#
# - **The answer.** Say it once, to a **topic** or a **bus**; who wants to know subscribes, or has a rule. The
#   sender knows none of them, but each *receiver* has to let the sender's service in.
# - Whoever is **pushed** to has to agree: the queue's policy names the service *and* the topic or rule.
# - SNS copies; a **filter policy** leaves out. EventBridge **routes**; a pattern's values are lists.
# - A refusal is not tried again. A **dead-letter queue** on the subscription or target keeps the event
#   and says why.

# %% [markdown]
# ## Going further
#
# - Subscribe the receipts with a `RedrivePolicy`, take their queue's policy away, and find the letter.
# - EventBridge can **archive** a bus and **replay** a day: what would your kitchen do with yesterday's
#   orders?
# - The Custom Event Bus keeps its events for 1 to 365 days, can deliver those of a group in order, and recognises
#   a repeated one for five minutes. It gives a target up after 5 attempts or 5 minutes, unless told otherwise.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
