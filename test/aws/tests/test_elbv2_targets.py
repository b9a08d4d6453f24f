"""ELBv2, target groups, targets and their health (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network, forward

NEW = ("initial", "Elb.RegistrationInProgress")
CHECKING = ("initial", "Elb.InitialHealthChecking")
HEALTHY = ("healthy", None)
UNUSED = ("unused", "Target.NotInUse")
DRAINING = ("draining", "Target.DeregistrationInProgress")
POD = "10.0.10.7:8080"


@pytest.fixture
def net(aws) -> Network:
    aws.config(targetHealthSeconds=None, targetDrainSeconds=None, albActiveSeconds=5)
    return Network(aws)


@pytest.fixture
def group(net) -> str:
    """A group in use, whose targets are healthy after 2 checks 10 seconds apart."""
    arn = net.target_group("web", HealthCheckIntervalSeconds=10, HealthyThresholdCount=2, UnhealthyThresholdCount=3)
    net.listener(net.balancer("web")["LoadBalancerArn"], arn)
    net.aws.advance(5)
    return arn


def test_elbv2_target_group_name(net, refused):
    for name, part in (("a" * 33, "32"), ("a_b", "alphanumeric"), ("-a", "begin or end"), ("a-", "begin or end")):
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
    grpc = net.elb.describe_target_groups(TargetGroupArns=[net.target_group("grpc", ProtocolVersion="GRPC")])["TargetGroups"][0]
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
    found = net.elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/ready", Matcher={"HttpCode": "204"})["TargetGroups"][0]
    assert (found["HealthCheckPath"], found["Matcher"], found["HealthCheckIntervalSeconds"]) == ("/ready", {"HttpCode": "204"}, 30)


def test_elbv2_target_group_delete(net, group, refused):
    other = net.target_group("other")
    on = net.elb.describe_listeners(LoadBalancerArn=net.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])
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
        change(slow_start__duration_seconds="30", load_balancing__algorithm__type="least_outstanding_requests")
    change(deregistration_delay__timeout_seconds="10")
    found = {a["Key"]: a["Value"] for a in net.elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
    assert found["deregistration_delay.timeout_seconds"] == "10" and found["stickiness.type"] == "lb_cookie"


def test_elbv2_targets_ip(net, group, refused):
    for target, code, part in (
        ({"Id": "8.8.8.8", "Port": 80}, "InvalidTarget", "not a private address"),
        ({"Id": "10.0.200.1", "Port": 80}, "ValidationError", "Availability Zone is required"),  # in the VPC's block, in no subnet
        ({"Id": "192.168.1.1", "Port": 80}, "ValidationError", "Availability Zone is required"),
        ({"Id": "192.168.1.1", "AvailabilityZone": "eu-west-1a"}, "ValidationError", "select 'all'"),
        ({"Id": "10.0.10.7", "AvailabilityZone": "all"}, "ValidationError", "cannot have its Availability Zone overridden to 'all' from 'eu-west-1a'"),
        ({"Id": "10.0.10.7", "AvailabilityZone": "eu-west-1b"}, "ValidationError", "eu-west-1a"),
        ({"Id": "web", "Port": 80}, "ValidationError", "not a valid"),
        ({"Id": "2001:db8::1", "Port": 80}, "ValidationError", "IP address type"),
        ({"Id": "10.0.10.7", "Port": 65536}, "ValidationError", ""),
    ):
        with refused(code, part):
            net.register(group, target)
    net.register(group, {"Id": "192.168.1.1", "Port": 80, "AvailabilityZone": "all"}, "10.0.10.7")
    assert set(net.health(group)) == {"192.168.1.1:80", "10.0.10.7:80"}


def test_elbv2_targets_instance(net, refused):
    arn = net.target_group("nodes", TargetType="instance", Port=30080)

    def run(subnet):
        return net.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]

    node, other = run(net.private[0]), run(Network(net.aws, "10.1.0.0/16").private[0])
    with refused("InvalidTarget", "do not exist"):
        net.register(arn, "i-0000000000000000")
    with refused("InvalidTarget", "not in the target group VPC"):
        net.register(arn, other)
    with refused("ValidationError", "Availability Zone"):
        net.register(arn, {"Id": node, "AvailabilityZone": "eu-west-1a"})
    with refused("ValidationError"):
        net.register(arn, "10.0.10.7")
    net.register(arn, node)
    assert net.health(arn) == {f"{node}:30080": UNUSED}
    net.listener(net.balancer("web")["LoadBalancerArn"], arn)
    net.aws.advance(600)
    assert net.health(arn) == {f"{node}:30080": HEALTHY}
    net.ec2.stop_instances(InstanceIds=[node])
    assert net.health(arn) == {f"{node}:30080": ("unused", "Target.InvalidState")}
    with refused("InvalidTarget", "not in a running state"):
        net.register(arn, node + ":1")


def test_elbv2_targets_register(net, group, refused):
    with refused("InvalidTarget"):
        net.register(group, POD, "8.8.8.8")
    assert net.health(group) == {}, "nothing of a refused call is kept"
    net.register(group, POD, "10.0.10.7:8081")
    assert set(net.health(group)) == {POD, "10.0.10.7:8081"}, "a target is its id and its port"
    net.aws.advance(20)
    net.register(group, POD)
    assert net.health(group)[POD] == HEALTHY, "registering again changes nothing"
    net.aws.config(targetsPerGroup=2)
    with refused("TooManyTargets"):
        net.register(group, "10.0.10.8:8080")
    net.aws.config(targetsPerGroup=1000, albTargets=2)
    with refused("TooManyTargets"):
        net.register(group, "10.0.10.8:8080")
    with refused("TargetGroupNotFound"):
        net.register(group + "0", POD)


def test_elbv2_targets_unused(net):
    arn = net.target_group("web", HealthCheckIntervalSeconds=10, HealthyThresholdCount=2)
    net.register(arn, POD, "10.0.12.7:8080")
    net.aws.advance(600)
    assert net.health(arn) == {POD: UNUSED, "10.0.12.7:8080": UNUSED}
    on = net.listener(net.balancer("web")["LoadBalancerArn"], arn)
    assert net.health(arn) == {POD: NEW, "10.0.12.7:8080": UNUSED}, "the load balancer is not in zone c"
    net.aws.advance(5)
    assert net.health(arn, POD) == {POD: CHECKING}, "health checks begin with use, not with registration"
    net.aws.advance(20)
    assert net.health(arn, POD) == {POD: HEALTHY}
    net.elb.delete_listener(ListenerArn=on)
    assert net.health(arn, POD) == {POD: UNUSED}


def test_elbv2_target_health_timeline(net, group):
    net.register(group, POD)
    assert net.health(group)[POD] == CHECKING
    net.aws.advance(19)
    assert net.health(group)[POD] == CHECKING
    net.aws.advance(1)
    assert net.health(group)[POD] == HEALTHY
    net.aws.control("POST", "targets", {"id": "10.0.10.7", "healthy": False})
    net.aws.advance(29)
    assert net.health(group)[POD] == HEALTHY
    net.aws.advance(1)
    assert net.health(group)[POD] == ("unhealthy", "Target.ResponseCodeMismatch")
    net.aws.control("POST", "targets", {"id": "10.0.10.7", "port": 8080, "healthy": True})
    net.aws.advance(19)
    assert net.health(group)[POD] == ("unhealthy", "Target.ResponseCodeMismatch")
    net.aws.advance(1)
    assert net.health(group)[POD] == HEALTHY
    net.aws.control("POST", "targets", {"id": "10.0.10.8", "behaviour": "timeout"})
    net.register(group, "10.0.10.8:8080")
    net.aws.advance(29)
    assert net.health(group)["10.0.10.8:8080"] == CHECKING
    net.aws.advance(1)
    assert net.health(group)["10.0.10.8:8080"] == ("unhealthy", "Target.Timeout")
    net.register(group, "10.0.10.9:8080")
    assert net.health(group)["10.0.10.9:8080"] == CHECKING, "also in a group that is healthy already"


def test_a_short_answer_in_between_changes_nothing(net, group):
    net.register(group, POD)
    net.aws.advance(30)
    for _ in range(3):
        net.aws.control("POST", "targets", {"id": "10.0.10.7", "healthy": False})
        net.aws.advance(10)
        net.aws.control("POST", "targets", {"id": "10.0.10.7", "healthy": True})
        net.aws.advance(10)
        assert net.health(group)[POD] == HEALTHY


def test_elbv2_targets_drain(net, group):
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
    net.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
    net.register(group, POD, "10.0.10.8:8080")
    net.aws.advance(20)
    net.deregister(group, POD, "10.0.10.9:8080")
    net.aws.advance(59)
    assert net.health(group)[POD] == DRAINING
    net.register(group, POD)
    assert net.health(group)[POD] == CHECKING, "registering ends draining and begins anew"
    net.deregister(group, POD)
    net.aws.advance(60)
    assert net.health(group) == {"10.0.10.8:8080": HEALTHY}


def test_elbv2_targets_describe(net, group):
    net.register(group, POD)
    assert net.health(group, POD, "10.0.10.9:80") == {POD: CHECKING, "10.0.10.9:80": ("unused", "Target.NotRegistered")}


def test_the_configured_times_replace_the_settings(net, group):
    net.aws.config(targetHealthSeconds=1, targetDrainSeconds=1)
    net.register(group, POD)
    net.aws.advance(1)
    assert net.health(group)[POD] == HEALTHY
    net.deregister(group, POD)
    net.aws.advance(1)
    assert net.health(group) == {}


def test_the_state_names_what_is_there(net, group):
    net.register(group, POD)
    state = net.aws.state()
    assert [b["name"] for b in state["loadBalancers"]] == ["web"]
    assert state["targetGroups"][0]["targets"] == [{"id": "10.0.10.7", "port": 8080, "state": "initial"}]
    assert len(state["networkInterfaces"]) == 2
    net.elb.delete_load_balancer(LoadBalancerArn=state["loadBalancers"][0]["arn"])
    net.aws.advance(60)
    assert net.aws.state()["networkInterfaces"] == []
    group_id = net.group()
    assert [g["id"] for g in net.aws.state()["securityGroups"]] == [group_id]


def test_elbv2_targets_security_groups_and_ec2_admission(net):
    net.aws.config(targetSecurityGroups=True, targetHealthSeconds=1)
    node_group, balancer_group = net.group(), net.group()
    run = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": net.private[0], "SecurityGroupIds": [node_group]}
    node = net.ec2.run_instances(**run)["Instances"][0]["InstanceId"]
    arn = net.target_group("nodes", TargetType="instance", Port=30080)
    net.register(arn, node)
    net.listener(net.balancer("web", SecurityGroups=[balancer_group])["LoadBalancerArn"], arn)
    net.aws.advance(60)
    assert net.health(arn)[f"{node}:30080"] == ("unhealthy", "Target.Timeout")
    from_balancer = {"IpProtocol": "tcp", "FromPort": 30000, "ToPort": 32767, "UserIdGroupPairs": [{"GroupId": balancer_group}]}
    net.ec2.authorize_security_group_ingress(GroupId=node_group, IpPermissions=[from_balancer])
    assert net.health(arn)[f"{node}:30080"] == HEALTHY
    net.ec2.revoke_security_group_ingress(GroupId=node_group, IpPermissions=[from_balancer])
    by_block = {"IpProtocol": "tcp", "FromPort": 30080, "ToPort": 30080, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    net.ec2.authorize_security_group_ingress(GroupId=node_group, IpPermissions=[by_block])
    assert net.health(arn)[f"{node}:30080"] == HEALTHY
