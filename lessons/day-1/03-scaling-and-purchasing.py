# ---
# labkit:
#   lesson: "03"
#   slug: scaling-and-purchasing
#   title: "Scaling in time, and paying less for it"
#   minutes: 15
#   day: 1
#   block: Core services
#   question: "A rush begins, or a server is taken away. How do you have another one in time?"
#   goals:
#     - keep an instance warm, and see which states it passes, and what becomes of it afterwards
#     - write what a Spot instance does in its last two minutes
#     - "extra: find the cheapest mix of On-Demand, Savings Plans, Reserved Instances and Spot"
#   creates:
#     - 1 VPC with 4 subnets
#     - 1 launch template
#     - 1 Auto Scaling group of up to 2 small instances, with a warm pool
#   cost: >-
#     In an account of your own: minutes of up to three t3.micro instances and their volumes, a few
#     US cents.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: instances that boot faster, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("scaling-and-purchasing", target=target, region=region)
ec2 = lab.client("ec2")
autoscaling = lab.client("autoscaling")
lab

# %% [markdown] tags=["instructor-notes"]
# - Ask first how long *their* instances take from "wanted" to the first good answer. Few know; that
#   number decides whether a warm pool is worth its volumes.
# - On AWS the two waits of section 1 are a minute or more each: that is the time for questions.
# - Section 2: the order of `stop` and `finish` is the lesson. Ask what happens to an order that is
#   taken while the others are being finished.
# - Section 3 (extra): "flexible" means two things, what a plan covers and whether it can be changed. Write both
#   on the board before the claim is read out.
# - Who is late: `lab.solve("warm-pool")`; sections 2 and 3 need nothing of section 1.

# %% [markdown]
# ## 1 · A warm pool
#
# > **The claim.** *If Auto Scaling starts too slowly, use a warm pool: instances in sleep mode. Good where
# > they take long to initialise.*
#
# A group needs a launch template (what to start) and subnets (where). `launch_template` takes the newest
# Amazon Linux and a t3.micro.

# %%
from labkit.labs.fleet import launch_template
from labkit.labs.network import two_zone_vpc

vpc = two_zone_vpc(ec2, nat=False)
template_id = launch_template(lab, "web")

# %% [markdown]
# The sandbox has no machines to boot: two tags of the group say how long its instances take. So the *seconds*
# below are not a result. The *states* are, and what becomes of the instances. (AWS ignores the tags.)

# %%
boot_s, start_s = (4, 1) if quick else (12, 3)
clock = {"labkit:boot-seconds": boot_s, "labkit:start-seconds": start_s}
group = lab.name("web")
autoscaling.create_auto_scaling_group(
    AutoScalingGroupName=group,
    LaunchTemplate={"LaunchTemplateId": template_id, "Version": "$Latest"},
    MinSize=0,
    MaxSize=2,
    DesiredCapacity=0,
    VPCZoneIdentifier=",".join([vpc.subnets["private-1"], vpc.subnets["private-2"]]),
    Tags=[{"Key": key, "Value": str(value)} for key, value in clock.items()],
)

# %% [markdown]
# Cold first:

# %% wait="12"
from labkit.labs.fleet import empty, scale_in, scale_out, wait_for_warm_pool

empty(autoscaling, group)  # nothing is in it yet, unless you run this again
cold = scale_out(autoscaling, group, 1)

# %% [markdown]
# ### Exercise 1 · Keep one warm
#
# Give the group a warm pool, with a call of the Auto Scaling API. It holds at least **one** instance. While
# the instance waits, you want to pay for its volume only. And an instance that is scaled in must go **back**
# to the pool. Then wait until the pool is filled: `wait_for_warm_pool(autoscaling, group, 1)`.

# %% exercise="warm-pool"
### BEGIN SOLUTION
autoscaling.put_warm_pool(
    AutoScalingGroupName=group,
    MinSize=1,
    PoolState="Stopped",
    InstanceReusePolicy={"ReuseOnScaleIn": True},
)
wait_for_warm_pool(autoscaling, group, 1)
### END SOLUTION

# %% wait="12"
lab.check("warm-pool")

# %% tags=["exercise-definition"]
from labkit.course.exercises import Exercise, NotYet
from labkit.labs.costs.purchasing import break_even_utilisation


class WarmPool(Exercise):
    id = "warm-pool"
    title = "Keep one warm"
    minutes = 4
    hints = (
        "`autoscaling.put_warm_pool?` shows the parameters. Which of them say how many, how, and what "
        "happens on scale-in?",
        "`MinSize`, `PoolState` and `InstanceReusePolicy`; a stopped instance costs its volume only.",
        '`put_warm_pool(AutoScalingGroupName=group, MinSize=1, PoolState="Stopped", '
        'InstanceReusePolicy={"ReuseOnScaleIn": True})`, then `wait_for_warm_pool(autoscaling, group, 1)`',
    )

    def check(self, lab):
        autoscaling = lab.client("autoscaling")
        asked = {"AutoScalingGroupName": lab.name("web")}
        pool = autoscaling.describe_warm_pool(**asked)
        settings = pool.get("WarmPoolConfiguration")
        if not settings:
            raise NotYet("a warm pool", "none", self.hints[0])
        if settings.get("PoolState", "Stopped") != "Stopped":
            raise NotYet(
                "stopped instances, of which only the volumes cost",
                settings["PoolState"],
                "put_warm_pool again, with PoolState='Stopped'",
            )
        if not settings.get("InstanceReusePolicy", {}).get("ReuseOnScaleIn"):
            raise NotYet(
                "instances that go back to the pool on scale-in",
                "they would be terminated, which is the default",
                self.hints[1],
            )
        self.wait(
            lambda: [
                one
                for one in autoscaling.describe_warm_pool(**asked)["Instances"]
                if one["LifecycleState"] == "Warmed:Stopped"
            ],
            seconds=600,
            what="an instance in the state Warmed:Stopped",
            next_step=self.hints[1],
        )


# %% wrong="warm-pool" expect="stopped instances"
autoscaling.put_warm_pool(AutoScalingGroupName=group, MinSize=1, PoolState="Running")

# %% wrong="warm-pool" expect="they would be terminated"
autoscaling.put_warm_pool(AutoScalingGroupName=group, MinSize=1)

# %% wrong="warm-pool" expect="a warm pool"
autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=1)

# %% wait="3"
from labkit.labs.fleet.lifecycle_figure import lifecycles

warm = scale_out(autoscaling, group, 2)
lifecycles({"cold": cold, "from the warm pool": warm}, "From wanted to in service")

# %% [markdown]
# The rush is over: the group goes back to one instance. Which one does the pool hold then?

# %% wait="10"
gave, holds = set(warm["instance"]), scale_in(autoscaling, group, 1)
{"the pool gave": sorted(gave), "it holds now": holds}

# %% [markdown]
# The claim holds, with edges. *Stopped* is the default; `Running` and `Hibernated` exist too. When the pool
# is empty, the next start is cold again. The instance that left was kept because you said so. Without
# `ReuseOnScaleIn` it is **terminated**, and the pool boots a new one.

# %% [markdown]
# ## 2 · Two minutes
#
# > **The claim.** *A Spot instance is not taken without warning: there are two minutes. Containers suit it.*
#
# (A *Spot* instance runs on capacity that AWS has to spare: for much less money, until AWS needs it.)
#
# True for stopping and terminating; a *hibernation* begins at once. The notice is in the instance's
# metadata service: 404 until there is one. With **IMDSv2** every read needs a token, which a `PUT` gives out.
#
# Your machine is no instance. So labkit serves the same paths, on a clock that runs **60 times faster**.

# %%
import time

import requests

from labkit.labs.spot import MetadataService, interrupted

TOKEN_TTL = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}
ACTION = "/latest/meta-data/spot/instance-action"


def get(url, path):
    """Read the metadata service with IMDSv2."""
    token = requests.put(f"{url}/latest/api/token", headers=TOKEN_TTL, timeout=2).text
    return requests.get(url + path, headers={"X-aws-ec2-metadata-token": token}, timeout=2)


# %% [markdown]
# Before the notice, and after it:

# %%
with MetadataService(speed=60) as metadata:
    print("no notice  ", get(metadata.url, ACTION).status_code)
    metadata.interrupt()
    print("the notice ", get(metadata.url, ACTION).json())

# %% [markdown]
# A worker takes an order every 5 seconds, and needs 30 for each. Nobody listens for the notice:

# %%
interrupted()

# %% [markdown]
# ### Exercise 2 · Drain
#
# Write `drain(url, stop, finish)`. It waits for the notice. Then no new order may be taken (`stop()`), and
# those under way have to be finished (`finish()`). It returns the notice as a dictionary. `get(url, ACTION)`
# from above reads it. (AWS recommends looking every 5 seconds; on this clock that is every 5 / 60 s.)


# %% exercise="drain"
### BEGIN SOLUTION
def drain(url, stop, finish):
    """Wait for the notice, take no more orders, finish those under way."""
    while (answer := get(url, ACTION)).status_code == 404:
        time.sleep(5 / 60)
    stop()
    finish()
    return answer.json()


### END SOLUTION

# %%
lab.check("drain", answer=drain)

# %%
interrupted(drain)


# %% tags=["exercise-definition"]
import threading

from labkit.labs.spot import MetadataService


class Drain(Exercise):
    id = "drain"
    title = "Drain"
    minutes = 4
    hints = (
        "What does the metadata service answer before the notice, and what after it?",
        "Read `get(url, ACTION)` in a loop while its `status_code` is 404, with a short pause.",
        "After the loop: `stop()`, `finish()`, `return answer.json()`, in that order.",
    )

    def check(self, lab):
        calls, returned = [], []
        with MetadataService(speed=60) as metadata:

            def work():
                returned.append(
                    self.answer(
                        metadata.url, lambda: calls.append("stop"), lambda: calls.append("finish")
                    )
                )

            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            thread.join(0.5)
            if not thread.is_alive() or calls:
                raise NotYet(
                    "patience until the notice", str(calls or "it returned"), self.hints[1]
                )
            metadata.interrupt()
            thread.join(2)
        if calls != ["stop", "finish"]:
            raise NotYet("stop, then finish, within the two minutes", str(calls), self.hints[2])
        notice = returned[0] if returned and isinstance(returned[0], dict) else {}
        if notice.get("action") != "terminate":
            raise NotYet("the notice, returned", repr(returned), self.hints[2])
        return "drained in time"


# %% wrong="drain" expect="stop, then finish"
def drain(url, stop, finish):
    while (answer := get(url, ACTION)).status_code == 404:
        time.sleep(0.1)
    finish()
    stop()
    return answer.json()


# %% wrong="drain" expect="the notice, returned"
def drain(url, stop, finish):
    while (answer := get(url, ACTION)).status_code == 404:
        time.sleep(0.1)
    stop()
    finish()
    return answer


# %% wrong="drain" expect="patience until the notice"
def drain(url, stop, finish):
    answer = get(url, ACTION)
    stop()
    finish()
    return answer.status_code


# %% [markdown]
# No order is lost: the worker stopped at the notice, and later orders were left to other instances.

# %% [markdown] tags=["extra"]
# ## 3 · What to buy
#
# > **The claim.** *Savings Plans are more flexible than Reserved Instances: Region, family and size may
# > change in mid-term.*
#
# Half wrong: it depends on which plan. A **Compute** Savings Plan covers any Region, family and size, and
# Fargate and Lambda, for up to 66 % less. An **EC2 Instance** Savings Plan covers *one family in one
# Region*, sizes free, for up to 72 %. What never changes in either is the *commitment*, so many dollars
# an hour for one or three years. Standard Reserved Instances can be modified in zone, scope and size,
# convertible ones exchanged; neither changes its Region. (*On-Demand* is what you pay without any of them.)
#
# A week's load: 4 instances at night, 10 in office hours. The discounts are yours to set, within what AWS
# names at most; costs are in On-Demand instance-hours.

# %%
import pandas as pd

from labkit.labs.costs.purchase_figure import purchase_mix
from labkit.labs.costs.purchasing import Discounts, cheapest, office_week, utilisation_by_layer
from labkit.show.sliders import explore

web = office_week(night=4, day=10)


def best_mix(compute_plan=0.28, instance_plan=0.37, reserved=0.0, spot=0.0):
    """Draw the cheapest purchase for the week at these discounts; 0 is not on offer."""
    offers = Discounts(compute_plan, instance_plan, reserved or None, spot or None)
    mix = cheapest(web.to_frame("web"), offers, interruptible=["web"] if spot else ())
    return purchase_mix(mix.hourly, f"Cheapest: {mix.saving:.0%} below On-Demand")


explore(
    best_mix,
    compute_plan=(0.0, 0.66, 0.01),
    instance_plan=(0.0, 0.72, 0.01),
    reserved=(0.0, 0.72, 0.01),
    spot=(0.0, 0.9, 0.05),
)

# %%
from labkit.show.tables import table

layers = utilisation_by_layer(web)
runs = layers["utilisation"].map("{:.0%}".format).rename("runs in the week")
table(pd.concat([layers["instance"], runs], axis=1), "How long each instance runs")

# %% [markdown]
# ### Exercise 3 · How many to commit to?
#
# A plan gives **28 %** off and is paid in every hour, used or not. From which share of the hours on does
# it pay for an instance? Look at the table: how many instances should be committed to? Put the number
# into `committed`.

# %% exercise="commitment"
### BEGIN SOLUTION
layers = utilisation_by_layer(web)
committed = int((layers["utilisation"] > 1 - 0.28).sum())
### END SOLUTION

# %%
lab.check("commitment", answer=committed)


# %% tags=["exercise-definition"]
class Commitment(Exercise):
    id = "commitment"
    title = "How many to commit to?"
    hints = (
        "At 28 % off an hour costs 0.72, used or not: the instance has to run 72 % of the hours.",
        "Count the rows of `utilisation_by_layer(web)` whose `utilisation` is above 0.72.",
    )

    def check(self, lab):
        if self.answer != 4:
            raise NotYet(
                f"instances that run {break_even_utilisation(0.28):.0%} of the hours or more",
                f"{self.answer}: the last of them runs "
                + ("100 %" if isinstance(self.answer, int) and self.answer < 4 else "27 %"),
                self.hints[0],
            )
        return "the four that run all night; the office hours stay On-Demand"


# %% wrong="commitment" expect="27 %"
committed = 10

# %% wrong="commitment" expect="100 %"
committed = 3

# %% [markdown]
# Now the move that the claim is about. Half-way through the term the shop moves to another family: its
# load ends in one column and begins in the other.

# %%
half = len(web) // 2
move = pd.DataFrame({"old family": web, "new family": web})
move.iloc[half:, 0] = 0
move.iloc[:half, 1] = 0
offers = Discounts(compute_savings_plan=0.28, ec2_instance_savings_plan=0.37)
moving = cheapest(move, offers)
purchase_mix(moving.hourly, f"A move half-way: {moving.saving:.0%} below On-Demand")

# %% [markdown]
# The smaller discount wins, because it moves along: flexibility is worth what a change would strand.
# (Costs here are whole commitments for the whole term. A real plan is counted in dollars an hour, and the
# dollars that are not used in an hour are lost in that hour.)

# %% [markdown]
# ## Recap
#
# - **The answer.** Prepare it before you need it: a warm pool holds instances that are booted already. And
#   use the warning that you get: two minutes are enough to stop taking orders and to finish the rest.
# - A warm pool turns a boot into a start, for the price of the volumes, as long as it is not empty.
#   `ReuseOnScaleIn` brings instances back to it.
# - The notice is in the metadata service (IMDSv2), which answers 404 until then.

# %% [markdown]
# ## Going further
#
# - A rebalance recommendation (`events/recommendations/rebalance`) may come before the notice, or together
#   with it. Auto Scaling's *Capacity Rebalancing* acts on it for you.
# - Put the discounts of your own family and Region, from AWS's price page, into `best_mix`.
# - A **Database** Savings Plan (since December 2025) covers databases, up to 35 %.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
