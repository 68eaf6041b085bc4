"""Sampling rules, and who asks them."""

from __future__ import annotations

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, error
from tests.sandbox.xray.conftest import order_api


class TestSampling:
    def test_rules_are_made_changed_and_deleted(self, account: Account) -> None:
        xray, name = account.client("xray"), Aws.name("rule")[:32]
        rule = {
            "RuleName": name, "ResourceARN": "*", "Priority": 9, "FixedRate": 0.5,
            "ReservoirSize": 2, "ServiceName": "*", "ServiceType": "*", "Host": "*",
            "HTTPMethod": "POST", "URLPath": "/order", "Version": 1,
        }  # fmt: skip
        made = xray.create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]["SamplingRule"]
        assert made["RuleARN"].endswith(f"sampling-rule/{name}")
        code, _ = error(xray.create_sampling_rule, SamplingRule=rule)
        assert code == "InvalidRequestException"
        update = {"RuleName": name, "FixedRate": 1.0}
        xray.update_sampling_rule(SamplingRuleUpdate=update)
        records = xray.get_sampling_rules()["SamplingRuleRecords"]
        rates = {
            one["SamplingRule"]["RuleName"]: one["SamplingRule"]["FixedRate"] for one in records
        }
        assert rates[name] == 1.0
        assert rates["Default"] == 0.05
        xray.delete_sampling_rule(RuleName=name)
        code, _ = error(xray.delete_sampling_rule, RuleName=name)
        assert code == "InvalidRequestException"

    def test_a_rule_has_tags(self, account: Account) -> None:
        xray, name = account.client("xray"), Aws.name("tagged")[:32]
        everything = dict.fromkeys(
            ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*"
        )
        rule = everything | {"RuleName": name, "Priority": 9000, "FixedRate": 0, "Version": 1}
        made = xray.create_sampling_rule(
            SamplingRule=rule | {"ReservoirSize": 0}, Tags=[{"Key": "team", "Value": "kitchen"}]
        )["SamplingRuleRecord"]["SamplingRule"]
        arn = made["RuleARN"]
        xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "prod"}])
        xray.untag_resource(ResourceARN=arn, TagKeys=["team"])
        tags = xray.list_tags_for_resource(ResourceARN=arn)["Tags"]
        assert tags == [{"Key": "stage", "Value": "prod"}]
        xray.delete_sampling_rule(RuleARN=arn)
        code, _ = error(xray.list_tags_for_resource, ResourceARN=arn)
        assert code == "ResourceNotFoundException"

    def test_a_stage_asks_the_rules(self, account: Account, traced_role: str) -> None:
        xray, name = account.client("xray"), Aws.name("all")[:32]
        api = order_api(account, traced_role, tracing=True)
        rule = {
            "RuleName": name, "ResourceARN": f"*/restapis/{api.id}/*", "Priority": 1,
            "FixedRate": 1.0, "ReservoirSize": 0, "ServiceName": "*", "Host": "*",
            "ServiceType": "AWS::ApiGateway::Stage", "HTTPMethod": "*", "URLPath": "*",
            "Version": 1,
        }  # fmt: skip
        xray.create_sampling_rule(SamplingRule=rule)
        answers = [api.call("/order", json={}).json() for _ in range(5)]
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": name, "FixedRate": 0.0})
        answers += [api.call("/order", json={}).json() for _ in range(5)]
        xray.delete_sampling_rule(RuleName=name)
        assert [("Sampled=1" in one) for one in answers] == [True] * 5 + [False] * 5
