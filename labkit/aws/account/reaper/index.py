"""Takes away what labkit's runs left in this account and Region, once their time is over.

It needs nothing but boto3, which Lambda's Python brings along, so the template holds it as it is.
A run goes when all of its tags say that it is over, and an hour has passed for clocks that differ.
What AWS does not let go of yet the next sweep takes: it may come any number of times.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONSENT = "/labkit/consent"
"""The parameter that says that this account is a sandbox; without it nothing is deleted."""

RUN, OWNER, EXPIRES = "labkit:run", "labkit:owner", "labkit:expires"
"""Tags of everything that a run makes, where AWS takes tags."""

NAME = re.compile(r"lk-[a-z0-9]+-(?P<marker>[0-9a-f]{6}-[0-9a-f]{8})-")
"""Every name that labkit gives; owner and run in it stand for the tags of what takes none."""

SKEW = timedelta(hours=1)
"""How wrong a learner's clock may be, summer time included: nothing goes sooner."""

MOST = 200
"""Resources of one run; the largest lesson makes some forty. Beyond, a person has to look."""

PATIENCE_S = 120.0
"""How long one sweep comes back to what AWS does not let go of yet; the next one is in an hour."""

LONGEST_PAUSE_S = 20.0

SWITCH = "labkit-expiry"
"""Ends the name of the schedule that calls this function for one run, and is its kind here."""

Found = tuple[str, str, dict[str, str] | None]
"""Id, name and tags; None for what takes no tags."""


@dataclass(frozen=True)
class Kind:
    """One kind of resource: how to find all of them, and how to send one's deletion."""

    name: str
    find: Callable[[], Iterable[Found]]
    delete: Callable[[str], Any]


@dataclass(frozen=True)
class Thing:
    """One resource, as AWS shows it now."""

    kind: Kind
    id: str
    name: str
    tags: dict[str, str] | None

    def __str__(self) -> str:
        return f"{self.kind.name} {self.name or self.id}"


def handler(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Sweep, and return what went, what is left, what was kept, and what could not be listed.

    Parameters
    ----------
    event
        ``run``: number of the one run that is meant; all without. ``look``: delete nothing.
    """
    _require_consent()
    report = sweep(event.get("run"), bool(event.get("look")))
    print(json.dumps(report))
    return report


def _require_consent() -> None:
    consent = json.loads(client("ssm").get_parameter(Name=CONSENT)["Parameter"]["Value"])
    if consent.get("labkit") != "sandbox":
        raise PermissionError(f"{CONSENT} does not say that this account is a sandbox for labkit")


def sweep(only: str | None, look: bool) -> dict[str, Any]:
    """Delete what is over, and come back to what does not go at once."""
    deadline, pause = time.monotonic() + PATIENCE_S, 1.0
    sent: set[str] = set()
    while True:
        things, unknown = search()
        over, kept = sort_out(things, only, datetime.now(UTC))
        over = [one for one in over if not (unknown and one.kind.name == SWITCH)]
        refused = {} if look else {str(one): why for one in over if (why := _delete(one))}
        left = {str(one) for one in over}
        if look or not left or time.monotonic() + pause > deadline:
            break
        sent |= left
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
    return {
        "gone": sorted(sent - left),
        "left": {one: refused.get(one, "not gone yet") for one in sorted(left)},
        "kept": kept,
        "unknown": unknown,
    }


def search() -> tuple[list[Thing], list[str]]:
    """Return everything of labkit's in the order in which it can go, and what was not listed."""
    things, unknown = [], []
    for kind in KINDS:
        try:
            things += [Thing(kind, *found) for found in kind.find()]
        except (BotoCoreError, ClientError) as error:
            unknown.append(f"{kind.name}: {error}")
    return things, unknown


def sort_out(
    things: list[Thing], only: str | None, now: datetime
) -> tuple[list[Thing], dict[str, str]]:
    """Return what may go, and for each other run why it stays.

    What bears no tags of a run is the run's if its name says so; a name alone lets nothing go. A
    run's switch stays as long as there is anything else, for which it says when the run is over.
    """
    runs: dict[str, list[Thing]] = defaultdict(list)
    markers: dict[str, str] = {}
    for one in things:
        if one.tags and RUN in one.tags:
            runs[one.tags[RUN]].append(one)
            markers[f"{one.tags.get(OWNER)}-{one.tags[RUN][:8]}"] = one.tags[RUN]
    kept = {run: why for run, its in runs.items() if (why := _not_over(its, now))}
    over = {run for run in runs if run not in kept and only in (None, run)}
    its_run = [(one, run) for one in things if (run := _run_of(one, markers)) in over]
    busy = {run for one, run in its_run if one.kind.name != SWITCH}
    return [one for one, run in its_run if one.kind.name != SWITCH or run not in busy], kept


def _run_of(thing: Thing, markers: dict[str, str]) -> str | None:
    if thing.tags and RUN in thing.tags:
        return thing.tags[RUN]
    named = NAME.search(thing.name)
    return markers.get(named["marker"]) if named else None


def _not_over(things: list[Thing], now: datetime) -> str | None:
    """Say why a run stays; None when each of its tags says that its time is over."""
    texts = {one.tags[EXPIRES] for one in things if one.tags and EXPIRES in one.tags}
    if not texts:
        return "nothing of it says when it expires"
    if len(things) > MOST:
        return f"it has {len(things)} resources, and {MOST} go at most: look at it first"
    for text in sorted(texts):
        try:
            expires = datetime.fromisoformat(text)
            if now < expires + SKEW:
                return f"it expires at {text}"
        except (TypeError, ValueError):
            return f"{EXPIRES}={text} is no time with its zone"
    return None


def _delete(thing: Thing) -> str | None:
    """Send a deletion; return AWS's reason where it refuses."""
    try:
        thing.kind.delete(thing.id)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None


@cache
def client(service: str) -> Any:
    """Return the one client of a service."""
    settings = Config(retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client(service, config=settings)


def pages(service: str, operation: str, items: str, **params: Any) -> Iterator[Any]:
    """Yield the items of a listing, page by page."""
    for page in client(service).get_paginator(operation).paginate(**params).search(items):
        if page is not None:
            yield page


def tag_map(tags: Iterable[dict[str, str]]) -> dict[str, str]:
    """Return a mapping for AWS's ``[{"Key": …, "Value": …}]``, or ``key``…"""
    pairs = ({word.lower(): text for word, text in tag.items()} for tag in tags)
    return {tag["key"]: tag["value"] for tag in pairs}


def tags(service: str, where: str, operation: str, **params: str) -> dict[str, str]:
    """Read the tags of one resource from the key `where` of a service's answer."""
    answer = getattr(client(service), operation)(**params).get(where) or {}
    return answer if isinstance(answer, dict) else tag_map(answer)


def ours(names: Iterable[str]) -> Iterator[str]:
    """Yield the names, ARNs and URLs that hold a name of labkit's."""
    return (name for name in names if NAME.search(name))


def sends(service: str, operation: str, parameter: str, **more: Any) -> Callable[[str], Any]:
    """Return a deletion that takes one call with the id as `parameter`."""
    return lambda one: getattr(client(service), operation)(**{parameter: one}, **more)


def sends_list(service: str, operation: str, parameter: str) -> Callable[[str], Any]:
    """Return a deletion that takes one call with a list of ids."""
    return lambda one: getattr(client(service), operation)(**{parameter: [one]})


# Lambda


def _mappings() -> Iterator[Found]:
    """Find event source mappings, which have no names, by their functions'."""
    for one in pages("lambda", "list_event_source_mappings", "EventSourceMappings[]"):
        if NAME.search(one["FunctionArn"]) and one["State"] != "Deleting":
            arn = one["EventSourceMappingArn"]
            yield one["UUID"], "", tags("lambda", "Tags", "list_tags", Resource=arn)


def _functions() -> Iterator[Found]:
    for arn in ours(pages("lambda", "list_functions", "Functions[].FunctionArn")):
        name = arn.rpartition(":")[2]
        yield name, name, tags("lambda", "Tags", "list_tags", Resource=arn)


def _layers() -> Iterator[Found]:
    """Find layer versions, which take no tags."""
    for name in ours(pages("lambda", "list_layers", "Layers[].LayerName")):
        arns = "LayerVersions[].LayerVersionArn"
        for arn in pages("lambda", "list_layer_versions", arns, LayerName=name):
            yield arn, name, None


def delete_layer(arn: str) -> None:
    """Delete one version of a layer."""
    name, version = arn.split(":")[-2:]
    client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


# API Gateway


def in_api_gateway(listing: str) -> Callable[[], Iterator[Found]]:
    """Find REST APIs, usage plans or API keys, whose listings show their tags."""

    def find() -> Iterator[Found]:
        for one in pages("apigateway", listing, "items[]"):
            yield one["id"], one["name"], one.get("tags", {})

    return find


def delete_rest_api(api: str) -> None:
    """Delete an API, and the log groups that API Gateway made for its stages."""
    group = {"logGroupNamePrefix": f"API-Gateway-Execution-Logs_{api}/"}
    for name in pages("logs", "describe_log_groups", "logGroups[].logGroupName", **group):
        client("logs").delete_log_group(logGroupName=name)
    client("apigateway").delete_rest_api(restApiId=api)


def delete_usage_plan(plan: str) -> None:
    """Take a usage plan from its stages, without which it stays, and delete it."""
    api_gateway = client("apigateway")
    for stage in api_gateway.get_usage_plan(usagePlanId=plan).get("apiStages", []):
        leave = {
            "op": "remove",
            "path": "/apiStages",
            "value": f"{stage['apiId']}:{stage['stage']}",
        }
        api_gateway.update_usage_plan(usagePlanId=plan, patchOperations=[leave])
    api_gateway.delete_usage_plan(usagePlanId=plan)


def _http_apis() -> Iterator[Found]:
    for one in pages("apigatewayv2", "get_apis", "Items[]"):
        yield one["ApiId"], one["Name"], one.get("Tags", {})


# Messages and events


def _queues() -> Iterator[Found]:
    for url in ours(pages("sqs", "list_queues", "QueueUrls[]")):
        yield url, url.rpartition("/")[2], tags("sqs", "Tags", "list_queue_tags", QueueUrl=url)


def _topics() -> Iterator[Found]:
    for arn in ours(pages("sns", "list_topics", "Topics[].TopicArn")):
        its = tags("sns", "Tags", "list_tags_for_resource", ResourceArn=arn)
        yield arn, arn.rpartition(":")[2], its


def buses() -> Iterator[tuple[str, str]]:
    """Yield name and ARN of each event bus (boto3 has no paginator for them)."""
    more: dict[str, str] = {}
    while True:
        answer = client("events").list_event_buses(**more)
        yield from ((bus["Name"], bus["Arn"]) for bus in answer["EventBuses"])
        if "NextToken" not in answer:
            return
        more = {"NextToken": answer["NextToken"]}


def _event_buses() -> Iterator[Found]:
    for name, arn in buses():
        if NAME.search(name):
            its = tags("events", "Tags", "list_tags_for_resource", ResourceARN=arn)
            yield name, name, its


def _rules() -> Iterator[Found]:
    """Find rules on every bus; their id is bus and name."""
    for bus, _ in buses():
        for one in pages("events", "list_rules", "Rules[]", EventBusName=bus):
            if NAME.search(one["Name"]):
                its = tags("events", "Tags", "list_tags_for_resource", ResourceARN=one["Arn"])
                yield f"{bus}|{one['Name']}", one["Name"], its


def delete_rule(where: str) -> None:
    """Take a rule's targets from it, with which it stays, and delete it."""
    bus, name = where.split("|")
    of_rule = {"Rule": name, "EventBusName": bus}
    ids = list(pages("events", "list_targets_by_rule", "Targets[].Id", **of_rule))
    for start in range(0, len(ids), 10):  # RemoveTargets takes ten
        client("events").remove_targets(Ids=ids[start : start + 10], **of_rule)
    client("events").delete_rule(Name=name, EventBusName=bus)


def _schedules() -> Iterator[Found]:
    """Find schedules, which take no tags; their id is group and name."""
    for one in pages("scheduler", "list_schedules", "Schedules[]"):
        if NAME.search(one["Name"]) and not one["Name"].endswith(SWITCH):
            yield f"{one['GroupName']}|{one['Name']}", one["Name"], None


def _switches() -> Iterator[Found]:
    """Find the schedules that call this function for one run: they say which, and when it ends."""
    for one in pages("scheduler", "list_schedules", "Schedules[]", NamePrefix="lk-"):
        if one["Name"].endswith(SWITCH):
            shown = client("scheduler").get_schedule(GroupName=one["GroupName"], Name=one["Name"])
            yield f"{one['GroupName']}|{one['Name']}", one["Name"], told_by(shown)


def told_by(switch: dict[str, Any]) -> dict[str, str] | None:
    """Return what a switch tells of its run, as tags would; None if it is not of labkit's."""
    try:
        _, _, owner, *_ = switch["Name"].split("-")
        fires = datetime.fromisoformat(switch["ScheduleExpression"][len("at(") : -1])
        expires = (fires.replace(tzinfo=UTC) - SKEW).isoformat()
        return {RUN: json.loads(switch["Target"]["Input"])["run"], OWNER: owner, EXPIRES: expires}
    except (KeyError, TypeError, ValueError):
        return None


def delete_schedule(where: str) -> None:
    """Delete a schedule."""
    group, name = where.split("|")
    client("scheduler").delete_schedule(GroupName=group, Name=name)


def _schedule_groups() -> Iterator[Found]:
    for one in pages("scheduler", "list_schedule_groups", "ScheduleGroups[]"):
        if NAME.search(one["Name"]) and one["State"] != "DELETING":
            its = tags("scheduler", "Tags", "list_tags_for_resource", ResourceArn=one["Arn"])
            yield one["Name"], one["Name"], its


def _machines() -> Iterator[Found]:
    for arn in ours(
        pages("stepfunctions", "list_state_machines", "stateMachines[].stateMachineArn")
    ):
        its = tags("stepfunctions", "tags", "list_tags_for_resource", resourceArn=arn)
        yield arn, arn.rpartition(":")[2], its


def delete_machine(arn: str) -> None:
    """Stop a state machine's executions, until whose end AWS keeps it, and delete it."""
    step_functions, running = client("stepfunctions"), {"stateMachineArn": arn}
    machine = step_functions.describe_state_machine(**running)
    if machine["type"] == "STANDARD":
        executions = "executions[].executionArn"
        for one in pages(
            "stepfunctions", "list_executions", executions, statusFilter="RUNNING", **running
        ):
            step_functions.stop_execution(executionArn=one)
    if machine["status"] != "DELETING":
        step_functions.delete_state_machine(**running)


# Data


def _tables() -> Iterator[Found]:
    for name in ours(pages("dynamodb", "list_tables", "TableNames[]")):
        arn = client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
        its = tag_map(pages("dynamodb", "list_tags_of_resource", "Tags[]", ResourceArn=arn))
        yield name, name, its


def delete_table(name: str) -> None:
    """Delete a table, protected or not."""
    dynamodb = client("dynamodb")
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def _buckets() -> Iterator[Found]:
    """Find buckets, by their names."""
    for name in ours(pages("s3", "list_buckets", "Buckets[].Name")):
        yield name, name, None


def delete_bucket(name: str) -> None:
    """Empty a bucket, half uploads and old versions included, and delete it."""
    s3 = client("s3")
    for upload in pages("s3", "list_multipart_uploads", "Uploads[]", Bucket=name):
        s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        objects = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if objects:
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _parameters() -> Iterator[Found]:
    for name in ours(pages("ssm", "describe_parameters", "Parameters[].Name")):
        by = {"ResourceType": "Parameter", "ResourceId": name}
        yield name, name, tags("ssm", "TagList", "list_tags_for_resource", **by)


def _secrets() -> Iterator[Found]:
    for one in pages("secretsmanager", "list_secrets", "SecretList[]"):
        yield one["ARN"], one["Name"], tag_map(one.get("Tags", []))


# Watching


def alarms(of_type: str) -> Callable[[], Iterator[Found]]:
    """Find alarms of one type."""

    def find() -> Iterator[Found]:
        listed = pages("cloudwatch", "describe_alarms", f"{of_type}s[]", AlarmTypes=[of_type])
        for one in listed:
            if NAME.search(one["AlarmName"]):
                of_it = {"ResourceARN": one["AlarmArn"]}
                its = tags("cloudwatch", "Tags", "list_tags_for_resource", **of_it)
                yield one["AlarmName"], one["AlarmName"], its

    return find


def _dashboards() -> Iterator[Found]:
    """Find dashboards, by their names."""
    names = "DashboardEntries[].DashboardName"
    for name in ours(pages("cloudwatch", "list_dashboards", names)):
        yield name, name, None


def _log_groups() -> Iterator[Found]:
    """Find log groups; those that Lambda and RDS make bear no tags."""
    groups = pages("logs", "describe_log_groups", "logGroups[]", logGroupNamePattern="lk-")
    for one in groups:
        if NAME.search(one["logGroupName"]):
            of_it = {"resourceArn": one["arn"].removesuffix(":*")}
            its = tags("logs", "tags", "list_tags_for_resource", **of_it)
            yield one["logGroupName"], one["logGroupName"], its


# Servers and databases


def _fleets() -> Iterator[Found]:
    for one in pages("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]"):
        name = one["AutoScalingGroupName"]
        yield name, name, tag_map(one.get("Tags", []))


def balancing(what: str, listing: str) -> Callable[[], Iterator[Found]]:
    """Find load balancers or target groups."""

    def find() -> Iterator[Found]:
        for one in pages("elbv2", listing, f"{what}s[]"):
            if NAME.search(one[f"{what}Name"]):
                arn = one[f"{what}Arn"]
                [described] = client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
                yield arn, one[f"{what}Name"], tag_map(described["Tags"])

    return find


def in_rds(name: str, noun: str, by: str, delete: Callable[[str], Any] | None = None) -> Kind:
    """Return a kind of RDS's, which it knows by `by`, its name."""
    items = "DBProxies" if noun == "DBProxy" else f"{noun}s"
    word = re.sub(r"(?<=[a-zB])(?=[A-Z][a-z])", "_", items).lower()

    def find() -> Iterator[Found]:
        for one in pages("rds", f"describe_{word}", f"{items}[]"):
            going = "deleting" in (one.get("DBInstanceStatus"), one.get("Status"))
            if NAME.search(one[by]) and not going:
                of_it = {"ResourceName": one[f"{noun}Arn"]}
                its = tags("rds", "TagList", "list_tags_for_resource", **of_it)
                yield one[by], one[by], its

    one = "db_proxy" if noun == "DBProxy" else word[:-1]
    return Kind(name, find, delete or sends("rds", f"delete_{one}", by))


def delete_database(name: str) -> None:
    """Delete a database without a last snapshot, protected or not."""
    rds, by = client("rds"), {"DBInstanceIdentifier": name}
    if rds.describe_db_instances(**by)["DBInstances"][0].get("DeletionProtection"):
        rds.modify_db_instance(**by, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(**by, SkipFinalSnapshot=True)


def delete_cluster(name: str) -> None:
    """Delete a database cluster without a last snapshot, protected or not."""
    rds, by = client("rds"), {"DBClusterIdentifier": name}
    if rds.describe_db_clusters(**by)["DBClusters"][0].get("DeletionProtection"):
        rds.modify_db_cluster(**by, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_cluster(**by, SkipFinalSnapshot=True)


# Networks


def in_ec2(
    name: str,
    noun: str,
    key: str = "",
    delete: Callable[[str], Any] | None = None,
    filters: str = "Filters",
    where: str = "Tags",
) -> Kind:
    """Return a kind of EC2's, which lists by tag: a ``Subnet`` with ``describe_subnets``.

    Parameters
    ----------
    name
        As people read it.
    noun, key
        EC2's words for it and for its id.
    delete
        How it is deleted, if not by one call with its id.
    filters, where
        The listing's parameter for filters, and where an item has its tags.
    """
    key, word = key or f"{noun}Id", re.sub(r"(?<!^)(?=[A-Z])", "_", noun).lower()
    items = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    listing = f"describe_{word}es" if noun.endswith("s") else f"describe_{word}s"

    def find() -> Iterator[Found]:
        by = {filters: [{"Name": "tag-key", "Values": [RUN]}]}
        if client("ec2").can_paginate(listing):
            found = pages("ec2", listing, f"{items}[]", **by)
        else:
            found = iter(getattr(client("ec2"), listing)(**by)[items])
        for one in found:
            if one.get("State") not in ("deleted", "deleting"):
                yield one[key], "", tag_map(one.get(where, []))

    return Kind(name, find, delete or sends("ec2", f"delete_{word}", key))


def delete_interface(interface: str) -> None:
    """Detach a network interface, and delete it."""
    ec2 = client("ec2")
    [shown] = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    attachment = shown.get("Attachment", {})
    if attachment.get("Status") in ("attached", "attaching"):
        ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"], Force=True)
    ec2.delete_network_interface(NetworkInterfaceId=interface)


def delete_security_group(group: str) -> None:
    """Take a security group's rules, in which two groups may name each other, and delete it."""
    ec2 = client("ec2")
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    if shown["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=shown["IpPermissions"])
    ec2.delete_security_group(GroupId=group)


def delete_network_acl(acl: str) -> None:
    """Give a network ACL's subnets back to the VPC's own, and delete it."""
    ec2 = client("ec2")
    [shown] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    own = [{"Name": "vpc-id", "Values": [shown["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
    [default] = ec2.describe_network_acls(Filters=own)["NetworkAcls"]
    for one in shown["Associations"]:
        ec2.replace_network_acl_association(
            AssociationId=one["NetworkAclAssociationId"], NetworkAclId=default["NetworkAclId"]
        )
    ec2.delete_network_acl(NetworkAclId=acl)


def delete_route_table(table: str) -> None:
    """Take a route table from its subnets, and delete it."""
    ec2 = client("ec2")
    [shown] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    for one in shown.get("Associations", []):
        if not one.get("Main"):
            ec2.disassociate_route_table(AssociationId=one["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table)


def delete_internet_gateway(gateway: str) -> None:
    """Detach an internet gateway, and delete it."""
    ec2, by = client("ec2"), {"InternetGatewayId": gateway}
    [shown] = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    for one in shown.get("Attachments", []):
        ec2.detach_internet_gateway(**by, VpcId=one["VpcId"])
    ec2.delete_internet_gateway(**by)


# Stacks and identities


def _stacks() -> Iterator[Found]:
    """Find stacks; CloudFormation takes away what is in them."""
    for one in pages("cloudformation", "describe_stacks", "Stacks[]"):
        going = one["StackStatus"] in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
        if NAME.search(one["StackName"]) and not going:
            yield one["StackName"], one["StackName"], tag_map(one.get("Tags", []))


def delete_stack(name: str) -> None:
    """Delete a stack, protected or not."""
    cloudformation = client("cloudformation")
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=name)


def _roles() -> Iterator[Found]:
    for name in ours(pages("iam", "list_roles", "Roles[].RoleName")):
        yield name, name, tags("iam", "Tags", "list_role_tags", RoleName=name)


def delete_role(name: str) -> None:
    """Take a role's policies from it, with which it stays, and delete it."""
    iam, role = client("iam"), {"RoleName": name}
    for policy in list(pages("iam", "list_role_policies", "PolicyNames[]", **role)):
        iam.delete_role_policy(PolicyName=policy, **role)
    attached = "AttachedPolicies[].PolicyArn"
    for arn in list(pages("iam", "list_attached_role_policies", attached, **role)):
        iam.detach_role_policy(PolicyArn=arn, **role)
    iam.delete_role(**role)


def _policies() -> Iterator[Found]:
    for arn in ours(pages("iam", "list_policies", "Policies[].Arn", Scope="Local")):
        its = tags("iam", "Tags", "list_policy_tags", PolicyArn=arn)
        yield arn, arn.rpartition("/")[2], its


def delete_policy(arn: str) -> None:
    """Delete a managed policy with its versions."""
    versions = pages("iam", "list_policy_versions", "Versions[]", PolicyArn=arn)
    for one in list(versions):
        if not one["IsDefaultVersion"]:
            client("iam").delete_policy_version(PolicyArn=arn, VersionId=one["VersionId"])
    client("iam").delete_policy(PolicyArn=arn)


KINDS = (
    # What makes others goes first.
    Kind("event source mapping", _mappings, sends("lambda", "delete_event_source_mapping", "UUID")),
    Kind("rule", _rules, delete_rule),
    Kind("schedule", _schedules, delete_schedule),
    Kind("state machine", _machines, delete_machine),
    Kind(
        "Auto Scaling group",
        _fleets,
        sends("autoscaling", "delete_auto_scaling_group", "AutoScalingGroupName", ForceDelete=True),
    ),
    Kind("stack", _stacks, delete_stack),
    Kind("function", _functions, sends("lambda", "delete_function", "FunctionName")),
    Kind("layer version", _layers, delete_layer),
    Kind("usage plan", in_api_gateway("get_usage_plans"), delete_usage_plan),
    Kind("REST API", in_api_gateway("get_rest_apis"), delete_rest_api),
    Kind(
        "API key", in_api_gateway("get_api_keys"), sends("apigateway", "delete_api_key", "apiKey")
    ),
    Kind("HTTP API", _http_apis, sends("apigatewayv2", "delete_api", "ApiId")),
    Kind("schedule group", _schedule_groups, sends("scheduler", "delete_schedule_group", "Name")),
    Kind("event bus", _event_buses, sends("events", "delete_event_bus", "Name")),
    Kind("queue", _queues, sends("sqs", "delete_queue", "QueueUrl")),
    Kind("topic", _topics, sends("sns", "delete_topic", "TopicArn")),
    Kind("table", _tables, delete_table),
    Kind("bucket", _buckets, delete_bucket),
    Kind("parameter", _parameters, sends("ssm", "delete_parameter", "Name")),
    Kind(
        "composite alarm",
        alarms("CompositeAlarm"),
        sends_list("cloudwatch", "delete_alarms", "AlarmNames"),
    ),
    Kind("alarm", alarms("MetricAlarm"), sends_list("cloudwatch", "delete_alarms", "AlarmNames")),
    Kind("dashboard", _dashboards, sends_list("cloudwatch", "delete_dashboards", "DashboardNames")),
    # What keeps network interfaces goes before the network.
    Kind(
        "load balancer",
        balancing("LoadBalancer", "describe_load_balancers"),
        sends("elbv2", "delete_load_balancer", "LoadBalancerArn"),
    ),
    Kind(
        "target group",
        balancing("TargetGroup", "describe_target_groups"),
        sends("elbv2", "delete_target_group", "TargetGroupArn"),
    ),
    in_rds("DB proxy", "DBProxy", "DBProxyName"),
    in_rds("DB instance", "DBInstance", "DBInstanceIdentifier", delete_database),
    in_rds("DB cluster", "DBCluster", "DBClusterIdentifier", delete_cluster),
    in_rds("DB subnet group", "DBSubnetGroup", "DBSubnetGroupName"),
    Kind(
        "secret",
        _secrets,
        sends("secretsmanager", "delete_secret", "SecretId", ForceDeleteWithoutRecovery=True),
    ),
    in_ec2(
        "VPC endpoint",
        "VpcEndpoint",
        delete=sends_list("ec2", "delete_vpc_endpoints", "VpcEndpointIds"),
    ),
    in_ec2("NAT gateway", "NatGateway", filters="Filter"),
    in_ec2("network interface", "NetworkInterface", delete=delete_interface, where="TagSet"),
    in_ec2(
        "Elastic IP", "Address", "AllocationId", sends("ec2", "release_address", "AllocationId")
    ),
    in_ec2("launch template", "LaunchTemplate"),
    in_ec2("security group", "SecurityGroup", "GroupId", delete_security_group),
    in_ec2("network ACL", "NetworkAcl", delete=delete_network_acl),
    in_ec2("subnet", "Subnet"),
    in_ec2("route table", "RouteTable", delete=delete_route_table),
    in_ec2("internet gateway", "InternetGateway", delete=delete_internet_gateway),
    in_ec2("VPC", "Vpc"),
    # What others need until their end goes last.
    Kind("role", _roles, delete_role),
    Kind("policy", _policies, delete_policy),
    Kind("log group", _log_groups, sends("logs", "delete_log_group", "logGroupName")),
    Kind(SWITCH, _switches, delete_schedule),
)
"""Every kind, in the order in which one sweep sends deletions."""
