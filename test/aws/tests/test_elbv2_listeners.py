"""ELBv2, listeners and their certificates (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network, fixed, forward
from pki import issue


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


@pytest.fixture
def arn(net) -> str:
    return net.balancer("web")["LoadBalancerArn"]


def listed(net, listener):
    found = net.elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
    return [(c["CertificateArn"], c["IsDefault"]) for c in found]


def add(net, listener, *certificates):
    wanted = [{"CertificateArn": c} for c in certificates]
    return net.elb.add_listener_certificates(ListenerArn=listener, Certificates=wanted)


def remove(net, listener, *certificates):
    wanted = [{"CertificateArn": c} for c in certificates]
    return net.elb.remove_listener_certificates(ListenerArn=listener, Certificates=wanted)


def test_elbv2_listener_protocol(net, arn, refused):
    with refused("ValidationError", "must be one of 'HTTP, HTTPS'"):
        net.listener(arn, None, Protocol="TCP")
    with refused("ValidationError", "port"):
        net.listener(arn, None, port=0)
    with refused("ValidationError", "port"):
        net.listener(arn, None, port=65536)


def test_elbv2_listener_port(net, arn, refused):
    first = net.listener(arn, None)
    second = net.listener(arn, None, port=81)
    with refused("DuplicateListener", "already exists on this port"):
        net.listener(arn, net.target_group("other"))
    with refused("DuplicateListener"):
        net.elb.modify_listener(ListenerArn=second, Port=80)
    net.elb.modify_listener(ListenerArn=first, Port=80)
    with refused("LoadBalancerNotFound"):
        net.listener(arn + "0", None)


def test_elbv2_listener_idempotent(net, arn, refused):
    group, certificate = net.target_group("web"), net.certificate()
    assert net.listener(arn, group) == net.listener(arn, group)
    on = net.https(arn, certificate)
    assert net.https(arn, certificate) == on
    assert len(net.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]) == 2
    with refused("DuplicateListener"):
        net.https(arn, net.certificate("a.example.com"))


def test_elbv2_listener_policy(net, arn, refused):
    certificate = net.certificate()
    with refused("SSLPolicyNotFound"):
        net.https(arn, certificate, SslPolicy="ELBSecurityPolicy-Best")
    on = net.https(arn, certificate, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    with refused("SSLPolicyNotFound"):
        net.elb.modify_listener(ListenerArn=on, SslPolicy="x")
    with refused("SSLPolicyNotFound"):
        net.elb.describe_ssl_policies(Names=["x"])
    found = net.elb.describe_listeners(ListenerArns=[on])["Listeners"][0]
    assert found["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_elbv2_listener_security(net, arn, refused):
    certificate = net.certificate()
    with refused("ValidationError", "A certificate must be specified"):
        net.listener(arn, None, Protocol="HTTPS")
    with refused("ValidationError", "Certificates cannot be specified"):
        net.listener(arn, None, Certificates=[{"CertificateArn": certificate}])
    with refused("ValidationError", "policy"):
        net.listener(arn, None, SslPolicy="ELBSecurityPolicy-2016-08")
    with refused("ValidationError", "Up to '1'"):
        net.https(arn, certificate, Certificates=[{"CertificateArn": certificate}] * 2)


def test_elbv2_certificate_exists(net, arn, refused, aws):
    with refused("CertificateNotFound"):
        net.https(arn, "arn:aws:acm:eu-west-1:111111111111:certificate/none")
    for other in ({"account": "222222222222"}, {"region": "us-east-1"}):
        foreign = aws.client("acm", **other).import_certificate(**issue("www.example.com", "ec256"))[
            "CertificateArn"
        ]
        with refused("CertificateNotFound", foreign):
            net.https(arn, foreign)
    on = net.https(arn, net.certificate())
    with refused("CertificateNotFound"):
        add(net, on, foreign)


def test_elbv2_certificate_supported(net, arn, refused):
    waiting = net.acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    with refused("UnsupportedCertificate", "fully-qualified domain name"):
        net.https(arn, waiting)


def test_elbv2_one_certificate_per_call(net, arn, refused):
    on = net.https(arn, net.certificate())
    more = [net.certificate(f"{n}.example.com") for n in "ab"]
    with refused("ValidationError", "Up to '1' certificate ARNs"):
        add(net, on, *more)
    with refused("ValidationError", "Up to '1' certificate ARNs"):
        remove(net, on, *more)
    with refused("ValidationError", "IsDefault"):
        net.elb.add_listener_certificates(
            ListenerArn=on, Certificates=[{"CertificateArn": more[0], "IsDefault": False}]
        )


def test_elbv2_certificate_list(net, arn, refused):
    default, more = net.certificate(), net.certificate("a.example.com")
    on = net.https(arn, default)
    add(net, on, more)
    add(net, on, more)
    assert listed(net, on) == [(default, True), (more, False)]
    plain = net.listener(arn, None)
    with refused("ValidationError", "HTTP listeners"):
        add(net, plain, more)
    net.aws.config(albCertificates=1)
    add(net, on, more)  # already there: the quota does not matter
    with refused("TooManyCertificates"):
        add(net, on, net.certificate("b.example.com"))


def test_elbv2_default_certificate_stays(net, arn, refused):
    default, other = net.certificate(), net.certificate("a.example.com")
    on = net.https(arn, default)
    with refused("OperationNotPermitted", "Default certificate"):
        remove(net, on, default)
    remove(net, on, other)  # not there: nothing to remove
    add(net, on, default)
    remove(net, on, default)  # from the list, where it was too
    assert listed(net, on) == [(default, True)]


def test_elbv2_certificate_describe(net, arn):
    default, other = net.certificate(), net.certificate("a.example.com")
    on = net.https(arn, default)
    add(net, on, default)
    add(net, on, other)
    assert listed(net, on) == [(default, True), (default, False), (other, False)]
    first = net.elb.describe_listener_certificates(ListenerArn=on, PageSize=2)
    rest = net.elb.describe_listener_certificates(ListenerArn=on, PageSize=2, Marker=first["NextMarker"])
    assert len(first["Certificates"]) == 2 and rest["Certificates"] == [
        {"CertificateArn": other, "IsDefault": False}
    ]
    assert "NextMarker" not in rest


def test_elbv2_listener_modify(net, arn, refused):
    default, other = net.certificate(), net.certificate("a.example.com")
    on = net.https(arn, default)
    add(net, on, other)
    net.elb.modify_listener(ListenerArn=on, Certificates=[{"CertificateArn": other}])
    assert listed(net, on) == [(other, True), (other, False)], "the old default is gone, the list stays"
    changed = net.elb.modify_listener(ListenerArn=on, DefaultActions=[fixed("503")])["Listeners"][0]
    assert changed["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "503"
    assert net.elb.describe_rules(ListenerArn=on)["Rules"][-1]["Actions"] == changed["DefaultActions"]
    plain = net.elb.modify_listener(ListenerArn=on, Protocol="HTTP")["Listeners"][0]
    assert "Certificates" not in plain and "SslPolicy" not in plain
    assert listed(net, on) == []
    with refused("ValidationError", "A certificate must be specified"):
        net.elb.modify_listener(ListenerArn=on, Protocol="HTTPS")


def test_elbv2_listener_describe(net, arn, refused):
    certificate = net.certificate()
    on = net.https(arn, certificate)
    add(net, on, net.certificate("a.example.com"))
    net.listener(arn, None)
    found = net.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert [each["Port"] for each in found] == [443, 80]
    assert found[0]["Certificates"] == [{"CertificateArn": certificate}] and "Certificates" not in found[1]
    with refused("ListenerNotFound"):
        net.elb.describe_listeners(ListenerArns=[on, on + "0"])
    with refused("ValidationError", "at the same time"):
        net.elb.describe_listeners(LoadBalancerArn=arn, ListenerArns=[on])
    with refused("ValidationError", "either"):
        net.elb.describe_listeners()
    net.elb.delete_listener(ListenerArn=on)
    with refused("ListenerNotFound"):
        net.elb.delete_listener(ListenerArn=on)


def test_elbv2_listener_attributes(net, arn, refused):
    on = net.listener(arn, None)

    def change(key, value):
        return net.elb.modify_listener_attributes(ListenerArn=on, Attributes=[{"Key": key, "Value": value}])

    with refused("ValidationError", "not recognized"):
        change("idle", "1")
    change("routing.http.response.server.enabled", "false")
    assert net.elb.describe_listener_attributes(ListenerArn=on)["Attributes"][0]["Value"] == "false"


def test_elbv2_target_group_one_load_balancer(net, arn, refused):
    group = net.target_group("shared")
    other = net.balancer("other")["LoadBalancerArn"]
    on = net.listener(arn, group)
    with refused("TargetGroupAssociationLimit", "cannot be associated with more than one load balancer"):
        net.listener(other, group)
    with refused("TargetGroupNotFound"):
        net.listener(other, group + "0")
    with refused("IncompatibleProtocols"):
        net.listener(other, net.target_group("tcp", Protocol="TCP"))
    elsewhere = Network(net.aws, "10.1.0.0/16").target_group("elsewhere")
    with refused("InvalidConfigurationRequest", "not in the VPC"):
        net.listener(other, elsewhere)
    net.elb.delete_listener(ListenerArn=on)
    net.listener(other, group)


def test_elbv2_target_groups_per_load_balancer(net, arn, refused):
    net.aws.config(albTargetGroups=2)
    groups = [net.target_group(f"g{i}") for i in range(3)]
    on = net.listener(arn, groups[0])
    rule = net.rule(on, 1, forward(groups[1]))
    with refused("TooManyUniqueTargetGroupsPerLoadBalancer"):
        net.rule(on, 2, forward(groups[2]))
    net.rule(on, 2, forward(groups[1]))
    with refused("TooManyUniqueTargetGroupsPerLoadBalancer"):
        net.elb.modify_rule(RuleArn=rule, Actions=[forward(groups[2])])
