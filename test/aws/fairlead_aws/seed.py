"""POST /_fairlead/seed: a network, instances and hosted zones to build on.

Body, everything optional:
  account, region       default 111111111111, eu-west-1
  vpc                   {"cidr": "10.0.0.0/16", "cluster": "demo", "ipv6": true}; false for none
  instances             N instances, spread over the private subnets, or [{"subnet": id, "ip": "10.0.3.10"}]
  zones                 ["example.com", {"name": "example.com", "private": true, "vpc": id}]
Answers the ids of everything made. After a reset the same body gives the same ids.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from .context import Context


def seed(context: Context, wanted: dict[str, Any]) -> dict[str, Any]:
    unknown = set(wanted) - {"account", "region", "vpc", "instances", "zones"}
    if unknown:
        raise ValueError(f"seed does not know {', '.join(sorted(unknown))}")
    account = wanted.get("account", "111111111111")
    region = wanted.get("region", "eu-west-1")
    made: dict[str, Any] = {"account": account, "region": region}
    if wanted.get("vpc", {}) is not False:
        made.update(_network(account, region, wanted.get("vpc") or {}))
    if wanted.get("instances"):
        made["instances"] = _instances(account, region, made, wanted["instances"])
    made["zones"] = [_zone(context, account, region, made, zone) for zone in wanted.get("zones", [])]
    return made


def _network(account: str, region: str, wanted: dict[str, Any]) -> dict[str, Any]:
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[account][region]
    cidr = ipaddress.ip_network(wanted.get("cidr", "10.0.0.0/16"))
    cluster = wanted.get("cluster")
    ipv6 = bool(wanted.get("ipv6"))
    vpc = ec2.create_vpc(str(cidr), amazon_provided_ipv6_cidr_block=ipv6)
    six = _ipv6_blocks(vpc) if ipv6 else []
    ec2.create_tags([vpc.id], {"Name": "fairlead"})
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_hostnames", True)
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, vpc.id)
    public_table = ec2.create_route_table(vpc.id)
    ec2.create_route(public_table.id, "0.0.0.0/0", gateway_id=gateway.id)
    private_table = ec2.create_route_table(vpc.id)
    blocks = list(cidr.subnets(new_prefix=min(28, cidr.prefixlen + 4)))
    subnets: dict[str, list[dict[str, str]]] = {"public": [], "private": []}
    for index, (kind, letter) in enumerate((k, z) for k in ("public", "private") for z in "abc"):
        zone = f"{region}{letter}"
        subnet = ec2.create_subnet(vpc.id, str(blocks[index]), six[index] if ipv6 else None, zone)
        role = "kubernetes.io/role/elb" if kind == "public" else "kubernetes.io/role/internal-elb"
        tags = {"Name": f"{kind}-{letter}", role: "1"}
        if cluster:
            tags[f"kubernetes.io/cluster/{cluster}"] = "shared"
        ec2.create_tags([subnet.id], tags)
        table = public_table if kind == "public" else private_table
        ec2.associate_route_table(table.id, subnet_id=subnet.id)
        subnets[kind].append({"id": subnet.id, "zone": zone, "cidr": subnet.cidr_block})
    default = ec2.get_security_group_from_name("default", vpc_id=vpc.id)
    return {
        "vpcId": vpc.id,
        "vpcCidr": str(cidr),
        "subnets": subnets,
        "internetGatewayId": gateway.id,
        "routeTables": {"public": public_table.id, "private": private_table.id},
        "defaultSecurityGroupId": default.id if default else None,
    }


def _ipv6_blocks(vpc: Any) -> list[str]:
    """The first /64s of the block AWS would give the VPC."""
    block = vpc.get_cidr_block_association_set(ipv6=True)[0]["cidr_block"]
    return [str(b) for b, _ in zip(ipaddress.ip_network(block, strict=False).subnets(new_prefix=64), range(6), strict=False)]


def _instances(account: str, region: str, made: dict[str, Any], wanted: Any) -> list[dict[str, str]]:
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[account][region]
    if isinstance(wanted, int):
        private = made["subnets"]["private"]
        count, wanted = wanted, []
        for number in range(count):
            subnet = private[number % len(private)]
            first = ipaddress.ip_network(subnet["cidr"]).network_address
            wanted.append({"subnet": subnet["id"], "ip": str(first + 10 + number // len(private))})
    instances = []
    for one in wanted:
        reservation = ec2.run_instances(
            "ami-12c6146b",
            1,
            None,
            [],
            subnet_id=one["subnet"],
            private_ip=one["ip"],
            instance_type="m5.large",
            is_instance_type_default=False,
        )
        instance = reservation.instances[0]
        zone = ec2.get_subnet(one["subnet"]).availability_zone
        instances.append(
            {"id": instance.id, "ip": instance.private_ip, "subnet": one["subnet"], "zone": zone}
        )
    return instances


def _zone(
    context: Context, account: str, region: str, made: dict[str, Any], wanted: Any
) -> dict[str, Any]:
    from .rules.route53_zones import new_zone

    wanted = {"name": wanted} if isinstance(wanted, str) else wanted
    private = bool(wanted.get("private"))
    vpc = wanted.get("vpc") or made.get("vpcId")
    zone = new_zone(
        account, wanted["name"], private, vpc if private else None, wanted.get("region", region)
    )
    return {"id": zone.resource_id, "name": zone.name, "private": private}
