"""Whether the load balancer reaches a target through the target's own security groups."""

from __future__ import annotations

from typing import Any

from ..context import Context
from . import rule
from .ec2_admission import admits
from .elbv2_health import Health
from .elbv2_state import LoadBalancer, Registration

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html#target-security-groups"
TIMED_OUT = Health("unhealthy", "Target.Timeout", "Request timed out")


def groups_on(ec2: Any, target: str) -> list[str] | None:
    """The groups on a target's interface; None for an address that has no interface here, such as a simulated pod."""
    if target.startswith("i-"):
        instance = ec2.get_instance_by_id(target)
        return [g.id for g in instance.security_groups] if instance else None
    for eni in ec2.enis.values():
        if target in [a.get("PrivateIpAddress") for a in eni.private_ip_addresses]:
            return [g.id for g in eni.group_set]
    return None


@rule(
    "elbv2-targets-security-groups",
    doc=DOC,
    says="Where targetSecurityGroups is on, a target whose own groups do not admit the load balancer fails its checks.",
)
def reaches(context: Context, ec2: Any, balancer: LoadBalancer, held: Registration) -> bool:
    if not context.config["targetSecurityGroups"]:
        return True
    groups = groups_on(ec2, held.id)
    own = [str(ec2.enis[e].private_ip_address) for e in balancer.enis.values() if e in ec2.enis]
    return groups is None or admits(ec2, groups, held.port, own, balancer.security_groups)


def install(context: Context) -> None:
    context.config.default("targetSecurityGroups", False)
