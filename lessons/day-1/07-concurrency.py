# ---
# labkit:
#   lesson: "07"
#   slug: concurrency
#   title: "Concurrency: limits, guarantees, queues"
#   minutes: 30
#   day: 1
#   block: Serverless
#   question: "Lunch begins, and orders come all at once. How many can a function work on, and what becomes of the rest?"
#   goals:
#     - derive concurrency from rate × duration, and check it against the timeline
#     - see one environment per request, and what a burst does
#     - use reserved concurrency as a cap, as a guarantee and as an off switch
#     - meet the end of provisioned concurrency, and count what spills over
#     - "extra: see a bad day, a burst, and a queue that feeds a function no faster than it can cook"
#   creates:
#     - up to 2 IAM roles
#     - up to 5 Lambda functions with their log groups, one with a version and an alias
#     - provisioned concurrency for up to 4 environments, for a minute or two
#     - "extra: 1 SQS queue and 1 event source mapping"
#   cost: >-
#     Under one US cent in an account of your own: some hundred short calls, and provisioned
#     concurrency by the second while it is on.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: shorter loads, as `make smoke` runs it
alone = False  # True, on AWS: nobody else uses Lambda in this account and Region for now

# %%
from labkit import Lab

lab = Lab("concurrency", target=target, region=region)
lab

# %% [markdown]
# > **The claim.** *Concurrency: how many requests a function works on at the same time. Reserved concurrency: a
# > pool for one function; for important functions, it guarantees execution. Provisioned concurrency: no cold start
# > on a request; costs money.*
#
# All true, and each has a second half that the notes leave out. We look for it.

# %%
awslambda = lab.client("lambda")
sqs = lab.client("sqs")

# %% [markdown] tags=["instructor-notes"]
# - Put *concurrency = rate × duration* on the board before section 1, and let each learner compute one from
#   their own work.
# - boto3 by itself repeats throttled calls, and a capped load then looks merely slow. Ask who has seen a 429 of
#   Lambda in their own logs, and what their client made of it.
# - "Nine, and not four?" is the question that stays: independent customers come in clumps. The slider is for it.
# - The bad day (extra) starts a hundred processes, for some seconds and about a gigabyte. It runs in the
#   sandbox; in an account only with `alone = True`, because there it would starve *everybody's* functions. That is
#   worth saying aloud: one careless function does this to a real account.
# - Section 5 (extra) prepares lesson 09: a queue does not make the kitchen faster, it makes the pile harmless.
# - Who is late: `provision` and exercise 3 can be left out.

# %% [markdown]
# The function is a kitchen that takes as long as it is told, and does nothing else. (`execution_environment`
# is labkit's file from lesson 06: it logs which environment runs the call.)

# %% function_file="kitchen.py"
import time

import execution_environment


def handler(event, context):
    execution_environment.report()
    time.sleep(event["seconds"])


# %%
from labkit.labs.functions import deploy

deploy(lab, "kitchen", "kitchen.py", timeout_s=5)

# %% [markdown]
# `load` sends calls on a schedule, whether or not earlier ones were answered, and each call once. (boto3 by
# itself repeats throttled calls.)

# %%
from labkit.measure.calls import calls_under_load
from labkit.measure.load import burst, poisson, steady

COOKING_S = 0.5
caller = lab.client("lambda", attempts=1, connections=200)


def load(at_s, qualifier=None):
    """Call the kitchen at these times; one row per call, throttled ones included."""
    orders = [{"seconds": COOKING_S}] * len(at_s)
    return calls_under_load(caller, lab.name("kitchen"), orders, at_s, qualifier)


# %% [markdown]
# ## 1 · One environment, one request
#
# > **Predict.** Eight calls per second, half a second each. How many environments will there be: one,
# > four, eight, or one per call?

# %% wait="15"
seconds = 3 if quick else 15
first = load(steady(rate_per_s=8, seconds=seconds))
first["start"].value_counts().to_frame("calls")

# %%
from labkit.show.measurements.environment_lanes import environments

environments(first.head(40))

# %% [markdown]
# A lane per execution environment: INIT, then one call after the other, **never two at once**. (There are some
# more than four: the first calls wait for INIT too, so they stay longer.) A call that
# finds every environment busy gets a new one. So the number of environments is the number of calls under
# way, and *concurrency* is nothing but that. (AWS's Managed Instances take several requests per environment;
# ordinary functions do not.)
#
# How many are under way? Every second 8 come in, and each stays for 0.5 s. That is Little's law:
#
# > **concurrency = rate × duration**

# %% [markdown]
# ### Exercise 1 · What the new menu needs
#
# The new menu takes **1.5 s** to cook, and lunch brings **1,200 orders per minute**. Compute into `needed`
# the concurrency that this takes on average.

# %% exercise="needed-concurrency"
### BEGIN SOLUTION
needed = 1200 / 60 * 1.5
### END SOLUTION

# %%
lab.check("needed-concurrency", answer=needed)

# %% tags=["exercise-definition"]
from labkit.course.exercises import Exercise, NotYet


class NeededConcurrency(Exercise):
    id = "needed-concurrency"
    title = "What the new menu needs"
    minutes = 4
    hints = (
        "Which two numbers does the law multiply?",
        "Little's law wants both in the same unit: orders per **second** and seconds.",
        "`needed = 1200 / 60 * 1.5`",
    )

    def check(self, lab):
        if not isinstance(self.answer, int | float):
            raise NotYet("a number", repr(self.answer), self.hints[0])
        if abs(self.answer - 1800) < 1:
            raise NotYet("the rate per second", "1,200 × 1.5: a rate per minute", self.hints[0])
        if abs(self.answer - 20 / 1.5) < 0.5:
            raise NotYet(
                "rate × duration", f"{self.answer:.1f}: rate ÷ duration", "longer calls need more"
            )
        if abs(self.answer - 30) > 0.01:
            raise NotYet("rate × duration", f"{self.answer:g}", self.hints[0])
        return "30 environments on average"


# %% wrong="needed-concurrency" expect="rate per second"
needed = 1200 * 1.5

# %% wrong="needed-concurrency" expect="rate × duration"
needed = 1200 / 60 / 1.5

# %% [markdown]
# Check the law against the timeline: the mean number of calls under way, from our own 8 per second. A call
# occupies its environment from the start of INIT to its answer.

# %%
from labkit.measure.queue_depth import concurrency
from labkit.show.measurements.phases import spans


def mean_under_way(calls):
    """Time-weighted mean of the calls under way, from the first start to the last."""
    when = spans(calls)
    steps = concurrency(when.assign(started_at=when["init_at"].fillna(when["started_at"])))
    steps = steps[steps["at"] <= when["started_at"].max()]
    lasts_s = steps["at"].diff().shift(-1).dt.total_seconds()
    return (steps["running"] * lasts_s).sum() / lasts_s.sum()


{"rate × duration": 8 * COOKING_S, "measured": round(float(mean_under_way(first)), 2)}

# %% [markdown]
# (A little more than computed: INIT is duration too.)
#
# That is the **mean**. Customers do not come at equal distances. With independent customers the number
# under way has a Poisson distribution around the mean, and the cap has to be above its tail:

# %%
from labkit.labs.functions import arrivals_figure
from labkit.show.sliders import explore

explore(arrivals_figure, rate_per_s=(1.0, 100.0, 1.0), seconds_each=(0.1, 5.0, 0.1))

# %% [markdown]
# ## 2 · Reserved concurrency: the cap
#
# *Reserved* sounds like a gift. It is also a ceiling. Before we set it, look at what there is to
# reserve from: **one account, one Region, one limit for all functions**.

# %%
from labkit.labs.functions import unreserve

unreserve(lab, "kitchen", "parked")  # nothing is reserved yet, unless you run this again
limits = awslambda.get_account_settings()["AccountLimit"]
limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]

# %% [markdown]
# 1,000 is AWS's default; a new account may have 10, and then every reservation is refused, since some
# concurrency has to stay unreserved. (In such an account the next cell reserves nothing: skip to section 4.)
#
# > **Predict.** A cap of 2, and the same 8 calls per second of 0.5 s. Which share is turned away?

# %%
if limits["UnreservedConcurrentExecutions"] >= 102:
    awslambda.put_function_concurrency(
        FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=2
    )

# %% wait="15"
capped = load(steady(rate_per_s=8, seconds=seconds))
capped.groupby(["status", "error_type"], dropna=False).size().to_frame("calls")

# %%
from labkit.show.measurements.concurrency_limits import concurrency_and_limits

concurrency_and_limits(capped, {"reserved": 2, "wanted: rate × duration": 8 * COOKING_S})

# %% [markdown]
# Never more than two, and half of the calls or more turned away with HTTP **429**. (The law says half. But a
# call takes a little longer than its 0.5 s, so the next one may just miss the slot. That makes up to 60 %.) What
# becomes of them depends on who called. API Gateway tells the customer *500* (lesson 09), a queue tries again, an
# asynchronous event is retried for up to six hours. Plain boto3 repeats them, and you would not have noticed.

# %% [markdown]
# ### The guarantee
#
# The same setting from the other side: what one function has reserved, **no other function can take**.

# %%
after = awslambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
f"before: {limits['UnreservedConcurrentExecutions']:,} for all functions; now {after:,} for the others"

# %% [markdown]
# That is the whole guarantee: nothing is started, nothing is kept warm, nothing costs extra. And the others have to
# be left with something. Reserve it all?

# %%
try:
    awslambda.put_function_concurrency(
        FunctionName=lab.name("kitchen"),
        ReservedConcurrentExecutions=limits["ConcurrentExecutions"],
    )
except awslambda.exceptions.InvalidParameterValueException as refused:
    print(refused.response["Error"]["Message"])

# %% [markdown] tags=["extra"]
# ### A bad day
#
# So a hundred stay for those who reserved nothing, and the kitchen keeps its two. Is that worth anything when it
# matters? A *party* is booked, on a function that reserved nothing: a hundred guests and more at the same time. A
# *website* reserved nothing either, and has done nothing wrong. When the party is full, somebody opens the website,
# five times, and somebody orders from the kitchen, five times.
#
# (`bad_day` does all that; `bad_day??` shows it. In an account that others use, it would starve **their** functions.
# So there it runs only if the first cell says `alone = True`.)
#
# > **Predict.** Who gets an answer?

# %% wait="15"
from labkit.labs.functions.bad_day import bad_day

if (lab.target.name == "local" or alone) and after > 100:
    day = bad_day(lab, caller, "kitchen.py", important="kitchen", unreserved=after)
    shown = day.groupby(["who", "status", "error_type"], dropna=False).size().to_frame("calls")
else:
    shown = "Left out: this account is not ours alone."
shown

# %% [markdown]
# The website is down, for `ConcurrentInvocationLimitExceeded`: not *its* limit, everybody's. The kitchen never
# noticed. This is what "for important functions, guarantees execution" means. It also says what the others get,
# if one of them goes astray: nothing. A *cap on the party* would have saved the website. (Was the website answered?
# Then your machine was too busy to start a hundred processes in time: run it again later.)

# %% [markdown]
# ### The off switch
#
# > **Predict.** A function in production goes mad and writes wrong prices. What does reserved concurrency
# > **0** do to calls that are under way, and to new ones?

# %%
awslambda.put_function_concurrency(FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=0)
load(burst(3))[["status", "error_type"]]

# %% [markdown]
# Nothing starts any more; calls under way end normally. No deployment, no deletion: the fastest way to
# stop a function, and the way back is as fast.

# %% [markdown]
# ### Exercise 2 · Enough for lunch
#
# Lunch is 8 orders per second of 0.5 s, at **random** times. Reserve concurrency so that it is enough **99 %** of
# the time, and not more than 3 above that: what you reserve, others lack.

# %% exercise="reserve"
### BEGIN SOLUTION
awslambda.put_function_concurrency(FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=9)
### END SOLUTION

# %%
lab.check("reserve")


# %% tags=["exercise-definition"]
class Reserve(Exercise):
    id = "reserve"
    title = "Enough for lunch"
    minutes = 4
    hints = (
        "The mean is rate × duration. Why is the mean not enough?",
        "The dotted line of the figure with the sliders, at 8 calls per second of 0.5 s.",
        '`awslambda.put_function_concurrency(FunctionName=lab.name("kitchen"), '
        "ReservedConcurrentExecutions=9)`",
    )

    def check(self, lab):
        from labkit.labs.functions.models import enough_for

        needed = enough_for(8 * 0.5, 0.99)
        awslambda = lab.client("lambda")
        name = lab.name("kitchen")
        found = awslambda.get_function_concurrency(FunctionName=name)
        reserved = found.get("ReservedConcurrentExecutions")
        if reserved is None:
            raise NotYet(
                "reserved concurrency on the kitchen", "none", "put_function_concurrency(…)"
            )
        if reserved < needed:
            why = ": the mean is exceeded half of the time" if reserved == 4 else ""
            raise NotYet(f"at least {needed}", f"{reserved}{why}", self.hints[0])
        if reserved > needed + 3:
            raise NotYet(
                f"at most {needed + 3}", str(reserved), "what you reserve, all others lack"
            )
        return f"{reserved}: enough 99 % of the time, and a cap on the bill"


# %% wrong="reserve" expect="the mean is exceeded"
awslambda.put_function_concurrency(FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=4)

# %% wrong="reserve" expect="at most 12"
awslambda.put_function_concurrency(
    FunctionName=lab.name("kitchen"), ReservedConcurrentExecutions=100
)

# %% wait="15"
lunch = load(poisson(rate_per_s=8, seconds=seconds, seed=7))
concurrency_and_limits(lunch, {"reserved": 9})

# %% [markdown]
# ## 3 · Provisioned concurrency, and where it ends
#
# Reserved is a number; provisioned is *environments that have been started*. Lesson 06 called them two at
# a time. Now two are provisioned and **four** customers come at once.
#
# > **Predict.** What happens to the third and the fourth: refused, queued, cold?

# %%
from labkit import wait_until
from labkit.labs.functions import point_alias

published = awslambda.publish_version(FunctionName=lab.name("kitchen"))["Version"]
awslambda.get_waiter("published_version_active").wait(
    FunctionName=lab.name("kitchen"), Qualifier=published
)
point_alias(lab, "kitchen", "live", published)


# %%
def provision(number):
    """Provision so many environments on the alias, and wait until they are ready."""
    where = {"FunctionName": lab.name("kitchen"), "Qualifier": "live"}
    awslambda.put_provisioned_concurrency_config(**where, ProvisionedConcurrentExecutions=number)
    wait_until(
        lambda: awslambda.get_provisioned_concurrency_config(**where)["Status"] == "READY",
        seconds=300,
    )


provision(2)

# %%
spilled = load(burst(4), qualifier="live")
environments(spilled)

# %%
from labkit.show.tables import table

shown = spilled[["start", "initialization_type", "client_ms", "evidence"]]
table(shown.sort_values("client_ms"), "Four at once, two of them provisioned for")

# %% [markdown]
# Two met a provisioned environment, two **spilled over** to ordinary ones and waited for INIT. *No cold
# start on a request* is true for as many requests at once as you pay for, and not for the next. CloudWatch
# counts them under `ProvisionedConcurrencySpilloverInvocations`; an alarm on it says when to buy more. (That
# you bought too much is said by another metric, `ProvisionedConcurrencyUtilization`: the share in use.)

# %%
from datetime import UTC, datetime, timedelta

cloudwatch = lab.client("cloudwatch")


def spillover():
    """Sum of the metric over the last quarter of an hour; None until it is there."""
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="ProvisionedConcurrencySpilloverInvocations",
        Dimensions=[
            {"Name": "FunctionName", "Value": lab.name("kitchen")},
            {"Name": "Resource", "Value": f"{lab.name('kitchen')}:live"},
        ],
        StartTime=datetime.now(UTC) - timedelta(minutes=15),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=900,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points) or None


wait_until(spillover, seconds=300)

# %% [markdown]
# ### Exercise 3 · No spill
#
# Two tables order. One of **four** taps at once; two seconds later one of **six** does. A call takes 0.5 s. Provision
# as many environments as it takes so that nobody waits for INIT, and not one more: you pay for each.

# %% exercise="no-spill"
### BEGIN SOLUTION
provision(6)
### END SOLUTION

# %%
lab.check("no-spill")


# %% tags=["exercise-definition"]
class NoSpill(Exercise):
    id = "no-spill"
    title = "No spill"
    minutes = 4
    hints = (
        "How many calls are under way at the worst moment?",
        "An environment that has answered is free for the next call, and the first table has left by then.",
        "`provision(6)`, with the function above.",
    )

    def check(self, lab):
        from labkit.measure.calls import calls_under_load
        from labkit.measure.load import burst

        awslambda = lab.client("lambda")
        name = lab.name("kitchen")
        where = {"FunctionName": name, "Qualifier": "live"}
        self.wait(
            lambda: awslambda.get_provisioned_concurrency_config(**where)["Status"] == "READY",
            seconds=300,
            what="the status READY",
        )
        found = awslambda.get_provisioned_concurrency_config(**where)
        number = found["RequestedProvisionedConcurrentExecutions"]
        if number > 6:
            raise NotYet("no more than the two tables need", str(number), self.hints[1])
        calls = calls_under_load(
            lab.client("lambda", attempts=1),
            name,
            [{"seconds": 0.5}] * 10,
            [*burst(4), *(2.0 + at for at in burst(6))],
            "live",
            progress=False,
        )
        ahead = int((calls["initialization_type"] == "provisioned-concurrency").sum())
        if ahead < 10:
            raise NotYet("all 10 calls on provisioned environments", f"{ahead}", self.hints[0])
        return "ten customers at two tables, and none of them met a cold start"


# %% wrong="no-spill" expect="all 10 calls"
provision(4)

# %% wrong="no-spill" expect="no more than the two tables need"
provision(8)

# %%
awslambda.delete_provisioned_concurrency_config(FunctionName=lab.name("kitchen"), Qualifier="live")

# %% [markdown] tags=["extra"]
# ## 4 · A burst
#
# Reservation off: now only the account's limit counts. The pizzas are advertised on television, and twelve
# customers tap at the same instant. We force a cold start first, so that nobody is prepared.
#
# > **Predict.** How many are cold? How many are turned away?

# %%
from labkit.measure.cold import force_cold
from labkit.measure.load import ramp

awslambda.delete_function_concurrency(FunctionName=lab.name("kitchen"))
force_cold(awslambda, lab.name("kitchen"))
advertised = load(burst(12))
environments(advertised)

# %% [markdown]
# Twelve at once are twelve environments, all cold, none refused: a burst does not queue, it *starts*. (They
# start later and later here, because your machine starts twelve processes on a few processors. AWS has
# more. In an account with a limit of 10, two of the twelve are turned away.)
#
# Now the same twelve, but a little apart: a *ramp* from 2 to 6 customers per second.

# %%
force_cold(awslambda, lab.name("kitchen"))
apart = load(ramp(from_per_s=2, to_per_s=6, seconds=3))
started = {"at once": advertised, "on a ramp": apart}
{how: f"{calls['environment'].nunique()} environments" for how, calls in started.items()}

# %% [markdown]
# As many calls, far fewer environments, far fewer cold starts.
#
# There are two more limits that a sandbox on a laptop cannot reach. Here they are as AWS documents them. A function
# may start **1,000 environments at once and 1,000 more every 10 s**, and the account's limit is above everything.
# (A third: 10 requests per second per unit of concurrency, which very
# short calls meet first.)

# %%
from labkit.labs.functions import scale_out_figure

explore(
    scale_out_figure,
    rate_per_s=(100, 10_000, 100),
    seconds_each=(0.1, 5.0, 0.1),
    limit=(1000, 10_000, 500),
)

# %% [markdown] tags=["extra"]
# ## 5 · A queue in front
#
# Nobody who waits in a queue is turned away. An **event source mapping** takes messages from the queue and
# calls the function, and it has a concurrency of its own. The worker writes nothing but its platform lines:

# %% function_file="worker.py"
import json
import time


def handler(event, context):
    for record in event["Records"]:
        time.sleep(json.loads(record["body"])["seconds"])


# %%
deploy(lab, "worker", "worker.py", timeout_s=5, reads_queues=True)
queue = sqs.create_queue(QueueName=lab.name("orders"), Attributes={"VisibilityTimeout": "30"})
queue_url = queue["QueueUrl"]
attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
queue_arn = attributes["Attributes"]["QueueArn"]

# %%
created = awslambda.create_event_source_mapping(
    EventSourceArn=queue_arn, FunctionName=lab.name("worker"), BatchSize=1
)
mapping = created["UUID"]


def enabled():
    return awslambda.get_event_source_mapping(UUID=mapping)["State"] == "Enabled"


wait_until(enabled, seconds=120)

# %% [markdown]
# > **Predict.** A pile of orders of 0.4 s each, all at once in the queue. How many does Lambda work on at
# > the same time?

# %%
import json

from labkit.labs.functions import submit
from labkit.measure.platform_logs import invocations, read_log_events
from labkit.measure.queue_depth import QueueSampler

pile = 20 if quick else 60
group = f"/aws/lambda/{lab.name('worker')}"
worked_off = 0


def work_off():
    """Fill the queue, watch it drain; return its depth over time and the invocations."""
    global worked_off
    worked_off += pile
    with QueueSampler(sqs, {"orders": queue_url}) as sampler:
        submit(sqs, queue_url, [json.dumps({"seconds": 0.4})] * pile)
        sampler.wait_until_empty("orders", timeout_s=180)
    events = read_log_events(
        lab.client("logs"), group, until=lambda seen: len(invocations(seen)) >= worked_off
    )
    return sampler.frame, invocations(events).sort_values("started_at").tail(pile)


# %%
from labkit.show.queue_figure import queue_depth

depth, calls = work_off()
queue_depth(depth, concurrency(calls))

# %% [markdown]
# Five. That is where every SQS mapping starts, on AWS too. There it does not stay: while messages wait,
# Lambda adds up to **300 more per minute**, to 1,250 at most. The sandbox stays at five, so the ramp
# is a model here:

# %%
from labkit.labs.functions import backlog_figure

explore(
    backlog_figure,
    messages=(1000, 200_000, 1000),
    seconds_each=(0.1, 5.0, 0.1),
    maximum=(2, 1250, 1),
)

# %% [markdown]
# A ramp that nobody stops will find the slowest thing behind the function: a database with a hundred
# connections, a partner's API, a kitchen. Two ways to stop it, and one is better:
#
# - *Reserved concurrency* on the function: the mapping goes on taking messages, is throttled, and puts them
#   back. Each of those receives **counts** towards `maxReceiveCount`: healthy orders end as dead letters.
# - *Maximum concurrency* on the **mapping**: it takes no more than it may work on.

# %% [markdown]
# ### Exercise 4 · Three cooks
#
# Our kitchen has three cooks. See to it, in the better of the two ways, that no more than three orders are cooked at
# once. (`mapping` holds the mapping's UUID.)

# %% exercise="maximum-concurrency"
### BEGIN SOLUTION
awslambda.update_event_source_mapping(UUID=mapping, ScalingConfig={"MaximumConcurrency": 3})
### END SOLUTION

# %%
lab.check("maximum-concurrency")


# %% tags=["exercise-definition"]
class MaximumConcurrency(Exercise):
    id = "maximum-concurrency"
    title = "Three cooks"
    hints = (
        "Which of the two ways does not throw messages back? Look for the call that changes a mapping.",
        "`ScalingConfig` is a dictionary with one key, `MaximumConcurrency`, 2 to 1,000.",
        '`awslambda.update_event_source_mapping(UUID=mapping, ScalingConfig={"MaximumConcurrency": 3})`',
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        name = lab.name("worker")
        mappings = awslambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        if not mappings:
            raise NotYet("an event source mapping", "none", "run the cell that creates it")
        most = mappings[0].get("ScalingConfig", {}).get("MaximumConcurrency")
        reserved = awslambda.get_function_concurrency(FunctionName=name)
        if most is None and "ReservedConcurrentExecutions" in reserved:
            raise NotYet(
                "a maximum on the mapping",
                "reserved concurrency on the function, which throws orders back",
                "delete_function_concurrency(…), then " + self.hints[1],
            )
        if most != 3:
            raise NotYet(
                "a maximum concurrency of 3", "none" if most is None else str(most), self.hints[2]
            )
        if reserved.get("ReservedConcurrentExecutions", 3) < 3:
            raise NotYet(
                "a function that three cooks may run",
                f"reserved concurrency {reserved['ReservedConcurrentExecutions']}, which throws back",
                "delete_function_concurrency(…)",
            )

        def state():
            return awslambda.get_event_source_mapping(UUID=mappings[0]["UUID"])["State"]

        self.wait(
            lambda: state() == "Enabled",
            seconds=120,
            what="the mapping to be Enabled again",
            seen=state,
        )
        return "the queue hands out no more than three cooks can take"


# %% wrong="maximum-concurrency" expect="reserved concurrency 2"
awslambda.put_function_concurrency(FunctionName=lab.name("worker"), ReservedConcurrentExecutions=2)
awslambda.update_event_source_mapping(UUID=mapping, ScalingConfig={"MaximumConcurrency": 3})

# %% wrong="maximum-concurrency" expect="throws orders back"
awslambda.put_function_concurrency(FunctionName=lab.name("worker"), ReservedConcurrentExecutions=3)

# %%
depth, calls = work_off()
queue_depth(depth, concurrency(calls))

# %%
pile_s = (calls["ended_at"].max() - calls["started_at"].min()).total_seconds()
{"rate × duration": round(pile / pile_s * 0.4, 2), "maximum concurrency": 3}

# %% [markdown]
# Little's law once more, the other way round: with the concurrency fixed, the **rate** is what gives. Three
# cooks at 0.4 s make 7.5 orders a second, whatever the pile.

# %% [markdown]
# ## Recap
#
# - **The answer.** On average it works on rate × duration at once. Up to the account's limit, or the function's own,
#   each call gets an environment; the rest is turned away with 429, and what then happens depends on who called.
#
# | | what it is | what it is not | costs |
# |---|---|---|---|
# | account limit | one pool per Region, 1,000 by default, perhaps 10 when new | per function | – |
# | reserved | a guarantee **and** a cap; 0 is *off* | warm environments | nothing |
# | provisioned | environments that wait, initialised | a cap: what exceeds it is cold | by the GB-second |
# | maximum concurrency | the mapping's own cap, 2 to 1,000 | a guarantee | nothing |
#
# - **Concurrency = rate × duration**, on average; at random times plan for the tail.
# - Shorter calls are the cheapest concurrency there is.
# - Throttled calls are rows. Look for them: clients hide them by retrying.

# %% [markdown]
# ## Going further
#
# - Halve `COOKING_S` and run section 2 again: what happens to the share that is turned away?
# - The load generator takes any executor. With `distributed`, a Dask cluster sends from many machines, and
#   nothing else changes: `calls_under_load(..., executor=dask_client.get_executor())`.
# - *Provisioned mode* of SQS mappings (pollers of their own, 10 invocations each) starts faster than the
#   ramp, for money; it excludes maximum concurrency.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
