"""ELBv2, rules: priorities, conditions, actions (simulated clock)."""

from __future__ import annotations

import pytest
from elbv2_support import Network, condition, fixed, forward, host, path, redirect


@pytest.fixture
def net(aws) -> Network:
    return Network(aws)


@pytest.fixture
def on(net) -> str:
    return net.listener(net.balancer("web")["LoadBalancerArn"], None)


@pytest.fixture
def secure(net) -> str:
    return net.https(net.balancer("tls")["LoadBalancerArn"], net.certificate())


def priorities(net, listener):
    return [r["Priority"] for r in net.elb.describe_rules(ListenerArn=listener)["Rules"]]


def test_elbv2_rule_priority(net, on, refused):
    net.rule(on, 5)
    with refused("PriorityInUse", "Priority '5' is currently in use"):
        net.rule(on, 5)
    for wrong in (0, 50001):
        with refused("ValidationError"):
            net.rule(on, wrong)
    net.rule(on, 50000)
    with refused("ListenerNotFound"):
        net.rule(on + "0", 1)


def test_elbv2_rule_default_stays(net, on, refused):
    default = net.elb.describe_rules(ListenerArn=on)["Rules"][0]["RuleArn"]
    with refused("OperationNotPermitted", "cannot be deleted"):
        net.elb.delete_rule(RuleArn=default)
    with refused("OperationNotPermitted", "re-prioritised"):
        net.elb.set_rule_priorities(RulePriorities=[{"RuleArn": default, "Priority": 1}])
    with refused("OperationNotPermitted"):
        net.elb.modify_rule(RuleArn=default, Actions=[fixed("500")])


def test_elbv2_rule_modify(net, on, refused):
    arn = net.rule(on, 1, fixed("200"), conditions=[host("a.example.com")])
    found = net.elb.modify_rule(RuleArn=arn, Conditions=[path("/b")])["Rules"][0]
    assert found["Conditions"] == [{**path("/b"), "Values": ["/b"]}]
    assert found["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "200"
    with refused("ValidationError", "Either conditions or actions"):
        net.elb.modify_rule(RuleArn=arn)
    with refused("RuleNotFound"):
        net.elb.modify_rule(RuleArn=arn + "0", Actions=[fixed()])
    net.elb.delete_rule(RuleArn=arn)
    with refused("RuleNotFound"):
        net.elb.delete_rule(RuleArn=arn)


def test_elbv2_rule_set_priorities(net, on, refused):
    a, b, c = (net.rule(on, n) for n in (1, 2, 3))

    def order(*pairs):
        wanted = [{"RuleArn": r, "Priority": p} for r, p in pairs]
        return net.elb.set_rule_priorities(RulePriorities=wanted)

    order((a, 2), (b, 1))
    assert priorities(net, on) == ["1", "2", "3", "default"]
    assert net.elb.describe_rules(ListenerArn=on)["Rules"][0]["RuleArn"] == b
    with refused("PriorityInUse", "'3'"):
        order((a, 10), (b, 3))
    assert priorities(net, on) == ["1", "2", "3", "default"], "nothing of a refused order is kept"
    with refused("ValidationError", "multiple times"):
        order((a, 10), (b, 10))
    with refused("RuleNotFound"):
        order((a, 10), (c + "0", 11))
    order((c, 3))
    order((a, 10), (c, 2))
    assert priorities(net, on) == ["1", "2", "10", "default"]


def test_elbv2_rule_describe(net, on, refused):
    arns = [net.rule(on, n) for n in (30, 10, 20)]
    assert priorities(net, on) == ["10", "20", "30", "default"]
    with refused("RuleNotFound"):
        net.elb.describe_rules(RuleArns=[arns[0], arns[0] + "0"])
    with refused("ValidationError", "at the same time"):
        net.elb.describe_rules(ListenerArn=on, RuleArns=arns)
    pages = list(
        net.elb.get_paginator("describe_rules").paginate(ListenerArn=on, PaginationConfig={"PageSize": 3})
    )
    assert [len(p["Rules"]) for p in pages] == [3, 1]
    tagged = net.rule(on, 1, Tags=[{"Key": "fairlead.dev/slot", "Value": "x"}])
    assert net.tags(tagged) == {"fairlead.dev/slot": "x"}


def test_elbv2_conditions_fields(net, on, refused):
    def with_(*conditions):
        return net.rule(on, 1, conditions=list(conditions))

    for wrong, part in (
        ([{"Field": "cookie", "Values": ["a"]}], "must be one of"),
        ([host("a.example.com"), host("b.example.com")], "only have one 'host-header'"),
        ([{"Field": "host-header", "Values": ["a.example.com", "b.example.com"]}], "too many values"),
        ([{**host("a.example.com"), "Values": ["b.example.com"]}], "both"),
        ([{"Field": "path-pattern", "HostHeaderConfig": {"Values": ["a"]}}], "not compatible"),
        ([{"Field": "source-ip", "Values": ["10.0.0.0/8"]}], "not compatible"),
        ([{"Field": "path-pattern"}], "must be specified"),
        ([path("")], ""),
    ):
        with refused("ValidationError", part):
            with_(*wrong)
    with refused("ValidationError"):
        net.elb.create_rule(ListenerArn=on, Priority=1, Conditions=[], Actions=[fixed()])
    with_({"Field": "path-pattern", "Values": ["/a"]})


def test_elbv2_conditions_length(net, on, refused):
    for wrong in (
        path("/" + "a" * 128),
        host("a" * 121 + ".example"),
        condition("http-request-method", "A" * 41),
    ):
        with refused("ValidationError", "too long"):
            net.rule(on, 1, conditions=[wrong])
    net.rule(on, 1, conditions=[path("/" + "a" * 127)])


def test_elbv2_conditions_host(net, on, refused):
    for wrong in ("a_b.example.com", "localhost", "*", "a.example.c0m", "a.example.com.", "a.example.com:80"):
        with refused("ValidationError", "host-header"):
            net.rule(on, 1, conditions=[host(wrong)])
    net.rule(on, 1, conditions=[host("*.Example.com", "a?.example.com")])


def test_elbv2_conditions_path(net, on, refused):
    for wrong in ("/a b", "/ü", "/a%20b", "/a#b", "/(a)"):
        with refused("ValidationError", "path-pattern"):
            net.rule(on, 1, conditions=[path(wrong)])
    net.rule(on, 1, conditions=[path("/_-.$/~\"'@:+&*?")])


def test_elbv2_conditions_header_and_elbv2_conditions_method(net, on, refused):
    def header(name, *values):
        return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}

    for wrong in (header("host", "a"), header("X Y", "a"), header("X-*", "a"), header("x" * 41, "a")):
        with refused("ValidationError"):
            net.rule(on, 1, conditions=[wrong])
    for wrong in ("get", "GE*"):
        with refused("ValidationError", "http-request-method"):
            net.rule(on, 1, conditions=[condition("http-request-method", wrong)])
    net.rule(
        on,
        1,
        conditions=[
            header("X-A", "*"),
            header("X-B", "b"),
            condition("http-request-method", "GET", "M-SEARCH"),
        ],
    )


def test_elbv2_conditions_query_and_elbv2_conditions_source_ip(net, on, refused):
    with refused("ValidationError"):
        net.rule(on, 1, conditions=[condition("query-string", {"Key": "a"})])
    for wrong in ("10.0.0.1/8", "10.0.0.1", "10.*", "255.255.255.255/32"):
        with refused("ValidationError", "CIDR"):
            net.rule(on, 1, conditions=[condition("source-ip", wrong)])
    net.rule(
        on,
        1,
        conditions=[
            condition("source-ip", "10.0.0.0/8", "2001:db8::/32"),
            condition("query-string", {"Value": "a"}),
        ],
    )


def test_elbv2_conditions_count(net, on, refused):
    five = [host("a.example.com", "b.example.com"), path("/1", "/2", "/3")]
    net.rule(on, 1, conditions=five)
    with refused("ValidationError", "at most '5' condition values"):
        net.rule(on, 2, conditions=[host("a.example.com", "b.example.com"), path("/1", "/2", "/3", "/4")])
    with refused("ValidationError", "at most '5' wildcards"):
        net.rule(on, 2, conditions=[path("/*/*/*", "/?/?/*")])
    net.aws.config(stringsPerCondition=3)
    with refused("ValidationError", "A condition can have at most '3'"):
        net.rule(on, 2, conditions=[path("/1", "/2", "/3", "/4")])


def test_elbv2_actions_terminal(net, on, refused):
    with refused("InvalidLoadBalancerAction", "Exactly one"):
        net.rule(on, 1, fixed(), fixed("500"))
    with refused("ValidationError"):
        net.elb.create_rule(ListenerArn=on, Priority=1, Conditions=[path("/")], Actions=[])


def test_elbv2_actions_authenticate(net, on, secure, refused):
    oidc = {
        "Type": "authenticate-oidc",
        "Order": 1,
        "AuthenticateOidcConfig": {
            **{
                k: "https://id.example.com"
                for k in ("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint")
            },
            "ClientId": "c",
            "ClientSecret": "s",
        },
    }
    with refused("InvalidLoadBalancerAction", "HTTPS"):
        net.rule(on, 1, oidc, {**fixed(), "Order": 2})
    with refused("InvalidLoadBalancerAction", "last"):
        net.rule(secure, 1, {**oidc, "Order": 2}, {**fixed(), "Order": 1})
    net.rule(secure, 1, oidc, {**fixed(), "Order": 2})


def test_elbv2_actions_forward(net, on, refused):
    groups = [net.target_group(f"g{i}") for i in range(6)]
    with refused("TooManyTargetGroups", "Up to '5'"):
        net.rule(on, 1, forward(*groups))
    with refused("ValidationError", "between 0 and 999"):
        net.rule(on, 1, forward((groups[0], 1000), (groups[1], 1)))
    with refused("ValidationError", "more than once"):
        net.rule(on, 1, forward(groups[0], groups[0]))
    with refused("InvalidLoadBalancerAction", "ForwardConfig"):
        net.rule(on, 1, {**forward(groups[0], groups[1]), "TargetGroupArn": groups[0]})
    arn = net.rule(on, 1, forward(groups[0]))
    shown = net.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"][0]
    assert shown["TargetGroupArn"] == groups[0]
    assert shown["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": groups[0], "Weight": 1}]


def test_elbv2_actions_redirect_loop_and_elbv2_actions_redirect(net, on, secure, refused):
    for loop in ({}, {"Protocol": "HTTP"}, {"Port": "80"}, {"Query": "a=b"}):
        with refused("InvalidLoadBalancerAction", "creates a loop"):
            net.rule(on, 1, redirect(**loop))
    for wrong in ({"Port": "0"}, {"Path": "x"}):
        with refused("InvalidLoadBalancerAction"):
            net.rule(on, 1, redirect(**wrong))
    for wrong in ({"Protocol": "FTP"}, {"Host": "h" * 129}):  # the service model's own bounds
        with refused("ValidationError"):
            net.rule(on, 1, redirect(**wrong))
    with refused("InvalidLoadBalancerAction", "HTTPS to HTTP"):
        net.rule(secure, 1, redirect(Protocol="HTTP"))
    with refused("ValidationError"):
        net.rule(on, 1, redirect(Host="a.example.com", StatusCode="HTTP_307"))
    net.rule(on, 1, redirect(Protocol="HTTPS", Port="443"))
    net.rule(secure, 1, redirect(Host="new.example.com"))


def test_elbv2_actions_fixed_response(net, on, refused):
    with refused("ValidationError"):
        net.rule(on, 1, fixed("302"))
    with refused("InvalidLoadBalancerAction", "ContentType"):
        wrong = fixed("200")
        wrong["FixedResponseConfig"]["ContentType"] = "image/png"
        net.rule(on, 1, wrong)
    with refused("ValidationError"):
        net.rule(on, 1, fixed("200", "x" * 1025))
