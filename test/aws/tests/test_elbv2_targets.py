"""ELBv2, targets and their health (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network

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
    arn = net.target_group(
        "web", HealthCheckIntervalSeconds=10, HealthyThresholdCount=2, UnhealthyThresholdCount=3
    )
    net.listener(net.balancer("web")["LoadBalancerArn"], arn)
    net.aws.advance(5)
    return arn


def test_elbv2_targets_ip(net, group, refused):
    for target, code, part in (
        ({"Id": "8.8.8.8", "Port": 80}, "InvalidTarget", "not a private address"),
        (
            {"Id": "10.0.200.1", "Port": 80},
            "ValidationError",
            "Availability Zone is required",
        ),  # in the VPC's block, in no subnet
        ({"Id": "192.168.1.1", "Port": 80}, "ValidationError", "Availability Zone is required"),
        ({"Id": "192.168.1.1", "AvailabilityZone": "eu-west-1a"}, "ValidationError", "select 'all'"),
        (
            {"Id": "10.0.10.7", "AvailabilityZone": "all"},
            "ValidationError",
            "cannot have its Availability Zone overridden to 'all' from 'eu-west-1a'",
        ),
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
        return net.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)[
            "Instances"
        ][0]["InstanceId"]

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
    assert net.health(group, POD, "10.0.10.9:80") == {
        POD: CHECKING,
        "10.0.10.9:80": ("unused", "Target.NotRegistered"),
    }


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
    run = {
        "ImageId": "ami-12c6146b",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": net.private[0],
        "SecurityGroupIds": [node_group],
    }
    node = net.ec2.run_instances(**run)["Instances"][0]["InstanceId"]
    arn = net.target_group("nodes", TargetType="instance", Port=30080)
    net.register(arn, node)
    net.listener(net.balancer("web", SecurityGroups=[balancer_group])["LoadBalancerArn"], arn)
    net.aws.advance(60)
    assert net.health(arn)[f"{node}:30080"] == ("unhealthy", "Target.Timeout")
    from_balancer = {
        "IpProtocol": "tcp",
        "FromPort": 30000,
        "ToPort": 32767,
        "UserIdGroupPairs": [{"GroupId": balancer_group}],
    }
    net.ec2.authorize_security_group_ingress(GroupId=node_group, IpPermissions=[from_balancer])
    assert net.health(arn)[f"{node}:30080"] == HEALTHY
    net.ec2.revoke_security_group_ingress(GroupId=node_group, IpPermissions=[from_balancer])
    by_block = {
        "IpProtocol": "tcp",
        "FromPort": 30080,
        "ToPort": 30080,
        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
    }
    net.ec2.authorize_security_group_ingress(GroupId=node_group, IpPermissions=[by_block])
    assert net.health(arn)[f"{node}:30080"] == HEALTHY
