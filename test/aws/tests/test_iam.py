"""IAM: what a role with policies may do (simulated clock)."""

from __future__ import annotations

import json
from pathlib import Path

import pki
import pytest
from conftest import A
from elbv2_support import Network, fixed
from fairlead_aws.iam_policy import Ask, allows, check_policy

DEPLOYED = Path(__file__).resolve().parents[3] / "deploy" / "iam"
KEY = "fairlead.dev/cluster"
OURS = [{"Key": KEY, "Value": "c1"}]
THEIRS = [{"Key": "team", "Value": "games"}]
ALLOW = {"Effect": "Allow", "Resource": "*"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": [{**ALLOW, **one} for one in statements]}


def role_of(name):
    return f"arn:aws:iam::{A}:role/fairlead-{name}"


class Acting:
    """Clients of a session of a role with these policies."""

    def __init__(self, aws, name, *policies):
        aws.config(policies={role_of(name): list(policies)})
        keys = aws.client("sts").assume_role(RoleArn=role_of(name), RoleSessionName=f"fairlead-{name}")["Credentials"]
        self.elb, self.ec2, self.acm, self.route53, self.tagging = (
            aws.client(service, keys=keys)
            for service in ("elbv2", "ec2", "acm", "route53", "resourcegroupstaggingapi")
        )


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


def deployed(aws, name, *more):
    """A role as deploy/iam has it."""
    documents = [json.loads((DEPLOYED / f"{one}.json").read_text()) for one in (name, *more)]
    return Acting(aws, name, *documents)


@pytest.mark.parametrize(
    ("condition", "keys", "allowed"),
    [
        ({}, {}, True),
        ({"Null": {"aws:ResourceTag/x": "false"}}, {"aws:ResourceTag/x": "1"}, True),
        ({"Null": {"aws:ResourceTag/x": "false"}}, {"aws:ResourceTag/y": "1"}, False),
        ({"Null": {"aws:ResourceTag/x": "true"}}, {}, True),
        ({"Null": {"aws:ResourceTag/x": "true"}}, {"aws:ResourceTag/x": "1"}, False),
        ({"StringEquals": {"ec2:CreateAction": ["A", "B"]}}, {"ec2:CreateAction": "B"}, True),
        ({"StringEquals": {"ec2:CreateAction": "A"}}, {"ec2:CreateAction": "B"}, False),
        ({"StringEquals": {"ec2:CreateAction": "A"}}, {}, False),
        ({"Null": {"a": "false"}, "StringEquals": {"b": "1"}}, {"a": "1"}, False),
        ({"Null": {"a": "false"}, "StringEquals": {"b": "1"}}, {"a": "1", "b": "1"}, True),
    ],
)
def test_every_condition_of_a_statement_must_hold__IAM_IMPLICIT_DENY(condition, keys, allowed):
    one = policy({"Action": "elasticloadbalancing:Create*", "Condition": condition})
    assert allows([one], Ask("elasticloadbalancing:CreateRule", keys)) is allowed
    assert not allows([one], Ask("elasticloadbalancing:DeleteRule", keys))


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"Resource": "arn:aws:acm:*:*:certificate/*"},
        {"NotAction": "acm:*"},
        {"Condition": {"StringLike": {"a": "b"}}},
    ],
)
def test_what_cannot_be_judged_is_not_judged(statement):
    with pytest.raises(ValueError, match="known"):
        check_policy(policy({"Action": "acm:*", **statement}))


def test_a_role_may_do_what_its_policies_allow_and_nothing_else__IAM_IMPLICIT_DENY(aws, refused):
    acting = Acting(aws, "dns", policy({"Action": ["route53:ListHostedZones"]}))
    acting.route53.list_hosted_zones()
    with refused("AccessDenied", f"assumed-role/fairlead-dns/fairlead-dns is not authorized to perform: route53:GetChange") as r:
        acting.route53.get_change(Id="C1")
    assert r.status == 403
    with refused("AccessDenied", "elasticloadbalancing:DescribeLoadBalancers"):
        acting.elb.describe_load_balancers()
    with refused("UnauthorizedOperation", "ec2:DescribeSubnets"):
        acting.ec2.describe_subnets()
    with refused("AccessDeniedException", "acm:ListCertificates"):
        acting.acm.list_certificates()
    with refused("AccessDeniedException", "tag:GetResources"):
        acting.tagging.get_resources()
    denied = [(c["actions"], c["denied"]) for c in aws.calls(service="route53")]
    assert denied == [(["route53:ListHostedZones"], None), (["route53:GetChange"], "route53:GetChange")]
    # Those without policies, and who asks who they are, need none.
    keys = aws.client("sts").assume_role(RoleArn=role_of("dns"), RoleSessionName="dns")["Credentials"]
    aws.client("sts", keys=keys).get_caller_identity()
    aws.client("elbv2").describe_load_balancers()


def test_a_role_without_policies_in_the_configuration_may_do_everything__IAM_IMPLICIT_DENY(aws):
    keys = aws.client("sts").assume_role(RoleArn=role_of("other"), RoleSessionName="other")["Credentials"]
    aws.config(policies={role_of("dns"): []})
    aws.client("elbv2", keys=keys).describe_load_balancers()


def test_a_user_may_do_what_the_policies_of_its_key_allow__IAM_IMPLICIT_DENY(aws, refused):
    aws.config(policies={f"AKIA{A}TEST": [policy({"Action": "sts:AssumeRole"})]})
    keys = aws.client("sts").assume_role(RoleArn=role_of("other"), RoleSessionName="other")["Credentials"]
    aws.client("elbv2", keys=keys).describe_load_balancers()
    with refused("AccessDenied", "user/fairlead is not authorized to perform: elasticloadbalancing:DescribeLoadBalancers"):
        aws.client("elbv2").describe_load_balancers()


def test_a_load_balancer_and_targets_need_reads_of_ec2__IAM_ELB_ASKS_EC2(aws, net, refused):
    elb = "elasticloadbalancing:"
    acting = Acting(aws, "x", policy({"Action": [f"{elb}CreateLoadBalancer", f"{elb}CreateTargetGroup"]}))
    with refused("AccessDenied", "ec2:DescribeAccountAttributes"):
        acting.elb.create_load_balancer(Name="web", Subnets=net.public[:2])
    wanted = {"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": net.vpc, "TargetType": "ip"}
    with refused("AccessDenied", "ec2:DescribeInternetGateways"):
        acting.elb.create_target_group(**wanted)
    made = aws.client("elbv2").create_target_group(**wanted)["TargetGroups"][0]["TargetGroupArn"]
    acting = Acting(aws, "y", policy({"Action": [f"{elb}RegisterTargets", "ec2:DescribeSubnets"]}))
    with refused("AccessDenied", "ec2:DescribeInstances"):
        acting.elb.register_targets(TargetGroupArn=made, Targets=[{"Id": "10.0.0.9", "Port": 80}])


def test_making_something_with_tags_asks_for_AddTags__IAM_ELB_TAG_ON_CREATE(aws, net, refused):
    create = {"Action": ["elasticloadbalancing:CreateLoadBalancer", "ec2:Describe*"]}
    acting = Acting(aws, "x", policy(create))
    wanted = {"Name": "web", "Subnets": net.public[:2]}
    with refused("AccessDenied", "elasticloadbalancing:AddTags"):
        acting.elb.create_load_balancer(**wanted, Tags=OURS)
    within = {"StringEquals": {"elasticloadbalancing:CreateAction": "CreateLoadBalancer"}}
    acting = Acting(aws, "y", policy(create, {"Action": "elasticloadbalancing:AddTags", "Condition": within}))
    made = acting.elb.create_load_balancer(**wanted, Tags=OURS)["LoadBalancers"][0]["LoadBalancerArn"]
    with refused("AccessDenied", "elasticloadbalancing:AddTags"):
        acting.elb.add_tags(ResourceArns=[made], Tags=THEIRS)
    Acting(aws, "z", policy(create)).elb.create_load_balancer(**{**wanted, "Name": "bare"})


def test_a_security_group_with_tags_asks_for_CreateTags__IAM_EC2_TAG_ON_CREATE(aws, net, refused):
    tags = [{"ResourceType": "security-group", "Tags": OURS}]
    wanted = {"GroupName": "g", "Description": "d", "VpcId": net.vpc}
    acting = Acting(aws, "x", policy({"Action": "ec2:CreateSecurityGroup"}))
    with refused("UnauthorizedOperation", "ec2:CreateTags"):
        acting.ec2.create_security_group(**wanted, TagSpecifications=tags)
    acting.ec2.create_security_group(**wanted)
    # The network is asked about as well, and it has no tag of ours.
    ours = {"Null": {f"aws:RequestTag/{KEY}": "false"}}
    acting = Acting(aws, "y", policy({"Action": ["ec2:CreateSecurityGroup", "ec2:CreateTags"], "Condition": ours}))
    with refused("UnauthorizedOperation", "ec2:CreateSecurityGroup"):
        acting.ec2.create_security_group(**{**wanted, "GroupName": "h"}, TagSpecifications=tags)


def test_the_load_balancer_controller_reaches_what_is_ours_alone__IAM_TAG_KEYS(aws, net, refused):
    acting = deployed(aws, "loadbalancers")
    mine = acting.elb.create_load_balancer(Name="mine", Subnets=net.public[:2], Tags=OURS)
    with refused("AccessDenied", "CreateLoadBalancer"):
        acting.elb.create_load_balancer(Name="bare", Subnets=net.public[:2])
    foreign = net.balancer("theirs", Tags=THEIRS)["LoadBalancerArn"]
    mine = mine["LoadBalancers"][0]["LoadBalancerArn"]
    change = {"Attributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "61"}]}
    acting.elb.modify_load_balancer_attributes(LoadBalancerArn=mine, **change)
    with refused("AccessDenied", "ModifyLoadBalancerAttributes"):
        acting.elb.modify_load_balancer_attributes(LoadBalancerArn=foreign, **change)
    with refused("AccessDenied", "DeleteLoadBalancer"):
        acting.elb.delete_load_balancer(LoadBalancerArn=foreign)
    # Who may tag what is there could call it ours.
    with refused("AccessDenied", "AddTags"):
        acting.elb.add_tags(ResourceArns=[foreign], Tags=OURS)
    with refused("AccessDenied", "AddTags"):
        acting.elb.add_tags(ResourceArns=[mine, foreign], Tags=OURS)
    acting.elb.add_tags(ResourceArns=[mine], Tags=THEIRS)
    listener = acting.elb.create_listener(
        LoadBalancerArn=mine, Port=80, Protocol="HTTP", DefaultActions=[fixed()], Tags=OURS
    )["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/a"]}]
    with refused("AccessDenied", "CreateListener"):
        acting.elb.create_listener(LoadBalancerArn=mine, Port=81, Protocol="HTTP", DefaultActions=[fixed()])
    with refused("AccessDenied", "CreateRule"):
        acting.elb.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=[fixed()])
    made = acting.elb.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=[fixed()], Tags=OURS)
    acting.elb.set_rule_priorities(RulePriorities=[{"RuleArn": made["Rules"][0]["RuleArn"], "Priority": 2}])
    acting.elb.delete_rule(RuleArn=made["Rules"][0]["RuleArn"])
    # What is not there is not there, whoever asks.
    with refused("LoadBalancerNotFound"):
        acting.elb.modify_load_balancer_attributes(LoadBalancerArn=f"{mine}0", **change)


def test_security_groups_by_their_tags__IAM_TAG_KEYS(aws, net, refused):
    acting = deployed(aws, "loadbalancers")
    tags = [{"ResourceType": "security-group", "Tags": OURS}]
    made = acting.ec2.create_security_group(GroupName="g", Description="d", VpcId=net.vpc, TagSpecifications=tags)
    opened = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    acting.ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=opened)
    foreign = net.group()
    with refused("UnauthorizedOperation", "ec2:AuthorizeSecurityGroupIngress"):
        acting.ec2.authorize_security_group_ingress(GroupId=foreign, IpPermissions=opened)
    with refused("UnauthorizedOperation", "ec2:CreateTags"):
        acting.ec2.create_tags(Resources=[foreign], Tags=OURS)
    with refused("UnauthorizedOperation", "ec2:DeleteTags"):
        acting.ec2.delete_tags(Resources=[made["GroupId"]], Tags=[{"Key": KEY}])
    deployed(aws, "loadbalancers", "release").ec2.delete_tags(Resources=[made["GroupId"]], Tags=[{"Key": KEY}])


def test_certificates_by_their_tags__IAM_TAG_KEYS(aws, refused):
    acting = deployed(aws, "certificates")
    with refused("AccessDeniedException", "acm:ImportCertificate"):
        acting.acm.import_certificate(**pki.issue())
    foreign = aws.client("acm").import_certificate(**pki.issue())["CertificateArn"]
    with refused("AccessDeniedException", "acm:ImportCertificate"):
        acting.acm.import_certificate(CertificateArn=foreign, **pki.issue())
    with refused("AccessDeniedException", "acm:DeleteCertificate"):
        acting.acm.delete_certificate(CertificateArn=foreign)
    mine = acting.acm.import_certificate(**pki.issue(), Tags=OURS)["CertificateArn"]
    acting.acm.import_certificate(CertificateArn=mine, **pki.issue())
    acting.acm.delete_certificate(CertificateArn=mine)
    bare = Acting(aws, "x", policy({"Action": "acm:ImportCertificate"}))
    with refused("AccessDeniedException", "acm:AddTagsToCertificate"):
        bare.acm.import_certificate(**pki.issue(), Tags=OURS)
