"""A forward action: the target group, the target, and what the client gets."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from ..context import Context
from ..rules import rule
from ..rules.elbv2_answers import history
from ..rules.elbv2_state import Registration, TargetGroup
from ..rules.elbv2_target_access import reaches
from ..rules.elbv2_targets import health_of, sweep

GROUPS = (
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
)
HEALTH = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
ERRORS = (
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"
)

_turns: dict[str, int] = {}


def turn(key: str, of: int) -> int:
    """Round robin, and the same in every run."""
    now = _turns.get(key, 0)
    _turns[key] = now + 1
    return now % of


def reset() -> None:
    _turns.clear()


@rule(
    "dataplane-weights",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html",
    says="Requests are spread over the groups by weight; a group of weight 0 gets none, whether the others are healthy or not.",
)
def group_by_weight(rule_arn: str, groups: list[dict[str, Any]]) -> str | None:
    total = sum(g["Weight"] for g in groups)
    if total == 0:
        return None
    at = turn(rule_arn, total)
    for group in groups:
        if at < group["Weight"]:
            return str(group["TargetGroupArn"])
        at -= group["Weight"]
    return None


@rule(
    "dataplane-fail-open",
    doc=HEALTH,
    says="Requests go to healthy targets; when all are unhealthy, to all of them.",
)
def eligible(context: Context, backend: Any, group: TargetGroup) -> tuple[list[Registration], str]:
    sweep(context, group)
    states: dict[str, list[Registration]] = {}
    for held in group.targets.values():
        states.setdefault(health_of(context, backend, group, held).state, []).append(held)
    if states.get("healthy"):
        return states["healthy"], "healthy"
    if states.get("unhealthy"):
        return states["unhealthy"], "fail-open"
    return [], "initial" if states.get("initial") else "none"


@rule(
    "dataplane-answers",
    doc=ERRORS,
    says="Without a usable target 503; a target that does not answer is 504, one that closes the connection 502; else its own status.",
)
def send(context: Context, backend: Any, group: TargetGroup) -> dict[str, Any]:
    targets, why = eligible(context, backend, group)
    if not targets:
        return {"status": 503, "targetGroup": group.arn, "target": None, "routing": why}
    held = targets[turn(group.arn, len(targets))]
    answer = history(held.id, held.port)[-1]
    balancer = backend.load_balancers[group.load_balancer_arn]
    if not reaches(context, ec2_backends[group.account][group.region], balancer, held):
        return {
            "status": 504,
            "targetGroup": group.arn,
            "target": {"id": held.id, "port": held.port},
            "routing": why,
        }
    status = {"timeout": 504, "refused": 502}.get(answer.behaviour, answer.status)
    return {
        "status": status,
        "targetGroup": group.arn,
        "target": {"id": held.id, "port": held.port},
        "routing": why,
    }
