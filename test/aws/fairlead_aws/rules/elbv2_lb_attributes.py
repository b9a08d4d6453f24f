"""The attributes of a load balancer: known keys, valid values, AWS's defaults."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_state import load_balancer, of

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html"
BOOL = ("true", "false")

# key -> (default, allowed values or (least, most) or None for any text)
COMMON: dict[str, tuple[str, Any]] = {
    "deletion_protection.enabled": ("false", BOOL),
    "access_logs.s3.enabled": ("false", BOOL),
    "access_logs.s3.bucket": ("", None),
    "access_logs.s3.prefix": ("", None),
    "ipv6.deny_all_igw_traffic": ("false", BOOL),
    "load_balancing.cross_zone.enabled": ("true", BOOL),
    "zonal_shift.config.enabled": ("false", BOOL),
}
APPLICATION: dict[str, tuple[str, Any]] = {
    **COMMON,
    "idle_timeout.timeout_seconds": ("60", (1, 4000)),
    "client_keep_alive.seconds": ("3600", (60, 604800)),
    "connection_logs.s3.enabled": ("false", BOOL),
    "connection_logs.s3.bucket": ("", None),
    "connection_logs.s3.prefix": ("", None),
    "health_check_logs.s3.enabled": ("false", BOOL),
    "health_check_logs.s3.bucket": ("", None),
    "health_check_logs.s3.prefix": ("", None),
    "routing.http.desync_mitigation_mode": ("defensive", ("monitor", "defensive", "strictest")),
    "routing.http.drop_invalid_header_fields.enabled": ("false", BOOL),
    "routing.http.preserve_host_header.enabled": ("false", BOOL),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": ("false", BOOL),
    "routing.http.xff_client_port.enabled": ("false", BOOL),
    "routing.http.xff_header_processing.mode": ("append", ("append", "preserve", "remove")),
    "routing.http2.enabled": ("true", BOOL),
    "waf.fail_open.enabled": ("false", BOOL),
}
NETWORK: dict[str, tuple[str, Any]] = {
    **COMMON,
    "load_balancing.cross_zone.enabled": ("false", BOOL),
    "dns_record.client_routing_policy": (
        "any_availability_zone",
        ("any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"),
    ),
    "secondary_ips.auto_assigned.per_subnet": ("0", (0, 7)),
}
MOST = 20  # DOC: up to 20 attributes in a request


def known(kind: str) -> dict[str, tuple[str, Any]]:
    return NETWORK if kind == "network" else APPLICATION


def defaults(kind: str) -> dict[str, str]:
    return {key: value for key, (value, _) in known(kind).items()}


def check_value(what: str, key: str, value: str, allowed: Any) -> None:
    if allowed is None:
        return
    if isinstance(allowed[0], int):
        if not value.isdigit() or not allowed[0] <= int(value) <= allowed[1]:
            raise AwsError(
                "ValidationError",
                f"'{key}' value '{value}' must be between '{allowed[0]}-{allowed[1]}' inclusive",
            )
    elif value not in allowed:
        raise AwsError(
            "ValidationError",
            f"{what} attribute '{key}' value '{value}' must be one of [{', '.join(allowed)}]",
        )


@rule(
    "elbv2-lb-attributes",
    doc=DOC,
    says="Only known keys of the load balancer's type, each with a valid value; all or none.",
)
def check(kind: str, attributes: list[dict[str, str]]) -> dict[str, str]:
    if len(attributes) > MOST:
        raise AwsError(
            "ValidationError",
            f"Up to '{MOST}' attributes can be specified, but '{len(attributes)}' were specified",
        )
    found = {}
    for each in attributes:
        key, value = each.get("Key", ""), each.get("Value", "")
        if key not in known(kind):
            raise AwsError("ValidationError", f"Load balancer attribute key '{key}' is not recognized")
        check_value("Load balancer", key, value, known(kind)[key][1])
        found[key] = value
    return found


def as_list(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in attributes.items()]


def modify(call: Call) -> dict[str, Any]:
    balancer = load_balancer(of(call), call.params["LoadBalancerArn"])
    changed = {**balancer.attributes, **check(balancer.type, call.params["Attributes"])}
    for log in ("access_logs", "connection_logs", "health_check_logs"):
        if changed.get(f"{log}.s3.enabled") == "true" and not changed[f"{log}.s3.bucket"]:
            raise AwsError("ValidationError", f"The value of '{log}.s3.bucket' cannot be empty")
    balancer.attributes = changed
    return {"Attributes": as_list(changed)}


def describe(call: Call) -> dict[str, Any]:
    return {"Attributes": as_list(load_balancer(of(call), call.params["LoadBalancerArn"]).attributes)}


def install(context: Context) -> None:
    context.replace("elbv2", "ModifyLoadBalancerAttributes")(modify)
    context.replace("elbv2", "DescribeLoadBalancerAttributes")(describe)
