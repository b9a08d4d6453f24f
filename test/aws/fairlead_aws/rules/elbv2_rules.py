"""Rules of listeners and their priorities."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_actions import check_actions, check_groups, normal
from .elbv2_conditions import check_conditions
from .elbv2_conditions import normal as normal_condition
from .elbv2_limits import refuse_beyond
from .elbv2_state import Listener, Rule, listener, load_balancer, of, page, refresh_uses, rule_of
from .elbv2_tags import forget_tags, set_tags, tags_for_create

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"


@rule(
    "elbv2-rule-priority",
    doc=API + "API_CreateRule.html",
    says="A priority is from 1 to 50000 and belongs to one rule of a listener.",
)
def check_priority(on: Listener, priority: int) -> None:
    check_range(priority)
    if any(r.priority == priority for r in on.rules.values()):
        raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")


def check_range(priority: int) -> None:
    if not 1 <= priority <= 50000:
        raise AwsError("ValidationError", f"Priority '{priority}' must be between '1' and '50000'")


@rule(
    "elbv2-rule-default-stays",
    doc=API + "API_DeleteRule.html",
    says="The default rule cannot be deleted, re-prioritised or modified; ModifyListener changes its actions.",
)
def refuse_default(found: Rule, verb: str) -> None:
    if found.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{found.arn}' cannot be {verb}")


def create(context: Context, call: Call) -> dict[str, Any]:
    params, backend = call.params, of(call)
    on = listener(backend, params["ListenerArn"])
    balancer = load_balancer(backend, on.load_balancer_arn)
    tags = tags_for_create(context, call)
    check_conditions(context, params["Conditions"])
    actions = normal(params["Actions"])
    check_actions(context, actions, on)
    check_priority(on, params["Priority"])
    check_groups(context, call, actions, balancer)
    held = sum(len(each.rules) for each in balancer.listeners.values())
    refuse_beyond(context, "albRules", held + 1, "TooManyRules", f"rules on load balancer '{balancer.arn}'")
    made = Rule(
        arn=on.arn.replace(":listener/", ":listener-rule/") + f"/{context.random.getrandbits(64):016x}",
        priority=params["Priority"],
        conditions=[normal_condition(c) for c in params["Conditions"]],
        actions=actions,
        transforms=params.get("Transforms") or [],
    )
    on.rules[made.arn] = made
    set_tags(call, made.arn, tags)
    refresh_uses(backend, context.now())
    return {"Rules": [view(made)]}


@rule(
    "elbv2-rule-modify",
    doc=API + "API_ModifyRule.html",
    says="ModifyRule replaces conditions or actions as a whole and keeps what is not given.",
)
def modify(context: Context, call: Call) -> dict[str, Any]:
    params, backend = call.params, of(call)
    on, found = rule_of(backend, params["RuleArn"])
    refuse_default(found, "modified")
    if not any(params.get(k) for k in ("Conditions", "Actions", "Transforms", "ResetTransforms")):
        raise AwsError("ValidationError", "Either conditions or actions must be specified")
    if params.get("Conditions"):
        check_conditions(context, params["Conditions"])
    if params.get("Actions"):
        actions = normal(params["Actions"])
        check_actions(context, actions, on)
        check_groups(context, call, actions, load_balancer(backend, on.load_balancer_arn), instead_of=found)
        found.actions = actions
    if params.get("Conditions"):
        found.conditions = [normal_condition(c) for c in params["Conditions"]]
    if params.get("Transforms") or params.get("ResetTransforms"):
        found.transforms = params.get("Transforms") or []
    refresh_uses(backend, context.now())
    return {"Rules": [view(found)]}


@rule(
    "elbv2-rule-set-priorities",
    doc=API + "API_SetRulePriorities.html",
    says="The new order is taken as a whole or not at all: rules may swap, but none may meet one that stays.",
)
def set_priorities(call: Call) -> dict[str, Any]:
    wanted = call.params["RulePriorities"]
    given = [p["Priority"] for p in wanted]
    arns = [p["RuleArn"] for p in wanted]
    if len(set(arns)) < len(arns):
        raise AwsError("ValidationError", "A rule cannot be specified more than once")
    found = [rule_of(of(call), arn) for arn in arns]
    for (_, each), priority in zip(found, given, strict=True):
        refuse_default(each, "re-prioritised")
        check_range(priority)
    for on in {id(o): o for o, _ in found}.values():
        moving = {r.arn: p for (o, r), p in zip(found, given, strict=True) if o is on}
        after = [moving.get(r.arn, r.priority) for r in on.rules.values()]
        for priority in moving.values():
            if list(moving.values()).count(priority) > 1:
                raise AwsError("ValidationError", f"Priority '{priority}' was provided multiple times")
            if after.count(priority) > 1:
                raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")
    for (_, each), priority in zip(found, given, strict=True):
        each.priority = priority
    return {"Rules": [view(each) for _, each in found]}


def delete(context: Context, call: Call) -> dict[str, Any]:
    on, found = rule_of(of(call), call.params["RuleArn"])
    refuse_default(found, "deleted")
    del on.rules[found.arn]
    forget_tags(call, found.arn)
    refresh_uses(of(call), context.now())
    return {}


def view(found: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "RuleArn": found.arn,
        "Priority": "default" if found.is_default else str(found.priority),
        "Conditions": found.conditions,
        "Actions": found.actions,
        "IsDefault": found.is_default,
    }
    return {**shown, "Transforms": found.transforms} if found.transforms else shown


@rule(
    "elbv2-rule-describe",
    doc=API + "API_DescribeRules.html",
    says="Rules come by priority with the default one last, by listener or by ARN but not both, in pages.",
)
def describe(call: Call) -> dict[str, Any]:
    arn, arns = call.params.get("ListenerArn"), call.params.get("RuleArns") or []
    if not arn and not arns:
        raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
    if arn and arns:
        raise AwsError(
            "ValidationError", "Listener rule ARNs and a listener ARN cannot be specified at the same time"
        )
    found = listener(of(call), arn).ordered() if arn else [rule_of(of(call), a)[1] for a in arns]
    chosen, marker = page(call, found, lambda each: each.arn)
    return {"Rules": [view(each) for each in chosen], **({"NextMarker": marker} if marker else {})}


def install(context: Context) -> None:
    context.replace("elbv2", "CreateRule")(lambda call: create(context, call))
    context.replace("elbv2", "ModifyRule")(lambda call: modify(context, call))
    context.replace("elbv2", "SetRulePriorities")(set_priorities)
    context.replace("elbv2", "DeleteRule")(lambda call: delete(context, call))
    context.replace("elbv2", "DescribeRules")(describe)
