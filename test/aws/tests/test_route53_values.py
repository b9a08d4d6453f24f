"""Route53 names, values and alias targets (simulated clock)."""

from __future__ import annotations

import pytest
from route53_support import change, create, names, rr


@pytest.fixture
def r53(aws):
    return aws.client("route53")


@pytest.fixture
def zone(r53):
    return r53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (rr("x.example.com", "A", "300.1.1.1"), "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '300.1.1.1'"),
        (rr("x.example.com", "AAAA", "192.0.2.1"), "AAAARRDATAIllegalIPv6Address"),
        (rr("x.example.com", "CNAME", "a.example.net", "b.example.net"), "one value"),
        (rr("x.example.com", "CNAME", "a..example.net"), "DomainLabelEmpty"),
        (rr("x.example.com", "A", "192.0.2.1", "192.0.2.1"), "Duplicate Resource Record: '192.0.2.1'"),
        (rr("x.example.com", "MX", "mail.example.com"), "MX"),
        (rr("x.example.com", "A", *[f"10.0.{i // 250}.{i % 250}" for i in range(401)]), "400"),
    ],
)
def test_values__R53_VALUES(r53, zone, refused, record, text):
    with refused("InvalidChangeBatch", text):
        create(r53, zone, record)


def test_text__R53_TXT(r53, zone, refused):
    with refused("InvalidChangeBatch", "InvalidCharacterString (Value should be enclosed in quotation marks)"):
        create(r53, zone, rr("x.example.com", "TXT", "heritage=external-dns"))
    with refused("InvalidChangeBatch", "CharacterStringTooLong (Value is too long)"):
        create(r53, zone, rr("x.example.com", "TXT", '"' + "x" * 256 + '"'))
    fine = '"' + "x" * 255 + '" "and \\"more\\""'
    create(r53, zone, rr("x.example.com", "TXT", fine))
    assert r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"][-1]["ResourceRecords"] == [{"Value": fine}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a..example.com", "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'"),
        ("x" * 64 + ".example.com", "DomainLabelTooLong"),
        (".".join(["x" * 60] * 5) + ".example.com", "DomainNameTooLong"),
        ("a b.example.com", "UnsupportedCharacter"),
    ],
)
def test_names__R53_NAMES(r53, zone, refused, name, text):
    with refused("InvalidChangeBatch", text):
        create(r53, zone, rr(name))


def test_case_and_dot__R53_LOWER_CASE__R53_ESCAPES(r53, zone):
    create(r53, zone, rr("WWW.Example.COM"), rr("*.example.com"), rr("a!b_c-d.example.com"))
    assert names(r53, zone)[2:] == [
        ("\\052.example.com.", "A"),
        ("a\\041b_c-d.example.com.", "A"),
        ("www.example.com.", "A"),
    ]
    change(r53, zone, ("DELETE", rr("\\052.example.com")))
    change(r53, zone, ("DELETE", rr("a!b_c-d.example.com.")))


def balancer(aws, **more):
    made = aws.control("POST", "seed", {})
    subnets = [s["id"] for s in made["subnets"]["public"]]
    return aws.client("elbv2").create_load_balancer(Name="lb", Subnets=subnets, **more)["LoadBalancers"][0]


def aliased(name, zone_id, target, kind="A", health=False):
    target = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": health}
    return {"Name": name, "Type": kind, "AliasTarget": target}


def test_alias_to_a_load_balancer__R53_ALIAS_LOAD_BALANCER(aws, r53, zone, refused):
    found = balancer(aws)
    dns, right = found["DNSName"], found["CanonicalHostedZoneId"]
    create(r53, zone, aliased("a.example.com", right, dns, health=True), aliased("example.com", right, f"dualstack.{dns}"))
    create(r53, zone, aliased("a.example.com", right, f"dualstack.{dns}.", "AAAA"))
    stored = r53.list_resource_record_sets(HostedZoneId=zone, StartRecordName="a.example.com")["ResourceRecordSets"][0]
    assert stored["AliasTarget"] == {"HostedZoneId": right, "DNSName": dns.lower() + ".", "EvaluateTargetHealth": True}
    wrong = "Z35SXDOTRQ7X7K"
    with refused(
        "InvalidChangeBatch",
        f"[Tried to create an alias that targets {dns.lower()}., type A in zone {wrong}, but the alias target name "
        "does not lie within the target zone]",
    ):
        create(r53, zone, aliased("b.example.com", wrong, dns))
    with refused("InvalidChangeBatch", "does not lie within the target zone"):
        create(r53, zone, aliased("b.example.com", "Z00000000000000000000", dns))
    with refused("InvalidChangeBatch", "but that target was not found"):
        create(r53, zone, aliased("b.example.com", right, "nothing-1.eu-west-1.elb.amazonaws.com"))
    with refused("InvalidChangeBatch", "does not lie within the target zone"):
        create(r53, zone, aliased("b.example.com", right, "www.example.net"))
    change(r53, zone, ("DELETE", aliased("a.example.com", right, dns.upper(), health=True)))
    with refused("InvalidChangeBatch", "do not match"):
        change(r53, zone, ("DELETE", aliased("example.com", right, f"dualstack.{dns}", health=True)))


def test_alias_in_its_own_zone__R53_ALIAS_SAME_ZONE(r53, zone, refused):
    own = zone[12:]
    create(r53, zone, rr("a.example.com"), aliased("b.example.com", own, "a.example.com"))
    with refused("InvalidChangeBatch", "but that target was not found"):
        create(r53, zone, aliased("c.example.com", own, "a.example.com", "AAAA"))
    with refused("InvalidChangeBatch", "does not lie within the target zone"):
        create(r53, zone, aliased("c.example.com", own, "a.example.org"))
    create(r53, zone, rr("d.example.com"), aliased("e.example.com", own, "d.example.com"))


def test_alias_to_cloudfront__R53_ALIAS_CLOUDFRONT(r53, zone, refused):
    cloudfront = "Z2FDTNDATAQYW2"
    create(r53, zone, aliased("a.example.com", cloudfront, "d111111abcdef8.cloudfront.net"))
    with refused("InvalidChangeBatch", "EvaluateTargetHealth"):
        create(r53, zone, aliased("b.example.com", cloudfront, "d111111abcdef8.cloudfront.net", health=True))
    with refused("InvalidChangeBatch", "does not lie within"):
        create(r53, zone, aliased("b.example.com", cloudfront, "d111111abcdef8.example.net"))
