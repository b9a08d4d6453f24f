"""Registering targets, draining them, and their health."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_answers import history
from .elbv2_health import DRAINING, STOPPED, UNREGISTERED, UNUSED, ZONE_OFF, Health, health
from .elbv2_limits import refuse_beyond
from .elbv2_state import Registration, TargetGroup, of, target_group
from .elbv2_target_access import TIMED_OUT, reaches

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
HEALTH = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states"
OUTSIDE = [
    ipaddress.ip_network(n) for n in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
]


def _ec2(group: TargetGroup) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[group.account][group.region]


@rule(
    "elbv2-targets-instance",
    doc=API + "API_RegisterTargets.html",
    says="An instance target exists, runs, and is in the group's VPC; a zone cannot be given.",
)
def check_instance(group: TargetGroup, target: dict[str, Any]) -> str:
    instance_id = target["Id"]
    if target.get("AvailabilityZone"):
        raise AwsError(
            "ValidationError", "You cannot specify an Availability Zone for targets of type 'instance'"
        )
    if not instance_id.startswith("i-"):
        raise AwsError("ValidationError", f"Instance ID '{instance_id}' is not valid")
    instance = _ec2(group).get_instance_by_id(instance_id)
    if instance is None:
        raise AwsError("InvalidTarget", f"The following targets do not exist: '{instance_id}'")
    if instance.state != "running":
        raise AwsError(
            "InvalidTarget",
            f"The following targets are not in a running state and cannot be registered: '{instance_id}'",
        )
    if instance.vpc_id != group.settings["VpcId"]:
        raise AwsError(
            "InvalidTarget",
            f"The following targets are not in the target group VPC '{group.settings['VpcId']}': '{instance_id}'",
        )
    return str(_ec2(group).get_subnet(instance.subnet_id).availability_zone)


def zone_of(group: TargetGroup, address: Any) -> str | None:
    """The zone of the subnet an address is in. AWS looks at the subnets of the VPC, not at its blocks."""
    for subnet in _ec2(group).describe_subnets():
        if subnet.vpc_id != group.settings["VpcId"]:
            continue
        blocks = (
            [subnet.cidr_block]
            if address.version == 4
            else [a["ipv6CidrBlock"] for a in subnet.ipv6_cidr_block_associations.values()]
        )
        if any(address in ipaddress.ip_network(b) for b in blocks):
            return str(subnet.availability_zone)
    return None


@rule(
    "elbv2-targets-ip",
    doc=API + "API_TargetDescription.html",
    says="An ip target is in a subnet of the VPC, or private (RFC 1918, 100.64/10) with the zone all.",
)
def check_ip(group: TargetGroup, target: dict[str, Any]) -> str:
    try:
        address = ipaddress.ip_address(target["Id"])
    except ValueError:
        raise AwsError(
            "ValidationError", f"The IP address '{target['Id']}' is not a valid IPv4 or IPv6 address"
        ) from None
    if (address.version == 6) != (group.settings["IpAddressType"] == "ipv6"):
        raise AwsError(
            "ValidationError",
            f"The IP address '{address}' does not fit the IP address type '{group.settings['IpAddressType']}' of the target group",
        )
    zone, asked = zone_of(group, address), target.get("AvailabilityZone")
    if zone is not None:
        if asked == "all":
            raise AwsError(
                "ValidationError",
                f"The IP address '{address}' is within the VPC, and cannot have its Availability Zone overridden to 'all' from '{zone}'",
            )
        if asked and asked != zone:
            raise AwsError(
                "ValidationError",
                f"The IP address '{address}' is in the Availability Zone '{zone}', not '{asked}'",
            )
        return zone
    if address.version == 6 or not any(address in n for n in OUTSIDE):
        raise AwsError(
            "InvalidTarget",
            f"The IP address '{address}' is not a private address and is not in the VPC '{group.settings['VpcId']}'",
        )
    if not asked:
        raise AwsError(
            "ValidationError",
            f"The Availability Zone is required for IP address '{address}' because it is not in the VPC",
        )
    if asked != "all":
        raise AwsError(
            "ValidationError",
            f"You must specify a valid Availability Zone or select 'all' for all enabled Availability zones, since the IP address '{address}' is outside the VPC",
        )
    return "all"


def check_target(group: TargetGroup, target: dict[str, Any]) -> tuple[tuple[str, int], str]:
    port = target.get("Port") or group.settings.get("Port")
    if port is None or not 1 <= port <= 65535:
        raise AwsError("ValidationError", f"Target port '{port}' must be between '1' and '65535'")
    check = check_instance if group.settings["TargetType"] == "instance" else check_ip
    return (target["Id"], port), check(group, target)


@rule(
    "elbv2-targets-register",
    doc=API + "API_RegisterTargets.html",
    says="All targets of a call are registered or none; a target is its id and port; registering again changes nothing, but ends draining.",
)
def register(context: Context, call: Call) -> dict[str, Any]:
    group = target_group(of(call), call.params["TargetGroupArn"])
    wanted = dict(check_target(group, t) for t in call.params["Targets"])
    sweep(context, group)
    registered = {k for k, r in group.targets.items() if r.draining_until is None} | set(wanted)
    refuse_beyond(
        context,
        "targetsPerGroup",
        len(registered),
        "TooManyTargets",
        f"targets in target group '{group.arn}'",
    )
    if group.load_balancer_arn:
        others = [
            g
            for g in of(call).target_groups.values()
            if g.load_balancer_arn == group.load_balancer_arn and g is not group
        ]
        total = len(registered) + sum(r.draining_until is None for g in others for r in g.targets.values())
        refuse_beyond(
            context,
            "albTargets",
            total,
            "TooManyTargets",
            f"targets on load balancer '{group.load_balancer_arn}'",
        )
    for key, zone in wanted.items():
        held = group.targets.get(key)
        if held is None or held.draining_until is not None:
            group.targets[key] = Registration(key[0], key[1], zone, context.now())
    return {}


@rule(
    "elbv2-targets-drain",
    doc=GUIDE + "#deregistration-delay",
    says="A deregistered target is draining for the deregistration delay, then gone; one that is not registered is no error.",
)
def deregister(context: Context, call: Call) -> dict[str, Any]:
    group = target_group(of(call), call.params["TargetGroupArn"])
    sweep(context, group)
    keys = [(t["Id"], t.get("Port") or group.settings.get("Port")) for t in call.params["Targets"]]
    for key in keys:
        if key not in group.targets:
            continue  # documented to succeed
        if group.used_since is None:
            del group.targets[key]  # nothing flows to a group that is not in use
        elif group.targets[key].draining_until is None:
            group.targets[key].draining_until = context.now() + drain_seconds(context, group)
    return {}


def drain_seconds(context: Context, group: TargetGroup) -> float:
    delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 0))
    override = context.config["targetDrainSeconds"]
    return delay if override is None else min(delay, float(override))


def sweep(context: Context, group: TargetGroup) -> None:
    now = context.now()
    for key, held in list(group.targets.items()):
        if held.draining_until is not None and held.draining_until <= now:
            del group.targets[key]


def seconds_to(context: Context, group: TargetGroup, threshold: str) -> float:
    """How long it takes: the threshold times the interval, or targetHealthSeconds, if set."""
    override = context.config["targetHealthSeconds"]
    if override is not None:
        return float(override)
    return float(group.settings[threshold] * group.settings["HealthCheckIntervalSeconds"])


@rule(
    "elbv2-targets-unused",
    doc=HEALTH,
    says="Targets are unused while no listener or rule names their group, or their zone is not one of the load balancer's.",
)
def health_of(context: Context, backend: Any, group: TargetGroup, held: Registration) -> Health:
    if held.draining_until is not None:
        return DRAINING
    balancer = backend.load_balancers.get(group.load_balancer_arn)
    if balancer is None or group.used_since is None:
        return UNUSED
    ec2 = _ec2(group)
    zones = {ec2.get_subnet(s).availability_zone for s in balancer.subnets}
    if held.zone not in (None, "all") and held.zone not in zones:
        return ZONE_OFF
    if held.id.startswith("i-"):
        instance = ec2.get_instance_by_id(held.id)
        if instance is None or instance.state != "running":
            return STOPPED
    checked = health(
        registered_at=held.registered_at,
        checked_from=max(group.used_since, balancer.active_at),
        answers=history(held.id, held.port),
        seconds_to_healthy=seconds_to(context, group, "HealthyThresholdCount"),
        seconds_to_unhealthy=seconds_to(context, group, "UnhealthyThresholdCount"),
        now=context.now(),
    )
    if checked.state != "initial" and not reaches(context, ec2, balancer, held):
        return TIMED_OUT
    return checked


@rule(
    "elbv2-targets-describe",
    doc=API + "API_DescribeTargetHealth.html",
    says="Every registered and draining target, or those asked for; one that is not registered is unused.",
)
def describe(context: Context, call: Call) -> dict[str, Any]:
    group = target_group(of(call), call.params["TargetGroupArn"])
    sweep(context, group)
    asked = [(t["Id"], t.get("Port") or group.settings.get("Port")) for t in call.params.get("Targets") or []]
    found = []
    for key in asked or list(group.targets):
        held = group.targets.get(key)
        state = health_of(context, of(call), group, held) if held else UNREGISTERED
        target: dict[str, Any] = {"Id": key[0], "Port": key[1]}
        if held and held.zone == "all" or held and group.settings["TargetType"] == "ip":
            target["AvailabilityZone"] = held.zone
        check_port = group.settings.get("HealthCheckPort")
        port = str(key[1]) if check_port == "traffic-port" else check_port
        found.append({"Target": target, "HealthCheckPort": port, "TargetHealth": state.view()})
    return {"TargetHealthDescriptions": found}


def install(context: Context) -> None:
    context.replace("elbv2", "RegisterTargets")(lambda call: register(context, call))
    context.replace("elbv2", "DeregisterTargets")(lambda call: deregister(context, call))
    context.replace("elbv2", "DescribeTargetHealth")(lambda call: describe(context, call))
