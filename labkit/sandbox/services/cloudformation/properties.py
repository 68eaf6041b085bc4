"""The properties that resources of the delivery service have, and must have.

AWS fails a resource with a property that its type does not have, or without one that it requires;
MiniStack ignores both. The table holds the types that the lessons' templates use; other types are
not checked.
Source: CloudFormation Template Reference, Nov 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.sandbox.services.cloudformation.handling import Properties

REQUIRED = {
    "AWS::ApiGateway::Deployment": "RestApiId",
    "AWS::ApiGateway::Method": "HttpMethod ResourceId RestApiId",
    "AWS::ApiGateway::Resource": "ParentId PathPart RestApiId",
    "AWS::ApiGateway::RestApi": "",
    "AWS::ApiGateway::Stage": "RestApiId",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Function": "Code Role",
    "AWS::Lambda::Permission": "Action FunctionName Principal",
    "AWS::Logs::LogGroup": "",
    "AWS::SNS::Topic": "",
    "AWS::SQS::Queue": "",
    "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
    "AWS::SSM::Parameter": "Type Value",
}
"""The properties that a resource must have, by type."""

OPTIONAL = {
    "AWS::ApiGateway::Deployment": "DeploymentCanarySettings Description StageDescription "
    "StageName",
    "AWS::ApiGateway::Method": "ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId "
    "Integration MethodResponses OperationName RequestModels RequestParameters RequestValidatorId",
    "AWS::ApiGateway::Resource": "",
    "AWS::ApiGateway::RestApi": "ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom "
    "Description DisableExecuteApiEndpoint EndpointAccessMode EndpointConfiguration FailOnWarnings "
    "MinimumCompressionSize Mode Name Parameters Policy SecurityPolicy Tags",
    "AWS::ApiGateway::Stage": "AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting "
    "ClientCertificateId DeploymentId Description DocumentationVersion MethodSettings StageName "
    "Tags TracingEnabled Variables",
    "AWS::IAM::Role": "Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary "
    "Policies RoleName Tags",
    "AWS::Lambda::EventSourceMapping": "AmazonManagedKafkaEventSourceConfig BatchSize "
    "BisectBatchOnFunctionError DestinationConfig DocumentDBEventSourceConfig Enabled "
    "EventSourceArn FilterCriteria FunctionResponseTypes KmsKeyArn LoggingConfig "
    "MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig "
    "ParallelizationFactor ProvisionedPollerConfig Queues ScalingConfig SelfManagedEventSource "
    "SelfManagedKafkaEventSourceConfig SourceAccessConfigurations StartingPosition "
    "StartingPositionTimestamp Tags Topics TumblingWindowInSeconds",
    "AWS::Lambda::Function": "Architectures CapacityProviderConfig CodeSigningConfigArn "
    "DeadLetterConfig Description DurableConfig Environment EphemeralStorage FileSystemConfigs "
    "FunctionName FunctionScalingConfig Handler ImageConfig KmsKeyArn Layers LoggingConfig "
    "MemorySize PackageType PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions "
    "Runtime RuntimeManagementConfig SnapStart Tags TenancyConfig Timeout TracingConfig VpcConfig",
    "AWS::Lambda::Permission": "EventSourceToken FunctionUrlAuthType InvokedViaFunctionUrl "
    "PrincipalOrgID SourceAccount SourceArn",
    "AWS::Logs::LogGroup": "BearerTokenAuthenticationEnabled DataProtectionPolicy "
    "DeletionProtectionEnabled FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName "
    "ResourcePolicyDocument RetentionInDays Tags",
    "AWS::SNS::Topic": "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy "
    "DeliveryStatusLogging DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId "
    "SignatureVersion Subscription Tags TopicName TracingConfig",
    "AWS::SQS::Queue": "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue "
    "FifoThroughputLimit KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize "
    "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy "
    "RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
    "AWS::SQS::QueuePolicy": "",
    "AWS::SSM::Parameter": "AllowedPattern DataType Description Name Policies Tags Tier",
}
"""The other properties that a resource can have, by type."""


def check(resource_type: str, name: str, properties: Properties) -> None:
    """Check that a resource has the properties that it must have, and no others.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    if problems := ", ".join(f"#: {text}" for text in _problems(resource_type, properties)):
        raise ValueError(
            f"Properties validation failed for resource {name} with message:\n[{problems}]"
        )


def _problems(resource_type: str, properties: Properties) -> Iterator[str]:
    required = REQUIRED[resource_type].split()
    for key in required:
        if key not in properties:
            yield f"required key [{key}] not found"
    for key in properties:
        if key not in required and key not in OPTIONAL[resource_type].split():
            yield f"extraneous key [{key}] is not permitted"
