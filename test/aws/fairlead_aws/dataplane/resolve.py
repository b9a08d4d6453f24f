"""What a resolver answers: Route53's zones by what is INSYNC, and the names of load balancers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..context import Context
from ..rules import rule
from ..rules.elbv2_networks import addresses
from ..rules.elbv2_state import LoadBalancer, everywhere
from ..rules.route53_names import canonical, within

DEVELOPER = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/"
ALIAS_TTL = 60
MOST_STEPS = 8


def balancer_named(name: str) -> LoadBalancer | None:
    plain = name.lower().rstrip(".").removeprefix("dualstack.")
    for backend in everywhere():
        for balancer in backend.load_balancers.values():
            if balancer.dns_name.lower() == plain:
                return balancer  # type: ignore[no-any-return]
    return None


def all_zones() -> Iterator[Any]:
    from moto.route53.models import route53_backends

    for partitions in list(route53_backends.values()):
        for backend in list(partitions.values()):
            yield from list(backend.zones.values())


@rule(
    "dataplane-zone",
    doc=DEVELOPER + "hosted-zone-private-considerations.html",
    says="The most specific zone answers; inside a VPC a private one of the same name goes first, and nothing falls through to a public one.",
)
def zone_for(name: str, vpc: str | None) -> Any:
    fitting = [
        z
        for z in all_zones()
        if within(name, canonical(z.name))
        and (not z.private_zone or vpc in [v.get("vpc_id") for v in z.vpcs])
    ]
    return max(fitting, key=lambda z: (len(z.name.split(".")), z.private_zone), default=None)


@rule(
    "dataplane-wildcard-records",
    doc=DEVELOPER + "DomainNameFormat.html#domain-name-format-asterisk",
    says="A wildcard record answers for names below its parent that have no records of any type of their own.",
)
def owner_of(name: str, zone: Any, served: dict[Any, Any]) -> str | None:
    """The name whose records answer: its own, or a wildcard's; None when there is no such name."""
    names = {key[0] for key in served}

    def exists(candidate: str) -> bool:
        return candidate in names or any(n.endswith("." + candidate) for n in names)

    if exists(name):
        return name
    parent = name
    while parent != canonical(zone.name):
        parent = parent.split(".", 1)[1]
        if f"*.{parent}" in names:
            return f"*.{parent}"
        if exists(parent):
            return None
    return None


def pick(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Of a weighted or otherwise routed set, the one most clients get, always the same."""
    return max(records, key=lambda r: r.get("Weight") or 0)


class Walk:
    """One question followed through aliases and CNAMEs."""

    def __init__(self, context: Context, kind: str, vpc: str | None) -> None:
        self.context, self.kind, self.vpc = context, kind, vpc
        self.answers: list[dict[str, Any]] = []
        self.chain: list[dict[str, Any]] = []
        self.zone: str | None = None

    def follow(self, asked: str, name: str, steps: int = 0) -> str:
        """`asked` is the owner name of the answers; an alias changes `name` and not `asked`."""
        if steps > MOST_STEPS:
            return "SERVFAIL"
        balancer = balancer_named(name)
        if balancer is not None or name.endswith(".elb.amazonaws.com."):
            return self.at_balancer(asked, balancer)
        zone = zone_for(name, self.vpc)
        if zone is None:
            return "NXDOMAIN"
        self.zone = self.zone or zone.resource_id
        served = zone.answers(self.context.now())
        owner = owner_of(name, zone, served)
        if owner is None:
            return "NXDOMAIN"
        if owner != name:
            self.chain.append({"kind": "wildcard", "name": name, "record": owner})
        for kind in (self.kind, "CNAME"):
            found = [r for key, r in served.items() if key[0] == owner and key[1] == kind]
            if found:
                return self.through(asked, pick(found), kind, steps)
        return "NOERROR"

    def through(self, asked: str, record: dict[str, Any], kind: str, steps: int) -> str:
        alias = record.get("AliasTarget")
        if alias:
            target = canonical(alias["DNSName"])
            self.chain.append({"kind": "alias", "name": asked, "type": kind, "target": target})
            rcode = self.follow(asked, target, steps + 1)
            # The record itself exists: what it points at being gone is an empty answer.
            return "NOERROR" if rcode == "NXDOMAIN" else rcode
        values = [v["Value"] for v in record.get("ResourceRecords") or []]
        self.answers.extend(
            {"name": asked, "type": kind, "ttl": record.get("TTL"), "value": v} for v in values
        )
        if kind == "CNAME" and self.kind != "CNAME":
            target = canonical(values[0])
            self.chain.append({"kind": "cname", "name": asked, "type": kind, "target": target})
            return self.follow(target, target, steps + 1)
        return "NOERROR"

    @rule(
        "dataplane-alias-load-balancer",
        doc=DEVELOPER + "resource-record-sets-choosing-alias-non-alias.html",
        says="An alias answers with the load balancer's addresses and a TTL of 60 seconds, and with nothing once it is deleted.",
    )
    def at_balancer(self, asked: str, balancer: LoadBalancer | None) -> str:
        if balancer is None or self.context.now() < balancer.active_at:
            return "NXDOMAIN"
        self.chain.append({"kind": "load-balancer", "name": balancer.dns_name, "arn": balancer.arn})
        if self.kind in ("A", "AAAA"):
            self.answers.extend(
                {"name": asked, "type": self.kind, "ttl": ALIAS_TTL, "value": a}
                for a in addresses(balancer, self.kind)
            )
        return "NOERROR"


@rule(
    "dataplane-insync",
    doc="https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html",
    says="Only what is INSYNC is answered.",
)
def resolve(context: Context, name: str, kind: str = "A", vpc: str | None = None) -> dict[str, Any]:
    name = canonical(name)
    walk = Walk(context, kind.upper(), vpc)
    rcode = walk.follow(name, name)
    return {
        "name": name,
        "type": walk.kind,
        "vpc": vpc,
        "rcode": rcode,
        "nodata": rcode == "NOERROR" and not any(a["type"] == walk.kind for a in walk.answers),
        "answers": walk.answers,
        "chain": walk.chain,
        "zone": walk.zone,
    }
