"""The rules inside security groups: taken as a whole call or not at all."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .ec2_security_groups import CHARACTERS, LISTED, check_tag_list, group_of, named
from .elbv2_state import ec2_of

API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
QUOTAS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"
PROTOCOLS = {
    "-1": "-1",
    "all": "-1",
    "6": "tcp",
    "tcp": "tcp",
    "17": "udp",
    "udp": "udp",
    "1": "icmp",
    "icmp": "icmp",
    "58": "icmpv6",
    "icmpv6": "icmpv6",
}
# (protocol, from, to, kind of peer, peer)
Key = tuple[str, int | None, int | None, str, str]


def permissions_of(call: Call) -> list[dict[str, Any]]:
    params = call.params
    if params.get("IpPermissions"):
        return list(params["IpPermissions"])
    if not params.get("IpProtocol"):
        return []
    single = {k: params[k] for k in ("IpProtocol", "FromPort", "ToPort") if params.get(k) is not None}
    if params.get("CidrIp"):
        single["IpRanges"] = [{"CidrIp": params["CidrIp"]}]
    return [single]


@rule(
    "ec2-permission-valid",
    doc=API + "API_IpPermission.html",
    says="A permission has a known protocol, a port range in order, and CIDR blocks, of which host bits are cleared.",
)
def check_permission(permission: dict[str, Any]) -> tuple[str, int | None, int | None]:
    given = str(permission.get("IpProtocol") or "")
    protocol = PROTOCOLS.get(given.lower())
    if protocol is None:
        if not given.isdigit() or int(given) > 255:
            raise AwsError(
                "InvalidParameterValue", f"Invalid value '{given}' for IP protocol. Unknown protocol."
            )
        protocol = given
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol in ("tcp", "udp"):
        if first is None or last is None:
            raise AwsError(
                "MissingParameter",
                "The request must contain the parameter fromPort and toPort for TCP and UDP",
            )
        if not 0 <= first <= 65535 or not 0 <= last <= 65535:
            raise AwsError(
                "InvalidParameterValue", "Invalid value for portRange. Must be in the range 0 to 65535."
            )
        if first > last:
            raise AwsError("InvalidParameterValue", "Invalid TCP/UDP port range.")
        return protocol, first, last
    return (protocol, None, None) if protocol == "-1" else (protocol, first, last)


def check_block(text: str, version: int) -> str:
    """EC2 keeps and shows the canonical form: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"""
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise AwsError("InvalidParameterValue", f"CIDR block {text} is malformed") from None
    if block.version != version or "/" not in text:
        raise AwsError("InvalidParameterValue", f"CIDR block {text} is malformed")
    return str(block)


@rule(
    "ec2-permission-description",
    doc=API + "API_IpRange.html",
    says="The description of a rule has up to 255 of the allowed characters.",
)
def check_description(text: str | None) -> None:
    if text is not None and (len(text) > 255 or not CHARACTERS.fullmatch(text)):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: {LISTED}",
        )


def keys_of(call: Call) -> list[tuple[Key, dict[str, Any]]]:
    """Each rule a call names, once per peer, with what moto needs to keep it."""
    found: list[tuple[Key, dict[str, Any]]] = []
    for permission in permissions_of(call):
        head = check_permission(permission)
        for each in permission.get("IpRanges") or []:
            check_description(each.get("Description"))
            block = check_block(each.get("CidrIp") or "", 4)
            found.append(((*head, "cidr", block), {"ip_range": {**each, "CidrIp": block}}))
        for each in permission.get("Ipv6Ranges") or []:
            check_description(each.get("Description"))
            block = check_block(each.get("CidrIpv6") or "", 6)
            found.append(((*head, "cidr6", block), {"ip_range": {**each, "CidrIpv6": block}}))
        for each in permission.get("UserIdGroupPairs") or []:
            check_description(each.get("Description"))
            peer = group_of(call, each.get("GroupId") or "")
            pair = {"GroupId": peer.id, "UserId": call.account, "OwnerId": call.account}
            if each.get("Description"):
                pair["Description"] = each["Description"]
            found.append(((*head, "group", peer.id), {"source_group": pair}))
        for each in permission.get("PrefixListIds") or []:
            check_description(each.get("Description"))
            found.append(((*head, "prefix", each.get("PrefixListId") or ""), {"prefix_list_id": each}))
    if not found:
        raise AwsError("MissingParameter", "The request must contain the parameter ipPermissions")
    if len({k for k, _ in found}) < len(found):
        raise AwsError("InvalidParameterValue", "The same permission must not appear multiple times")
    return found


def key_of(held: SecurityGroupRule) -> Key:
    protocol = str(held.ip_protocol)
    ports = (None, None) if protocol == "-1" else (held.from_port, held.to_port)
    if held.ip_range.get("CidrIp"):
        return (protocol, *ports, "cidr", held.ip_range["CidrIp"])
    if held.ip_range.get("CidrIpv6"):
        return (protocol, *ports, "cidr6", held.ip_range["CidrIpv6"])
    if held.source_group:
        return (protocol, *ports, "group", held.source_group["GroupId"])
    return (protocol, *ports, "prefix", str(held.prefix_list_id))


def _rules(group: Any, egress: bool) -> list[SecurityGroupRule]:
    return list(group.egress_rules if egress else group.ingress_rules)


@rule(
    "ec2-permission-duplicate",
    doc=API + "API_AuthorizeSecurityGroupIngress.html",
    says="A rule that is there already fails the whole call, whatever its description.",
)
def check_new(held: list[SecurityGroupRule], wanted: list[Key]) -> None:
    there = {key_of(r) for r in held}
    for key in wanted:
        if key in there:
            protocol, first, last, _, peer = key
            ports = "" if first is None else f", from port: {first}, to port: {last}"
            name = "ALL" if protocol == "-1" else protocol.upper()
            raise AwsError(
                "InvalidPermission.Duplicate",
                f'the specified rule "peer: {peer}, {name}{ports}, ALLOW" already exists',
            )


@rule(
    "ec2-permission-limit",
    doc=QUOTAS,
    says="A group has at most 60 rules each way, counted for IPv4 and IPv6 apart; a rule for a group counts in both.",
)
def check_limit(context: Context, held: list[SecurityGroupRule], wanted: list[Key]) -> None:
    kinds = [key_of(r)[3] for r in held] + [k[3] for k in wanted]
    for other in ("cidr", "cidr6"):
        if sum(k != other for k in kinds) > context.config["rulesPerSecurityGroup"]:
            raise AwsError(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )


def authorize(context: Context, call: Call, egress: bool) -> dict[str, Any]:
    group = named(call)
    wanted = keys_of(call)
    tags = {}
    for spec in call.params.get("TagSpecifications") or []:
        check_tag_list(spec.get("Tags") or [])
        tags.update({t["Key"]: t.get("Value") or "" for t in spec.get("Tags") or []})
    check_new(_rules(group, egress), [k for k, _ in wanted])
    check_limit(context, _rules(group, egress), [k for k, _ in wanted])
    made = []
    for (protocol, first, last, _, _), peer in wanted:
        ports = (
            (None, None)
            if protocol == "-1"
            else (first if first is not None else -1, last if last is not None else -1)
        )
        made.append(
            SecurityGroupRule(
                ec2_of(call),
                protocol,
                group.id,
                *ports,
                peer.get("ip_range"),
                peer.get("source_group"),
                peer.get("prefix_list_id"),
                is_egress=egress,
                tags=tags,
            )
        )  # type: ignore[arg-type]
    (group.egress_rules if egress else group.ingress_rules).extend(made)
    return {"Return": True, "SecurityGroupRules": [view(r, call.account) for r in made]}


def view(held: SecurityGroupRule, account: str) -> dict[str, Any]:
    shown = {
        "SecurityGroupRuleId": held.id,
        "GroupId": held.group_id,
        "GroupOwnerId": account,
        "IsEgress": held.is_egress,
        "IpProtocol": held.ip_protocol,
        "FromPort": -1 if held.from_port is None else held.from_port,
        "ToPort": -1 if held.to_port is None else held.to_port,
        "CidrIpv4": held.ip_range.get("CidrIp"),
        "CidrIpv6": held.ip_range.get("CidrIpv6"),
        "PrefixListId": held.prefix_list_id,
        "ReferencedGroupInfo": {"GroupId": held.source_group["GroupId"], "UserId": account}
        if held.source_group
        else None,
        "Description": held.ip_range.get("Description") or held.source_group.get("Description"),
        "Tags": [{"Key": t["key"], "Value": t["value"]} for t in held.get_tags()],
    }
    return {k: v for k, v in shown.items() if v is not None}


@rule(
    "ec2-permission-not-found",
    doc=API + "API_RevokeSecurityGroupIngress.html",
    says="Revoking a rule that is not there fails the whole call.",
)
def revoke(call: Call, egress: bool) -> dict[str, Any]:
    group = named(call)
    held = _rules(group, egress)
    ids = call.params.get("SecurityGroupRuleIds") or []
    if ids:
        missing = [i for i in ids if i not in {r.id for r in held}]
        if missing:
            raise AwsError(
                "InvalidSecurityGroupRuleId.NotFound",
                f"The security group rule ID '{missing[0]}' does not exist",
            )
        gone = [r for r in held if r.id in ids]
    else:
        wanted = [k for k, _ in keys_of(call)]
        by = {key_of(r): r for r in held}
        if any(k not in by for k in wanted):
            raise AwsError(
                "InvalidPermission.NotFound", "The specified rule does not exist in this security group."
            )
        gone = [by[k] for k in wanted]
    kept = [r for r in held if all(r is not g for g in gone)]
    if egress:
        group.egress_rules = kept
    else:
        group.ingress_rules = kept
    return {"Return": True}


def install(context: Context) -> None:
    context.config.default("rulesPerSecurityGroup", 60)
    for egress, way in ((False, "Ingress"), (True, "Egress")):
        context.replace("ec2", f"AuthorizeSecurityGroup{way}")(
            lambda call, e=egress: authorize(context, call, e)
        )
        context.replace("ec2", f"RevokeSecurityGroup{way}")(lambda call, e=egress: revoke(call, e))
