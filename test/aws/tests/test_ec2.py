"""EC2: security groups and what the load balancer controller reads (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


def allow(net, group, *permissions):
    return net.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions))


def tcp(port, *blocks, **more):
    ranges = {"IpRanges": [{"CidrIp": b} for b in blocks]} if blocks else {}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges, **more}


def ingress(net, group):
    return net.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]


def test_ec2_group_name(net, refused):
    for wrong in (
        {"GroupName": "é"},
        {"GroupName": "a" * 256},
        {"GroupName": "sg-1"},
        {"GroupName": "default"},
    ):
        with refused("InvalidParameterValue", "GroupName"):
            net.group(**wrong)
    with refused("InvalidParameterValue", "GroupDescription"):
        net.group(Description="don't")
    with refused("InvalidParameterValue", "GroupDescription"):
        net.group(Description="d" * 256)


def test_ec2_group_duplicate(net, refused):
    net.group(GroupName="web")
    with refused("InvalidGroup.Duplicate", "already exists for VPC"):
        net.group(GroupName="web")
    assert Network(net.aws, "10.1.0.0/16").group(GroupName="web")
    with refused("InvalidVpcID.NotFound"):
        net.group(VpcId="vpc-00000000")


def test_ec2_tag_specifications_and_ec2_tags(net, refused):
    def tagged(*tags, kind="security-group"):
        spec = {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags]}
        return net.group(TagSpecifications=[spec])

    group = tagged(("fairlead.dev/cluster", "c"))
    other = net.group()
    net.ec2.create_tags(Resources=[other], Tags=[{"Key": "fairlead.dev/cluster", "Value": "d"}])
    found = net.ec2.describe_security_groups(Filters=[{"Name": "tag:fairlead.dev/cluster", "Values": ["c"]}])
    assert [g["GroupId"] for g in found["SecurityGroups"]] == [group]
    with refused("InvalidParameterValue", "taggable resource type"):
        tagged(("a", "b"), kind="vpc")
    with refused("InvalidParameterValue", "reserved"):
        tagged(("aws:a", "b"))
    with refused("InvalidParameterValue", "Duplicate tag key"):
        tagged(("a", "b"), ("a", "c"))
    with refused("TagLimitExceeded"):
        tagged(*((f"k{i}", "") for i in range(51)))
    with refused("InvalidParameterValue", "127"):
        net.ec2.create_tags(Resources=[group], Tags=[{"Key": "k" * 128, "Value": ""}])


def test_ec2_group_in_use(net, refused):
    group, other = net.group(), net.group()
    pair = {"UserIdGroupPairs": [{"GroupId": group}]}
    allow(net, other, tcp(80, **pair))
    with refused("DependencyViolation", "has a dependent object"):
        net.ec2.delete_security_group(GroupId=group)
    net.ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[tcp(80, **pair)])
    allow(net, group, tcp(80, UserIdGroupPairs=[{"GroupId": group}]))  # its own rule does not hold it
    arn = net.balancer("web", SecurityGroups=[group])["LoadBalancerArn"]
    with refused("DependencyViolation"):
        net.ec2.delete_security_group(GroupId=group)
    net.elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[other])
    net.ec2.delete_security_group(GroupId=group)
    with refused("InvalidGroup.NotFound"):
        net.ec2.delete_security_group(GroupId=group)
    with refused("CannotDelete"):
        net.ec2.delete_security_group(GroupId=net.default_group)


def test_ec2_group_describe(net, refused):
    group = net.group(GroupName="web")
    with refused("InvalidGroup.NotFound", "sg-00000000"):
        net.ec2.describe_security_groups(GroupIds=[group, "sg-00000000"])
    with refused("InvalidGroupId.Malformed"):
        net.ec2.describe_security_groups(GroupIds=["web"])
    named = [{"Name": "group-name", "Values": ["web"]}, {"Name": "vpc-id", "Values": [net.vpc]}]
    assert [g["GroupId"] for g in net.ec2.describe_security_groups(Filters=named)["SecurityGroups"]] == [
        group
    ]


def test_ec2_permission_duplicate(net, refused):
    group = net.group()
    allow(net, group, tcp(80, "0.0.0.0/0"))
    described = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "other"}]}
    with refused("InvalidPermission.Duplicate", "peer: 0.0.0.0/0, TCP, from port: 80"):
        allow(net, group, tcp(443, "0.0.0.0/0"), tcp(80, **described))
    assert [p["FromPort"] for p in ingress(net, group)] == [80], "nothing of a refused call is kept"
    with refused("InvalidParameterValue", "multiple times"):
        allow(net, group, tcp(443, "10.0.0.0/8", "10.0.0.0/8"))
    answer = allow(net, group, tcp(443, "10.0.0.0/8"), {**tcp(443), "Ipv6Ranges": [{"CidrIpv6": "::/0"}]})
    assert [r.get("CidrIpv4") or r["CidrIpv6"] for r in answer["SecurityGroupRules"]] == [
        "10.0.0.0/8",
        "::/0",
    ]


def test_ec2_permission_not_found(net, refused):
    group = net.group()
    allow(net, group, tcp(80, "0.0.0.0/0"))
    with refused("InvalidPermission.NotFound"):
        net.ec2.revoke_security_group_ingress(
            GroupId=group, IpPermissions=[tcp(80, "0.0.0.0/0"), tcp(81, "0.0.0.0/0")]
        )
    assert len(ingress(net, group)) == 1
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        net.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=["sgr-00000000000000000"])
    net.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(80, "0.0.0.0/0")])
    assert ingress(net, group) == []
    every = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    net.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=every)


def test_ec2_permission_valid_and_ec2_permission_description(net, refused):
    group = net.group()
    for wrong in ("10.0.0.0", "10.0.0.0/33", "::/0", "10.0.0/8"):
        with refused("InvalidParameterValue", "malformed"):
            allow(net, group, tcp(80, wrong))
    with refused("InvalidParameterValue", "port range"):
        allow(net, group, {**tcp(80, "10.0.0.0/8"), "ToPort": 79})
    with refused("InvalidParameterValue", "Unknown protocol"):
        allow(net, group, {"IpProtocol": "http", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    with refused("InvalidParameterValue", "rule description"):
        allow(net, group, tcp(80, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "a|b"}]))
    with refused("InvalidGroup.NotFound"):
        allow(net, group, tcp(80, UserIdGroupPairs=[{"GroupId": "sg-00000000"}]))


def test_ec2_permission_valid_clears_host_bits_and_shortens_ipv6(net, refused):
    group = net.group()
    allow(net, group, tcp(80, "10.1.2.3/8", Ipv6Ranges=[{"CidrIpv6": "2001:DB8:0::1/48"}]))
    (rule,) = ingress(net, group)
    assert [r["CidrIp"] for r in rule["IpRanges"]] == ["10.0.0.0/8"]
    assert [r["CidrIpv6"] for r in rule["Ipv6Ranges"]] == ["2001:db8::/48"]
    with refused("InvalidPermission.Duplicate", "peer: 10.0.0.0/8"):
        allow(net, group, tcp(80, "10.9.9.9/8"))
    with refused("InvalidPermission.Duplicate", "peer: 2001:db8::/48"):
        allow(net, group, {**tcp(80), "Ipv6Ranges": [{"CidrIpv6": "2001:0db8::/48"}]})
    with refused("InvalidParameterValue", "multiple times"):
        allow(net, group, tcp(443, "10.0.0.0/8", "10.1.0.0/8"))
    net.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(80, "10.2.2.2/8")])
    assert not ingress(net, group)[0].get("IpRanges")


def test_ec2_permission_limit(net, refused):
    net.aws.config(rulesPerSecurityGroup=2)
    group = net.group()
    allow(net, group, tcp(80, "10.0.0.0/8", "10.1.0.0/16"))
    with refused("RulesPerSecurityGroupLimitExceeded"):
        allow(net, group, tcp(81, "10.0.0.0/8"))
    allow(net, group, {**tcp(80), "Ipv6Ranges": [{"CidrIpv6": "::/0"}]})


def test_ec2_max_results_and_ec2_filters(net, refused):
    with refused("InvalidParameterCombination"):
        net.ec2.describe_subnets(MaxResults=5, SubnetIds=net.public)
    with refused("InvalidParameterValue", "The filter 'vpc' is invalid"):
        net.ec2.describe_subnets(Filters=[{"Name": "vpc", "Values": [net.vpc]}])
    with refused("FilterLimitExceeded"):
        net.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [str(i) for i in range(201)]}])


def test_the_network_can_be_read(net):
    net.ec2.create_tags(Resources=net.public, Tags=[{"Key": "kubernetes.io/role/elb", "Value": "1"}])
    wanted = [
        {"Name": "tag:kubernetes.io/role/elb", "Values": ["1", ""]},
        {"Name": "vpc-id", "Values": [net.vpc]},
    ]
    found = net.ec2.describe_subnets(Filters=wanted)["Subnets"]
    assert sorted(s["SubnetId"] for s in found) == sorted(net.public)
    assert all(s["AvailableIpAddressCount"] == 251 for s in found)
    assert net.ec2.describe_vpcs(VpcIds=[net.vpc])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    assert len(net.ec2.describe_availability_zones()["AvailabilityZones"]) == 3
    assert net.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [net.vpc]}])["RouteTables"]
