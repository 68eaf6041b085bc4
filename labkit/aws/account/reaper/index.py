"""Takes away what labkit's runs left here, once their time is over; needs only boto3.

Built by `labkit build` out of labkit/resources/reaper/sweeping.py and labkit/resources/kinds/:
change those.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
import json
import re
import time
from types import MappingProxyType
from typing import Any, cast

# aws.consent

CONSENT = '/labkit/consent'

'Name of the SSM parameter; its value is JSON, as ``account/template.yaml`` writes it.'

SANDBOX = 'sandbox'

# resources.errors

def code_of(error):
    """Return the code of AWS's answer, or the error's own name where AWS gave none."""
    answer = getattr(error, 'response', None)
    if isinstance(answer, dict):
        return str(answer.get('Error', {}).get('Code', ''))
    return type(error).__name__

# resources.kind

@dataclass(frozen=True)
class Found:
    """A resource as AWS shows it now.

    Attributes
    ----------
    id, name
        As in the journal.
    tags
        Its tags; None for a kind that cannot carry any.
    """
    id: str
    name: str
    tags: Mapping[str, str] | None

def each(value, *operations):
    """Return a mapping from each operation to `value`."""
    return MappingProxyType(dict.fromkeys(operations, value))

class Kind(ABC):
    """One kind of resource: subclass it in a file of ``kinds``, and everything else follows.

    A subclass says what creates it and its parts, how to read, list, quiet, delete and put it back,
    and how AWS bills it. Journal, tags, teardown, inventory, reaper and costs are generic.
    """
    deletes = each('')
    after = ()

    @abstractmethod
    def read(self, get_client, resource_id):
        """Return it with its tags; raise AWS's error when it is missing."""

    @abstractmethod
    def candidates(self, get_client, marker):
        """Return the ids of all whose name, or owner's name, holds `marker`."""

    @abstractmethod
    def delete(self, get_client, resource_id):
        """Send its deletion, having first taken away what AWS wants gone before."""

    def quiesce(self, get_client, resource_id):
        """Stop it from making other resources; most kinds make none."""

    def identify(self, given):
        """Return the id in whichever form the API takes it (an ARN for a name, say)."""
        return given

    def alongside(self, get_client, resource_id):
        """Return kind and name of what AWS made alongside, for when no journal knows it."""
        return ()

    def goes_last(self, name):
        """Tell whether one of this name has to stay until everything else of its run is gone."""
        return False

    def look(self, get_client, resource_id):
        """Return it, or None when AWS says that there is no such thing."""
        from botocore.exceptions import ClientError
        try:
            return self.read(get_client, resource_id)
        except ClientError as error:
            if error.response['Error']['Code'] in self.missing:
                return None
            raise

    def find(self, get_client, marker):
        """Yield every one that `candidates` names and that is still there."""
        for resource_id in self.candidates(get_client, marker):
            found = self.look(get_client, resource_id)
            if found is not None:
                yield found

def pages(client, operation, items, **params):
    """Yield the items of a paginated listing.

    Parameters
    ----------
    client
        A boto3 client.
    operation
        The method, such as ``list_roles``.
    items
        JMESPath of the items in a page.
    """
    for page in client.get_paginator(operation).paginate(**params).search(items):
        if page is not None:
            yield page

def tag_map(tags):
    """Return a mapping for the ``[{"Key": …, "Value": …}]`` of many services, or ``key``…"""
    pairs = ({word.lower(): text for word, text in tag.items()} for tag in tags)
    return {tag['key']: tag['value'] for tag in pairs}

def no_such(resource_id):
    """Make the error that a listing stands for which does not hold what was asked for.

    Its code is ``labkit.NotFound``.
    """
    from botocore.exceptions import ClientError
    error = {'Code': 'labkit.NotFound', 'Message': f'there is no {resource_id}'}
    return cast(Exception, ClientError({'Error': error}, 'Describe'))

def not_now(reason):
    """Make the error that stands for a state in which AWS would refuse a deletion.

    Its code is ``labkit.Busy``.
    """
    from botocore.exceptions import ClientError
    error = {'Code': 'labkit.Busy', 'Message': reason}
    return cast(Exception, ClientError({'Error': error}, 'Delete'))

# resources.run

RUN_TAG = 'labkit:run'

OWNER_TAG = 'labkit:owner'

EXPIRES_TAG = 'labkit:expires'

# resources.kinds.apigateway

APIGATEWAY_MISSING = frozenset(['NotFoundException'])

EXECUTION_LOGS = 'API-Gateway-Execution-Logs_'

"How the log group begins that API Gateway makes for a stage; API's id and stage follow."

class RestApi(Kind):
    """A REST API with its resources, methods, integrations, deployments and stages."""
    name = 'REST API'
    service = 'apigateway'
    deletes = each('restApiId', 'DeleteRestApi')
    after = ('usage plan',)
    missing = APIGATEWAY_MISSING

    def read(self, get_client, resource_id):
        api = get_client('apigateway').get_rest_api(restApiId=resource_id)
        return Found(resource_id, api['name'], api.get('tags', {}))

    def candidates(self, get_client, marker):
        return _ids(get_client, 'get_rest_apis', marker)

    def delete(self, get_client, resource_id):
        get_client('apigateway').delete_rest_api(restApiId=resource_id)

    def alongside(self, get_client, resource_id):
        names = 'logGroups[].logGroupName'
        own = {'logGroupNamePrefix': f'{EXECUTION_LOGS}{resource_id}/'}
        for name in pages(get_client('logs'), 'describe_log_groups', names, **own):
            yield ('log group', name)

class UsagePlan(Kind):
    """A usage plan with the stages and keys it joins."""
    name = 'usage plan'
    service = 'apigateway'
    deletes = each('usagePlanId', 'DeleteUsagePlan')
    missing = APIGATEWAY_MISSING

    def read(self, get_client, resource_id):
        plan = get_client('apigateway').get_usage_plan(usagePlanId=resource_id)
        return Found(resource_id, plan['name'], plan.get('tags', {}))

    def candidates(self, get_client, marker):
        return _ids(get_client, 'get_usage_plans', marker)

    def delete(self, get_client, resource_id):
        client, plan = (get_client('apigateway'), {'usagePlanId': resource_id})
        stages = client.get_usage_plan(**plan).get('apiStages', [])
        leave = [{'op': 'remove', 'path': '/apiStages', 'value': f"{one['apiId']}:{one['stage']}"} for one in stages]
        if leave:
            client.update_usage_plan(patchOperations=leave, **plan)
        client.delete_usage_plan(**plan)

class ApiKey(Kind):
    """An API key."""
    name = 'API key'
    service = 'apigateway'
    deletes = each('apiKey', 'DeleteApiKey')
    after = ('usage plan',)
    missing = APIGATEWAY_MISSING

    def read(self, get_client, resource_id):
        key = get_client('apigateway').get_api_key(apiKey=resource_id)
        return Found(resource_id, key['name'], key.get('tags', {}))

    def candidates(self, get_client, marker):
        return _ids(get_client, 'get_api_keys', marker)

    def delete(self, get_client, resource_id):
        get_client('apigateway').delete_api_key(apiKey=resource_id)

def _ids(get_client, listing, marker):
    listed: Iterable[dict[str, Any]] = pages(get_client('apigateway'), listing, 'items[]')
    return (one['id'] for one in listed if marker in one['name'])

# resources.kinds.apigatewayv2

class HttpApi(Kind):
    """An HTTP or WebSocket API with its routes, integrations and stages."""
    name = 'HTTP API'
    service = 'apigatewayv2'
    deletes = each('ApiId', 'DeleteApi')
    missing = frozenset(['NotFoundException'])

    def read(self, get_client, resource_id):
        api = get_client('apigatewayv2').get_api(ApiId=resource_id)
        return Found(resource_id, api['Name'], api.get('Tags', {}))

    def candidates(self, get_client, marker):
        listed: Iterable[dict[str, Any]] = pages(get_client('apigatewayv2'), 'get_apis', 'Items[]')
        return (api['ApiId'] for api in listed if marker in api['Name'])

    def delete(self, get_client, resource_id):
        get_client('apigatewayv2').delete_api(ApiId=resource_id)

# resources.kinds.autoscaling

AUTOSCALING_BY = 'AutoScalingGroupName'

class AutoScalingGroup(Kind):
    """A group with its instances, warm pool, lifecycle hooks and policies."""
    name = 'Auto Scaling group'
    service = 'autoscaling'
    deletes = each(AUTOSCALING_BY, 'DeleteAutoScalingGroup')
    missing = frozenset(['labkit.NotFound'])

    def read(self, get_client, resource_id):
        client = get_client('autoscaling')
        groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[resource_id])
        for group in groups['AutoScalingGroups']:
            return Found(resource_id, resource_id, tag_map(group.get('Tags', [])))
        raise no_such(resource_id)

    def candidates(self, get_client, marker):
        names = pages(get_client('autoscaling'), 'describe_auto_scaling_groups', f'AutoScalingGroups[].{AUTOSCALING_BY}')
        return (name for name in names if marker in name)

    def quiesce(self, get_client, resource_id):
        get_client('autoscaling').update_auto_scaling_group(AutoScalingGroupName=resource_id, MinSize=0, DesiredCapacity=0)

    def delete(self, get_client, resource_id):
        get_client('autoscaling').delete_auto_scaling_group(AutoScalingGroupName=resource_id, ForceDelete=True)

# resources.kinds.awslambda

AWSLAMBDA_MISSING = frozenset(['ResourceNotFoundException'])

FUNCTION = re.compile('(?:(?:arn:[^:]+:lambda:[^:]+:)?\\d{12}:function:)?([^:]+)(?::.+)?')

'How the API takes a function: by name, partial ARN or ARN, with or without a qualifier.'

class Function(Kind):
    """A function with its versions, aliases, permissions, URLs and concurrency settings."""
    name = 'Lambda function'
    service = 'lambda'
    after = ('Lambda event source mapping',)
    missing = AWSLAMBDA_MISSING

    def read(self, get_client, resource_id):
        answer = get_client('lambda').get_function(FunctionName=resource_id)
        return Found(resource_id, resource_id, answer.get('Tags', {}))

    def candidates(self, get_client, marker):
        names = pages(get_client('lambda'), 'list_functions', 'Functions[].FunctionName')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('lambda').delete_function(FunctionName=resource_id)

    def identify(self, given):
        match = FUNCTION.fullmatch(given)
        return match[1] if match else given

    def alongside(self, get_client, resource_id):
        yield ('log group', f'/aws/lambda/{resource_id}')

class EventSourceMapping(Kind):
    """A trigger: it outlives its function, and goes on polling until it is disabled."""
    name = 'Lambda event source mapping'
    service = 'lambda'
    deletes = each('UUID', 'DeleteEventSourceMapping')
    missing = AWSLAMBDA_MISSING

    def read(self, get_client, resource_id):
        client = get_client('lambda')
        mapping = client.get_event_source_mapping(UUID=resource_id)
        tags = client.list_tags(Resource=mapping['EventSourceMappingArn'])['Tags']
        return Found(resource_id, '', tags)

    def candidates(self, get_client, marker):
        listed: Iterable[dict[str, Any]] = pages(get_client('lambda'), 'list_event_source_mappings', 'EventSourceMappings[]')
        return (one['UUID'] for one in listed if marker in one['FunctionArn'])

    def quiesce(self, get_client, resource_id):
        get_client('lambda').update_event_source_mapping(UUID=resource_id, Enabled=False)

    def delete(self, get_client, resource_id):
        client = get_client('lambda')
        if client.get_event_source_mapping(UUID=resource_id)['State'] != 'Deleting':
            client.delete_event_source_mapping(UUID=resource_id)

class LayerVersion(Kind):
    """One version of a layer; it cannot carry tags, so its name alone says whose it is."""
    name = 'Lambda layer version'
    service = 'lambda'
    after = ('Lambda function',)
    missing = AWSLAMBDA_MISSING

    def read(self, get_client, resource_id):
        name, version = self._split(resource_id)
        get_client('lambda').get_layer_version(LayerName=name, VersionNumber=version)
        return Found(resource_id, name, tags=None)

    def candidates(self, get_client, marker):
        client = get_client('lambda')
        for name in pages(client, 'list_layers', 'Layers[].LayerName'):
            if marker in name:
                arns = 'LayerVersions[].LayerVersionArn'
                yield from pages(client, 'list_layer_versions', arns, LayerName=name)

    def delete(self, get_client, resource_id):
        name, version = self._split(resource_id)
        get_client('lambda').delete_layer_version(LayerName=name, VersionNumber=version)

    def identify(self, given):
        return given.rpartition(':layer:')[2].partition(':')[0]

    @staticmethod
    def _split(arn):
        *_, name, version = arn.split(':')
        return (name, int(version))

# resources.kinds.cloudformation

GONE = 'DELETE_COMPLETE'

CLOUDFORMATION_UNDER_WAY = 'DELETE_IN_PROGRESS'

UPDATING = 'UPDATE_IN_PROGRESS'

class Stack(Kind):
    """A stack; CloudFormation makes what is in it, and takes it away with the stack."""
    name = 'CloudFormation stack'
    service = 'cloudformation'
    deletes = each('StackName', 'DeleteStack')
    missing = frozenset(['labkit.NotFound'])

    def read(self, get_client, resource_id):
        from botocore.exceptions import ClientError
        try:
            described = get_client('cloudformation').describe_stacks(StackName=resource_id)
        except ClientError as error:
            if 'does not exist' in error.response['Error']['Message']:
                raise no_such(resource_id) from error
            raise
        for stack in described['Stacks']:
            if stack['StackStatus'] != GONE:
                return Found(stack['StackId'], stack['StackName'], tag_map(stack.get('Tags', [])))
        raise no_such(resource_id)

    def candidates(self, get_client, marker):
        stacks = pages(get_client('cloudformation'), 'describe_stacks', 'Stacks[]')
        return (stack['StackId'] for stack in stacks if marker in stack['StackName'])

    def quiesce(self, get_client, resource_id):
        """Have an update that is under way rolled back, with the deployment that it waits for."""
        client = get_client('cloudformation')
        [stack] = client.describe_stacks(StackName=resource_id)['Stacks']
        if stack['StackStatus'] == UPDATING:
            client.cancel_update_stack(StackName=resource_id)

    def delete(self, get_client, resource_id):
        client = get_client('cloudformation')
        [stack] = client.describe_stacks(StackName=resource_id)['Stacks']
        status = stack['StackStatus']
        if status == CLOUDFORMATION_UNDER_WAY:
            return
        if status.startswith('UPDATE_') and status.endswith('_IN_PROGRESS'):
            self.quiesce(get_client, resource_id)
            raise not_now(f'the stack is in the state {status}')
        if stack.get('EnableTerminationProtection'):
            client.update_termination_protection(StackName=resource_id, EnableTerminationProtection=False)
        client.delete_stack(StackName=resource_id)

    def identify(self, given):
        return given.partition(':stack/')[2].partition('/')[0] or given

# resources.kinds.cloudwatch

CLOUDWATCH_MISSING = frozenset(['ResourceNotFound', 'ResourceNotFoundException', 'labkit.NotFound'])

class _Alarm(Kind):
    """What both types of alarm have in common."""
    service = 'cloudwatch'
    missing = CLOUDWATCH_MISSING

    def read(self, get_client, resource_id):
        client, of = (get_client('cloudwatch'), f'{self.alarm_type}s')
        for alarm in client.describe_alarms(AlarmNames=[resource_id], AlarmTypes=[self.alarm_type]).get(of, []):
            tags = client.list_tags_for_resource(ResourceARN=alarm['AlarmArn'])['Tags']
            return Found(resource_id, resource_id, tag_map(tags))
        raise no_such(resource_id)

    def candidates(self, get_client, marker):
        names = pages(get_client('cloudwatch'), 'describe_alarms', f'{self.alarm_type}s[].AlarmName', AlarmTypes=[self.alarm_type])
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('cloudwatch').delete_alarms(AlarmNames=[resource_id])

class Alarm(_Alarm):
    """A metric alarm."""
    name = 'CloudWatch alarm'
    alarm_type = 'MetricAlarm'
    after = ('composite alarm',)

class CompositeAlarm(_Alarm):
    """An alarm over other alarms, which AWS keeps as long as this one names them."""
    name = 'composite alarm'
    alarm_type = 'CompositeAlarm'

class Dashboard(Kind):
    """A dashboard; its name alone says whose it is."""
    name = 'CloudWatch dashboard'
    service = 'cloudwatch'
    missing = CLOUDWATCH_MISSING

    def read(self, get_client, resource_id):
        get_client('cloudwatch').get_dashboard(DashboardName=resource_id)
        return Found(resource_id, resource_id, tags=None)

    def candidates(self, get_client, marker):
        names = pages(get_client('cloudwatch'), 'list_dashboards', 'DashboardEntries[].DashboardName')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('cloudwatch').delete_dashboards(DashboardNames=[resource_id])

# resources.kinds.codebuild

LOGS = '/aws/codebuild/'

'Begins the name of the log group that the builds of a project make (CodeBuild guide).'

class Project(Kind):
    """A project with its builds; their log group is one of its own."""
    name = 'CodeBuild project'
    service = 'codebuild'
    deletes = each('name', 'DeleteProject')
    missing = frozenset(['labkit.NotFound'])

    def read(self, get_client, resource_id):
        found = get_client('codebuild').batch_get_projects(names=[resource_id])
        for project in found['projects']:
            return Found(resource_id, resource_id, tag_map(project.get('tags', [])))
        raise no_such(resource_id)

    def candidates(self, get_client, marker):
        names = pages(get_client('codebuild'), 'list_projects', 'projects[]')
        return (name for name in names if marker in name)

    def alongside(self, get_client, resource_id):
        return (('log group', LOGS + resource_id),)

    def quiesce(self, get_client, resource_id):
        """Stop builds that are under way."""
        client = get_client('codebuild')
        ids = client.list_builds_for_project(projectName=resource_id)['ids']
        for build in client.batch_get_builds(ids=ids)['builds'] if ids else []:
            if not build['buildComplete']:
                client.stop_build(id=build['id'])

    def delete(self, get_client, resource_id):
        get_client('codebuild').delete_project(name=resource_id)

# resources.kinds.codepipeline

class Pipeline(Kind):
    """A pipeline; what it has made of a source is in a bucket, which is one of its own."""
    name = 'pipeline'
    service = 'codepipeline'
    deletes = each('name', 'DeletePipeline')
    missing = frozenset(['PipelineNotFoundException'])

    def read(self, get_client, resource_id):
        client = get_client('codepipeline')
        arn = client.get_pipeline(name=resource_id)['metadata']['pipelineArn']
        tags = client.list_tags_for_resource(resourceArn=arn)['tags']
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client, marker):
        names = pages(get_client('codepipeline'), 'list_pipelines', 'pipelines[].name')
        return (name for name in names if marker in name)

    def quiesce(self, get_client, resource_id):
        """Stop executions that are under way, without waiting for their actions."""
        client = get_client('codepipeline')
        executions = pages(client, 'list_pipeline_executions', 'pipelineExecutionSummaries[]', pipelineName=resource_id)
        for one in list(executions):
            if one['status'] == 'InProgress':
                client.stop_pipeline_execution(pipelineName=resource_id, pipelineExecutionId=one['pipelineExecutionId'], abandon=True)

    def delete(self, get_client, resource_id):
        get_client('codepipeline').delete_pipeline(name=resource_id)

# resources.kinds.dynamodb

DYNAMODB_BY = 'TableName'

NOT_SAID = 'AccessDeniedException'

'What AWS answers when it is asked for the tags of a table that is no more.'

class Table(Kind):
    """A table with its items, indexes and stream."""
    name = 'DynamoDB table'
    service = 'dynamodb'
    deletes = each(DYNAMODB_BY, 'DeleteTable')
    after = ('Lambda event source mapping',)
    missing = frozenset(['ResourceNotFoundException'])

    def read(self, get_client, resource_id):
        from botocore.exceptions import ClientError
        client = get_client('dynamodb')
        arn = client.describe_table(TableName=resource_id)['Table']['TableArn']
        try:
            tags = [*pages(client, 'list_tags_of_resource', 'Tags[]', ResourceArn=arn)]
        except ClientError as error:
            if code_of(error) == NOT_SAID:
                client.describe_table(TableName=resource_id)
            raise
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client, marker):
        names = pages(get_client('dynamodb'), 'list_tables', 'TableNames[]')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        client = get_client('dynamodb')
        table = client.describe_table(TableName=resource_id)['Table']
        if table['TableStatus'] == 'DELETING':
            return
        if table.get('DeletionProtectionEnabled'):
            client.update_table(TableName=resource_id, DeletionProtectionEnabled=False)
        client.delete_table(TableName=resource_id)

    def identify(self, given):
        return given.rpartition('/')[2]

# resources.kinds.elbv2

class _Balancing(Kind):
    """What load balancers and target groups have in common: an ARN, and tags read by it."""
    service = 'elbv2'

    def read(self, get_client, resource_id):
        client = get_client('elbv2')
        getattr(client, self.listing)(**{self.arns: [resource_id]})
        described = client.describe_tags(ResourceArns=[resource_id])
        tags = tag_map(described['TagDescriptions'][0]['Tags'])
        return Found(resource_id, resource_id.split('/')[-2], tags)

class LoadBalancer(_Balancing):
    """A load balancer with its listeners and their rules; AWS bills it by the hour."""
    name = 'load balancer'
    listing, arns = ('describe_load_balancers', 'LoadBalancerArns')
    deletes = each('LoadBalancerArn', 'DeleteLoadBalancer')
    missing = frozenset(['LoadBalancerNotFound'])

    def candidates(self, get_client, marker):
        return _arns(get_client, 'describe_load_balancers', 'LoadBalancer', marker)

    def delete(self, get_client, resource_id):
        get_client('elbv2').delete_load_balancer(LoadBalancerArn=resource_id)

class TargetGroup(_Balancing):
    """A target group with its registrations."""
    name = 'target group'
    listing, arns = ('describe_target_groups', 'TargetGroupArns')
    deletes = each('TargetGroupArn', 'DeleteTargetGroup')
    after = ('load balancer', 'Auto Scaling group')
    missing = frozenset(['TargetGroupNotFound'])

    def candidates(self, get_client, marker):
        return _arns(get_client, 'describe_target_groups', 'TargetGroup', marker)

    def delete(self, get_client, resource_id):
        get_client('elbv2').delete_target_group(TargetGroupArn=resource_id)

def _arns(get_client, listing, what, marker):
    listed: Iterable[dict[str, Any]] = pages(get_client('elbv2'), listing, f'{what}s[]')
    return (one[f'{what}Arn'] for one in listed if marker in one[f'{what}Name'])

# resources.kinds.events

EVENTS_MISSING = frozenset(['ResourceNotFoundException'])

DEFAULT_BUS = 'default'

REMOVED_AT_A_TIME = 10

'Targets in one RemoveTargets (as many as PutTargets takes, EventBridge API reference).'

class EventBus(Kind):
    """A custom event bus."""
    name = 'EventBridge event bus'
    service = 'events'
    deletes = each('Name', 'DeleteEventBus')
    after = ('EventBridge rule',)
    missing = EVENTS_MISSING

    def read(self, get_client, resource_id):
        client = get_client('events')
        bus = client.describe_event_bus(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceARN=bus['Arn'])['Tags']
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client, marker):
        return (name for name in buses(get_client('events')) if marker in name)

    def delete(self, get_client, resource_id):
        get_client('events').delete_event_bus(Name=resource_id)

    def identify(self, given):
        return given.rpartition('/')[2]

class Rule(Kind):
    """A rule with its targets, on the default bus or on another one."""
    name = 'EventBridge rule'
    service = 'events'
    deletes = each('Name', 'DeleteRule')
    missing = EVENTS_MISSING

    def read(self, get_client, resource_id):
        client = get_client('events')
        client.describe_rule(**self._where(resource_id))
        tags = client.list_tags_for_resource(ResourceARN=resource_id)['Tags']
        return Found(resource_id, self.identify(resource_id), tag_map(tags))

    def candidates(self, get_client, marker):
        client = get_client('events')
        for bus in list(buses(client)):
            for rule in pages(client, 'list_rules', 'Rules[]', EventBusName=bus):
                if marker in rule['Name']:
                    yield rule['Arn']

    def quiesce(self, get_client, resource_id):
        get_client('events').disable_rule(**self._where(resource_id))

    def delete(self, get_client, resource_id):
        client, where = (get_client('events'), self._where(resource_id))
        by_rule = {'Rule': where['Name'], 'EventBusName': where['EventBusName']}
        ids = list(pages(client, 'list_targets_by_rule', 'Targets[].Id', **by_rule))
        for start in range(0, len(ids), REMOVED_AT_A_TIME):
            some = ids[start:start + REMOVED_AT_A_TIME]
            client.remove_targets(Ids=some, **by_rule)
        client.delete_rule(**where)

    def identify(self, given):
        return given.rpartition('/')[2]

    @staticmethod
    def _where(arn):
        """Return name and bus of ``arn:…:rule/name`` or ``arn:…:rule/bus/name``."""
        *bus, name = arn.partition(':rule/')[2].split('/')
        return {'Name': name, 'EventBusName': bus[0] if bus else DEFAULT_BUS}

def buses(client):
    """Yield the names of all event buses (botocore has no paginator for them)."""
    token: dict[str, str] = {}
    while True:
        answer = client.list_event_buses(**token)
        yield from (bus['Name'] for bus in answer['EventBuses'])
        if not answer.get('NextToken'):
            return
        token = {'NextToken': answer['NextToken']}

# resources.kinds.logs

class LogGroup(Kind):
    """A log group with its streams; Lambda makes a function's own, untagged, at its first line."""
    name = 'log group'
    service = 'logs'
    deletes = each('logGroupName', 'DeleteLogGroup')
    after = ('Lambda function', 'REST API', 'DB proxy', 'DB instance', 'DB cluster')
    missing = frozenset(['ResourceNotFoundException'])

    def read(self, get_client, resource_id):
        client = get_client('logs')
        group = self._describe(client, resource_id)
        arn = group['arn'].removesuffix(':*')
        return Found(resource_id, resource_id, client.list_tags_for_resource(resourceArn=arn)['tags'])

    @staticmethod
    def _describe(client, name):
        for group in pages(client, 'describe_log_groups', 'logGroups[]', logGroupNamePrefix=name):
            if group['logGroupName'] == name:
                return group
        answer = {'Error': {'Code': 'ResourceNotFoundException', 'Message': f'no log group {name}'}}
        raise client.exceptions.ResourceNotFoundException(answer, 'DescribeLogGroups')

    def candidates(self, get_client, marker):
        names = pages(get_client('logs'), 'describe_log_groups', 'logGroups[].logGroupName', logGroupNamePattern=marker)
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('logs').delete_log_group(logGroupName=resource_id)

    def identify(self, given):
        return given.rpartition(':log-group:')[2].removesuffix(':*')

# resources.kinds.rds

DELETING = 'deleting'

EXPORTED = 'EnabledCloudwatchLogsExports'

class _Database(Kind):
    """What all kinds of RDS have in common: RDS calls them by their name, in small letters."""
    service = 'rds'

    def read(self, get_client, resource_id):
        client, item = (get_client('rds'), self.one(get_client, resource_id))
        tags = client.list_tags_for_resource(ResourceName=item[self.arn])['TagList']
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client, marker):
        names: Iterator[str] = pages(get_client('rds'), self.listing, f'{self.items}[].{self.by}')
        return (name for name in names if marker in name)

    def one(self, get_client, resource_id):
        """Return what the listing says of this one."""
        answer = getattr(get_client('rds'), self.listing)(**{self.by: resource_id})
        item: Mapping[str, Any] = answer[self.items][0]
        return item

    def identify(self, given):
        return given.lower()

class DbSubnetGroup(_Database):
    """A list of subnets for databases."""
    name = 'DB subnet group'
    by = 'DBSubnetGroupName'
    deletes = each(by, 'DeleteDBSubnetGroup')
    after = ('DB cluster', 'DB instance')
    missing = frozenset(['DBSubnetGroupNotFoundFault'])
    items, listing, arn = ('DBSubnetGroups', 'describe_db_subnet_groups', 'DBSubnetGroupArn')

    def delete(self, get_client, resource_id):
        get_client('rds').delete_db_subnet_group(DBSubnetGroupName=resource_id)

class DbInstance(_Database):
    """A database, alone or in a cluster; it goes without a last snapshot."""
    name = 'DB instance'
    by = 'DBInstanceIdentifier'
    deletes = each(by, 'DeleteDBInstance')
    after = ('DB proxy',)
    missing = frozenset(['DBInstanceNotFound', 'DBInstanceNotFoundFault'])
    items, listing, arn = ('DBInstances', 'describe_db_instances', 'DBInstanceArn')

    def delete(self, get_client, resource_id):
        client, instance = (get_client('rds'), {self.by: resource_id})
        shown = self.one(get_client, resource_id)
        if shown['DBInstanceStatus'] == DELETING:
            return
        if shown.get('DeletionProtection'):
            client.modify_db_instance(**instance, DeletionProtection=False, ApplyImmediately=True)
        client.delete_db_instance(**instance, SkipFinalSnapshot=True)

    def alongside(self, get_client, resource_id):
        shown = self.one(get_client, resource_id)
        return _logs('instance', resource_id, shown.get(EXPORTED))

class DbCluster(_Database):
    """A cluster; its instances go before it, and it goes without a last snapshot."""
    name = 'DB cluster'
    by = 'DBClusterIdentifier'
    deletes = each(by, 'DeleteDBCluster')
    after = ('DB instance', 'DB proxy')
    missing = frozenset(['DBClusterNotFoundFault'])
    items, listing, arn = ('DBClusters', 'describe_db_clusters', 'DBClusterArn')

    def delete(self, get_client, resource_id):
        client, cluster = (get_client('rds'), {self.by: resource_id})
        shown = self.one(get_client, resource_id)
        if shown['Status'] == DELETING:
            return
        if shown.get('DeletionProtection'):
            client.modify_db_cluster(**cluster, DeletionProtection=False, ApplyImmediately=True)
        client.delete_db_cluster(**cluster, SkipFinalSnapshot=True)

    def alongside(self, get_client, resource_id):
        shown = self.one(get_client, resource_id)
        return _logs('cluster', resource_id, shown.get(EXPORTED))

class DbProxy(_Database):
    """A proxy with its targets; RDS makes a log group for it."""
    name = 'DB proxy'
    by = 'DBProxyName'
    deletes = each(by, 'DeleteDBProxy')
    missing = frozenset(['DBProxyNotFoundFault'])
    items, listing, arn = ('DBProxies', 'describe_db_proxies', 'DBProxyArn')

    def delete(self, get_client, resource_id):
        if self.one(get_client, resource_id)['Status'] != DELETING:
            get_client('rds').delete_db_proxy(DBProxyName=resource_id)

    def alongside(self, get_client, resource_id):
        yield ('log group', f'/aws/rds/proxy/{resource_id}')

def _logs(what, name, exported):
    """Yield the log groups that stay when a database goes which exported its logs."""
    for log in exported or ():
        yield ('log group', f'/aws/rds/{what}/{name.lower()}/{log}')

# resources.kinds.s3

A_CALL = 1000

'Objects that one DeleteObjects takes (Amazon S3 API reference).'

class Bucket(Kind):
    """A bucket with its objects, their versions and every setting; its name says whose it is."""
    name = 'S3 bucket'
    service = 's3'
    deletes = each('Bucket', 'DeleteBucket')
    missing = frozenset(['404', 'NoSuchBucket'])

    def read(self, get_client, resource_id):
        get_client('s3').head_bucket(Bucket=resource_id)
        return Found(resource_id, resource_id, tags=None)

    def candidates(self, get_client, marker):
        names = pages(get_client('s3'), 'list_buckets', 'Buckets[].Name')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        s3, bucket = (get_client('s3'), {'Bucket': resource_id})
        for upload in list(pages(s3, 'list_multipart_uploads', 'Uploads[]', **bucket)):
            s3.abort_multipart_upload(Key=upload['Key'], UploadId=upload['UploadId'], **bucket)
        versions = _versions(s3, resource_id)
        while (some := list(islice(versions, A_CALL))):
            s3.delete_objects(Delete={'Objects': some, 'Quiet': True}, **bucket)
        s3.delete_bucket(**bucket)

def _versions(s3, bucket):
    """Yield key and version of everything in a bucket, delete markers included."""
    for page in s3.get_paginator('list_object_versions').paginate(Bucket=bucket):
        for version in (*page.get('Versions', []), *page.get('DeleteMarkers', [])):
            yield {'Key': version['Key'], 'VersionId': version['VersionId']}

# resources.kinds.scheduler

SCHEDULER_MISSING = frozenset(['ResourceNotFoundException'])

EXPIRY = 'labkit-expiry'

'What a run calls the schedule that has it taken away when its time is over.'

class ScheduleGroup(Kind):
    """A schedule group."""
    name = 'schedule group'
    service = 'scheduler'
    deletes = each('Name', 'DeleteScheduleGroup')
    after = ('schedule',)
    missing = SCHEDULER_MISSING

    def read(self, get_client, resource_id):
        client = get_client('scheduler')
        group = client.get_schedule_group(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceArn=group['Arn'])['Tags']
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client, marker):
        names = pages(get_client('scheduler'), 'list_schedule_groups', 'ScheduleGroups[].Name')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        client = get_client('scheduler')
        if client.get_schedule_group(Name=resource_id)['State'] != 'DELETING':
            client.delete_schedule_group(Name=resource_id)

class Schedule(Kind):
    """A schedule; it cannot carry tags, so its name alone says whose it is."""
    name = 'schedule'
    service = 'scheduler'
    deletes = each('Name', 'DeleteSchedule')
    missing = SCHEDULER_MISSING

    def read(self, get_client, resource_id):
        where = self._where(resource_id)
        get_client('scheduler').get_schedule(**where)
        return Found(resource_id, where['Name'], tags=None)

    def candidates(self, get_client, marker):
        arns = pages(get_client('scheduler'), 'list_schedules', 'Schedules[].Arn')
        return (arn for arn in arns if marker in arn.rpartition('/')[2])

    def delete(self, get_client, resource_id):
        get_client('scheduler').delete_schedule(**self._where(resource_id))

    def identify(self, given):
        return given.rpartition('/')[2]

    def goes_last(self, name):
        return name.endswith(f'-{EXPIRY}')

    @staticmethod
    def _where(arn):
        """Return group and name of ``arn:…:schedule/group/name``."""
        group, _, name = arn.partition(':schedule/')[2].partition('/')
        if not name:
            raise no_such(arn)
        return {'GroupName': group, 'Name': name}

# resources.kinds.secretsmanager

RANDOM_TAIL = 7

'Characters that AWS puts after the name in an ARN: a hyphen and six (Secrets Manager guide).'

class Secret(Kind):
    """A secret with its versions; it goes at once, without AWS's 7 to 30 days of recovery."""
    name = 'secret'
    service = 'secretsmanager'
    deletes = each('SecretId', 'DeleteSecret')
    after = ('DB proxy',)
    missing = frozenset(['ResourceNotFoundException'])

    def read(self, get_client, resource_id):
        secret = get_client('secretsmanager').describe_secret(SecretId=resource_id)
        return Found(secret['ARN'], secret['Name'], tag_map(secret.get('Tags', [])))

    def candidates(self, get_client, marker):
        listed: Iterable[dict[str, Any]] = pages(get_client('secretsmanager'), 'list_secrets', 'SecretList[]', IncludePlannedDeletion=True)
        return (secret['ARN'] for secret in listed if marker in secret['Name'])

    def delete(self, get_client, resource_id):
        get_client('secretsmanager').delete_secret(SecretId=resource_id, ForceDeleteWithoutRecovery=True)

    def identify(self, given):
        name = given.rpartition(':secret:')[2]
        return name[:-RANDOM_TAIL] if name != given else given

# resources.kinds.sns

class Topic(Kind):
    """A topic with its subscriptions."""
    name = 'SNS topic'
    service = 'sns'
    deletes = each('TopicArn', 'DeleteTopic')
    missing = frozenset(['NotFound', 'ResourceNotFound', 'ResourceNotFoundException'])

    def read(self, get_client, resource_id):
        tags = get_client('sns').list_tags_for_resource(ResourceArn=resource_id)['Tags']
        return Found(resource_id, resource_id.rpartition(':')[2], tag_map(tags))

    def candidates(self, get_client, marker):
        arns = pages(get_client('sns'), 'list_topics', 'Topics[].TopicArn')
        return (arn for arn in arns if marker in arn)

    def delete(self, get_client, resource_id):
        client, topic = (get_client('sns'), {'TopicArn': resource_id})
        arns = 'Subscriptions[].SubscriptionArn'
        for arn in list(pages(client, 'list_subscriptions_by_topic', arns, **topic)):
            if arn.startswith('arn:'):
                client.unsubscribe(SubscriptionArn=arn)
        client.delete_topic(**topic)

# resources.kinds.sqs

class Queue(Kind):
    """A queue with its messages."""
    name = 'SQS queue'
    service = 'sqs'
    deletes = each('QueueUrl', 'DeleteQueue')
    after = ('Lambda event source mapping',)
    missing = frozenset(['AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExist'])

    def read(self, get_client, resource_id):
        client = get_client('sqs')
        name = self.identify(resource_id)
        client.get_queue_url(QueueName=name)
        return Found(resource_id, name, client.list_queue_tags(QueueUrl=resource_id).get('Tags', {}))

    def candidates(self, get_client, marker):
        urls = pages(get_client('sqs'), 'list_queues', 'QueueUrls[]')
        return (url for url in urls if marker in url)

    def delete(self, get_client, resource_id):
        get_client('sqs').delete_queue(QueueUrl=resource_id)

    def identify(self, given):
        return given.rpartition('/')[2]

# resources.kinds.ssm

class Parameter(Kind):
    """A parameter with its versions."""
    name = 'SSM parameter'
    service = 'ssm'
    deletes = each('Name', 'DeleteParameter')
    missing = frozenset(['InvalidResourceId', 'ParameterNotFound'])

    def read(self, get_client, resource_id):
        client = get_client('ssm')
        client.get_parameter(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceType='Parameter', ResourceId=resource_id)
        return Found(resource_id, resource_id, tag_map(tags['TagList']))

    def candidates(self, get_client, marker):
        named = {'Key': 'Name', 'Option': 'Contains', 'Values': [marker]}
        names = pages(get_client('ssm'), 'describe_parameters', 'Parameters[].Name', ParameterFilters=[named])
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('ssm').delete_parameter(Name=resource_id)

# resources.kinds.stepfunctions

STEPFUNCTIONS_BY = 'stateMachineArn'

EXPRESS = 'EXPRESS'

'Executions of this type end within five minutes, and no operation lists or stops them.'

class StateMachine(Kind):
    """A state machine; AWS goes on showing it until its running executions have ended."""
    name = 'state machine'
    service = 'stepfunctions'
    deletes = each(STEPFUNCTIONS_BY, 'DeleteStateMachine')
    missing = frozenset(['StateMachineDoesNotExist'])

    def read(self, get_client, resource_id):
        client = get_client('stepfunctions')
        machine = client.describe_state_machine(stateMachineArn=resource_id)
        tags = client.list_tags_for_resource(resourceArn=resource_id)['tags']
        return Found(resource_id, machine['name'], tag_map(tags))

    def candidates(self, get_client, marker):
        arns = pages(get_client('stepfunctions'), 'list_state_machines', 'stateMachines[].stateMachineArn')
        return (arn for arn in arns if marker in arn)

    def quiesce(self, get_client, resource_id):
        client = get_client('stepfunctions')
        if client.describe_state_machine(stateMachineArn=resource_id)['type'] == EXPRESS:
            return
        running = {STEPFUNCTIONS_BY: resource_id, 'statusFilter': 'RUNNING'}
        for arn in list(pages(client, 'list_executions', 'executions[].executionArn', **running)):
            client.stop_execution(executionArn=arn)

    def delete(self, get_client, resource_id):
        client = get_client('stepfunctions')
        if client.describe_state_machine(stateMachineArn=resource_id)['status'] != 'DELETING':
            self.quiesce(get_client, resource_id)
            client.delete_state_machine(stateMachineArn=resource_id)

# resources.kinds.codedeploy

CODEDEPLOY_UNDER_WAY = ('Created', 'Queued', 'InProgress', 'Baking', 'Ready')

class Application(Kind):
    """An application with its deployment groups and their deployments."""
    name = 'CodeDeploy application'
    service = 'codedeploy'
    deletes = each('applicationName', 'DeleteApplication')
    missing = frozenset(['ApplicationDoesNotExistException'])

    def read(self, get_client, resource_id):
        client = get_client('codedeploy')
        client.get_application(applicationName=resource_id)
        return Found(resource_id, resource_id, _tags(get_client, resource_id))

    def candidates(self, get_client, marker):
        names = pages(get_client('codedeploy'), 'list_applications', 'applications[]')
        return (name for name in names if marker in name)

    def quiesce(self, get_client, resource_id):
        """Have deployments that are under way give all calls to the old version again."""
        client = get_client('codedeploy')
        for deployment in _under_way(client, resource_id):
            client.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    def delete(self, get_client, resource_id):
        get_client('codedeploy').delete_application(applicationName=resource_id)

class DeploymentConfiguration(Kind):
    """A deployment configuration; it cannot carry tags, so its name alone says whose it is."""
    name = 'deployment configuration'
    service = 'codedeploy'
    deletes = each('deploymentConfigName', 'DeleteDeploymentConfig')
    after = ('CodeDeploy application',)
    missing = frozenset(['DeploymentConfigDoesNotExistException'])

    def read(self, get_client, resource_id):
        get_client('codedeploy').get_deployment_config(deploymentConfigName=resource_id)
        return Found(resource_id, resource_id, tags=None)

    def candidates(self, get_client, marker):
        names = pages(get_client('codedeploy'), 'list_deployment_configs', 'deploymentConfigsList[]')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        get_client('codedeploy').delete_deployment_config(deploymentConfigName=resource_id)

def _tags(get_client, application):
    client = get_client('codedeploy')
    account = get_client('sts').get_caller_identity()['Account']
    arn = f'arn:aws:codedeploy:{client.meta.region_name}:{account}:application:{application}'
    return tag_map(client.list_tags_for_resource(ResourceArn=arn)['Tags'])

def _under_way(client, application):
    groups = pages(client, 'list_deployment_groups', 'deploymentGroups[]', applicationName=application)
    return [deployment for group in list(groups) for deployment in pages(client, 'list_deployments', 'deployments[]', applicationName=application, deploymentGroupName=group, includeOnlyStatuses=list(CODEDEPLOY_UNDER_WAY))]

# resources.kinds.ec2

ENDED = frozenset(['deleted', 'deleting'])

'States in which AWS goes on listing a NAT gateway for about an hour, and an endpoint for minutes\n(Amazon VPC user guide).'

class Ec2Kind(Kind):
    """A kind that EC2 knows by an id, lists by tag, and refuses to delete while it is in use.

    A subclass gives EC2's word for it, as in ``CreateSubnet``, ``DescribeSubnets`` with its
    ``SubnetIds`` and ``DeleteSubnet`` with its ``SubnetId``, and says where one of these differs.
    """
    service = 'ec2'
    filters = 'Filters'
    tags = 'Tags'

    def __init_subclass__(cls, noun, key='', verb='Delete', many=False):
        cls.key = key or f'{noun}Id'
        cls.items = f'{noun}es' if noun.endswith('s') else f'{noun}s'
        cls.listing = _method(f'Describe{cls.items}')
        cls.deletes = each(f'{cls.key}s', f'{verb}{cls.items}') if many else each(cls.key, f'{verb}{noun}')

    def read(self, get_client, resource_id):
        for item in self.one(get_client('ec2'), resource_id):
            return self.found(item)
        raise no_such(resource_id)

    def candidates(self, get_client, marker):
        started = {'Name': f'tag:{RUN_TAG}', 'Values': [marker.rpartition('-')[2] + '*']}
        listed = self.described(get_client('ec2'), **{self.filters: [started]})
        return (item[self.key] for item in listed)

    def delete(self, get_client, resource_id):
        [(operation, parameter)] = self.deletes.items()
        given = resource_id if parameter == self.key else [resource_id]
        getattr(get_client('ec2'), _method(operation))(**{parameter: given})

    def one(self, client, resource_id):
        """Yield the item with this id, if there is one."""
        return self.described(client, **{f'{self.key}s': [resource_id]})

    def described(self, client, **params):
        """Yield what there is, without what has ended."""
        if client.can_paginate(self.listing):
            items = pages(client, self.listing, f'{self.items}[]', **params)
        else:
            items = iter(getattr(client, self.listing)(**params)[self.items])
        return (item for item in items if item.get('State') not in ENDED)

    def found(self, item):
        """Return an item of the listing as it is looked at here."""
        tags = tag_map(item.get(self.tags, []))
        return Found(item[self.key], tags.get('Name', ''), tags)

def _method(operation):
    """Return boto3's name of an operation: ``describe_nat_gateways``."""
    return re.sub('(?<!^)(?=[A-Z])', '_', operation).lower()

def missing(*codes):
    """Return the codes that say: there is no such thing."""
    return frozenset([*codes, 'labkit.NotFound'])

class LaunchTemplate(Ec2Kind, noun='LaunchTemplate'):
    """A launch template with its versions."""
    name = 'launch template'
    after = ('Auto Scaling group',)
    missing = missing('InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateName.NotFoundException')

    def found(self, item):
        tags = tag_map(item.get('Tags', []))
        return Found(item['LaunchTemplateId'], item['LaunchTemplateName'], tags)

# resources.kinds.iam

IAM_MISSING = frozenset(['NoSuchEntity'])

class Role(Kind):
    """A role with its inline policies; attached policies are detached, not deleted."""
    name = 'IAM role'
    service = 'iam'
    deletes = each('RoleName', 'DeleteRole')
    after = ('Lambda function', 'REST API', 'DB proxy')
    missing = IAM_MISSING

    def read(self, get_client, resource_id):
        role = get_client('iam').get_role(RoleName=resource_id)['Role']
        return Found(resource_id, role['RoleName'], tag_map(role.get('Tags', [])))

    def candidates(self, get_client, marker):
        names = pages(get_client('iam'), 'list_roles', 'Roles[].RoleName')
        return (name for name in names if marker in name)

    def delete(self, get_client, resource_id):
        iam, role = (get_client('iam'), {'RoleName': resource_id})
        for policy in list(pages(iam, 'list_role_policies', 'PolicyNames[]', **role)):
            iam.delete_role_policy(PolicyName=policy, **role)
        attached = 'AttachedPolicies[].PolicyArn'
        for arn in list(pages(iam, 'list_attached_role_policies', attached, **role)):
            iam.detach_role_policy(PolicyArn=arn, **role)
        iam.delete_role(**role)

class ManagedPolicy(Kind):
    """A customer managed policy with its versions."""
    name = 'IAM policy'
    service = 'iam'
    deletes = each('PolicyArn', 'DeletePolicy')
    after = ('IAM role',)
    missing = IAM_MISSING

    def read(self, get_client, resource_id):
        policy = get_client('iam').get_policy(PolicyArn=resource_id)['Policy']
        return Found(resource_id, policy['PolicyName'], tag_map(policy.get('Tags', [])))

    def candidates(self, get_client, marker):
        listed: Iterable[dict[str, Any]] = pages(get_client('iam'), 'list_policies', 'Policies[]', Scope='Local')
        return (policy['Arn'] for policy in listed if marker in policy['PolicyName'])

    def delete(self, get_client, resource_id):
        iam = get_client('iam')
        versions = pages(iam, 'list_policy_versions', 'Versions[]', PolicyArn=resource_id)
        for version in list(versions):
            if not version['IsDefaultVersion']:
                iam.delete_policy_version(PolicyArn=resource_id, VersionId=version['VersionId'])
        iam.delete_policy(PolicyArn=resource_id)

class Provider(Kind):
    """An OpenID Connect provider, of which an account has one for each issuer."""
    name = 'OIDC provider'
    service = 'iam'
    deletes = each('OpenIDConnectProviderArn', 'DeleteOpenIDConnectProvider')
    missing = IAM_MISSING

    def read(self, get_client, resource_id):
        provider = get_client('iam').get_open_id_connect_provider(OpenIDConnectProviderArn=resource_id)
        return Found(resource_id, '', tag_map(provider.get('Tags', [])))

    def candidates(self, get_client, marker):
        listed = get_client('iam').list_open_id_connect_providers()
        arns = [one['Arn'] for one in listed['OpenIDConnectProviderList']]
        return (arn for arn in arns if self._is_of(get_client, arn, marker))

    def delete(self, get_client, resource_id):
        get_client('iam').delete_open_id_connect_provider(OpenIDConnectProviderArn=resource_id)

    def _is_of(self, get_client, arn, marker):
        found = self.look(get_client, arn)
        run = (found.tags or {}).get(RUN_TAG, '') if found is not None else ''
        return run.startswith(marker.rpartition('-')[2])

# resources.sweep

EVERYBODYS = 'lk-'

"What all of labkit's names begin with."

SKEW = timedelta(hours=1)

"How wrong two machines' clocks may be, summer time included: nothing is expired sooner."

# resources.kinds.vpc

WITH_INTERFACES = ('NAT gateway', 'VPC endpoint', 'load balancer', 'Auto Scaling group', 'network interface', 'DB proxy', 'DB instance', 'DB cluster')

'Kinds that keep network interfaces in a subnet, each of which may bear a security group.'

class Vpc(Ec2Kind, noun='Vpc'):
    """A VPC with its secondary CIDR blocks, main route table, default ACL and security group."""
    name = 'VPC'
    after = ('subnet', 'internet gateway', 'route table', 'security group', 'network ACL', 'VPC endpoint', 'NAT gateway', 'target group')
    missing = missing('InvalidVpcID.NotFound', 'InvalidVpcId.NotFound')

class Subnet(Ec2Kind, noun='Subnet'):
    """A subnet."""
    name = 'subnet'
    after = ('network ACL', 'DB subnet group', *WITH_INTERFACES)
    missing = missing('InvalidSubnetID.NotFound')

class InternetGateway(Ec2Kind, noun='InternetGateway'):
    """An internet gateway; it is detached from its VPC before it goes."""
    name = 'internet gateway'
    after = ('Elastic IP', *WITH_INTERFACES)
    missing = missing('InvalidInternetGatewayID.NotFound')

    def delete(self, get_client, resource_id):
        client = get_client('ec2')
        for gateway in self.one(client, resource_id):
            for attachment in gateway.get('Attachments', []):
                client.detach_internet_gateway(InternetGatewayId=resource_id, VpcId=attachment['VpcId'])
        super().delete(get_client, resource_id)

class RouteTable(Ec2Kind, noun='RouteTable'):
    """A route table with its routes and its associations with subnets."""
    name = 'route table'
    after = ('VPC endpoint',)
    missing = missing('InvalidRouteTableID.NotFound')

    def delete(self, get_client, resource_id):
        client = get_client('ec2')
        for table in self.one(client, resource_id):
            for association in table.get('Associations', []):
                if not association.get('Main'):
                    client.disassociate_route_table(AssociationId=association['RouteTableAssociationId'])
        super().delete(get_client, resource_id)

class NatGateway(Ec2Kind, noun='NatGateway'):
    """A NAT gateway; AWS bills it by the hour until it is deleted."""
    name = 'NAT gateway'
    missing = missing('NatGatewayNotFound', 'InvalidNatGatewayID.NotFound')
    filters = 'Filter'

class ElasticIp(Ec2Kind, noun='Address', key='AllocationId', verb='Release'):
    """An Elastic IP address; AWS bills it by the hour until it is released."""
    name = 'Elastic IP'
    after = ('NAT gateway', 'load balancer', 'network interface')
    missing = missing('InvalidAllocationID.NotFound')

class VpcEndpoint(Ec2Kind, noun='VpcEndpoint', many=True):
    """A gateway endpoint with its routes, or an interface endpoint with its network interfaces."""
    name = 'VPC endpoint'
    missing = missing('InvalidVpcEndpointId.NotFound', 'InvalidVpcEndpoint.NotFound')

class NetworkInterface(Ec2Kind, noun='NetworkInterface'):
    """A network interface; it is detached from its instance before it goes."""
    name = 'network interface'
    missing = missing('InvalidNetworkInterfaceID.NotFound')
    tags = 'TagSet'

    def delete(self, get_client, resource_id):
        client = get_client('ec2')
        for interface in self.one(client, resource_id):
            attachment = interface.get('Attachment', {})
            if attachment.get('Status') in ('attached', 'attaching'):
                client.detach_network_interface(AttachmentId=attachment['AttachmentId'], Force=True)
        super().delete(get_client, resource_id)

class SecurityGroup(Ec2Kind, noun='SecurityGroup', key='GroupId'):
    """A security group; its rules go first, since those of two groups may name each other."""
    name = 'security group'
    after = ('launch template', *WITH_INTERFACES)
    missing = missing('InvalidGroup.NotFound', 'InvalidGroupId.NotFound')

    def found(self, item):
        return Found(item['GroupId'], item['GroupName'], tag_map(item.get('Tags', [])))

    def delete(self, get_client, resource_id):
        client = get_client('ec2')
        for group in self.one(client, resource_id):
            if group['IpPermissions']:
                client.revoke_security_group_ingress(GroupId=resource_id, IpPermissions=group['IpPermissions'])
        super().delete(get_client, resource_id)

class NetworkAcl(Ec2Kind, noun='NetworkAcl'):
    """A network ACL with its entries; its subnets go back to the VPC's own ACL first."""
    name = 'network ACL'
    missing = missing('InvalidNetworkAclID.NotFound')

    def one(self, client, resource_id):
        return (acl for acl in self.described(client) if acl[self.key] == resource_id)

    def delete(self, get_client, resource_id):
        client = get_client('ec2')
        for acl in self.one(client, resource_id):
            own = [{'Name': 'vpc-id', 'Values': [acl['VpcId']]}, {'Name': 'default', 'Values': ['true']}]
            [default] = client.describe_network_acls(Filters=own)['NetworkAcls']
            for association in acl['Associations']:
                client.replace_network_acl_association(AssociationId=association['NetworkAclAssociationId'], NetworkAclId=default['NetworkAclId'])
        super().delete(get_client, resource_id)

KINDS = {kind.name: kind for kind in (RestApi(), UsagePlan(), ApiKey(), HttpApi(), AutoScalingGroup(), Function(), EventSourceMapping(), LayerVersion(), Stack(), Alarm(), CompositeAlarm(), Dashboard(), Project(), Application(), DeploymentConfiguration(), Pipeline(), Table(), LaunchTemplate(), LoadBalancer(), TargetGroup(), EventBus(), Rule(), Role(), ManagedPolicy(), Provider(), LogGroup(), DbSubnetGroup(), DbInstance(), DbCluster(), DbProxy(), Bucket(), ScheduleGroup(), Schedule(), Secret(), Topic(), Queue(), Parameter(), StateMachine(), Vpc(), Subnet(), InternetGateway(), RouteTable(), NatGateway(), ElasticIp(), VpcEndpoint(), NetworkInterface(), SecurityGroup(), NetworkAcl())}

# resources.reaper.sweeping

NAME = re.compile('lk-[a-z0-9]+-(?P<marker>[0-9a-f]{6}-[0-9a-f]{8})-')

'Every name that labkit gives; owner and run in it stand for the tags of what takes none.'

MOST = 200

'Resources of one run; the largest lesson makes some forty. Beyond, a person has to look.'

TIMEOUT_S = 120.0

'How long one sweep comes back to what AWS does not let go of yet; the next one is in an hour.'

LONGEST_PAUSE_S = 20.0

@dataclass(frozen=True)
class Thing:
    """One resource, as AWS shows it now."""
    kind: Kind
    id: str
    name: str
    tags: Mapping[str, str] | None

    @property
    def is_switch(self):
        """Whether it is the schedule that calls this function for one run."""
        return self.kind.goes_last(self.name)

    def __str__(self):
        return f'{self.kind.name} {self.name or self.id}'

def handler(event, _context=None):
    """Sweep, and return what went, what is left, what was kept, and what could not be listed.

    Parameters
    ----------
    event
        ``run``: number of the one run that is meant; all without. ``look``: delete nothing.
    """
    _require_consent()
    report = sweep(event.get('run'), bool(event.get('look')))
    print(json.dumps(report))
    return report

def _require_consent():
    consent = json.loads(client('ssm').get_parameter(Name=CONSENT)['Parameter']['Value'])
    if consent.get('labkit') != SANDBOX:
        raise PermissionError(f'{CONSENT} does not say that this account is a sandbox for labkit')

def sweep(only, look):
    """Delete what is over, and come back to what does not go at once."""
    deadline, pause = (time.monotonic() + TIMEOUT_S, 1.0)
    sent: set[str] = set()
    while True:
        things, unknown = search()
        over, kept = sort_out(things, only, datetime.now(UTC))
        over = [one for one in over if not (unknown and one.is_switch)]
        refused = {} if look else {str(one): why for one in over if (why := _delete(one))}
        left = {str(one) for one in over}
        if look or not left or time.monotonic() + pause > deadline:
            break
        sent |= left
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
    return {'gone': sorted(sent - left), 'left': {one: refused.get(one, 'not gone yet') for one in sorted(left)}, 'kept': kept, 'unknown': unknown}

def search():
    """Return everything of labkit's in the order in which it can go, and what was not listed."""
    things, unknown = ([], [])
    for kind in sorted(KINDS.values(), key=_turn):
        try:
            things += [_thing(kind, found) for found in kind.find(client, EVERYBODYS)]
        except (BotoCoreError, ClientError) as error:
            unknown.append(f'{kind.name}: {error}')
    return (things, unknown)

def _turn(kind):
    """Return how many kinds have to go before one, one after the other."""
    return max((1 + _turn(KINDS[earlier]) for earlier in kind.after), default=0)

def _thing(kind, found):
    tags = told_by(found.id) if kind.goes_last(found.name) else found.tags
    return Thing(kind, found.id, found.name, tags)

def told_by(switch):
    """Return what a switch tells of its run, as tags would; None if it is not of labkit's."""
    group, _, name = switch.partition(':schedule/')[2].partition('/')
    shown = client('scheduler').get_schedule(GroupName=group, Name=name)
    try:
        _, _, owner, *_ = name.split('-')
        fires = datetime.fromisoformat(shown['ScheduleExpression'][len('at('):-1])
        expires = (fires.replace(tzinfo=UTC) - SKEW).isoformat()
        return {RUN_TAG: json.loads(shown['Target']['Input'])['run'], OWNER_TAG: owner, EXPIRES_TAG: expires}
    except (KeyError, TypeError, ValueError):
        return None

def sort_out(things, only, now):
    """Return what may go, and for each other run why it stays.

    What bears no tags of a run is the run's if its name says so; a name alone lets nothing go. A
    run's switch stays as long as there is anything else, for which it says when the run is over.
    """
    runs: dict[str, list[Thing]] = defaultdict(list)
    markers: dict[str, str] = {}
    for one in things:
        if one.tags and RUN_TAG in one.tags:
            runs[one.tags[RUN_TAG]].append(one)
            markers[f'{one.tags.get(OWNER_TAG)}-{one.tags[RUN_TAG][:8]}'] = one.tags[RUN_TAG]
    kept = {run: why for run, its in runs.items() if (why := _not_over(its, now))}
    over = {run for run in runs if run not in kept and only in (None, run)}
    its_run = [(one, run) for one in things if (run := _run_of(one, markers)) in over]
    busy = {run for one, run in its_run if not one.is_switch}
    return ([one for one, run in its_run if not one.is_switch or run not in busy], kept)

def _run_of(thing, markers):
    if thing.tags and RUN_TAG in thing.tags:
        return thing.tags[RUN_TAG]
    named = NAME.search(thing.name)
    return markers.get(named['marker']) if named else None

def _not_over(things, now):
    """Say why a run stays; None when each of its tags says that its time is over."""
    texts = {one.tags[EXPIRES_TAG] for one in things if one.tags and EXPIRES_TAG in one.tags}
    if not texts:
        return 'nothing of it says when it expires'
    if len(things) > MOST:
        return f'it has {len(things)} resources, and {MOST} go at most: look at it first'
    for text in sorted(texts):
        try:
            expires = datetime.fromisoformat(text)
            if now < expires + SKEW:
                return f'it expires at {text}'
        except (TypeError, ValueError):
            return f'{EXPIRES_TAG}={text} is no time with its zone'
    return None

def _delete(thing):
    """Send a deletion; return AWS's reason where it refuses.

    What AWS made alongside goes with it where no name of labkit's would tell it later.
    """
    try:
        for kind, name in thing.kind.alongside(client, thing.id):
            if not NAME.search(name):
                _send(KINDS[kind], name)
        _send(thing.kind, thing.id)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None

def _send(kind, resource_id):
    try:
        kind.delete(client, resource_id)
    except ClientError as error:
        if error.response['Error']['Code'] not in kind.missing:
            raise

@cache
def client(service):
    """Return the one client of a service."""
    settings = Config(retries={'mode': 'standard', 'total_max_attempts': 4})
    return boto3.client(service, config=settings)
