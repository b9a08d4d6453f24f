"""Actions of rules and listeners."""

from __future__ import annotations

import copy
import re
from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_state import Listener, LoadBalancer, Rule, groups_in, of, target_group, uses

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html"
TERMINAL = ("forward", "redirect", "fixed-response")
BEFORE = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
CONTENT = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
KEEP = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}


def normal(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As AWS shows them again: both forms of a forward to one group, every part of a redirect, an order."""
    found = copy.deepcopy(actions)
    for number, action in enumerate(found, 1):
        if len(found) > 1:
            action.setdefault("Order", number)
        if action["Type"] == "forward":
            config = action.get("ForwardConfig") or {}
            groups = config.get("TargetGroups") or []
            if action.get("TargetGroupArn") and not groups:
                groups = [{"TargetGroupArn": action["TargetGroupArn"]}]
            for group in groups:
                group.setdefault("Weight", 1)
            stickiness = config.get("TargetGroupStickinessConfig") or {"Enabled": False}
            action["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}
            if len(groups) == 1:
                action.setdefault("TargetGroupArn", groups[0]["TargetGroupArn"])
        if action["Type"] == "redirect":
            action["RedirectConfig"] = {**KEEP, **(action.get("RedirectConfig") or {})}
    return found


@rule(
    "elbv2-actions-terminal",
    doc=API + "API_Action.html",
    says="There is exactly one forward, redirect or fixed-response, and it is performed last.",
)
def check_actions(context: Context, actions: list[dict[str, Any]], on: Listener) -> None:
    if not actions:
        raise AwsError("ValidationError", "At least one action must be specified")
    terminal = [a for a in actions if a["Type"] in TERMINAL]
    if len(terminal) != 1:
        raise AwsError(
            "InvalidLoadBalancerAction",
            f"Exactly one forward, redirect or fixed-response action is required, but '{len(terminal)}' were specified",
        )
    orders = [a.get("Order", 1) for a in actions]
    if len(set(orders)) < len(orders) or terminal[0].get("Order", 1) != max(orders):
        raise AwsError(
            "InvalidLoadBalancerAction",
            "The order of the actions must be unique, and the forward, redirect or fixed-response action must be performed last",
        )
    for action in actions:
        if action["Type"] in BEFORE:
            check_authentication(action, on)
    check_one(context, terminal[0], on)


@rule(
    "elbv2-actions-authenticate", doc=API + "API_Action.html", says="Authentication is for HTTPS listeners."
)
def check_authentication(action: dict[str, Any], on: Listener) -> None:
    if on.protocol != "HTTPS":
        raise AwsError(
            "InvalidLoadBalancerAction",
            f"Actions of type '{action['Type']}' are supported only on HTTPS listeners",
        )


def check_one(context: Context, action: dict[str, Any], on: Listener) -> None:
    if action["Type"] == "forward":
        check_forward(context, action)
    elif action["Type"] == "redirect":
        check_redirect(action.get("RedirectConfig") or {}, on)
    else:
        check_fixed(action.get("FixedResponseConfig") or {})


@rule(
    "elbv2-actions-forward",
    doc=API + "API_ForwardActionConfig.html",
    says="A forward names up to 5 target groups, each once, with weights from 0 to 999.",
)
def check_forward(context: Context, action: dict[str, Any]) -> None:
    groups = action["ForwardConfig"]["TargetGroups"]
    if not groups:
        raise AwsError("ValidationError", "A target group ARN must be specified")
    arns = [g.get("TargetGroupArn") for g in groups]
    if action.get("TargetGroupArn") and arns != [action["TargetGroupArn"]]:
        raise AwsError(
            "InvalidLoadBalancerAction",
            "You can specify both ForwardConfig and TargetGroupArn only if ForwardConfig has that one target group",
        )
    if len(set(arns)) < len(arns):
        raise AwsError("ValidationError", "A target group cannot be specified more than once in an action")
    allowed = context.config["albTargetGroupsPerAction"]
    if len(groups) > allowed:
        raise AwsError(
            "TooManyTargetGroups",
            f"Up to '{allowed}' target groups can be specified in an action, but '{len(groups)}' were specified",
        )
    if any(not 0 <= g["Weight"] <= 999 for g in groups):
        raise AwsError(
            "ValidationError", "The weight for each target group must be between 0 and 999, inclusive"
        )
    stickiness = action["ForwardConfig"]["TargetGroupStickinessConfig"]
    if stickiness.get("Enabled") and not 1 <= stickiness.get("DurationSeconds", 0) <= 604800:
        raise AwsError(
            "ValidationError", "The stickiness duration must be between 1 and 604800 seconds, inclusive"
        )


@rule(
    "elbv2-actions-redirect-loop",
    doc=API + "API_RedirectActionConfig.html",
    says="A redirect changes the protocol, host, port or path; otherwise it is a loop.",
)
def check_loop(config: dict[str, Any], on: Listener) -> None:
    same = (
        config["Protocol"] in (KEEP["Protocol"], on.protocol)
        and config["Port"] in (KEEP["Port"], str(on.port))
        and config["Host"] == KEEP["Host"]
        and config["Path"] == KEEP["Path"]
    )
    if same:
        raise AwsError(
            "InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop."
        )


@rule(
    "elbv2-actions-redirect",
    doc=API + "API_RedirectActionConfig.html",
    says="A redirect is 301 or 302, its parts are well formed, and it does not go from HTTPS to HTTP.",
)
def check_redirect(config: dict[str, Any], on: Listener) -> None:
    config = {**KEEP, **config}
    if config.get("StatusCode") not in ("HTTP_301", "HTTP_302"):
        raise AwsError(
            "ValidationError",
            f"Redirect status code '{config.get('StatusCode')}' must be one of 'HTTP_301, HTTP_302'",
        )
    if config["Protocol"] not in (KEEP["Protocol"], "HTTP", "HTTPS"):
        raise AwsError(
            "InvalidLoadBalancerAction",
            f"The redirect protocol '{config['Protocol']}' must be HTTP, HTTPS or #{{protocol}}",
        )
    if on.protocol == "HTTPS" and config["Protocol"] == "HTTP":
        raise AwsError("InvalidLoadBalancerAction", "You cannot redirect HTTPS to HTTP")
    port = str(config["Port"])
    if port != KEEP["Port"] and not (port.isdigit() and 1 <= int(port) <= 65535):
        raise AwsError(
            "InvalidLoadBalancerAction",
            f"The redirect port '{port}' must be a value from 1 to 65535 or #{{port}}",
        )
    if not config["Path"].startswith("/"):
        raise AwsError(
            "InvalidLoadBalancerAction", "The Path parameter must be a valid path, should start with a '/'"
        )
    if any(len(config[part]) > 128 for part in ("Host", "Path", "Query")):
        raise AwsError(
            "InvalidLoadBalancerAction", "Host, path and query of a redirect have at most 128 characters"
        )
    check_loop(config, on)


@rule(
    "elbv2-actions-fixed-response",
    doc=API + "API_FixedResponseActionConfig.html",
    says="A fixed response has a status 2XX, 4XX or 5XX, a known content type, and up to 1024 bytes.",
)
def check_fixed(config: dict[str, Any]) -> None:
    if not re.fullmatch(r"[245]\d\d", config.get("StatusCode") or ""):
        raise AwsError(
            "ValidationError",
            f"Fixed response status code '{config.get('StatusCode')}' must be 2XX, 4XX or 5XX",
        )
    if config.get("ContentType") and config["ContentType"] not in CONTENT:
        raise AwsError("InvalidLoadBalancerAction", f"The ContentType must be one of: '{', '.join(CONTENT)}'")
    if len(config.get("MessageBody") or "") > 1024:
        raise AwsError("ValidationError", "The message body of a fixed response has at most 1024 characters")


@rule(
    "elbv2-target-group-one-load-balancer",
    doc=GUIDE,
    says="A target group exists, is used by one load balancer only, in its VPC, with a protocol it can speak.",
)
def check_groups(
    context: Context,
    call: Call,
    actions: list[dict[str, Any]],
    balancer: LoadBalancer,
    instead_of: Rule | None = None,
) -> None:
    backend, used = of(call), uses(of(call))
    for arn in groups_in(actions):
        group = target_group(backend, arn)
        if used.get(arn, balancer.arn) != balancer.arn:
            raise AwsError(
                "TargetGroupAssociationLimit",
                f"The following target groups cannot be associated with more than one load balancer: {arn}",
            )
        protocol = group.settings.get("Protocol")
        layer7 = protocol in ("HTTP", "HTTPS") or group.settings["TargetType"] == "lambda"
        if layer7 != (balancer.type == "application"):
            raise AwsError(
                "IncompatibleProtocols",
                f"The target group '{arn}' with protocol '{protocol}' is not compatible with the listener",
            )
        if group.settings.get("VpcId") not in (None, balancer.vpc_id):
            raise AwsError(
                "InvalidConfigurationRequest",
                f"The target group '{arn}' is not in the VPC '{balancer.vpc_id}' of the load balancer",
            )
    check_unique_groups(context, actions, balancer, instead_of)


@rule(
    "elbv2-target-groups-per-load-balancer",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
    says="All rules of an ALB together name at most 100 target groups.",
)
def check_unique_groups(
    context: Context, actions: list[dict[str, Any]], balancer: LoadBalancer, instead_of: Rule | None
) -> None:
    named = set(groups_in(actions))
    for each in balancer.listeners.values():
        for other in each.ordered():
            if other is not instead_of:
                named.update(groups_in(other.actions))
    allowed = context.config["albTargetGroups"]
    if len(named) > allowed:
        raise AwsError(
            "TooManyUniqueTargetGroupsPerLoadBalancer",
            f"The maximum number of unique target groups on load balancer '{balancer.arn}' has been reached: '{allowed}'",
        )
