"""Resource Groups Tagging API (simulated clock)."""

from __future__ import annotations

import pki
import pytest
from conftest import B


@pytest.fixture
def tagging(aws):
    return aws.client("resourcegroupstaggingapi")


def tags(**pairs):
    return [{"Key": k, "Value": v} for k, v in pairs.items()]


def certificate(aws, **pairs):
    more = {"Tags": tags(**pairs)} if pairs else {}
    return aws.client("acm").import_certificate(**pki.issue(), **more)["CertificateArn"]


def arns(tagging, **query):
    return [r["ResourceARN"] for r in tagging.get_resources(**query)["ResourceTagMappingList"]]


def test_the_index_lags__TAGGING_LAG(aws, tagging):
    aws.config(taggingLagSeconds=10)
    arn = certificate(aws, a="1")
    assert arns(tagging) == []
    aws.advance(9)
    assert arns(tagging) == []
    aws.advance(1)
    assert arns(tagging) == [arn]
    aws.client("acm").add_tags_to_certificate(CertificateArn=arn, Tags=tags(a="2"))
    aws.advance(5)
    aws.client("acm").delete_certificate(CertificateArn=arn)
    found = tagging.get_resources()["ResourceTagMappingList"]
    assert found == [{"ResourceARN": arn, "Tags": tags(a="1")}]
    aws.advance(5)
    assert tagging.get_resources()["ResourceTagMappingList"] == [{"ResourceARN": arn, "Tags": tags(a="2")}]
    aws.advance(5)
    assert arns(tagging) == []


def test_filters__TAGGING_FILTERS__TAGGING_UNTAGGED(aws, tagging):
    aws.config(taggingLagSeconds=0)
    one, two = certificate(aws, cluster="x", slot="1"), certificate(aws, cluster="x", slot="2")
    certificate(aws)
    made = aws.control("POST", "seed", {})
    subnets = [s["id"] for s in made["subnets"]["public"]]
    elb = aws.client("elbv2")
    balancer = elb.create_load_balancer(Name="lb", Subnets=subnets, Tags=tags(cluster="x"))["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="tg", Protocol="HTTP", Port=80, VpcId=made["vpcId"], TargetType="ip", Tags=tags(cluster="y")
    )["TargetGroups"][0]
    lb_arn, tg_arn = balancer["LoadBalancerArn"], group["TargetGroupArn"]
    assert set(arns(tagging)) == {one, two, lb_arn, tg_arn}
    x = [{"Key": "cluster", "Values": ["x"]}]
    assert set(arns(tagging, TagFilters=x)) == {one, two, lb_arn}
    assert set(arns(tagging, TagFilters=x, ResourceTypeFilters=["acm:certificate"])) == {one, two}
    assert arns(tagging, TagFilters=x, ResourceTypeFilters=["elasticloadbalancing:loadbalancer"]) == [lb_arn]
    assert set(arns(tagging, ResourceTypeFilters=["elasticloadbalancing"])) == {lb_arn, tg_arn}
    assert arns(tagging, TagFilters=[*x, {"Key": "slot", "Values": ["2", "3"]}]) == [two]
    assert set(arns(tagging, TagFilters=[{"Key": "slot"}])) == {one, two}
    assert arns(tagging, ResourceARNList=[two]) == [two]
    assert arns(aws.client("resourcegroupstaggingapi", account=B)) == []
    assert arns(aws.client("resourcegroupstaggingapi", region="us-east-1")) == []


def test_arn_list_alone__TAGGING_ARN_LIST_ALONE(tagging, refused):
    with refused("InvalidParameterException"):
        arns(tagging, ResourceARNList=["arn:aws:acm:x"], TagFilters=[{"Key": "a"}])


def test_pages__TAGGING_PAGES(aws, tagging, refused):
    aws.config(taggingLagSeconds=0)
    made = sorted(certificate(aws, n=str(i)) for i in range(5))
    seen, token = [], ""
    for _ in range(3):
        page = tagging.get_resources(ResourcesPerPage=2, PaginationToken=token)
        seen += [r["ResourceARN"] for r in page["ResourceTagMappingList"]]
        token = page["PaginationToken"]
    assert seen == made
    assert token == ""
    with refused("InvalidParameterException"):
        tagging.get_resources(ResourcesPerPage=101)
