# ---
# labkit:
#   lesson: "06"
#   slug: cold-starts
#   title: "Cold starts, measured"
#   minutes: 35
#   day: 1
#   block: Serverless
#   question: "The first call after a pause is slow. What makes it slow, and which remedy is worth its price?"
#   goals:
#     - split a cold and a warm call into their phases, and see the part that nobody reports
#     - measure what imports, package size, language and memory do to INIT
#     - keep environments warm with provisioned concurrency
#     - "extra: say how sure a measurement is, tell other starts from cold ones, price a month"
#   creates:
#     - 1 IAM role
#     - about 10 Lambda functions with their log groups, one with a version and an alias
#     - provisioned concurrency for 2 environments, for a minute or two
#   cost: >-
#     A few US cents in an account of your own: about a thousand short calls, and provisioned
#     concurrency by the second while it is on.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer blocks, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("cold-starts", target=target, region=region)
lab

# %% [markdown]
# The bootcamp draws two paths of a call, by whether an *execution environment* (a small machine with your
# code loaded) is there for it:

# %%
from labkit.labs.functions.call_paths import call_paths

call_paths()

# %% [markdown]
# > **The claim.** *Against cold starts: initialise outside the handler, import only what you need, keep the
# > package small, choose memory, choose the language, buy provisioned concurrency.*
#
# The list is good. How much each item is worth, it does not say. We measure.

# %%
blocks = 6 if quick else 20

awslambda = lab.client("lambda")

# %% [markdown] tags=["instructor-notes"]
# - Let them write down a factor (cold ÷ warm) before section 1 is run, and collect the guesses on the board. How far
#   they lie apart is the reason to measure.
# - One in twenty A/A checks misses 1 by chance. In a class of twenty that is one learner: find out who, and let
#   the class explain it before that learner measures again.
# - While an experiment runs (up to a minute), ask for the prediction that follows it.
# - A laptop on battery or in a video call gives other absolute times and wider intervals; the ratios within
#   blocks hold. That is what blocks are for: show somebody's slopes that go up and down together.
# - `from boto3 import client` surprises people who write Python every day. Let one of them explain it.
# - Section 7 (extra): ask how their own dashboard counts cold starts. By Init Duration, mostly.
# - Who is late: `lab.solve("import-cost")`; the verdicts at the end need it.

# %% [markdown]
# ## 1 · Two paths, phase by phase
#
# The smallest function that can be measured. `execution_environment` is a file that labkit puts beside
# it, the *probe*: it writes one log line per call that says *which* environment runs it and since when.

# %% function_file="hello.py"
import os

import execution_environment


def handler(event, context):
    execution_environment.report()
    if event.get("crash"):
        os._exit(1)
    return "hello"


# %%
from labkit.labs.functions import deploy

deploy(lab, "hello", "hello.py")

# %% [markdown]
# How do you get a cold start when you want one? A **change of configuration** makes every environment
# obsolete. `force_cold` gives an environment variable a new value, and waits until the update is done.

# %%
from labkit.measure.calls import call_frame, measured_call
from labkit.measure.cold import force_cold, proof_of_cold

caller = lab.client("lambda", attempts=1)  # repeats nothing: what fails is to be seen


def cold_then_warm(logical, **configuration):
    """Force a cold start, then call twice: one row each."""
    force_cold(awslambda, lab.name(logical), **configuration)
    return [measured_call(caller, lab.name(logical), {}) for _ in range(2)]


# %% [markdown]
# > **Predict.** How many times as long as a warm call does the customer of a cold one wait? Twice? Ten
# > times?

# %% wait="9"
first = call_frame(row for _ in range(blocks) for row in cold_then_warm("hello"))
first[["start", "client_ms", "init_ms", "duration_ms", "residual_ms", "billed_ms"]].head(4).round(1)

# %%
from labkit.show.measurements.waterfall import waterfall

waterfall(first)

# %% [markdown]
# Two phases are *reported*: **INIT** (start the runtime, run your module from top to bottom) and the
# **handler**. The rest is the **residual**: what the caller waited and Lambda does not account for. On
# AWS that is network, placing an environment and fetching the code; in the sandbox it is a local HTTP call.
# Whoever looks at Init Duration alone misses it.
#
# That was *one* call of each kind. And all of them? One median over the other is what you predicted:

# %%
medians = first.groupby("start", observed=True)["client_ms"].median()
f"a cold call takes {medians['cold'] / medians['warm']:.0f} times as long as a warm one"

# %% [markdown]
# INIT is not free: since 1 August 2025 it is billed with the handler, for zip packages too.

# %% [markdown] tags=["extra"]
# ### How sure is that?

# %%
from labkit.show.measurements.distribution import distribution

distribution(first, "client_ms", by="start")

# %% [markdown]
# A curve for each kind: how many of the calls (up) were answered within how many ms (right). Where it crosses
# the line at 50 % is the median. The band is what so few calls do not tell: wide where it matters most, at the
# slow end. That is why nobody here speaks of a p99, the time within which 99 % are answered.
#
# Where an interval is given below, it comes from **resampling**: labkit draws blocks at random from those that it
# measured, as if the experiment had been done again, many times. In 95 of 100 such experiments the result lies
# within the interval.
#
# Was each of them really cold? Three things have to agree:

# %%
proof_of_cold(first).query("start == 'cold'")[
    ["init_reported", "new_instance", "initialized_after_sent", "proven"]
].value_counts().rename("calls").to_frame()

# %% [markdown]
# And what is billed is the sum, rounded up:

# %%
parts = first["duration_ms"] + first["init_ms"].fillna(0)
first.assign(sum_ms=parts)[["start", "sum_ms", "billed_ms", "recomputed_billed_ms"]].head(2)

# %% [markdown]
# ## 2 · INIT outside the handler
#
# A courier service reads its menu before it can answer. Somebody wrote it like this:

# %% function_file="menu_slow.py"
import execution_environment


def read_menu():
    """Stands for what takes a while: a connection, a model, a parsed file."""
    print("menu read")
    return {f"dish-{n}": 9000 + n % 50 * 100 for n in range(100_000)}


def handler(event, context):
    execution_environment.report()
    menu = read_menu()
    return {"price": menu[event.get("dish", "dish-7")]}


# %% [markdown]
# ### Exercise 1 · Move it
#
# Write it so that the menu is read **once per environment**, in INIT, and not once per call. Answers
# must stay the same.

# %% function_file="menu.py" exercise="init-outside"
import execution_environment


def read_menu():
    """Stands for what takes a while: a connection, a model, a parsed file."""
    print("menu read")
    return {f"dish-{n}": 9000 + n % 50 * 100 for n in range(100_000)}


### BEGIN SOLUTION
MENU = read_menu()


def handler(event, context):
    execution_environment.report()
    return {"price": MENU[event.get("dish", "dish-7")]}


### END SOLUTION


# %%
lab.check("init-outside")

# %% tags=["exercise-definition"]
import contextlib
import io
import json
import sys
from types import ModuleType

from labkit.course.exercises import Exercise, NotYet


class InitOutside(Exercise):
    id = "init-outside"
    title = "Move it"
    minutes = 4
    hints = (
        "Which lines of a module run when it is imported, and which when the handler is called?",
        "Whatever stands at the left margin of the file runs once, in INIT.",
        "`MENU = read_menu()` between the two functions; the handler uses `MENU`, and does not call "
        "`read_menu` any more. Keep `execution_environment.report()` as the handler's first line.",
    )

    def check(self, lab):
        source = self.written(lab, "menu.py")
        at_import, handler = self.load(source.read_text(encoding="utf-8"))
        answers, in_calls = self.call(handler)
        if answers != [{"price": 9700}, {"price": 9300}]:
            raise NotYet(
                'prices as before: {"price": 9700} for dish-7, {"price": 9300} for dish-3',
                str(answers),
                'return {"price": MENU[event.get("dish", "dish-7")]}',
            )
        if at_import + in_calls == 0:
            raise NotYet("the menu read once", "never", "call read_menu(), which says so")
        if at_import != 1 or in_calls:
            raise NotYet(
                "the menu read once in INIT and in no call",
                f"{at_import} times in INIT, {in_calls} times in two calls",
                self.hints[-1],
            )
        return "read once per environment, however many calls it serves"

    def load(self, source):
        probe = ModuleType("execution_environment")
        probe.report = lambda: None
        before = sys.modules.get("execution_environment")
        sys.modules["execution_environment"] = probe
        module, printed = {"__name__": "menu"}, io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "menu.py", "exec"), module)
        finally:
            sys.modules.pop("execution_environment")
            if before is not None:
                sys.modules["execution_environment"] = before
        if "handler" not in module:
            raise NotYet("a function handler(event, context)", "none", "write the handler")
        return printed.getvalue().count("menu read"), module["handler"]

    def call(self, handler):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            answers = [handler(event, None) for event in ({}, {"dish": "dish-3"})]
        return answers, printed.getvalue().count("menu read")


# %% wrong="init-outside" expect="2 times in two calls" function_file="menu.py"
import execution_environment


def read_menu():
    print("menu read")
    return {f"dish-{n}": 9000 + n % 50 * 100 for n in range(100_000)}


def handler(event, context):
    execution_environment.report()
    menu = read_menu()
    return {"price": menu[event.get("dish", "dish-7")]}


# %% wrong="init-outside" expect="9300" function_file="menu.py"
import execution_environment


def read_menu():
    print("menu read")
    return {f"dish-{n}": 9000 + n % 50 * 100 for n in range(100_000)}


PRICE = read_menu()["dish-7"]


def handler(event, context):
    execution_environment.report()
    return {"price": PRICE}


# %% [markdown]
# ### Measure both
#
# Not first one, then the other: machines have slow minutes. Each **block** tries both once, in random
# order, and we compare *within* blocks. What a slow minute does to both of them cancels out.
#
# > **Predict.** For a warm call the gain is clear. And for the cold one: is reading the menu in INIT
# > faster than reading it in the handler, slower, or the same? (The function has 512 MB.)

# %%
deploy(lab, "menu-slow", "menu_slow.py")
deploy(lab, "menu", "menu.py")

# %% wait="15"
from labkit.measure.designs import Design, Experiment

places = {"handler": "menu-slow", "INIT": "menu"}
design = Design({"read in": list(places)}, blocks=blocks, seed=6, again=False)
reading = Experiment(design, lambda factors: cold_then_warm(places[factors["read in"]])).run()

# %%
from labkit.show.measurements.slopes import block_slopes

warm = reading["start"] == "warm"
block_slopes(reading[warm], "client_ms", words="warm call, ms")

# %%
block_slopes(reading[~warm], "client_ms", words="cold call, ms")

# %% [markdown]
# One line per block; above the right end the ratio within blocks and its 95 % interval. The warm call
# is rid of the whole reading. The **cold** call gains as well, although it does the same work: a handler
# with 512 MB gets 512/1769 of a CPU, while INIT is not slowed down like that (section 5 looks closer).

# %% [markdown]
# ## 3 · No cold start, for money
#
# There are two ways to deal with a cold start: have none, or have a short one. **Provisioned
# concurrency** is the first. Lambda initialises so many environments *ahead* of calls. It works on a
# published **version** (a frozen copy of code and configuration), best through an **alias** that can be
# moved on later (`point_alias` does that too, if there is one already):

# %%
from labkit.labs.functions import point_alias

published = awslambda.publish_version(FunctionName=lab.name("menu"))
awslambda.get_waiter("published_version_active").wait(
    FunctionName=lab.name("menu"), Qualifier=published["Version"]
)
point_alias(lab, "menu", "live", published["Version"])
published["Version"]

# %% [markdown]
# ### Exercise 2 · Keep two warm
#
# Keep two environments ready for callers of the alias `live`. Find the call: its name begins with
# `awslambda.put_provisioned`. The check waits until they are ready.

# %% exercise="provisioned"
### BEGIN SOLUTION
awslambda.put_provisioned_concurrency_config(
    FunctionName=lab.name("menu"), Qualifier="live", ProvisionedConcurrentExecutions=2
)
### END SOLUTION

# %%
lab.check("provisioned")


# %% tags=["exercise-definition"]
class Provisioned(Exercise):
    id = "provisioned"
    title = "Keep two warm"
    minutes = 4
    hints = (
        "`put_provisioned_concurrency_config` is the call. What does it have to know?",
        "Three arguments: `FunctionName`, `Qualifier` (the alias) and `ProvisionedConcurrentExecutions`.",
        '`awslambda.put_provisioned_concurrency_config(FunctionName=lab.name("menu"), '
        'Qualifier="live", ProvisionedConcurrentExecutions=2)`',
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        name = lab.name("menu")
        here = {"FunctionName": name, "Qualifier": "live"}
        try:
            found = awslambda.get_provisioned_concurrency_config(**here)
        except awslambda.exceptions.ProvisionedConcurrencyConfigNotFoundException:
            raise NotYet(
                "provisioned concurrency on the alias live",
                "none there",
                f"{self.hints[-1]}; if it is on the version, delete_provisioned_concurrency_config there first",
            ) from None
        requested = found["RequestedProvisionedConcurrentExecutions"]
        if requested != 2:
            raise NotYet("2 environments", str(requested), "put it again, with 2")
        self.wait(
            lambda: awslambda.get_provisioned_concurrency_config(**here)["Status"] == "READY",
            seconds=300,
            what="the status READY",
        )
        return "two environments are initialised and wait"


# %% wrong="provisioned" expect="on the alias live"
awslambda.put_provisioned_concurrency_config(
    FunctionName=lab.name("menu"),
    Qualifier=published["Version"],
    ProvisionedConcurrentExecutions=2,
)

# %% wrong="provisioned" expect="2 environments"
awslambda.put_provisioned_concurrency_config(
    FunctionName=lab.name("menu"), Qualifier="live", ProvisionedConcurrentExecutions=1
)

# %% [markdown]
# Nobody has called the alias yet. So these are its first calls ever, two at a time:

# %%
from labkit.measure.calls import calls_under_load

pairs = [(n // 2) * 0.25 for n in range(12)]
ready = calls_under_load(
    lab.client("lambda", attempts=1), lab.name("menu"), [{}] * 12, pairs, qualifier="live"
)
ready.groupby(["initialization_type", "start"]).agg(
    calls=("client_ms", "count"), slowest_ms=("client_ms", "max")
)

# %% [markdown]
# Not one of them is cold. (Lesson 07 sends more than two at a time and sees where this ends.) It runs up
# costs whether or not anybody calls, so off with it:

# %%
awslambda.delete_provisioned_concurrency_config(FunctionName=lab.name("menu"), Qualifier="live")

# %% [markdown] tags=["extra"]
# ### Exercise 4 · What a month costs
#
# Compute into `month_usd` what keeping **two environments of 512 MB** provisioned for a month costs when
# nobody calls them. The next cell looks the price up: `kept.amount` USD per **GB-second**, which is memory
# in GB × environments × seconds. A month has `HOURS_A_MONTH` hours, as AWS's calculator counts.

# %%
from labkit.prices import HOURS_A_MONTH, price

kept = price("lambda-provisioned-gb-second", lab.region)
print(f"{kept}, {lab.region} ({kept.source}, read {kept.checked})")

# %% exercise="month-cost"
### BEGIN SOLUTION
month_usd = kept.amount * (512 / 1024) * 2 * HOURS_A_MONTH * 3600
### END SOLUTION

# %%
lab.check("month-cost", answer=month_usd)


# %% tags=["exercise-definition"]
class MonthCost(Exercise):
    id = "month-cost"
    title = "What a month costs"
    hints = (
        "The price is per GB-second: how many GB, and how many seconds?",
        "512 MB are 512/1024 GB; two environments; `HOURS_A_MONTH * 3600` seconds.",
        "`month_usd = kept.amount * (512 / 1024) * 2 * HOURS_A_MONTH * 3600`",
    )

    def check(self, lab):
        from labkit.prices import HOURS_A_MONTH, price

        each = price("lambda-provisioned-gb-second", lab.region).amount
        right = each * 0.5 * 2 * HOURS_A_MONTH * 3600
        if not isinstance(self.answer, int | float):
            raise NotYet("a number of USD", repr(self.answer), self.hints[0])
        slips = {
            "the memory in GB (512 MB are 0.5 GB)": (1024, 2, 512),
            "both environments": (0.5,),
            "seconds, not hours": (1 / 3600,),
        }
        for expected, factors in slips.items():
            if any(abs(self.answer / right - factor) < 0.02 * factor for factor in factors):
                raise NotYet(expected, f"{self.answer:,.4g} USD", self.hints[0])
        if abs(self.answer / right - 1) > 0.02:
            raise NotYet(
                "the price × GB × environments × seconds", f"{self.answer:,.4g}", self.hints[0]
            )
        return f"{right:.2f} USD a month, before the first call"


# %% wrong="month-cost" expect="memory in GB"
month_usd = kept.amount * 512 * 2 * HOURS_A_MONTH * 3600

# %% [markdown]
# For that you get a lower price per running second. So a busy function can be *cheaper* provisioned.
# From which utilisation on? (us-east-1, where we have a source for both prices.)

# %%
from labkit.labs.functions import provisioned_figure
from labkit.show.sliders import explore

explore(provisioned_figure, memory_mb=(128, 10240, 128), environments=(1, 100, 1))

# %% [markdown]
# The break-even point does not move with memory or number: it is a ratio of prices. Below it you pay
# for not waiting.

# %% [markdown]
# ## 4 · A short one: what makes INIT long
#
# Now the rest of the list, as **one** experiment: variants of `hello` that differ in one thing each.
# Python first. `importing(...)` is the same function with one import statement, which it times itself.

# %%
from labkit.labs.functions import PADDING, importing, many_functions, padding

imports = {"import boto3": "all"}
if not quick:
    imports |= {"from boto3 import client": "name", "import botocore.session": "part"}
for statement, logical in imports.items():
    (lab.folder / f"{logical}.py").write_text(importing(statement))
    deploy(lab, logical, f"{logical}.py")

print(importing("import boto3"))

# %% [markdown]
# Two packages, big in different ways. In one, 20 MB *lie* in the package, and no code reads them. In the other, a
# module of 4,000 small functions has to be *compiled* by Python, since a package brings no compiled files.

# %%
(lab.folder / PADDING).write_bytes(padding(megabytes=20))
deploy(lab, "lying", "hello.py", PADDING)

(lab.folder / "steps.py").write_text(many_functions(4000))
(lab.folder / "code.py").write_text(importing("import steps"))
deploy(lab, "compiled", "code.py", "steps.py")

sizes = {name: (lab.folder / name).stat().st_size / 1e6 for name in (PADDING, "steps.py")}
{name: f"{size:.1f} MB" for name, size in sizes.items()}

# %% [markdown]
# And another language: Node.js. (The sandbox runs it with this machine's own; without one it is left out.)

# %%
hello_in_node = """
import { report } from "./execution_environment.mjs";

export const handler = async (event) => {
  report();
  return "hello";
};
"""

# %%
(lab.folder / "hello.mjs").write_text(hello_in_node)
variants = {
    "nothing": "hello",
    **imports,
    "20 MB unread": "lying",
    "0.4 MB of code": "compiled",
}
try:
    deploy(lab, "node", "hello.mjs", runtime="nodejs24.x")
    variants["Node.js"] = "node"
except awslambda.exceptions.InvalidParameterValueException as refused:
    print(refused)

# %% [markdown]
# > **Predict.** Put the variants in order before you run the next cell: which INIT is the longest? Is
# > `from boto3 import client` cheaper than `import boto3`?
#
# Each block tries each variant once, cold, in random order, and the first one **twice**: the same
# function under two names (an *A/A check*). If those two differ, it is our measuring that makes the difference.


# %% wait="45"
def cold_call(factors):
    logical = variants[factors["variant"]]
    force_cold(awslambda, lab.name(logical))
    return measured_call(caller, lab.name(logical), {})


design = Design({"variant": list(variants)}, blocks=blocks, seed=66)
packages = Experiment(design, cold_call).run()

# %%
from labkit.measure.designs import a_a_check
from labkit.measure.statistics import summarise

print("A/A check:", a_a_check(packages, "init_ms"))
summarise(packages, "init_ms", by="arm").dropna(axis="columns", how="all").round(1)

# %% [markdown]
# The A/A ratio should have 1 in its interval (by chance it misses it once in twenty times: then measure
# again). Where the table has no p95 or p99, there are too few values for one; a p99 needs 299.

# %%
block_slopes(packages, "init_ms", arms=["nothing", *imports], words="INIT, ms")

# %% [markdown]
# ### Exercise 3 · What does `import boto3` cost?
#
# Compute into `cost_ms`, from `packages`, how many **ms of INIT** the statement `import boto3` adds to the
# function that imports nothing. Columns: `arm`, `block`, `init_ms`.

# %% exercise="import-cost"
### BEGIN SOLUTION
by_block = packages.pivot_table(index="block", columns="arm", values="init_ms", observed=True)
cost_ms = (by_block["import boto3"] - by_block["nothing"]).median()
### END SOLUTION

# %%
lab.check("import-cost", answer=(packages, cost_ms))


# %% tags=["exercise-definition"]
class ImportCost(Exercise):
    id = "import-cost"
    title = "What does import boto3 cost?"
    minutes = 4
    hints = (
        "Which two variants differ by that statement alone? Compare them within each block.",
        "Within a block, subtract: INIT of `import boto3` minus INIT of `nothing`. Then the median over blocks.",
        '`packages.pivot_table(index="block", columns="arm", values="init_ms", observed=True)` has a column '
        "per arm.",
    )

    def check(self, lab):
        frame, found = self.answer
        table = frame.pivot_table(index="block", columns="arm", values="init_ms", observed=True)
        whole, nothing = table["import boto3"].median(), table["nothing"].median()
        cost = float((table["import boto3"] - table["nothing"]).median())
        try:
            found = float(found)
        except (TypeError, ValueError):
            raise NotYet("one number, in ms", repr(found), self.hints[0]) from None
        if abs(found - whole / nothing) < 0.1 * whole / nothing:
            raise NotYet("ms that are added", f"{found:.3g}, a ratio", "subtract, do not divide")
        if abs(found - whole) < abs(found - cost):
            raise NotYet(
                "what the import adds",
                f"{found:.1f} ms, the whole INIT",
                "subtract the INIT of the function that imports nothing",
            )
        if abs(found - cost) > 0.25 * cost:
            raise NotYet(f"about {cost:.0f} ms", f"{found:.1f} ms", self.hints[1])
        return f"{found:.0f} ms of INIT"


# %% wrong="import-cost" expect="the whole INIT"
cost_ms = packages.loc[packages["arm"] == "import boto3", "init_ms"].median()

# %% [markdown]
# **Importing a part** is not what it looks like:
#
# - `from boto3 import client` runs all of `boto3/__init__.py` all the same. It saves nothing: *names* are not
#   parts.
# - `import botocore.session` really leaves something out, boto3 itself; but most of the time goes into botocore,
#   which is still there.
# - What does help in Python: import *later* (inside the function that needs it, if few calls do), or not
#   at all.
#
# The bootcamp's line was JavaScript, `require('aws-sdk/dynamoDB)`. The quote is not closed, and version 2 of that
# SDK reached its end of support on 8 September 2025. The idea was right: in version 3 each service is a package
# of its own, `@aws-sdk/client-dynamodb`.

# %% [markdown] tags=["extra"]
# ### Two clocks
#
# Is that believable? The functions timed their imports themselves, with the interpreter's clock. Two
# clocks that know nothing of each other, beside each other:

# %%
import json

import pandas as pd

own = packages[packages["arm"].isin(imports)]
own = own.assign(import_ms=own["answer"].map(lambda answer: json.loads(answer)["import_ms"]))
own_ms = own.pivot_table(index="block", columns="arm", values="import_ms", observed=True)
inits = packages.pivot_table(index="block", columns="arm", values="init_ms", observed=True)
added_ms = inits[list(imports)].sub(inits["nothing"], axis=0)
pd.DataFrame(
    {
        "added to INIT, ms": added_ms.median(),
        "interpreter's own, ms": own_ms.median(),
        "ratio within blocks": (added_ms / own_ms).median(),
    }
).round(2)

# %% [markdown]
# They agree within a tenth, unless the machine was busy.

# %% [markdown]
# ### Package size and language

# %%
others = [arm for arm in variants if arm not in imports]
block_slopes(packages, "init_ms", arms=others, words="INIT, ms")

# %% [markdown]
# Megabytes that only *lie* there add nothing to INIT. On AWS they have to be fetched, which the caller
# waits for: with 100 MB of random data in the package, STeLLAR (IISWC 2021) measured a median cold wait
# 3.5 times as long as with 10 MB. The sandbox does not download, so here that part stays small; it is
# **not** a proof that size is free. What is *loaded* costs on either target: 0.4 MB of code make INIT
# several times as long.
#
# And the **language**? Ours were the smallest functions, and two languages. Others measured more of them on AWS:

# %%
from labkit.labs.functions.published import published

others_told = published().query(
    "source == 'lambda-perf' and package == 'zip' and architecture == 'x86_64'"
)
others_told.sort_values("p50")[["runtime", "p50", "p95"]].set_index("runtime").T

# %% [markdown]
# (Median and p95 of INIT in ms, *hello world*, collected by the project lambda-perf.) **The verdict.** Compiled
# languages (Rust, Go) start several times as fast as Python or Node.js; Java and .NET start slowest. But look at
# `import boto3` above: one import outweighs the difference between Python and Node.js. So between those two, choose
# the one that your team writes well, and mind the imports. For Java and .NET use SnapStart.

# %% [markdown]
# ## 5 · Memory
#
# The next function does the same work twice: once in INIT, once in the handler.

# %% function_file="twice.py"
import execution_environment


def work():
    return sum(n * n for n in range(300_000))


DONE = work()


def handler(event, context):
    execution_environment.report()
    return work() == DONE


# %%
deploy(lab, "twice", "twice.py")


def first_run(factors):
    force_cold(awslambda, lab.name("twice"), MemorySize=factors["memory_mb"])
    return measured_call(caller, lab.name("twice"), {})


sizes = [128, 1769] if quick else [128, 512, 1769]
design = Design({"memory_mb": sizes}, blocks=blocks, seed=666, again=False)
memory = Experiment(design, first_run).run()

# %%
by_memory = memory.groupby("memory_mb")[["init_ms", "duration_ms"]].median()
by_memory["handler, × that at 1769 MB"] = (
    by_memory["duration_ms"] / by_memory.loc[1769, "duration_ms"]
)
by_memory["1769/m"] = 1769 / by_memory.index
by_memory.round(1)

# %% [markdown]
# The handler follows 1769/m: at 128 MB a function has 7 % of a CPU. (Is your
# factor smaller? At 1,769 MB the handler needs a whole processor, and your machine had other work. A
# sandbox on macOS cannot hold a process to its share at all: there both columns are level.) **INIT does
# not.** Others who measured on AWS say the same: 121 to 124 ms from 128 to 2,048 MB (cebert, November 2025). So
# memory is no remedy for INIT; it is one for everything that comes after.

# %% [markdown] tags=["extra"]
# ## 6 · Am I plausible?
#
# A number alone proves little. Where do ours lie among what others published?

# %%
from labkit.labs.functions.plausibility import plausibility

small = packages[packages["arm"].astype(str).str.startswith("nothing")]
plausibility(small["init_ms"], target=lab.target.name, runtime="python3.13")

# %%
node = packages.loc[packages["arm"] == "Node.js", "init_ms"]
if len(node):
    card = plausibility(node, target=lab.target.name, runtime="nodejs24")
else:
    card = "There was no Node.js to measure."
card

# %% [markdown]
# The card says which target was measured. On the sandbox the reason to look for is known: an environment
# is a process on your machine, without microVM and without AWS's storage, on a processor that is probably
# faster. Its *differences* (what an import adds, what memory does) are the real interpreter's; its
# *absolute* times are your machine's. Do not quote them as Lambda's.

# %% [markdown] tags=["extra"]
# ## 7 · A start that hides
#
# An environment whose process dies is not thrown away. It initialises again *inside the next call*.
#
# > **Predict.** A warm call, then one that crashes, then one more. Which of them reports an Init
# > Duration?

# %%
force_cold(awslambda, lab.name("hello"))
events = [{}, {}, {"crash": True}, {}, {}]
crash = call_frame(measured_call(caller, lab.name("hello"), event) for event in events)
crash[["start", "status", "init_ms", "duration_ms", "client_ms"]].round(1)

# %% [markdown]
# The call after the crash waited for an INIT, and **no Init Duration says so**: it is inside Duration (a
# *suppressed* init). A dashboard that counts cold starts by Init Duration does not see it. What gives it
# away is the probe:

# %%
from labkit.show.tables import table

table(crash[["start", "evidence"]], "How each call started, and what shows it")

# %% [markdown]
# ## The list again
#
# What each item did here, as a ratio within blocks:

# %%
import pandas as pd

from labkit.measure.statistics import paired_ratio

told = {
    "menu read in INIT, warm call": paired_ratio(
        reading[warm], "client_ms", "arm", "INIT", "handler"
    ),
    "menu read in INIT, cold call": paired_ratio(
        reading[~warm], "client_ms", "arm", "INIT", "handler"
    ),
    "128 MB instead of 1769, INIT": paired_ratio(memory, "init_ms", "arm", "128", "1769"),
    "128 MB instead of 1769, handler": paired_ratio(memory, "duration_ms", "arm", "128", "1769"),
}
for arm in list(variants)[1:]:
    told[f"{arm}, INIT"] = paired_ratio(packages, "init_ms", "arm", arm, "nothing")
pd.Series(told, name="times as long (95 % interval)").map(
    lambda r: f"{r.estimate:.2f}  ({r.low:.2f} to {r.high:.2f})"
).to_frame()

# %% [markdown]
# ## Recap
#
# - **The answer.** A new environment has to be found and started, and your module has to run from top to bottom.
#   Move work into INIT and cut imports first: both are free. Provisioned concurrency removes the wait, at a price
#   by the second.
# - A cold call is **residual + INIT + handler**; only the last two are reported, and both are billed.
# - Do once-per-environment work **in INIT**. It gains in warm calls *and* in cold ones. Mind INIT's limit: after
#   **10 s** Lambda breaks it off and does it once more in the first call, within the function's own timeout.
# - Importing a *name* imports the whole module. Measure an import before you rewrite it.
# - Of Python and Node.js neither is the remedy; Rust and Go are fast, Java and .NET slow.
# - Memory speeds up the handler, not INIT.
# - **Provisioned concurrency** is the only item that removes the wait, for as many calls as you pay for.

# %% [markdown]
# ## Going further
#
# - How much do cold starts matter to you? AWS says under 1 % of invocations; count your own before you
#   pay for a remedy. Environments are also initialised *ahead* of calls (proactive): astuyve counted more
#   than half of all initialisations in his functions.
# - **SnapStart** restores a snapshot that was taken after INIT, for published versions of Java, Python and
#   .NET functions. Not in the sandbox; on AWS `force_cold` and `call_frame` handle it (*restored*).
# - `labkit.measure.saved_frames.save` keeps a frame with its design: measure on another day, then compare.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
