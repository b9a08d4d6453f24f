"""What an alias record may point at."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import elbv2_backends

from . import rule
from .elbv2_zones import APPLICATION, NETWORK, hosted_zone
from .route53_names import canonical, within
from .route53_zone import Zone

DOC = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"
CLOUDFRONT = "Z2FDTNDATAQYW2"
LOAD_BALANCERS = {**{z: r for r, z in APPLICATION.items()}, **{z: r for r, z in NETWORK.items()}}


def target_of(record: dict[str, Any]) -> str:
    return canonical(record["AliasTarget"]["DNSName"])


def load_balancer_zone(dns_name: str) -> str | None:
    """The hosted zone of the load balancer with this name, in any account; None when there is none."""
    plain = dns_name.rstrip(".").removeprefix("dualstack.")
    for account in elbv2_backends.values():
        for region, backend in account.items():
            for balancer in backend.load_balancers.values():
                if balancer.dns_name.lower() == plain:
                    return hosted_zone(region, balancer.type)
    return None


@rule("R53-ALIAS-LOAD-BALANCER", doc=DOC, says="An alias to a load balancer names its canonical hosted zone, and one that exists.")
@rule("R53-ALIAS-CLOUDFRONT", doc=DOC, says="An alias to CloudFront lies in cloudfront.net and does not evaluate target health.")
@rule("R53-ALIAS-SAME-ZONE", doc=DOC, says="An alias within a zone has a target there, of its own type.")
def alias_problem(zone: Zone, record: dict[str, Any], exists: Any) -> str | None:
    """exists(name, type) tells whether the zone will hold such a record set after the batch."""
    alias = record["AliasTarget"]
    zone_id = alias["HostedZoneId"].removeprefix("/hostedzone/")
    target = target_of(record)
    tried = f"Tried to create an alias that targets {target}, type {record['Type']} in zone {zone_id},"
    outside = f"{tried} but the alias target name does not lie within the target zone"
    if zone_id == zone.resource_id:
        if not within(target, zone.name):
            return outside
        return None if exists(target, record["Type"]) else f"{tried} but that target was not found"
    if zone_id == CLOUDFRONT:
        if alias.get("EvaluateTargetHealth"):
            return f"EvaluateTargetHealth must be false for the alias target {target}, a CloudFront distribution"
        return None if target.endswith(".cloudfront.net.") else outside
    if zone_id not in LOAD_BALANCERS:
        return outside
    if record["Type"] not in ("A", "AAAA"):
        return f"{tried} but that target was not found"
    found = load_balancer_zone(target)
    if found is None:
        region = LOAD_BALANCERS[zone_id]
        lies_within = f".{region}.elb.amazonaws.com." in target or f".elb.{region}.amazonaws.com." in target
        return f"{tried} but that target was not found" if lies_within else outside
    return None if found == zone_id else outside
