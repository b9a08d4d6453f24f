"""What the load balancing rules keep, inside moto's own backends, and how they find it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from ..context import Call
from ..errors import AwsError


@dataclasses.dataclass
class Rule:
    arn: str
    priority: int  # 0 is the default rule
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    transforms: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    @property
    def is_default(self) -> bool:
        return self.priority == 0


@dataclasses.dataclass
class Listener:
    arn: str
    load_balancer_arn: str
    port: int
    protocol: str
    ssl_policy: str | None
    certificate: str | None  # the default one
    certificates: list[str]  # the certificate list, by SNI; may name the default one again
    default: Rule
    alpn: list[str]
    attributes: dict[str, str] = dataclasses.field(default_factory=dict)
    rules: dict[str, Rule] = dataclasses.field(default_factory=dict)

    def ordered(self) -> list[Rule]:
        return [*sorted(self.rules.values(), key=lambda r: r.priority), self.default]


@dataclasses.dataclass
class LoadBalancer:
    arn: str
    name: str
    account: str
    region: str
    dns_name: str
    type: str
    scheme: str
    vpc_id: str
    ip_address_type: str
    subnets: list[str]
    security_groups: list[str]
    created_at: float
    active_at: float
    attributes: dict[str, str]
    enis: dict[str, str] = dataclasses.field(default_factory=dict)  # subnet -> network interface
    listeners: dict[str, Listener] = dataclasses.field(default_factory=dict)

    @property
    def loadbalancer_type(self) -> str:
        """The name others know the type by."""
        return self.type


@dataclasses.dataclass
class Registration:
    id: str
    port: int
    zone: str | None  # where the target is; "all" outside the VPC
    registered_at: float
    draining_until: float | None = None


@dataclasses.dataclass
class TargetGroup:
    arn: str
    name: str
    account: str
    region: str
    settings: dict[str, Any]  # in the names of DescribeTargetGroups
    attributes: dict[str, str]
    used_since: float | None = None
    load_balancer_arn: str | None = None
    targets: dict[tuple[str, int], Registration] = dataclasses.field(default_factory=dict)

    def deregister_terminated_instances(self, instance_ids: list[str]) -> None:
        """moto calls this when instances end; the target is gone at once."""
        for key in [k for k in self.targets if k[0] in instance_ids]:
            del self.targets[key]


def of(call: Call) -> Any:
    return elbv2_backends[call.account][call.region]


def ec2_of(call: Call) -> Any:
    return ec2_backends[call.account][call.region]


def everywhere() -> Iterator[Any]:
    """The backends of all accounts and regions."""
    for regions in list(elbv2_backends.values()):
        yield from list(regions.values())


def load_balancer(backend: Any, arn: str) -> LoadBalancer:
    found = backend.load_balancers.get(arn)
    if found is None:
        raise AwsError("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
    return found


def listeners(backend: Any) -> Iterator[Listener]:
    for balancer in backend.load_balancers.values():
        yield from balancer.listeners.values()


def listener(backend: Any, arn: str) -> Listener:
    for found in listeners(backend):
        if found.arn == arn:
            return found
    raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")


def rule_of(backend: Any, arn: str) -> tuple[Listener, Rule]:
    for owner in listeners(backend):
        if owner.default.arn == arn:
            return owner, owner.default
        if arn in owner.rules:
            return owner, owner.rules[arn]
    raise AwsError("RuleNotFound", f"Rule '{arn}' not found")


def target_group(backend: Any, arn: str) -> TargetGroup:
    found = backend.target_groups.get(arn)
    if found is None:
        raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")
    return found


def groups_in(actions: list[dict[str, Any]]) -> list[str]:
    """The target groups an action list names. A weight of 0 names it too."""
    found: list[str] = []
    for action in actions:
        named = [t["TargetGroupArn"] for t in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        if action.get("TargetGroupArn"):
            named.append(action["TargetGroupArn"])
        found.extend(arn for arn in named if arn not in found)
    return found


def uses(backend: Any) -> dict[str, str]:
    """Which load balancer uses a target group, in any rule of any listener."""
    return {
        arn: each.load_balancer_arn
        for each in listeners(backend)
        for rule in each.ordered()
        for arn in groups_in(rule.actions)
    }


def refresh_uses(backend: Any, now: float) -> None:
    """Health checks begin when a load balancer first uses a group and end when none does."""
    used = uses(backend)
    for group in backend.target_groups.values():
        by = used.get(group.arn)
        if by is None:
            group.used_since = None
        elif group.used_since is None:
            group.used_since = now
        group.load_balancer_arn = by


def certificates_on(each: Listener) -> list[str]:
    return [*([each.certificate] if each.certificate else []), *each.certificates]


def page(call: Call, items: list[Any], key: Any, size: int = 400) -> tuple[list[Any], str | None]:
    """One page, as PageSize (1 to 400) and Marker ask for it."""
    wanted = min(call.params.get("PageSize") or size, size)
    start = 0
    marker = call.params.get("Marker")
    if marker:
        places = [i for i, item in enumerate(items) if key(item) == marker]
        if not places:
            raise AwsError("ValidationError", f"Invalid marker '{marker}'")
        start = places[0] + 1
    chosen = items[start : start + wanted]
    return chosen, key(chosen[-1]) if len(items) > start + wanted else None
