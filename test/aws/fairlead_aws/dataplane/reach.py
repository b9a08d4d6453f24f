"""Getting from an address and a port to a listener: what answers, what refuses, what drops."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..context import Context
from ..rules import rule
from ..rules.ec2_admission import admits
from ..rules.elbv2_networks import addresses
from ..rules.elbv2_state import Listener, LoadBalancer, everywhere
from .resolve import balancer_named

GROUPS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html"


class Unreachable(Exception):
    """No HTTP answer comes back: why, in one word, and in a sentence."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why, self.text = why, text


def balancer_at(address: str) -> LoadBalancer | None:
    for backend in everywhere():
        for balancer in backend.load_balancers.values():
            if address in addresses(balancer) or address in addresses(balancer, "AAAA"):
                return balancer  # type: ignore[no-any-return]
    return None


def balancer_called(text: str) -> LoadBalancer:
    """By ARN, name, DNS name or address."""
    for backend in everywhere():
        for balancer in backend.load_balancers.values():
            if text in (balancer.arn, balancer.name):
                return balancer  # type: ignore[no-any-return]
    found = balancer_named(text) or balancer_at(text)
    if found is None:
        raise ValueError(f"there is no load balancer {text!r}")
    return found


@rule(
    "dataplane-security-groups",
    doc=GROUPS,
    says="A connection arrives only if a security group of the load balancer lets its source reach the port.",
)
def admitted(balancer: LoadBalancer, port: int, source: str) -> bool:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[balancer.account][balancer.region]
    return admits(backend, balancer.security_groups, port, [source])


@rule(
    "dataplane-internal",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#load-balancer-scheme",
    says="An internal load balancer has private addresses only: nobody outside reaches it.",
)
def check_scheme(balancer: LoadBalancer, source: str) -> None:
    inside = any(
        ipaddress.ip_address(source) in ipaddress.ip_network(n)
        for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    )
    if balancer.scheme == "internal" and not inside:
        raise Unreachable("unreachable", f"{balancer.name} is internal and {source} is outside")


@rule(
    "dataplane-connect",
    doc=GROUPS,
    says="No listener on the port is a refused connection; a security group that does not admit it is a timeout.",
)
def connect(context: Context, balancer: LoadBalancer, port: int, source: str) -> Listener:
    if context.now() < balancer.active_at:
        raise Unreachable("refused", f"{balancer.name} is provisioning")
    check_scheme(balancer, source)
    if not admitted(balancer, port, source):
        raise Unreachable("timeout", f"no security group of {balancer.name} lets {source} reach port {port}")
    for on in balancer.listeners.values():
        if on.port == port:
            return on
    raise Unreachable("refused", f"{balancer.name} has no listener on port {port}")


def default_source(balancer: LoadBalancer | None, vpc: str | None) -> str:
    """Somebody on the internet, or for a VPC somebody in it."""
    if vpc is None:
        return "203.0.113.1"
    return next(iter(addresses(balancer) if balancer and balancer.scheme == "internal" else []), "10.0.0.9")


def view(on: Listener) -> dict[str, Any]:
    return {"arn": on.arn, "port": on.port, "protocol": on.protocol}
