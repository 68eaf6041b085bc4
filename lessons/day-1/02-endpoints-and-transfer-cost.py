# ---
# labkit:
#   lesson: "02"
#   slug: endpoints-and-transfer-cost
#   title: "Endpoints, and what a GB costs on its way"
#   minutes: 25
#   day: 1
#   block: Core services
#   question: "Traffic to AWS services leaves your VPC. When does an endpoint save money, and how much?"
#   goals:
#     - take S3 traffic off the NAT gateway with a gateway endpoint, and read what it changed
#     - reach CloudWatch Logs by an interface endpoint, with the names and firewalls that it takes
#     - find the break-even points of NAT, endpoints and PrivateLink
#     - "extra: say who pays for traffic to a SaaS provider and between Availability Zones"
#   creates:
#     - 1 VPC with 4 subnets, 1 NAT gateway and 1 Elastic IP
#     - 1 gateway endpoint, 1 interface endpoint, 1 security group
#     - "extra: 2 load balancers"
#   cost: >-
#     In an account of your own the NAT gateway, its address, the interface endpoint and the two load
#     balancers are billed by the hour: well under one US dollar for this lesson, if you tear it down.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: as `make smoke` runs it; this lesson has nothing to shorten

# %%
from labkit import Lab

lab = Lab("endpoints-and-transfer-cost", target=target, region=region)
ec2 = lab.client("ec2")
lab

# %% [markdown]
# Two zones, each with a public and a private subnet, and one NAT gateway: what lesson 01 built by hand.
# `two_zone_vpc` is ordinary boto3; read it with `two_zone_vpc??`.

# %%
from labkit.labs.network import (
    Internet,
    Server,
    Service,
    draw,
    named,
    reach,
    reach_table,
    read_network,
    two_zone_vpc,
)

vpc = two_zone_vpc(ec2)
start = read_network(ec2, vpc.vpc_id)

# %% [markdown] tags=["instructor-notes"]
# - Ask for a show of hands at "always use endpoints" before section 3, and again after it. Most say
#   yes both times; the second time they mean gateway endpoints.
# - The free third line of the first table (public subnet, internet gateway, S3) is what people argue
#   about. Let them: it is in AWS's own overview of transfer costs.
# - `PrivateDnsEnabled` is where real projects lose an afternoon: the endpoint is there, is paid for, and
#   nothing goes through it. The second wrong answer of exercise 2 shows exactly that.
# - Bring a bill of your own with a `DataTransfer-Regional-Bytes` line, if you may show one.
# - Who is late: `lab.solve` up to exercise 3; section 3 needs no resources at all.

# %% [markdown]
# ## 1 · A gateway endpoint
#
# > **The claim.** *To reach S3 from a private subnet you needed a NAT gateway, which costs and is a
# > risk. A gateway endpoint is free.*
#
# > **Predict.** S3 has public addresses. What does a GB from `private-1` to S3 cost now?

# %%
from labkit.show.tables import table

app, app2 = Server("private-1"), Server("private-2")
web = Server("public-1", public_ip=True)


def ways(network, sources, destinations, caption):
    """Show which way each connection takes, and what a GB costs on it."""
    frame = reach_table(network, sources, destinations)
    usd = frame["usd_per_gb"].map("${:.3f}".format, na_action="ignore")
    return table(frame.assign(usd_per_gb=usd), caption)


ways(start, [app, app2, web], [Service("s3")], "To S3, without an endpoint")

# %%
draw(start, [reach(start, app2, Service("s3"))])

# %% [markdown]
# For a private subnet the claim is right: every GB is billed by the NAT gateway, and from the other zone
# for the crossing as well. (Twice: AWS bills what crosses zones at both ends. Its price page names
# network interfaces, and a NAT gateway is reached at one.) But look at the third line: a server with a
# public address in a *public* subnet reaches S3 of its own Region through the internet gateway, and that
# transfer is **free** already. An endpoint saves nothing there.

# %% [markdown]
# ### Exercise 1 · S3 without the NAT gateway
#
# Create a **gateway endpoint** for S3 (`com.amazonaws.<region>.s3`; your Region is `lab.region`) in the
# VPC `vpc.vpc_id`. It has to serve both private subnets: an endpoint of this type works through route
# tables, and theirs is `vpc.private_table`.

# %% exercise="s3-endpoint"
### BEGIN SOLUTION
made = ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{lab.region}.s3",
    RouteTableIds=[vpc.private_table],
    TagSpecifications=named("vpc-endpoint", "s3"),
)
### END SOLUTION

# %%
lab.check("s3-endpoint")

# %% tags=["exercise-definition"]
from functools import partial
from ipaddress import IPv4Network

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.costs import bill, cross_az, nat_or_endpoint
from labkit.labs.network import Server, Service, reach, read_run


class S3Endpoint(Exercise):
    id = "s3-endpoint"
    title = "S3 without the NAT gateway"
    minutes = 4
    hints = (
        "It is one call of the EC2 API: `ec2.create_vpc_endpoint?` shows its parameters.",
        "It takes `VpcId`, `VpcEndpointType`, `ServiceName` and `RouteTableIds` (a list).",
        '`ec2.create_vpc_endpoint(VpcId=vpc.vpc_id, VpcEndpointType="Gateway", '
        'ServiceName=f"com.amazonaws.{lab.region}.s3", RouteTableIds=[vpc.private_table])`',
    )

    def check(self, lab):
        network = read_run(lab)
        filters = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
        made = lab.client("ec2").describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        types = {one["VpcEndpointType"] for one in made if one["ServiceName"].endswith(".s3")}
        if not types:
            raise NotYet("an endpoint for S3", "none", self.hints[0])
        if "Gateway" not in types:
            raise NotYet(
                "a gateway endpoint, which is free", "an interface endpoint", self.hints[1]
            )
        for name in ("private-1", "private-2"):
            path = reach(network, Server(name), Service("s3"))
            if path.way != "gateway endpoint":
                raise NotYet(
                    f"{name} to reach S3 by the gateway endpoint",
                    path.refused or path.way,
                    "modify_vpc_endpoint(VpcEndpointId=…, AddRouteTableIds=[vpc.private_table])",
                )
        return "a GB to S3 costs nothing now"


# %% wrong="s3-endpoint" expect="by the gateway endpoint"
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{lab.region}.s3",
)

# %% wrong="s3-endpoint" expect="an interface endpoint"
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.s3",
    SubnetIds=[vpc.subnets["private-1"]],
)

# %%
with_s3 = read_network(ec2, vpc.vpc_id)
draw(with_s3, [reach(with_s3, app, Service("s3"))], before=start)

# %%
ways(with_s3, [app, app2, web], [Service("s3"), Internet()], "With a gateway endpoint for S3")

# %% [markdown]
# What changed is one **route**: to the *prefix list* of S3, the list of its public address ranges, which
# AWS keeps up to date. It is more specific than the default route, so S3 traffic leaves the NAT gateway
# alone. S3's addresses stay public; the way to them does not touch the internet.

# %%
routes = ec2.describe_route_tables(RouteTableIds=[vpc.private_table])["RouteTables"][0]["Routes"]
[(r.get("DestinationPrefixListId") or r["DestinationCidrBlock"], r["State"]) for r in routes]

# %% [markdown]
# A gateway endpoint exists for **S3 and DynamoDB only** (S3 Express One Zone has one of its own), of the
# **same Region**, and works from **inside the VPC only**: not from on-premises, nor over VPN or peering.
# All of that is as the bootcamp said. AWS refuses the rest:

# %%
from botocore.exceptions import ClientError

for service in (f"com.amazonaws.{lab.region}.logs", "com.amazonaws.eu-west-1.s3"):
    try:
        ec2.create_vpc_endpoint(VpcId=vpc.vpc_id, VpcEndpointType="Gateway", ServiceName=service)
    except ClientError as error:
        print(service, "→", error.response["Error"]["Code"], error.response["Error"]["Message"])

# %% [markdown]
# ## 2 · An interface endpoint
#
# > **The claim.** *For other services (API Gateway, CloudWatch …) there is the interface endpoint. It is
# > PrivateLink, and costs; it has private addresses, and can be reached from on-premises.*
#
# True. (*PrivateLink* is AWS's name for reaching a service at an address of your own VPC.) The endpoint
# consists of network interfaces with *private* addresses in your subnets. So it can be reached over VPN or
# Direct Connect; it has a security group; and it costs by the hour and by the GB. (For API Gateway the
# service is `execute-api`, and what you reach by it are *private* REST APIs.)

# %% [markdown]
# ### Exercise 2 · Logs without the NAT gateway
#
# Create an interface endpoint for `com.amazonaws.<region>.logs` in both private subnets
# (`vpc.subnets["private-1"]` and `["private-2"]`), with the security group that the next cell makes
# (`group_id`). `PrivateDnsEnabled=True` lets the service's ordinary name mean the endpoint, so that no
# code changes. And mind the group: a new one lets nobody in, and the whole VPC has to reach port **443**.
# `https` is the skeleton of a rule: fill it in.

# %%
made = ec2.create_security_group(
    GroupName=lab.name("endpoints"), Description="who may call endpoints", VpcId=vpc.vpc_id
)
group_id = made["GroupId"]
https = {"IpProtocol": "tcp", "FromPort": ..., "ToPort": ..., "IpRanges": [{"CidrIp": ...}]}

# %% exercise="logs-endpoint"
### BEGIN SOLUTION
https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
https["IpRanges"] = [{"CidrIp": "10.20.0.0/16"}]
ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https])
made = ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.logs",
    SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    SecurityGroupIds=[group_id],
    PrivateDnsEnabled=True,
    TagSpecifications=named("vpc-endpoint", "logs"),
)
### END SOLUTION

# %%
lab.check("logs-endpoint")


# %% tags=["exercise-definition"]
class LogsEndpoint(Exercise):
    id = "logs-endpoint"
    title = "Logs without the NAT gateway"
    minutes = 5
    hints = (
        "Two calls: one opens the security group, one creates the endpoint.",
        "`ec2.authorize_security_group_ingress(GroupId=…, IpPermissions=[https])`; then "
        "`ec2.create_vpc_endpoint` with `SubnetIds`, `SecurityGroupIds` and `PrivateDnsEnabled`.",
        '`VpcEndpointType="Interface"`, `ServiceName=f"com.amazonaws.{lab.region}.logs"`, '
        '`SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]]`, `SecurityGroupIds=[group_id]`. '
        'A permission is `{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": '
        '"10.20.0.0/16"}]}`.',
    )

    def check(self, lab):
        self.wait(
            lambda: any(one.service == "logs" for one in read_run(lab).endpoints),
            seconds=120,
            what="an endpoint for logs that is available",
            next_step=self.hints[0],
        )
        network = read_run(lab)
        for name in ("private-1", "private-2"):
            path = reach(network, Server(name), Service("logs"))
            if not path.reaches:
                raise NotYet(f"{name} to reach logs", path.refused, self.hints[1])
            if path.way != "interface endpoint":
                raise NotYet(
                    f"{name} to reach logs by the endpoint",
                    path.way,
                    "modify_vpc_endpoint(VpcEndpointId=…, PrivateDnsEnabled=True)",
                )
        self.expect_narrow(lab, network)
        zones = {network.subnet(s).zone for e in network.endpoints for s in e.subnet_ids}
        if len(zones) < 2:
            raise NotYet("an interface in both zones", f"only in {zones.pop()}", "add its subnet")

    def expect_narrow(self, lab, network):
        """Let the group of the endpoint open port 443 to the VPC, and nothing else."""
        ec2 = lab.client("ec2")
        here = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
        endpoints = ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]
        groups = [one["GroupId"] for e in endpoints for one in e.get("Groups", [])]
        found = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"] if groups else []
        for group in found:
            for opened in group["IpPermissions"]:
                ports = (opened.get("FromPort"), opened.get("ToPort"))
                if opened["IpProtocol"] != "tcp" or ports != (443, 443):
                    what = f"{opened['IpProtocol']} {ports[0]}–{ports[1]}"
                    found = "everything" if opened["IpProtocol"] == "-1" else what
                    raise NotYet("port 443 opened, and no other", found, self.hints[-1])
                for one in opened.get("IpRanges", []):
                    if not any(IPv4Network(one["CidrIp"]).subnet_of(c) for c in network.cidrs):
                        raise NotYet(
                            "port 443 for this VPC only",
                            f"{one['CidrIp']} may reach it",
                            "revoke_security_group_ingress(…), then give the VPC's own range",
                        )


# %% wrong="logs-endpoint" expect="lets port 443 in from"
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.logs",
    SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    SecurityGroupIds=[group_id],
    PrivateDnsEnabled=True,
)

# %% wrong="logs-endpoint" expect="port 443 for this VPC only"
https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
https["IpRanges"] = [{"CidrIp": "0.0.0.0/0"}]
ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https])
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.logs",
    SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    SecurityGroupIds=[group_id],
    PrivateDnsEnabled=True,
)

# %% wrong="logs-endpoint" expect="found: everything"
ec2.authorize_security_group_ingress(
    GroupId=group_id,
    IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.20.0.0/16"}]}],
)
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.logs",
    SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    SecurityGroupIds=[group_id],
    PrivateDnsEnabled=True,
)

# %% wrong="logs-endpoint" expect="by the endpoint"
https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
https["IpRanges"] = [{"CidrIp": "10.20.0.0/16"}]
ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https])
ec2.create_vpc_endpoint(
    VpcId=vpc.vpc_id,
    VpcEndpointType="Interface",
    ServiceName=f"com.amazonaws.{lab.region}.logs",
    SubnetIds=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    SecurityGroupIds=[group_id],
    PrivateDnsEnabled=False,
)

# %%
with_both = read_network(ec2, vpc.vpc_id)
draw(with_both, [reach(with_both, s, Service("logs")) for s in (app, app2)], before=with_s3)

# %%
filters = [{"Name": "vpc-id", "Values": [vpc.vpc_id]}]
interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
[(one["PrivateIpAddress"], one["AvailabilityZone"], one["InterfaceType"]) for one in interfaces]

# %% [markdown] tags=["extra"]
# ### Other Regions
#
# > **The claim.** *An interface endpoint can also reach services in other Regions.*

# %%
elsewhere = next(one for one in ("us-east-1", "us-west-2") if one != lab.region)
for service in ("logs", "execute-api"):
    try:
        ec2.create_vpc_endpoint(
            VpcId=vpc.vpc_id,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{elsewhere}.{service}",
            ServiceRegion=elsewhere,
            SubnetIds=[vpc.subnets["private-1"]],
        )
    except ClientError as error:
        print(service, "→", error.response["Error"]["Code"], error.response["Error"]["Message"])

# %% [markdown]
# When that was said, in June 2024, it was **wrong**: an endpoint reached the services of its own Region,
# and callers in other Regions could come to it only over peering or a transit gateway. Since then it has
# become partly true. Providers' own services can be shared across Regions since 26 November 2024; of
# AWS's services nine can since November 2025 (S3, IAM, ECR, KMS, ECS, Lambda, Data Firehose, Managed Flink, Route 53),
# with `ServiceRegion=…` and a permission of its own, `vpce:AllowMultiRegion`. API Gateway and CloudWatch,
# the two that were named as examples, are **not** among them.

# %% [markdown]
# ## 3 · What a GB saves
#
# > **The claim.** *Always use endpoints.*
#
# A gateway endpoint: always, it is free. An interface endpoint has a price per hour and zone, whatever
# it carries. The NAT gateway usually stays, because something still needs the internet.

# %%
from functools import partial

import numpy as np

from labkit.labs.costs import bill, cross_az, private_link
from labkit.labs.costs.bill_figures import break_even, cost_stack
from labkit.labs.costs.nat_or_endpoint import INTERFACE, NAT, monthly_costs
from labkit.show.sliders import explore


def nat_against_endpoints(region=lab.region, services=1, zones=2, keep_nat=True):
    """Draw a month of NAT against interface and gateway endpoints, over the GB."""
    month = partial(monthly_costs, region, services=services, zones=zones, keep_nat=keep_nat)
    gb = bill.break_even_gb(month, INTERFACE, instead_of=NAT)
    curve = bill.curve(month, np.linspace(0, max(2.2 * gb, 1000), 60))
    return break_even(curve, gb, f"To AWS services, {region}")


# %%
regions = ["ap-northeast-2", "us-east-1"]
explore(nat_against_endpoints, region=regions, services=(1, 10, 1), zones=(1, 3, 1))

# %% [markdown]
# > **Predict.** In us-east-1, with **three** zones, and the NAT gateway staying: from how many GB a month
# > does one interface endpoint pay?

# %% [markdown]
# ### Exercise 3 · The break-even
#
# Compute it from the price sheet: what the endpoint costs a month before the first GB, divided by what
# each GB saves. A month has 730 hours. Put the GB into `break_even_gb`.

# %%
from labkit.prices import HOURS_A_MONTH, Unit, price

sheet_hour = price("interface-endpoint-hour", "us-east-1").each(Unit.AZ_HOUR)
sheet_gb = price("interface-endpoint-gb", "us-east-1").each(Unit.GB)
nat_gb = price("nat-gateway-gb", "us-east-1").each(Unit.GB)
sheet_hour, sheet_gb, nat_gb

# %% exercise="break-even"
### BEGIN SOLUTION
break_even_gb = 3 * HOURS_A_MONTH * sheet_hour / (nat_gb - sheet_gb)
### END SOLUTION

# %%
lab.check("break-even", answer=break_even_gb)


# %% tags=["exercise-definition"]
class BreakEven(Exercise):
    id = "break-even"
    title = "The break-even"
    minutes = 4
    hints = (
        "Fixed cost a month, over what one GB saves. Which of the three prices is fixed?",
        "Each GB that no longer goes through the NAT gateway saves `nat_gb`, and costs `sheet_gb`.",
        "`sheet_hour` is per zone and hour: `3 * HOURS_A_MONTH * sheet_hour`, over `nat_gb - sheet_gb`.",
    )

    def check(self, lab):
        month = partial(nat_or_endpoint.monthly_costs, "us-east-1", zones=3)
        ways = nat_or_endpoint.INTERFACE, nat_or_endpoint.NAT
        right = bill.break_even_gb(month, *ways)
        if not isinstance(self.answer, int | float):
            raise NotYet("a number of GB", repr(self.answer), self.hints[0])
        if abs(self.answer / right - 1) > 0.02:
            one_zone = abs(self.answer / right * 3 - 1) < 0.02
            found = f"{self.answer:,.0f} GB" + (" (one zone only)" if one_zone else "")
            raise NotYet("the GB at which both months cost the same", found, self.hints[-1])
        return f"{right:,.0f} GB a month, for each service"


# %% wrong="break-even" expect="one zone only"
break_even_gb = HOURS_A_MONTH * sheet_hour / (nat_gb - sheet_gb)

# %% wrong="break-even" expect="a number of GB"
break_even_gb = "about 3,000"

# %% wrong="break-even" expect="both months cost the same"
break_even_gb = 3 * HOURS_A_MONTH * sheet_hour / nat_gb

# %% [markdown]
# Below that you pay for privacy, which may well be worth it; above that the endpoint saves money too.
# "Always" holds for gateway endpoints only.
#
# > **The claim.** *Outbound is always charged. Uploading to S3 is free, downloading is charged.*
#
# Too broad. Within a Region, data between S3 and a server is free in both directions. So is data between two
# servers in one zone, by private addresses. The first 100 GB a month to the internet are free, and so is what
# goes to CloudFront. What an upload does pay for is its *request*, a `PUT`.

# %%
import pandas as pd

items = ("internet-in-gb", "internet-out-gb", "cross-az-gb", "region-to-us-gb", "s3-put-request")
rows = [(item, *(str(price(item, region)) for region in regions)) for item in items]
table(pd.DataFrame(rows, columns=["item", *regions]), "From the price sheet")

# %% [markdown]
# (`labkit prices` in a terminal prints the whole sheet; with `--sources`, where each price was read.)

# %% [markdown] tags=["extra"]
# ## 4 · A SaaS provider in the US
#
# > **The claim.** *Make a VPC in the US, peer it, and send to the provider by PrivateLink from there:
# > about 30 % less.*
#
# *Peering* lets two VPCs, here in two Regions, reach each other's private addresses.


# %%
def saas(gb_a_month=1000, zones=2):
    """Price a month from Seoul to a provider in us-east-1, each way."""
    costs = private_link.monthly_costs("ap-northeast-2", gb_a_month, zones=zones)
    return cost_stack(costs, f"Seoul to us-east-1, {gb_a_month:,} GB a month")


explore(saas, gb_a_month=(50, 5000, 50), zones=(1, 3, 1))

# %%
month, peered = partial(private_link.monthly_costs, "ap-northeast-2"), private_link.PEERING
rows = [
    (
        instead_of,
        f"{bill.saving_per_gb(month, peered, instead_of):.1%}",
        f"{bill.break_even_gb(month, peered, instead_of):,.0f} GB a month",
    )
    for instead_of in (private_link.INTERNET, private_link.NAT_AND_INTERNET)
]
table(pd.DataFrame(rows, columns=["instead of", "saved per GB", "pays from"]), "The peered VPC")

# %%
curve = bill.curve(month, np.linspace(0, 1000, 40))
crossing_gb = bill.break_even_gb(month, peered, private_link.INTERNET)
break_even(curve, crossing_gb, "Seoul to us-east-1")

# %% [markdown]
# The 30 % can be reproduced: per GB, from Seoul, out of a public subnet. It leaves out two things: the
# endpoint's hours, so below the break-even you pay *more*; and the NAT gateway, from behind which you save
# half. And since November 2024 the peered VPC is unnecessary where the provider has enabled your Region:
# ask them. AWS then bills the ordinary endpoint, and transfer between the Regions on top.

# %% [markdown] tags=["extra"]
# ## 5 · Between the zones
#
# > **The claim.** *Behind an ALB there is hardly any traffic between zones. With EKS and microservices
# > there is. An ALB costs nothing across zones, an NLB does; it is off by default there.*
#
# An ALB (Application Load Balancer) hands out HTTP requests, an NLB (Network Load Balancer) connections;
# EKS is AWS's managed Kubernetes. The last part you can read from the API. (Both load balancers are
# internal ones, in the private subnets.)

# %%
elbv2 = lab.client("elbv2")
KEY = "load_balancing.cross_zone.enabled"
balancers = {}
for kind in ("application", "network"):
    balancers[kind] = elbv2.create_load_balancer(
        Name=lab.name(kind[:3]),
        Type=kind,
        Scheme="internal",
        Subnets=[vpc.subnets["private-1"], vpc.subnets["private-2"]],
    )["LoadBalancers"][0]["LoadBalancerArn"]

# %%
for kind, arn in balancers.items():
    attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    print(kind, [one["Value"] for one in attributes if one["Key"] == KEY])

# %%
for kind, value in (("application", "false"), ("network", "true")):
    wanted = [{"Key": KEY, "Value": value}]
    try:
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancers[kind], Attributes=wanted)
        print(kind, "→", value)
    except ClientError as error:
        print(kind, "→", error.response["Error"]["Message"])

# %% [markdown]
# True: an ALB balances across zones and cannot be told otherwise (only a target group can, for itself),
# and AWS does not bill that hop. An NLB stays in its zone until you switch it on, and then transfer is
# billed.
#
# The first part misleads. Free is the hop *from the ALB to the application*. The hops behind it, from
# the application to its cache, its database and its services, are not.


# %%
def crossing(clients_gb=3000, calls_gb=9000, zones=3, kept_in_zone=0.0):
    """Price a month of traffic between zones, by where it arises."""
    costs = cross_az.monthly_costs(
        lab.region, clients_gb, calls_gb, zones=zones, kept_in_zone=kept_in_zone
    )
    return cost_stack(
        costs.assign(part="across zones"), f"A month between {zones} zones, {lab.region}"
    )


explore(
    crossing,
    clients_gb=(0, 20000, 500),
    calls_gb=(0, 50000, 1000),
    zones=(2, 3, 1),
    kept_in_zone=(0.0, 1.0, 0.05),
)

# %% [markdown]
# ### Exercise 4 · Keep it in the zone
#
# Services in three zones call each other at random: 9,000 GB a month. How many US dollars a month do you
# **save** if zone-aware routing (in Kubernetes, `trafficDistribution: PreferSameZone`) keeps 80 % of the
# traffic in its zone? Work it out from `crossing_usd`, the price of a GB at each end, and try your answer
# on the slider above. Put the amount into `saved_usd`.

# %%
crossing_usd = price("cross-az-gb", lab.region).each(Unit.GB)
crossing_usd

# %% exercise="keep-in-zone"
### BEGIN SOLUTION
crosses_gb = 9000 * 2 / 3  # two of three calls leave their zone
saved_usd = crosses_gb * 0.8 * 2 * crossing_usd  # billed at both ends
### END SOLUTION

# %%
lab.check("keep-in-zone", answer=saved_usd)


# %% tags=["exercise-definition"]
class KeepInZone(Exercise):
    id = "keep-in-zone"
    title = "Keep it in the zone"
    hints = (
        "How many of the 9,000 GB cross at all, if the zone of each answer is drawn at random?",
        "A GB that crosses is billed at both ends. Of those that cross, 80 % no longer do.",
        "`9000 * 2 / 3 * 0.8 * 2 * crossing_usd`",
    )

    def check(self, lab):
        before, after = (
            cross_az.monthly_costs(lab.region, 0, 9000, zones=3, kept_in_zone=kept).set_index(
                "way"
            )["usd"][cross_az.SERVICES]
            for kept in (0.0, 0.8)
        )
        if not isinstance(self.answer, int | float):
            raise NotYet("an amount of USD", repr(self.answer), self.hints[0])
        if abs(self.answer - (before - after)) > 0.5:
            left = abs(self.answer - after) < 0.5
            found = f"${self.answer:,.2f}" + (", which is what is still paid" if left else "")
            raise NotYet("the difference of the two months", found, self.hints[1])
        return f"${before:,.2f} without, ${after:,.2f} with"


# %% wrong="keep-in-zone" expect="still paid"
costs = cross_az.monthly_costs(lab.region, 0, 9000, zones=3, kept_in_zone=0.8)
saved_usd = costs.set_index("way")["usd"][cross_az.SERVICES]

# %% wrong="keep-in-zone" expect="the difference of the two months"
saved_usd = 9000 * 0.8 * crossing_usd

# %% [markdown]
# ## Recap
#
# - **The answer.** A gateway endpoint saves the NAT gateway's price for every GB to S3 and DynamoDB, at no
#   cost. An interface endpoint saves money only above its break-even: some hundred GB a month, for each
#   service.
# - A **gateway endpoint** is a route, free, for S3 and DynamoDB of the same Region: always use it.
# - An **interface endpoint** is an address in your subnet, with a firewall, a name, and a price per hour:
#   use it where the GB or the privacy pay for it.
# - "Outbound always costs" is true of *some* paths. Find the path, then the price.

# %% [markdown]
# ## Going further
#
# - Peering, transit gateways and Direct Connect have prices of their own: put them beside these.
# - Real bills show it under `DataTransfer-Regional-Bytes`: look for it in yours.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()
