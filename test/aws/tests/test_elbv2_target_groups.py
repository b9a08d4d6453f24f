"""ELBv2, target groups and their health checks (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network, forward


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


@pytest.fixture
def group(net) -> str:
    """A group in use."""
    arn = net.target_group("web")
    net.listener(net.balancer("web")["LoadBalancerArn"], arn)
    return arn


def test_elbv2_target_group_name(net, refused):
    for name, part in (
        ("a" * 33, "32"),
        ("a_b", "alphanumeric"),
        ("-a", "begin or end"),
        ("a-", "begin or end"),
    ):
        with refused("ValidationError", part):
            net.target_group(name)


def test_elbv2_target_group_settings_and_elbv2_target_group_protocol_version(net, refused):
    with refused("ValidationError", "VPC ID"):
        net.target_group("a", VpcId="vpc-00000000")
    with refused("ValidationError", "A protocol must be specified"):
        net.elb.create_target_group(Name="a", Port=80, VpcId=net.vpc)
    with refused("ValidationError"):
        net.target_group("a", Port=65536)
    with refused("ValidationError", "Protocol version"):
        net.target_group("a", ProtocolVersion="HTTP3")
    with refused("ValidationError"):
        net.target_group("a", TargetType="lambda")
    grpc = net.elb.describe_target_groups(TargetGroupArns=[net.target_group("grpc", ProtocolVersion="GRPC")])[
        "TargetGroups"
    ][0]
    assert grpc["HealthCheckPath"] == "/AWS.ALB/healthcheck" and grpc["Matcher"] == {"GrpcCode": "12"}


def test_elbv2_target_group_idempotent(net, refused):
    first = net.target_group("web")
    assert net.target_group("web") == first
    assert net.target_group("web", HealthCheckPath="/") == first, "the default said aloud"
    for other in ({"Port": 81}, {"HealthCheckPath": "/ready"}, {"TargetType": "instance"}):
        with refused("DuplicateTargetGroupName", "exists, but with different settings"):
            net.target_group("web", **other)


def test_elbv2_health_check_bounds(net, refused):
    for key, value in (
        ("HealthCheckIntervalSeconds", 4),
        ("HealthCheckIntervalSeconds", 301),
        ("HealthCheckTimeoutSeconds", 1),
        ("HealthyThresholdCount", 1),
        ("UnhealthyThresholdCount", 11),
    ):
        with refused("ValidationError"):
            net.target_group("web", **{key: value})
    with refused("ValidationError", "must be smaller than the interval"):
        net.target_group("web", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=5)
    net.target_group("web", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2)


def test_elbv2_health_check_target_and_elbv2_health_check_matcher(net, refused):
    for wrong in (
        {"HealthCheckPath": "ready"},
        {"HealthCheckPath": "/" + "a" * 1024},
        {"HealthCheckPort": "http"},
        {"HealthCheckProtocol": "TCP"},
        {"HealthCheckEnabled": False},
        {"Matcher": {"HttpCode": "100"}},
        {"Matcher": {"HttpCode": "200-"}},
        {"Matcher": {"HttpCode": "500"}},
        {"Matcher": {"GrpcCode": "0"}},
    ):
        with refused("ValidationError"):
            net.target_group("web", **wrong)
    net.target_group("web", Matcher={"HttpCode": "200-299,301"}, HealthCheckPort="8081")


def test_elbv2_target_group_modify(net, refused):
    arn = net.target_group("web")
    with refused("ValidationError"):
        net.elb.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=5)
    found = net.elb.modify_target_group(
        TargetGroupArn=arn, HealthCheckPath="/ready", Matcher={"HttpCode": "204"}
    )["TargetGroups"][0]
    assert (found["HealthCheckPath"], found["Matcher"], found["HealthCheckIntervalSeconds"]) == (
        "/ready",
        {"HttpCode": "204"},
        30,
    )


def test_elbv2_target_group_delete(net, group, refused):
    other = net.target_group("other")
    on = net.elb.describe_listeners(
        LoadBalancerArn=net.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )
    rule = net.rule(on["Listeners"][0]["ListenerArn"], 1, forward((group, 1), (other, 0)))
    with refused("ResourceInUse", "currently in use by a listener or a rule"):
        net.elb.delete_target_group(TargetGroupArn=other)
    net.elb.delete_rule(RuleArn=rule)
    net.elb.delete_target_group(TargetGroupArn=other)
    with refused("ResourceInUse"):
        net.elb.delete_target_group(TargetGroupArn=group)


def test_elbv2_target_group_describe(net, group, refused):
    other = net.target_group("other")
    balancer = net.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    found = net.elb.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"]
    assert [g["TargetGroupArn"] for g in found] == [group] and found[0]["LoadBalancerArns"] == [balancer]
    with refused("TargetGroupNotFound", "One or more"):
        net.elb.describe_target_groups(Names=["web", "none"])
    with refused("TargetGroupNotFound"):
        net.elb.describe_target_groups(TargetGroupArns=[other, other + "0"])
    with refused("ValidationError", "at the same time"):
        net.elb.describe_target_groups(Names=["web"], TargetGroupArns=[other])
    pages = list(net.elb.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 1}))
    assert [g["TargetGroupName"] for p in pages for g in p["TargetGroups"]] == ["other", "web"]


def test_elbv2_target_group_attributes(net, refused):
    arn = net.target_group("web")

    def change(**pairs):
        attributes = [{"Key": k.replace("__", "."), "Value": v} for k, v in pairs.items()]
        net.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)

    with refused("ValidationError", "not recognized"):
        change(stickiness="true")
    with refused("ValidationError", "between '0-3600'"):
        change(deregistration_delay__timeout_seconds="3601")
    with refused("ValidationError", "'30-900'"):
        change(slow_start__duration_seconds="29")
    with refused("ValidationError", "must be one of"):
        change(stickiness__type="source_ip")
    with refused("InvalidConfigurationRequest", "cookie name"):
        change(stickiness__type="app_cookie")
    with refused("InvalidConfigurationRequest", "round_robin"):
        change(
            slow_start__duration_seconds="30", load_balancing__algorithm__type="least_outstanding_requests"
        )
    change(deregistration_delay__timeout_seconds="10")
    found = {
        a["Key"]: a["Value"]
        for a in net.elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    }
    assert found["deregistration_delay.timeout_seconds"] == "10" and found["stickiness.type"] == "lb_cookie"
