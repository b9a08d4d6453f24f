"""Load balancing: what it tells of its state, and what it does not do."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_health import DRAINING
from .elbv2_networks import addresses
from .elbv2_state import certificates_on
from .elbv2_targets import health_of, sweep

# What moto or these rules answer truthfully; anything else would be moto guessing.
SUPPORTED = frozenset(
    """AddListenerCertificates AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener
    DeleteLoadBalancer DeleteRule DeleteTargetGroup DeregisterTargets DescribeAccountLimits DescribeListenerAttributes
    DescribeListenerCertificates DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules
    DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth
    ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup
    ModifyTargetGroupAttributes RegisterTargets RemoveListenerCertificates RemoveTags SetIpAddressType
    SetRulePriorities SetSecurityGroups SetSubnets""".split()
)


@rule(
    "elbv2-supported",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html",
    says="An operation without rules is refused instead of being answered by guesswork.",
)
def refuse_unsupported(call: Call) -> None:
    if call.operation not in SUPPORTED:
        raise AwsError("InvalidAction", f"elbv2:{call.operation} is not part of this stand-in", 501)


def load_balancers(context: Context, account: str) -> list[dict[str, Any]]:
    from moto.elbv2.models import elbv2_backends

    return [
        {
            "arn": b.arn,
            "name": b.name,
            "dnsName": b.dns_name,
            "scheme": b.scheme,
            "state": "active" if context.now() >= b.active_at else "provisioning",
            "addresses": addresses(b),
            "securityGroups": b.security_groups,
            "tags": backend.tagging_service.get_tag_dict_for_resource(b.arn),
            "listeners": [
                {
                    "arn": each.arn,
                    "port": each.port,
                    "protocol": each.protocol,
                    "certificates": certificates_on(each),
                    "rules": [
                        {
                            "arn": r.arn,
                            "priority": r.priority or "default",
                            "conditions": r.conditions,
                            "actions": r.actions,
                        }
                        for r in each.ordered()
                    ],
                }
                for each in b.listeners.values()
            ],
        }
        for backend in list(elbv2_backends[account].values())
        for b in backend.load_balancers.values()
    ]


def target_groups(context: Context, account: str) -> list[dict[str, Any]]:
    from moto.elbv2.models import elbv2_backends

    found = []
    for backend in list(elbv2_backends[account].values()):
        for group in backend.target_groups.values():
            sweep(context, group)
            targets = [
                {"id": t.id, "port": t.port, "state": health_of(context, backend, group, t).state}
                for t in group.targets.values()
            ]
            found.append(
                {
                    "arn": group.arn,
                    "name": group.name,
                    "loadBalancer": group.load_balancer_arn,
                    "tags": backend.tagging_service.get_tag_dict_for_resource(group.arn),
                    "targets": targets,
                    "draining": sum(t["state"] == DRAINING.state for t in targets),
                }
            )
    return found


def install(context: Context) -> None:
    context.before("elbv2", "*")(refuse_unsupported)
    context.state("loadBalancers")(lambda account: load_balancers(context, account))
    context.state("targetGroups")(lambda account: target_groups(context, account))
