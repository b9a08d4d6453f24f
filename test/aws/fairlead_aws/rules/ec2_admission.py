"""Whether security groups let a connection in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from . import rule

DOC = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"


@rule(
    "ec2-admission",
    doc=DOC,
    says="A connection comes in if any rule of any group allows its protocol, its port and its source, by block or by group.",
)
def admits(
    backend: Any, group_ids: Iterable[str], port: int, sources: Iterable[str], from_groups: Iterable[str] = ()
) -> bool:
    """`sources` are addresses; `from_groups` the groups on the interface the connection comes from."""
    addresses = [ipaddress.ip_address(s) for s in sources]
    peers = set(from_groups)
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id)
        for held in group.ingress_rules if group else ():
            if held.ip_protocol not in ("-1", "tcp"):
                continue
            if held.ip_protocol == "tcp" and not held.from_port <= port <= held.to_port:
                continue
            if held.source_group and held.source_group.get("GroupId") in peers:
                return True
            text = held.ip_range.get("CidrIp") or held.ip_range.get("CidrIpv6")
            if text and any(a in ipaddress.ip_network(text) for a in addresses):
                return True
    return False
