# ---
# labkit:
#   lesson: "01"
#   slug: network-paths
#   title: "Network paths: which packet can go where"
#   minutes: 30
#   day: 1
#   block: Core services
#   question: "A server in a private subnet calls the internet. What decides whether the answer comes back?"
#   goals:
#     - build a VPC in two Availability Zones, and make two of its subnets public
#     - find out what of a VPC's address range can be changed, and meet AWS's refusals
#     - let private subnets out through a NAT gateway, and see that nobody gets in
#     - predict from route tables, ACLs and security groups which packet arrives, and check it
#   creates:
#     - 1 VPC with 4 subnets, 2 route tables and 1 internet gateway
#     - 1 NAT gateway with 1 Elastic IP
#     - 1 network ACL
#   cost: >-
#     In an account of your own the NAT gateway is billed for each hour begun, used or not, and its
#     address by the second: some cents for this lesson, and a monthly bill if you forget them. The rest
#     is free.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: as `make smoke` runs it; this lesson has nothing to shorten

# %%
from labkit import Lab

lab = Lab("network-paths", target=target, region=region)
ec2 = lab.client("ec2")
lab

# %% [markdown] tags=["instructor-notes"]
# - Draw two zones and four boxes on the board before the first cell; add each route as it is made. The
#   maps in the notebook then confirm what the room has drawn.
# - Do not skip the four predictions of section 2. Number 4 (from the internet to a public server) is the
#   one that most get wrong: they think of routes and forget the security group.
# - The ACL of section 4 is the best war story of the morning; ask who has had that afternoon.
# - On AWS the NAT gateway takes a minute or two: start exercise 2, then talk about what it costs.
# - Exercise 4 is extra; nothing after it needs the second range.

# %% [markdown]
# A VPC is a range of addresses and a set of tables. Whether a packet arrives is decided by reading
# those tables, so in this lesson you read them too. `labkit.labs.network` reads yours through the EC2
# API and follows a connection through them, as AWS documents it. It sends nothing.

# %% [markdown]
# ## 1 · A range of addresses
#
# A range is written as a *CIDR block*: in `10.20.0.0/16` the first 16 of an address's 32 bits are fixed,
# and the other 16 give 65,536 addresses. EC2 has ids instead of names; a tag `Name` is for people.


# %%
def named(kind, name):
    """Give TagSpecifications with a Name."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


# %%
vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=named("vpc", "shop"))["Vpc"]
vpc_id = vpc["VpcId"]
vpc_id

# %% [markdown]
# > **The claim.** *A VPC's CIDR cannot be changed once it is made; you can add to it.*
#
# Try it. There is no call that changes a range.
#
# > **Predict.** The next cells try to take the first range away, and to add four others. Which of the
# > five does AWS refuse?

# %%
from botocore.exceptions import ClientError


def attempt(call, **parameters):
    """Say what AWS answered: accepted, or the refusal's code and text."""
    try:
        call(**parameters)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "accepted"


# %%
import pandas as pd

from labkit.show.tables import table

primary = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlockAssociationSet"][0]
tried = {
    "take the first range away": attempt(
        ec2.disassociate_vpc_cidr_block, AssociationId=primary["AssociationId"]
    )
}
for block in ("192.168.0.0/16", "10.20.128.0/17", "10.21.0.0/29", "10.21.0.0/24"):
    tried[f"add {block}"] = attempt(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock=block)
table(pd.DataFrame(tried.items(), columns=["tried", "AWS says"]), "Changing a VPC's range")

# %% [markdown]
# The claim holds, and can be sharpened. The **first** range stays for the VPC's life. Others may be
# added and, once unused, removed. But a VPC that began in `10.0.0.0/8` cannot add from the other
# private ranges, nothing may overlap, and a block has between /16 and /28. So plan the first range well.

# %% [markdown] tags=["extra"]
# ### Exercise 4 · Room for containers
#
# With Amazon's network plugin each pod of a Kubernetes cluster takes an address of the VPC, and
# 10.20.0.0/16 is planned already. Add a range of at least **16,384** addresses that no network behind a
# `10.…` VPN can collide with: AWS lets a VPC add from **100.64.0.0/10**, the range that RFC 6598 set
# aside.

# %% exercise="second-range"
### BEGIN SOLUTION
ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/16")
### END SOLUTION

# %%
lab.check("second-range")

# %% tags=["exercise-definition"]
from ipaddress import IPv4Network

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.network import Internet, Server, reach, read_run


class SecondRange(Exercise):
    id = "second-range"
    title = "Room for containers"
    hints = (
        "The call is the one that the table above tried.",
        "How many bits do 16,384 addresses need? The rest of the 32 is the prefix.",
        '`ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/16")`',
    )

    def check(self, lab):
        shared = IPv4Network("100.64.0.0/10")
        cidrs = self.wait(lambda: read_run(lab).cidrs, seconds=20, what="the VPC's ranges")
        ours = [cidr for cidr in cidrs if cidr.subnet_of(shared)]
        if not ours:
            raise NotYet(
                "a range within 100.64.0.0/10",
                ", ".join(map(str, cidrs)),
                "associate_vpc_cidr_block with a block that begins with 100.64.",
            )
        if sum(cidr.num_addresses for cidr in ours) < 16_384:
            raise NotYet("16,384 addresses", f"{ours[0].num_addresses:,}", "take a shorter prefix")
        return f"{ours[0]} has {ours[0].num_addresses:,} addresses"


# %% wrong="second-range" expect="within 100.64.0.0/10"
attempt(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock="172.16.0.0/16")

# %% wrong="second-range" expect="16,384"
ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/24")

# %% [markdown]
# How often can you do that? Five ranges per VPC is the default quota (it can be raised to 50). We fill
# it up, look at the refusal, and give the spare ones back.

# %%
answers = []
for third in range(100, 105):
    block = f"10.{third}.0.0/24"
    answers.append((block, attempt(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock=block)))
for one in ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlockAssociationSet"]:
    state = one["CidrBlockState"]["State"]
    if one["CidrBlock"] in dict(answers) and state in ("associating", "associated"):
        ec2.disassociate_vpc_cidr_block(AssociationId=one["AssociationId"])
table(pd.DataFrame(answers, columns=["range", "AWS says"]), "Adding ranges up to the quota")

# %% [markdown]
# ## 2 · Four subnets, none of them public
#
# A subnet lies in one Availability Zone (one data centre or more, apart from those of the Region's other
# zones) and takes a part of the range. AWS keeps five addresses of each: the first four and the last.

# %%
zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
plan = {
    "public-1": ("10.20.0.0/24", zones[0]),
    "public-2": ("10.20.1.0/24", zones[1]),
    "private-1": ("10.20.16.0/20", zones[0]),
    "private-2": ("10.20.32.0/20", zones[1]),
}
subnets = {}
for name, (cidr, zone) in plan.items():
    subnets[name] = ec2.create_subnet(
        VpcId=vpc_id,
        CidrBlock=cidr,
        AvailabilityZone=zone,
        TagSpecifications=named("subnet", name),
    )["Subnet"]["SubnetId"]

# %%
answer = pd.DataFrame(ec2.describe_subnets(SubnetIds=list(subnets.values()))["Subnets"])
columns = ["AvailabilityZone", "CidrBlock", "AvailableIpAddressCount"]
table(answer[columns], "Four subnets, as AWS describes them")

# %%
from labkit.labs.network import Internet, Server, draw, reach, reach_table, read_network

empty = read_network(ec2, vpc_id)
draw(empty)

# %% [markdown]
# All four are *private* on the map, the ones named `public-…` too.
#
# > **The claim.** *What tells public from private subnets is whether traffic can go through an internet
# > gateway.*
#
# Right, and AWS's definition is exact: a subnet is public if its **route table** has a direct route to
# an internet gateway. For an (IPv4) packet to go out, the server also needs a public address.

# %% [markdown]
# ### Exercise 1 · Make two subnets public
#
# The next cell makes an internet gateway (`igw_id`) and a route table (`public_table`). Add the default
# route (`0.0.0.0/0`) to the gateway, and associate the table with `public-1` and `public-2`, not with the
# private ones. `subnets["public-1"]` is a subnet's id.

# %%
made = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "shop"))
igw_id = made["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=vpc_id)
made = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=named("route-table", "public"))
public_table = made["RouteTable"]["RouteTableId"]
public_table

# %% exercise="public-subnets"
### BEGIN SOLUTION
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)
for name in ("public-1", "public-2"):
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnets[name])
### END SOLUTION

# %%
lab.check("public-subnets")


# %% tags=["exercise-definition"]
class PublicSubnets(Exercise):
    id = "public-subnets"
    title = "Make two subnets public"
    minutes = 4
    hints = (
        "A route says where packets go; an association says for which subnet. You need both.",
        "Two calls: `ec2.create_route`, and for each subnet `ec2.associate_route_table`.",
        '`ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)`, then '
        '`for name in ("public-1", "public-2"): ec2.associate_route_table(RouteTableId=public_table, '
        "SubnetId=subnets[name])`",
    )

    def check(self, lab):
        network = read_run(lab)
        for name in ("private-1", "private-2"):
            if network.is_public(network.subnet(name)):
                raise NotYet(
                    f"{name} to stay private",
                    "its route table leads straight to the internet gateway",
                    "disassociate_route_table, or delete the route from the main table",
                )
        for name in ("public-1", "public-2"):
            subnet = network.subnet(name)
            if not network.is_public(subnet):
                targets = [r.target for r in subnet.table.routes]
                raise NotYet(
                    f"a route from {name} to the internet gateway",
                    f"{'the main' if subnet.table.main else 'a'} route table with {targets}",
                    "create_route(…, GatewayId=igw_id), then associate_route_table for both",
                )
        return "two public subnets, two private ones"


# %% wrong="public-subnets" expect="the main route table"
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)

# %% wrong="public-subnets" expect="to stay private"
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)
for subnet_id in subnets.values():
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnet_id)

# %% [markdown]
# > **Predict.** Four connections to port 443. Which arrive?
# >
# > 1. from a server with a public address in `public-1` to the internet
# > 2. from one *without* a public address in `public-1` to the internet
# > 3. from `private-1` to the internet
# > 4. from the internet to the server of 1, which has the VPC's default security group

# %%
network = read_network(ec2, vpc_id)
web = Server("public-1", public_ip=True)
bare = Server("public-1", public_ip=False)
app = Server("private-1")
paths = [
    reach(network, web, Internet()),
    reach(network, bare, Internet()),
    reach(network, app, Internet()),
    reach(network, Internet(), web),
]
rows = [(n, p.reaches, p.refused or p.way) for n, p in enumerate(paths, start=1)]
table(pd.DataFrame(rows, columns=["connection", "arrives", "because"]), "What becomes of the four")

# %%
draw(network, [paths[0], paths[2]], before=empty)

# %% [markdown]
# The fourth surprises many: the way in is open, and the **security group** is not. A new VPC's default
# group lets everything out, and in only what comes from its own members.

# %% [markdown]
# ## 3 · A way out that is no way in
#
# > **The claim.** *A NAT gateway, placed in a public subnet, lets private workloads reach the internet;
# > nobody gets in through it. It needs a route, just as an internet gateway does.*

# %% [markdown]
# ### Exercise 2 · Build it yourself: a way out
#
# Both private subnets have to reach the internet **through a NAT gateway**, and stay private. The next cell
# allocates an *Elastic IP* for it: a public address that stays yours until you release it. Wait until the
# gateway is available (`ec2.get_waiter("nat_gateway_available")`). Here the hints do not hold the answer.

# %%
address = ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", "nat"))
allocation_id = address["AllocationId"]

# %% exercise="private-out"
### BEGIN SOLUTION
made = ec2.create_nat_gateway(
    SubnetId=subnets["public-1"],
    AllocationId=allocation_id,
    TagSpecifications=named("natgateway", "nat"),
)
nat_id = made["NatGateway"]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(
    NatGatewayIds=[nat_id], WaiterConfig={"Delay": 2, "MaxAttempts": 150}
)
made = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=named("route-table", "private"))
private_table = made["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
for name in ("private-1", "private-2"):
    ec2.associate_route_table(RouteTableId=private_table, SubnetId=subnets[name])
### END SOLUTION

# %%
lab.check("private-out")


# %% tags=["exercise-definition"]
class PrivateOut(Exercise):
    id = "private-out"
    title = "Build it yourself: a way out"
    minutes = 6
    hints = (
        "A NAT gateway stands in a subnet. Which of the four has a way out itself?",
        "After the gateway you need a second route table: its default route leads to the NAT gateway, and "
        "both private subnets are associated with it.",
        "The calls: `create_nat_gateway`, `create_route_table`, `create_route` (with `NatGatewayId`), and "
        "`associate_route_table` for each subnet.",
    )

    def check(self, lab):
        network = read_run(lab)
        if not network.nat_gateways:
            self.wait(
                lambda: read_run(lab).nat_gateways,
                seconds=20,
                what="a NAT gateway that is available",
                next_step="create_nat_gateway, then wait with the waiter nat_gateway_available",
            )
            network = read_run(lab)
        for name in ("private-1", "private-2"):
            path = reach(network, Server(name), Internet())
            if not path.reaches:
                raise NotYet(f"{name} to reach the internet", path.refused, self.hints[1])
            if path.way.startswith("internet gateway"):
                raise NotYet(f"{name} to go through the NAT gateway", path.way, self.hints[1])
        return "private-1 and private-2 get out through the NAT gateway"


# %% wrong="private-out" expect="has no route to an internet gateway"
nat_id = ec2.create_nat_gateway(SubnetId=subnets["private-1"], AllocationId=allocation_id)[
    "NatGateway"
]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(
    NatGatewayIds=[nat_id], WaiterConfig={"Delay": 2, "MaxAttempts": 150}
)
private_table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
ec2.associate_route_table(RouteTableId=private_table, SubnetId=subnets["private-2"])
ec2.associate_route_table(RouteTableId=private_table, SubnetId=subnets["private-1"])

# %% wrong="private-out" expect="has no route to a public address"
nat_id = ec2.create_nat_gateway(SubnetId=subnets["public-1"], AllocationId=allocation_id)[
    "NatGateway"
]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(
    NatGatewayIds=[nat_id], WaiterConfig={"Delay": 2, "MaxAttempts": 150}
)

# %%
before, network = network, read_network(ec2, vpc_id)
out = [reach(network, Server(name), Internet()) for name in ("private-1", "private-2")]
draw(network, out, before=before)

# %% [markdown]
# > **Predict.** The NAT gateway is in `public-1`. Does a GB from `private-2` to the internet cost the
# > same as one from `private-1`? And who can call `private-1` from outside?

# %%
out = reach_table(
    network, [Server("private-1"), Server("private-2"), web, Internet()], [Internet(), app]
)
table(
    out.assign(usd_per_gb=out["usd_per_gb"].map("${:.3f}".format, na_action="ignore")),
    "Ways out, and ways in",
)

# %% [markdown]
# Nobody gets in: an address that is only translated on the way out cannot be called.
#
# And the zone matters: from `private-2` each GB crosses to the other zone first. With one gateway per
# zone it would not, and a zone that fails would not cut off the other.

# %% [markdown] tags=["extra"]
# ### NAT, or a server of your own?
#
# This NAT gateway is a *public* one in one zone. There are **private** NAT gateways too, between networks,
# and newer, **regional** ones: they spread over the zones by themselves and sit in no subnet.
#
# > **The claim.** *A NAT gateway costs more than one you build yourself, but is fully managed.*
#
# It is a matter of arithmetic. The price sheet knows the gateway; what your own instance costs you look
# up yourself and put in. The data that goes out to the internet costs the same either way.

# %%
from labkit.labs.costs import nat_or_endpoint
from labkit.labs.costs.bill_figures import cost_stack
from labkit.prices import price
from labkit.show.sliders import explore


def nat_or_own(gb_a_month=200, own_usd_a_month=15.0, region=lab.region):
    """Price a NAT gateway beside an instance of your own, whose price you give."""
    costs = nat_or_endpoint.monthly_costs(region, gb_a_month)
    gateway = costs[costs["way"] == nat_or_endpoint.NAT]
    own = {"way": "your own instance", "part": "instance", "usd": own_usd_a_month}
    return cost_stack(pd.concat([gateway, pd.DataFrame([own])]), f"NAT, {gb_a_month} GB a month")


str(price("nat-gateway-hour", lab.region)), str(price("nat-gateway-gb", lab.region))

# %%
explore(nat_or_own, gb_a_month=(0, 2000, 50), own_usd_a_month=(0.0, 100.0, 5.0))

# %% [markdown]
# True, then, for most loads; what the bar of your own instance leaves out is the work: its patches, its
# failover, and its bandwidth.

# %% [markdown]
# ## 4 · Two firewalls
#
# A **security group** belongs to a server and remembers: what it let out, it lets the answer to back in.
# A **network ACL** belongs to a subnet and remembers nothing: answers need a rule of their own.
#
# The next two cells give `private-1` an ACL that somebody wrote to be careful: HTTPS out, HTTPS in.
#
# > **Predict.** Does `private-1` still reach the internet on port 443?

# %%
made = ec2.create_network_acl(VpcId=vpc_id, TagSpecifications=named("network-acl", "careful"))
acl_id = made["NetworkAcl"]["NetworkAclId"]
https = {"From": 443, "To": 443}
for egress in (True, False):
    ec2.create_network_acl_entry(
        NetworkAclId=acl_id,
        RuleNumber=100,
        Protocol="6",
        RuleAction="allow",
        Egress=egress,
        CidrBlock="0.0.0.0/0",
        PortRange=https,
    )

# %%
mine = [{"Name": "association.subnet-id", "Values": [subnets["private-1"]]}]
[default_acl] = ec2.describe_network_acls(Filters=mine)["NetworkAcls"]
[association] = [a for a in default_acl["Associations"] if a["SubnetId"] == subnets["private-1"]]
ec2.replace_network_acl_association(
    NetworkAclId=acl_id, AssociationId=association["NetworkAclAssociationId"]
)
open_acl, careful_acl = network, read_network(ec2, vpc_id)
stuck = reach(careful_acl, app, Internet())
stuck.refused

# %%
draw(careful_acl, [stuck], before=open_acl)

# %% [markdown]
# The call leaves. Its **answer** comes back to the port that the caller chose, somewhere between 1024 and
# 65535. The ACL has no rule for that but the last one of every ACL, 32767, which denies the rest.
# It looks like a time-out, and the security groups look fine. That makes ACLs hard to debug.

# %% [markdown]
# ### Exercise 3 · Let the answers in
#
# Add one entry to `acl_id`, so that answers reach `private-1`. Leave all other inbound ports shut.

# %% exercise="acl-answers"
### BEGIN SOLUTION
ec2.create_network_acl_entry(
    NetworkAclId=acl_id,
    RuleNumber=110,
    Protocol="6",
    RuleAction="allow",
    Egress=False,
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 1024, "To": 65535},
)
### END SOLUTION

# %%
lab.check("acl-answers")


# %% tags=["exercise-definition"]
class AclAnswers(Exercise):
    id = "acl-answers"
    title = "Let the answers in"
    minutes = 4
    hints = (
        "Which way does an answer go, and to which ports? The paragraph above says both.",
        "The call is the one that made the careful ACL, `ec2.create_network_acl_entry`, with another "
        "`RuleNumber`. `Egress=False` means inbound.",
        '`ec2.create_network_acl_entry(NetworkAclId=acl_id, RuleNumber=110, Protocol="6", RuleAction="allow", '
        'Egress=False, CidrBlock="0.0.0.0/0", PortRange={"From": 1024, "To": 65535})`',
    )

    def check(self, lab):
        network = read_run(lab)
        subnet = network.subnet("private-1")
        path = reach(network, Server("private-1"), Internet())
        if not path.reaches:
            raise NotYet("private-1 to reach the internet", path.refused, self.hints[1])
        for entry in subnet.acl:
            opened = {22} if not entry.ports else {*entry.ports} & {*range(1024)} - {443}
            if opened and entry.allows and not entry.outbound:
                raise NotYet(
                    "inbound ports below 1024 to stay shut, but for 443",
                    f"rule {entry.number} opens port {22 if 22 in opened else max(opened)}",
                    "delete_network_acl_entry, then add it with the narrower PortRange",
                )
        return "answers come in, calls to port 22 do not"


# %% wrong="acl-answers" expect="does not let its answers into"
ec2.create_network_acl_entry(
    NetworkAclId=acl_id,
    RuleNumber=110,
    Protocol="6",
    RuleAction="allow",
    Egress=True,
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 1024, "To": 65535},
)

# %% wrong="acl-answers" expect="opens port 1023"
ec2.create_network_acl_entry(
    NetworkAclId=acl_id,
    RuleNumber=110,
    Protocol="6",
    RuleAction="allow",
    Egress=False,
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 443, "To": 65535},
)

# %% wrong="acl-answers" expect="opens port 22"
ec2.create_network_acl_entry(
    NetworkAclId=acl_id,
    RuleNumber=110,
    Protocol="-1",
    RuleAction="allow",
    Egress=False,
    CidrBlock="0.0.0.0/0",
)

# %%
network = read_network(ec2, vpc_id)
draw(network, [reach(network, app, Internet())], before=careful_acl)

# %% [markdown]
# ## Recap
#
# - **The answer.** Tables decide: the subnet's route out, the NAT gateway's route on, the security group
#   (once) and the network ACL (twice, out and in). If one of them says no, the answer does not come back.
# - The first CIDR of a VPC is for life; more can be added, within rules that AWS enforces.
# - A subnet is public because of a **route**, not because of its name; a server there needs a public
#   address as well.
# - A NAT gateway is a way out, not in. It is billed by the hour and by the GB, and a gateway in another
#   zone adds the crossing.

# %% [markdown]
# ## Going further
#
# - The Reachability Analyzer of AWS answers the same question for real instances; it is billed for each
#   analysis.
# - Take the route to the NAT gateway away (`delete_route`) and ask `reach` again.

# %% [markdown]
# ## Clean up
#
# A NAT gateway takes minutes to go on AWS, and its address can be released only after that. Teardown
# waits, and lists what is left: nothing.

# %%
lab.teardown()
