"""ELBv2, load balancers (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


def test_elbv2_lb_name(net, refused):
    for name, part in (
        ("a" * 33, "longer than '32'"),
        ("a_b", "alphanumeric"),
        ("-a", "begin or end"),
        ("a-", "begin or end"),
        ("internal-a", "internal-"),
    ):
        with refused("ValidationError", part):
            net.balancer(name)
    assert net.balancer("a" * 32)["LoadBalancerName"] == "a" * 32


def test_elbv2_lb_subnets(net, refused):
    with refused("ValidationError", "At least two subnets in two different Availability Zones"):
        net.balancer("one", Subnets=net.public[:1])
    with refused("InvalidConfigurationRequest", "multiple subnets in the same Availability Zone"):
        net.balancer("same", Subnets=[net.public[0], net.private[0]])
    with refused("SubnetNotFound"):
        net.balancer("none", Subnets=[net.public[0], "subnet-00000000"])
    other = Network(net.aws)
    with refused("InvalidConfigurationRequest", "same VPC"):
        net.balancer("two", Subnets=[net.public[0], other.public[1]])
    made = net.balancer("good", Subnets=net.public)
    assert [z["SubnetId"] for z in made["AvailabilityZones"]] == net.public
    assert [z["ZoneName"][-1] for z in made["AvailabilityZones"]] == ["a", "b", "c"]


def test_elbv2_lb_free_addresses(net, refused):
    small = [
        net.ec2.create_subnet(
            VpcId=net.vpc, CidrBlock=f"10.0.240.{16 * i}/28", AvailabilityZone=f"eu-west-1{z}"
        )["Subnet"]["SubnetId"]
        for i, z in enumerate("ab")
    ]
    with refused("InvalidSubnet", "at least 8 free IP addresses"):
        net.balancer("small", Subnets=small)


def test_elbv2_lb_internet_gateway(net, refused):
    vpc = net.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        net.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{i}.0/24", AvailabilityZone=f"eu-west-1{z}")[
            "Subnet"
        ]["SubnetId"]
        for i, z in enumerate("ab")
    ]
    with refused("InvalidSubnet", f"VPC {vpc} has no internet gateway"):
        net.balancer("public", Subnets=subnets)
    assert net.balancer("private", Subnets=subnets, Scheme="internal")["Scheme"] == "internal"


def test_elbv2_lb_security_groups(net, refused):
    other = Network(net.aws)
    with refused("InvalidSecurityGroup"):
        net.balancer("none", SecurityGroups=["sg-00000000"])
    with refused("InvalidConfigurationRequest", "do not belong to the VPC"):
        net.balancer("other", SecurityGroups=[other.group()])
    assert net.balancer("default")["SecurityGroups"] == [net.default_group]
    group = net.group()
    assert net.balancer("own", SecurityGroups=[group])["SecurityGroups"] == [group]


def test_elbv2_lb_ip_address_type(net, refused):
    with refused("InvalidSubnet", "IPv6"):
        net.balancer("dual", IpAddressType="dualstack")
    net.with_ipv6()
    assert net.balancer("dual", IpAddressType="dualstack")["IpAddressType"] == "dualstack"
    plain = net.balancer("plain")
    net.elb.set_ip_address_type(LoadBalancerArn=plain["LoadBalancerArn"], IpAddressType="dualstack")
    assert (
        net.elb.describe_load_balancers(Names=["plain"])["LoadBalancers"][0]["IpAddressType"] == "dualstack"
    )


def test_elbv2_lb_idempotent(net, refused):
    first = net.balancer("web")
    assert net.balancer("web")["LoadBalancerArn"] == first["LoadBalancerArn"]
    assert len(net.elb.describe_load_balancers()["LoadBalancers"]) == 1
    with refused("DuplicateLoadBalancerName", "exists, but with different settings"):
        net.balancer("web", Scheme="internal")
    with refused("DuplicateLoadBalancerName"):
        net.balancer("web", SecurityGroups=[net.group()])


def test_elbv2_lb_provisioning(net):
    net.aws.config(albActiveSeconds=30)
    assert net.balancer("web")["State"] == {"Code": "provisioning"}
    net.aws.advance(29)
    assert net.elb.describe_load_balancers()["LoadBalancers"][0]["State"] == {"Code": "provisioning"}
    net.aws.advance(1)
    assert net.elb.describe_load_balancers()["LoadBalancers"][0]["State"] == {"Code": "active"}


def test_elbv2_lb_dns_name_and_elbv2_lb_hosted_zone(net):
    import re

    outside, inside = net.balancer("web"), net.balancer("in", Scheme="internal")
    assert re.fullmatch(r"web-\d{9,10}\.eu-west-1\.elb\.amazonaws\.com", outside["DNSName"])
    assert re.fullmatch(r"internal-in-\d{9,10}\.eu-west-1\.elb\.amazonaws\.com", inside["DNSName"])
    assert outside["CanonicalHostedZoneId"] == "Z32O12XQLNTSW2"


def test_elbv2_lb_describe(net, refused):
    made = [net.balancer(f"lb-{i}") for i in range(3)]
    with refused("LoadBalancerNotFound", "gone"):
        net.elb.describe_load_balancers(Names=["lb-0", "gone"])
    with refused("ValidationError", "at the same time"):
        net.elb.describe_load_balancers(Names=["lb-0"], LoadBalancerArns=[made[0]["LoadBalancerArn"]])
    pages = list(net.elb.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(p["LoadBalancers"]) for p in pages] == [2, 1]
    with refused("ValidationError", "Up to '20'"):
        net.elb.describe_load_balancers(LoadBalancerArns=[made[0]["LoadBalancerArn"]] * 21)


def test_elbv2_lb_delete(net, refused):
    arn = net.balancer("web")["LoadBalancerArn"]
    group = net.target_group("t")
    on = net.listener(arn, group)
    protect = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    net.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protect)
    with refused("OperationNotPermitted", "deletion protection is enabled"):
        net.elb.delete_load_balancer(LoadBalancerArn=arn)
    protect[0]["Value"] = "false"
    net.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protect)
    net.elb.delete_load_balancer(LoadBalancerArn=arn)
    net.elb.delete_load_balancer(LoadBalancerArn=arn)
    with refused("ListenerNotFound"):
        net.elb.describe_rules(ListenerArn=on)
    assert net.elb.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == []
    net.elb.delete_target_group(TargetGroupArn=group)


def test_elbv2_lb_interfaces_linger(net, refused):
    net.aws.config(eniReleaseSeconds=60)
    group = net.group()
    before = net.free_addresses()
    arn = net.balancer("web", SecurityGroups=[group])["LoadBalancerArn"]
    assert net.free_addresses() == [n - 1 for n in before]
    with refused("DependencyViolation"):
        net.ec2.delete_security_group(GroupId=group)
    net.elb.delete_load_balancer(LoadBalancerArn=arn)
    net.aws.advance(59)
    with refused("DependencyViolation"):
        net.ec2.delete_security_group(GroupId=group)
    net.aws.advance(1)
    net.ec2.delete_security_group(GroupId=group)
    assert net.free_addresses() == before


def test_elbv2_lb_set_subnets(net, refused):
    arn = net.balancer("web", Subnets=net.public[:2])["LoadBalancerArn"]
    with refused("ValidationError", "At least two"):
        net.elb.set_subnets(LoadBalancerArn=arn, Subnets=net.public[:1])
    with refused("InvalidConfigurationRequest", "do not belong to the VPC"):
        net.elb.set_subnets(LoadBalancerArn=arn, Subnets=Network(net.aws).public[:2])
    answer = net.elb.set_subnets(LoadBalancerArn=arn, Subnets=net.public)
    assert len(answer["AvailabilityZones"]) == 3
    assert len(net.interfaces()) == 3
    net.elb.set_subnets(LoadBalancerArn=arn, Subnets=net.public[1:])
    assert len(net.interfaces()) == 2


def test_elbv2_lb_set_security_groups(net, refused):
    arn = net.balancer("web")["LoadBalancerArn"]
    with refused("InvalidSecurityGroup"):
        net.elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=["sg-00000000"])
    group = net.group()
    assert net.elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group])["SecurityGroupIds"] == [
        group
    ]
    assert [g["GroupId"] for e in net.interfaces() for g in e["Groups"]] == [group, group]


def test_elbv2_lb_attributes(net, refused):
    arn = net.balancer("web")["LoadBalancerArn"]

    def change(key, value):
        net.elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value}]
        )

    with refused("ValidationError", "not recognized"):
        change("idle_timeout", "60")
    with refused("ValidationError", "between '1-4000'"):
        change("idle_timeout.timeout_seconds", "4001")
    with refused("ValidationError", "must be one of"):
        change("routing.http2.enabled", "yes")
    with refused("ValidationError", "cannot be empty"):
        change("access_logs.s3.enabled", "true")
    change("idle_timeout.timeout_seconds", "90")
    found = {
        a["Key"]: a["Value"]
        for a in net.elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    }
    assert found["idle_timeout.timeout_seconds"] == "90" and found["routing.http2.enabled"] == "true"


def test_elbv2_quotas(net, refused):
    net.aws.config(albQuota=1, albListeners=1, targetGroups=2, albRules=1)
    arn = net.balancer("web")["LoadBalancerArn"]
    with refused("TooManyLoadBalancers"):
        net.balancer("more")
    on = net.listener(arn, net.target_group("a"))
    with refused("TooManyListeners"):
        net.listener(arn, net.target_group("b"), port=81)
    with refused("TooManyTargetGroups"):
        net.target_group("c")
    net.rule(on, 1)
    with refused("TooManyRules"):
        net.rule(on, 2)


def test_elbv2_account_limits(net):
    found = {each["Name"]: each["Max"] for each in net.elb.describe_account_limits()["Limits"]}
    assert found["rules-per-application-load-balancer"] == "100"
    assert found["certificates-per-application-load-balancer"] == "25"


def test_elbv2_supported(net, refused):
    with refused("InvalidAction", "not part of this stand-in"):
        net.elb.create_trust_store(Name="x", CaCertificatesBundleS3Bucket="b", CaCertificatesBundleS3Key="k")
    assert net.elb.describe_ssl_policies()["SslPolicies"]


def test_elbv2_tag_values_and_elbv2_tag_reserved(net, refused):
    def tagged(*tags):
        return net.balancer("web", Tags=[{"Key": k, "Value": v} for k, v in tags])

    with refused("DuplicateTagKeys"):
        tagged(("a", "1"), ("a", "2"))
    with refused("ValidationError", "128"):
        tagged(("a" * 129, "1"))
    with refused("ValidationError", "256"):
        tagged(("a", "v" * 257))
    with refused("ValidationError"):
        tagged(("a", "50%"))
    with refused("ValidationError", "reserved"):
        tagged(("aws:a", "1"))
    made = tagged(("fairlead.dev/object", "Ingress/default/web"))
    assert net.tags(made["LoadBalancerArn"]) == {"fairlead.dev/object": "Ingress/default/web"}


def test_elbv2_tag_count_and_elbv2_tag_resources(net, refused):
    arn = net.balancer("web", Tags=[{"Key": f"k{i}", "Value": ""} for i in range(50)])["LoadBalancerArn"]
    more = [{"Key": "more", "Value": "1"}]
    with refused("TooManyTags"):
        net.elb.add_tags(ResourceArns=[arn], Tags=more)
    net.elb.add_tags(ResourceArns=[arn], Tags=[{"Key": "k1", "Value": "changed"}])
    assert net.tags(arn)["k1"] == "changed"
    on = net.listener(arn, net.target_group("t"))
    with refused("ListenerNotFound"):
        net.elb.add_tags(ResourceArns=[on, on + "0"], Tags=more)
    assert net.tags(on) == {}
    with refused("ValidationError", "Up to '20'"):
        net.elb.describe_tags(ResourceArns=[arn] * 21)
    net.elb.remove_tags(ResourceArns=[arn], TagKeys=["k0"])
    assert len(net.tags(arn)) == 49


def test_elbv2_tag_index(net):
    tags = [{"Key": "fairlead.dev/cluster", "Value": "c"}]
    arn = net.balancer("web", Tags=tags)["LoadBalancerArn"]
    group = net.target_group("t", Tags=tags)
    on = net.listener(arn, group, Tags=tags)
    rule = net.rule(on, 1, Tags=tags)
    net.balancer("other")
    net.aws.advance(60)
    wanted = [{"Key": "fairlead.dev/cluster", "Values": ["c"]}]
    found = net.aws.client("resourcegroupstaggingapi").get_resources(TagFilters=wanted)[
        "ResourceTagMappingList"
    ]
    assert {f["ResourceARN"] for f in found} == {arn, group, on, rule}
