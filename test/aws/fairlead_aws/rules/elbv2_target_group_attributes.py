"""The attributes of a target group: known keys, valid values, AWS's defaults."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_lb_attributes import as_list, check_value
from .elbv2_state import of, target_group

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html"
BOOL = ("true", "false")
DAY7 = 604800

COMMON: dict[str, tuple[str, Any]] = {
    "deregistration_delay.timeout_seconds": ("300", (0, 3600)),
    "stickiness.enabled": ("false", BOOL),
    "load_balancing.cross_zone.enabled": (
        "use_load_balancer_configuration",
        (*BOOL, "use_load_balancer_configuration"),
    ),
    "target_group_health.dns_failover.minimum_healthy_targets.count": ("1", "count"),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": ("off", "percentage"),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": ("1", (1, 1000)),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": ("off", "percentage"),
}
HTTP: dict[str, tuple[str, Any]] = {
    **COMMON,
    "stickiness.type": ("lb_cookie", ("lb_cookie", "app_cookie")),
    "stickiness.lb_cookie.duration_seconds": ("86400", (1, DAY7)),
    "stickiness.app_cookie.cookie_name": ("", None),
    "stickiness.app_cookie.duration_seconds": ("86400", (1, DAY7)),
    "slow_start.duration_seconds": ("0", "slow start"),
    "load_balancing.algorithm.type": (
        "round_robin",
        ("round_robin", "least_outstanding_requests", "weighted_random"),
    ),
    "load_balancing.algorithm.anomaly_mitigation": ("off", ("on", "off")),
}
NETWORK: dict[str, tuple[str, Any]] = {
    **COMMON,
    "stickiness.type": ("source_ip", ("source_ip",)),
    "deregistration_delay.connection_termination.enabled": ("false", BOOL),
    "preserve_client_ip.enabled": ("false", BOOL),
    "proxy_protocol_v2.enabled": ("false", BOOL),
    "target_health_state.unhealthy.connection_termination.enabled": ("true", BOOL),
    "target_health_state.unhealthy.draining_interval_seconds": ("0", (0, 360000)),
}
LAMBDA: dict[str, tuple[str, Any]] = {"lambda.multi_value_headers.enabled": ("false", BOOL)}


def known(settings: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    if settings["TargetType"] == "lambda":
        return LAMBDA
    return HTTP if settings["Protocol"] in ("HTTP", "HTTPS") else NETWORK


def defaults(settings: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, (value, _) in known(settings).items()}


def check_one(key: str, value: str, allowed: Any) -> None:
    if allowed == "slow start":
        if value != "0":
            check_value("Target group", key, value, (30, 900))
    elif allowed in ("count", "percentage"):
        if value != "off":
            check_value("Target group", key, value, (1, 1000 if allowed == "count" else 100))
    else:
        check_value("Target group", key, value, allowed)


@rule(
    "elbv2-target-group-attributes",
    doc=DOC,
    says="Only known keys of the group's type, each with a valid value and fitting the others; all or none.",
)
def modify(call: Call) -> dict[str, Any]:
    group = target_group(of(call), call.params["TargetGroupArn"])
    keys = known(group.settings)
    changed = dict(group.attributes)
    for each in call.params["Attributes"]:
        key, value = each.get("Key", ""), each.get("Value", "")
        if key not in keys:
            raise AwsError("ValidationError", f"Target group attribute key '{key}' is not recognized")
        check_one(key, value, keys[key][1])
        changed[key] = value
    if changed.get("stickiness.type") == "app_cookie" and not changed["stickiness.app_cookie.cookie_name"]:
        raise AwsError(
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        )
    if (
        changed.get("slow_start.duration_seconds", "0") != "0"
        and changed["load_balancing.algorithm.type"] != "round_robin"
    ):
        raise AwsError("InvalidConfigurationRequest", "Slow start requires the round_robin algorithm")
    group.attributes = changed
    return {"Attributes": as_list(changed)}


def describe(call: Call) -> dict[str, Any]:
    return {"Attributes": as_list(target_group(of(call), call.params["TargetGroupArn"]).attributes)}


def install(context: Context) -> None:
    context.replace("elbv2", "ModifyTargetGroupAttributes")(modify)
    context.replace("elbv2", "DescribeTargetGroupAttributes")(describe)
