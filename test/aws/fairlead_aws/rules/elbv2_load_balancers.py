"""CreateLoadBalancer and what is done with a load balancer afterwards."""

from __future__ import annotations

import datetime
import re
from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_lb_attributes import defaults
from .elbv2_limits import refuse_beyond
from .elbv2_networks import (
    check_addresses,
    check_gateway,
    check_ip_address_type,
    check_security_groups,
    check_subnets,
    leave,
    place,
    subnet_ids,
)
from .elbv2_state import LoadBalancer, ec2_of, load_balancer, of, page, refresh_uses
from .elbv2_tags import forget_tags, set_tags, tags_for_create
from .elbv2_zones import hosted_zone

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
KINDS = {"application": "app", "network": "net"}


@rule(
    "elbv2-lb-name",
    doc=API + "API_CreateLoadBalancer.html",
    says="A name has up to 32 letters, digits and hyphens, no hyphen at an end, and no prefix internal-.",
)
def check_name(name: str) -> None:
    if len(name) > 32:
        raise AwsError(
            "ValidationError", f"The load balancer name '{name}' cannot be longer than '32' characters"
        )
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise AwsError(
            "ValidationError",
            f"The load balancer name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)",
        )
    if name.startswith("-") or name.endswith("-"):
        raise AwsError(
            "ValidationError", f"The load balancer name '{name}' cannot begin or end with a hyphen(-)"
        )
    if name.startswith("internal-"):
        raise AwsError("ValidationError", f"The load balancer name '{name}' cannot begin with 'internal-'")


@rule(
    "elbv2-lb-idempotent",
    doc=API + "API_CreateLoadBalancer.html",
    says="Creating again with the same settings succeeds; with other settings the name is taken.",
)
def existing(call: Call, wanted: dict[str, Any]) -> LoadBalancer | None:
    for balancer in of(call).load_balancers.values():
        if balancer.name != wanted["name"]:
            continue
        same = (
            balancer.type == wanted["type"]
            and balancer.scheme == wanted["scheme"]
            and balancer.ip_address_type == wanted["ip_address_type"]
            and set(balancer.subnets) == set(wanted["subnets"])
            and set(balancer.security_groups) == set(wanted["security_groups"])
        )
        if not same:
            raise AwsError(
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{balancer.name}' exists, but with different settings",
            )
        return balancer
    return None


@rule(
    "elbv2-lb-dns-name",
    doc=GUIDE + "application-load-balancers.html#dns-name",
    says="The DNS name is [internal-]NAME-NUMBER.REGION.elb.amazonaws.com, of the region's hosted zone.",
)
def dns_name(context: Context, name: str, scheme: str, region: str, kind: str) -> str:
    if kind == "network":
        return f"{name}-{context.random.getrandbits(64):016x}.elb.{region}.amazonaws.com"
    prefix = "internal-" if scheme == "internal" else ""
    return f"{prefix}{name}-{context.random.randrange(10**8, 2 * 10**9)}.{region}.elb.amazonaws.com"


def create(context: Context, call: Call) -> dict[str, Any]:
    params = call.params
    name, kind = params["Name"], params.get("Type") or "application"
    scheme, ip_type = params.get("Scheme") or "internet-facing", params.get("IpAddressType") or "ipv4"
    check_name(name)
    if kind not in KINDS:
        raise AwsError("ValidationError", f"Load balancer type '{kind}' is not supported here")
    if scheme not in ("internet-facing", "internal"):
        raise AwsError("InvalidScheme", f"Load balancer scheme '{scheme}' is not valid")
    tags = tags_for_create(context, call)
    subnets = check_subnets(call, subnet_ids(call), kind)
    vpc_id = subnets[0].vpc_id
    groups = check_security_groups(call, params.get("SecurityGroups") or [], vpc_id)
    check_ip_address_type(ip_type, subnets, kind)
    wanted = {
        "name": name,
        "type": kind,
        "scheme": scheme,
        "ip_address_type": ip_type,
        "subnets": [s.id for s in subnets],
        "security_groups": groups,
    }
    found = existing(call, wanted)
    if found is None:
        check_gateway(call, subnets, scheme)
        check_addresses(subnets)
        backend = of(call)
        same_kind = [b for b in backend.load_balancers.values() if b.type == kind]
        refuse_beyond(context, "albQuota", len(same_kind) + 1, "TooManyLoadBalancers", "load balancers")
        number = f"{context.random.getrandbits(64):016x}"
        found = LoadBalancer(
            arn=f"arn:aws:elasticloadbalancing:{call.region}:{call.account}:loadbalancer/{KINDS[kind]}/{name}/{number}",
            account=call.account,
            region=call.region,
            dns_name=dns_name(context, name, scheme, call.region, kind),
            vpc_id=vpc_id,
            created_at=context.now(),
            active_at=context.now() + context.config["albActiveSeconds"],
            attributes=defaults(kind),
            **wanted,
        )
        backend.load_balancers[found.arn] = found
        place(call, found)
        set_tags(call, found.arn, tags)
    return {"LoadBalancers": [view(context, call, found)]}


@rule(
    "elbv2-lb-provisioning",
    doc=API + "API_LoadBalancerState.html",
    says="A new load balancer is provisioning for a while before it is active.",
)
def state(context: Context, balancer: LoadBalancer) -> str:
    return "active" if context.now() >= balancer.active_at else "provisioning"


def view(context: Context, call: Call, balancer: LoadBalancer) -> dict[str, Any]:
    backend = ec2_of(call)
    return {
        "LoadBalancerArn": balancer.arn,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": hosted_zone(balancer.region, balancer.type),
        "CreatedTime": datetime.datetime.fromtimestamp(balancer.created_at, datetime.UTC).replace(
            tzinfo=None
        ),
        "LoadBalancerName": balancer.name,
        "Scheme": balancer.scheme,
        "VpcId": balancer.vpc_id,
        "State": {"Code": state(context, balancer)},
        "Type": balancer.type,
        "AvailabilityZones": [
            {"ZoneName": backend.get_subnet(s).availability_zone, "SubnetId": s, "LoadBalancerAddresses": []}
            for s in balancer.subnets
        ],
        "SecurityGroups": balancer.security_groups,
        "IpAddressType": balancer.ip_address_type,
    }


@rule(
    "elbv2-lb-describe",
    doc=API + "API_DescribeLoadBalancers.html",
    says="A name or ARN that does not exist fails the whole call; names or up to 20 ARNs, not both; pages of up to 400.",
)
def describe(context: Context, call: Call) -> dict[str, Any]:
    arns, names = call.params.get("LoadBalancerArns") or [], call.params.get("Names") or []
    if arns and names:
        raise AwsError(
            "ValidationError",
            "Load balancer names and load balancer ARNs cannot be specified at the same time",
        )
    if len(arns) > 20:
        raise AwsError(
            "ValidationError",
            f"Up to '20' load balancer ARNs can be specified, but '{len(arns)}' were specified",
        )
    balancers = list(of(call).load_balancers.values())
    if arns or names:
        by = {b.arn: b for b in balancers} if arns else {b.name: b for b in balancers}
        missing = [n for n in (arns or names) if n not in by]
        if missing:
            raise AwsError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
        balancers = [by[n] for n in dict.fromkeys(arns or names)]
    chosen, marker = page(call, balancers, lambda b: b.arn)
    found: dict[str, Any] = {"LoadBalancers": [view(context, call, b) for b in chosen]}
    return {**found, "NextMarker": marker} if marker else found


@rule(
    "elbv2-lb-delete",
    doc=API + "API_DeleteLoadBalancer.html",
    says="Deleting takes its listeners and rules, not its target groups; deletion protection refuses it; deleting twice succeeds.",
)
def delete(context: Context, call: Call) -> dict[str, Any]:
    arn = call.params["LoadBalancerArn"]
    backend = of(call)
    balancer = backend.load_balancers.get(arn)
    if balancer is None:
        return {}
    if balancer.attributes.get("deletion_protection.enabled") == "true":
        raise AwsError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    for each in balancer.listeners.values():
        forget_tags(call, each.arn, *each.rules)
    leave(context, call, balancer)
    del backend.load_balancers[arn]
    forget_tags(call, arn)
    refresh_uses(backend, context.now())
    return {}


@rule(
    "elbv2-lb-set-subnets",
    doc=API + "API_SetSubnets.html",
    says="New subnets meet the same rules as on create and replace the old ones.",
)
def set_subnets(context: Context, call: Call) -> dict[str, Any]:
    balancer = load_balancer(of(call), call.params["LoadBalancerArn"])
    subnets = check_subnets(call, subnet_ids(call), balancer.type)
    ip_type = call.params.get("IpAddressType") or balancer.ip_address_type
    if subnets[0].vpc_id != balancer.vpc_id:
        raise AwsError(
            "InvalidConfigurationRequest",
            f"The subnets do not belong to the VPC '{balancer.vpc_id}' of the load balancer",
        )
    check_ip_address_type(ip_type, subnets, balancer.type)
    check_gateway(call, subnets, balancer.scheme)
    check_addresses([s for s in subnets if s.id not in balancer.subnets])
    balancer.subnets, balancer.ip_address_type = [s.id for s in subnets], ip_type
    place(call, balancer)
    return {"AvailabilityZones": view(context, call, balancer)["AvailabilityZones"], "IpAddressType": ip_type}


@rule(
    "elbv2-lb-set-security-groups",
    doc=API + "API_SetSecurityGroups.html",
    says="New security groups are in the load balancer's VPC and replace the old ones.",
)
def set_security_groups(call: Call) -> dict[str, Any]:
    balancer = load_balancer(of(call), call.params["LoadBalancerArn"])
    balancer.security_groups = check_security_groups(call, call.params["SecurityGroups"], balancer.vpc_id)
    place(call, balancer)
    return {"SecurityGroupIds": balancer.security_groups}


def set_ip_address_type(call: Call) -> dict[str, Any]:
    balancer = load_balancer(of(call), call.params["LoadBalancerArn"])
    subnets = [ec2_of(call).get_subnet(s) for s in balancer.subnets]
    check_ip_address_type(call.params["IpAddressType"], subnets, balancer.type)
    balancer.ip_address_type = call.params["IpAddressType"]
    return {"IpAddressType": balancer.ip_address_type}


def install(context: Context) -> None:
    context.replace("elbv2", "CreateLoadBalancer")(lambda call: create(context, call))
    context.replace("elbv2", "DescribeLoadBalancers")(lambda call: describe(context, call))
    context.replace("elbv2", "DeleteLoadBalancer")(lambda call: delete(context, call))
    context.replace("elbv2", "SetSubnets")(lambda call: set_subnets(context, call))
    context.replace("elbv2", "SetSecurityGroups")(set_security_groups)
    context.replace("elbv2", "SetIpAddressType")(set_ip_address_type)
