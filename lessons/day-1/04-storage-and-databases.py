# ---
# labkit:
#   lesson: "04"
#   slug: storage-and-databases
#   title: "Storage classes, key prefixes, and a storm of connections"
#   minutes: 20
#   day: 1
#   block: Core services
#   question: "When does moving to an archive pay, and what do you do first when a database refuses connections?"
#   goals:
#     - compute when Deep Archive pays back, by the size of the objects
#     - drive a storm of connections into a small database, and order the remedies
#     - "extra: write a lifecycle rule that moves what pays, and spread keys over prefixes"
#   creates:
#     - "extra: 1 S3 bucket with a few objects and a lifecycle rule"
#   cost: >-
#     Under one US cent in an account of your own. The database of section 2 runs on your own machine.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: a smaller storm, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("storage-and-databases", target=target, region=region)
s3 = lab.client("s3")
lab

# %% [markdown] tags=["instructor-notes"]
# - Collect guesses for the 128 KB object before anything is shown; write them on the board. The answer
#   shocks because the price per GB falls so far, and the price per *object* is what counts.
# - Exercise 3 (extra): half of the room forgets that the filter counts in bytes. The check tells them in months.
# - Section 4 (extra) is the place for "do not optimise yet": few shops write 3,500 objects a second.
# - The storm: let them bet on all four panels before the cell runs. Most put the replica above the
#   proxy. Ask why the proxy's staircase has four steps (60 clients, 15 connections).
# - No PostgreSQL in the room? The lesson shows a recorded run, and says so. Nothing else changes.

# %% [markdown]
# ## 1 · Does Deep Archive pay?
#
# > **The claim.** *Moving to S3 Glacier Deep Archive is not always a gain: each object moved is charged.
# > A small file of 128 KB pays back after 5 months.*
#
# > **Predict.** In us-east-1 a GB costs less than a twentieth in Deep Archive of what it costs in S3
# > Standard. After how many months has a 128 KB object earned back its move?
#
# S3 keeps 32 KB of index with each archived object, at the archive's price, and 8 KB for its name and
# metadata at Standard's. Then the move itself, once:

# %%
from labkit.labs.storage.archive import object_costs, payback_curve, payback_months

costs = object_costs(128, "DEEP_ARCHIVE", "us-east-1")
f"{costs.payback_months:.1f} months, and a minimum of {costs.minimum_months:.1f} is billed anyway"

# %%
import numpy as np

from labkit.labs.storage.archive import keeping_curve
from labkit.labs.storage.archive_figures import keeping, payback
from labkit.show.sliders import explore


def stay_or_move(size_kb=128, months=24):
    """Draw what a million objects have cost by the month in which they are deleted."""
    curve = keeping_curve(size_kb, np.linspace(0, months, 200), "us-east-1")
    return keeping(curve, f"A million objects of {size_kb} KB in us-east-1")


explore(stay_or_move, size_kb=(16, 1024, 16), months=(6, 60, 6))

# %% [markdown]
# The first half of the claim is true and the **number is wrong**: about **20 months**, not 5, at
# us-east-1's prices. (For Seoul the sheet has no price of the move, so you would have to give one.) The
# step at the beginning is the move; the flat part after it is the minimum: 180 days are billed in any
# case, so an object that goes after five months pays for six.
#
# How long it takes depends on the size, and on the class:


# %%
def paying_back(smallest_kb=16, largest_kb=4096):
    """Draw the pay-back over the size, for every colder class."""
    sizes = np.geomspace(smallest_kb, largest_kb, 60)
    classes = ("DEEP_ARCHIVE", "GLACIER", "GLACIER_IR", "STANDARD_IA")
    return payback(payback_curve(sizes, "us-east-1", classes), minimum_kb=128)


explore(paying_back, smallest_kb=(4, 128, 4), largest_kb=(256, 65536, 256))

# %% [markdown]
# ### Exercise 1 · From which size?
#
# So which objects *do* pay back within 5 months in Deep Archive, in us-east-1? Find the smallest such
# size, in KB, to the nearest 10, and put it into `size_kb`. (`payback_months(size, region)` tells you
# the months.)

# %% exercise="five-months"
### BEGIN SOLUTION
size_kb = next(s for s in range(10, 5000, 10) if payback_months(s, "us-east-1") <= 5)
### END SOLUTION

# %%
lab.check("five-months", answer=size_kb)

# %% tags=["exercise-definition"]
import math

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.storage.archive import payback_months, size_kb_for_payback
from labkit.labs.storage.prefixes import prefix_load


class FiveMonths(Exercise):
    id = "five-months"
    title = "From which size?"
    minutes = 4
    hints = (
        "The months fall as the size grows. Try a few sizes.",
        '`payback_months(256, "us-east-1")` is one of them. A loop over sizes finds the first that is right.',
        '`next(s for s in range(10, 5000, 10) if payback_months(s, "us-east-1") <= 5)`',
    )

    def check(self, lab):
        right = size_kb_for_payback(5, "us-east-1")
        if not isinstance(self.answer, int | float) or self.answer <= 0:
            raise NotYet("a size in KB", repr(self.answer), self.hints[0])
        if not math.isclose(self.answer, right, abs_tol=10):
            months = payback_months(self.answer, "us-east-1")
            raise NotYet("a size that pays back in 5 months", f"{months:.1f} months", self.hints[1])
        return f"{right:.0f} KB, nearly four times the claim's 128"


# %% wrong="five-months" expect="20.2 months"
size_kb = 128

# %% wrong="five-months" expect="4.7 months"
size_kb = 512

# %% [markdown]
# ## 2 · A storm of connections
#
# > **The claim.** *When queries suddenly grow: 1. scale up, 2. put RDS Proxy in front, as a pool of
# > connections, 3. scale Aurora automatically.*
#
# This database is real: a PostgreSQL on **your own machine** (not RDS) that accepts 20 connections, three
# of which it keeps for its administrator. Each client is a process of its own, as a Lambda environment
# would be; all connect at once, each for one query. The remedies, each against the same storm:
#
# - a PostgreSQL that accepts 40 connections: *scaled up*
# - **PgBouncer** before the first one, with 15 connections that the clients share: the pooling *proxy*
# - a *read replica* of the first one, by PostgreSQL's own streaming replication, which takes half of the
#   clients, as a reader endpoint would. All queries here are reads.
#
# > **Predict.** 60 clients (40 if you run `quick`). How many does each of the four serve?

# %%
from labkit.labs.databases import remedies
from labkit.labs.databases.storm_figure import storms
from labkit.show.tables import table

run = remedies(40, query_s=0.8) if quick else remedies(60)
print(run.source)
storms(run.storms)

# %%
outcome = run.storms.groupby("remedy", sort=False).agg(
    clients=("client", "count"),
    served=("served", "sum"),
    longest_wait_s=("began_s", "max"),
    last_answer_s=("ended_s", "max"),
)
table(outcome.reset_index(), "The same storm four times")

# %% [markdown]
# What were the others told? And what does a replica say to a *write*?

# %%
print(f"The replica was there after {run.replica_after_s:.1f} s. To a write it says:")
print(run.replica_refuses)
refused = run.storms.query("not served").groupby(["remedy", "error"], sort=False)["client"]
table(refused.count().reset_index(name="clients"), "What PostgreSQL said to those it refused")

# %% [markdown]
# - **Scaling up** moves the limit: more memory, more connections, and the next storm is bigger.
# - A **pool** lets clients *wait* for a connection instead of failing: all are served, the last ones
#   later. RDS Proxy does that, as long as clients share connections; a session that sets variables or
#   holds a lock is **pinned** to one, and then the pool is as small as the database.
# - A **read replica** brings connections of its own, for *reads*. In this storm, which is all reads, it is nearly
#   as good as scaling up. In a storm of writes it is no help: only the writer takes them. Aurora Auto Scaling
#   adds a replica in minutes, when the storm is over.
#
# The order, then: **first** ask what is short. Connections are short, work is not: a pool. Work is short:
# scale up, or add replicas if it is reads. Auto Scaling of Aurora adds **readers** only. For a writer that
# grows and shrinks with its load there is **Aurora Serverless**: it scales writers and readers within a range
# of capacity that you set.

# %% [markdown]
# ### Exercise 2 · How large a pool?
#
# 2,000 Lambda environments each send one query of 30 ms, all at once. The database has processor enough.
# A customer waits **3 s** at most. How many connections does the pool need at least? Look at the third
# panel first: what do its steps show? Put the number into `connections`.

# %% exercise="pool-size"
### BEGIN SOLUTION
rounds = 3 / 0.030  # a connection serves so many clients, one after the other, in 3 s
connections = round(2000 / rounds)
### END SOLUTION

# %%
lab.check("pool-size", answer=connections)


# %% tags=["exercise-definition"]
class PoolSize(Exercise):
    id = "pool-size"
    title = "How large a pool?"
    minutes = 4
    hints = (
        "Each step of the third panel is one query long. How many clients are served in a step?",
        "In 3 s there is room for 100 steps of 30 ms.",
        "`connections = 2000 / 100`",
    )

    def check(self, lab):
        if not isinstance(self.answer, int | float) or self.answer < 1:
            raise NotYet("a number of connections", repr(self.answer), self.hints[0])
        last_s = math.ceil(2000 / self.answer) * 0.030
        if last_s > 3.0 + 1e-9:
            raise NotYet("the last answer within 3 s", f"after {last_s:.2f} s", self.hints[0])
        if self.answer > 20:
            raise NotYet(
                "the fewest connections that do",
                f"{self.answer:g}, of which some are not needed: the last answer comes after {last_s:.2f} s",
                self.hints[1],
            )
        return "20 connections serve 2,000 clients, and none of them waits longer than 3 s"


# %% wrong="pool-size" expect="after 4.02 s"
connections = 15

# %% wrong="pool-size" expect="some are not needed"
connections = 2000

# %% [markdown] tags=["extra"]
# ## 3 · A lifecycle rule
#
# A bucket with two kinds of objects: receipts of a few KB, and videos.

# %%
bucket = lab.name("archive")
place = {"LocationConstraint": lab.region}
where = {} if lab.region == "us-east-1" else {"CreateBucketConfiguration": place}
s3.create_bucket(Bucket=bucket, **where)
for key, kb in (("receipts/1.json", 4), ("receipts/2.json", 96), ("videos/1.mp4", 600)):
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(kb * 1024))

# %% [markdown]
# S3 refuses some rules. A rule moves objects to Infrequent Access after 30 days, not sooner:

# %%
from botocore.exceptions import ClientError


def rule(name, days, storage_class, **filters):
    """Make a lifecycle rule that moves objects after so many days."""
    return {
        "ID": name,
        "Status": "Enabled",
        "Filter": filters or {"Prefix": ""},
        "Transitions": [{"Days": days, "StorageClass": storage_class}],
    }


# %%
try:
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule("soon", 7, "STANDARD_IA")]}
    )
except ClientError as error:
    print(error.response["Error"]["Message"])

# %% [markdown]
# > **Predict.** A rule *without* a size filter, written today: which of the three objects does it move?
#
# S3 takes a day or more to act on a rule. `moved_by_lifecycle` knows its default:

# %%
from labkit.labs.storage.archive import moved_by_lifecycle

{f"{kb} KB": moved_by_lifecycle(kb) for kb in (4, 96, 600)}

# %% [markdown]
# Only the video. Since **September 2024** lifecycle rules leave objects below 128 KB alone, whatever the
# class, unless the rule says otherwise. (Configurations from before keep their old behaviour until they are
# edited.)
# That protects from the worst, and no more: at 128 KB the pay-back is still 20 months.

# %% [markdown]
# ### Exercise 3 · Move only what pays
#
# Write a rule that moves objects to `DEEP_ARCHIVE` after 30 days, but only those that pay back within
# five months: larger than your `size_kb`. `rule` from above makes it; a filter of `ObjectSizeGreaterThan`
# counts in **bytes**.

# %% exercise="lifecycle"
### BEGIN SOLUTION
large = rule("what pays", 30, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb * 1024)
s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [large]})
### END SOLUTION

# %%
lab.check("lifecycle")


# %% tags=["exercise-definition"]
class Lifecycle(Exercise):
    id = "lifecycle"
    title = "Move only what pays"
    hints = (
        "`rule` from above makes it, and the call that was refused above sends it.",
        "In which unit is `size_kb`, and in which does the filter count?",
        '`rule("what pays", 30, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb * 1024)`',
    )

    def check(self, lab):
        answer = lab.client("s3").get_bucket_lifecycle_configuration(Bucket=lab.name("archive"))
        rules = [r for r in answer["Rules"] if r["Status"] == "Enabled"]
        classes = {t["StorageClass"] for r in rules for t in r.get("Transitions", [])}
        if classes != {"DEEP_ARCHIVE"}:
            raise NotYet("moves to DEEP_ARCHIVE only", str(sorted(classes)), self.hints[0])
        for one in rules:
            chosen = one.get("Filter", {})
            above = chosen.get("And", chosen).get("ObjectSizeGreaterThan")
            if above is None:
                raise NotYet("a size in the rule's filter", "every size from 128 KB", self.hints[1])
            months = payback_months((above + 1) / 1024, "us-east-1")
            if months > 5.2:
                raise NotYet(
                    "objects that pay back within 5 months",
                    f"also objects of {above:,} bytes, which take {months:,.0f} months",
                    self.hints[1],
                )
            self.expect_all(one, above)
        return "the receipts stay, the videos go"

    def expect_all(self, one, above):
        """Let a rule move all that pays, after 30 days, and do nothing else."""
        chosen = one.get("Filter", {})
        pays_kb = size_kb_for_payback(5, "us-east-1")
        if above > pays_kb * 1024 * 1.1:
            found = f"only objects above {above / 1024:,.0f} KB"
            raise NotYet(f"all objects above {pays_kb:,.0f} KB moved", found, self.hints[1])
        if prefix := chosen.get("And", chosen).get("Prefix"):
            raise NotYet("all keys", f"only those under {prefix!r}", "leave the prefix out")
        if "Expiration" in one:
            raise NotYet("nothing deleted", str(one["Expiration"]), "leave Expiration out")
        days = [t.get("Days") for t in one["Transitions"]]
        if days != [30]:
            raise NotYet("a move after 30 days", f"after {days} days", self.hints[1])


# %% wrong="lifecycle" expect="a size in the rule's filter"
s3.put_bucket_lifecycle_configuration(
    Bucket=bucket, LifecycleConfiguration={"Rules": [rule("all", 30, "DEEP_ARCHIVE")]}
)

# %% wrong="lifecycle" expect="only objects above"
large = rule("far too large", 30, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb * 1024 * 1024)
s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [large]})

# %% wrong="lifecycle" expect="nothing deleted"
large = rule("and away", 30, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb * 1024)
large["Expiration"] = {"Days": 365}
s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [large]})

# %% wrong="lifecycle" expect="after 30 days"
large = rule("too soon", 1, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb * 1024)
s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [large]})

# %% wrong="lifecycle" expect="also objects of 490 bytes"
large = rule("bytes?", 30, "DEEP_ARCHIVE", ObjectSizeGreaterThan=size_kb)
s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [large]})

# %%
import pandas as pd

from labkit.show.tables import table

mine = [(one["Key"], one["Size"] / 1024) for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
rows = [(key, kb, moved_by_lifecycle(kb), moved_by_lifecycle(kb, size_kb)) for key, kb in mine]
columns = ["object", "KB", "a rule without a size", "your rule"]
table(pd.DataFrame(rows, columns=columns), "Which objects a rule of today moves")

# %% [markdown]
# What is archived cannot be read until it is restored (but for Glacier *Instant* Retrieval). An object may
# also be *put* there directly:

# %%
s3.put_object(Bucket=bucket, Key="old.bin", Body=b"x" * 1024, StorageClass="DEEP_ARCHIVE")
try:
    s3.get_object(Bucket=bucket, Key="old.bin")
except ClientError as error:
    print(error.response["Error"]["Code"])

# %% [markdown] tags=["extra"]
# ## 4 · Key prefixes
#
# > **The claim.** *S3 scales by prefix; design your prefixes well.*
#
# True: at least **3,500** writes and **5,500** reads per second for each *partitioned* prefix, and any
# number of prefixes. S3 partitions gradually while the load lasts, and answers *503 Slow Down* meanwhile.
#
# Every order writes one object, 10,000 per second. With the date in front, all of one moment begin alike:

# %%
from labkit.labs.delivery import orders
from labkit.labs.storage.prefix_figure import prefix_bars
from labkit.labs.storage.prefixes import WRITES_PER_S, prefix_load

rush = orders(400, seed=4)
by_date = [f"2026-11-23/{order['orderId']}" for order in rush]


def keys_by_date(characters=4, writes_per_s=10_000):
    """Draw what each prefix gets if S3 partitions by so many characters."""
    load = prefix_load(by_date, characters, writes_per_s, 0)
    return prefix_bars(load, WRITES_PER_S, f"Keys by date, {writes_per_s:,} writes per second")


explore(keys_by_date, characters=(1, 14, 1), writes_per_s=(1_000, 20_000, 500))

# %% [markdown]
# ### Exercise 4 · Spread the writes
#
# How many prefixes does it take? Write `key_of` so that the first **two characters** spread the orders
# over enough prefixes, and the same order always gets the same key. (Python's own `hash` changes from
# process to process; `hashlib` does not.)

# %% exercise="spread-keys"
### BEGIN SOLUTION
import hashlib


def key_of(order):
    """Give the key under which an order is stored."""
    digest = hashlib.sha256(order["orderId"].encode()).hexdigest()
    return f"{digest[:2]}/2026-11-23/{order['orderId']}"


### END SOLUTION

# %%
lab.check("spread-keys", answer=(key_of, rush))


# %% tags=["exercise-definition"]
class SpreadKeys(Exercise):
    id = "spread-keys"
    title = "Spread the writes"
    hints = (
        '`hashlib.sha256(order["orderId"].encode()).hexdigest()` is text in which every character is as '
        "good as random.",
        "Put its first two characters before the date, and keep the orderId at the end.",
    )

    def check(self, lab):
        key_of, orders_of_a_day = self.answer
        keys = [key_of(order) for order in orders_of_a_day]
        if not all(isinstance(key, str) for key in keys):
            raise NotYet("a text as key", repr(keys[0]), self.hints[1])
        if len({*keys}) != len(keys):
            raise NotYet("a key of its own for every order", "keys that repeat", self.hints[1])
        if keys != [key_of(order) for order in orders_of_a_day]:
            raise NotYet("the same key for the same order", "another each time", self.hints[1])
        if "hash" in key_of.__code__.co_names:
            raise NotYet(
                "the same key in every process", "hash(…), which is another in each", self.hints[1]
            )
        busiest = prefix_load(keys, 2, 10_000, 0).iloc[0]
        if busiest["used"] > 1:
            raise NotYet(
                "at most 3,500 writes per second on each prefix",
                f"{busiest['writes_per_s']:,.0f} on {busiest['prefix']!r}",
                self.hints[0],
            )
        return f"the busiest prefix gets {busiest['writes_per_s']:,.0f} writes per second"


# %%
prefix_bars(
    prefix_load([key_of(order) for order in rush], 2, 10_000, 0),
    WRITES_PER_S,
    "Your keys, partitioned by 2 characters",
)


# %% wrong="spread-keys" expect="10,000 on"
def key_of(order):
    return f"2026-11-23/{order['orderId']}"


# %% wrong="spread-keys" expect="another each time"
def key_of(order):
    import uuid

    return f"{uuid.uuid4().hex}/{order['orderId']}"


# %% wrong="spread-keys" expect="in every process"
def key_of(order):
    return f"{hash(order['orderId']) % 97:02}/{order['orderId']}"


# %% wrong="spread-keys" expect="keys that repeat"
def key_of(order):
    return f"{len(order['note'] or '') % 10}/2026-11-23"


# %% [markdown]
# How many does it take? 10,000 over 3,500 is nearly three: three prefixes would do, if each got its third.
# Two characters of a hash make 256, of which none comes near its limit. The price: listing a day's orders
# now means one listing for each prefix. Below 3,500 writes per second, keep the date in front.
# %% [markdown]
# ## Recap
#
# - **The answer.** An archive pays when the objects are large enough: below half a megabyte it takes longer
#   than five months. When connections are refused, put a pool in front first; scale up when work is short.
# - An archive pays by the **object**: 128 KB after 20 months, half a megabyte after 5.
# - A pool turns refused connections into waiting ones. Replicas are for reads, scaling up for work;
#   Aurora Serverless scales writers, too.

# %% [markdown]
# ## Going further
#
# - Pack small objects together before archiving them: one move, one overhead.
# - Watch `DatabaseConnectionsCurrentlySessionPinned` of an RDS Proxy.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
