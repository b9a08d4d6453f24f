"""The data plane asked over HTTP (simulated clock)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from elbv2_support import Network, condition, fixed, forward, host, path, redirect

HOST = "www.example.com"


class Site:
    """A load balancer for www.example.com with a certificate, a target and a record."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.net = net = Network(aws)
        self.zone = self.new_zone("example.com")
        self.group = net.group()
        self.open(80, 443)
        self.balancer = net.balancer("web", SecurityGroups=[self.group])
        self.arn = self.balancer["LoadBalancerArn"]
        self.certificate = net.certificate(HOST)
        self.targets = net.target_group("web")
        self.https = net.https(self.arn, self.certificate)
        self.http = net.listener(self.arn, None, DefaultActions=[redirect(Protocol="HTTPS", Port="443")])
        net.register(self.targets, "10.0.10.7:8080")

    def new_zone(self, name: str, **more: Any) -> str:
        made = self.aws.client("route53").create_hosted_zone(
            Name=name, CallerReference=name + str(more), **more
        )
        return made["HostedZone"]["Id"]

    def open(self, *ports: int) -> None:
        permissions = [
            {"IpProtocol": "tcp", "FromPort": p, "ToPort": p, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            for p in ports
        ]
        self.net.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=permissions)

    def record(self, name: str, action: str = "UPSERT", zone: str | None = None, **record: Any) -> None:
        if not record:
            target = {
                "HostedZoneId": self.balancer["CanonicalHostedZoneId"],
                "DNSName": self.balancer["DNSName"],
                "EvaluateTargetHealth": False,
            }
            record = {"Type": "A", "AliasTarget": target}
        change = {"Action": action, "ResourceRecordSet": {"Name": name, **record}}
        self.aws.client("route53").change_resource_record_sets(
            HostedZoneId=zone or self.zone, ChangeBatch={"Changes": [change]}
        )

    def ready(self) -> Site:
        self.record(HOST)
        self.aws.advance(5)
        return self

    def dns(self, name: str = HOST, **query: str) -> Any:
        return self.aws.control("GET", "dns?" + urlencode({"name": name, **query}))

    def tls(self, **query: str) -> Any:
        return self.aws.control("GET", "tls?" + urlencode({"loadBalancer": self.arn, **query}))

    def get(self, url: str = f"https://{HOST}/", **more: Any) -> Any:
        return self.aws.control("POST", "request", {"url": url, **more})

    def say(self, **body: Any) -> None:
        self.aws.control("POST", "targets", {"id": "10.0.10.7", **body})


@pytest.fixture
def site(aws) -> Site:
    return Site(aws)


def test_dataplane_insync(site):
    site.aws.config(route53InsyncSeconds=10)
    assert site.dns()["rcode"] == "NXDOMAIN"
    site.record(HOST)
    site.aws.advance(9)
    assert site.dns()["rcode"] == "NXDOMAIN"
    site.aws.advance(1)
    assert site.dns()["rcode"] == "NOERROR"


def test_dataplane_alias_load_balancer(site):
    site.ready()
    found = site.dns()
    assert len(found["answers"]) == 2
    assert {a["name"] for a in found["answers"]} == {HOST + "."} and {a["ttl"] for a in found["answers"]} == {
        60
    }
    assert [c["kind"] for c in found["chain"]] == ["alias", "load-balancer"]
    assert found == site.dns() and found["chain"][1]["arn"] == site.arn
    assert site.dns(type="AAAA")["nodata"] is True
    site.net.elb.delete_load_balancer(LoadBalancerArn=site.arn)
    gone = site.dns()
    assert gone["rcode"] == "NOERROR" and gone["nodata"] is True
    assert site.dns(site.balancer["DNSName"])["rcode"] == "NXDOMAIN"


def test_dataplane_wildcard_records(site):
    text = {"Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}
    site.record("*.example.com")
    site.record("a.example.com", **text)
    site.record("x.b.example.com", **text)
    site.aws.advance(5)
    assert site.dns("other.example.com")["answers"][0]["name"] == "other.example.com."
    assert site.dns("deep.other.example.com")["answers"], "a wildcard reaches below one label"
    assert site.dns("a.example.com")["nodata"] is True, "a name with records of its own hides the wildcard"
    assert site.dns("b.example.com")["nodata"] is True, "so does one with names below it"
    assert site.dns("y.b.example.com")["rcode"] == "NXDOMAIN"
    assert site.dns("a.example.com", type="TXT")["answers"][0]["value"] == '"x"'


def test_dataplane_zone(site):
    below = site.new_zone("in.example.com")
    private = site.new_zone("example.com", VPC={"VPCRegion": "eu-west-1", "VPCId": site.net.vpc})
    site.record("x.in.example.com", zone=below, Type="A", TTL=5, ResourceRecords=[{"Value": "192.0.2.1"}])
    site.record("y.example.com", Type="A", TTL=5, ResourceRecords=[{"Value": "192.0.2.2"}])
    site.record(
        "z.example.com", zone=private, Type="CNAME", TTL=5, ResourceRecords=[{"Value": "x.in.example.com"}]
    )
    site.aws.advance(5)
    assert site.dns("x.in.example.com")["zone"] == below.split("/")[-1]
    assert site.dns("y.example.com")["answers"][0]["value"] == "192.0.2.2"
    assert site.dns("y.example.com", vpc=site.net.vpc)["rcode"] == "NXDOMAIN"
    inside = site.dns("z.example.com", vpc=site.net.vpc)
    assert [a["value"] for a in inside["answers"]] == ["x.in.example.com", "192.0.2.1"]
    assert site.dns("nobody.test")["rcode"] == "NXDOMAIN"


def test_dataplane_sni(site):
    net = site.net

    def add(arn):
        net.elb.add_listener_certificates(ListenerArn=site.https, Certificates=[{"CertificateArn": arn}])
        return arn

    site.aws.advance(5)
    assert site.tls()["arn"] == site.certificate and site.tls()["default"] is True
    wild = add(net.certificate("*.example.com"))
    assert site.tls(sni="a.example.com")["arn"] == wild
    assert site.tls(sni="a.b.example.com")["arn"] == site.certificate, "a wildcard is one label"
    exact = add(net.certificate("a.example.com", number=1))
    assert site.tls(sni="a.example.com")["arn"] == exact
    longer = add(net.acm.import_certificate(**_issue("a.example.com", "rsa2048"))["CertificateArn"])
    assert longer and site.tls(sni="A.example.com")["arn"] == exact, "ECDSA goes before RSA"
    found = site.tls(sni="a.example.com")
    assert found["matches"] is True and "BEGIN CERTIFICATE" in found["certificate"] and found["chain"]
    assert site.tls(sni="other.test")["matches"] is False


def _issue(name: str, kind: str) -> Any:
    from pki import issue

    return issue(name, kind)


def test_dataplane_connect_and_dataplane_security_groups(site):
    site.ready()
    assert site.get(f"http://{HOST}:8080/")["error"] == "timeout"
    site.open(8080)
    assert site.get(f"http://{HOST}:8080/")["error"] == "refused"
    assert site.get("https://nobody.example.com/")["error"] == "dns"
    assert site.tls(port="8080")["error"] == "refused"
    assert site.tls(port="80")["error"] == "tls"


def test_dataplane_internal(site):
    balancer = site.net.balancer("in", SecurityGroups=[site.group], Scheme="internal")
    site.net.listener(balancer["LoadBalancerArn"], None)
    site.aws.advance(5)
    url = f"http://{balancer['DNSName']}/"
    assert site.get(url)["error"] == "unreachable"
    assert site.get(url, vpc=site.net.vpc)["status"] == 404
    assert site.dns(balancer["DNSName"])["answers"][0]["value"].startswith("10.0.")


def test_dataplane_protocol(site):
    site.ready()
    assert site.get(f"http://{HOST}:443/")["status"] == 400
    assert site.get(f"https://{HOST}:80/")["error"] == "tls"


def test_dataplane_redirect(site):
    site.ready()
    found = site.get(f"http://{HOST}/a/b?c=d&e")
    assert found["status"] == 301 and found["location"] == f"https://{HOST}:443/a/b?c=d&e"
    to = redirect(Host="new.example.com", Path="/v2/#{path}", Query="from=#{host}", StatusCode="HTTP_302")
    site.net.rule(site.https, 1, to, conditions=[path("/old/*")])
    assert (
        site.get(f"https://{HOST}/old/x?y")["location"] == f"https://new.example.com:443/v2/old/x?from={HOST}"
    )


def test_dataplane_rule_order_and_dataplane_conditions(site):
    site.ready()
    add, on = site.net.rule, site.https
    add(on, 30, fixed("200", "api"), conditions=[host(HOST), path("/api", "/api/*")])
    add(on, 20, fixed("200", "post"), conditions=[condition("http-request-method", "POST")])
    add(on, 10, fixed("200", "office"), conditions=[condition("source-ip", "192.0.2.0/24")])
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["on*"]}}
    add(on, 40, fixed("200", "canary"), conditions=[header])
    add(
        on,
        50,
        fixed("200", "query"),
        conditions=[condition("query-string", {"Key": "v", "Value": "2"}, {"Value": "any"})],
    )

    def body(target="/", **more):
        found = site.get(f"https://{HOST}{target}", **more)
        return found.get("body") or found["priority"]

    assert body("/api/x") == "api" and body("/api") == "api"
    assert body("/apis") == "default"
    assert body("/api", method="POST") == "post"
    assert body("/api", method="POST", sourceIp="192.0.2.9") == "office"
    assert body("/", headers={"x-canary": "ON-1"}) == "canary"
    assert body("/?v=2") == "query" and body("/?v=3") == "default" and body("/?z=ANY") == "query"


def test_dataplane_wildcards(site):
    site.ready()
    site.net.rule(site.https, 1, fixed("200", "host"), conditions=[host("*.EXAMPLE.com"), path("/H?/*.Png")])
    assert site.get(f"https://{HOST.upper()}/H1/a/b.Png").get("body") == "host"
    for wrong in ("/h1/a.Png", "/H/a.Png", "/H1/a.png", "/x/H1/a.Png"):
        assert site.get(f"https://{HOST}{wrong}")["priority"] == "default"
    assert site.get("https://example.com/H1/a.Png", loadBalancer=site.arn)["priority"] == "default"


def test_dataplane_answers_and_dataplane_fail_open(site):
    site.aws.config(targetHealthSeconds=10)
    site.net.rule(site.https, 1, forward(site.targets), conditions=[path("/*")])
    site.ready()
    assert (site.get()["status"], site.get()["routing"]) == (503, "initial")
    site.aws.advance(10)
    found = site.get()
    assert found["status"] == 200 and found["target"] == {"id": "10.0.10.7", "port": 8080}
    assert found["certificate"]["arn"] == site.certificate and found["certificate"]["matches"] is True
    site.say(behaviour="timeout")
    assert site.get()["status"] == 504
    site.say(behaviour="refused")
    assert site.get()["status"] == 502
    site.say(healthy=False, status=500)
    site.aws.advance(10)
    assert (site.get()["status"], site.get()["routing"]) == (500, "fail-open")
    site.net.register(site.targets, "10.0.11.8:8080")
    site.aws.advance(10)
    assert {site.get()["target"]["id"] for _ in range(4)} == {"10.0.11.8"}, "only the healthy one"
    site.net.deregister(site.targets, "10.0.11.8:8080", "10.0.10.7:8080")
    assert (site.get()["status"], site.get()["routing"]) == (503, "none")


def test_dataplane_weights(site):
    other = site.net.target_group("other")
    site.net.rule(site.https, 1, forward((site.targets, 3), (other, 1)), conditions=[path("/*")])
    site.ready()
    found = [site.get()["targetGroup"] for _ in range(8)]
    assert found.count(site.targets) == 6 and found.count(other) == 2


def test_request_needs_a_host(site):
    with pytest.raises(ValueError, match="needs a url or a host"):
        site.aws.control("POST", "request", {"path": "/"})
    with pytest.raises(ValueError, match="must be named"):
        site.get(resolve=False)


def test_a_host_header_chooses_the_rule_and_sni_the_certificate(site):
    site.ready()
    site.net.rule(site.https, 1, fixed("200", "inner"), conditions=[host("inner.example.com")])
    found = site.get(headers={"Host": "inner.example.com"})
    assert found["body"] == "inner" and found["certificate"]["matches"] is True


def test_a_dual_stack_load_balancer_has_both_kinds_of_addresses(site):
    site.net.with_ipv6()
    made = site.net.balancer("dual", IpAddressType="dualstack")
    site.aws.advance(5)
    found = [a["value"] for a in site.dns("dualstack." + made["DNSName"], type="AAAA")["answers"]]
    assert len(found) == 2 and all(":" in a for a in found)
    assert len(site.dns(made["DNSName"])["answers"]) == 2
