"""Target groups: names, protocols, health checks, and who uses them."""

from __future__ import annotations

import re
from typing import Any

from moto.core.exceptions import ServiceException

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_health_checks import check_health_check, complete, given
from .elbv2_limits import refuse_beyond
from .elbv2_state import TargetGroup, ec2_of, load_balancer, of, page, target_group, uses
from .elbv2_tags import forget_tags, set_tags, tags_for_create
from .elbv2_target_group_attributes import defaults

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
LAYER7 = ("HTTP", "HTTPS")
LAYER4 = ("TCP", "TLS", "UDP", "TCP_UDP")


@rule(
    "elbv2-target-group-name",
    doc=API + "API_CreateTargetGroup.html",
    says="A name has up to 32 letters, digits and hyphens, and no hyphen at an end.",
)
def check_name(name: str) -> None:
    if len(name) > 32:
        raise AwsError("ValidationError", f"Target group name '{name}' cannot be longer than '32' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise AwsError(
            "ValidationError",
            f"Target group name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)",
        )
    if name.startswith("-") or name.endswith("-"):
        raise AwsError("ValidationError", f"Target group name '{name}' cannot begin or end with '-'")


@rule(
    "elbv2-target-group-settings",
    doc=API + "API_CreateTargetGroup.html",
    says="Except for lambda, a group has a protocol, a port from 1 to 65535 and a VPC that exists.",
)
def settings_of(call: Call) -> dict[str, Any]:
    params = call.params
    kind = params.get("TargetType") or "instance"
    base: dict[str, Any] = {"TargetGroupName": params["Name"], "TargetType": kind}
    if kind == "lambda":
        for key, what in (("Protocol", "Protocol"), ("Port", "Port"), ("VpcId", "VPC ID")):
            if params.get(key) is not None:
                raise AwsError(
                    "ValidationError",
                    f"{what} cannot be specified for target groups with target type 'lambda'",
                )
        return base
    for key, what in (("Protocol", "protocol"), ("Port", "port"), ("VpcId", "VPC ID")):
        if params.get(key) is None:
            raise AwsError("ValidationError", f"A {what} must be specified")
    protocol, port, vpc_id = params["Protocol"], params["Port"], params["VpcId"]
    if protocol not in (*LAYER7, *LAYER4):
        raise AwsError(
            "ValidationError",
            f"Target group protocol '{protocol}' must be one of '{', '.join((*LAYER7, *LAYER4))}'",
        )
    if not 1 <= port <= 65535:
        raise AwsError("ValidationError", f"Target group port '{port}' must be between '1' and '65535'")
    try:
        ec2_of(call).get_vpc(vpc_id)
    except ServiceException:
        raise AwsError("ValidationError", f"The VPC ID '{vpc_id}' is not found") from None
    ip_type = params.get("IpAddressType") or "ipv4"
    if ip_type not in ("ipv4", "ipv6"):
        raise AwsError("ValidationError", f"IP address type '{ip_type}' must be one of 'ipv4, ipv6'")
    base.update(Protocol=protocol, Port=port, VpcId=vpc_id, IpAddressType=ip_type)
    if protocol in LAYER7:
        base["ProtocolVersion"] = protocol_version(params.get("ProtocolVersion"))
    elif params.get("ProtocolVersion"):
        raise AwsError(
            "ValidationError",
            f"A protocol version cannot be specified for target groups with the {protocol} protocol",
        )
    return base


@rule(
    "elbv2-target-group-protocol-version",
    doc=GUIDE + "#target-group-protocol-version",
    says="The protocol version is HTTP1, HTTP2 or GRPC.",
)
def protocol_version(value: str | None) -> str:
    version = value or "HTTP1"
    if version not in ("HTTP1", "HTTP2", "GRPC"):
        raise AwsError("ValidationError", f"Protocol version '{version}' must be one of 'HTTP1, HTTP2, GRPC'")
    return version


@rule(
    "elbv2-target-group-idempotent",
    doc=API + "API_CreateTargetGroup.html",
    says="Creating again with the same settings succeeds; with other settings the name is taken.",
)
def existing(call: Call, settings: dict[str, Any]) -> TargetGroup | None:
    for group in of(call).target_groups.values():
        if group.name == settings["TargetGroupName"]:
            if group.settings != settings:
                raise AwsError(
                    "DuplicateTargetGroupName",
                    f"A target group with the same name '{group.name}' exists, but with different settings",
                )
            return group
    return None


def create(context: Context, call: Call) -> dict[str, Any]:
    check_name(call.params["Name"])
    tags = tags_for_create(context, call)
    base = settings_of(call)
    settings = {**base, **complete(base, given(call.params))}
    check_health_check(settings)
    group = existing(call, settings)
    if group is None:
        backend = of(call)
        refuse_beyond(
            context, "targetGroups", len(backend.target_groups) + 1, "TooManyTargetGroups", "target groups"
        )
        number = f"{context.random.getrandbits(64):016x}"
        name = call.params["Name"]
        group = TargetGroup(
            arn=f"arn:aws:elasticloadbalancing:{call.region}:{call.account}:targetgroup/{name}/{number}",
            name=name,
            account=call.account,
            region=call.region,
            settings=settings,
            attributes=defaults(settings),
        )
        backend.target_groups[group.arn] = group
        set_tags(call, group.arn, tags)
    return {"TargetGroups": [view(group)]}


@rule(
    "elbv2-target-group-modify",
    doc=API + "API_ModifyTargetGroup.html",
    says="Only health check settings can be modified, under the same bounds as on create.",
)
def modify(call: Call) -> dict[str, Any]:
    group = target_group(of(call), call.params["TargetGroupArn"])
    changed = {**group.settings, **given(call.params)}
    check_health_check(changed)
    group.settings = changed
    return {"TargetGroups": [view(group)]}


@rule(
    "elbv2-target-group-delete",
    doc=API + "API_DeleteTargetGroup.html",
    says="A group a listener or rule names cannot be deleted, not even with weight 0.",
)
def delete(call: Call) -> dict[str, Any]:
    backend, arn = of(call), call.params["TargetGroupArn"]
    if arn in uses(backend):
        raise AwsError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
    # DeleteTargetGroup documents no error for a group that is not there.
    backend.target_groups.pop(arn, None)
    forget_tags(call, arn)
    return {}


def view(group: TargetGroup) -> dict[str, Any]:
    return {
        "TargetGroupArn": group.arn,
        **group.settings,
        "LoadBalancerArns": [group.load_balancer_arn] if group.load_balancer_arn else [],
    }


@rule(
    "elbv2-target-group-describe",
    doc=API + "API_DescribeTargetGroups.html",
    says="By load balancer, ARNs or names, one of them; one that does not exist fails the call; pages of up to 400.",
)
def describe(call: Call) -> dict[str, Any]:
    backend = of(call)
    balancer, arns, names = (
        call.params.get(k) or None for k in ("LoadBalancerArn", "TargetGroupArns", "Names")
    )
    if sum(x is not None for x in (balancer, arns, names)) > 1:
        raise AwsError(
            "ValidationError",
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time",
        )
    found = list(backend.target_groups.values())
    if balancer:
        load_balancer(backend, balancer)
        found = [g for g in found if g.load_balancer_arn == balancer]
    elif arns or names:
        by = {g.arn: g for g in found} if arns else {g.name: g for g in found}
        if any(n not in by for n in (arns or names or [])):
            raise AwsError("TargetGroupNotFound", "One or more target groups not found")
        found = [by[n] for n in dict.fromkeys(arns or names or [])]
    chosen, marker = page(call, sorted(found, key=lambda g: g.name), lambda g: g.arn)
    return {"TargetGroups": [view(g) for g in chosen], **({"NextMarker": marker} if marker else {})}


def install(context: Context) -> None:
    context.replace("elbv2", "CreateTargetGroup")(lambda call: create(context, call))
    context.replace("elbv2", "ModifyTargetGroup")(modify)
    context.replace("elbv2", "DeleteTargetGroup")(delete)
    context.replace("elbv2", "DescribeTargetGroups")(describe)
