"""EC2: what it tells of its state, paging, and filters that do not exist."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .ec2_security_groups import groups_of
from .elbv2_networks import release

API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
# operation -> the list of ids it takes
IDS = {
    "DescribeSecurityGroups": "GroupIds",
    "DescribeSubnets": "SubnetIds",
    "DescribeVpcs": "VpcIds",
    "DescribeNetworkInterfaces": "NetworkInterfaceIds",
    "DescribeInstances": "InstanceIds",
    "DescribeRouteTables": "RouteTableIds",
}


@rule("ec2-max-results", doc=API + "Query-Requests.html", says="MaxResults does not go with a list of ids.")
def check_paging(call: Call) -> None:
    wanted = call.params.get("MaxResults")
    if wanted is not None and call.params.get(IDS[call.operation]):
        raise AwsError(
            "InvalidParameterCombination",
            f"The parameter {IDS[call.operation]} cannot be used with the parameter maxResults",
        )


@rule(
    "ec2-filters",
    doc=API + "API_Filter.html",
    says="A filter has a name the operation knows and up to 200 values.",
)
def check_filters(call: Call) -> None:
    for each in call.params.get("Filters") or []:
        name = each.get("Name") or ""
        if len(each.get("Values") or []) > 200:
            raise AwsError(
                "FilterLimitExceeded",
                f"The maximum number of filter values specified on filter '{name}' is 200",
            )
        known = FILTERS.get(call.operation)
        if known is not None and name not in known and not name.startswith("tag:"):
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


COMMON = {"tag-key", "owner-id", "vpc-id"}
FILTERS: dict[str, set[str]] = {
    "DescribeSecurityGroups": COMMON
    | {"description", "group-id", "group-name"}
    | {
        f"{way}ip-permission.{part}"
        for way in ("", "egress.")
        for part in (
            "cidr",
            "from-port",
            "group-id",
            "group-name",
            "ipv6-cidr",
            "prefix-list-id",
            "protocol",
            "to-port",
            "user-id",
        )
    },
    "DescribeSubnets": COMMON
    | {
        *(
            "availability-zone",
            "availabilityZone",
            "availability-zone-id",
            "availabilityZoneId",
            "cidr-block",
            "cidr",
        ),
        *(
            "available-ip-address-count",
            "cidrBlock",
            "default-for-az",
            "defaultForAz",
            "ipv6-native",
            "state",
            "subnet-id",
        ),
        *(
            "ipv6-cidr-block-association.ipv6-cidr-block",
            "map-public-ip-on-launch",
            "outpost-arn",
            "subnet-arn",
        ),
    },
    "DescribeVpcs": COMMON
    | {
        *("cidr", "cidr-block-association.cidr-block", "dhcp-options-id", "is-default", "isDefault", "state"),
        *(
            "cidr-block-association.association-id",
            "cidr-block-association.state",
            "ipv6-cidr-block-association.ipv6-cidr-block",
        ),
    },
}


def describable(context: Context, account: str) -> dict[str, Any]:
    from moto.ec2.models import ec2_backends

    release(context)
    found: dict[str, Any] = {"securityGroups": [], "networkInterfaces": []}
    for backend in list(ec2_backends[account].values()):
        for group in groups_of(backend):
            if not group.is_default:
                rules = len(group.ingress_rules)
                tags = {t["key"]: t["value"] for t in group.get_tags()}
                found["securityGroups"].append(
                    {"id": group.id, "name": group.name, "vpc": group.vpc_id, "ingress": rules, "tags": tags}
                )
        for eni in backend.enis.values():
            groups = [g.id for g in eni.group_set]
            found["networkInterfaces"].append(
                {"id": eni.id, "description": eni.description, "groups": groups}
            )
    return found


def install(context: Context) -> None:
    context.before("ec2", *IDS)(check_paging)
    context.before("ec2", *FILTERS)(check_filters)
    context.state("securityGroups")(lambda account: describable(context, account)["securityGroups"])
    context.state("networkInterfaces")(lambda account: describable(context, account)["networkInterfaces"])
