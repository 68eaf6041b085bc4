"""Templates that CloudFormation refuses before anything is made, as AWS was seen to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloudformation.stack import QUEUE, Stack, having
from tests.sandbox.delivery import error

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}
GETATT = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name "
    "and the resource attribute"
)
SELECT = (
    "Template error: Fn::Select requires a list argument with two elements: an integer index and a "
    "list"
)


def named(value: Any) -> dict[str, Any]:
    """A template whose topic's name is `value`."""
    return {"Resources": {"Queue": QUEUE, "Topic": having(TOPIC, DisplayName=value)}}


FORM = "Template format error: "
REFUSED: dict[str, tuple[Any, str]] = {
    "a description that is none": (
        {"Description": [], "Resources": {"Queue": QUEUE}},
        FORM + "Template description must be a string.",
    ),
    "dependencies that are none": (
        {"Resources": {"Queue": QUEUE | {"DependsOn": [5]}}},
        FORM + "DependsOn must be a string or list of strings.",
    ),
    "a deletion policy that there is not": (
        {"Resources": {"Queue": QUEUE | {"DeletionPolicy": "Keep"}}},
        FORM + "Unrecognized DeletionPolicy Keep for resource Queue",
    ),
    "a pseudo parameter that there is not": (
        named({"Ref": "AWS::Nope"}),
        FORM + "Unresolved resource dependencies [AWS::Nope] in the Resources block of the "
        "template",
    ),
    "an export twice": (
        {
            "Resources": {"Queue": QUEUE},
            "Outputs": {n: {"Value": n, "Export": {"Name": "same"}} for n in "ab"},
        },
        FORM + "Duplicate Export names. Export names must be unique across a template.",
    ),
    "a join of no list": (
        named({"Fn::Join": ["-"]}),
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter "
        "and (2) a list of strings to be joined or a function that returns a list of strings "
        "(such as Fn::GetAZs) to be joined.",
    ),
    "an or of one": (
        {
            "Conditions": {"C": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}]}},
            "Resources": {"Queue": QUEUE},
        },
        "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean "
        "parameters.",
    ),
    "no mapping": ("https://example.com/template", FORM + "unsupported structure."),
    "no JSON": ('{"a"="b"}', FORM + "JSON not well-formed. (line 1, column 6)"),
    "no YAML": ("a:\n  b: 1\n c: 2\n", FORM + "YAML not well-formed. (line 3, column 2)"),
    "no resources": ({}, FORM + "At least one Resources member must be defined."),
    "resources of another kind": (
        {"Resources": "", "Outputs": ""},
        FORM + "Any Resources member must be an object.",
    ),
    "a name with a hyphen": (
        {"Resources": {"my-topic": TOPIC}},
        FORM + "Resource name my-topic is non alphanumeric.",
    ),
    "a parameter's name with a hyphen": (
        {"Parameters": {"my-name": {"Type": "String"}}, "Resources": {"Topic": TOPIC}},
        FORM + "Parameter name my-name is non alphanumeric.",
    ),
    "no type": (
        {"Resources": {"A": {"Properties": {}}}},
        FORM + "[/Resources/A] Every Resources object must contain a Type member.",
    ),
    "an output without a value": (
        {"Resources": {"Topic": TOPIC}, "Outputs": {"Name": {}}},
        FORM + "Every Outputs member must contain a Value object",
    ),
    "null": (
        {"Resources": {"Topic": TOPIC}, "Outputs": {"Name": {"Value": None}}},
        "[/Outputs/Name/Value] 'null' values are not allowed in templates",
    ),
    "a mapping of one level": (
        {"Mappings": {"Names": {"A": "a"}}, "Resources": {"Topic": TOPIC}},
        FORM + "Every Mappings member A must be a map",
    ),
    "a mapping with a function": (
        {"Mappings": {"Names": {"A": {"B": {"Ref": "C"}}}}, "Resources": {"Topic": TOPIC}},
        FORM + "Every Mappings attribute must be a String or a List.",
    ),
    "an attribute without a name": (named({"Fn::GetAtt": ["Queue", ""]}), GETATT),
    "an attribute of nothing": (named({"Fn::GetAtt": ["Queue"]}), GETATT),
    "a selection by a word": (named({"Fn::Select": ["first", ["a"]]}), SELECT),
    "a selection of no list": (named({"Fn::Select": [0, 2]}), SELECT),
    "a selection past the end": (named({"Fn::Select": [100, ["a"]]}), SELECT),
    "a splitting by nothing": (
        named({"Fn::Split": {"Ref": "AWS::Region"}}),
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter "
        "and (2) a string to be split or a function that returns a string to be split.",
    ),
    "a comparison with nothing": (
        {"Conditions": {"C": {"Fn::Equals": ["a"]}}, "Resources": {"Topic": TOPIC}},
        "Template error: every Fn::Equals object requires a list of 2 string parameters.",
    ),
    "a choice without a condition": (
        named({"Fn::If": ["Missing", "a", "b"]}),
        "Template error: unresolved condition dependency Missing in Fn::If",
    ),
    "a resource without its condition": (
        {"Resources": {"Topic": TOPIC | {"Condition": "Missing"}}},
        FORM + "Unresolved condition dependency Missing in the Resources block of the template",
    ),
    "a value that has none": (
        {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Topic": TOPIC}},
        "Parameters: [Name] must have values",
    ),
    "a stored value that is not named": (
        {
            "Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>"}},
            "Resources": {"Topic": TOPIC},
        },
        "Parameter Name should either have input value or default value",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_template_is_refused(stack: Stack, case: str) -> None:
    template, reason = REFUSED[case]
    body = template if isinstance(template, str) else json.dumps(template)
    given = {"StackName": stack.name, "TemplateBody": body}
    assert error(stack.cloudformation.create_stack, **given) == ("ValidationError", reason)
    change = {"ChangeSetName": "change", "ChangeSetType": "CREATE"}
    refused = error(stack.cloudformation.create_change_set, **given, **change)
    assert refused == ("ValidationError", reason)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ({"Type": "Number"}, "many", "must be a number."),
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "must be one of AllowedValues"),
    ],
)
def test_a_parameters_value_is_refused(
    stack: Stack, kind: dict[str, Any], value: str, reason: str
) -> None:
    template = {"Parameters": {"Value": kind}, "Resources": {"Topic": TOPIC}}
    refused = error(
        stack.cloudformation.create_stack,
        StackName=stack.name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Value", "ParameterValue": value}],
    )
    assert refused == ("ValidationError", f"Parameter 'Value' {reason}")


LEFT_OUT: dict[str, Any] = {
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    "Resources": {"Topic": TOPIC, "Queue": QUEUE | {"Condition": "Never"}},
}


class TestLeftOut:
    """References to a resource that a condition leaves out."""

    def refused(self, stack: Stack, **sections: Any) -> str:
        body = json.dumps(LEFT_OUT | sections)
        given = {"StackName": stack.name, "TemplateBody": body}
        return error(stack.cloudformation.create_stack, **given)[1]

    def test_in_a_resource(self, stack: Stack) -> None:
        topic = having(TOPIC, DisplayName={"Ref": "Queue"})
        assert self.refused(stack, Resources=LEFT_OUT["Resources"] | {"Topic": topic}) == (
            FORM + "Unresolved resource dependencies [Queue] in the Resources block of the template"
        )

    def test_in_an_output(self, stack: Stack) -> None:
        outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}}
        assert self.refused(stack, Outputs=outputs) == (
            "Unresolved resource dependencies [Queue] in the Outputs block of the template"
        )

    def test_in_a_branch_that_is_not_taken(self, stack: Stack) -> None:
        name = {"Fn::If": ["Never", {"Ref": "Queue"}, "nobody"]}
        template = LEFT_OUT | {
            "Resources": LEFT_OUT["Resources"] | {"Topic": having(TOPIC, DisplayName=name)},
            "Outputs": {
                "Arn": {"Condition": "Never", "Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
                "Name": {"Value": {"Fn::GetAtt": ["Topic", "DisplayName"]}},
            },
        }
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        assert stack.outputs() == {"Name": "nobody"}


class TestAddresses:
    """Where a template may lie."""

    def test_is_read_from_either_address_of_s3(self, stack: Stack) -> None:
        s3, bucket = stack.aws.client("s3"), stack.aws.name("templates")
        location = {"LocationConstraint": stack.aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        s3.put_object(
            Bucket=bucket, Key="a/template.json", Body=json.dumps({"Resources": {"Topic": TOPIC}})
        )
        for url in (
            f"https://s3.amazonaws.com/{bucket}/a/template.json",
            f"https://{bucket}.s3.ap-northeast-2.amazonaws.com/a/template.json",
        ):
            stack.cloudformation.validate_template(TemplateURL=url)

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("https://example.com/a.json", "TemplateURL must be a supported URL."),
            (
                "s3://bucket/a.json",
                "S3 error: Domain name specified in bucket is not a valid S3 domain",
            ),
        ],
    )
    def test_is_not_read_from_elsewhere(self, stack: Stack, url: str, reason: str) -> None:
        given = {"StackName": stack.name, "TemplateURL": url}
        assert error(stack.cloudformation.create_stack, **given) == ("ValidationError", reason)


@pytest.mark.parametrize("template", [
    {"Resources": {"Queue": QUEUE}, "Conditions": {"C": {"Fn::Upper": "a"}}},
    named({"Fn::Upper": "a"}),
])  # fmt: skip
def test_a_function_that_there_is_not(stack: Stack, template: dict[str, Any]) -> None:
    code, text = error(
        stack.cloudformation.create_stack, StackName=stack.name, TemplateBody=json.dumps(template)
    )
    assert code == "ValidationError"
    assert "Encountered unsupported function: Fn::Upper Supported functions are: [" in text


def test_a_transform_that_there_is_not(stack: Stack) -> None:
    template = {"Transform": "Nope", "Resources": {"Queue": QUEUE}}
    code, text = error(
        stack.cloudformation.create_stack,
        StackName=stack.name,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_AUTO_EXPAND"],
    )
    assert (code, text) == ("ValidationError", "No transform named 111122223333::Nope found.")
