"""The settings of health checks and their bounds."""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError
from . import rule

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
KEYS = (
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckEnabled",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
)


def given(params: dict[str, Any]) -> dict[str, Any]:
    return {k: params[k] for k in KEYS if params.get(k) is not None}


def complete(base: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """AWS's defaults for what was not given."""
    if base["TargetType"] == "lambda":
        defaults: dict[str, Any] = {
            "HealthCheckEnabled": False,
            "HealthCheckPath": "/",
            "HealthCheckIntervalSeconds": 35,
            "HealthCheckTimeoutSeconds": 30,
            "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2,
            "Matcher": {"HttpCode": "200"},
        }
        return {**defaults, **wanted}
    layer7 = base["Protocol"] in ("HTTP", "HTTPS")
    protocol = wanted.get("HealthCheckProtocol") or ("HTTP" if layer7 else "TCP")
    http = protocol in ("HTTP", "HTTPS")
    grpc = base.get("ProtocolVersion") == "GRPC"
    defaults = {
        "HealthCheckProtocol": protocol,
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5 if layer7 else (6 if http else 10),
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
    }
    if http:
        defaults["HealthCheckPath"] = "/AWS.ALB/healthcheck" if grpc else "/"
        defaults["Matcher"] = {"GrpcCode": "12"} if grpc else {"HttpCode": "200" if layer7 else "200-399"}
    return {**defaults, **wanted}


def bound(value: int, least: int, most: int, what: str) -> None:
    if not least <= value <= most:
        raise AwsError("ValidationError", f"{what} '{value}' must be between '{least}' and '{most}'")


@rule(
    "elbv2-health-check-bounds",
    doc=GUIDE,
    says="Interval 5-300 s, timeout 2-120 s and shorter than the interval, thresholds 2-10.",
)
def check_bounds(settings: dict[str, Any]) -> None:
    interval, timeout = settings["HealthCheckIntervalSeconds"], settings["HealthCheckTimeoutSeconds"]
    bound(interval, 5, 300, "Health check interval")
    bound(timeout, 2, 120, "Health check timeout")
    bound(settings["HealthyThresholdCount"], 2, 10, "Healthy threshold count")
    bound(settings["UnhealthyThresholdCount"], 2, 10, "Unhealthy threshold count")
    layer7 = settings.get("Protocol") in ("HTTP", "HTTPS", None)
    if timeout > interval or (layer7 and timeout == interval):
        smaller = "smaller than" if layer7 else "smaller than or equal to"
        raise AwsError(
            "ValidationError", f"Health check timeout '{timeout}' must be {smaller} the interval '{interval}'"
        )


@rule(
    "elbv2-health-check-target",
    doc=GUIDE,
    says="The path begins with / and has up to 1024 characters; the port is traffic-port or a number; an ALB checks over HTTP or HTTPS.",
)
def check_target(settings: dict[str, Any]) -> None:
    path, port = settings.get("HealthCheckPath"), settings.get("HealthCheckPort")
    if path is not None and (not path.startswith("/") or len(path) > 1024 or re.search(r"\s", path)):
        raise AwsError(
            "ValidationError",
            f"Health check path '{path}' must begin with a '/' character, and can only contain printable ASCII characters, without spaces",
        )
    if port is not None and port != "traffic-port" and not (port.isdigit() and 1 <= int(port) <= 65535):
        raise AwsError(
            "ValidationError",
            f"Health check port '{port}' must be 'traffic-port' or in the range '1' to '65535'",
        )
    protocol = settings.get("HealthCheckProtocol")
    layer7 = settings.get("Protocol") in ("HTTP", "HTTPS")
    if protocol is not None and protocol not in (("HTTP", "HTTPS") if layer7 else ("HTTP", "HTTPS", "TCP")):
        raise AwsError("ValidationError", f"Health check protocol '{protocol}' must be one of 'HTTP, HTTPS'")
    if settings["TargetType"] != "lambda" and settings["HealthCheckEnabled"] is False:
        raise AwsError(
            "ValidationError",
            f"Health check enabled must be true for target groups with target type '{settings['TargetType']}'",
        )


@rule(
    "elbv2-health-check-matcher",
    doc=API + "API_Matcher.html",
    says="Success codes are numbers, lists or ranges: 200 to 499 for HTTP, 0 to 99 for gRPC.",
)
def check_matcher(settings: dict[str, Any]) -> None:
    matcher = settings.get("Matcher") or {}
    grpc = settings.get("ProtocolVersion") == "GRPC"
    if grpc and "HttpCode" in matcher or not grpc and "GrpcCode" in matcher:
        raise AwsError(
            "ValidationError",
            f"Matcher '{next(iter(matcher))}' does not fit the protocol version of the target group",
        )
    least, most = (0, 99) if grpc else (200, 499 if settings.get("Protocol") in ("HTTP", "HTTPS") else 599)
    for code in [c for codes in matcher.values() for part in codes.split(",") for c in part.split("-")]:
        if not code.strip().isdigit() or not least <= int(code) <= most:
            raise AwsError(
                "ValidationError",
                f"Health check matcher HTTP code '{code}' must be within '{least}-{most}' inclusive",
            )


def check_health_check(settings: dict[str, Any]) -> None:
    check_bounds(settings)
    check_target(settings)
    check_matcher(settings)
