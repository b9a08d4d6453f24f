"""Where a load balancer stands: its subnets, security groups, network interfaces and addresses."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any

from moto.core.exceptions import ServiceException

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_state import LoadBalancer, ec2_of

CREATE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"
SUBNETS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer"
GROUPS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html"
IP_TYPES = (
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-ip-address-type.html"
)
PUBLIC = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544: no real network has these addresses


def subnet_ids(call: Call) -> list[str]:
    given = call.params.get("Subnets") or []
    mapped = [m["SubnetId"] for m in call.params.get("SubnetMappings") or []]
    if given and mapped:
        raise AwsError("ValidationError", "You can specify either subnets or subnet mappings, not both")
    if not given and not mapped:
        raise AwsError("ValidationError", "At least one subnet must be specified")
    return [*given, *mapped]


@rule(
    "elbv2-lb-subnets",
    doc=SUBNETS,
    says="An ALB has subnets in two or more zones of one VPC, one subnet a zone.",
)
def check_subnets(call: Call, ids: list[str], kind: str) -> list[Any]:
    backend = ec2_of(call)
    found = []
    for subnet_id in ids:
        try:
            found.append(backend.get_subnet(subnet_id))
        except ServiceException:
            raise AwsError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist") from None
    if len({s.vpc_id for s in found}) > 1:
        raise AwsError("InvalidConfigurationRequest", "All subnets must belong to the same VPC")
    zones = [s.availability_zone for s in found]
    if len(set(zones)) < len(zones):
        raise AwsError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if kind == "application" and len(zones) < 2:
        raise AwsError(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )
    return found


@rule(
    "elbv2-lb-free-addresses",
    doc=SUBNETS,
    says="A subnet for an ALB has a /27 block at least and 8 free addresses.",
)
def check_addresses(subnets: list[Any]) -> None:
    for subnet in subnets:
        if subnet.cidr.prefixlen > 27 or subnet.available_ip_address_count < 8:
            raise AwsError(
                "InvalidSubnet",
                f"Not enough IP space available in {subnet.id}. ELB requires at least 8 free IP addresses in each subnet.",
            )


@rule(
    "elbv2-lb-internet-gateway",
    doc=CREATE,
    says="An internet-facing load balancer needs a VPC with an internet gateway.",
)
def check_gateway(call: Call, subnets: list[Any], scheme: str) -> None:
    if scheme != "internet-facing":
        return
    vpc_id = subnets[0].vpc_id
    gateways = ec2_of(call).internet_gateways.values()
    if not any(g.vpc and g.vpc.id == vpc_id for g in gateways):
        raise AwsError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


@rule("elbv2-lb-ip-address-type", doc=IP_TYPES, says="dualstack needs IPv6 in the VPC and in every subnet.")
def check_ip_address_type(ip_type: str, subnets: list[Any], kind: str) -> None:
    allowed = (
        ("ipv4", "dualstack", "dualstack-without-public-ipv4")
        if kind == "application"
        else ("ipv4", "dualstack")
    )
    if ip_type not in allowed:
        raise AwsError(
            "ValidationError", f"IP address type '{ip_type}' must be one of '{', '.join(allowed)}'"
        )
    if ip_type == "ipv4":
        return
    for subnet in subnets:
        if not ipv6_of(subnet):
            raise AwsError(
                "InvalidSubnet", f"The subnet '{subnet.id}' does not have an associated IPv6 CIDR block"
            )


@rule(
    "elbv2-lb-security-groups",
    doc=GROUPS,
    says="The security groups exist in the load balancer's VPC; without any, it gets the VPC's default group.",
)
def check_security_groups(call: Call, ids: list[str], vpc_id: str) -> list[str]:
    backend = ec2_of(call)
    if not ids:
        return [backend.get_default_security_group(vpc_id).id]
    for group_id in ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise AwsError("InvalidSecurityGroup", f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise AwsError(
                "InvalidConfigurationRequest",
                f"The following security groups do not belong to the VPC '{vpc_id}': {group_id}",
            )
    return list(dict.fromkeys(ids))


def ipv6_of(subnet: Any) -> str | None:
    for each in subnet.ipv6_cidr_block_associations.values():
        if each["ipv6CidrBlockState"]["State"] == "associated":
            return str(each["ipv6CidrBlock"])
    return None


# Interfaces of deleted load balancers: (when they go, account, region, interface)
_leaving: list[tuple[float, str, str, str]] = []


def place(call: Call, balancer: LoadBalancer) -> None:
    """One network interface per subnet, with the load balancer's security groups on it."""
    backend = ec2_of(call)
    for subnet_id in [s for s in balancer.enis if s not in balancer.subnets]:
        backend.delete_network_interface(balancer.enis.pop(subnet_id))
    for subnet_id in balancer.subnets:
        if subnet_id in balancer.enis:
            eni = backend.enis[balancer.enis[subnet_id]]
            eni._group_set = [backend.get_security_group_from_id(g) for g in balancer.security_groups]
            continue
        subnet = backend.get_subnet(subnet_id)
        eni = backend.create_network_interface(
            subnet,
            _free_address(backend, subnet),
            group_ids=balancer.security_groups,
            description="ELB " + balancer.arn.split(":loadbalancer/")[1],
        )
        eni.requester_managed = True
        eni.requester_id = "amazon-elb"
        eni.status = "in-use"
        balancer.enis[subnet_id] = eni.id


def _free_address(backend: Any, subnet: Any) -> str:
    """From the end of the subnet, so that it never meets an instance or a pod counted from the start."""
    taken = {e.private_ip_address for e in backend.enis.values() if e.subnet.id == subnet.id}
    taken |= set(subnet._subnet_ips)
    last = int(subnet.cidr.broadcast_address)
    return next(
        ip
        for n in range(1, subnet.cidr.num_addresses)
        if (ip := str(ipaddress.IPv4Address(last - n))) not in taken
    )


@rule(
    "elbv2-lb-interfaces-linger",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-delete.html",
    says="The network interfaces of a deleted load balancer go later, and hold its security groups until then.",
)
def leave(context: Context, call: Call, balancer: LoadBalancer) -> None:
    at = context.now() + context.config["eniReleaseSeconds"]
    _leaving.extend((at, call.account, call.region, eni) for eni in balancer.enis.values())


def release(context: Context) -> None:
    """Removes the interfaces whose time has come; called before anything looks at interfaces."""
    from moto.ec2.models import ec2_backends

    now = context.now()
    for entry in [e for e in _leaving if e[0] <= now]:
        _leaving.remove(entry)
        ec2_backends[entry[1]][entry[2]].enis.pop(entry[3], None)


def addresses(balancer: LoadBalancer, family: str = "A") -> list[str]:
    """The addresses its DNS name answers with: public ones for internet-facing, the interfaces' own for internal."""
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[balancer.account][balancer.region]
    if family == "AAAA":
        if balancer.ip_address_type == "ipv4":
            return []
        blocks = [ipv6_of(backend.get_subnet(s)) for s in balancer.subnets]
        return [str(ipaddress.ip_network(b)[_number(balancer.arn, 65000) + 16]) for b in blocks if b]
    if balancer.ip_address_type == "dualstack-without-public-ipv4" and balancer.scheme == "internet-facing":
        return []
    if balancer.scheme == "internal":
        return [str(backend.enis[e].private_ip_address) for e in balancer.enis.values() if e in backend.enis]
    return [str(PUBLIC[_number(balancer.arn + s, 131000) + 1]) for s in balancer.subnets]


def _number(text: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") % below


def reset(_context: Context) -> None:
    _leaving.clear()


def install(context: Context) -> None:
    context.before("ec2", "*")(lambda _call: release(context))
    context.before("elbv2", "CreateLoadBalancer", "SetSubnets")(lambda _call: release(context))
